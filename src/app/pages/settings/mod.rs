//! Settings: the organization, its members and keys, and one's own account.

use leptos::prelude::*;
use tower_sessions::Session;

use super::signed_in::Viewer;
use super::ui::Text;
use super::ui::callout::Callout;
use super::ui::code::Copyable;
use super::ui::flash::{Flash, FlashRegion};
use super::ui::frame::Crumb;
use super::ui::page_head::PageHead;
use super::ui::tabs::{Tab, Tabs};
use super::ui::{Tone, field::Choice};
use crate::accounts::sessions;
use crate::domain::role::{Role, Scope};
use crate::fault::Result;

mod keys;
mod members;
mod organization;
mod profile;
mod sessions_page;

pub use keys::KeysPage;
pub use members::MembersPage;
pub use organization::OrganizationPage;
pub use profile::ProfilePage;
pub use sessions_page::SessionsPage;

/// The tabs of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Organization,
    Members,
    Keys,
    Profile,
    Sessions,
}

impl Part {
    const fn label(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Members => "Members",
            Self::Keys => "API keys",
            Self::Profile => "Your profile",
            Self::Sessions => "Your sessions",
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::Organization => "/settings",
            Self::Members => "/settings/members",
            Self::Keys => "/settings/keys",
            Self::Profile => "/settings/profile",
            Self::Sessions => "/settings/sessions",
        }
    }
}

/// What every tab begins with: its name, what it is for, the tabs, and what the last change did.
fn head(viewer: &Viewer, current: Part, lead: &'static str, done: Option<&'static str>) -> impl IntoView + use<> {
    let parts = [Part::Organization, Part::Members, Part::Keys, Part::Profile, Part::Sessions];
    let may_see = |part: Part| match part {
        Part::Members => viewer.caller.may(Scope::MembersRead),
        Part::Keys => viewer.caller.may(Scope::KeysWrite),
        _ => true,
    };
    let tabs = parts.into_iter().filter(|part| may_see(*part)).map(|part| Tab::new(part.label(), part.href(), part == current)).collect();
    view! {
        <FlashRegion>{done.map(|text| view! { <Flash text/> })}</FlashRegion>
        <PageHead title=current.label() lead=move || lead/>
        <Tabs label="Settings" tabs/>
    }
}

fn crumbs(current: Part) -> Vec<Crumb> {
    vec![Crumb::here(current.label())]
}

/// What the last change did, by the word in the address.
fn done(words: &[(&str, &'static str)]) -> Option<&'static str> {
    let word = leptos_router::hooks::use_query_map().get_untracked().get("done")?;
    words.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// The session of the request.
pub(super) fn session() -> Option<Session> {
    use_context::<axum::http::request::Parts>()?.extensions.get::<Session>().cloned()
}

/// A key or link that was made by the last change, shown this once.
pub(super) async fn shown_once(
    viewer: &Viewer,
    session: Option<Session>,
    name: &'static str,
    title: &'static str,
    text: &'static str,
) -> Result<impl IntoView + use<>> {
    let secret = match session {
        Some(session) => sessions::take(&viewer.ctx, &session, name).await?,
        None => None,
    };
    Ok(secret.map(|secret| {
        view! {
            <Callout tone=Tone::Warning title>
                <p>{text}</p>
                <p><Copyable text=secret/></p>
            </Callout>
        }
    }))
}

/// The roles somebody may give.
fn roles(viewer: &Viewer) -> impl Iterator<Item = Role> + use<> {
    let own = viewer.role();
    Role::ALL.iter().copied().filter(move |role| own.may_manage(*role))
}

fn role_choices(viewer: &Viewer) -> Vec<Choice> {
    roles(viewer).map(|role| Choice::new(role.as_str(), role_name(role))).collect()
}

fn role_name(role: Role) -> Text {
    match role {
        Role::Owner => "Owner".into(),
        Role::Admin => "Admin".into(),
        Role::Recruiter => "Recruiter".into(),
        Role::Interviewer => "Interviewer".into(),
    }
}
