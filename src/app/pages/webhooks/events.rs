//! `/webhooks/events`: every event with its schema and an example.

use leptos::prelude::*;

use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{capitalized, plural};
use crate::domain::role::Scope;
use crate::webhooks::outbound::catalogue;

/// The catalogue of events.
#[component]
pub fn WebhookEvents() -> impl IntoView {
    signed_in(NavItem::Webhooks, move |viewer| async move {
        viewer.caller.require(Scope::WebhooksRead)?;
        let mut groups: Vec<(String, Vec<_>)> = Vec::new();
        for info in catalogue::all() {
            let id = info.name.replace('.', "-");
            let (schema, example) = (
                serde_json::to_string_pretty(&info.schema).unwrap_or_default(),
                serde_json::to_string_pretty(&info.example).unwrap_or_default(),
            );
            let aliases = (!info.aliases.is_empty())
                .then(|| format!("Also sent under the name {}, if a webhook asks for it.", info.aliases.join(", ")));
            let entry = view! {
                <details class="card" id=id.clone()>
                    <summary class="card-head"><code>{info.name.clone()}</code>" "<span class="meta">{info.description.clone()}</span></summary>
                    <div class="card-body stack">
                        {aliases.map(|text| view! { <p>{text}</p> })}
                        <CodeBlock id=format!("{id}-example") title="Example" code=example/>
                        <CodeBlock id=format!("{id}-schema") title="JSON Schema" code=schema/>
                    </div>
                </details>
            };
            match groups.iter_mut().find(|(group, _)| *group == info.group) {
                Some((_, entries)) => entries.push(entry),
                None => groups.push((info.group, vec![entry])),
            }
        }
        let groups = groups
            .into_iter()
            .map(|(group, entries)| {
                let title = capitalized(&plural(&group));
                view! { <section class="stack"><h2>{title}</h2>{entries}</section> }
            })
            .collect::<Vec<_>>();
        let body = view! {
            <PageHead title="Events" lead=|| "What webhooks are told of. Every message has the same envelope: event, timestamp, organizationId and data."/>
            {groups}
        };
        Ok(Content::new("Events", body).crumbs(vec![Crumb::here("Events")]))
    })
}
