//! The outcome of a try: what it means for its delivery, and how outcomes reach the database, many in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::store::Json;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::breaker::Change;
use super::lane::{Claimed, LaneChange};
use super::notices;
use super::schedule::{self, Verdict};
use super::sender::Outcome;
use super::target::Target;
use crate::context::Context;
use crate::domain::id::{AttemptId, DeliveryId};
use crate::domain::status::DeliveryState;
use crate::store::delivery::attempt::{self, AttemptRow};
use crate::store::delivery::{self, DeliveryResult};
use crate::store::{self, webhook};

/// A finished try, to be written down.
#[derive(Debug)]
pub struct Finished {
    /// The log's entry.
    pub attempt: AttemptRow,
    /// What it means for the delivery.
    pub result: DeliveryResult,
    /// What it means for the receiver.
    pub verdict: Verdict,
    /// How long the receiver as a whole asked to be left alone.
    pub pause: Option<Duration>,
    /// What it changed in the lane.
    pub change: LaneChange,
    /// Whether another delivery waits for this one's end.
    pub ordered: bool,
}

/// What a try was.
#[derive(Debug)]
pub struct Try<'a> {
    /// To whom.
    pub target: &'a Target,
    /// What.
    pub claimed: &'a Claimed,
    /// The headers as the log may show them.
    pub shown_headers: BTreeMap<String, String>,
    /// When it began.
    pub at: DateTime<Utc>,
}

impl Finished {
    /// Judges an outcome. `random` is from 0 up to 1, `ended` is now.
    pub fn judge(id: AttemptId, tried: Try<'_>, outcome: Outcome, ended: DateTime<Utc>, random: f64) -> Self {
        let (target, row) = (tried.target, &tried.claimed.row);
        let nth = row.attempts + 1;
        let verdict = schedule::verdict(outcome.status);
        let retry_after = outcome.retry_after.as_deref().and_then(|value| schedule::parse_retry_after(value, ended));
        let wait = match verdict {
            Verdict::Retry => target.schedule.wait_after(u32::try_from(nth).unwrap_or(u32::MAX), retry_after, random),
            Verdict::Success | Verdict::Disable => None,
        };
        let next_at = wait.map(|wait| ended + wait);
        let is_success = verdict == Verdict::Success;
        let (error_code, error) = match (&outcome.error, outcome.status) {
            (Some(error), _) => (Some(error.code.as_str().to_owned()), Some(error.sentence.clone())),
            (None, Some(status)) if !is_success => (Some("http_status".to_owned()), Some(sentence(status))),
            _ => (None, None),
        };
        let status_code = outcome.status.map(i64::from);
        let state = match (is_success, next_at) {
            (true, _) => DeliveryState::Succeeded,
            (false, Some(_)) => DeliveryState::Pending,
            (false, None) => DeliveryState::Failed,
        };
        let attempt = AttemptRow {
            id,
            organization_id: row.organization_id,
            webhook_id: row.webhook_id,
            delivery_id: row.id,
            event_id: row.event_id,
            event_name: row.event_name.clone(),
            attempt: nth,
            state: if is_success { DeliveryState::Succeeded } else { DeliveryState::Failed },
            status_code,
            error_code,
            error: error.clone(),
            request_headers: Json(tried.shown_headers),
            response_headers: outcome.status.map(|_| Json(outcome.response_headers)),
            response_body: outcome.status.map(|_| outcome.body_head),
            address: outcome.address.map(|address| address.to_string()),
            duration_ms: i64::try_from(outcome.duration.as_millis()).ok(),
            timing: serde_json::to_value(outcome.timing).ok().map(Json),
            at: tried.at,
            next_attempt_at: next_at,
        };
        let result = DeliveryResult {
            id: row.id,
            state,
            next_at: next_at.unwrap_or(ended),
            last_status: status_code,
            last_error: error,
            finished_at: (state != DeliveryState::Pending).then_some(ended),
        };
        let change = LaneChange { breaker: Change::None, failing_since: None, warning: None, wants_more: false };
        // What a receiver says while it is overloaded holds for all its messages.
        let pause = retry_after.filter(|_| matches!(outcome.status, Some(429 | 503)));
        let ordered = target.ordered && row.order_key.is_some();
        Self { attempt, result, verdict, pause, change, ordered }
    }

