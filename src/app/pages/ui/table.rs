//! Tables: a head that stays, sort links, and rows that become cards on narrow screens.
//!
//! A page writes its own rows. Each `<td>` carries `data-label` with its column's name (cards show it);
//! the cell that names the row has the class `name`, the one with buttons `actions`, numbers `number`.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A column's head.
#[derive(Debug, Clone)]
pub struct Column {
    label: Text,
    href: Option<Text>,
    sorted: Option<Direction>,
    class: Option<&'static str>,
    hidden: bool,
}

impl Column {
    /// A column with a name.
    pub fn new(label: impl Into<Text>) -> Self {
        Self { label: label.into(), href: None, sorted: None, class: None, hidden: false }
    }

    /// A column of numbers, set to the right.
    pub fn number(label: impl Into<Text>) -> Self {
        Self { class: Some("number"), ..Self::new(label) }
    }

    /// The column of buttons; its name is only read out.
    pub fn actions(label: impl Into<Text>) -> Self {
        Self { class: Some("actions"), hidden: true, ..Self::new(label) }
    }

    /// The head becomes a link that sorts; `sorted` says how it is sorted now, if it is.
    pub fn sortable(self, href: impl Into<Text>, sorted: Option<Direction>) -> Self {
        Self { href: Some(href.into()), sorted, ..self }
    }

    fn view(self) -> impl IntoView {
        let order = self.sorted.map(|direction| match direction {
            Direction::Ascending => "ascending",
            Direction::Descending => "descending",
        });
        let arrow = if self.sorted == Some(Direction::Ascending) { Icon::ChevronUp } else { Icon::ChevronDown };
        let label = match self.href {
            Some(href) => view! { <a href=href>{self.label}{arrow.view()}</a> }.into_any(),
            None if self.hidden => view! { <span class="visually-hidden">{self.label}</span> }.into_any(),
            None => self.label.into_any(),
        };
        view! { <th scope="col" class=self.class aria-sort=order>{label}</th> }
    }
}

/// A table with its frame.
#[component]
pub fn Table(
    /// What the table lists; read out, not shown.
    #[prop(into)]
    caption: Text,
    /// The heads.
    columns: Vec<Column>,
    /// Stays a table on narrow screens: for two or three short columns.
    #[prop(optional)]
    keep: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-frame">
            <table class=if keep { "table keep" } else { "table" }>
                <caption class="visually-hidden">{caption}</caption>
                <thead>
                    <tr>{columns.into_iter().map(Column::view).collect::<Vec<_>>()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The row that stands for none.
#[component]
pub fn EmptyRow(
    /// How many columns the table has.
    columns: usize,
    /// Why there is nothing, and what to do.
    #[prop(into)]
    text: Text,
) -> impl IntoView {
    view! {
        <tr class="table-empty">
            <td colspan=columns>{text}</td>
        </tr>
    }
}
