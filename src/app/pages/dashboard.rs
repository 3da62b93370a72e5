//! The overview: what needs a person today, how connections, syncs and deliveries are, what happened last.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;

use super::records::timeline::{About, Beside, entries};
use super::records::{name_of, provider_name};
use super::signed_in::{Content, Viewer, signed_in};
use super::ui::prelude::*;
use super::words::{count, counted, hour, today};
use crate::accounts::notifications;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::domain::status::{DeliveryState, IntegrationStatus, InterviewStatus, RunState};
use crate::fault::Result;
use crate::integrations::query;
use crate::records::{applications, timeline};
use crate::store::dashboard::{self, Counted};
use crate::store::dead_letter;
use crate::store::event::EventFilter;
use crate::store::integration::IntegrationRow;
use crate::store::page::PageQuery;
use crate::store::record::application::list_applications_by_ids;
use crate::store::record::interview::{Span, list_interviews_of_span};

/// More than this nobody does at once.
const AT_MOST: usize = 5;
/// How many connections the overview draws; the page of integrations has all.
const CONNECTIONS: usize = 6;

/// `/`.
#[component]
pub fn Dashboard() -> impl IntoView {
    signed_in(NavItem::Overview, move |viewer| async move {
        let integrations = query::list(&viewer.ctx, &viewer.caller, None).await?;
        let first = viewer.me.name.split_whitespace().next().unwrap_or_default().to_owned();
        let title = if first.is_empty() { "Overview".to_owned() } else { format!("Hello {first}") };
        if integrations.is_empty() {
            return Ok(Content::new("Overview", welcome(&viewer, title)));
        }
        let attention = attention(&viewer, &integrations).await?;
        let totals = dashboard::count_totals(&viewer.ctx.store, viewer.caller.organization).await?;
        let health = health(&viewer, &integrations).await?;
        let syncs = syncs(&viewer).await?;
        let deliveries = deliveries(&viewer).await?;
        let interviews = interviews(&viewer).await?;
        let recent = recent(&viewer).await?;
        let body = view! {
            <PageHead title lead=|| "What needs you today, and how everything runs."/>
            {attention}
            <Stats>
                <Stat label="Open jobs" value=count(totals.open_jobs)/>
                <Stat label="Candidates" value=count(totals.candidates)/>
                <Stat label="Applications in process" value=count(totals.active_applications)/>
                <Stat label="Offers waiting" value=count(totals.open_offers)/>
            </Stats>
            <div class="with-panel">
                <div class="stack">
                    {health}
                    <div class="thirds">{syncs}{deliveries}</div>
                </div>
                <div class="stack">{interviews}{recent}</div>
            </div>
        };
        Ok(Content::new("Overview", body))
    })
}

/// The first step, when nothing is connected.
fn welcome(viewer: &Viewer, title: String) -> impl IntoView + use<> {
    let may_connect = viewer.caller.may(Scope::IntegrationsWrite);
    view! {
        <PageHead title lead=|| "Hirewire brings the tools you hire with together. It begins with the first one."/>
        <Empty
            icon=Icon::Plug
            title="Connect your applicant tracking system"
            text="Jobs, candidates and applications arrive by themselves, and every change leaves as a signed webhook. It takes about three minutes."
        >
            {if may_connect {
                view! {
                    <LinkButton href="/integrations/connect/greenhouse" label="Connect Greenhouse" kind=Kind::Primary/>
                    <LinkButton href="/integrations" label="See all tools"/>
                }
                .into_any()
            } else {
                view! { <p class="muted">"Ask an admin of your organization to connect the first tool."</p> }.into_any()
            }}
        </Empty>
    }
}

/// Something a person should do.
struct Task {
    tone: Tone,
    icon: Icon,
    title: String,
    text: String,
    href: String,
    button: &'static str,
}

