//! Interviews: what is coming, what was, what has no time yet.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{contacts_of, name_of};
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{address, day, hour};
use crate::domain::role::Scope;
use crate::records::applications;
use crate::store::record::application::list_applications_by_ids;
use crate::store::record::interview::{Span, list_interviews_of_span};

/// How many interviews a page shows.
const LIMIT: usize = 100;

/// `/interviews`.
#[component]
pub fn Interviews() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let which = query.get("show").unwrap_or_default();
    let before = query.get("before").and_then(|text| chrono::DateTime::parse_from_rfc3339(&text).ok());
    signed_in(NavItem::Interviews, move |viewer| async move {
        viewer.caller.require(Scope::RecordsRead)?;
        let (ctx, now) = (&viewer.ctx, viewer.now);
        let zone = viewer.me.time_zone.clone();
        let zone = zone.as_deref();
        let span = match which.as_str() {
            "past" => Span::Before(before.map_or(now, |at| at.with_timezone(&chrono::Utc))),
            "unscheduled" => Span::Unscheduled,
            // What began this hour still goes on.
            _ => Span::From(now - chrono::TimeDelta::hours(1)),
        };
        let limit = i64::try_from(LIMIT).unwrap_or(i64::MAX);
        let mut rows = list_interviews_of_span(&ctx.store, viewer.caller.organization, span, limit + 1).await?;
        let has_more = rows.len() > LIMIT;
        rows.truncate(LIMIT);
        let next = rows
            .last()
            .and_then(|row| row.starts_at)
            .filter(|_| has_more && which == "past")
            .map(|at| address("/interviews", &[("show", "past"), ("before", &at.to_rfc3339())]).into());
        let ids: Vec<_> = rows.iter().map(|row| row.application_id).collect();
        let apps = list_applications_by_ids(&ctx.store, viewer.caller.organization, &ids).await?;
        let around = applications::around(ctx, &viewer.caller, &apps).await?;
        let apps: HashMap<_, _> = apps.into_iter().map(|row| (row.id, row)).collect();
        let is_empty = rows.is_empty();
        // Not every system says who takes part.
        let has_people = rows.iter().any(|row| !names(&row.attendees.0).is_empty());
        let views = rows
            .into_iter()
            .map(|row| {
                let app = apps.get(&row.application_id);
                let candidate = app.and_then(|app| around.candidates.get(&app.candidate_id));
                let person = candidate.map(|candidate| (format!("/candidates/{}#application-{}", candidate.id, row.application_id), name_of(candidate)));
                let job = app.and_then(|app| app.job_id).and_then(|id| around.jobs.get(&id)).map(|job| job.title.clone());
                let status = row.status;
                let when = row.starts_at.map(|from| {
                    let until = row.ends_at.map(|until| format!("–{}", hour(until, zone))).unwrap_or_default();
                    view! { <span class="strong">{day(from, zone)}</span>" "<span class="nowrap">{hour(from, zone)}{until}</span> }
                });
                let people = names(&row.attendees.0);
                let link = row.meeting_url.filter(|url| url.starts_with("https://")).map(|url| view! { <a href=url rel="noreferrer">"Join the call"</a> });
                view! {
                    <tr>
                        <td class="name">
                            {match person {
                                Some((href, name)) => view! { <div class="who"><Avatar name=name.clone()/><span><a href=href>{name}</a><span class="meta">{job}</span></span></div> }.into_any(),
                                None => "Somebody who is not here any more".into_any(),
                            }}
                        </td>
                        <td data-label="Interview">{row.title}</td>
                        <td data-label="When">{when}</td>
                        <td data-label="Status"><StatusBadge status/></td>
                        {has_people.then(|| view! { <td data-label="With">{people}</td> })}
                        <td data-label="Where">{row.location}" "{link}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let tab = |label: &'static str, word: &'static str| {
            let is_current = which == word || (word.is_empty() && !matches!(which.as_str(), "past" | "unscheduled"));
            Tab::new(label, address("/interviews", &[("show", word)]), is_current)
        };
        let tabs = vec![tab("Upcoming", ""), tab("To be scheduled", "unscheduled"), tab("Past", "past")];
        let nothing = match which.as_str() {
            "past" => "No interview took place yet.",
            "unscheduled" => "Every interview has a time.",
            _ => "No interview is coming up.",
        };
        let zone_note = format!("Times are in {}.", zone.unwrap_or("UTC"));
        let names = ["Candidate", "Interview", "When", "Status", "With", "Where"];
        let columns: Vec<Column> = names.into_iter().filter(|name| has_people || *name != "With").map(Column::new).collect();
        let width = columns.len();
        let body = view! {
            <PageHead title="Interviews" lead=move || zone_note/>
            <Tabs label="Which interviews" tabs/>
            <Table caption="Interviews" columns>
                {views}
                {is_empty.then(|| view! { <EmptyRow columns=width text=nothing/> })}
            </Table>
            <Pagination next/>
        };
        Ok(Content::new("Interviews", body))
    })
}

/// Who takes part, by name where it is known.
fn names(attendees: &serde_json::Value) -> String {
    let serde_json::Value::Array(values) = attendees else { return String::new() };
    let named: Vec<String> = values
        .iter()
        .filter_map(|one| one.get("name").or_else(|| one.get("email")).and_then(serde_json::Value::as_str))
        .map(str::to_owned)
        .collect();
    if named.is_empty() { contacts_of(attendees).join(", ") } else { named.join(", ") }
}
