//! The settings of an integration: name, schedule, credentials, webhook address, switching off and letting go.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{Part, crumbs, head, load};
use crate::app::actions::integrations::{CheckNow, Disconnect, SaveSettings, Switch, TestNow};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::Tone;
use crate::app::pages::ui::button::{Button, Kind, LinkButton};
use crate::app::pages::ui::callout::Callout;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::code::Copyable;
use crate::app::pages::ui::confirm::{ConfirmDialog, Question};
use crate::app::pages::ui::field::{Checkbox, Field};
use crate::app::pages::ui::flash::{Flash, FlashRegion};
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::steps::Outcome;
use crate::domain::role::Scope;
use crate::domain::status::IntegrationStatus;
use crate::webhooks::inbound;

/// `/integrations/{id}/settings`.
#[component]
pub fn IntegrationSettings() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let (save, switch, test, check) = (
        ServerAction::<SaveSettings>::new(),
        ServerAction::<Switch>::new(),
        ServerAction::<TestNow>::new(),
        ServerAction::<CheckNow>::new(),
    );
    let failed = |value: Option<Result<(), crate::domain::ui_error::UiError>>| value.and_then(Result::err);
    let save_error = failed(save.value().get_untracked());
    let error = failed(switch.value().get_untracked())
        .or_else(|| failed(test.value().get_untracked()))
        .or_else(|| failed(check.value().get_untracked()));
    signed_in(NavItem::Integrations, move |viewer| async move {
        let (row, entry) = load(&viewer, &id).await?;
        let may_change = viewer.caller.may(Scope::IntegrationsWrite);
        let id = row.id;
        let flash = match done.as_deref() {
            Some("saved") => Some("Saved."),
            Some("tested") => Some("Tested with real calls. The permissions are below."),
            _ => None,
        };
        let name_error = save_error.as_ref().filter(|error| error.is_about("name")).map(|_| "A name has 1 to 100 characters.".into());
        let interval_error =
            save_error.as_ref().filter(|error| error.is_about("syncIntervalSeconds")).map(|_| "Between 1 and 10,080 minutes.".into());
        let minutes = (row.sync_interval_s / 60).to_string();
        let granted = row.granted_scopes.0.iter().map(|scope| view! { <Outcome tone=Tone::Good text=scope.clone()/> }).collect::<Vec<_>>();
        let missing = row
            .missing_scopes
            .0
            .iter()
            .map(|scope| view! { <Outcome tone=Tone::Bad text=scope.clone() hint="An administrator there can add it."/> })
            .collect::<Vec<_>>();
        let takes_hooks = crate::providers::schemes::of(entry.slug).is_some();
        let hook = inbound::url(&viewer.ctx, &row);
        let is_off = row.status == IntegrationStatus::Inactive;
        let question = Question {
            title: format!("Disconnect {}?", row.name).into(),
            text: format!("Its credentials are erased and it stops syncing. The jobs, candidates and applications it brought in stay, and so does its history. To use {} again, connect it anew.", entry.name).into(),
            action: Disconnect::url().into(),
            fields: vec![("id".into(), id.to_string().into())],
            button: format!("Disconnect {}", row.name).into(),
            typed: None,
        };
        let (name, sync_enabled) = (row.name.clone(), row.sync_enabled);
        let slug = entry.slug;
        let settings = may_change.then(|| {
            view! {
                <Card title="General">
                    <ActionForm action=save attr:class="form">
                        <input type="hidden" name="id" value=id.to_string()/>
                        <Field name="name" label="Name" value=Some(name.into()) error=name_error help=Some("What people here call this connection.".into())/>
                        <Field name="sync_interval_minutes" label="Sync every (minutes)" kind="number" value=Some(minutes.into()) error=interval_error/>
                        <Checkbox name="sync_enabled" label="Sync by itself" checked=sync_enabled/>
                        <div class="button-row"><Button label="Save" kind=Kind::Primary/></div>
                    </ActionForm>
                </Card>
            }
        });
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &row, entry, Part::Settings)}
            {problem(error)}
            {(!may_change).then(|| view! { <Callout tone=Tone::Info title="You can look, but not change">"Ask an admin of your organization."</Callout> })}
            {settings}
            <Card title="Credentials and permissions" note="Stored encrypted; never shown again.">
                <ul class="results">{granted}{missing}</ul>
                {may_change.then(|| view! {
                    <div class="button-row">
                        <ActionForm action=test><input type="hidden" name="id" value=id.to_string()/><Button label="Test every permission"/></ActionForm>
                        <ActionForm action=check><input type="hidden" name="id" value=id.to_string()/><Button label="Check now"/></ActionForm>
                        <LinkButton href=format!("/integrations/connect/{slug}?integration={id}") label="Enter new credentials"/>
                    </div>
                })}
            </Card>
            {takes_hooks.then(|| view! {
                <Card title=format!("Webhooks from {}", entry.name) note="Changes arrive at once instead of at the next sync.">
                    <p>{format!("Paste this address into {}. The key, and what came, are on the page of its webhooks.", entry.name)}</p>
                    <Copyable text=hook/>
                    <div class="button-row"><LinkButton href=format!("/integrations/{id}/webhooks") label="Webhooks"/></div>
                </Card>
            })}
            {may_change.then(|| view! {
                <Card title="Switch off or let go">
                    <div class="button-row">
                        <ActionForm action=switch>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <input type="hidden" name="enabled" value=is_off.to_string()/>
                            <Button label=if is_off { "Switch on" } else { "Switch off" }/>
                        </ActionForm>
                        <Button label="Disconnect" kind=Kind::Danger opens="disconnect"/>
                    </div>
                    <ConfirmDialog id="disconnect" question/>
                </Card>
            })}
        };
        Ok(Content::new(format!("Settings of {}", row.name), body).crumbs(crumbs(&row, Some("Settings"))))
    })
}