async fn tasks(viewer: &Viewer, integrations: &[IntegrationRow]) -> Result<Vec<Task>> {
    let (db, organization) = (&viewer.ctx.store, viewer.caller.organization);
    let mut tasks = Vec::new();
    let mut told: HashSet<IntegrationId> = HashSet::new();
    for row in integrations.iter().filter(|row| matches!(row.status, IntegrationStatus::Error | IntegrationStatus::Pending)) {
        told.insert(row.id);
        let action = row.reason.as_ref().map(|reason| reason.action.as_str());
        let (button, href) = if row.status == IntegrationStatus::Pending {
            ("Finish connecting", format!("/integrations/connect/{}?integration={}", row.provider, row.id))
        } else if matches!(action, Some("reconnect" | "edit_credentials")) {
            ("Reconnect", format!("/integrations/connect/{}?integration={}", row.provider, row.id))
        } else {
            ("See why", format!("/integrations/{}", row.id))
        };
        let (tone, icon, title) = if row.status == IntegrationStatus::Pending {
            (Tone::Warning, Icon::Plug, format!("{} is not connected yet", row.name))
        } else {
            (Tone::Bad, Icon::Plug, format!("{} does not work", row.name))
        };
        let text =
            row.reason.as_ref().map_or_else(|| "The connection was begun and not finished.".to_owned(), |reason| reason.message.clone());
        tasks.push(Task { tone, icon, title, text, href, button });
    }
    for run in dashboard::list_failed_runs(db, organization, viewer.now - TimeDelta::days(1), 10).await? {
        let Some(row) = integrations.iter().find(|row| row.id == run.integration_id && told.insert(row.id)) else { continue };
        tasks.push(Task {
            tone: Tone::Bad,
            icon: Icon::Refresh,
            title: format!("The last sync of {} gave up", row.name),
            text: run.error.unwrap_or_else(|| "It was tried five times.".to_owned()),
            href: format!("/integrations/{}/runs", row.id),
            button: "See the run",
        });
    }
    if viewer.caller.may(Scope::WebhooksRead) {
        for (id, name, reason) in dashboard::list_stopped_webhooks(db, organization, 5).await? {
            tasks.push(Task {
                tone: Tone::Bad,
                icon: Icon::Webhook,
                title: format!("The webhook {name} is switched off"),
                text: reason,
                href: format!("/webhooks/{id}"),
                button: "Open the log",
            });
        }
    }
    if viewer.caller.may(Scope::IntegrationsWrite) {
        let letters = dead_letter::count_open(db, organization).await?;
        if letters > 0 {
            tasks.push(Task {
                tone: Tone::Warning,
                icon: Icon::DeadLetter,
                title: format!(
                    "{} for a decision",
                    if letters == 1 { "1 dead letter waits".to_owned() } else { format!("{} dead letters wait", count(letters)) }
                ),
                text: "They were tried as often as it makes sense. Try them again once the reason is gone, or discard them.".to_owned(),
                href: "/dead-letters".to_owned(),
                button: "Look at them",
            });
        }
    }
    let unread = notifications::list(&viewer.ctx, &viewer.caller, true, PageQuery { limit: 5, before: None }).await?.rows;
    for notice in unread {
        let (tone, icon) = match notice.level.as_str() {
            "error" => (Tone::Bad, Icon::Bell),
            "warning" => (Tone::Warning, Icon::Bell),
            _ => (Tone::Info, Icon::Bell),
        };
        tasks.push(Task { tone, icon, title: notice.title, text: notice.body, href: "/alerts".to_owned(), button: "Read" });
    }
    Ok(tasks)
}

