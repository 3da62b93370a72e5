//! Which page answers which address. A page registers itself with one line in [`App`].

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

/// The whole document.
pub fn document(options: LeptosOptions) -> impl IntoView {
    let _ = options;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href="/pkg/hirewire.css"/>
                <MetaTags/>
            </head>
            <body><App/></body>
        </html>
    }
}

/// Every page, by address.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}

#[component]
fn Home() -> impl IntoView {
    view! {
        <Title text="Hirewire"/>
        <main>
            <h1>"Hirewire"</h1>
            <p>"An integration hub for hiring teams."</p>
        </main>
    }
}

/// There is nothing at this address.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found · Hirewire"/>
        <main class="error-page">
            <h1>"Not found"</h1>
            <p>"There is no page at this address. It may have been removed, or belong to another organization."</p>
            <p><a href="/">"Back to the start"</a></p>
        </main>
    }
}
