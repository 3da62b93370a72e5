//! What every tab of a subscription begins with.

use leptos::prelude::*;

use super::list::state_badge;
use crate::app::actions::webhooks::{SwitchWebhook, TestWebhook};
use crate::app::pages::signed_in::Viewer;
use crate::app::pages::ui::prelude::*;
use crate::domain::id::WebhookId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::webhooks::outbound::subscriptions::{self, Webhook};

/// The tabs of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Log,
    Figures,
    Trial,
    Signing,
    Partners,
    Settings,
}

impl Part {
    const ALL: [Self; 6] = [Self::Log, Self::Figures, Self::Trial, Self::Signing, Self::Partners, Self::Settings];

    const fn label(self) -> &'static str {
        match self {
            Self::Log => "Log",
            Self::Figures => "Figures",
            Self::Trial => "Test",
            Self::Signing => "Signing",
            Self::Partners => "Partners",
            Self::Settings => "Settings",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Log => "",
            Self::Figures => "/figures",
            Self::Trial => "/test",
            Self::Signing => "/signing",
            Self::Partners => "/partners",
            Self::Settings => "/settings",
        }
    }

    /// Whether only those see it who may change the subscription.
    const fn is_for_changing(self) -> bool {
        matches!(self, Self::Partners | Self::Settings)
    }
}

/// The subscription of the page's address.
pub(super) async fn load(viewer: &Viewer, id: &str) -> Result<Webhook> {
    let id: WebhookId = id.parse().map_err(|_| Fault::not_found("webhook"))?;
    subscriptions::get(&viewer.ctx, &viewer.caller, id).await
}

/// Name, state, the one button that matters, and the tabs.
pub(super) fn head(viewer: &Viewer, webhook: &Webhook, current: Part) -> impl IntoView + use<> {
    let id = webhook.id;
    let (test, switch) = (ServerAction::<TestWebhook>::new(), ServerAction::<SwitchWebhook>::new());
    let may_change = viewer.caller.may(Scope::WebhooksWrite);
    let is_active = webhook.is_active;
    let badge = state_badge(webhook);
    let lead = webhook.disabled_reason.clone().or_else(|| webhook.description.clone()).unwrap_or_else(|| webhook.url.clone());
    let warning = webhook.failing_since.filter(|_| is_active).map(|since| {
        let ends = webhook.switches_off_at.map_or_else(
            || "It stays switched on.".to_owned(),
            |at| format!("If that goes on, it is switched off at {} at the earliest.", exact(at)),
        );
        view! { <Callout tone=Tone::Warning title=format!("Nothing arrives since {}", exact(since))><p>{ends}</p></Callout> }
    });
    let tabs = Part::ALL
        .into_iter()
        .filter(|part| may_change || !part.is_for_changing())
        .map(|part| Tab::new(part.label(), format!("/webhooks/{id}{}", part.path()), part == current))
        .collect();
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
        {warning}
    }
}

/// The places above a tab.
pub(super) fn crumbs(webhook: &Webhook, current: Part) -> Vec<Crumb> {
    vec![Crumb::link(webhook.name.clone(), format!("/webhooks/{}", webhook.id)), Crumb::here(current.label())]
}
