//! What the last action did.

use leptos::prelude::*;

use super::{Text, Tone, callout::tone_icon};

/// Always on the page, so that a reader hears what is put into it.
#[component]
pub fn FlashRegion(
    /// A `Flash`, or nothing.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! { <div class="flash-region" role="status">{children.map(|children| children())}</div> }
}

/// One sentence, and where to look.
#[component]
pub fn Flash(
    /// What kind of news it is.
    #[prop(default = Tone::Good)]
    tone: Tone,
    /// The sentence.
    #[prop(into)]
    text: Text,
    /// Address and words of a link.
    #[prop(default = None)]
    link: Option<(Text, Text)>,
) -> impl IntoView {
    let class = match tone {
        Tone::Neutral => "flash neutral",
        Tone::Accent => "flash accent",
        Tone::Good => "flash good",
        Tone::Warning => "flash warning",
        Tone::Bad => "flash bad",
        Tone::Info => "flash info",
    };
    view! {
        <div class=class>
            {tone_icon(tone).view()}
            <span>{text}</span>
            {link.map(|(href, words)| view! { <a href=href>{words}</a> })}
        </div>
    }
}
