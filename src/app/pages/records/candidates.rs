//! The list of candidates.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{PAGE, name_of, occupation};
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{address, count};
use crate::domain::id::CandidateId;
use crate::domain::status::ApplicationStatus;
use crate::records::{applications, candidates};
use crate::store::page::PageQuery;
use crate::store::record::application::{ApplicationRow, list_applications_of_candidates};
use crate::store::record::candidate::CandidateFilter;

/// `/candidates`.
#[component]
pub fn Candidates() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let search = query.get("q").unwrap_or_default().trim().to_owned();
    let cursor = query.get("cursor").and_then(|text| text.parse().ok());
    signed_in(NavItem::Candidates, move |viewer| async move {
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let filter = CandidateFilter { search: Some(search.clone()).filter(|text| !text.is_empty()) };
        let page = candidates::list(ctx, caller, &filter, PageQuery { limit: PAGE, before: cursor }).await?;
        let ids: Vec<CandidateId> = page.rows.iter().map(|row| row.row.id).collect();
        let all = list_applications_of_candidates(&ctx.store, caller.organization, &ids).await?;
        let around = applications::around(ctx, caller, &all).await?;
        let mut of: HashMap<CandidateId, (ApplicationRow, usize)> = HashMap::new();
        for row in all {
            let entry = of.entry(row.candidate_id).or_insert_with(|| (row.clone(), 0));
            entry.1 += 1;
            // The newest one in process says more than a newer one that has ended.
            if entry.0.status != ApplicationStatus::Active && row.status == ApplicationStatus::Active {
                entry.0 = row;
            }
        }
        let next = page.next.map(|next| address("/candidates", &[("q", &search), ("cursor", &next.to_string())]).into());
        let previous = cursor.is_some().then(|| address("/candidates", &[("q", &search)]).into());
        let is_empty = page.rows.is_empty();
        let is_filtered = !search.is_empty() || cursor.is_some();
        let rows = page
            .rows
            .into_iter()
            .map(|candidate| {
                let name = name_of(&candidate.row);
                let (newest, number) = of.remove(&candidate.row.id).unzip();
                let status = newest.as_ref().map(|row| row.status);
                let stage = newest.as_ref().filter(|row| row.status == ApplicationStatus::Active).and_then(|row| row.stage_name.clone());
                let job = newest.as_ref().and_then(|row| row.job_id).and_then(|id| around.jobs.get(&id)).map_or_else(|| "No job".to_owned(), |job| job.title.clone());
                let job = newest.as_ref().map(|_| job);
                let more = number.unwrap_or_default().saturating_sub(1);
                let at = candidate.row.last_activity_at.unwrap_or(candidate.row.updated_at);
                view! {
                    <tr>
                        <td class="name">
                            <div class="who">
                                <Avatar name=name.clone()/>
                                <span><a href=format!("/candidates/{}", candidate.row.id)>{name}</a><span class="meta">{occupation(&candidate.row)}</span></span>
                            </div>
                        </td>
                        <td data-label="Job">{job}{(more > 0).then(|| view! { <span class="meta">{format!(" and {} more", count(i64::try_from(more).unwrap_or_default()))}</span> })}</td>
                        <td data-label="Where it stands">
                            {match (stage, status) {
                                (Some(stage), _) => view! { <Tag label=stage/> }.into_any(),
                                (None, Some(status)) => view! { <StatusBadge status/> }.into_any(),
                                (None, None) => ().into_any(),
                            }}
                        </td>
                        <td data-label="Location">{candidate.row.location}</td>
                        <td data-label="Last activity"><RelativeTime at now/></td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let columns = vec![
            Column::new("Candidate"),
            Column::new("Job"),
            Column::new("Where it stands"),
            Column::new("Location"),
            Column::new("Last activity"),
        ];
        let list = if is_empty && !is_filtered {
            view! {
                <Empty icon=Icon::People title="No candidates yet" text="Everybody who applies stands here, with one timeline over all your systems. Connect your applicant tracking system to begin.">
                    <LinkButton href="/integrations" label="Connect a tool" kind=Kind::Primary/>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Table caption="Candidates" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=5 text="Nobody matches. Search for a part of a name, or of a mail address."/> })}
                </Table>
            }
            .into_any()
        };
        let body = view! {
            <PageHead title="Candidates" lead=|| "Everybody who applied, newest first."/>
            <div class="filters">
                <Toolbar action="/candidates" label="Find a candidate">
                    <SearchField label="Search by name or mail address" value=search.clone()/>
                </Toolbar>
            </div>
            {list}
            <Pagination previous next/>
        };
        Ok(Content::new("Candidates", body))
    })
}
