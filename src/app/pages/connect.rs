//! Connecting a tool in three steps on one page: what you need, the fields, the test.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::signed_in::{Content, problem_text, signed_in};
use super::ui::Tone;
use super::ui::avatar::{Monogram, Size};
use super::ui::button::{Button, Kind, LinkButton};
use super::ui::callout::Callout;
use super::ui::code::Copyable;
use super::ui::facts::{Fact, Facts};
use super::ui::field::{Choice, Field, Select};
use super::ui::frame::{Crumb, NavItem};
use super::ui::page_head::PageHead;
use super::ui::steps::{Outcome, Step, StepState, Steps};
use crate::app::actions::integrations::Connect;
use crate::domain::catalogue::{AuthType, FieldKind};
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::integrations::{connect, connection, query};
use crate::providers::catalogue::Entry;

mod sign_in;

/// `/integrations/connect/{provider}`.
#[component]
pub fn ConnectPage() -> impl IntoView {
    let provider = use_params_map().get_untracked().get("provider").unwrap_or_default();
    let failed_word = use_query_map().get_untracked().get("failed");
    let reconnect: Option<IntegrationId> = use_query_map().get_untracked().get("integration").and_then(|text| text.parse().ok());
    let action = ServerAction::<Connect>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Integrations, move |viewer| async move {
        viewer.caller.require(Scope::IntegrationsWrite)?;
        let entry = connect::entry(&provider)?;
        let code = connection::provider(&viewer.ctx, entry.slug).ok();
        let has_code = code.is_some();
        let is_signed_in_to = code.is_some_and(|provider| provider.as_oauth().is_some());
        let takes_credentials = !is_signed_in_to || (entry.auth_type != AuthType::Oauth2 || !entry.alternatives.is_empty());
        let existing = match reconnect {
            Some(id) => Some(query::get(&viewer.ctx, &viewer.caller, id).await?),
            None => None,
        };
        // The provider's own words are not in the address, where anybody could write them: they are read from the log.
        let has_failed = error.is_some() || failed_word.is_some();
        let refusal = if has_failed { query::last_refusal(&viewer.ctx, &viewer.caller, entry.slug).await? } else { None };
        let missing: Vec<String> = error
            .as_ref()
            .map(|error| error.fields.iter().filter_map(|field| known_permission(entry, field)).collect())
            .unwrap_or_default();
        let title = if existing.is_some() { format!("Reconnect {}", entry.name) } else { format!("Connect {}", entry.name) };
        let label = title.clone();
        let fields = entry
            .fields
            .iter()
            .map(|field| {
                let name = format!("credentials[{}]", field.name);
                let wrong = error.as_ref().is_some_and(|error| error.is_about(&format!("credentials/{}", field.name)));
                let message = wrong.then(|| "Check this value.".into());
                match field.kind {
                    FieldKind::Select => {
                        let choices = field.options.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
                        view! { <Select name label=field.label choices help=Some(field.help.into()) error=message required=field.required/> }.into_any()
                    }
                    kind => {
                        let kind = match kind {
                            FieldKind::Password => "password",
                            FieldKind::Url => "url",
                            FieldKind::Number => "number",
                            FieldKind::Text | FieldKind::Select => "text",
                        };
                        view! { <Field name label=field.label kind help=Some(field.help.into()) error=message required=field.required mono=true autocomplete="off"/> }.into_any()
                    }
                }
            })
            .collect::<Vec<_>>();
        let guide = entry.guide.iter().map(|step| view! { <li><strong>{step.title}</strong><p>{step.text}</p></li> }).collect::<Vec<_>>();
        let notes = entry.notes.iter().map(|note| view! { <li>{*note}</li> }).collect::<Vec<_>>();
        let has_notes = !notes.is_empty();
        let sign_in = is_signed_in_to.then(|| sign_in::form(&viewer.ctx, entry, existing.as_ref()));
        let demo = viewer.ctx.config.endpoints.sandbox().is_some().then(|| demo_credentials(entry.slug)).flatten();
        let provider = entry.slug;
        let has_missing = !missing.is_empty();
        let results = missing
            .into_iter()
            .map(|key| view! { <Outcome tone=Tone::Bad text=key hint="Add this permission to the credentials, then test again."/> })
            .collect::<Vec<_>>();
        let failed = has_failed.then(|| {
            let plain = || error.as_ref().map_or("The sign-in did not work. Begin it again here.", problem_text).to_owned();
            let title = refusal.map_or_else(plain, |row| row.message);
            view! {
                <Callout tone=Tone::Bad title>
                    <p>"Nothing was stored."</p>
                    {has_missing.then(|| view! { <ul class="results">{results}</ul> })}
                </Callout>
            }
        });
        let body = view! {
            <PageHead title=title.clone() mark=move || view! { <Monogram slug=entry.slug name=entry.name size=Size::Large/> } lead=move || entry.summary/>
            {failed}
            {if has_code {
                view! {
                    <div class="connect"><Steps>
                        <Step number=1 title="What you need" state=StepState::Current>
                            <ol class="guide">{guide}</ol>
                            {has_notes.then(|| view! { <Callout tone=Tone::Info title="Good to know"><ul>{notes}</ul></Callout> })}
                        </Step>
                        <Step number=2 title=if is_signed_in_to { "Sign in" } else { "Enter the credentials" } state=StepState::Current>
                            {sign_in}
                            {(is_signed_in_to && takes_credentials).then(|| view! { <p class="meta">"Or, without an app of your own:"</p> })}
                            {takes_credentials.then(|| view! {
                                {demo.map(|(id, secret)| view! {
                                    <Callout tone=Tone::Accent title="This is the demo">
                                        <p>"A simulated Greenhouse answers. Enter these."</p>
                                        <Facts>
                                            <Fact name="Client ID"><Copyable text=id/></Fact>
                                            <Fact name="Client secret"><Copyable text=secret/></Fact>
                                        </Facts>
                                    </Callout>
                                })}
                                <ActionForm action=action attr:class="form" attr:autocomplete="off">
                                    <input type="hidden" name="provider" value=provider/>
                                    {existing.map(|row| view! { <input type="hidden" name="integration" value=row.id.to_string()/> })}
                                    {fields}
                                    <div class="button-row">
                                        <Button label=format!("Test and {}", label.to_lowercase().replace(&entry.name.to_lowercase(), entry.name)) kind=Kind::Primary/>
                                        <LinkButton href="/integrations" label="Back to the catalogue"/>
                                    </div>
                                </ActionForm>
                            })}
                        </Step>
                        <Step number=3 title="Test" state=StepState::Ahead>
                            <p>{if is_signed_in_to {
                                "When you come back, Hirewire asks who you are with a real call, stores the tokens, encrypted, and shows which permissions are there. Nothing is stored when that fails."
                            } else {
                                "Hirewire tries each permission it needs with a real call. When all is well it stores the credentials, encrypted, and begins to read. Nothing is stored when the test fails."
                            }}</p>
                        </Step>
                    </Steps></div>
                }
                .into_any()
            } else {
                view! {
                    <Callout tone=Tone::Info title=format!("{} is planned", entry.name)>
                        <p>"This version cannot connect it yet. It is in the catalogue so that you see what comes."</p>
                        <div class="button-row"><LinkButton href="/integrations" label="Back to the catalogue"/></div>
                    </Callout>
                }
                .into_any()
            }}
        };
        Ok(Content::new(title.clone(), body).crumbs(vec![Crumb::here(title)]))
    })
}

/// A permission named in the address, if it is one of the provider's.
fn known_permission(entry: &Entry, field: &str) -> Option<String> {
    let key = field.trim_start_matches('/').strip_prefix("permissions/")?;
    entry.all_scopes().into_iter().find(|scope| *scope == key).map(str::to_owned)
}

/// What to enter in the demo, where the simulators answer.
fn demo_credentials(slug: &str) -> Option<(&'static str, &'static str)> {
    use crate::providers::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
    (slug == "greenhouse").then_some((DEMO_CLIENT_ID, DEMO_CLIENT_SECRET))
}
