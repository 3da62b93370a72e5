//! `/webhooks/{id}`: figures, bars by day, the log, and one try in full.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use super::list::state_badge;
use crate::app::actions::webhooks::{ReplayDelivery, ReplayFailed, SwitchWebhook, TestWebhook};
use crate::app::pages::settings::{session, shown_once};
use crate::app::pages::signed_in::{Content, Viewer, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::id::WebhookId;
use crate::domain::role::Scope;
use crate::domain::status::DeliveryState;
use crate::fault::{Fault, Result};
use crate::store::delivery::attempt::AttemptFilter;
use crate::store::page::PageQuery;
use crate::webhooks::outbound::log::{self, Attempt};
use crate::webhooks::outbound::stats::stats;
use crate::webhooks::outbound::subscriptions::{self, Webhook};

/// The subscription of the page's address.
pub(super) async fn load(viewer: &Viewer, id: &str) -> Result<Webhook> {
    let id: WebhookId = id.parse().map_err(|_| Fault::not_found("webhook"))?;
    subscriptions::get(&viewer.ctx, &viewer.caller, id).await
}

/// The head both tabs share.
pub(super) fn head(viewer: &Viewer, webhook: &Webhook, is_settings: bool) -> impl IntoView + use<> {
    let id = webhook.id;
    let test = ServerAction::<TestWebhook>::new();
    let switch = ServerAction::<SwitchWebhook>::new();
    let may_change = viewer.caller.may(Scope::WebhooksWrite);
    let is_active = webhook.is_active;
    let badge = state_badge(webhook);
    let lead = webhook.disabled_reason.clone().unwrap_or_else(|| webhook.url.clone());
    let tabs = vec![
        Tab::new("Log", format!("/webhooks/{id}"), !is_settings),
        Tab::new("Settings", format!("/webhooks/{id}/settings"), is_settings),
    ];
    view! {
        <PageHead title=webhook.name.clone() badge=move || badge lead=move || lead>
            {may_change.then(|| if is_active {
                view! {
                    <ActionForm action=test>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Button label="Send test event" kind=Kind::Primary icon=Some(Icon::Bolt)/>
                    </ActionForm>
                }
                .into_any()
            } else {
                view! {
                    <ActionForm action=switch>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="enabled" value="true"/>
                        <Button label="Switch on" kind=Kind::Primary/>
                    </ActionForm>
                }
                .into_any()
            })}
        </PageHead>
        <Tabs label=format!("Parts of {}", webhook.name) tabs/>
    }
}

/// One subscription with its log.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let done = query.get("done");
    let state: Option<DeliveryState> = query.get("state").and_then(|text| text.parse().ok());
    let cursor = query.get("cursor").and_then(|text| text.parse().ok());
    let open: Option<Uuid> = query.get("attempt").and_then(|text| text.parse().ok());
    let session = session();
    let (test, replay, replay_all) =
        (ServerAction::<TestWebhook>::new(), ServerAction::<ReplayDelivery>::new(), ServerAction::<ReplayFailed>::new());
    let errors = [test.value().get_untracked(), replay.value().get_untracked(), replay_all.value().get_untracked()];
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
        let filter = AttemptFilter { state, ..AttemptFilter::default() };
        let page = log::list(ctx, caller, webhook.id, &filter, PageQuery { limit: 50, before: cursor }).await?;
        let may_change = caller.may(Scope::WebhooksWrite);
        let flash = match done.as_deref() {
            Some("created") => Some("Created. Send a test event to see whether it arrives."),
            Some("rotated") => Some("The secret was changed. The old one signs too for a day."),
            Some("replayed") => Some("On its way again, with the same id and the same bytes."),
            Some("tested") => Some("The test event was sent. Its try is in the log."),
            _ => None,
        };
        let rate = figures.success_rate.map_or_else(|| "–".to_owned(), |rate| format!("{:.1}", rate * 100.0));
        let (p95, unit, half) = match figures.latency_ms {
            Some(latency) => (latency.p95.to_string(), "ms", format!("half within {} ms", latency.p50)),
            None => ("–".to_owned(), "", "nothing was answered yet".to_owned()),
        };
        let unsigned = |count: i64| u64::try_from(count).unwrap_or_default();
        let series = vec![
            Series { label: "Arrived".into(), tone: Tone::Good },
            Series { label: "Waiting".into(), tone: Tone::Info },
            Series { label: "Given up".into(), tone: Tone::Bad },
        ];
        let days = figures
            .by_day
            .iter()
            .map(|day| Day {
                label: day.day.clone().into(),
                counts: vec![unsigned(day.succeeded), unsigned(day.pending), unsigned(day.failed)],
            })
            .collect();
        let base = format!("/webhooks/{}", webhook.id);
        let chip = |label: &'static str, wanted: Option<DeliveryState>| Chip {
            label: label.into(),
            href: wanted.map_or_else(|| base.clone(), |wanted| format!("{base}?state={wanted}")).into(),
            is_current: state == wanted,
        };
        let chips = vec![
            chip("All", None),
            chip("Delivered", Some(DeliveryState::Succeeded)),
            chip("Failed", Some(DeliveryState::Failed)),
            chip("Waiting", Some(DeliveryState::Pending)),
        ];
        let suffix = state.map(|state| format!("&state={state}")).unwrap_or_default();
        let next = page.next.map(|next| format!("{base}?cursor={next}{suffix}").into());
        let opened = page.rows.iter().find(|attempt| Some(attempt.id) == open).cloned();
        let is_empty = page.rows.is_empty();
        let rows = page
            .rows
            .into_iter()
            .map(|attempt| {
                let href = format!("{base}?attempt={}{suffix}#attempt", attempt.id);
                let code = attempt.status_code.map_or_else(|| attempt.error_code.clone().unwrap_or_default(), |code| code.to_string());
                view! {
                    <tr>
                        <td data-label="Event" class="name"><a href=href>{attempt.event.clone()}</a></td>
                        <td data-label="State"><StatusBadge status=attempt.state/></td>
                        <td data-label="Answer"><code>{code}</code></td>
                        <td data-label="Try" class="number">{attempt.attempt}</td>
                        <td data-label="Took" class="number">{attempt.duration_ms.map(|ms| format!("{ms} ms"))}</td>
                        <td data-label="When"><RelativeTime at=attempt.at now/></td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let has_failed = figures.failed > 0;
        let wid = webhook.id;
        let detail = opened.map(|attempt| attempt_view(attempt, &webhook, replay, may_change, now));
        let error = errors.into_iter().flatten().find_map(Result::err);
        let columns = vec![
            Column::new("Event"),
            Column::new("State"),
            Column::new("Answer"),
            Column::number("Try"),
            Column::number("Took"),
            Column::new("When"),
        ];
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &webhook, false)}
            {problem(error)}
            {secret}
            <Stats>
                <Stat label="Arrived" value=rate unit="%" hint="of finished deliveries, 30 days"/>
                <Stat label="p95" value=p95 unit hint=half/>
                <Stat label="Waiting" value=number(unsigned(figures.pending))/>
                <Stat label="Given up" value=number(unsigned(figures.failed))/>
            </Stats>
            <Card title="Deliveries by day"><DayBars title="Deliveries of the last 30 days" series days/></Card>
            {detail}
            <div class="row">
                <Chips label="State" chips/>
                {(may_change && has_failed).then(|| view! {
                    <ActionForm action=replay_all>
                        <input type="hidden" name="id" value=wid.to_string()/>
                        <Button label="Send again what failed today" small=true icon=Some(Icon::Refresh)/>
                    </ActionForm>
                })}
            </div>
            <Card flush=true>
                <Table caption="Tries" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=6 text="No try yet. Send a test event, or wait for the first change."/> })}
                </Table>
            </Card>
            <Pagination next/>
        };
        Ok(Content::new(webhook.name.clone(), body).crumbs(vec![Crumb::here(webhook.name)]))
    })
}

