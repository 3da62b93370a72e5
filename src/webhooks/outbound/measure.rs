//! For `cargo xtask bench webhooks`: the sender without everything around it, and a long history.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use serde_json::json;
use tokio::task::JoinSet;
use url::Url;

use super::fan_out::body_row;
use super::guard::Policy;
use super::payload::Payload;
use super::sender::{Request, Sender, header_map};
use super::subscriptions::{self, WebhookIn};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::{DeliveryId, OrgId};
use crate::domain::status::DeliveryState;
use crate::fault::{Fault, Result};
use crate::store::Json;
use crate::store::delivery::attempt::{AttemptRow, insert_attempts};
use crate::store::delivery::{self, Claim, DeliveryInsert};
use crate::store::event::{EventRow, insert_events};

/// Deliveries of one transaction.
const BATCH: u64 = 500;

/// Sends the same request over and over, `in_flight` at once, and says how many were answered a second.
///
/// # Errors
/// When the client cannot be built.
pub async fn bare_loop(policy: Arc<Policy>, url: &Url, in_flight: usize, duration: Duration) -> std::result::Result<f64, reqwest::Error> {
    let sender = Sender::new(policy)?;
    let body = Bytes::from(vec![b'x'; 400]);
    let names = ["x-webhook-event", "x-webhook-id", "x-webhook-signature", "webhook-id", "webhook-timestamp", "webhook-signature"];
    // As long as the real ones.
    let value = "0123456789abcdef".repeat(3);
    let headers = header_map(names.into_iter().map(|name| (name, value.as_str())).chain([("content-type", "application/json")]));
    let answered = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut tries = JoinSet::new();
    for _ in 0..in_flight {
        let (sender, answered) = (sender.clone(), Arc::clone(&answered));
        let request = Request { url: url.clone(), headers: headers.clone(), body: body.clone(), timeout: Duration::from_secs(30) };
        tries.spawn(async move {
            while started.elapsed() < duration {
                if sender.send(request.clone()).await.status.is_some() {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while tries.join_next().await.is_some() {}
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let count = answered.load(Ordering::Relaxed) as f64;
    Ok(count / started.elapsed().as_secs_f64())
}

/// Adds finished deliveries of made-up events to a subscription that is switched off.
///
/// # Errors
/// The store's.
pub async fn fill_history(ctx: &Context, organization: OrgId, deliveries: u64) -> Result<()> {
    let caller = Caller::system(organization, "measure", ctx.clock.new_id());
    let subscription = WebhookIn {
        name: Some("History".to_owned()),
        url: Some("https://history.example".to_owned()),
        events: Some(vec![EventKind::CandidateUpdated.as_str().to_owned()]),
        is_active: Some(false),
        ..WebhookIn::default()
    };
    let webhook = subscriptions::create(ctx, &caller, &subscription).await?.webhook.id;
    let mut left = deliveries;
    while left > 0 {
        let count = left.min(BATCH);
        left -= count;
        let now = ctx.clock.now();
        let mut tx = ctx.store.begin().await?;
        let events: Vec<EventRow> = (0..count).map(|number| event(ctx, organization, number, now)).collect();
        insert_events(&mut tx, &events).await?;
        let bodies = events.iter().map(|event| {
            let payload = Payload::new(event.kind.as_str(), event.occurred_at, organization, &event.data.0).map_err(Fault::internal)?;
            Ok(body_row(&payload, event.id, event.kind.as_str()))
        });
        delivery::insert_bodies(&mut tx, &bodies.collect::<Result<Vec<_>>>()?, now).await?;
        let inserts: Vec<DeliveryInsert> = events
            .iter()
            .map(|event| DeliveryInsert {
                id: ctx.clock.new(),
                organization_id: organization,
                webhook_id: webhook,
                event_id: event.id,
                event_name: event.kind.as_str().to_owned(),
                order_key: None,
                next_at: now,
                replay_of: None,
                created_at: now,
            })
            .collect();
        delivery::insert_deliveries(&mut tx, &inserts).await?;
        let limit = i64::try_from(count).unwrap_or(i64::MAX);
        let lease_until = now + TimeDelta::minutes(1);
        let claim = Claim { owner: "measure", webhook, ordered: false, now, lease_until, limit };
        let claimed = delivery::claim_deliveries(&mut tx, claim).await?;
        let attempts: Vec<AttemptRow> = claimed.iter().map(|row| attempt(ctx, row, now)).collect();
        insert_attempts(&mut tx, &attempts.iter().collect::<Vec<_>>()).await?;
        let ids: Vec<DeliveryId> = claimed.iter().map(|row| row.id).collect();
        delivery::finish_succeeded(&mut tx, "measure", &ids, 200, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn event(ctx: &Context, organization: OrgId, number: u64, now: chrono::DateTime<Utc>) -> EventRow {
    EventRow {
        id: ctx.clock.new(),
        organization_id: organization,
        kind: EventKind::CandidateUpdated,
        candidate_id: None,
        job_id: None,
        application_id: None,
        integration_id: None,
        actor_kind: "system".to_owned(),
        actor_name: "measure".to_owned(),
        summary: "A made-up event".to_owned(),
        data: Json(json!({ "n": number, "firstName": "Ada", "lastName": "Lovelace", "note": "One of many events that arrived long ago." })),
        trace_id: None,
        occurred_at: now,
    }
}

fn attempt(ctx: &Context, row: &delivery::ClaimedRow, now: chrono::DateTime<Utc>) -> AttemptRow {
    let value = "0123456789abcdef".repeat(3);
    let names = ["content-type", "x-webhook-event", "x-webhook-id", "x-webhook-signature", "webhook-id", "webhook-signature"];
    AttemptRow {
        id: ctx.clock.new(),
        organization_id: row.organization_id,
        webhook_id: row.webhook_id,
        delivery_id: row.id,
        event_id: row.event_id,
        event_name: row.event_name.clone(),
        attempt: 1,
        state: DeliveryState::Succeeded,
        status_code: Some(200),
        error_code: None,
        error: None,
        request_headers: Json(names.into_iter().map(|name| (name.to_owned(), value.clone())).collect::<BTreeMap<_, _>>()),
        response_headers: Some(Json(vec![("content-length".to_owned(), "2".to_owned())])),
        response_body: Some("ok".to_owned()),
        address: Some("192.0.2.1:443".to_owned()),
        duration_ms: Some(3),
        timing: None,
        at: now,
        next_attempt_at: None,
    }
}
