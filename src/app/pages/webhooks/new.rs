//! `/webhooks/new`: address, events, done.

use leptos::prelude::*;

use super::event_choices;
use crate::app::actions::webhooks::CreateWebhook;
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::role::Scope;

/// A new subscription.
#[component]
pub fn NewWebhook() -> impl IntoView {
    let create = ServerAction::<CreateWebhook>::new();
    let error = create.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Webhooks, move |viewer| async move {
        viewer.caller.require(Scope::WebhooksWrite)?;
        let about = |field: &str, text: &'static str| error.as_ref().filter(|error| error.is_about(field)).map(|_| Text::from(text));
        let url_error = about(
            "url",
            "This address cannot be used. It must be an https address that is reachable from this server and is not a private one.",
        );
        let events_error = about("events", "Choose at least one event.");
        let error = error.clone();
        let body = view! {
            <PageHead title="New webhook" lead=|| "Hirewire sends a signed POST request to this address whenever one of the events happens."/>
            {problem(error)}
            <ActionForm action=create attr:class="form full">
                <Card title="Receiver">
                    <Field name="url" label="Address" kind="url" placeholder=Some("https://example.com/hooks/hirewire".into()) error=url_error mono=true/>
                    <Field name="name" label="Name" required=false help=Some("What people here call it; its host otherwise.".into())/>
                </Card>
                <Card title="Events">
                    {events_error.map(|text| view! { <Callout tone=Tone::Bad title=text/> })}
                    {event_choices(&[])}
                </Card>
                <Card title="Start">
                    <Checkbox name="disabled" label="Create it switched off" help=Some("Nothing is sent until you switch it on. What happens until then can be sent afterwards.".into())/>
                </Card>
                <div class="button-row">
                    <Button label="Create webhook" kind=Kind::Primary/>
                    <LinkButton href="/webhooks" label="Cancel"/>
                </div>
            </ActionForm>
        };
        Ok(Content::new("New webhook", body).crumbs(vec![Crumb::here("New webhook")]))
    })
}
