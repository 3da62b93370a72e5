//! Numbered steps of one page, and the results of a test.

use leptos::prelude::*;

use super::{Text, Tone, callout::tone_icon, icons::Icon};

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepState {
    /// Not yet.
    #[default]
    Ahead,
    /// This one.
    Current,
    /// Done.
    Done,
}

/// A list of steps.
#[component]
pub fn Steps(
    /// `Step`s.
    children: Children,
) -> impl IntoView {
    view! { <ol class="steps">{children()}</ol> }
}

/// One step.
#[component]
pub fn Step(
    /// Its number, from 1.
    number: u8,
    /// What is done in it.
    #[prop(into)]
    title: Text,
    /// How far it is.
    #[prop(optional)]
    state: StepState,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let (class, mark) = match state {
        StepState::Ahead => ("step-number", number.into_any()),
        StepState::Current => ("step-number accent", number.into_any()),
        StepState::Done => ("step-number good", Icon::Check.view().into_any()),
    };
    view! {
        <li class="step" aria-current=(state == StepState::Current).then_some("step")>
            <span class=class aria-hidden="true">{mark}</span>
            <div class="step-body">
                <h2>{title}</h2>
                {children()}
            </div>
        </li>
    }
}

/// One line of a test's results; stands in `<ul class="results">`.
#[component]
pub fn Outcome(
    /// Good, or what it is instead.
    tone: Tone,
    /// What was tried, and what came of it.
    #[prop(into)]
    text: Text,
    /// The sentence that mends it.
    #[prop(optional, into)]
    hint: Option<Text>,
) -> impl IntoView {
    view! {
        <li class=tone.class()>
            {tone_icon(tone).view()}
            <span class="strong">{text}</span>
            {hint.map(|hint| view! { <span class="meta">{hint}</span> })}
        </li>
    }
}
