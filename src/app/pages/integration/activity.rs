//! What people, keys and tasks did with an integration.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{Part, crumbs, head, load};
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::Tone;
use crate::app::pages::ui::badge::Badge;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::icons::Icon;
use crate::app::pages::ui::pagination::Pagination;
use crate::app::pages::ui::table::{Column, EmptyRow, Table};
use crate::app::pages::ui::time::RelativeTime;
use crate::app::pages::words::duration_ms;
use crate::operations::activity;
use crate::store::page::PageQuery;

/// `/integrations/{id}/activity`.
#[component]
pub fn IntegrationActivity() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let cursor = use_query_map().get_untracked().get("cursor").and_then(|text| text.parse().ok());
    signed_in(NavItem::Integrations, move |viewer| async move {
        let (row, entry) = load(&viewer, &id).await?;
        let page = activity::list_of_integration(&viewer.ctx, &viewer.caller, row.id, PageQuery { limit: 50, before: cursor }).await?;
        let next = page.next.map(|next| format!("/integrations/{}/activity?cursor={next}", row.id).into());
        let now = viewer.now;
        let is_empty = page.rows.is_empty();
        let rows = page
            .rows
            .into_iter()
            .map(|entry| {
                let (tone, icon, label) =
                    if entry.success { (Tone::Good, Icon::CheckCircle, "Worked") } else { (Tone::Bad, Icon::CrossCircle, "Failed") };
                view! {
                    <tr>
                        <td data-label="Outcome"><Badge tone icon label/></td>
                        <td data-label="What">{entry.message}<p class="meta"><code>{entry.action}</code></p></td>
                        <td data-label="Who">{entry.actor_name}</td>
                        <td data-label="When"><RelativeTime at=entry.at now/></td>
                        <td data-label="Took" class="number">{entry.duration_ms.map(duration_ms)}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let columns = vec![Column::new("Outcome"), Column::new("What"), Column::new("Who"), Column::new("When"), Column::number("Took")];
        let body = view! {
            {head(&viewer, &row, entry, Part::Activity)}
            <Card flush=true>
                <Table caption="Activity" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=5 text="Nothing was done with this integration yet."/> })}
                </Table>
            </Card>
            <Pagination next/>
        };
        Ok(Content::new(format!("Activity of {}", row.name), body).crumbs(crumbs(&row, Some("Activity"))))
    })
}
