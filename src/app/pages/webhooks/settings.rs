//! `/webhooks/{id}/settings`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::event_choices;
use super::show::{head, load};
use crate::app::actions::webhooks::{DeleteWebhook, RotateWebhookSecret, SaveWebhook, SwitchWebhook};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::role::Scope;

/// What a subscription does and how.
#[component]
pub fn WebhookSettings() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let (save, switch, rotate) =
        (ServerAction::<SaveWebhook>::new(), ServerAction::<SwitchWebhook>::new(), ServerAction::<RotateWebhookSecret>::new());
    let error = save.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Webhooks, move |viewer| async move {
        viewer.caller.require(Scope::WebhooksWrite)?;
        let webhook = load(&viewer, &id).await?;
        let id = webhook.id;
        let called = webhook.name.clone();
        let about = |field: &str, text: &'static str| error.as_ref().filter(|error| error.is_about(field)).map(|_| Text::from(text));
        let url_error = about("url", "This address cannot be used. It must be an https address that is not a private one.");
        let filter_error = about("filter", "This is not a filter. An example: {\"data.status\": \"active\"}");
        let tries_error = about("retryAttempts", "Between 0 and 16.");
        let timeout_error = about("timeoutMs", "Between 100 and 60,000.");
        let filter = webhook.filter.as_ref().map(|filter| Text::from(serde_json::to_string_pretty(filter).unwrap_or_default()));
        let flash = (done.as_deref() == Some("saved")).then_some("Saved.");
        let is_active = webhook.is_active;
        let question = Question {
            title: format!("Delete {}?", webhook.name).into(),
            text: "Nothing is sent there any more, and its log is lost. To stop it for a while, switch it off instead.".into(),
            action: DeleteWebhook::url().into(),
            fields: vec![("id".into(), id.to_string().into())],
            button: "Delete webhook".into(),
            typed: None,
        };
        let error = error.clone();
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &webhook, true)}
            {problem(error)}
            <ActionForm action=save attr:class="form full">
                <input type="hidden" name="id" value=id.to_string()/>
                <Card title="Receiver">
                    <Field name="name" label="Name" value=Some(webhook.name.clone().into())/>
                    <Field name="url" label="Address" kind="url" value=Some(webhook.url.clone().into()) error=url_error mono=true help=Some("Events that wait go to the new address.".into())/>
                    <Field name="description" label="Description" required=false value=webhook.description.clone().map(Into::into)/>
                </Card>
                <Card title="Events">{event_choices(&webhook.events)}</Card>
                <Card title="Delivery">
                    <Field name="retry_attempts" label="Tries after the first" kind="number" value=Some(webhook.retry_attempts.to_string().into()) error=tries_error help=Some("0 to 16. The waits are 1, 2, 4 seconds, doubling.".into())/>
                    <Field name="timeout_ms" label="Time-out (ms)" kind="number" value=Some(webhook.timeout_ms.to_string().into()) error=timeout_error/>
                    <Checkbox name="ordered" label="Keep the order of each candidate's events" checked=webhook.ordered/>
                    <TextArea name="filter" label="Only events whose content matches" value=filter required=false mono=true error=filter_error help=Some("A filter on fields of the payload as JSON, for example {\"data.status\": \"active\"}.".into())/>
                </Card>
                <div class="button-row"><Button label="Save" kind=Kind::Primary/></div>
            </ActionForm>
            <Card title="Secret" note="Shown once when it is made. The old one signs too for a day after a change.">
                <ActionForm action=rotate>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Button label="Make a new secret" icon=Some(Icon::Key)/>
                </ActionForm>
            </Card>
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
        let crumbs = vec![Crumb::link(called.clone(), format!("/webhooks/{id}")), Crumb::here("Settings")];
        Ok(Content::new(format!("Settings of {called}"), body).crumbs(crumbs))
    })
}
