//! The catalogue: what is connected and how it is, what can be connected, what is planned.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::signed_in::{Content, signed_in};
use super::ui::Tone;
use super::ui::avatar::Monogram;
use super::ui::badge::StatusBadge;
use super::ui::button::{Kind, LinkButton};
use super::ui::callout::Callout;
use super::ui::card::{Tile, Tiles};
use super::ui::empty::Empty;
use super::ui::flash::{Flash, FlashRegion};
use super::ui::frame::NavItem;
use super::ui::icons::Icon;
use super::ui::page_head::PageHead;
use super::ui::time::relative;
use super::ui::toolbar::{Chip, Chips, SearchField, Toolbar};
use crate::domain::catalogue::Category;
use crate::domain::role::Scope;
use crate::domain::status::IntegrationStatus;
use crate::integrations::{oauth, query};
use crate::providers::catalogue::{self, Entry};
use crate::store::integration::IntegrationRow;

/// What people call a kind of tool.
pub const fn category_name(category: Category) -> &'static str {
    match category {
        Category::Ats => "Applicant tracking",
        Category::Hris => "Human resources",
        Category::Calendar => "Calendars",
        Category::Mail => "Mail",
        Category::Chat => "Chat",
        Category::JobBoard => "Job boards",
        Category::Profile => "Profiles",
        Category::Esign => "E-signature",
        Category::Crm => "CRM",
        Category::Payments => "Payments",
        Category::Analytics => "Analytics",
        Category::Automation => "Automation",
        Category::Assessment => "Assessments",
        Category::BackgroundCheck => "Background checks",
        Category::Video => "Video interviews",
    }
}

