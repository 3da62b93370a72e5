//! The frame of a signed-in page: side bar, top row, content.

use std::{fmt::Write as _, sync::LazyLock};

use leptos::{prelude::*, tachys::html::InertElement};

use super::{
    Text, Tone,
    avatar::Avatar,
    badge::Count,
    icons::{BRAND_MARK, Icon},
    theme::{Theme, ThemeChoice, ThemeToggle},
};
use crate::domain::role::{Role, Scope};

/// The places of the side bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NavItem {
    /// What needs a person today.
    Overview,
    /// Openings.
    Jobs,
    /// People.
    Candidates,
    /// Who applied for what.
    Applications,
    /// Conversations with a time.
    Interviews,
    /// Connected tools.
    Integrations,
    /// Receivers of our events.
    Webhooks,
    /// What gave up.
    DeadLetters,
    /// Who did what.
    Activity,
    /// Organization, members, keys.
    Settings,
}

impl NavItem {
    /// Address, name, icon, shortcut, and the right it needs.
    const fn facts(self) -> (&'static str, &'static str, Icon, &'static str, Option<Scope>) {
        match self {
            Self::Overview => ("/", "Overview", Icon::Overview, "g o", None),
            Self::Jobs => ("/jobs", "Jobs", Icon::Briefcase, "g j", Some(Scope::RecordsRead)),
            Self::Candidates => ("/candidates", "Candidates", Icon::People, "g c", Some(Scope::RecordsRead)),
            Self::Applications => ("/applications", "Applications", Icon::Inbox, "g a", Some(Scope::RecordsRead)),
            Self::Interviews => ("/interviews", "Interviews", Icon::Calendar, "g t", Some(Scope::RecordsRead)),
            Self::Integrations => ("/integrations", "Integrations", Icon::Plug, "g i", Some(Scope::IntegrationsRead)),
            Self::Webhooks => ("/webhooks", "Webhooks", Icon::Webhook, "g w", Some(Scope::WebhooksRead)),
            Self::DeadLetters => ("/dead-letters", "Dead letters", Icon::DeadLetter, "g d", Some(Scope::IntegrationsWrite)),
            Self::Activity => ("/activity", "Activity", Icon::Activity, "g l", Some(Scope::AuditRead)),
            Self::Settings => ("/settings", "Settings", Icon::Settings, "g s", None),
        }
    }

    /// The place's name.
    pub const fn label(self) -> &'static str {
        self.facts().1
    }

    /// The place's address.
    pub const fn href(self) -> &'static str {
        self.facts().0
    }
}

/// The side bar's groups, in order. A group without a name stands by itself.
const GROUPS: &[(Option<&str>, &[NavItem])] = &[
    (None, &[NavItem::Overview]),
    (Some("Hiring"), &[NavItem::Jobs, NavItem::Candidates, NavItem::Applications, NavItem::Interviews]),
    (Some("Connect"), &[NavItem::Integrations, NavItem::Webhooks, NavItem::DeadLetters]),
    (None, &[NavItem::Activity, NavItem::Settings]),
];

/// The list that `?` opens. The same on every page, so it is written once.
static SHORTCUTS: LazyLock<String> = LazyLock::new(|| {
    let mut html = String::from(
        "<dialog class=\"dialog\" id=\"shortcuts\" aria-labelledby=\"shortcuts-title\" data-shortcut=\"?\" closedby=\"any\"><form class=\"dialog-body\" method=\"dialog\">\
         <h2 id=\"shortcuts-title\">Keyboard shortcuts</h2><dl class=\"facts keys\"><dt><kbd>/</kbd></dt><dd>Search</dd>",
    );
    for item in GROUPS.iter().flat_map(|(_, items)| *items) {
        let (_, label, _, shortcut, _) = item.facts();
        let second = shortcut.trim_start_matches("g ");
        write!(html, "<dt><kbd>g</kbd> <kbd>{second}</kbd></dt><dd>{label}</dd>").expect("a String takes every write");
    }
    html.push_str("<dt><kbd>?</kbd></dt><dd>This list</dd></dl><div class=\"dialog-foot\"><button class=\"button\">Close</button></div></form></dialog>");
    html
});

/// One step of where a page is.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// Its name.
    pub label: Text,
    /// Its address; the page itself has none.
    pub href: Option<Text>,
}

impl Crumb {
    /// A place above the page.
    pub fn link(label: impl Into<Text>, href: impl Into<Text>) -> Self {
        Self { label: label.into(), href: Some(href.into()) }
    }

    /// The page itself.
    pub fn here(label: impl Into<Text>) -> Self {
        Self { label: label.into(), href: None }
    }
}

/// What the frame shows of the person and the organization.
#[derive(Debug, Clone)]
pub struct FrameData {
    /// The organization's name.
    pub organization: Text,
    /// Who is signed in.
    pub person_name: Text,
    /// Their address, shown in their menu.
    pub person_email: Text,
    /// Their role; places they may not enter are not offered.
    pub role: Role,
    /// How many alerts wait.
    pub alerts: u64,
    /// How many dead letters wait.
    pub dead_letters: u64,
    /// The theme chosen.
    pub theme: Theme,
    /// The place of the page.
    pub current: NavItem,
    /// What is being looked for, on the search page.
    pub query: Text,
}

