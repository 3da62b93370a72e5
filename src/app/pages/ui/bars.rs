//! Stacked bars, one per day.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{Text, Tone};

/// One kind of thing that is counted.
#[derive(Debug, Clone)]
pub struct Series {
    /// Its name in the legend.
    pub label: Text,
    /// Its colour.
    pub tone: Tone,
}

/// One day's counts, in the order of the series (from the bottom).
#[derive(Debug, Clone)]
pub struct Day {
    /// "12 Nov".
    pub label: Text,
    /// The counts.
    pub counts: Vec<u64>,
}

const HEIGHT: f64 = 120.0;
/// A day's width and the part of it that is bar.
const STEP: f64 = 16.0;
const BAR: f64 = 11.0;

/// Only numbers and our own class names go in here; the words are in the table.
fn shape(series: &[Series], days: &[Day], most: u64) -> String {
    let mut shape = String::with_capacity(days.len() * 120);
    let width = STEP * days.len() as f64;
    write!(shape, "<path class=\"grid-line\" d=\"M0 0H{width}M0 {}H{width}M0 {HEIGHT}H{width}\"/>", HEIGHT / 2.0)
        .expect("a String takes every write");
    for (index, day) in days.iter().enumerate() {
        let x = STEP * index as f64 + (STEP - BAR) / 2.0;
        let mut y = HEIGHT;
        shape.push_str("<g>");
        for (count, series) in day.counts.iter().zip(series) {
            if *count == 0 {
                continue;
            }
            // A single failure among thousands must still be seen.
            let height = (HEIGHT * *count as f64 / most as f64).max(2.0);
            y -= height;
            write!(
                shape,
                "<rect class=\"{}\" x=\"{x:.1}\" y=\"{:.1}\" width=\"{BAR}\" height=\"{:.1}\"/>",
                series.tone.class(),
                y.max(0.0),
                height.min(HEIGHT)
            )
            .expect("a String takes every write");
        }
        shape.push_str("</g>");
    }
    shape
}

/// Bars by day with a legend; the same numbers stand in a table that is read out.
#[component]
pub fn DayBars(
    /// What is shown: "Deliveries of the last 30 days".
    #[prop(into)]
    title: Text,
    /// What is counted.
    series: Vec<Series>,
    /// Oldest first.
    days: Vec<Day>,
    /// What one bar stands for.
    #[prop(default = "day")]
    unit: &'static str,
) -> impl IntoView {
    let most = days.iter().map(|day| day.counts.iter().sum::<u64>()).max().unwrap_or_default().max(1);
    let view_box = format!("0 -1 {} {}", STEP * days.len().max(1) as f64, HEIGHT + 2.0);
    let drawing = shape(&series, &days, most);
    let (first, last) = (days.first().map(|day| day.label.clone()), days.last().map(|day| day.label.clone()));
    let totals = (0..series.len()).map(|index| days.iter().filter_map(|day| day.counts.get(index)).sum::<u64>()).collect::<Vec<_>>();
    let legend = series
        .iter()
        .zip(totals)
        .map(|(series, total)| view! { <li class=series.tone.class()>{series.label.clone()}" "<b>{super::number(total)}</b></li> })
        .collect::<Vec<_>>();
    let heads = series.into_iter().map(|series| view! { <th scope="col">{series.label}</th> }).collect::<Vec<_>>();
    let rows = days
        .into_iter()
        .map(|day| view! { <tr><th scope="row">{day.label}</th>{day.counts.into_iter().map(|count| view! { <td>{count}</td> }).collect::<Vec<_>>()}</tr> })
        .collect::<Vec<_>>();
    view! {
        <figure class="plot bars">
            <ul class="legend">{legend}</ul>
            <svg viewBox=view_box preserveAspectRatio="none" aria-hidden="true" inner_html=drawing></svg>
            <div class="axis" aria-hidden="true"><span>{first}</span><span>"at most "{super::number(most)}" per "{unit}</span><span>{last}</span></div>
            <table class="visually-hidden"><caption>{title}</caption><thead><tr><th scope="col">{match unit { "hour" => "Hour", "try" => "Try", _ => "Day" }}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </figure>
    }
}
