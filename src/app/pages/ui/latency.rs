//! Latency over time as bands: half of all calls below the line, 95 and 99 of a hundred below the edges.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::Text;

/// One moment, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencyPoint {
    /// Half are faster.
    pub p50_ms: u64,
    /// 95 of a hundred are faster.
    pub p95_ms: u64,
    /// 99 of a hundred are faster.
    pub p99_ms: u64,
}

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;

fn course(points: &[LatencyPoint], most: u64, value: impl Fn(&LatencyPoint) -> u64) -> String {
    let step = WIDTH / (points.len().max(2) - 1) as f64;
    let mut line = String::with_capacity(points.len() * 12);
    for (index, point) in points.iter().enumerate() {
        let y = HEIGHT - HEIGHT * value(point) as f64 / most as f64;
        write!(line, "{}{:.1} {y:.1}", if index == 0 { 'M' } else { 'L' }, step * index as f64).expect("a String takes every write");
    }
    line
}

fn shape(points: &[LatencyPoint], most: u64) -> String {
    let mut shape = format!("<path class=\"grid-line\" d=\"M0 0H{WIDTH}M0 {}H{WIDTH}M0 {HEIGHT}H{WIDTH}\"/>", HEIGHT / 2.0);
    if points.is_empty() {
        return shape;
    }
    let area = |line: String| format!("{line}V{HEIGHT}H0Z");
    let (p50, p95, p99) = (
        course(points, most, |point| point.p50_ms),
        area(course(points, most, |point| point.p95_ms)),
        area(course(points, most, |point| point.p99_ms)),
    );
    write!(shape, "<path class=\"p99\" d=\"{p99}\"/><path class=\"p95\" d=\"{p95}\"/><path class=\"line\" d=\"{p50}\"/>")
        .expect("a String takes every write");
    shape
}

/// The bands.
#[component]
pub fn LatencyBands(
    /// What was called: "Latency of Greenhouse, last 24 hours".
    #[prop(into)]
    title: Text,
    /// Oldest first.
    points: Vec<LatencyPoint>,
    /// The time of the first point.
    #[prop(into)]
    from: Text,
    /// The time of the last point.
    #[prop(into)]
    to: Text,
) -> impl IntoView {
    let most = points.iter().map(|point| point.p99_ms).max().unwrap_or_default().max(1);
    let last = points.last().copied().unwrap_or(LatencyPoint { p50_ms: 0, p95_ms: 0, p99_ms: 0 });
    let drawing = shape(&points, most);
    view! {
        <figure class="plot bands">
            <ul class="legend">
                <li class="p50">"Half within "<b>{last.p50_ms}" ms"</b></li>
                <li class="p95">"95 % within "<b>{last.p95_ms}" ms"</b></li>
                <li class="p99">"99 % within "<b>{last.p99_ms}" ms"</b></li>
            </ul>
            <svg viewBox="0 -1 600 122" preserveAspectRatio="none" role="img" aria-label=title inner_html=drawing></svg>
            <div class="axis"><span>{from}</span><span>"highest "{super::number(most)}" ms"</span><span>{to}</span></div>
        </figure>
    }
}
