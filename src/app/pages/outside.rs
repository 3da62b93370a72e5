//! Pages for people who are not signed in: one question in the middle of the page.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::signed_in::theme;
use super::ui::plain::PlainFrame;
use super::ui::{Text, Tone, callout::Callout};
use crate::app::shell::{Document, Head};
use crate::context::Context;
use crate::domain::ui_error::UiError;
use crate::fault::{Fault, Result};
use crate::identity::Identity;

/// What such a page shows.
pub struct Sheet {
    /// What the page asks.
    pub title: Text,
    /// One sentence below.
    pub lead: Text,
    /// The box.
    pub body: AnyView,
    /// Below the box.
    pub aside: AnyView,
}

/// Who looks, if they are signed in after all.
pub fn me() -> Option<Arc<Identity>> {
    use_context::<axum::http::request::Parts>()?.extensions.get::<Arc<Identity>>().cloned()
}

/// Such a page. A failure of `load` becomes its content, with the right status.
pub fn outside<Load>(load: impl FnOnce(Context) -> Load + Send + 'static) -> impl IntoView
where
    Load: Future<Output = Result<Sheet>> + Send + 'static,
{
    let ctx = use_context::<Context>();
    let response = use_context::<ResponseOptions>();
    let theme = theme();
    Suspend::new(async move {
        let loaded = match ctx {
            Some(ctx) => load(ctx).await,
            None => Err(Fault::internal("a page was rendered without its context")),
        };
        let sheet = loaded.unwrap_or_else(|fault| {
            fault.log();
            if let Some(response) = response {
                response.set_status(axum::http::StatusCode::from_u16(fault.code.status()).unwrap_or_default());
            }
            let body = view! { <p>{fault.detail.clone()}</p> }.into_any();
            let aside = view! { <p><a href="/sign-in">"Sign in"</a></p> }.into_any();
            Sheet { title: fault.code.title().into(), lead: "Nothing was changed.".into(), body, aside }
        });
        let head = Head::new(sheet.title.clone(), theme);
        let (title, lead, body, aside) = (sheet.title, sheet.lead, sheet.body, sheet.aside);
        view! { <Document head><PlainFrame title lead aside=move || aside>{body}</PlainFrame></Document> }
    })
}

/// The sentence beside a field, if the failed change was about it.
pub fn beside(error: Option<&UiError>, field: &str, sentence: &'static str) -> Option<Text> {
    error.filter(|error| error.is_about(field)).map(|_| sentence.into())
}

/// The failed change as a callout, if it was about no field.
pub fn above(error: Option<&UiError>, sentence: fn(&UiError) -> &'static str) -> impl IntoView + use<> {
    error.filter(|error| error.fields.is_empty()).map(|error| view! { <Callout tone=Tone::Bad title=sentence(error)/> })
}