/// One try in full: what was sent, what came back, and the button that sends it again.
fn attempt_view(
    attempt: Attempt,
    webhook: &Webhook,
    replay: ServerAction<ReplayDelivery>,
    may_change: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> impl IntoView + use<> {
    let mut request = format!("POST {}\n", webhook.url);
    for (name, value) in &attempt.request_headers {
        request.push_str(&format!("{name}: {value}\n"));
    }
    let mut response = attempt.status_code.map(|code| format!("HTTP {code}\n")).unwrap_or_default();
    for (name, value) in attempt.response_headers.iter().flatten() {
        response.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(body) = attempt.response_body.as_deref().filter(|body| !body.is_empty()) {
        response.push('\n');
        response.push_str(body);
    }
    let (id, delivery, at, state) = (webhook.id, attempt.delivery_id, attempt.at, attempt.state);
    let next = attempt.next_attempt_at;
    let (message_id, address, error) = (attempt.message_id, attempt.address, attempt.error);
    view! {
        <div id="attempt"><Card title=format!("{}, try {}", attempt.event, attempt.attempt)>
                <Facts>
                    <Fact name="State"><StatusBadge status=state/></Fact>
                    <Fact name="When"><RelativeTime at now/></Fact>
                    <Fact name="Message"><code>{message_id}</code></Fact>
                    {address.map(|address| view! { <Fact name="Address"><code>{address}</code></Fact> })}
                    {error.map(|error| view! { <Fact name="What went wrong">{error}</Fact> })}
                    {next.map(|at| view! { <Fact name="Next try"><RelativeTime at now/></Fact> })}
                </Facts>
                <CodeBlock id="attempt-request" title="Request" code=request wrap=true/>
                {(!response.is_empty()).then(|| view! { <CodeBlock id="attempt-response" title="Answer" code=response.clone() wrap=true/> })}
                <p class="meta">"The signature in webhook-signature is the base64 HMAC-SHA256 of id, timestamp and body, joined by dots, under the secret. X-Webhook-Signature is the hex HMAC-SHA256 of the body alone."</p>
                {may_change.then(|| view! {
                    <ActionForm action=replay>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="delivery" value=delivery.to_string()/>
                        <Button label="Send again" icon=Some(Icon::Refresh)/>
                    </ActionForm>
                })}
        </Card></div>
    }
}
