//! What happened, newest first, each entry with where it came from.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use super::{
    Text, Tone,
    avatar::{Monogram, Size},
    icons::Icon,
    time::RelativeTime,
};

/// Where an entry came from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The provider's slug.
    pub slug: Text,
    /// The provider's name.
    pub name: Text,
}

/// A list of entries.
#[component]
pub fn Timeline(
    /// `Event`s, and `<li class="event-day">` between days.
    children: Children,
) -> impl IntoView {
    view! { <ol class="timeline">{children()}</ol> }
}

/// One entry.
#[component]
pub fn Event(
    /// What kind of entry.
    icon: Icon,
    /// How it went.
    #[prop(optional)]
    tone: Tone,
    /// What happened, in one sentence.
    #[prop(into)]
    text: Text,
    /// When.
    at: DateTime<Utc>,
    /// When the page is rendered.
    now: DateTime<Utc>,
    /// The system it came from; ours when none.
    #[prop(default = None)]
    source: Option<Source>,
    /// Beside the source: who, for what.
    #[prop(optional, into)]
    note: ViewFnOnce,
    /// The reason, a link, the button that mends it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = match tone {
        Tone::Neutral => "event neutral",
        Tone::Accent => "event accent",
        Tone::Good => "event good",
        Tone::Warning => "event warning",
        Tone::Bad => "event bad",
        Tone::Info => "event info",
    };
    view! {
        <li class=class>
            <span class="event-mark">{icon.view()}</span>
            <div class="event-body">
                <div class="event-line"><span class="strong">{text}</span><span class="meta"><RelativeTime at now/></span></div>
                <div class="event-foot">
                    {source.map(|source| view! {
                        <span class="event-source"><Monogram slug=source.slug name=source.name.clone() size=Size::Small/>{source.name}</span>
                    })}
                    {note.run()}
                </div>
                {children.map(|children| children())}
            </div>
        </li>
    }
}
