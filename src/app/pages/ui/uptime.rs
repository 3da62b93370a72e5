//! A strip of ninety cells, one per day or check.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{Text, Tone};

/// What one cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Nothing was checked.
    Unknown,
    /// Every check worked.
    Up,
    /// Some failed.
    Partly,
    /// Every check failed.
    Down,
}

/// How many cells a strip has.
pub const CELLS: usize = 90;
const STEP: usize = 6;

/// Cells of one kind in a row are drawn one by one, with a notch in those that failed so that colour is not alone.
fn shape(cells: &[Cell]) -> String {
    let missing = CELLS.saturating_sub(cells.len());
    let shown = std::iter::repeat_n(Cell::Unknown, missing).chain(cells.iter().copied().skip(cells.len().saturating_sub(CELLS)));
    let mut shape = String::with_capacity(CELLS * 64);
    for (index, cell) in shown.enumerate() {
        let (class, y) = match cell {
            Cell::Unknown => ("none", 0),
            Cell::Up => (Tone::Good.class(), 0),
            Cell::Partly => (Tone::Warning.class(), 8),
            Cell::Down => (Tone::Bad.class(), 14),
        };
        write!(shape, "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"4\" height=\"{}\" rx=\"1\"/>", index * STEP, 28 - y)
            .expect("a String takes every write");
    }
    shape
}

/// The strip, oldest first. Fewer cells than ninety are filled up in front.
#[component]
pub fn UptimeStrip(
    /// The cells.
    cells: Vec<Cell>,
    /// In words: "99.4 % of 25,920 checks worked in 90 days".
    #[prop(into)]
    summary: Text,
    /// The time of the first cell.
    #[prop(into)]
    from: Text,
    /// The time of the last cell.
    #[prop(into)]
    to: Text,
) -> impl IntoView {
    view! {
        <figure class="plot strip">
            <svg viewBox="0 0 538 28" preserveAspectRatio="none" role="img" aria-label=summary.clone() inner_html=shape(&cells)></svg>
            <div class="axis"><span>{from}</span><span>{summary}</span><span>{to}</span></div>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn always_draws_ninety() {
        for count in [0, 1, 90, 200] {
            assert_eq!(shape(&vec![Cell::Up; count]).matches("<rect").count(), CELLS);
        }
    }
}
