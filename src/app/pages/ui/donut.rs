//! Parts of a whole: a ring, a bar, and a meter for one share.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{Text, Tone};

/// One part.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub label: Text,
    /// How much.
    pub value: u64,
    /// Its colour.
    pub tone: Tone,
}

/// The circle that is a hundred units long, so that shares are lengths.
const RADIUS: f64 = 15.915_494_309_189_533;

fn ring(parts: &[Part], total: u64) -> String {
    let mut shape = format!("<circle class=\"track\" cx=\"20\" cy=\"20\" r=\"{RADIUS:.3}\"/>");
    let mut start = 0.0;
    for part in parts.iter().filter(|part| part.value > 0) {
        let share = 100.0 * part.value as f64 / total as f64;
        write!(
            shape,
            "<circle class=\"{}\" cx=\"20\" cy=\"20\" r=\"{RADIUS:.3}\" stroke-dasharray=\"{share:.2} {:.2}\" stroke-dashoffset=\"{:.2}\" transform=\"rotate(-90 20 20)\"/>",
            part.tone.class(),
            100.0 - share,
            -start
        )
        .expect("a String takes every write");
        start += share;
    }
    shape
}

fn stretch(parts: &[Part], total: u64) -> String {
    let mut shape = String::new();
    let mut x = 0.0;
    for part in parts.iter().filter(|part| part.value > 0) {
        let width = 100.0 * part.value as f64 / total as f64;
        write!(shape, "<rect class=\"{}\" x=\"{x:.2}\" y=\"0\" width=\"{width:.2}\" height=\"1\"/>", part.tone.class())
            .expect("a String takes every write");
        x += width;
    }
    shape
}

fn legend(parts: Vec<Part>) -> impl IntoView {
    let parts = parts
        .into_iter()
        .map(|part| view! { <li class=part.tone.class()>{part.label}" "<b>{super::number(part.value)}</b></li> })
        .collect::<Vec<_>>();
    view! { <ul class="legend">{parts}</ul> }
}

/// A ring with a figure in it, and the parts beside it.
#[component]
pub fn Donut(
    /// The figure: "98 %".
    #[prop(into)]
    figure: Text,
    /// The parts.
    parts: Vec<Part>,
) -> impl IntoView {
    let total = parts.iter().map(|part| part.value).sum::<u64>().max(1);
    let drawing = ring(&parts, total);
    view! {
        <div class="donut">
            <svg viewBox="0 0 40 40" aria-hidden="true"><g inner_html=drawing></g><text x="20" y="20">{figure}</text></svg>
            {legend(parts)}
        </div>
    }
}

/// The same as a bar.
#[component]
pub fn RatioBar(
    /// The parts.
    parts: Vec<Part>,
) -> impl IntoView {
    let total = parts.iter().map(|part| part.value).sum::<u64>().max(1);
    let drawing = stretch(&parts, total);
    view! {
        <div class="ratio">
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" inner_html=drawing></svg>
            {legend(parts)}
        </div>
    }
}

/// One share, with its number: fill rates, quotas.
#[component]
pub fn Meter(
    /// What is measured; read out.
    #[prop(into)]
    label: Text,
    /// Between 0 and 100.
    percent: u8,
    /// What the colour means.
    #[prop(default = Tone::Accent)]
    tone: Tone,
) -> impl IntoView {
    let percent = percent.min(100);
    let drawing = format!("<rect class=\"{}\" width=\"{percent}\" height=\"1\"/>", tone.class());
    view! {
        <span class="meter">
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label=label inner_html=drawing></svg>
            <span>{percent}" %"</span>
        </span>
    }
}
