//! `/webhooks/received`: what providers sent, over all connections.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{Asked, log};
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::integrations::query;

/// The two directions of webhooks, as tabs.
pub fn directions(is_received: bool) -> impl IntoView {
    let tabs = vec![Tab::new("Sent", "/webhooks", !is_received), Tab::new("Received", "/webhooks/received", is_received)];
    view! { <Tabs label="Directions" tabs/> }
}

/// What providers sent.
#[component]
pub fn Received() -> impl IntoView {
    let map = use_query_map().get_untracked();
    let get = |name: &str| map.get(name).unwrap_or_default();
    let asked = Asked { path: "/webhooks/received".to_owned(), integration: get("integration"), state: get("state"), event: get("event") };
    let cursor = map.get("cursor").and_then(|text| text.parse().ok());
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let integrations = query::list(&viewer.ctx, &viewer.caller, None).await?;
        let named = integrations.into_iter().map(|row| (row.id.to_string(), row.name)).collect();
        let log = log(&viewer, &asked, cursor, Some(named)).await?;
        let body = view! {
            <PageHead title="Webhooks" lead=|| "What providers send: checked over the bytes that came, kept, and dealt with in order."/>
            {directions(true)}
            {log}
        };
        Ok(Content::new("Received webhooks", body))
    })
}
