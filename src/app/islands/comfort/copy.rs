//! `<button data-copy="text">` puts the text on the clipboard; `data-copy-from="id"` takes another element's text.

use std::time::Duration;

use leptos::{
    ev,
    prelude::{document, set_timeout, window, window_event_listener},
};
use wasm_bindgen::JsCast;
use web_sys::Element;

pub fn attach() {
    window_event_listener(ev::click, |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(button) = target.and_then(|target| target.closest("[data-copy], [data-copy-from]").ok().flatten()) else { return };
        let text = button
            .get_attribute("data-copy")
            .or_else(|| document().get_element_by_id(&button.get_attribute("data-copy-from")?)?.text_content());
        let Some(text) = text else { return };
        drop(window().navigator().clipboard().write_text(&text));
        drop(button.class_list().add_1("copied"));
        super::toast::show("Copied.");
        set_timeout(move || drop(button.class_list().remove_1("copied")), Duration::from_millis(1600));
    });
}
