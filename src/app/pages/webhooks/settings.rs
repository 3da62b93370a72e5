//! `/webhooks/{id}/settings`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::event_choices;
use super::head::{Part, crumbs, head, load};
use crate::app::actions::webhooks::{DeleteWebhook, SaveWebhook, SwitchWebhook};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::role::Scope;
use crate::domain::ui_error::UiError;
use crate::webhooks::outbound::schedule::format_waits;

/// What a subscription does and how.
#[component]
pub fn WebhookSettings() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let (save, switch) = (ServerAction::<SaveWebhook>::new(), ServerAction::<SwitchWebhook>::new());
    let error = save.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Webhooks, move |viewer| async move {
        viewer.caller.require(Scope::WebhooksWrite)?;
        let webhook = load(&viewer, &id).await?;
        let id = webhook.id;
        let called = webhook.name.clone();
        // A field that is a list names the wrong entry behind its own name.
        let is_about =
            |error: &UiError, field: &str| error.fields.iter().any(|name| name.trim_start_matches('/').split('/').next() == Some(field));
        let about = |field: &str, text: &'static str| error.as_ref().filter(|error| is_about(error, field)).map(|_| Text::from(text));
        let url_error = about("url", "This address cannot be used. It must be an https address that is not a private one.");
        let filter_error = about("filter", "This is not a filter. An example: {\"data.status\": \"active\"}");
        let tries_error = about("retryAttempts", "Between 0 and 16.");
        let schedule_error = about("retrySchedule", "At most 16 waits of 1 second to 24 hours, such as 5s, 1m, 2h.");
        let timeout_error = about("timeoutMs", "Between 100 and 120,000.");
        let flight_error = about("maxInFlight", "Between 1 and 64.");
        let rate_error = about("ratePerSecond", "Between 1 and 1,000, or nothing.");
        let days_error = about("disableAfterDays", "Between 1 and 30, or 0 for never.");
        let headers_error = about(
            "headers",
            "One header on a line, name and value with a colon between. Headers that the sender sets itself cannot be given.",
        );
        let events_error = about("events", "Choose at least one event.");
        let waits = webhook.retry_schedule.as_deref().map(|waits| Text::from(format_waits(waits)));
        let headers = webhook.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n");
        let rate = webhook.rate_per_second.map(|rate| Text::from(rate.to_string()));
        let filter = webhook.filter.as_ref().map(|filter| Text::from(serde_json::to_string_pretty(filter).unwrap_or_default()));
        let flash = (done.as_deref() == Some("saved")).then_some("Saved.");
        let is_active = webhook.is_active;
        let choices = event_choices(&webhook.events);
        let question = Question {
            title: format!("Delete {}?", webhook.name).into(),
            text: "Nothing is sent there any more, and its log is lost. To stop it for a while, switch it off instead.".into(),
            action: DeleteWebhook::url().into(),
            fields: vec![("id".into(), id.to_string().into())],
            button: "Delete webhook".into(),
            typed: None,
        };
        let error = error.clone();
        let places = crumbs(&webhook, Part::Settings);
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &webhook, Part::Settings)}
            {problem(error)}
            <ActionForm action=save attr:class="form full">
                <input type="hidden" name="id" value=id.to_string()/>
                <Card title="Receiver">
                    <Field name="name" label="Name" value=Some(webhook.name.clone().into())/>
                    <Field name="url" label="Address" kind="url" value=Some(webhook.url.clone().into()) error=url_error mono=true help=Some("Events that wait go to the new address.".into())/>
                    <Field name="description" label="Description" required=false value=webhook.description.clone().map(Into::into)/>
                </Card>
                <Card title="Events">
                    {events_error.map(|text| view! { <Callout tone=Tone::Bad title=text/> })}
                    {choices}
                </Card>
                <Card title="Delivery">
                    <Field name="retry_attempts" label="Tries after the first" kind="number" value=Some(webhook.retry_attempts.to_string().into()) error=tries_error help=Some("0 to 16.".into())/>
                    <Field name="retry_schedule" label="Waits between the tries" required=false value=waits error=schedule_error help=Some("Such as 5s, 1m, 10m, 2h; the last one repeats. Without a list: 1, 2, 4 seconds, doubling.".into())/>
                    <Field name="timeout_ms" label="Time-out (ms)" kind="number" value=Some(webhook.timeout_ms.to_string().into()) error=timeout_error/>
                    <Field name="max_in_flight" label="Tries at the same time" kind="number" value=Some(webhook.max_in_flight.to_string().into()) error=flight_error/>
                    <Field name="rate_per_second" label="Messages per second at most" kind="number" required=false value=rate error=rate_error help=Some("Counted in each worker process. Empty: no limit.".into())/>
                    <Field name="disable_after_days" label="Switch off after so many days without success" kind="number" value=Some(webhook.disable_after_days.to_string().into()) error=days_error help=Some("Owners and admins are told at 50, 70 and 90 % of the way. 0: never.".into())/>
                    <Checkbox name="ordered" label="Keep the order of each candidate's events" checked=webhook.ordered/>
                    <TextArea name="headers" label="Headers" value=Some(headers.into()) required=false mono=true rows=3 error=headers_error help=Some("Sent with every message, one on a line: X-Team: hiring. Values that look confidential are sealed and shown as ********; leave them so to keep them.".into())/>
                    <TextArea name="filter" label="Only events whose content matches" value=filter required=false mono=true error=filter_error help=Some("A filter on fields of the payload as JSON, for example {\"data.status\": \"active\"}. Try it under Test.".into())/>
                </Card>
                <div class="button-row"><Button label="Save" kind=Kind::Primary/></div>
            </ActionForm>
            <Card title="Switch off or delete">
                <div class="button-row">
                    <ActionForm action=switch>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="enabled" value=(!is_active).to_string()/>
                        <Button label=if is_active { "Switch off" } else { "Switch on" }/>
                    </ActionForm>
                    <Button label="Delete" kind=Kind::Danger opens="delete-webhook"/>
                </div>
                <ConfirmDialog id="delete-webhook" question/>
            </Card>
        };
        Ok(Content::new(format!("Settings of {called}"), body).crumbs(places))
    })
}
