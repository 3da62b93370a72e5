//! Menus of further actions, made of `<details>`.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// A menu behind three dots. Forms inside bring buttons of the class `menu-item`.
#[component]
pub fn Menu(
    /// What the actions act on: "More actions for Greenhouse".
    #[prop(into)]
    label: Text,
    /// For rows.
    #[prop(optional)]
    small: bool,
    /// `MenuLink`s and forms.
    children: Children,
) -> impl IntoView {
    let class = if small { "button quiet icon-only small" } else { "button icon-only" };
    view! {
        <details class="menu">
            <summary class=class title=label.clone() aria-label=label>{Icon::More.view()}</summary>
            <div class="menu-items">{children()}</div>
        </details>
    }
}

/// A link in a menu.
#[component]
pub fn MenuLink(
    /// Where it leads.
    #[prop(into)]
    href: Text,
    /// What is found there.
    #[prop(into)]
    label: Text,
    /// Before the label.
    icon: Icon,
    /// Loses something.
    #[prop(optional)]
    danger: bool,
) -> impl IntoView {
    view! { <a class=if danger { "menu-item danger" } else { "menu-item" } href=href>{icon.view()}{label}</a> }
}
