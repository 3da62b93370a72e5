//! Pages of a list by cursor: forward, and back to the start or the page before.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// Links to the neighbouring pages. Shows nothing when there is only one page and nothing to say.
#[component]
pub fn Pagination(
    /// Address of the page before.
    #[prop(default = None)]
    previous: Option<Text>,
    /// Address of the next page.
    #[prop(default = None)]
    next: Option<Text>,
    /// What is shown, e.g. "50 of 1,204".
    #[prop(default = None)]
    summary: Option<Text>,
) -> impl IntoView {
    let has_pages = previous.is_some() || next.is_some();
    (has_pages || summary.is_some()).then(|| {
        view! {
            <nav class="pagination" aria-label="Pages">
                {summary.map(|summary| view! { <span>{summary}</span> })}
                {has_pages.then(|| view! {
                    <div class="button-row">
                        {step(previous, "prev", "Previous", Icon::ChevronLeft)}
                        {step(next, "next", "Next", Icon::ChevronRight)}
                    </div>
                })}
            </nav>
        }
    })
}

fn step(href: Option<Text>, rel: &'static str, label: &'static str, icon: Icon) -> impl IntoView {
    let is_back = rel == "prev";
    let inner = (is_back.then(|| icon.view()), label, (!is_back).then(|| icon.view()));
    match href {
        Some(href) => view! { <a class="button small" href=href rel=rel>{inner}</a> }.into_any(),
        None => view! { <span class="button small" aria-disabled="true">{inner}</span> }.into_any(),
    }
}
