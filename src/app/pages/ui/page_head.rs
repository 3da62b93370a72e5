//! The head of a page: its name, its badge, the one sentence that matters, its actions.

use leptos::prelude::*;

use super::Text;

/// The head. Holds the page's only `<h1>`.
#[component]
pub fn PageHead(
    /// The page's name.
    #[prop(into)]
    title: Text,
    /// Before the name: a monogram or an avatar.
    #[prop(optional, into)]
    mark: ViewFnOnce,
    /// Beside the name: a status.
    #[prop(optional, into)]
    badge: ViewFnOnce,
    /// The one sentence that matters, with evidence.
    #[prop(optional, into)]
    lead: ViewFnOnce,
    /// Actions, the primary one first.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-head">
            <div class="page-title">
                <div>{mark.run()}<h1>{title}</h1>{badge.run()}</div>
                <p>{lead.run()}</p>
            </div>
            {children.map(|children| view! { <div class="button-row">{children()}</div> })}
        </header>
    }
}
