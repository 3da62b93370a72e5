//! Code, payloads and ids, with a button that copies them.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// Copies a text. Only there when a script runs.
#[component]
pub fn CopyButton(
    /// What is copied; or `from`.
    #[prop(optional, into)]
    text: Option<Text>,
    /// The `id` of the element whose text is copied.
    #[prop(optional, into)]
    from: Option<Text>,
    /// What is copied, in words.
    #[prop(into, default = Text::Borrowed("Copy"))]
    label: Text,
) -> impl IntoView {
    view! {
        <button class="button quiet icon-only small" type="button" data-needs-script data-copy=text data-copy-from=from title=label.clone() aria-label=label>
            <span class="copy-ready">{Icon::Copy.view()}</span>
            <span class="copy-done">{Icon::Check.view()}</span>
        </button>
    }
}

/// A block of code. Long ones scroll inside, and can be scrolled by keyboard.
#[component]
pub fn CodeBlock(
    /// The element's id; copying needs it.
    #[prop(into)]
    id: Text,
    /// What it is: "Request body", "Signature".
    #[prop(into)]
    title: Text,
    /// The code.
    #[prop(into)]
    code: Text,
    /// Long lines are broken instead of scrolled.
    #[prop(optional)]
    wrap: bool,
) -> impl IntoView {
    view! {
        <div class=if wrap { "code wrap" } else { "code" }>
            <div class="code-head">
                <span>{title.clone()}</span>
                <CopyButton from=id.clone() label="Copy"/>
            </div>
            <pre tabindex="0" role="region" aria-label=title><code id=id>{code}</code></pre>
        </div>
    }
}

/// One line to be copied: an id, an address, a secret shown once.
#[component]
pub fn Copyable(
    /// The text.
    #[prop(into)]
    text: Text,
) -> impl IntoView {
    view! {
        <span class="copyable">
            <code>{text.clone()}</code>
            <CopyButton text/>
        </span>
    }
}
