//! How a connection is, by evidence: uptime, latency, what came in, what could not be taken, what is under way.

use chrono::TimeDelta;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{Part, crumbs, head, load};
use crate::app::actions::integrations::{CancelRun, RunProgress};
use crate::app::islands::run_progress::RunWatch;
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::Tone;
use crate::app::pages::ui::button::{Button, Kind, LinkButton};
use crate::app::pages::ui::callout::Callout;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::facts::{Fact, Facts};
use crate::app::pages::ui::flash::{Flash, FlashRegion};
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::sparkline::Sparkline;
use crate::app::pages::ui::stat::{Stat, Stats};
use crate::app::pages::ui::table::{Column, Table};
use crate::app::pages::ui::time::{RelativeTime, relative};
use crate::app::pages::ui::uptime::{Cell, UptimeStrip};
use crate::app::pages::words::{capitalized, clock_time, count, duration_ms, plural};
use crate::domain::catalogue::{AuthType, Capability};
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::integrations::health;
use crate::store::link::count_links;
use crate::store::page::PageQuery;
use crate::store::sync::find_unfinished_run;
use crate::sync;

/// `/integrations/{id}`.
#[component]
pub fn IntegrationOverview() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let cancel = ServerAction::<CancelRun>::new();
    signed_in(NavItem::Integrations, move |viewer| async move {
        let (row, entry) = load(&viewer, &id).await?;
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let (_, checks) = health::history(ctx, caller, row.id, 300).await?;
        let running = find_unfinished_run(&ctx.store, row.id).await?;
        let last_runs = sync::list(ctx, caller, Some(row.id), PageQuery { limit: 1, before: None }).await?.rows;
        let groups = sync::error_groups(ctx, caller, row.id).await?;
        let mut totals = Vec::new();
        for kind in [RecordKind::Job, RecordKind::Candidate, RecordKind::Application, RecordKind::Interview, RecordKind::Offer] {
            totals.push((kind, count_links(&ctx.store, row.id, kind).await?));
        }

        let flash = match done.as_deref() {
            Some("connected") if entry.can(Capability::Ats) => Some(format!("{} is connected. Its records are arriving now.", entry.name)),
            Some("connected") => Some(format!("{} is connected.", entry.name)),
            Some("checked") => Some("Checked with a real call.".to_owned()),
            _ => None,
        };
        let may_change = caller.may(Scope::IntegrationsWrite);
        let progress = running.map(|run| {
            let first = RunProgress::from(&run);
            let id = run.id;
            view! {
                <Card title="Under way">
                    <RunWatch id first/>
                    {may_change.then(|| view! {
                        <ActionForm action=cancel>
                            <input type="hidden" name="id" value=id.to_string()/>
                            <Button label="Stop" small=true kind=Kind::Secondary/>
                        </ActionForm>
                    })}
                </Card>
            }
        });

        let has_checks = !checks.is_empty();
        let worked = checks.iter().filter(|check| check.success).count();
        let summary = if checks.is_empty() { "No check yet".to_owned() } else { format!("{worked} of {} checks worked", checks.len()) };
        let cells: Vec<Cell> = checks.iter().take(90).rev().map(|check| if check.success { Cell::Up } else { Cell::Down }).collect();
        let from = checks.get(cells.len().saturating_sub(1)).map_or_else(|| "Not yet".into(), |check| relative(check.at, now));
        let to = checks.first().map_or_else(|| "now".into(), |check| relative(check.at, now));
        let latencies: Vec<f64> = checks.iter().take(60).rev().filter(|check| check.success).map(|check| check.latency_ms as f64).collect();
        let has_latencies = latencies.len() > 1;
        let latest = latencies.last().map_or_else(|| "none yet".to_owned(), |ms| format!("{ms:.0} ms"));
        let highest = latencies.iter().copied().fold(0.0_f64, f64::max);
        let latency_summary = format!("Latency of the latest checks: last {latest}, highest {highest:.0} ms");

        let stats = totals
            .iter()
            .map(|(kind, total)| {
                let mut label = plural(kind.as_str());
                if let Some(first) = label.get_mut(0..1) {
                    first.make_ascii_uppercase();
                }
                view! { <Stat label value=count(*total)/> }
            })
            .collect::<Vec<_>>();
        let last = last_runs.first().map(|run| {
            let took = run.started_at.zip(run.finished_at).map(|(from, to)| duration_ms((to - from).num_milliseconds()));
            let mut text = format!("{} records read", count(run.records));
            for (number, what) in [(run.created, "new"), (run.updated, "changed"), (run.deleted, "deleted")] {
                if number > 0 {
                    text.push_str(&format!(", {} {what}", count(number)));
                }
            }
            took.map_or(text.clone(), |took| format!("{text}, in {took}"))
        });
        let quota = row.quota.as_ref().and_then(|quota| {
            let remaining = quota.0.get("remaining")?.as_u64()?;
            let limit = quota.0.get("limit").and_then(serde_json::Value::as_u64);
            Some(limit.map_or_else(|| format!("{remaining} calls left"), |limit| format!("{remaining} of {limit} calls left")))
        });
        let throttled = row.throttled_until.filter(|until| *until > now);
        let has_groups = !groups.is_empty();
        let letters = format!("/dead-letters?source=record&integration={}", row.id);
        let group_rows = groups
            .into_iter()
            .map(|group| {
                view! {
                    <tr>
                        <td class="name"><span class="strong">{capitalized(&plural(&group.object))}</span></td>
                        <td data-label="How many" class="number">{count(group.errors)}</td>
                        <td data-label="Why" class="wide">{group.example}{group.example_id.map(|id| view! { <span class="meta">" for example " <code>{id}</code></span> })}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let next_sync = row.next_sync_at.filter(|at| *at > now - TimeDelta::minutes(1));
        let missing = row.missing_scopes.0.clone();
        let has_missing = !missing.is_empty();
        let by_consent = row.auth_type == AuthType::Oauth2.as_str();
        let mend = (by_consent && may_change).then(|| {
            let href = format!("/integrations/connect/{}?integration={}", entry.slug, row.id);
            view! { <LinkButton href label="Allow them" small=true/> }
        });
        let missing = missing
            .into_iter()
            .map(|scope| {
                let feature = entry.features.iter().find(|feature| feature.scopes.contains(&scope.as_str()));
                view! { <li>{feature.map(|feature| format!("{}: ", feature.name))}<code>{scope}</code></li> }
            })
            .collect::<Vec<_>>();
        let reconnect_by = row.reconnect_by;
        let (last_synced, connected, account) = (row.last_synced_at, row.connected_at, row.account.clone());
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &row, entry, Part::Overview)}
            {progress}
            {throttled.map(|until| view! {
                <Callout tone=Tone::Warning title=format!("{} takes no more calls until {}", entry.name, clock_time(until))>
                    "Hirewire goes on by itself after that."
                </Callout>
            })}
            {has_missing.then(|| view! {
                <Callout tone=Tone::Warning title="Some permissions are missing">
                    <p>{if by_consent { "What needs them is left out until you allow them." } else { "What needs them is left out until an administrator adds them." }}</p>
                    <ul>{missing}</ul>
                    {mend}
                </Callout>
            })}
            <Stats>{stats}</Stats>
            <div class="halves">
                <Card title="Health" note="One real call every five minutes; a sync counts as well.">
                    {if has_checks {
                        view! { <UptimeStrip cells summary from to/> }.into_any()
                    } else {
                        view! { <p class="muted">"The first check comes within five minutes."</p> }.into_any()
                    }}
                    {has_latencies.then(|| view! { <Sparkline values=latencies summary=latency_summary wide=true/> })}
                </Card>
                <Card title="Sync">
                    <Facts>
                        <Fact name="Last sync">{match last_synced { Some(at) => view! { <RelativeTime at now/> }.into_any(), None => "Not yet".into_any() }}</Fact>
                        <Fact name="Last run">{last.unwrap_or_else(|| "No run yet".to_owned())}</Fact>
                        <Fact name="Next sync">{match next_sync { Some(at) => view! { <RelativeTime at now/> }.into_any(), None => "Only by hand".into_any() }}</Fact>
                        {quota.map(|quota| view! { <Fact name="Quota">{quota}</Fact> })}
                        {account.map(|account| view! { <Fact name="Signed in as">{account}</Fact> })}
                        {reconnect_by.map(|at| view! { <Fact name="Reconnect by"><RelativeTime at now/></Fact> })}
                        {connected.map(|at| view! { <Fact name="Connected"><RelativeTime at now/></Fact> })}
                    </Facts>
                </Card>
            </div>
            {has_groups.then(|| view! {
                <Card title="What could not be taken" note="Of the last seven days, by reason." flush=true actions=move || may_change.then(|| view! { <LinkButton href=letters label="Open the dead letters" small=true/> })>
                    <Table caption="Failures by reason" columns=vec![Column::new("Records"), Column::number("How many"), Column::new("Why")]>{group_rows}</Table>
                </Card>
            })}
        };
        Ok(Content::new(row.name.clone(), body).crumbs(crumbs(&row, None)))
    })
}
