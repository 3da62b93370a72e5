//! A small line that shows a course, not values.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{Text, Tone};

const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 32.0;
/// Room for the line's own width.
const MARGIN: f64 = 3.0;

/// The line and the area below it. Values are put between the least and the greatest.
fn shape(values: &[f64]) -> String {
    let (least, greatest) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), &value| (least.min(value), greatest.max(value)));
    if values.len() < 2 || !least.is_finite() || !greatest.is_finite() {
        return format!("<path class=\"line\" d=\"M{MARGIN} {:.1}H{:.1}\" stroke-dasharray=\"2 4\"/>", HEIGHT / 2.0, WIDTH - MARGIN);
    }
    // A flat course is drawn in the middle.
    let span = if greatest > least { greatest - least } else { 1.0 };
    let lift = if greatest > least { 0.0 } else { 0.5 };
    let step = (WIDTH - 2.0 * MARGIN) / (values.len() - 1) as f64;
    let mut line = String::with_capacity(values.len() * 11);
    let (mut x, mut y) = (0.0, 0.0);
    for (index, value) in values.iter().enumerate() {
        x = MARGIN + step * index as f64;
        y = HEIGHT - MARGIN - (HEIGHT - 2.0 * MARGIN) * ((value - least) / span + lift);
        write!(line, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' }).expect("a String takes every write");
    }
    format!(
        "<path class=\"area\" d=\"{line}V{HEIGHT}H{MARGIN}Z\"/><path class=\"line\" d=\"{line}\"/><path class=\"last\" d=\"M{x:.1} {y:.1}h0\"/>"
    )
}

/// A sparkline.
#[component]
pub fn Sparkline(
    /// Oldest first. Values that are not finite are drawn as none.
    values: Vec<f64>,
    /// The course in words: "Latency over 24 h, now 182 ms, highest 910 ms".
    #[prop(into)]
    summary: Text,
    /// What the colour means.
    #[prop(default = Tone::Accent)]
    tone: Tone,
    /// As wide as there is room.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let class = format!("spark {}{}", tone.class(), if wide { " wide" } else { "" });
    view! { <svg class=class viewBox="0 0 120 32" preserveAspectRatio="none" role="img" aria-label=summary inner_html=shape(&values)></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_the_box() {
        let shape = shape(&[1.0, 3.0, 2.0]);
        assert!(shape.contains("M3.0 29.0L60.0 3.0L117.0 16.0"), "{shape}");
    }

    #[test]
    fn draws_nothing_odd_for_none_or_flat() {
        assert!(shape(&[]).contains("stroke-dasharray"));
        assert!(shape(&[5.0]).contains("stroke-dasharray"));
        assert!(shape(&[f64::NAN, f64::INFINITY]).contains("stroke-dasharray"));
        assert!(shape(&[4.0, 4.0]).contains("M3.0 16.0L117.0 16.0"));
    }
}
