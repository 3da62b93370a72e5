//! What makes server-rendered pages comfortable once a script runs: copying, shortcuts, the theme without
//! a reload, menus that close. One island for all of it, because it only listens on the document and
//! the pages' markup says what is meant (`data-copy`, `data-theme-form`, `data-shortcut`).

use leptos::prelude::*;

#[cfg(feature = "hydrate")]
mod copy;
#[cfg(feature = "hydrate")]
mod forms;
#[cfg(feature = "hydrate")]
mod menus;
#[cfg(feature = "hydrate")]
mod shortcuts;
#[cfg(feature = "hydrate")]
mod theme;
#[cfg(feature = "hydrate")]
pub mod toast;

#[cfg(feature = "hydrate")]
mod listeners {
    use leptos::prelude::document;

    /// Attaches every listener; the page keeps them until it is left.
    pub fn attach() {
        super::copy::attach();
        super::forms::attach();
        super::menus::attach();
        super::shortcuts::attach();
        super::theme::attach();
        // Shows the buttons that only a script can serve.
        if let Some(root) = document().document_element() {
            drop(root.set_attribute("data-script", ""));
        }
    }
}

#[cfg(not(feature = "hydrate"))]
mod listeners {
    /// The server has nothing to listen to.
    pub fn attach() {}
}

/// Place once at the end of a page that loads the browser half. It shows nothing.
#[island]
pub fn Comfort() -> impl IntoView {
    listeners::attach();
}
