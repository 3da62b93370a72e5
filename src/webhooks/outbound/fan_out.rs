//! From an event to the deliveries it causes, in the event's own transaction.
//!
//! Which subscriptions there are is remembered per organization. What is remembered is compared with the rows' versions inside the very
//! transaction, so a subscription that another process made, changed or deleted counts from its commit on.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value;

use super::filter::Filter;
use super::payload::Payload;
use crate::context::Context;
use crate::domain::event::{self, EventKind};
use crate::domain::id::{EventId, OrgId, WebhookId};
use crate::store::delivery::{BodyRow, DeliveryInsert, insert_bodies, insert_deliveries};
use crate::store::event::EventRow;
use crate::store::webhook::{WebhookRow, WebhookVersion, list_active_webhooks, list_webhook_versions};
use crate::store::{self, Tx};

/// How many organizations' subscriptions are remembered.
const REMEMBERED: usize = 4096;

/// Stands for every event in a subscription's list.
pub const EVERY: &str = "*";

/// What a subscription wants.
#[derive(Debug, Clone)]
pub struct Wish {
    /// The subscription.
    pub webhook: WebhookId,
    names: Vec<(EventKind, String)>,
    every: bool,
    filter: Filter,
}

impl Wish {
    /// Reads a row. A stored filter that cannot be read lets nothing through, rather than everything.
    pub fn of(row: &WebhookRow) -> Self {
        let names = row.events.iter().filter_map(|name| Some((event::resolve(name)?, name.clone()))).collect();
        let filter = row.filter.as_ref().map_or(Ok(Filter::default()), |filter| Filter::parse(&filter.0, ""));
        let is_readable = filter.is_ok();
        if !is_readable {
            tracing::error!(webhook.id = %row.id, "the stored filter cannot be read; nothing is sent");
        }
        Self {
            webhook: row.id,
            names: if is_readable { names } else { Vec::new() },
            every: is_readable && row.events.iter().any(|name| name == EVERY),
            filter: filter.unwrap_or_default(),
        }
    }

    /// The name under which it receives this kind, if it does. A name given first wins.
    pub fn name_for(&self, kind: EventKind) -> Option<&str> {
        let named = self.names.iter().find(|(wanted, _)| *wanted == kind).map(|(_, name)| name.as_str());
        named.or(if self.every { Some(kind.as_str()) } else { None })
    }

    /// Every kind it receives.
    pub fn kinds(&self) -> Vec<EventKind> {
        EventKind::ALL.iter().copied().filter(|kind| self.name_for(*kind).is_some()).collect()
    }

    /// Whether a body passes its filter.
    pub fn passes(&self, body: &Value) -> bool {
        self.filter.matches(body)
    }
}

#[derive(Debug)]
struct Remembered {
    versions: Vec<WebhookVersion>,
    wishes: Vec<Wish>,
}

/// Shared by every database of the process: what is in it is only used when it equals the rows' versions.
static REMEMBER: LazyLock<Mutex<HashMap<OrgId, Arc<Remembered>>>> = LazyLock::new(Mutex::default);

async fn wishes(tx: &mut Tx, organization: OrgId) -> store::Result<Option<Arc<Remembered>>> {
    let versions = list_webhook_versions(tx, organization).await?;
    if versions.is_empty() {
        return Ok(None);
    }
    let known = REMEMBER.lock().unwrap_or_else(PoisonError::into_inner).get(&organization).cloned();
    if let Some(known) = known.filter(|known| known.versions == versions) {
        return Ok(Some(known));
    }
    let wishes = list_active_webhooks(tx, organization).await?.iter().map(Wish::of).collect();
    let fresh = Arc::new(Remembered { versions, wishes });
    let mut remember = REMEMBER.lock().unwrap_or_else(PoisonError::into_inner);
    if remember.len() >= REMEMBERED {
        remember.clear();
    }
    remember.insert(organization, Arc::clone(&fresh));
    Ok(Some(fresh))
}

/// Inserts the deliveries of events of one organization, and the bytes they send. Returns how many deliveries each event caused.
///
/// # Errors
/// The store's.
pub async fn fan_out(ctx: &Context, tx: &mut Tx, organization: OrgId, events: &[EventRow]) -> store::Result<Vec<usize>> {
    let mut counts = vec![0; events.len()];
    let Some(known) = wishes(tx, organization).await? else { return Ok(counts) };
    let now = ctx.clock.now();
    let mut deliveries = Vec::new();
    let mut bodies = Vec::new();
    for (event, count) in events.iter().zip(&mut counts) {
        let payload = match Payload::new(event.kind.as_str(), event.occurred_at, organization, &event.data.0) {
            Ok(payload) => payload,
            Err(error) => {
                // The change itself must not fail for it.
                tracing::error!(event.id = %event.id, %error, "the event is not sent as a webhook");
                continue;
            }
        };
        let mut read: Option<Value> = None;
        let mut names: Vec<&str> = Vec::new();
        for wish in &known.wishes {
            let Some(name) = wish.name_for(event.kind) else { continue };
            if !wish.filter.is_empty() {
                let body = read.get_or_insert_with(|| serde_json::from_slice(payload.body()).unwrap_or_default());
                if !wish.passes(body) {
                    continue;
                }
            }
            deliveries.push(DeliveryInsert {
                id: ctx.clock.new(),
                organization_id: organization,
                webhook_id: wish.webhook,
                event_id: event.id,
                event_name: name.to_owned(),
                order_key: order_key(event),
                next_at: now,
                replay_of: None,
                created_at: now,
            });
            *count += 1;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        bodies.extend(names.into_iter().map(|name| body_row(&payload, event.id, name)));
    }
    insert_bodies(tx, &bodies, now).await?;
    insert_deliveries(tx, &deliveries).await?;
    Ok(counts)
}

/// The bytes of an event under one name, as they are stored.
pub fn body_row(payload: &Payload, event: EventId, name: &str) -> BodyRow {
    BodyRow { event_id: event, name: name.to_owned(), body: payload.under(name).into() }
}

/// What keeps the order of an event's deliveries: the candidate it is about, or else the application, or else the job.
pub fn order_key(event: &EventRow) -> Option<String> {
    let candidate = event.candidate_id.map(|id| id.to_string());
    candidate.or_else(|| event.application_id.map(|id| id.to_string())).or_else(|| event.job_id.map(|id| id.to_string()))
}
