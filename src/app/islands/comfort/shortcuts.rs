//! Keys: an element with `data-shortcut="g i"` is pressed by `g` then `i`; `/` goes to the search, `?` shows the list.

use std::{cell::Cell, rc::Rc};

use leptos::prelude::{document, window_event_listener_untyped};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent};

/// The second key of a pair must follow within this time.
const PAIR_MS: f64 = 1_200.0;

/// Whether the key belongs to what the person is typing in.
fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return false };
    matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || target.is_content_editable()
}

/// What the keys stand for: the first that is shown, as a narrow page has another search than a wide one; else the first (a closed
/// dialog or menu).
fn find(shortcut: &str) -> Option<Element> {
    let all = document().query_selector_all(&format!("[data-shortcut=\"{shortcut}\"]")).ok()?;
    let all: Vec<Element> = (0..all.length()).filter_map(|index| all.item(index)?.dyn_into().ok()).collect();
    all.iter().find(|element| element.client_width() > 0).or_else(|| all.first()).cloned()
}

/// Opens a dialog, focuses a field, presses anything else.
fn press(element: Element) {
    match element.dyn_into::<HtmlDialogElement>() {
        Ok(dialog) => drop(dialog.show_modal()),
        Err(element) => match element.dyn_into::<HtmlElement>() {
            Ok(field) if field.tag_name() == "INPUT" => drop(field.focus()),
            Ok(element) => element.click(),
            Err(_) => {}
        },
    }
}

pub fn attach() {
    // When `g` was pressed, in the event's own time.
    let started = Rc::new(Cell::new(None::<f64>));
    window_event_listener_untyped("keydown", move |event| {
        let event: KeyboardEvent = event.unchecked_into();
        if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(&event) {
            return;
        }
        let key = event.key();
        // A letter or a sign; anything longer is a named key, and a quote would end the selector.
        if key.len() != 1 || key == "\"" || key == "\\" {
            return;
        }
        let pair = started.take().filter(|at| event.time_stamp() - at < PAIR_MS);
        let found = match pair {
            Some(_) => find(&format!("g {key}")),
            None if key == "g" => {
                started.set(Some(event.time_stamp()));
                None
            }
            None => find(&key),
        };
        if let Some(element) = found {
            event.prevent_default();
            press(element);
        }
    });
}
