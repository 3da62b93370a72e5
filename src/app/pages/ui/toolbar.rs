//! Filters above a list.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// A plain GET form: what is filtered stands in the address.
#[component]
pub fn Toolbar(
    /// The list's address.
    #[prop(into)]
    action: Text,
    /// What is filtered; read out.
    #[prop(into)]
    label: Text,
    /// `SearchField`, bare `Select`s, buttons.
    children: Children,
) -> impl IntoView {
    view! { <form class="toolbar" role="search" aria-label=label action=action>{children()}</form> }
}

/// The field that searches the list.
#[component]
pub fn SearchField(
    /// What is looked for; read out and shown while empty.
    #[prop(into)]
    label: Text,
    /// What is filled in.
    #[prop(into)]
    value: Text,
) -> impl IntoView {
    view! {
        <div class="search">
            {Icon::Search.view()}
            <input class="input" type="search" name="q" value=value aria-label=label.clone() placeholder=label/>
        </div>
    }
}

/// A filter that is a link.
#[derive(Debug, Clone)]
pub struct Chip {
    /// Its name.
    pub label: Text,
    /// The filtered list's address.
    pub href: Text,
    /// Whether it is in force.
    pub is_current: bool,
}

/// A row of filters of which one is in force.
#[component]
pub fn Chips(
    /// What is filtered; read out.
    #[prop(into)]
    label: Text,
    /// The filters.
    chips: Vec<Chip>,
) -> impl IntoView {
    let chips = chips
        .into_iter()
        .map(|chip| view! { <a class="chip" href=chip.href aria-current=chip.is_current.then_some("true")>{chip.label}</a> })
        .collect::<Vec<_>>();
    view! { <nav class="chips" aria-label=label>{chips}</nav> }
}
