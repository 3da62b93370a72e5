//! Tabs: links to the parts of one thing.

use leptos::prelude::*;

use super::{Text, Tone, badge::Count};

/// One part.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Its name.
    pub label: Text,
    /// Its address.
    pub href: Text,
    /// How many things wait there.
    pub count: Option<u64>,
    /// Whether it is the one shown.
    pub is_current: bool,
}

impl Tab {
    /// A tab.
    pub fn new(label: impl Into<Text>, href: impl Into<Text>, is_current: bool) -> Self {
        Self { label: label.into(), href: href.into(), count: None, is_current }
    }

    /// With a number beside it.
    pub fn with_count(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }
}

/// A row of tabs.
#[component]
pub fn Tabs(
    /// What the tabs are parts of; read out.
    #[prop(into)]
    label: Text,
    /// The parts.
    tabs: Vec<Tab>,
) -> impl IntoView {
    let tabs = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <a class="tab" href=tab.href aria-current=tab.is_current.then_some("page")>
                    {tab.label}
                    {tab.count.map(|value| view! { <Count value tone=Tone::Neutral/> })}
                </a>
            }
        })
        .collect::<Vec<_>>();
    view! { <nav class="tabs" aria-label=label>{tabs}</nav> }
}
