//! Renewing tokens before they end, for every connection, whether anything uses it or not; and telling people by when to connect again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::status::IntegrationStatus;
use crate::fault::Result;
use crate::integrations::{connection, evidence};
use crate::providers::{Error, NoTokens};
use crate::queue::{NewTask, Outcome, Worker};
use crate::random;
use crate::store::integration::{self, IntegrationRow};
use crate::store::notification::{self, NotificationRow};

const KIND: &str = "integrations.refresh";
/// How often is looked for tokens that are due.
const EVERY: TimeDelta = TimeDelta::seconds(15);
/// How many are taken at once, and how many of them are renewed side by side.
const BATCH: i64 = 200;
const SIDE_BY_SIDE: usize = 8;
/// People are told so many days before they have to connect again.
const REMIND_DAYS: [i64; 3] = [1, 7, 14];

/// The task that keeps itself going.
pub fn timer() -> NewTask {
    NewTask::new(super::super::health::QUEUE, KIND, &()).unique(KIND).tries(i64::MAX)
}

/// Handles the task.
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let ctx = ctx.clone();
    worker.handle(KIND, 1, move |_| {
        let ctx = ctx.clone();
        async move {
            for work in [run_due(&ctx).await.map(drop), remind(&ctx).await] {
                if let Err(fault) = work {
                    fault.log();
                }
            }
            Outcome::Again(ctx.clock.now() + EVERY)
        }
    })
}

/// Renews every token that is due now and says how many were renewed here. Other processes may do the same at the same time.
///
/// # Errors
/// The store's.
pub async fn run_due(ctx: &Context) -> Result<usize> {
    let mut renewed = 0;
    loop {
        let due = integration::list_refresh_due(&ctx.store, ctx.clock.now(), BATCH).await?;
        let is_last = due.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        let mut worked = 0;
        for few in due.chunks(SIDE_BY_SIDE) {
            for result in futures::future::join_all(few.iter().map(|row| renew(ctx, row))).await {
                match result {
                    Ok(true) => worked += 1,
                    Ok(false) => {}
                    Err(fault) => fault.log(),
                }
            }
        }
        renewed += worked;
        // Whatever was not renewed has another time by now, or belongs to another process.
        if is_last || worked == 0 {
            return Ok(renewed);
        }
    }
}

/// Renews one token. A failure becomes the connection's reason, or another try soon.
async fn renew(ctx: &Context, row: &IntegrationRow) -> Result<bool> {
    let provider = connection::provider(ctx, &row.provider)?;
    let Some(credentials) = connection::read(ctx, row.id).await? else {
        return postpone(ctx, row, None).await.map(|()| false);
    };
    let tokens = connection::stored_tokens(ctx, row, &provider, &credentials);
    let cx =
        connection::build(ctx, provider.entry(), row.id, credentials, row.config.0.clone())?.with_tokens(std::sync::Arc::new(NoTokens));
    let error = match tokens.renew_due(&cx, row.token_expires_at).await {
        Ok(is_ours) => return Ok(is_ours),
        Err(error) => error,
    };
    tracing::warn!(integration.id = %row.id, provider = row.provider, error.code = error.code(), "a token could not be renewed");
    let again = next_try(ctx.clock.now(), row.token_expires_at, &error);
    let mut tx = ctx.store.begin().await?;
    integration::update_refresh_at(&mut tx, row.id, again).await?;
    // A token that still works is no reason to call the connection broken: only what cannot pass by itself is.
    if !error.is_retryable() {
        evidence::note(ctx, &mut tx, row, &cx, Err(&error), false).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(false)
}

async fn postpone(ctx: &Context, row: &IntegrationRow, until: Option<DateTime<Utc>>) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    integration::update_refresh_at(&mut tx, row.id, until).await?;
    Ok(tx.commit().await?)
}

/// When to try again: soon while the old token lives, less often after it ended, not at all where a person is needed.
fn next_try(now: DateTime<Utc>, ends_at: Option<DateTime<Utc>>, error: &Error) -> Option<DateTime<Utc>> {
    let wait = match error {
        Error::Reconnect { .. } | Error::Unauthorized { .. } | Error::Forbidden { .. } | Error::Invalid { .. } => return None,
        Error::Misconfigured { .. } => Duration::from_mins(10),
        error => {
            let soon = if ends_at.is_none_or(|end| end > now) { Duration::from_secs(30) } else { Duration::from_mins(5) };
            error.retry_after().unwrap_or(soon).max(soon)
        }
    };
    let wait = wait.mul_f64(1.0 + 0.2 * random::fraction());
    Some(now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(5)))
}

/// Tells people about connections that cannot be renewed for ever, and marks the ones whose day has come.
///
/// # Errors
/// The store's.
pub async fn remind(ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let furthest = TimeDelta::days(REMIND_DAYS[REMIND_DAYS.len() - 1]);
    for row in integration::list_reconnect_due(&ctx.store, now + furthest).await? {
        let Some(by) = row.reconnect_by else { continue };
        let mut tx = ctx.store.begin().await?;
        if by <= now {
            if row.status == IntegrationStatus::Active {
                let provider = connection::provider(ctx, &row.provider)?;
                let cx = connection::build(ctx, provider.entry(), row.id, Default::default(), row.config.0.clone())?;
                let ended = Error::Reconnect { message: "it has run out and cannot be renewed".to_owned() };
                evidence::note(ctx, &mut tx, &row, &cx, Err(&ended), false).await?;
            }
        } else if let Some(days) = REMIND_DAYS.iter().find(|days| by - now <= TimeDelta::days(**days)) {
            notification::insert_notification(&mut tx, &reminder(ctx, &row, by, *days)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

fn reminder(ctx: &Context, row: &IntegrationRow, by: DateTime<Utc>, days: i64) -> NotificationRow {
    NotificationRow {
        id: ctx.clock.new_id(),
        organization_id: row.organization_id,
        user_id: None,
        kind: "integration.reconnect_by".to_owned(),
        level: "warning".to_owned(),
        title: format!("Connect {} again by {}", row.name, by.format("%-d %B %Y")),
        body: format!("{} ends this connection on that day. Connecting again takes a minute; settings and history stay.", row.name),
        link: Some(format!("/integrations/connect/{}?integration={}", row.provider, row.id)),
        dedupe_key: Some(format!("reconnect_by:{}:{}:{days}", row.id, by.date_naive())),
        created_at: ctx.clock.now(),
        read_at: None,
    }
}