    /// Whether the receiver as a whole is in trouble.
    pub fn is_trouble(&self) -> bool {
        let status = self.attempt.status_code.and_then(|status| u16::try_from(status).ok());
        schedule::is_receiver_trouble(status)
    }
}

fn sentence(status: u16) -> String {
    match status {
        300..=399 => format!("The receiver answered with status {status}. Redirects are not followed."),
        410 => "The receiver answered with status 410 (gone). The subscription was switched off.".to_owned(),
        _ => format!("The receiver answered with status {status}."),
    }
}

impl Finished {
    /// Whether its subscription is switched off with it.
    pub fn switches_off(&self) -> bool {
        self.verdict == Verdict::Disable || self.change.warning.is_some_and(|warning| warning.is_last())
    }
}

/// Writes outcomes in one transaction.
///
/// # Errors
/// The store's.
async fn write(ctx: &Context, owner: &str, batch: &[Finished]) -> store::Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    let attempts: Vec<&AttemptRow> = batch.iter().map(|finished| &finished.attempt).collect();
    attempt::insert_attempts(&mut tx, &attempts).await?;
    let mut arrived: HashMap<i64, Vec<DeliveryId>> = HashMap::new();
    for finished in batch {
        match (finished.result.state, finished.result.last_status) {
            (DeliveryState::Succeeded, Some(status)) => arrived.entry(status).or_default().push(finished.result.id),
            _ => delivery::finish_failed(&mut tx, owner, &finished.result).await?,
        }
    }
    for (status, ids) in &arrived {
        delivery::finish_succeeded(&mut tx, owner, ids, *status, now).await?;
    }
    let mut is_told = false;
    for finished in batch {
        let id = finished.attempt.webhook_id;
        if let Some(Some(since)) = finished.change.failing_since {
            webhook::set_failing(&mut tx, id, since).await?;
        } else if finished.change.failing_since == Some(None) && webhook::clear_failing(&mut tx, id).await? {
            notices::recovered(ctx, &mut tx, &finished.attempt).await?;
            is_told = true;
        }
        match finished.change.breaker {
            Change::None => {}
            Change::Opened(until) => {
                let state: Value = json!({"state": "open", "until": until, "reason": finished.attempt.error});
                webhook::set_breaker(&mut tx, id, Some(&Json(state))).await?;
            }
            Change::Closed => webhook::set_breaker(&mut tx, id, None).await?,
        }
        if let Some(warning) = finished.change.warning
            && webhook::set_warned(&mut tx, id, warning.percent, now).await?
        {
            notices::warned(ctx, &mut tx, &finished.attempt, warning).await?;
            is_told = true;
        }
        if finished.verdict == Verdict::Disable {
            is_told |= notices::gone(ctx, &mut tx, &finished.attempt).await?;
        }
    }
    tx.commit().await?;
    if is_told {
        // Letters wait in the queue.
        ctx.queue.wake();
    }
    Ok(())
}

/// Writes outcomes, as long as it takes: an outage of the database loses none. Gives up only on what can never be written, such as the
/// outcome for a subscription that was deleted meanwhile.
pub async fn write_until_done(ctx: &Context, owner: &str, batch: &[Finished]) {
    let mut trouble = 0_u32;
    loop {
        match write(ctx, owner, batch).await {
            Ok(()) => return,
            Err(error) if error.is_transient() => {
                trouble += 1;
                if trouble.is_power_of_two() {
                    tracing::warn!(%error, trouble, outcomes = batch.len(), "webhook outcomes could not be written yet");
                }
                tokio::time::sleep(Duration::from_millis(50 * u64::from(trouble.min(40)))).await;
            }
            Err(error) if batch.len() == 1 => {
                let webhook = batch.first().map(|finished| finished.attempt.webhook_id);
                tracing::info!(%error, webhook.id = webhook.map(tracing::field::display), "a webhook outcome has no place any more");
                return;
            }
            Err(_) => {
                // One of them cannot be written; the others shall not suffer for it.
                for one in batch {
                    Box::pin(write_until_done(ctx, owner, std::slice::from_ref(one))).await;
                }
                return;
            }
        }
    }
}