/// `/integrations`.
#[component]
pub fn Integrations() -> impl IntoView {
    let query_map = use_query_map().get_untracked();
    let search = query_map.get("q").unwrap_or_default();
    let category: Option<Category> = query_map.get("category").and_then(|text| text.parse().ok());
    let done = query_map.get("done");
    signed_in(NavItem::Integrations, move |viewer| async move {
        let rows = query::list(&viewer.ctx, &viewer.caller, None).await?;
        let names: HashMap<&str, &'static Entry> = catalogue::all().map(|entry| (entry.slug, entry)).collect();
        let wanted = search.trim().to_lowercase();
        let matches = |entry: &Entry, name: &str| {
            category.is_none_or(|category| entry.category == category)
                && (wanted.is_empty()
                    || entry.name.to_lowercase().contains(&wanted)
                    || name.to_lowercase().contains(&wanted)
                    || entry.summary.to_lowercase().contains(&wanted)
                    || category_name(entry.category).to_lowercase().contains(&wanted))
        };
        let connected: Vec<(&'static Entry, &IntegrationRow)> = rows
            .iter()
            .filter_map(|row| Some((*names.get(row.provider.as_str())?, row)))
            .filter(|(entry, row)| matches(entry, &row.name))
            .collect();
        let is_connected = |entry: &Entry| rows.iter().any(|row| row.provider == entry.slug);
        let (available, planned): (Vec<&'static Entry>, Vec<&'static Entry>) = catalogue::all()
            .filter(|entry| matches(entry, entry.name) && !is_connected(entry))
            .partition(|entry| viewer.ctx.providers.get(entry.slug).is_some());
        let may_change = viewer.caller.may(Scope::IntegrationsWrite);
        let nothing = connected.is_empty() && available.is_empty() && planned.is_empty();
        let now = viewer.now;

        let mut used: Vec<Category> = Vec::new();
        for entry in catalogue::all() {
            if !used.contains(&entry.category) {
                used.push(entry.category);
            }
        }
        let link = |category: Option<Category>| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            if !search.is_empty() {
                query.append_pair("q", &search);
            }
            if let Some(category) = category {
                query.append_pair("category", category.as_str());
            }
            let query = query.finish();
            if query.is_empty() { "/integrations".to_owned() } else { format!("/integrations?{query}") }
        };
        let mut chips = vec![Chip { label: "All".into(), href: link(None).into(), is_current: category.is_none() }];
        chips.extend(used.into_iter().map(|one| Chip {
            label: category_name(one).into(),
            href: link(Some(one)).into(),
            is_current: category == Some(one),
        }));

        let flash = done.and_then(|done| match done.as_str() {
            "disconnected" => Some("Disconnected. Its credentials are erased; what it brought in stays."),
            _ => None,
        });
        let has_connected = !connected.is_empty();
        let connected = connected.into_iter().map(|(entry, row)| connected_tile(entry, row, now)).collect::<Vec<_>>();
        let has_available = !available.is_empty();
        let available = available
            .into_iter()
            .map(|entry| {
                let missing = oauth::missing_settings(&viewer.ctx, entry);
                let foot = if missing.is_empty() {
                    view! { <span class="meta">{category_name(entry.category)}</span> }.into_any()
                } else {
                    let href = format!("/integrations/connect/{}", entry.slug);
                    view! {
                        <span class="meta">"Not set up on this server: "{missing.join(", ")}" "</span>
                        {may_change.then(|| view! { <LinkButton href label="See how" small=true/> })}
                    }
                    .into_any()
                };
                let href = may_change.then(|| format!("/integrations/connect/{}", entry.slug).into());
                view! {
                    <Tile
                        href=href
                        mark=view! { <Monogram slug=entry.slug name=entry.name/> }
                        name=entry.name
                        badge=()
                        text=entry.summary
                        foot
                    />
                }
            })
            .collect::<Vec<_>>();
        let has_planned = !planned.is_empty();
        let planned = planned
            .into_iter()
            .map(|entry| {
                view! {
                    <Tile
                        mark=view! { <Monogram slug=entry.slug name=entry.name/> }
                        name=entry.name
                        badge=()
                        text=entry.summary
                        foot=view! { <span class="meta">{category_name(entry.category)}</span> }
                    />
                }
            })
            .collect::<Vec<_>>();
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            <PageHead title="Integrations" lead=|| "Connect the tools you hire with. Records arrive by themselves, and every change leaves as a signed webhook."/>
            <Toolbar action="/integrations" label="Find a tool">
                {category.map(|category| view! { <input type="hidden" name="category" value=category.as_str()/> })}
                <SearchField label="Search tools" value=search.clone()/>
            </Toolbar>
            <Chips label="Kind of tool" chips/>
            {has_connected.then(|| view! { <section class="stack"><h2>"Connected"</h2><Tiles>{connected}</Tiles></section> })}
            {has_available.then(|| view! { <section class="stack"><h2>"Available"</h2><Tiles>{available}</Tiles></section> })}
            {has_planned.then(|| view! { <section class="stack"><h2>"Planned"</h2><Tiles compact=true>{planned}</Tiles></section> })}
            {nothing.then(|| view! {
                <Empty icon=Icon::Search title="No tool matches" text="Try another word, or look at every kind of tool.">
                    <LinkButton href="/integrations" label="Show all tools"/>
                </Empty>
            })}
            {(!may_change).then(|| view! { <Callout tone=Tone::Info title="You can look, but not connect">"Ask an admin of your organization to connect tools."</Callout> })}
        };
        Ok(Content::new("Integrations", body))
    })
}

fn connected_tile(entry: &'static Entry, row: &IntegrationRow, now: chrono::DateTime<chrono::Utc>) -> impl IntoView + use<> {
    let href = format!("/integrations/{}", row.id);
    let text = match (&row.reason, row.last_success_at) {
        (Some(reason), _) => reason.message.clone(),
        (None, Some(at)) => format!("Last call worked {}.", relative(at, now)),
        (None, None) => "No call was made yet.".to_owned(),
    };
    let (label, target) = match row.status {
        IntegrationStatus::Error => match row.reason.as_ref().map(|reason| reason.action.as_str()) {
            Some("reconnect" | "edit_credentials") => ("Reconnect", format!("/integrations/connect/{}?integration={}", entry.slug, row.id)),
            _ => ("See why", href.clone()),
        },
        IntegrationStatus::Pending => ("Finish connecting", format!("/integrations/connect/{}?integration={}", entry.slug, row.id)),
        IntegrationStatus::Active | IntegrationStatus::Inactive => ("Open", href.clone()),
    };
    let kind = if row.status == IntegrationStatus::Error { Kind::Primary } else { Kind::Secondary };
    let status = row.status;
    view! {
        <Tile
            href=Some(href.into())
            mark=view! { <Monogram slug=entry.slug name=entry.name/> }
            name=row.name.clone()
            badge=view! { <StatusBadge status/> }
            text=text
            foot=view! { <LinkButton href=target label=label kind small=true/> }
        />
    }
}