async fn attention(viewer: &Viewer, integrations: &[IntegrationRow]) -> Result<AnyView> {
    let mut tasks = tasks(viewer, integrations).await?;
    if tasks.is_empty() {
        return Ok(view! { <p class="all-well">{Icon::CheckCircle.view()}<span>"Nothing needs you. Every connection works and nothing waits."</span></p> }.into_any());
    }
    let more = tasks.len().saturating_sub(AT_MOST);
    tasks.truncate(AT_MOST);
    let items = tasks
        .into_iter()
        .map(|task| {
            let class = format!("task {}", task.tone.class());
            view! {
                <li class=class>
                    <span class="task-mark">{task.icon.view()}</span>
                    <div class="grow"><p class="strong">{task.title}</p><p class="muted">{task.text}</p></div>
                    <LinkButton href=task.href label=task.button small=true/>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let note = (more > 0).then(|| format!("{} after these.", counted(i64::try_from(more).unwrap_or_default(), "more waits", "more wait")));
    Ok(view! {
        <section class="card" aria-labelledby="tasks-title">
            <header class="card-head"><div><h2 id="tasks-title">"Needs you today"</h2>{note.map(|note| view! { <p>{note}</p> })}</div></header>
            <ul class="tasks">{items}</ul>
        </section>
    }
    .into_any())
}

/// One strip for each connection: ninety cells over 24 hours.
async fn health(viewer: &Viewer, integrations: &[IntegrationRow]) -> Result<AnyView> {
    let now = viewer.now;
    let from = now - TimeDelta::hours(24);
    let mut rows: Vec<&IntegrationRow> = integrations.iter().collect();
    rows.sort_by_key(|row| match row.status {
        IntegrationStatus::Error => 0,
        IntegrationStatus::Pending => 1,
        IntegrationStatus::Active => 2,
        IntegrationStatus::Inactive => 3,
    });
    let rest = rows.len().saturating_sub(CONNECTIONS);
    rows.truncate(CONNECTIONS);
    let ids: Vec<IntegrationId> = rows.iter().map(|row| row.id).collect();
    let mut checks: HashMap<IntegrationId, Vec<(bool, DateTime<Utc>)>> = HashMap::new();
    for check in dashboard::list_checks_since(&viewer.ctx.store, viewer.caller.organization, &ids, from).await? {
        checks.entry(check.integration_id).or_default().push((check.success, check.at));
    }
    let items = rows
        .into_iter()
        .map(|row| {
            let checks = checks.remove(&row.id).unwrap_or_default();
            let worked = checks.iter().filter(|(success, _)| *success).count();
            let summary = if checks.is_empty() { "No check yet".to_owned() } else { format!("{worked} of {} checks worked", checks.len()) };
            let status = row.status;
            let evidence = match row.last_success_at {
                Some(at) => view! { "worked "<RelativeTime at now/> }.into_any(),
                None => "no call yet".into_any(),
            };
            view! {
                <li>
                    <div class="who">
                        <Monogram slug=row.provider.clone() name=provider_name(&row.provider)/>
                        <span><a href=format!("/integrations/{}", row.id)>{row.name.clone()}</a><span class="meta">{evidence}</span></span>
                    </div>
                    <StatusBadge status/>
                    <UptimeStrip cells=cells(&checks, from, now) summary from="24 h ago" to="now"/>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let more = (rest > 0).then(|| view! { <p class="card-foot"><a href="/integrations">{format!("{} more", count(i64::try_from(rest).unwrap_or_default()))}</a></p> });
    Ok(view! {
        <section class="card">
            <header class="card-head"><div><h2>"Connections"</h2><p>"Real calls of the last 24 hours."</p></div><LinkButton href="/integrations" label="All integrations" small=true/></header>
            <ul class="connections">{items}</ul>
            {more}
        </section>
    }
    .into_any())
}

/// A cell for each sixteen minutes.
fn cells(checks: &[(bool, DateTime<Utc>)], from: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Cell> {
    const CELLS: i64 = 90;
    let span = (now - from).num_milliseconds().max(1);
    let mut counts = [(0_u32, 0_u32); CELLS as usize];
    for (success, at) in checks {
        let index = ((*at - from).num_milliseconds() * CELLS / span).clamp(0, CELLS - 1);
        if let Some(slot) = usize::try_from(index).ok().and_then(|index| counts.get_mut(index)) {
            if *success { slot.0 += 1 } else { slot.1 += 1 }
        }
    }
    counts
        .iter()
        .map(|slot| match slot {
            (0, 0) => Cell::Unknown,
            (_, 0) => Cell::Up,
            (0, _) => Cell::Down,
            _ => Cell::Partly,
        })
        .collect()
}

/// Counts by hour as bars: for each state its place among the series.
async fn by_hour(viewer: &Viewer, counted: Counted, series: usize, place: impl Fn(&str) -> Option<usize>) -> Result<(Vec<Day>, u64)> {
    let hours = dashboard::last_hours(viewer.now, 24);
    let zone = viewer.me.time_zone.as_deref();
    let mut days: Vec<Day> = hours.iter().map(|(from, _)| Day { label: hour(*from, zone).into(), counts: vec![0; series] }).collect();
    let mut total = 0;
    for (index, state, number) in dashboard::count_by_hour(&viewer.ctx.store, viewer.caller.organization, counted, &hours).await? {
        let (Ok(index), Some(place)) = (usize::try_from(index), place(&state)) else { continue };
        let number = u64::try_from(number).unwrap_or_default();
        if let Some(slot) = days.get_mut(index).and_then(|day| day.counts.get_mut(place)) {
            *slot += number;
            total += number;
        }
    }
    Ok((days, total))
}

async fn syncs(viewer: &Viewer) -> Result<AnyView> {
    let series = vec![
        Series { label: "Worked".into(), tone: Tone::Good },
        Series { label: "Partly".into(), tone: Tone::Warning },
        Series { label: "Failed".into(), tone: Tone::Bad },
    ];
    let (days, total) = by_hour(viewer, Counted::Runs, 3, |state| match state.parse().ok()? {
        RunState::Succeeded => Some(0),
        RunState::Partial => Some(1),
        RunState::Failed => Some(2),
        _ => None,
    })
    .await?;
    let note = counted(i64::try_from(total).unwrap_or_default(), "run in 24 hours", "runs in 24 hours");
    if total == 0 {
        return Ok(
            view! { <Card title="Syncs" note=note><p class="muted">"Nothing was synced in the last 24 hours."</p></Card> }.into_any()
        );
    }
    Ok(view! { <Card title="Syncs" note=note><DayBars title="Sync runs of the last 24 hours" series days unit="hour"/></Card> }.into_any())
}

async fn deliveries(viewer: &Viewer) -> Result<AnyView> {
    if !viewer.caller.may(Scope::WebhooksRead) {
        return Ok(().into_any());
    }
    let series = vec![
        Series { label: "Delivered".into(), tone: Tone::Good },
        Series { label: "Waiting".into(), tone: Tone::Info },
        Series { label: "Failed".into(), tone: Tone::Bad },
    ];
    let (days, total) = by_hour(viewer, Counted::Deliveries, 3, |state| match state.parse().ok()? {
        DeliveryState::Succeeded => Some(0),
        DeliveryState::Pending => Some(1),
        DeliveryState::Failed => Some(2),
    })
    .await?;
    let note = counted(i64::try_from(total).unwrap_or_default(), "delivery in 24 hours", "deliveries in 24 hours");
    if total == 0 {
        let may_subscribe = viewer.caller.may(Scope::WebhooksWrite);
        return Ok(view! {
            <Card title="Webhook deliveries" note=note>
                <p class="muted">"Every change here can leave as a signed webhook, to any program that shall know of it."</p>
                {may_subscribe.then(|| view! { <div class="button-row"><LinkButton href="/webhooks" label="Open webhooks" small=true/></div> })}
            </Card>
        }
        .into_any());
    }
    Ok(view! { <Card title="Webhook deliveries" note=note><DayBars title="Webhook deliveries of the last 24 hours" series days unit="hour"/></Card> }.into_any())
}

async fn interviews(viewer: &Viewer) -> Result<AnyView> {
    if !viewer.caller.may(Scope::RecordsRead) {
        return Ok(().into_any());
    }
    let zone = viewer.me.time_zone.as_deref();
    let (from, until) = today(viewer.now, zone);
    let rows = list_interviews_of_span(&viewer.ctx.store, viewer.caller.organization, Span::Between(from, until), 8).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.application_id).collect();
    let apps = list_applications_by_ids(&viewer.ctx.store, viewer.caller.organization, &ids).await?;
    let around = applications::around(&viewer.ctx, &viewer.caller, &apps).await?;
    let items = rows
        .into_iter()
        .filter(|row| row.status != InterviewStatus::Cancelled)
        .map(|row| {
            let candidate = apps.iter().find(|app| app.id == row.application_id).and_then(|app| around.candidates.get(&app.candidate_id));
            let person = candidate.map(|candidate| view! { <a href=format!("/candidates/{}", candidate.id)>{name_of(candidate)}</a> });
            let at = row.starts_at.map(|at| hour(at, zone));
            view! { <li><span class="strong">{at}</span><span class="grow">{person}<span class="meta truncate">{row.title}</span></span></li> }
        })
        .collect::<Vec<_>>();
    let is_empty = items.is_empty();
    Ok(view! {
        <section class="card">
            <header class="card-head"><div><h2>"Interviews today"</h2></div><LinkButton href="/interviews" label="All" small=true/></header>
            {if is_empty {
                view! { <div class="card-body"><p class="muted">"None today."</p></div> }.into_any()
            } else {
                view! { <ul class="list agenda">{items}</ul> }.into_any()
            }}
        </section>
    }
    .into_any())
}

async fn recent(viewer: &Viewer) -> Result<AnyView> {
    if !viewer.caller.may(Scope::RecordsRead) {
        return Ok(().into_any());
    }
    let rows = timeline::list(&viewer.ctx, &viewer.caller, EventFilter::default(), PageQuery { limit: 7, before: None }).await?.rows;
    let beside = Beside::load(viewer, &rows, About::All).await?;
    let is_empty = rows.is_empty();
    let views = entries(viewer, &rows, &beside);
    Ok(view! {
        <Card title="What happened last">
            {if is_empty {
                view! { <p class="muted">"Nothing yet. The first sync fills this."</p> }.into_any()
            } else {
                view! { <Timeline>{views}</Timeline> }.into_any()
            }}
        </Card>
    }
    .into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_fall_into_their_cells() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let from = now - TimeDelta::hours(24);
        let cells = cells(&[(true, from), (false, now), (true, now), (false, from + TimeDelta::minutes(17))], from, now);
        assert_eq!(cells.len(), 90);
        assert_eq!((cells[0], cells[1], cells[2], cells[89]), (Cell::Up, Cell::Down, Cell::Unknown, Cell::Partly));
    }
}
