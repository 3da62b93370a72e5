//! A short word on what just happened, seen and heard. The frame holds the region.

use std::time::Duration;

use leptos::prelude::{document, set_timeout};

/// How long a word stays.
const STAY_MS: u64 = 2_400;

/// Shows a sentence for a moment.
pub fn show(text: &str) {
    let Some(region) = document().get_element_by_id("toasts") else { return };
    let Ok(toast) = document().create_element("p") else { return };
    toast.set_class_name("toast");
    toast.set_text_content(Some(text));
    drop(region.append_child(&toast));
    set_timeout(move || toast.remove(), Duration::from_millis(STAY_MS));
}
