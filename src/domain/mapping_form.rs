//! A mapping as its page edits it: texts only, so that a form without a script can carry it, and what the page shows beside each line.

use serde::{Deserialize, Serialize};

/// One line of a mapping as a form sends it: texts only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Field of the source.
    #[serde(default)]
    pub source: String,
    /// Field of the target.
    #[serde(default)]
    pub target: String,
    /// The changes; those of kind `none` do not count.
    #[serde(default)]
    pub changes: Vec<Change>,
}

/// One change of a line as a form sends it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The transform's name.
    #[serde(default)]
    pub kind: String,
    /// Its first setting: default's value, the separator, the wanted pattern, or the pairs of a value map (`a = b; c = d`).
    #[serde(default)]
    pub a: String,
    /// Its second setting: the part's number, the source's pattern, or the value for everything not listed.
    #[serde(default)]
    pub b: String,
}

/// What the page shows beside a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    /// What people call the source.
    pub source_label: String,
    /// What people call the target.
    pub target_label: String,
    /// How often the provider's field is filled, 0 to 100; none where that is not known.
    pub percent: Option<u8>,
    /// The value in the sample record.
    pub before: String,
    /// What becomes of it.
    pub after: String,
    /// Why nothing becomes of it.
    pub error: Option<String>,
    /// What is wrong with the source.
    pub source_problem: Option<String>,
    /// What is wrong with the target.
    pub target_problem: Option<String>,
    /// What is wrong with the changes.
    pub changes_problem: Option<String>,
}

/// The lines tried on one real record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// One per line, in their order.
    pub lines: Vec<LineView>,
    /// Which sample record was used, from 0.
    pub sample: usize,
    /// How many sample records there are.
    pub samples: usize,
}

/// A line that might be wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The line.
    pub line: Line,
    /// What people call its two ends: "Job title → Title".
    pub label: String,
    /// Why.
    pub reason: String,
    /// How sure, 0 to 100.
    pub confidence: u8,
}

/// The transforms a person can choose, with their names and the names of their settings (empty: has none).
pub const KINDS: &[(&str, &str, &str, &str)] = &[
    ("trim", "Trim spaces", "", ""),
    ("uppercase", "Upper case", "", ""),
    ("lowercase", "Lower case", "", ""),
    ("default", "Default value", "Where there is none, use", ""),
    ("split", "Split a text", "Between the parts stands", "Part (0 is the first, -1 the last, empty for all)"),
    ("join", "Join a list", "Put between the parts", ""),
    ("date_format", "Date format", "Wanted pattern, such as %d.%m.%Y", "Pattern it has (empty for 2026-11-30)"),
    ("value_map", "Value map", "Pairs: from = to; from = to", "For every other value (empty: as it is)"),
];

/// How two lists of lines differ: changed, added, removed. Lines are the same if they fill the same target.
pub fn difference(before: &[Line], after: &[Line]) -> (usize, usize, usize) {
    let is_blank = |line: &&Line| !line.source.trim().is_empty() || !line.target.trim().is_empty();
    let (before, after): (Vec<Line>, Vec<Line>) =
        (before.iter().filter(is_blank).map(Line::tidy).collect(), after.iter().filter(is_blank).map(Line::tidy).collect());
    let old = |target: &str| before.iter().find(|line| line.target == target);
    let changed = after.iter().filter(|line| old(&line.target).is_some_and(|old| old != *line)).count();
    let added = after.iter().filter(|line| old(&line.target).is_none()).count();
    let removed = before.iter().filter(|line| !after.iter().any(|other| other.target == line.target)).count();
    (changed, added, removed)
}

impl Line {
    /// The same line without what does not count.
    #[must_use]
    pub fn tidy(&self) -> Self {
        let changes = self.changes.iter().filter(|change| !change.kind.is_empty() && change.kind != "none").cloned().collect();
        Self { source: self.source.trim().to_owned(), target: self.target.trim().to_owned(), changes }
    }

    /// Whether nothing is entered.
    pub fn is_blank(&self) -> bool {
        self.source.trim().is_empty() && self.target.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted_by_target() {
        let line = |source: &str, target: &str| Line { source: source.into(), target: target.into(), changes: vec![Change::default()] };
        let before = [line("a", "x"), line("b", "y"), line("", "")];
        let after = [line("a ", "x"), line("c", "y"), line("d", "z")];
        assert_eq!(difference(&before, &after), (1, 1, 0));
        assert_eq!(difference(&before, &[line("a", "x")]), (0, 0, 1));
        assert_eq!(difference(&before, &before), (0, 0, 0));
    }
}
