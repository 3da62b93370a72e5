//! Alerts: what the program tells the reader, and what they have read.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::signed_in::{Content, problem, signed_in};
use super::ui::prelude::*;
use crate::accounts::notifications;
use crate::app::actions::alerts::{ReadAlert, ReadAllAlerts};
use crate::store::page::PageQuery;

/// `/alerts`.
#[component]
pub fn Alerts() -> impl IntoView {
    let map = use_query_map().get_untracked();
    let cursor = map.get("cursor").and_then(|text| text.parse().ok());
    let (read, read_all) = (ServerAction::<ReadAlert>::new(), ServerAction::<ReadAllAlerts>::new());
    let error = read.value().get_untracked().and_then(Result::err).or_else(|| read_all.value().get_untracked().and_then(Result::err));
    signed_in(NavItem::Overview, move |viewer| async move {
        let now = viewer.now;
        let page = notifications::list(&viewer.ctx, &viewer.caller, false, PageQuery { limit: 50, before: cursor }).await?;
        let unread = notifications::count_unread(&viewer.ctx, &viewer.caller).await?;
        let next = page.next.map(|next| format!("/alerts?cursor={next}").into());
        let previous = cursor.is_some().then(|| "/alerts".into());
        let is_empty = page.rows.is_empty();
        let items = page
            .rows
            .into_iter()
            .map(|notice| {
                let (tone, icon) = match notice.level.as_str() {
                    "error" => (Tone::Bad, Icon::CrossCircle),
                    "warning" => (Tone::Warning, Icon::Warning),
                    "success" => (Tone::Good, Icon::CheckCircle),
                    _ => (Tone::Info, Icon::Info),
                };
                let is_unread = notice.read_at.is_none();
                let class = format!("task {}{}", tone.class(), if is_unread { "" } else { " read" });
                // Only addresses of our own are followed.
                let link = notice.link.filter(|link| link.starts_with('/') && !link.starts_with("//"));
                view! {
                    <li class=class>
                        <span class="task-mark">{icon.view()}</span>
                        <div class="grow">
                            <p class="strong">{notice.title}{is_unread.then(|| view! { <span class="visually-hidden">" (new)"</span> })}</p>
                            <p class="muted">{notice.body}</p>
                            <p class="meta"><RelativeTime at=notice.created_at now/></p>
                        </div>
                        <div class="button-row">
                            {link.map(|href| view! { <LinkButton href label="Open" small=true/> })}
                            {is_unread.then(|| view! {
                                <form method="post" action=ReadAlert::url()>
                                    <input type="hidden" name="id" value=notice.id.to_string()/>
                                    <Button label="Mark read" small=true kind=Kind::Quiet/>
                                </form>
                            })}
                        </div>
                    </li>
                }
            })
            .collect::<Vec<_>>();
        let lead = match unread {
            0 => "Nothing new.".to_owned(),
            1 => "One is new.".to_owned(),
            many => format!("{many} are new."),
        };
        let body = view! {
            <PageHead title="Alerts" lead=move || lead>
                {(unread > 0).then(|| view! { <ActionForm action=read_all><Button label="Mark all read"/></ActionForm> })}
            </PageHead>
            {problem(error)}
            {if is_empty {
                view! { <Empty icon=Icon::Bell title="No alerts" text="When a connection breaks, a sync gives up or a webhook is switched off, you read it here."/> }.into_any()
            } else {
                view! { <section class="card" aria-label="Alerts"><ul class="tasks">{items}</ul></section> }.into_any()
            }}
            <Pagination previous next/>
        };
        Ok(Content::new("Alerts", body).crumbs(vec![Crumb::here("Alerts")]))
    })
}
