//! One integration: its state with evidence, its runs, its activity, its settings.

use leptos::prelude::*;

use super::signed_in::Viewer;
use super::ui::Text;
use super::ui::avatar::{Monogram, Size};
use super::ui::badge::StatusBadge;
use super::ui::button::{Button, Kind, LinkButton};
use super::ui::frame::Crumb;
use super::ui::icons::Icon;
use super::ui::page_head::PageHead;
use super::ui::tabs::{Tab, Tabs};
use super::ui::time::relative;
use crate::app::actions::integrations::SyncNow;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::providers::catalogue::{self, Entry};
use crate::store::integration::IntegrationRow;

mod activity;
mod messages;
mod overview;
mod progress;
mod runs;
mod settings;
mod webhooks;

pub use activity::IntegrationActivity;
pub use messages::IntegrationMessages;
pub use overview::IntegrationOverview;
pub use runs::IntegrationRuns;
pub use settings::IntegrationSettings;
pub use webhooks::IntegrationWebhooks;

/// The tabs of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// State and evidence.
    Overview,
    /// Sync runs.
    Runs,
    /// Field mapping.
    Mapping,
    /// What it tells of by itself.
    Webhooks,
    /// What a chat is told of.
    Messages,
    /// What was done with it.
    Activity,
    /// Name, schedule, webhook address, disconnect.
    Settings,
}

/// The integration of the page's address.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn load(viewer: &Viewer, id: &str) -> Result<(IntegrationRow, &'static Entry)> {
    let id: IntegrationId = id.parse().map_err(|_| Fault::not_found("integration"))?;
    let row = crate::integrations::query::get(&viewer.ctx, &viewer.caller, id).await?;
    let entry = catalogue::find(&row.provider).ok_or_else(|| Fault::not_found("provider"))?;
    Ok((row, entry))
}

/// The places above the page.
pub fn crumbs(row: &IntegrationRow, part: Option<&'static str>) -> Vec<Crumb> {
    let mut crumbs = Vec::new();
    match part {
        None => crumbs.push(Crumb::here(row.name.clone())),
        Some(part) => {
            crumbs.push(Crumb::link(row.name.clone(), format!("/integrations/{}", row.id)));
            crumbs.push(Crumb::here(part));
        }
    }
    crumbs
}

/// The head every tab of an integration shares: name, status with evidence, the one main action, the tabs.
pub fn head(viewer: &Viewer, row: &IntegrationRow, entry: &'static Entry, current: Part) -> impl IntoView + use<> {
    let id = row.id;
    let evidence: Text = match (&row.reason, row.last_success_at) {
        (Some(reason), _) => reason.message.clone().into(),
        (None, Some(at)) => format!("The last call worked {}.", relative(at, viewer.now)).into(),
        (None, None) => "No call was made yet.".into(),
    };
    let may_change = viewer.caller.may(Scope::IntegrationsWrite);
    let action = row.reason.as_ref().map(|reason| reason.action.clone());
    let needs_credentials = row.status == IntegrationStatus::Pending || matches!(action.as_deref(), Some("reconnect" | "edit_credentials"));
    let can_sync = row.connected_at.is_some()
        && row.status != IntegrationStatus::Inactive
        && viewer.ctx.providers.get(&row.provider).is_some_and(|provider| provider.as_ats().is_some());
    let sync = ServerAction::<SyncNow>::new();
    let main = may_change.then(|| {
        if needs_credentials {
            let label = if row.status == IntegrationStatus::Pending { "Finish connecting" } else { "Reconnect" };
            view! { <LinkButton href=format!("/integrations/connect/{}?integration={id}", entry.slug) label kind=Kind::Primary/> }
                .into_any()
        } else if can_sync {
            view! {
                <ActionForm action=sync>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <Button label="Sync now" kind=Kind::Primary icon=Some(Icon::Refresh)/>
                </ActionForm>
            }
            .into_any()
        } else {
            ().into_any()
        }
    });
    let base = format!("/integrations/{id}");
    let tab = |label: &'static str, path: &str, part: Part| Tab::new(label, format!("{base}{path}"), current == part);
    let code = viewer.ctx.providers.get(&row.provider);
    let mut tabs = vec![tab("Overview", "", Part::Overview)];
    // What has no records has neither runs nor a mapping.
    if code.as_ref().is_none_or(|provider| provider.as_ats().is_some()) {
        tabs.extend([tab("Runs", "/runs", Part::Runs), tab("Mapping", "/mapping", Part::Mapping)]);
    }
    if code.is_some_and(|provider| provider.as_chat().is_some()) {
        tabs.push(tab("Messages", "/messages", Part::Messages));
    }
    tabs.extend([
        tab("Webhooks", "/webhooks", Part::Webhooks),
        tab("Activity", "/activity", Part::Activity),
        tab("Settings", "/settings", Part::Settings),
    ]);
    let status = row.status;
    let (slug, name) = (entry.slug, entry.name);
    view! {
        <PageHead
            title=row.name.clone()
            mark=move || view! { <Monogram slug name size=Size::Large/> }
            badge=move || view! { <StatusBadge status/> }
            lead=move || evidence
        >
            {main}
        </PageHead>
        <Tabs label=format!("Parts of {}", row.name) tabs/>
    }
}
