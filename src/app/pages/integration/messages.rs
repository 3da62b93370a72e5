//! Which events a chat is told of: the rules, a new one, and what it would say.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{Part, crumbs, head, load};
use crate::app::actions::chat::{CreateRule, DeleteRule};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::ui::time::RelativeTime;
use crate::domain::event::EventKind;
use crate::domain::role::Scope;
use crate::integrations::chat::{self, RuleInput};

/// `/integrations/{id}/messages`.
#[component]
pub fn IntegrationMessages() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let (done, event) = (query.get("done"), query.get("event"));
    let (channel, template) = (query.get("channel"), query.get("template"));
    let create = ServerAction::<CreateRule>::new();
    let remove = ServerAction::<DeleteRule>::new();
    let error = create.value().get_untracked().and_then(Result::err).or_else(|| remove.value().get_untracked().and_then(Result::err));
    signed_in(NavItem::Integrations, move |viewer| async move {
        let (row, entry) = load(&viewer, &id).await?;
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let rules = chat::list(ctx, caller, Some(row.id)).await?;
        let channels = chat::channels(ctx, caller, row.id).await;
        let trouble = channels.as_ref().err().map(|fault| fault.detail.clone());
        let channels = channels.unwrap_or_default();
        let may_change = caller.may(Scope::IntegrationsWrite);

        let chosen_event = event.unwrap_or_else(|| EventKind::ApplicationStageChanged.as_str().to_owned());
        let words = template.unwrap_or_else(|| chat::DEFAULT.to_owned());
        let first = channels.first().map(|one| format!("{} {}", one.id, one.name));
        let chosen_channel = channel.or(first);
        let preview = if row.connected_at.is_some() && may_change {
            let input = RuleInput {
                integration: Some(row.id),
                event: chosen_event.clone(),
                channel: chosen_channel.as_deref().map(|value| value.split(' ').next().unwrap_or_default().to_owned()),
                template: Some(words.clone()),
                ..RuleInput::default()
            };
            Some(chat::preview(ctx, caller, input).await)
        } else {
            None
        };
        let preview = preview.map(|preview| match preview {
            Ok(preview) => {
                let note = if preview.is_real { "Made of the last such event." } else { "An example: there was no such event yet." };
                let facts =
                    preview.message.facts.into_iter().map(|(name, value)| view! { <Fact name=name>{value}</Fact> }).collect::<Vec<_>>();
                view! {
                    <Card title="What it says" note=note>
                        <h3>{preview.message.title}</h3>
                        <p>{preview.message.text}</p>
                        <Facts>{facts}</Facts>
                    </Card>
                }
                .into_any()
            }
            Err(fault) => {
                let text = fault.fields.first().map_or(fault.detail.clone(), |field| field.detail.clone());
                view! { <Callout tone=Tone::Bad title=text/> }.into_any()
            }
        });

        let is_empty = rules.is_empty();
        let list = rules
            .into_iter()
            .map(|rule| {
                let to = rule.channel_name.clone().map_or_else(|| "its channel".to_owned(), |name| format!("#{name}"));
                let state = match (&rule.error, rule.posted_at) {
                    (Some(error), _) => view! { <span>{error.clone()}</span> }.into_any(),
                    (None, Some(at)) => view! { "Posted "<RelativeTime at now/> }.into_any(),
                    (None, None) => "Nothing yet".into_any(),
                };
                let id = rule.id.to_string();
                view! {
                    <tr>
                        <td data-label="Event"><code>{rule.event.clone()}</code></td>
                        <td data-label="Channel">{to}</td>
                        <td data-label="Words">{rule.template.clone()}</td>
                        <td data-label="Last">{state}</td>
                        <td data-label="">{may_change.then(|| view! {
                            <ActionForm action=remove>
                                <input type="hidden" name="id" value=id/>
                                <Button label="Delete" small=true kind=Kind::Secondary/>
                            </ActionForm>
                        })}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let columns = vec![Column::new("Event"), Column::new("Channel"), Column::new("Words"), Column::new("Last"), Column::new("")];

        let form = (may_change && row.connected_at.is_some()).then(|| {
            let events = EventKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.as_str())).collect::<Vec<_>>();
            let has_channels = !channels.is_empty();
            let choices = channels
                .iter()
                .map(|one| Choice::new(format!("{} {}", one.id, one.name), format!("{}{}", if one.is_private { "private: " } else { "#" }, one.name)))
                .collect::<Vec<_>>();
            let fields: Vec<String> = chat::FIELDS.iter().map(|(name, _)| format!("{{{{{name}}}}}")).collect();
            let help = format!("Fields: {}.", fields.join(", "));
            let path = format!("/integrations/{}/messages", row.id);
            view! {
                <Card title="New message" note="Who reads the channel reads this. Mail addresses, résumés and feedback are no part of it.">
                    <ActionForm action=create attr:class="form">
                        <input type="hidden" name="integration" value=row.id.to_string()/>
                        <Select name="event" label="When this happens" choices=events value=Some(chosen_event.clone().into())/>
                        {has_channels.then(|| view! { <Select name="channel" label="Post into" choices value=chosen_channel.clone().map(Into::into)/> })}
                        <Field name="template" label="Saying" value=Some(words.clone().into()) help=Some(help.into())/>
                        <div class="button-row">
                            <Button label="Post this from now on" kind=Kind::Primary/>
                            <button class="button" type="submit" formaction=path formmethod="get">"Preview"</button>
                        </div>
                    </ActionForm>
                </Card>
            }
        });
        let flash = match done.as_deref() {
            Some("created") => Some("From now on this is posted."),
            Some("deleted") => Some("Deleted. It is posted no more."),
            _ => None,
        };
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &row, entry, Part::Messages)}
            {problem(error)}
            {trouble.map(|title| view! { <Callout tone=Tone::Warning title/> })}
            {if is_empty {
                view! { <Empty icon=Icon::Webhook title="Nothing is posted yet" text="Choose an event, a channel and the words. The preview shows the message before anything is posted."/> }.into_any()
            } else {
                view! { <Card title="What is posted" flush=true><Table caption="Messages" columns>{list}</Table></Card> }.into_any()
            }}
            <div class="halves">{form}{preview}</div>
        };
        Ok(Content::new(format!("Messages of {}", row.name), body).crumbs(crumbs(&row, Some("Messages"))))
    })
}
