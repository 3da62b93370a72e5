//! Menus made of `<details class="menu">` close on Escape and on a click elsewhere.

use leptos::{
    ev,
    prelude::{document, window_event_listener},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

/// Closes every open menu that does not hold the node; gives back the last one closed.
fn close_except(keep: Option<&Node>) -> Option<Element> {
    let open = document().query_selector_all("details.menu[open]").ok()?;
    let mut closed = None;
    for index in 0..open.length() {
        let Some(menu) = open.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        if !menu.contains(keep) {
            drop(menu.remove_attribute("open"));
            closed = Some(menu);
        }
    }
    closed
}

pub fn attach() {
    window_event_listener(ev::click, |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        close_except(target.as_ref());
    });
    window_event_listener(ev::keydown, |event| {
        if event.key() != "Escape" {
            return;
        }
        let summary = close_except(None).and_then(|menu| menu.query_selector("summary").ok().flatten());
        if let Some(summary) = summary.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            drop(summary.focus());
        }
    });
}
