//! `/webhooks/{id}`: figures, the log with its search, and one try in full.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use super::attempt;
use super::head::{Part, head, load};
use super::search::Search;
use crate::app::actions::webhooks::{ReplayDelivery, ReplayFound, TestWebhook};
use crate::app::pages::settings::{session, shown_once};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::role::Scope;
use crate::domain::status::DeliveryState;
use crate::fault::Result;
use crate::store::page::PageQuery;
use crate::webhooks::outbound::log;
use crate::webhooks::outbound::stats::stats;

/// One subscription with its log.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let done = query.get("done");
    let replayed = query.get("count").and_then(|count| count.parse::<u64>().ok());
    let search = Search::read(&query);
    let cursor = query.get("cursor").and_then(|text| text.parse().ok());
    let open: Option<Uuid> = query.get("attempt").and_then(|text| text.parse().ok());
    let session = session();
    let (test, replay, replay_found) =
        (ServerAction::<TestWebhook>::new(), ServerAction::<ReplayDelivery>::new(), ServerAction::<ReplayFound>::new());
    let errors = [test.value().get_untracked(), replay.value().get_untracked(), replay_found.value().get_untracked()];
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let webhook = load(&viewer, &id).await?;
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let secret = shown_once(
            &viewer,
            session,
            "webhook",
            "Copy the secret now. It is shown once",
            "The receiver needs it to check the signatures.",
        )
        .await?;
        let figures = stats(ctx, caller, webhook.id, 30).await?;
        let page = log::list(ctx, caller, webhook.id, &search.filter(), PageQuery { limit: 50, before: cursor }).await?;
        // It may stand on another page of the log, or be gone since the link to it was made.
        let opened = match open {
            Some(attempt) => log::get(ctx, caller, webhook.id, attempt).await.ok(),
            None => None,
        };
        let may_change = caller.may(Scope::WebhooksWrite);
        let flash = match (done.as_deref(), replayed) {
            (Some("created"), _) => Some("Created. Send a test event to see whether it arrives.".to_owned()),
            (Some("replayed"), Some(count)) => {
                Some(format!("{} messages are on their way again, with the same ids and the same bytes.", number(count)))
            }
            (Some("replayed"), None) => Some("On its way again, with the same id and the same bytes.".to_owned()),
            (Some("tested"), _) => Some("The test event was sent. Its try is in the log.".to_owned()),
            _ => None,
        };
        let rate = figures.success_rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1}", rate * 100.0));
        let (p95, unit, half) = match figures.latency_ms {
            Some(latency) => (latency.p95.to_string(), "ms", format!("half within {} ms", latency.p50)),
            None => ("–".to_owned(), "", "nothing was answered yet".to_owned()),
        };
        let unsigned = |count: i64| u64::try_from(count).unwrap_or_default();
        let base = format!("/webhooks/{}", webhook.id);
        let (suffix, others) = (search.query(true), search.query(false));
        let chip = |label: &'static str, wanted: Option<DeliveryState>| Chip {
            label: label.into(),
            href: match wanted {
                Some(wanted) => format!("{base}?state={wanted}{others}"),
                None => format!("{base}?{}", others.trim_start_matches('&')),
            }
            .into(),
            is_current: search.state() == wanted,
        };
        let chips = vec![
            chip("All", None),
            chip("Delivered", Some(DeliveryState::Succeeded)),
            chip("Failed", Some(DeliveryState::Failed)),
            chip("Waiting", Some(DeliveryState::Pending)),
        ];
        let next = page.next.map(|next| format!("{base}?cursor={next}{suffix}").into());
        let is_empty = page.rows.is_empty();
        let rows = page
            .rows
            .into_iter()
            .map(|shown| {
                let href = format!("{base}?attempt={}{suffix}#attempt", shown.id);
                attempt::row(shown, href, now)
            })
            .collect::<Vec<_>>();
        let nothing =
            if search.is_narrowed() { "Nothing was found." } else { "No try yet. Send a test event, or wait for the first change." };
        let unreadable = search.unreadable().map(|name| {
            let title = format!("The field \u{201c}{name}\u{201d} could not be read, so it narrows nothing");
            view! { <Callout tone=Tone::Warning title/> }
        });
        let wid = webhook.id;
        let detail = opened.map(|shown| {
            let delivery = shown.attempt.delivery_id;
            let again = may_change.then(|| {
                view! {
                    <ActionForm action=replay>
                        <input type="hidden" name="id" value=wid.to_string()/>
                        <input type="hidden" name="delivery" value=delivery.to_string()/>
                        <Button label="Send again" icon=Some(Icon::Refresh)/>
                    </ActionForm>
                }
            });
            let signing = format!("{base}/signing");
            let again = view! {
                <p class="meta"><a href=signing>"How to check the signature"</a></p>
                {again}
            };
            attempt::detail(shown, &webhook.url, again, now)
        });
        let error = errors.into_iter().flatten().find_map(Result::err);
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &webhook, Part::Log)}
            {problem(error)}
            {secret}
            <Stats>
                <Stat label="Arrived" value=rate unit="%" hint="of finished deliveries, 30 days"/>
                <Stat label="p95" value=p95 unit hint=half/>
                <Stat label="Waiting" value=number(unsigned(figures.pending))/>
                <Stat label="Given up" value=number(unsigned(figures.failed))/>
            </Stats>
            {detail}
            {search.form(wid)}
            {unreadable}
            {may_change.then(|| search.again(wid, replay_found))}
            <Chips label="State" chips/>
            <Card flush=true>
                <Table caption="Tries" columns=attempt::columns()>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=6 text=nothing/> })}
                </Table>
            </Card>
            <Pagination next/>
        };
        Ok(Content::new(webhook.name.clone(), body).crumbs(vec![Crumb::here(webhook.name)]))
    })
}
