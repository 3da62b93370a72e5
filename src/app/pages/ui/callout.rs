//! Callouts: something to know before going on, with what to do about it.

use leptos::prelude::*;

use super::{Text, Tone, icons::Icon};

/// The icon that says the same as the tone.
pub(super) const fn tone_icon(tone: Tone) -> Icon {
    match tone {
        Tone::Good => Icon::CheckCircle,
        Tone::Warning => Icon::Warning,
        Tone::Bad => Icon::CrossCircle,
        Tone::Neutral | Tone::Accent | Tone::Info => Icon::Info,
    }
}

/// A callout. `Bad` is announced at once, the others when the reader comes to them.
#[component]
pub fn Callout(
    /// What kind of news it is.
    #[prop(default = Tone::Info)]
    tone: Tone,
    /// What happened.
    #[prop(into)]
    title: Text,
    /// Why, and what to do. Buttons stand in a `div.button-row`.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = match tone {
        Tone::Neutral => "callout neutral",
        Tone::Accent => "callout accent",
        Tone::Good => "callout good",
        Tone::Warning => "callout warning",
        Tone::Bad => "callout bad",
        Tone::Info => "callout info",
    };
    view! {
        <div class=class role=(tone == Tone::Bad).then_some("alert")>
            {tone_icon(tone).view()}
            <div class="callout-body">
                <p class="callout-title">{title}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
}
