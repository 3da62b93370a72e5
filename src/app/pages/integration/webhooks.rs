//! The webhooks of a connection: the address to enter over there, the key, the channels, and the log.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{Part, crumbs, head, load};
use crate::app::actions::received::SetWebhookKey;
use crate::app::pages::received::{Asked, log, words};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::{
    Badge, Button, Callout, Card, Column, Copyable, Fact, Facts, Field, Flash, FlashRegion, Icon, Kind, NavItem, RelativeTime, Table, Tone,
};
use crate::app::pages::words::{count, counted};
use crate::domain::role::Scope;
use crate::providers::schemes;
use crate::store::channel::ChannelRow;
use crate::webhooks::inbound;

/// `/integrations/{id}/webhooks`.
#[component]
pub fn IntegrationWebhooks() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let map = use_query_map().get_untracked();
    let get = |name: &str| map.get(name).unwrap_or_default();
    let (state, event, done) = (get("state"), get("event"), get("done"));
    let cursor = map.get("cursor").and_then(|text| text.parse().ok());
    let set_key = ServerAction::<SetWebhookKey>::new();
    let error = set_key.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Integrations, move |viewer| async move {
        let (row, entry) = load(&viewer, &id).await?;
        let id = row.id;
        let title = format!("Webhooks of {}", row.name);
        let place = crumbs(&row, Some("Webhooks"));
        if schemes::of(entry.slug).is_none() {
            let body = view! {
                {head(&viewer, &row, entry, Part::Webhooks)}
                <Callout tone=Tone::Info title=format!("{} sends no webhooks", entry.name)>"Changes are noticed by the scheduled sync."</Callout>
            };
            return Ok(Content::new(title, body).crumbs(place));
        }
        let overview = inbound::overview(&viewer.ctx, &viewer.caller, id).await?;
        let asked = Asked { path: format!("/integrations/{id}/webhooks"), integration: id.to_string(), state, event };
        let log = log(&viewer, &asked, cursor, None).await?;
        let now = viewer.now;
        let may_change = viewer.caller.may(Scope::IntegrationsWrite);
        let of = |state: &str| overview.states.iter().find(|(name, _)| name == state).map_or(0, |(_, number)| *number);
        let waiting = of("quarantined");
        let needs_key = !overview.has_key && overview.channels.is_empty();
        let key_error = error.as_ref().filter(|error| error.is_about("key")).map(|_| "A key has 1 to 1,024 characters.".into());
        let other_error = error.filter(|error| !error.is_about("key"));
        let proof = entry.signature;
        let refused: Vec<String> =
            overview.counts.iter().map(|(outcome, number)| format!("{} {}", count(*number), words::counted(outcome))).collect();
        let refused =
            if refused.is_empty() { "None in the last 30 days".to_owned() } else { format!("{}, in the last 30 days", refused.join(", ")) };
        let last = overview.last_received_at;
        let unrouted = overview.unrouted;
        let has_channels = !overview.channels.is_empty();
        let channels = overview.channels.iter().map(|channel| channel_view(channel, now)).collect::<Vec<_>>();
        let channel_columns = vec![Column::new("What it watches"), Column::new("State"), Column::new("Ends"), Column::new("Looked after")];
        let flash = (done == "key").then_some("The key is stored. What waited for it is checked now.");
        let (url, shared, is_app_key, has_key) = (overview.url, overview.shared_url, overview.is_app_key, overview.has_key);
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &row, entry, Part::Webhooks)}
            {problem(other_error)}
            {(waiting > 0).then(|| view! {
                <Callout tone=Tone::Warning title=format!("{} for a key", counted(waiting, "message waits", "messages wait"))>
                    "Enter the key below. They are then checked over the bytes that came, and dealt with."
                </Callout>
            })}
            <div class="halves">
                <Card title="Address" note=format!("Where {} sends what changed.", entry.name)>
                    <Copyable text=url/>
                    {shared.map(|url| view! {
                        <p>"For an app that all connections share, enter this one instead; the account in the message says whose it is:"</p>
                        <Copyable text=url/>
                    })}
                    {(unrouted > 0).then(|| view! {
                        <p class="meta">{format!("In the last 30 days {} to this server without a connection they belong to. Check the address entered over there. The person who runs the server can look at them with hirewire inbound unrouted.", counted(unrouted, "message of this provider came", "messages of this provider came"))}</p>
                    })}
                    <Facts>
                        <Fact name="Last genuine message">{match last { Some(at) => view! { <RelativeTime at now/> }.into_any(), None => "None yet".into_any() }}</Fact>
                        <Fact name="Not taken">{refused}</Fact>
                    </Facts>
                </Card>
                <Card title="Proof" note="What is checked before anything is made of a message.">
                    <div id="key" class="stack">
                        {proof.map(|proof| view! {
                            <Facts>
                                <Fact name="Where">{proof.place}</Fact>
                                <Fact name="How">{proof.algorithm}</Fact>
                                <Fact name="Key">{proof.key}</Fact>
                                <Fact name="Replays">{proof.replay}</Fact>
                                <Fact name="Stored">{if has_key { "A key is stored" } else if needs_key { "No key yet" } else { "Each channel has its own" }}</Fact>
                            </Facts>
                        })}
                        {is_app_key.then(|| view! { <p class="meta">"The secret of the app that the person who runs this server has registered counts as well."</p> })}
                        {may_change.then(|| view! {
                            <ActionForm action=set_key attr:class="form">
                                <input type="hidden" name="id" value=id.to_string()/>
                                <Field
                                    name="key"
                                    label=if has_key { "New key" } else { "Key" }
                                    kind="password"
                                    error=key_error
                                    autocomplete="off"
                                    help=Some(if has_key { "The one before it counts for two days yet." } else { "Stored encrypted; never shown again." }.into())
                                />
                                <div class="button-row"><Button label="Store the key" kind=if needs_key { Kind::Primary } else { Kind::Secondary }/></div>
                            </ActionForm>
                        })}
                    </div>
                </Card>
            </div>
            {has_channels.then(|| view! {
                <Card title="Channels" note="They end by themselves, and are renewed in time." flush=true>
                    <Table caption="Channels" columns=channel_columns>{channels}</Table>
                </Card>
            })}
            <h2>"Messages"</h2>
            {log}
        };
        Ok(Content::new(title, body).crumbs(place))
    })
}

fn channel_view(channel: &ChannelRow, now: DateTime<Utc>) -> impl IntoView + use<> {
    let (tone, icon, label) = match channel.state.as_str() {
        "open" if channel.failures == 0 => (Tone::Good, Icon::CheckCircle, "Open"),
        "open" => (Tone::Warning, Icon::Warning, "Open, renewal fails"),
        "closing" => (Tone::Neutral, Icon::MinusCircle, "Being closed"),
        "opening" => (Tone::Info, Icon::Clock, "Being opened"),
        _ => (Tone::Bad, Icon::CrossCircle, "Lapsed"),
    };
    let error = channel.error.clone();
    let (ends, next) = (channel.expires_at, channel.renew_at);
    view! {
        <tr>
            <td class="name">{channel.resource.clone()}{error.map(|error| view! { <p class="meta">{error}</p> })}</td>
            <td data-label="State"><Badge tone icon label/></td>
            <td data-label="Ends">{ends.map(|at| view! { <RelativeTime at now/> })}</td>
            <td data-label="Looked after"><RelativeTime at=next now/></td>
        </tr>
    }
}
