//! Large figures.

use leptos::prelude::*;

use super::{Text, Tone};

/// A row of figures.
#[component]
pub fn Stats(
    /// `Stat`s.
    children: Children,
) -> impl IntoView {
    view! { <dl class="stats">{children()}</dl> }
}

/// One figure.
#[component]
pub fn Stat(
    /// What is counted.
    #[prop(into)]
    label: Text,
    /// The figure.
    #[prop(into)]
    value: Text,
    /// Its unit.
    #[prop(optional, into)]
    unit: Option<Text>,
    /// Compared with what; since when.
    #[prop(optional, into)]
    hint: Option<Text>,
    /// What the hint means.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    let hint_class = match tone {
        Tone::Neutral => "stat-hint",
        Tone::Accent => "stat-hint accent",
        Tone::Good => "stat-hint good",
        Tone::Warning => "stat-hint warning",
        Tone::Bad => "stat-hint bad",
        Tone::Info => "stat-hint info",
    };
    view! {
        <div class="stat">
            <dt class="stat-label">{label}</dt>
            <dd class="stat-value">{value}{unit.map(|unit| view! { <small>" "{unit}</small> })}</dd>
            {hint.map(|hint| view! { <dd class=hint_class>{hint}</dd> })}
        </div>
    }
}
