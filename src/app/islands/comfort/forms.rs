//! The button that sent a form shows that it is at work, and a second press sends nothing.

use std::time::Duration;

use leptos::{
    ev,
    prelude::{set_timeout, window_event_listener},
};
use wasm_bindgen::JsCast;

/// After this time the button can be pressed again, in case the answer was a download or never came.
const RELEASE_MS: u64 = 8_000;

pub fn attach() {
    window_event_listener(ev::submit, |event| {
        if event.default_prevented() {
            return;
        }
        let Some(button) = event.unchecked_ref::<web_sys::SubmitEvent>().submitter() else { return };
        if button.get_attribute("aria-busy").as_deref() == Some("true") {
            event.prevent_default();
            return;
        }
        drop(button.set_attribute("aria-busy", "true"));
        set_timeout(move || drop(button.remove_attribute("aria-busy")), Duration::from_millis(RELEASE_MS));
    });
    // The page may come back from the browser's memory with the button still busy.
    window_event_listener(ev::pageshow, |_| {
        let Ok(busy) = leptos::prelude::document().query_selector_all("button[aria-busy=true]") else { return };
        for index in 0..busy.length() {
            if let Some(button) = busy.item(index).and_then(|node| node.dyn_into::<web_sys::Element>().ok()) {
                drop(button.remove_attribute("aria-busy"));
            }
        }
    });
}
