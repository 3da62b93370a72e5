//! What every signed-in page does: find out who reads it, load what it shows, put it into the frame, and say what went wrong.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use moka::future::Cache;

use super::ui::Text;
use super::ui::Tone;
use super::ui::button::LinkButton;
use super::ui::callout::Callout;
use super::ui::empty::Empty;
use super::ui::frame::{Crumb, Frame, FrameData, NavItem};
use super::ui::icons::Icon;
use super::ui::plain::PlainFrame;
use super::ui::theme::Theme;
use crate::app::shell::{Document, Head};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{OrgId, UserId};
use crate::domain::role::Role;
use crate::domain::ui_error::UiError;
use crate::fault::{Fault, Result};
use crate::identity::Identity;
use crate::store::{dead_letter, notification, user};

/// Who reads a page, and what it is rendered with.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// What services work with.
    pub ctx: Context,
    /// The reader, as a caller.
    pub caller: Caller,
    /// The reader.
    pub me: Arc<Identity>,
    /// When the page is rendered.
    pub now: DateTime<Utc>,
}

/// What a page shows.
pub struct Content {
    title: Text,
    crumbs: Vec<Crumb>,
    elsewhere: Option<String>,
    body: AnyView,
}

impl Content {
    /// A page with this title and body.
    pub fn new(title: impl Into<Text>, body: impl IntoView + 'static) -> Self {
        Self { title: title.into(), crumbs: Vec::new(), elsewhere: None, body: body.into_any() }
    }

    /// With the places above it.
    #[must_use]
    pub fn crumbs(self, crumbs: Vec<Crumb>) -> Self {
        Self { crumbs, ..self }
    }

    /// Lead the reader there instead; the body is for who does not follow.
    #[must_use]
    pub fn leading_to(self, address: impl Into<String>) -> Self {
        Self { elsewhere: Some(address.into()), ..self }
    }
}

impl Viewer {
    /// The reader of the page being rendered, if one is signed in and belongs to an organization.
    pub fn current() -> Option<Self> {
        let ctx = use_context::<Context>()?;
        let caller = use_context::<Caller>()?;
        let me = use_context::<axum::http::request::Parts>()?.extensions.get::<Arc<Identity>>().cloned()?;
        let now = ctx.clock.now();
        Some(Self { ctx, caller, me, now })
    }

    /// The reader's role.
    pub const fn role(&self) -> Role {
        match &self.caller.actor {
            Actor::User { role, .. } => *role,
            _ => Role::Interviewer,
        }
    }
}

/// Answers with another address, whatever the reader said it accepts (Leptos' own function answers programs with a page).
pub fn redirect(response: Option<&ResponseOptions>, to: &str) {
    if let (Some(response), Ok(location)) = (response, axum::http::HeaderValue::from_str(to)) {
        response.insert_header(axum::http::header::LOCATION, location);
        response.set_status(axum::http::StatusCode::FOUND);
    }
}

/// The theme of the request's cookie, so that the first paint is right.
pub fn theme() -> Theme {
    let parts = use_context::<axum::http::request::Parts>();
    let cookies = parts
        .as_ref()
        .and_then(|parts| parts.headers.get(axum::http::header::COOKIE))
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let choice = cookies.split(';').find_map(|pair| pair.trim().strip_prefix("theme="));
    choice.map_or(Theme::System, Theme::from_text)
}

