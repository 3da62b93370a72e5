//! Light, dark, or as the system says.

use leptos::prelude::*;

use super::icons::Icon;

/// Where a choice is sent: a form's `theme` field; the answer leads back to the page.
pub const THEME_ACTION: &str = "/preferences/theme";

/// The choice, as kept in the cookie `theme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Reads the cookie or the form. Anything unknown is the system's.
    pub fn from_text(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The text kept in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The value of `data-theme` on `<html>`; none lets the system decide.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The `color-scheme` of the document, so that the first paint is right.
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// One button that changes to the other side. Both are in the page; the style shows the one that applies.
#[component]
pub fn ThemeToggle() -> impl IntoView {
    view! {
        <form class="theme-switch" method="post" action=THEME_ACTION data-theme-form>
            <button class="button quiet icon-only to-dark" name="theme" value="dark" title="Dark theme" aria-label="Dark theme">{Icon::Moon.view()}</button>
            <button class="button quiet icon-only to-light" name="theme" value="light" title="Light theme" aria-label="Light theme">{Icon::Sun.view()}</button>
        </form>
    }
}

/// All three choices.
#[component]
pub fn ThemeChoice(
    /// The choice now.
    theme: Theme,
) -> impl IntoView {
    let choice = |value: Theme, label: &'static str| {
        let pressed = if value == theme { "true" } else { "false" };
        view! { <button name="theme" value=value.as_str() aria-pressed=pressed>{label}</button> }
    };
    view! {
        <form method="post" action=THEME_ACTION data-theme-form>
            <div class="segments" role="group" aria-label="Theme">
                {choice(Theme::System, "System")}
                {choice(Theme::Light, "Light")}
                {choice(Theme::Dark, "Dark")}
            </div>
        </form>
    }
}
