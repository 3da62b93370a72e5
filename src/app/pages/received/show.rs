//! `/webhooks/received/{id}`: one message in full, and the button that deals with it once more.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde_json::Value;

use super::{state_badge, words};
use crate::app::actions::received::ReplayReceived;
use crate::app::pages::signed_in::{Content, Viewer, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::id::InboundEventId;
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::fault::{Fault, Result};
use crate::store::inbound_event::InboundEventRow;
use crate::store::link::find_link;
use crate::webhooks::inbound;

/// One message.
#[component]
pub fn ReceivedPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let replay = ServerAction::<ReplayReceived>::new();
    let error = replay.value().get_untracked().and_then(std::result::Result::err);
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let id: InboundEventId = id.parse().map_err(|_| Fault::not_found("message"))?;
        let row = inbound::get(&viewer.ctx, &viewer.caller, id).await?;
        let integration = match row.integration_id {
            Some(id) => crate::integrations::query::get(&viewer.ctx, &viewer.caller, id).await.ok(),
            None => None,
        };
        let now = viewer.now;
        let event = row.event_name.clone().unwrap_or_else(|| "A message without a name".to_owned());
        let may_replay =
            viewer.caller.may(Scope::IntegrationsWrite) && matches!(row.verdict.as_str(), "verified" | "hint") && row.state != "received";
        let outcomes = outcomes(&viewer, &row).await?;
        let has_outcomes = !outcomes.is_empty();
        let mut head = inbound::path(&row).map(|path| format!("POST {path}\n")).unwrap_or_default();
        for (name, value) in inbound::shown_headers(&row) {
            head.push_str(&format!("{name}: {value}\n"));
        }
        let size = row.body.len();
        let body = inbound::shown_body(&row).unwrap_or_else(|| "The body is no text.".to_owned());
        let body = if size == 0 { "The body is empty.".to_owned() } else { body };
        let badge = state_badge(&row.state);
        let is_refused = row.state == "rejected";
        let waits = row.state == "quarantined";
        let flash = (done.as_deref() == Some("replayed")).then_some("It is dealt with once more.");
        let (connection, crumb) = match &integration {
            Some(row) => {
                let href = format!("/integrations/{}/webhooks", row.id);
                (Some(view! { <a href=href.clone()>{row.name.clone()}</a> }), Some(Crumb::link(row.name.clone(), href)))
            }
            None => (None, None),
        };
        let mend = integration.as_ref().filter(|_| waits).map(|row| format!("/integrations/{}/webhooks#key", row.id));
        let (error_text, external_id, trace) = (row.error.clone(), row.external_id.clone(), row.trace_id.to_string());
        let (received_at, processed_at, verdict) = (row.received_at, row.processed_at, words::verdict(&row.verdict));
        let lead = verdict;
        let view = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            <PageHead title=event.clone() badge=move || badge lead=move || lead>
                {may_replay.then(|| view! {
                    <ActionForm action=replay>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Button label="Deal with it again" icon=Some(Icon::Refresh)/>
                    </ActionForm>
                })}
            </PageHead>
            {problem(error)}
            {mend.map(|href| view! {
                <Callout tone=Tone::Warning title="This message waits for a key">
                    <p>"As soon as the key is entered, it is checked over the bytes that came, and dealt with."</p>
                    <LinkButton href label="Enter the key"/>
                </Callout>
            })}
            <Card title="What is known of it">
                <Facts>
                    {connection.map(|link| view! { <Fact name="Connection">{link}</Fact> })}
                    <Fact name="Came"><RelativeTime at=received_at now/></Fact>
                    {processed_at.map(|at| view! { <Fact name="Dealt with"><RelativeTime at now/></Fact> })}
                    {external_id.map(|id| view! { <Fact name="Id over there"><code>{id}</code></Fact> })}
                    {error_text.map(|text| view! { <Fact name="What went wrong">{text}</Fact> })}
                    <Fact name="Size">{format!("{} bytes{}", number(size as u64), if is_refused { ", cut to the first 16 kB" } else { "" })}</Fact>
                    <Fact name="Trace"><code>{trace}</code></Fact>
                </Facts>
            </Card>
            {has_outcomes.then(|| view! { <Card title="What it changed"><ul class="stack tight">{outcomes}</ul></Card> })}
            <Card title="The message" note="Secrets are hidden.">
                <div class="stack">
                    <CodeBlock id="headers" title="Headers" code=head wrap=true/>
                    <CodeBlock id="body" title="Body" code=body wrap=true/>
                </div>
            </Card>
        };
        let list = Crumb::link("Received", "/webhooks/received");
        let crumbs = std::iter::once(list).chain(crumb).chain([Crumb::here(event.clone())]).collect();
        Ok(Content::new(event, view).crumbs(crumbs))
    })
}

/// What became of each thing the message says, with a link to the record here.
async fn outcomes(viewer: &Viewer, row: &InboundEventRow) -> Result<Vec<AnyView>> {
    let mut views = Vec::new();
    let Some(changes) = row.changes.as_ref().and_then(|changes| changes.0.as_array()) else { return Ok(views) };
    for change in changes {
        let text = words::outcome(change);
        let place = match row.integration_id {
            Some(integration) => place(viewer, integration, change).await?,
            None => None,
        };
        views.push(match place {
            Some(href) => view! { <li><a href=href>{text}</a></li> }.into_any(),
            None => view! { <li>{text}</li> }.into_any(),
        });
    }
    Ok(views)
}

/// The page of the record that a change is about.
async fn place(viewer: &Viewer, integration: crate::domain::id::IntegrationId, change: &Value) -> Result<Option<String>> {
    let (Some(object), Some(id)) = (change["object"].as_str(), change["externalId"].as_str()) else { return Ok(None) };
    let Ok(kind) = object.parse::<RecordKind>() else { return Ok(None) };
    let folder = match kind {
        RecordKind::Job => "jobs",
        RecordKind::Candidate => "candidates",
        RecordKind::Application => "applications",
        _ => return Ok(None),
    };
    let link = find_link(&viewer.ctx.store, integration, kind, id).await?;
    Ok(link.filter(|link| link.deleted_at.is_none()).map(|link| format!("/{folder}/{}", link.local_id)))
}
