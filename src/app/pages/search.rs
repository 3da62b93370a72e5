//! One search over candidates, jobs and connections.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::records::{name_of, occupation, provider_name};
use super::signed_in::{Content, signed_in};
use super::ui::prelude::*;
use super::words::address;
use crate::domain::role::Scope;
use crate::integrations::query;
use crate::providers::catalogue;
use crate::records::{candidates, jobs};
use crate::store::page::PageQuery;
use crate::store::record::candidate::CandidateFilter;
use crate::store::record::job::JobFilter;

/// How many of each kind are shown.
const FEW: PageQuery = PageQuery { limit: 10, before: None };

/// `/search`.
#[component]
pub fn Search() -> impl IntoView {
    let wanted = use_query_map().get_untracked().get("q").unwrap_or_default().trim().to_owned();
    signed_in(NavItem::Overview, move |viewer| async move {
        let (ctx, caller) = (&viewer.ctx, &viewer.caller);
        let is_asked = !wanted.is_empty();
        let mut sections: Vec<AnyView> = Vec::new();
        if is_asked && caller.may(Scope::RecordsRead) {
            let found = candidates::list(ctx, caller, &CandidateFilter { search: Some(wanted.clone()) }, FEW).await?;
            let has_more = found.next.is_some();
            let items = found
                .rows
                .into_iter()
                .map(|one| {
                    let name = name_of(&one.row);
                    view! {
                        <li><div class="who"><Avatar name=name.clone()/><span><a href=format!("/candidates/{}", one.row.id)>{name}</a><span class="meta">{occupation(&one.row)}</span></span></div></li>
                    }
                    .into_any()
                })
                .collect::<Vec<_>>();
            sections.extend(section("Candidates", items, has_more.then(|| address("/candidates", &[("q", &wanted)]))));
            let found = jobs::list(ctx, caller, &JobFilter { search: Some(wanted.clone()), status: None }, FEW).await?;
            let has_more = found.next.is_some();
            let items = found
                .rows
                .into_iter()
                .map(|one| {
                    let status = one.row.status;
                    let place = [one.row.department, one.row.location].into_iter().flatten().collect::<Vec<_>>().join(" · ");
                    view! {
                        <li><div class="who grow">{Icon::Briefcase.view()}<span><a href=format!("/jobs/{}", one.row.id)>{one.row.title}</a><span class="meta">{place}</span></span></div><StatusBadge status/></li>
                    }
                    .into_any()
                })
                .collect::<Vec<_>>();
            sections.extend(section("Jobs", items, has_more.then(|| address("/jobs", &[("q", &wanted)]))));
        }
        if is_asked && caller.may(Scope::IntegrationsRead) {
            let word = wanted.to_lowercase();
            let connected = query::list(ctx, caller, None).await?;
            let mut items: Vec<AnyView> = connected
                .iter()
                .filter(|row| row.name.to_lowercase().contains(&word) || provider_name(&row.provider).to_lowercase().contains(&word))
                .map(|row| {
                    let status = row.status;
                    view! {
                        <li><div class="who grow"><Monogram slug=row.provider.clone() name=provider_name(&row.provider)/><span><a href=format!("/integrations/{}", row.id)>{row.name.clone()}</a><span class="meta">"Connected"</span></span></div><StatusBadge status/></li>
                    }
                    .into_any()
                })
                .collect();
            let others = catalogue::all()
                .filter(|entry| entry.name.to_lowercase().contains(&word) && !connected.iter().any(|row| row.provider == entry.slug))
                .take(10);
            items.extend(others.map(|entry| {
                let href = address("/integrations", &[("q", entry.name)]);
                view! {
                    <li><div class="who grow"><Monogram slug=entry.slug name=entry.name/><span><a href=href>{entry.name}</a><span class="meta">{entry.summary}</span></span></div></li>
                }
                .into_any()
            }));
            sections.extend(section("Integrations", items, None));
        }
        let nothing = is_asked && sections.is_empty();
        let title = if is_asked { format!("Results for \u{201c}{wanted}\u{201d}") } else { "Search".to_owned() };
        let body = view! {
            <PageHead title=title.clone() lead=|| "Candidates by name or mail address, jobs by title, tools by name."/>
            <Toolbar action="/search" label="Search everything">
                <SearchField label="Search jobs, candidates and tools" value=wanted.clone()/>
                <Button label="Search"/>
            </Toolbar>
            {sections}
            {nothing.then(|| view! { <Empty icon=Icon::Search title="Nothing found" text="Search for a part of a name, of a mail address or of a job's title."/> })}
        };
        Ok(Content::new(title, body).crumbs(vec![Crumb::here("Search")]))
    })
}

fn section(title: &'static str, items: Vec<AnyView>, more: Option<String>) -> Option<AnyView> {
    if items.is_empty() {
        return None;
    }
    let view = view! {
        <section class="card">
            <header class="card-head"><div><h2>{title}</h2></div>{more.map(|href| view! { <LinkButton href label="Show all" small=true/> })}</header>
            <ul class="list">{items}</ul>
        </section>
    };
    Some(view.into_any())
}
