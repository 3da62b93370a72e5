//! Frames without a side bar: signing in, and everything a candidate sees.

use leptos::{prelude::*, tachys::html::InertElement};

use super::{Text, icons::BRAND_MARK, theme::ThemeToggle};

/// One centred column under the product's mark: sign-in, sign-up, invitations.
#[component]
pub fn PlainFrame(
    /// What the page asks.
    #[prop(into)]
    title: Text,
    /// One sentence below.
    #[prop(optional, into)]
    lead: Option<Text>,
    /// The content of the box.
    children: Children,
    /// Below the box: the way to the other page.
    #[prop(optional, into)]
    aside: ViewFnOnce,
) -> impl IntoView {
    view! {
        <div class="plain">
            <header>
                <a class="brand" href="/" aria-label="Hirewire">{InertElement::new(BRAND_MARK)}<span>"Hirewire"</span></a>
                <ThemeToggle/>
            </header>
            <main id="main">
                <div class="plain-head">
                    <h1>{title}</h1>
                    {lead.map(|lead| view! { <p>{lead}</p> })}
                </div>
                <div class="plain-box">{children()}</div>
                <div class="plain-aside">{aside.run()}</div>
            </main>
        </div>
    }
}

/// One column in the organization's name, one question at a time.
#[component]
pub fn CandidateFrame(
    /// Whose page it is.
    #[prop(into)]
    organization: Text,
    /// The question.
    #[prop(into)]
    title: Text,
    /// One sentence below.
    #[prop(optional, into)]
    lead: Option<Text>,
    /// The answer's form.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="plain candidate">
            <header>
                <span class="brand">{organization}</span>
                <ThemeToggle/>
            </header>
            <main id="main">
                <div class="plain-head">
                    <h1>{title}</h1>
                    {lead.map(|lead| view! { <p>{lead}</p> })}
                </div>
                {children()}
            </main>
            <footer>"Arranged with Hirewire"</footer>
        </div>
    }
}
