//! How far something is.

use leptos::prelude::*;

use super::Text;

/// Progress with its words. Without a total the bar only shows that something moves; the words carry the count.
#[component]
pub fn Progress(
    /// What is going on.
    #[prop(into)]
    label: Text,
    /// How much is done.
    done: u64,
    /// Of how much, where that is known.
    #[prop(default = None)]
    total: Option<u64>,
    /// "1,204 records, 310 per second".
    #[prop(into)]
    detail: Text,
) -> impl IntoView {
    view! {
        <div class="progress">
            <div class="progress-head"><span class="strong">{label.clone()}</span><span>{detail}</span></div>
            <progress aria-label=label max=total value=total.map(|_| done)></progress>
        </div>
    }
}
