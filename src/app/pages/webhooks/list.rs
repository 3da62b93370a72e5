//! `/webhooks`: who gets told of changes.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::role::Scope;
use crate::store::page::PageQuery;
use crate::webhooks::outbound::stats::stats;
use crate::webhooks::outbound::subscriptions::{self, Webhook};

/// The subscriptions of the organization.
#[component]
pub fn Webhooks() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let done = query.get("done");
    let cursor = query.get("cursor").and_then(|text| text.parse().ok());
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let page = subscriptions::list(&viewer.ctx, &viewer.caller, PageQuery { limit: 50, before: cursor }).await?;
        let next = page.next.map(|next| format!("/webhooks?cursor={next}").into());
        let may_change = viewer.caller.may(Scope::WebhooksWrite);
        let mut rows = Vec::with_capacity(page.rows.len());
        for webhook in page.rows {
            let figures = stats(&viewer.ctx, &viewer.caller, webhook.id, 7).await?;
            rows.push((webhook, figures));
        }
        let is_empty = rows.is_empty() && cursor.is_none();
        let rows = rows
            .into_iter()
            .map(|(webhook, figures)| {
                let rate = figures.success_rate.map_or_else(|| "Nothing sent yet".to_owned(), |rate| format!("{:.1} %", rate * 100.0));
                let p95 = figures.latency_ms.map(|latency| format!("{} ms", latency.p95));
                let href = format!("/webhooks/{}", webhook.id);
                let events = if webhook.events.iter().any(|name| name == "*") { "Every event".to_owned() } else { format!("{} events", webhook.events.len()) };
                view! {
                    <tr>
                        <td data-label="Name" class="name"><a href=href>{webhook.name.clone()}</a><p class="meta">{webhook.url.clone()}</p></td>
                        <td data-label="State">{state_badge(&webhook)}</td>
                        <td data-label="Events">{events}</td>
                        <td data-label="Arrived (7 days)" class="number">{rate}</td>
                        <td data-label="p95" class="number">{p95}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let flash = (done.as_deref() == Some("deleted")).then_some("Deleted, with its log.");
        let columns = vec![
            Column::new("Name"),
            Column::new("State"),
            Column::new("Events"),
            Column::number("Arrived (7 days)"),
            Column::number("p95"),
        ];
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            <PageHead title="Webhooks" lead=|| "Programs that are told of every change, with a signature they can check.">
                <LinkButton href="/webhooks/events" label="Events"/>
                {(may_change && !is_empty).then(|| view! { <LinkButton href="/webhooks/new" label="New webhook" kind=Kind::Primary icon=Some(Icon::Plus)/> })}
            </PageHead>
            {crate::app::pages::received::directions(false)}
            {if is_empty {
                view! {
                    <Empty icon=Icon::Webhook title="No receiver yet" text="A webhook tells another program about every change: a new application, a moved stage, an accepted offer. Each message is signed, tried again when it fails, and kept in a log.">
                        {may_change.then(|| view! { <LinkButton href="/webhooks/new" label="New webhook" kind=Kind::Primary/> })}
                    </Empty>
                }
                .into_any()
            } else {
                view! { <Card flush=true><Table caption="Webhooks" columns>{rows}</Table></Card><Pagination next/> }.into_any()
            }}
        };
        Ok(Content::new("Webhooks", body))
    })
}

/// Whether anything is sent there, in a word.
pub(super) fn state_badge(webhook: &Webhook) -> impl IntoView + use<> {
    let (tone, icon, label) = match (webhook.is_active, &webhook.breaker, webhook.failing_since) {
        (false, _, _) => (Tone::Neutral, Icon::MinusCircle, "Switched off"),
        (true, Some(_), _) => (Tone::Bad, Icon::Pause, "Held back"),
        (true, None, Some(_)) => (Tone::Warning, Icon::Warning, "Failing"),
        (true, None, None) => (Tone::Good, Icon::CheckCircle, "Active"),
    };
    view! { <Badge tone icon label/> }
}
