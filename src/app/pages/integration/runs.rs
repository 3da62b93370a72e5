//! The sync runs of an integration.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{Part, crumbs, head, load};
use crate::app::actions::integrations::SyncNow;
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::badge::StatusBadge;
use crate::app::pages::ui::button::Button;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::pagination::Pagination;
use crate::app::pages::ui::table::{Column, EmptyRow, Table};
use crate::app::pages::ui::time::RelativeTime;
use crate::app::pages::words::{count, duration_ms};
use crate::domain::role::Scope;
use crate::store::page::PageQuery;
use crate::store::sync::RunRow;
use crate::sync;

/// `/integrations/{id}/runs`.
#[component]
pub fn IntegrationRuns() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let cursor = use_query_map().get_untracked().get("cursor").and_then(|text| text.parse().ok());
    let start = ServerAction::<SyncNow>::new();
    let error = start.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Integrations, move |viewer| async move {
        let (row, entry) = load(&viewer, &id).await?;
        let page = sync::list(&viewer.ctx, &viewer.caller, Some(row.id), PageQuery { limit: 50, before: cursor }).await?;
        let next = page.next.map(|next| format!("/integrations/{}/runs?cursor={next}", row.id).into());
        let now = viewer.now;
        let is_empty = page.rows.is_empty();
        let rows = page.rows.into_iter().map(|run| line(&run, now)).collect::<Vec<_>>();
        let may_change = viewer.caller.may(Scope::IntegrationsWrite);
        let id = row.id;
        let columns = vec![
            Column::new("State"),
            Column::new("Started"),
            Column::new("Why"),
            Column::number("Read"),
            Column::number("New"),
            Column::number("Changed"),
            Column::number("Deleted"),
            Column::number("Failed"),
            Column::number("Took"),
        ];
        let body = view! {
            {head(&viewer, &row, entry, Part::Runs)}
            {problem(error)}
            {may_change.then(|| view! {
                <div class="button-row">
                    <ActionForm action=start>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="kind" value="full"/>
                        <Button label="Read everything again" small=true/>
                    </ActionForm>
                    <ActionForm action=start>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="kind" value="reconcile"/>
                        <Button label="Look for deleted records" small=true/>
                    </ActionForm>
                </div>
            })}
            <Card flush=true>
                <Table caption="Sync runs" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=9 text="No run yet. Press Sync now to begin."/> })}
                </Table>
            </Card>
            <Pagination next/>
        };
        Ok(Content::new(format!("Runs of {}", row.name), body).crumbs(crumbs(&row, Some("Runs"))))
    })
}

fn line(run: &RunRow, now: chrono::DateTime<chrono::Utc>) -> impl IntoView + use<> {
    let took = run.started_at.zip(run.finished_at).map_or_else(String::new, |(from, to)| duration_ms((to - from).num_milliseconds()));
    let cause = match run.cause.as_str() {
        "manual" => format!("Asked for by {}", run.requested_by),
        "connect" => "First read".to_owned(),
        "catch_up" => "Caught up after a pause".to_owned(),
        _ => "By schedule".to_owned(),
    };
    let kind = match run.kind.as_str() {
        "full" => "everything",
        "reconcile" => "deleted records",
        _ => "changes",
    };
    let state = run.state;
    let at = run.started_at.unwrap_or(run.created_at);
    view! {
        <tr>
            <td data-label="State" class="wide"><StatusBadge status=state/>{run.error.clone().map(|error| view! { <p class="meta">{error}</p> })}</td>
            <td data-label="Started"><RelativeTime at now/></td>
            <td data-label="Why" class="wide">{cause}<span class="meta">{format!(" ({kind})")}</span></td>
            <td data-label="Read" class="number">{count(run.records)}</td>
            <td data-label="New" class="number">{count(run.created)}</td>
            <td data-label="Changed" class="number">{count(run.updated)}</td>
            <td data-label="Deleted" class="number">{count(run.deleted)}</td>
            <td data-label="Failed" class="number">{count(run.failed)}</td>
            <td data-label="Took" class="number">{took}</td>
        </tr>
    }
}
