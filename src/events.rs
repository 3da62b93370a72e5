//! Writing down what happened: the event, and the webhook deliveries that follow from it, in the transaction of the change itself.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::{ApplicationId, CandidateId, EventId, IntegrationId, JobId, OrgId};
use crate::queue::NewTask;
use crate::store::chat_rule;
use crate::store::event::{EventRow, insert_events};
use crate::store::{self, Json, Tx};
use crate::webhooks::outbound::fan_out::fan_out;

/// An event to write down.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// What happened.
    pub kind: EventKind,
    /// One sentence for the timeline, present tense.
    pub summary: String,
    /// What receivers get as `data`.
    pub data: Value,
    /// About which candidate.
    pub candidate: Option<CandidateId>,
    /// About which job.
    pub job: Option<JobId>,
    /// About which application.
    pub application: Option<ApplicationId>,
    /// Through which connection.
    pub integration: Option<IntegrationId>,
}

impl NewEvent {
    /// An event about nothing in particular yet.
    pub fn new(kind: EventKind, summary: impl Into<String>, data: Value) -> Self {
        Self { kind, summary: summary.into(), data, candidate: None, job: None, application: None, integration: None }
    }
}

/// Who made it happen.
#[derive(Debug, Clone)]
pub struct Origin {
    /// For which organization.
    pub organization: OrgId,
    /// `user`, `api_key` or `system`.
    pub kind: &'static str,
    /// Their name, or the connected tool's.
    pub name: String,
    /// Ties everything that follows from one cause together.
    pub trace: Uuid,
}

impl From<&Caller> for Origin {
    fn from(caller: &Caller) -> Self {
        Self { organization: caller.organization, kind: caller.kind(), name: caller.name().to_owned(), trace: caller.trace }
    }
}

/// An event that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Its id.
    pub id: EventId,
    /// To how many webhook subscriptions it goes.
    pub deliveries: usize,
}

/// Writes events down with the deliveries they cause, with few statements however many they are. Call `ctx.queue.wake()` after the commit.
///
/// # Errors
/// The store's.
pub async fn record(ctx: &Context, tx: &mut Tx, origin: &Origin, events: Vec<NewEvent>) -> store::Result<Vec<Recorded>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let now = ctx.clock.now();
    let rows: Vec<EventRow> = events.into_iter().map(|event| row(ctx, origin, event, now)).collect();
    insert(ctx, tx, &rows).await
}

/// The same for events of several origins, in the order they came.
///
/// # Errors
/// The store's.
pub async fn record_each(ctx: &Context, tx: &mut Tx, events: &[(Origin, NewEvent)]) -> store::Result<Vec<Recorded>> {
    let now = ctx.clock.now();
    let rows: Vec<EventRow> = events.iter().map(|(origin, event)| row(ctx, origin, event.clone(), now)).collect();
    insert(ctx, tx, &rows).await
}

fn row(ctx: &Context, origin: &Origin, event: NewEvent, now: DateTime<Utc>) -> EventRow {
    EventRow {
        id: ctx.clock.new(),
        organization_id: origin.organization,
        kind: event.kind,
        candidate_id: event.candidate,
        job_id: event.job,
        application_id: event.application,
        integration_id: event.integration,
        actor_kind: origin.kind.to_owned(),
        actor_name: origin.name.clone(),
        summary: event.summary,
        data: Json(event.data),
        trace_id: Some(origin.trace),
        occurred_at: now,
    }
}

async fn insert(ctx: &Context, tx: &mut Tx, rows: &[EventRow]) -> store::Result<Vec<Recorded>> {
    insert_events(tx, rows).await?;
    let mut recorded = Vec::with_capacity(rows.len());
    for part in rows.chunk_by(|a, b| a.organization_id == b.organization_id) {
        let deliveries = fan_out(ctx, tx, part[0].organization_id, part).await?;
        tell_chats(ctx, tx, part[0].organization_id, part).await?;
        recorded.extend(part.iter().zip(deliveries).map(|(row, deliveries)| Recorded { id: row.id, deliveries }));
    }
    Ok(recorded)
}

/// One task per rule that wants an event. Whether its filter lets the event through is looked at when it is posted.
async fn tell_chats(ctx: &Context, tx: &mut Tx, organization: OrgId, rows: &[EventRow]) -> store::Result<()> {
    let mut kinds: Vec<EventKind> = Vec::new();
    for row in rows {
        if !kinds.contains(&row.kind) {
            kinds.push(row.kind);
        }
    }
    let rules = chat_rule::list_wanting(tx, organization, &kinds).await?;
    if rules.is_empty() {
        return Ok(());
    }
    let tasks = rows
        .iter()
        .flat_map(|row| rules.iter().filter(|rule| rule.event == row.kind.as_str()).map(move |rule| (row, rule)))
        .map(|(row, rule)| {
            let payload = serde_json::json!({ "organization": organization, "rule": rule.id, "event": row.id });
            NewTask::new("chat", "chat.post", &payload)
                .lane(format!("chat:{}", rule.integration_id))
                .unique(format!("{}:{}", rule.id, row.id))
                .organization(organization)
                .trace(row.trace_id.unwrap_or_default())
        })
        .collect();
    ctx.queue.enqueue_all(tx, tasks).await?;
    Ok(())
}
