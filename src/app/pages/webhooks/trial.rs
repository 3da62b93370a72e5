//! `/webhooks/{id}/test`: a test event with a sample to edit, and a box to try filters in.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde_json::Value;

use super::head::{Part, crumbs, head, load};
use crate::accounts::sessions;
use crate::app::actions::webhooks::{TestWebhook, TryWebhookFilter};
use crate::app::pages::settings::session;
use crate::app::pages::signed_in::{Content, Viewer, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::event;
use crate::domain::role::Scope;
use crate::fault::Result;
use crate::webhooks::outbound::catalogue;
use crate::webhooks::outbound::subscriptions::Webhook;
use crate::webhooks::outbound::trial::{FilterTestIn, test_filter};

/// What somebody tried.
struct Draft {
    event: String,
    filter: String,
    data: String,
}

/// Test and filter box.
#[component]
pub fn WebhookTrial() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let chosen = use_query_map().get_untracked().get("event");
    let session = session();
    let (test, try_filter) = (ServerAction::<TestWebhook>::new(), ServerAction::<TryWebhookFilter>::new());
    let (test_error, filter_error) =
        (test.value().get_untracked().and_then(Result::err), try_filter.value().get_untracked().and_then(Result::err));
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let webhook = load(&viewer, &id).await?;
        let may_change = viewer.caller.may(Scope::WebhooksWrite);
        let kept = match session {
            Some(session) => sessions::take(&viewer.ctx, &session, "webhook_filter").await?,
            None => None,
        };
        let own = webhook.events.iter().find(|name| event::resolve(name).is_some()).cloned();
        let event_name = chosen.filter(|name| event::resolve(name).is_some()).or(own).unwrap_or_else(|| "application.created".to_owned());
        let draft = kept.and_then(|text| read(&text)).unwrap_or_else(|| Draft {
            event: event_name.clone(),
            filter: webhook.filter.as_ref().map(pretty).unwrap_or_default(),
            data: String::new(),
        });
        let verdict = (!draft.filter.trim().is_empty()).then(|| verdict(&viewer, &draft));
        let sample = |name: &str| event::resolve(name).map(|kind| pretty(&catalogue::example(kind))).unwrap_or_default();
        let choices = || catalogue::all().into_iter().map(|info| Choice::new(info.name.clone(), info.name)).collect::<Vec<_>>();
        let base = format!("/webhooks/{}/test", webhook.id);
        let wid = webhook.id;
        let data_error = test_error.as_ref().filter(|error| error.is_about("data")).map(|_| Text::from("This is not a JSON object."));
        let is_active = webhook.is_active;
        let sender = may_change.then(|| {
            let (chosen, named, data) = (Some(Text::from(event_name.clone())), event_name.clone(), Some(Text::from(sample(&event_name))));
            let (events, label) = (choices(), format!("Data of {event_name}"));
            view! {
                <Card title="Send a test event" note="It goes to this receiver alone, past its filter, through the same worker that sends real ones.">
                    <Toolbar action=base.clone() label="Choose the event">
                        <Select name="event" label="Event" choices=events value=chosen bare=true/>
                        <Button label="Show its example" small=true/>
                    </Toolbar>
                    <ActionForm action=test attr:class="form">
                        <input type="hidden" name="id" value=wid.to_string()/>
                        <input type="hidden" name="event" value=named/>
                        <TextArea name="sample" label value=data mono=true rows=14 error=data_error/>
                        {if is_active {
                            view! { <div class="button-row"><Button label="Send it" kind=Kind::Primary icon=Some(Icon::Bolt)/></div> }.into_any()
                        } else {
                            view! { <p class="meta">"Switch the webhook on to send something."</p> }.into_any()
                        }}
                    </ActionForm>
                </Card>
            }
        });
        let shown = if draft.data.trim().is_empty() { sample(&draft.event) } else { draft.data.clone() };
        let body = view! {
            {head(&viewer, &webhook, Part::Trial)}
            {problem(test_error.clone().or(filter_error))}
            {sender}
            <section id="filter">
                <Card title="Try a filter" note="Nothing is sent and nothing is saved here.">
                    {verdict}
                    <ActionForm action=try_filter attr:class="form">
                        <input type="hidden" name="id" value=wid.to_string()/>
                        <Select name="event" label="Event" choices=choices() value=Some(draft.event.clone().into())/>
                        <TextArea name="filter" label="Filter" value=Some(draft.filter.clone().into()) mono=true rows=4 required=false
                            help=Some("Paths and what must hold there: {\"data.status\": \"active\", \"data.salary\": {\"gte\": 50000}}. Conditions: eq, ne, in, nin, exists, gt, gte, lt, lte, prefix, contains.".into())/>
                        <TextArea name="sample" label="Data to try it on" value=Some(shown.into()) mono=true rows=10 required=false/>
                        <div class="button-row"><Button label="Try the filter"/></div>
                    </ActionForm>
                </Card>
            </section>
        };
        Ok(Content::new(format!("Test of {}", webhook.name), body).crumbs(crumbs(&webhook as &Webhook, Part::Trial)))
    })
}

fn read(text: &str) -> Option<Draft> {
    let draft: Value = serde_json::from_str(text).ok()?;
    let field = |name: &str| draft[name].as_str().map(str::to_owned);
    Some(Draft { event: field("event")?, filter: field("filter")?, data: field("data")? })
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Whether the drafted filter lets the drafted data pass, path by path.
fn verdict(viewer: &Viewer, draft: &Draft) -> impl IntoView + use<> {
    let parse = |text: &str| serde_json::from_str::<Value>(text);
    let data = match draft.data.trim() {
        "" => Ok(None),
        text => parse(text).map(Some),
    };
    let (filter, data) = match (parse(&draft.filter), data) {
        (Ok(filter), Ok(data)) => (filter, data),
        (Err(error), _) => return wrong(format!("The filter is not JSON: {error}")),
        (_, Err(error)) => return wrong(format!("The data is not JSON: {error}")),
    };
    match test_filter(&viewer.ctx, &viewer.caller, &FilterTestIn { filter, event: Some(draft.event.clone()), data }) {
        Ok(tested) => {
            let (tone, title) = if tested.passes {
                (Tone::Good, "A message with this data would be sent")
            } else {
                (Tone::Warning, "A message with this data would not be sent")
            };
            let rows = tested
                .checks
                .into_iter()
                .map(|check| {
                    let found = check.found.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
                    let (tone, icon, label) =
                        if check.holds { (Tone::Good, Icon::Check, "Holds") } else { (Tone::Bad, Icon::MinusCircle, "Does not hold") };
                    view! {
                        <tr>
                            <td class="name" data-label="Path"><code>{check.path}</code></td>
                            <td data-label="Found"><code>{found}</code></td>
                            <td data-label="Condition"><Badge tone icon label/></td>
                        </tr>
                    }
                })
                .collect::<Vec<_>>();
            let columns = vec![Column::new("Path"), Column::new("Found"), Column::new("Condition")];
            view! {
                <Callout tone title/>
                <Table caption="The paths of the filter" columns keep=true>{rows}</Table>
            }
            .into_any()
        }
        Err(fault) => {
            let mut sentences = vec![fault.detail];
            sentences.extend(fault.fields.into_iter().map(|field| format!("{}: {}", field.pointer, field.detail)));
            wrong(sentences.join(" "))
        }
    }
}

fn wrong(text: String) -> AnyView {
    view! { <Callout tone=Tone::Bad title="The filter could not be tried"><p>{text}</p></Callout> }.into_any()
}
