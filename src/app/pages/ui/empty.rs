//! Empty states: what the page is for and the first step.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// Stands where a list would be.
#[component]
pub fn Empty(
    /// What would be here.
    icon: Icon,
    /// What is missing.
    #[prop(into)]
    title: Text,
    /// What the page is for.
    #[prop(into)]
    text: Text,
    /// The first step: buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">{icon.view()}</span>
            <h2>{title}</h2>
            <p>{text}</p>
            {children.map(|children| view! { <div class="button-row">{children()}</div> })}
        </div>
    }
}
