//! `/design`: every component on one page, where the program runs with simulators.

use leptos::prelude::*;

use super::gallery::Gallery;
use super::signed_in::theme;
use crate::app::routes::NotFound;
use crate::context::Context;

/// `/design`.
#[component]
pub fn DesignPage() -> impl IntoView {
    match use_context::<Context>().filter(|ctx| ctx.config.endpoints.sandbox().is_some()) {
        Some(ctx) => view! { <Gallery now=ctx.clock.now() theme=theme()/> }.into_any(),
        None => view! { <NotFound/> }.into_any(),
    }
}
