//! The activity log of the organization, and whether its chain of hashes is whole.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::signed_in::{Content, signed_in};
use super::ui::prelude::*;
use super::words::{address, count, duration_ms};
use crate::domain::id::IntegrationId;
use crate::integrations::query;
use crate::operations::activity::{self, Filter};
use crate::store::page::PageQuery;

/// What can be chosen: the beginning of the actions, and its name.
const AREAS: &[(&str, &str)] = &[
    ("integration.", "Integrations"),
    ("sync.", "Syncs"),
    ("mapping.", "Mappings"),
    ("webhook.", "Webhooks"),
    ("dead_letter.", "Dead letters"),
    ("session.", "Sign-ins"),
    ("member.", "Members"),
    ("api_key.", "API keys"),
    ("organization.", "Organization"),
];

/// `/activity`.
#[component]
pub fn ActivityLog() -> impl IntoView {
    let map = use_query_map().get_untracked();
    let get = |name: &str| map.get(name).unwrap_or_default();
    let (area, integration, outcome) = (get("area"), get("integration"), get("outcome"));
    let cursor = map.get("cursor").and_then(|text| text.parse().ok());
    let check = map.get("check").is_some();
    signed_in(NavItem::Activity, move |viewer| async move {
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let filter = Filter {
            action: AREAS.iter().find(|(prefix, _)| *prefix == area).map(|(prefix, _)| (*prefix).to_owned()),
            integration: integration.parse::<IntegrationId>().ok(),
            success: match outcome.as_str() {
                "worked" => Some(true),
                "failed" => Some(false),
                _ => None,
            },
            ..Filter::default()
        };
        let page = activity::list(ctx, caller, &filter, PageQuery { limit: 50, before: cursor }).await?;
        let head = activity::head(ctx, caller).await?;
        // Reading the whole chain takes a while once it is long, so it is done when asked for.
        let verdict = if check { Some(activity::verify_chain(ctx, caller).await?) } else { None };
        let rows_of = query::list(ctx, caller, None).await?;

        let areas =
            std::iter::once(Choice::new("", "Everything")).chain(AREAS.iter().map(|(prefix, name)| Choice::new(*prefix, *name))).collect();
        let connections = std::iter::once(Choice::new("", "Every connection"))
            .chain(rows_of.iter().map(|row| Choice::new(row.id.to_string(), row.name.clone())))
            .collect();
        let outcomes = vec![Choice::new("", "Every outcome"), Choice::new("worked", "What worked"), Choice::new("failed", "What failed")];
        let link = |cursor: &str| {
            address("/activity", &[("area", &area), ("integration", &integration), ("outcome", &outcome), ("cursor", cursor)])
        };
        let next = page.next.map(|next| link(&next.to_string()).into());
        let previous = cursor.is_some().then(|| link("").into());
        let is_empty = page.rows.is_empty();
        let rows = page
            .rows
            .into_iter()
            .map(|entry| {
                // Nearly everything works: only what failed stands out.
                let (icon, label) = if entry.success { (Icon::CheckCircle, "Worked") } else { (Icon::CrossCircle, "Failed") };
                let kind = match entry.actor_kind.as_str() {
                    "api_key" => "API key",
                    "partner" => "Partner",
                    "system" => "Hirewire",
                    _ => "member",
                };
                let hash = hex::encode(entry.hash.get(..4).unwrap_or_default());
                view! {
                    <tr>
                        <td data-label="Outcome"><span class=if entry.success { "badge plain good" } else { "badge bad" }>{icon.view()}{label}</span></td>
                        <td data-label="What" class="wide">{entry.message}<p class="meta"><code>{entry.action}</code></p></td>
                        <td data-label="Who">{entry.actor_name}<p class="meta nowrap">{kind}{entry.address.map(|address| format!(" from {address}"))}</p></td>
                        <td data-label="When"><RelativeTime at=entry.at now/></td>
                        <td data-label="Took" class="number">{entry.duration_ms.map(duration_ms)}</td>
                        <td data-label="Entry" class="number"><span class="meta">{count(entry.seq)}" "<code>{hash}</code></span></td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let chain = match (verdict, head) {
            (Some(verdict), _) => match verdict.broken_at {
                None => view! {
                    <Callout tone=Tone::Good title=format!("All {} entries are whole", count(verdict.entries))>
                        "Each entry's hash fits the one before it. None was changed, removed or put between."
                    </Callout>
                }
                .into_any(),
                Some(place) => view! {
                    <Callout tone=Tone::Bad title=format!("The log was changed at entry {}", count(place))>
                        "The entries before it are whole. From there on the hashes do not fit: a row was changed or removed in the database itself."
                    </Callout>
                }
                .into_any(),
            },
            (None, Some((seq, hash))) => {
                let hash = hash.get(..16).unwrap_or_default().to_owned();
                view! {
                    <div class="chain">
                        {Icon::Shield.view()}
                        <span>{format!("{} entries, chained by hash, the last one ", count(seq))}<code>{hash}</code></span>
                        <LinkButton href="/activity?check=1" label="Check the chain" small=true/>
                    </div>
                }
                .into_any()
            }
            (None, None) => ().into_any(),
        };
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty()).map(Into::into);
        let columns = vec![
            Column::new("Outcome"),
            Column::new("What"),
            Column::new("Who"),
            Column::new("When"),
            Column::number("Took"),
            Column::number("Entry"),
        ];
        let body = view! {
            <PageHead title="Activity" lead=|| "What people, keys and Hirewire itself did, newest first."/>
            {chain}
            <Toolbar action="/activity" label="Choose entries">
                <Select name="area" label="Area" choices=areas value=some(&area) required=false bare=true/>
                <Select name="integration" label="Connection" choices=connections value=some(&integration) required=false bare=true/>
                <Select name="outcome" label="Outcome" choices=outcomes value=some(&outcome) required=false bare=true/>
                <Button label="Show"/>
            </Toolbar>
            <Table caption="Activity" columns>
                {rows}
                {is_empty.then(|| view! { <EmptyRow columns=6 text="Nothing matches."/> })}
            </Table>
            <Pagination previous next/>
        };
        Ok(Content::new("Activity", body))
    })
}