/// The frame with its page.
#[component]
pub fn Frame(
    /// The person and the organization.
    data: FrameData,
    /// Where the page is below its place; empty when it is the place itself.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// The page: `PageHead` first.
    children: Children,
) -> impl IntoView {
    let (current, role, dead_letters) = (data.current, data.role, data.dead_letters);
    let is_short = crumbs.is_empty();
    let place = if is_short { Crumb::here(current.label()) } else { Crumb::link(current.label(), current.href()) };
    let crumbs = std::iter::once(place).chain(crumbs).map(crumb_view).collect::<Vec<_>>();
    view! {
        <a class="skip" href="#main">"Skip to the content"</a>
        <div class="frame">
            <nav class="side" aria-label="Main">
                <a class="brand" href="/" aria-label="Hirewire">{InertElement::new(BRAND_MARK)}<span>"Hirewire"</span></a>
                <details class="side-toggle">
                    <summary class="button quiet icon-only" aria-label="Menu">{Icon::Menu.view()}</summary>
                </details>
                <div class="side-nav">
                    {GROUPS.iter().enumerate().map(|(index, group)| group_view(index, group, current, role, dead_letters)).collect::<Vec<_>>()}
                    <div class="side-org"><span class="strong truncate">{data.organization.clone()}</span></div>
                </div>
            </nav>
            <header class="top">
                <nav class=if is_short { "crumbs short" } else { "crumbs" } aria-label="Where you are"><ol>{crumbs}</ol></nav>
                <div class="tools">
                    <form class="search" role="search" action="/search">
                        {Icon::Search.view()}
                        <input class="input" type="search" name="q" value=data.query aria-label="Search jobs, candidates and connections" placeholder="Search" data-shortcut="/"/>
                        <kbd aria-hidden="true">"/"</kbd>
                    </form>
                    <a class="button quiet icon-only search-link" href="/search" aria-label="Search" data-shortcut="/">{Icon::Search.view()}</a>
                    {alerts_view(data.alerts)}
                    <ThemeToggle/>
                    {me_view(data.person_name, data.person_email, data.organization, data.theme)}
                </div>
            </header>
            <main class="content" id="main" tabindex="-1">{children()}</main>
        </div>
        <div class="toasts" id="toasts" role="status"></div>
        {InertElement::new(SHORTCUTS.as_str())}
    }
}

fn group_view(
    index: usize,
    group: &'static (Option<&'static str>, &'static [NavItem]),
    current: NavItem,
    role: Role,
    dead_letters: u64,
) -> impl IntoView {
    let (name, items) = group;
    let class = if index + 1 == GROUPS.len() { "side-group last" } else { "side-group" };
    let links = items
        .iter()
        .filter_map(|&item| {
            let (href, label, icon, shortcut, scope) = item.facts();
            if scope.is_some_and(|scope| !role.may(scope)) {
                return None;
            }
            let count = (item == NavItem::DeadLetters && dead_letters > 0).then(|| view! { <Count value=dead_letters tone=Tone::Bad/> });
            let is_current = (item == current).then_some("page");
            Some(view! { <a class="side-link" href=href aria-current=is_current data-shortcut=shortcut>{icon.view()}{label}{count}</a> })
        })
        .collect::<Vec<_>>();
    view! { <div class=class>{name.map(|name| view! { <h2>{name}</h2> })}{links}</div> }
}

fn crumb_view(crumb: Crumb) -> impl IntoView {
    match crumb.href {
        Some(href) => view! { <li><a href=href>{crumb.label}</a>{Icon::ChevronRight.view()}</li> }.into_any(),
        None => view! { <li><span aria-current="page">{crumb.label}</span></li> }.into_any(),
    }
}

fn alerts_view(alerts: u64) -> impl IntoView {
    let label = match alerts {
        0 => "No alerts".to_owned(),
        1 => "1 alert".to_owned(),
        many => format!("{many} alerts"),
    };
    view! {
        <a class="button quiet icon-only alerts" href="/alerts" title=label.clone() aria-label=label>
            {Icon::Bell.view()}
            {(alerts > 0).then(|| view! { <Count value=alerts tone=Tone::Bad/> })}
        </a>
    }
}

fn me_view(name: Text, email: Text, organization: Text, theme: Theme) -> impl IntoView {
    view! {
        <details class="menu me">
            <summary><span class="visually-hidden">"Your menu, "{name.clone()}</span><Avatar name=name.clone()/></summary>
            <div class="menu-items">
                <p class="menu-note"><strong class="truncate">{name}</strong><span class="truncate">{email}</span><span class="truncate">{organization}</span></p>
                <ThemeChoice theme/>
                <hr class="menu-line"/>
                <a class="menu-item" href="/settings/profile">{Icon::User.view()}"Your profile"</a>
                <a class="menu-item" href="/docs/api">{Icon::Code.view()}"API reference"</a>
                <form method="post" action="/sign-out"><button class="menu-item">{Icon::SignOut.view()}"Sign out"</button></form>
            </div>
        </details>
    }
}