/// A signed-in page. `load` reads what it shows; a failure of it becomes the page's content, with the right status.
/// Somebody who is not signed in is sent to sign in, and comes back afterwards.
pub fn signed_in<F, Load>(current: NavItem, load: F) -> impl IntoView
where
    F: FnOnce(Viewer) -> Load + Send + 'static,
    Load: Future<Output = Result<Content>> + Send + 'static,
{
    let viewer = Viewer::current();
    let ctx = use_context::<Context>();
    let theme = theme();
    let response = use_context::<ResponseOptions>();
    let query = leptos_router::hooks::use_query_map().get_untracked().get("q").unwrap_or_default();
    let here = use_context::<axum::http::request::Parts>().map(|parts| parts.uri.to_string()).unwrap_or_default();
    if viewer.is_none() {
        // Now, while the response can still be reached from here.
        let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
        redirect(response.as_ref(), &format!("/sign-in?next={next}"));
    }
    Suspend::new(async move {
        let Some(viewer) = viewer else {
            // On a new installation the first visitor makes the first account.
            let is_new = match &ctx {
                Some(ctx) => user::has_users(&ctx.store).await.is_ok_and(|has_users| !has_users),
                None => false,
            };
            if is_new {
                leptos_axum::redirect("/sign-up");
            } else {
                let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
                leptos_axum::redirect(&if here == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={next}") });
            }
            return view! {
                <Document head=Head::new("Sign in", theme)>
                    <PlainFrame title="Sign in"><p><a href="/sign-in">"Sign in to see this page."</a></p></PlainFrame>
                </Document>
            }
            .into_any();
        };
        let (alerts, dead_letters) = waiting(&viewer).await;
        let content = match load(viewer.clone()).await {
            Ok(content) => {
                if let Some(elsewhere) = &content.elsewhere {
                    redirect(response.as_ref(), elsewhere);
                }
                content
            }
            Err(fault) => {
                if let Some(response) = response {
                    response.set_status(axum::http::StatusCode::from_u16(fault.code.status()).unwrap_or_default());
                }
                failure(&fault)
            }
        };
        let place = viewer.me.place.as_ref();
        let data = FrameData {
            organization: place.map(|place| place.organization_name.clone()).unwrap_or_default().into(),
            person_name: viewer.me.name.clone().into(),
            person_email: viewer.me.email.clone().into(),
            role: viewer.role(),
            alerts,
            dead_letters,
            theme,
            current,
            query: query.into(),
        };
        // Also where no island stands: copying, shortcuts and menus are the same on every page.
        let head = Head::new(content.title, theme).with_islands();
        let (crumbs, body) = (content.crumbs, content.body);
        view! { <Document head><Frame data crumbs>{body}</Frame></Document> }.into_any()
    })
}

/// What waits for a person: shown on every page, so remembered for some seconds.
async fn waiting(viewer: &Viewer) -> (u64, u64) {
    static COUNTS: LazyLock<Cache<(OrgId, UserId), (u64, u64)>> =
        LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(Duration::from_secs(5)).build());
    let (organization, user) = (viewer.caller.organization, viewer.me.user);
    COUNTS
        .get_with((organization, user), async {
            let db = &viewer.ctx.store;
            let alerts = notification::count_unread(db, organization, Some(user)).await.unwrap_or_default();
            let letters = dead_letter::count_open(db, organization).await.unwrap_or_default();
            (u64::try_from(alerts).unwrap_or_default(), u64::try_from(letters).unwrap_or_default())
        })
        .await
}

/// A failure as a page's content.
fn failure(fault: &Fault) -> Content {
    fault.log();
    let title = fault.code.title();
    let detail = fault.detail.clone();
    // Somebody followed an old link or lacks a right: nothing is broken.
    let is_calm = matches!(fault.code, ErrorCode::NotFound | ErrorCode::Forbidden);
    let body = if is_calm {
        let (icon, text) = match fault.code {
            ErrorCode::Forbidden => (Icon::Key, "An owner or admin of your organization can give you the right."),
            _ => (Icon::Search, "It may have been removed, or belong to another organization."),
        };
        view! { <Empty icon title=detail text><LinkButton href="/" label="Back to the overview"/></Empty> }.into_any()
    } else {
        view! { <Callout tone=Tone::Bad title=detail><p><a href="/">"Back to the overview"</a></p></Callout> }.into_any()
    };
    Content::new(title, view! { <h1>{title}</h1>{body} })
}

/// What a failed change says beside the form, in the words of its code.
pub fn problem_text(error: &UiError) -> &'static str {
    match error.code {
        ErrorCode::Invalid => "Some values are not valid. Correct the marked fields.",
        ErrorCode::Conflict => "Somebody changed this meanwhile, or it exists already. Look at it again.",
        ErrorCode::Forbidden => "Your role does not allow this. Ask an admin of your organization.",
        ErrorCode::RateLimited => "Too many tries. Wait a minute.",
        ErrorCode::Unavailable => "The server is busy or its database does not answer. Try again in a few seconds.",
        ErrorCode::ProviderUnavailable => "The provider does not answer at the moment. Try again in a minute.",
        ErrorCode::InvalidCredentials => "The provider did not accept these credentials. Nothing was stored.",
        code => code.title(),
    }
}

/// The failed change as a callout, if one just failed.
pub fn problem(error: Option<UiError>) -> impl IntoView {
    error.map(|error| view! { <Callout tone=Tone::Bad title=problem_text(&error)/> })
}
