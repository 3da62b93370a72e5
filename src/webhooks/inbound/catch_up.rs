//! After an outage: providers give up sending after some time, so what they tried to say is read instead.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::fault::Result;
use crate::providers::schemes;
use crate::store::{integration, mark};
use crate::sync;

/// When messages could last be taken in, by any process.
const MARK: &str = "receiving";
/// How often that is written down.
const EVERY: Duration = Duration::from_secs(15);

/// Writes down that messages can be taken in, for as long as the server runs, and begins to catch up after every gap: also one in which
/// only the database was away.
pub async fn keep(ctx: Context, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(fault) = tick(&ctx).await {
            fault.log();
        }
        tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(EVERY) => {} }
    }
}

/// Looks at the gap since the last time, and begins to catch up if some provider may have given up meanwhile. Returns how many syncs began.
///
/// # Errors
/// The store's.
pub async fn tick(ctx: &Context) -> Result<usize> {
    let now = ctx.clock.now();
    let last = mark::find_mark(&ctx.store, MARK).await?;
    let mut tx = ctx.store.begin().await?;
    mark::upsert_mark(&mut tx, MARK, now).await?;
    tx.commit().await?;
    match last {
        Some(last) => after(ctx, last, now).await,
        None => Ok(0),
    }
}

async fn after(ctx: &Context, last: DateTime<Utc>, now: DateTime<Utc>) -> Result<usize> {
    let gap = (now - last).to_std().unwrap_or_default();
    let gave_up: Vec<&str> = schemes::all().filter(|(_, scheme)| scheme.retry_window() < gap).map(|(slug, _)| slug).collect();
    if gave_up.is_empty() {
        return Ok(0);
    }
    let mut started = 0;
    for row in integration::list_connected(&ctx.store, &gave_up).await? {
        if sync::schedule::prompt(ctx, &row, "catch_up").await? {
            started += 1;
        }
    }
    let minutes = TimeDelta::from_std(gap).unwrap_or(TimeDelta::MAX).num_minutes();
    tracing::info!(minutes, syncs = started, "nothing could be received for a while; what changed meanwhile is read now");
    Ok(started)
}
