//! Names and values of one thing.

use leptos::prelude::*;

use super::Text;

/// A list of facts.
#[component]
pub fn Facts(
    /// The value stands below its name: for narrow panels.
    #[prop(optional)]
    stacked: bool,
    /// `Fact`s.
    children: Children,
) -> impl IntoView {
    view! { <dl class=if stacked { "facts stacked" } else { "facts" }>{children()}</dl> }
}

/// One name and its value.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: Text,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
    }
}
