//! A form marked `data-theme-form` changes the theme at once and tells the server behind the scenes.

use leptos::{
    ev,
    prelude::{document, window, window_event_listener},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlFormElement, RequestInit, SubmitEvent};

pub fn attach() {
    window_event_listener(ev::submit, |event| {
        let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
        if !form.has_attribute("data-theme-form") {
            return;
        }
        let Some(button) = event.unchecked_ref::<SubmitEvent>().submitter() else { return };
        let (Some(theme), Some(root)) = (button.get_attribute("value"), document().document_element()) else { return };
        event.prevent_default();
        drop(button.remove_attribute("aria-busy"));
        drop(if theme == "system" { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", &theme) });
        mark_pressed(&theme);

        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&wasm_bindgen::JsValue::from_str(&format!("theme={theme}")));
        let headers = js_sys::Object::new();
        drop(js_sys::Reflect::set(&headers, &"content-type".into(), &"application/x-www-form-urlencoded".into()));
        request.set_headers(&headers);
        drop(window().fetch_with_str_and_init(&form.action(), &request));
    });
}

/// Keeps every switch on the page in step.
fn mark_pressed(theme: &str) {
    let Ok(buttons) = document().query_selector_all("[data-theme-form] [aria-pressed]") else { return };
    for index in 0..buttons.length() {
        if let Some(button) = buttons.item(index).and_then(|node| node.dyn_into::<Element>().ok()) {
            let is_chosen = button.get_attribute("value").as_deref() == Some(theme);
            drop(button.set_attribute("aria-pressed", if is_chosen { "true" } else { "false" }));
        }
    }
}
