//! The hourly clean-up: what ran out is deleted, what another process sealed with an old key is sealed anew.

use std::time::Duration;

use crate::context::Context;
use crate::fault::Result;
use crate::operations::{keys, retention};
use crate::queue::{NewTask, Outcome, Worker};
use crate::store::{idempotency, inbound_count, inbound_event, oauth_state, password_reset, portal_link, session, throttle, worker};

/// The queue of the program's own recurring work.
pub const QUEUE: &str = "system";

const KIND: &str = "operations.cleanup";
const EVERY: Duration = Duration::from_secs(3600);

/// A process that was silent for so long does not come back.
const GONE: Duration = Duration::from_secs(24 * 3600);

/// How long webhooks that came in are kept once they are dealt with; no provider tries one again for so long.
const INBOUND_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// How long a partner's link that ran out stays in the list, so that people see that it did.
const LINKS_FOR: Duration = Duration::from_secs(30 * 24 * 3600);

/// The task that keeps itself going.
pub fn timer() -> NewTask {
    NewTask::new(QUEUE, KIND, &()).unique(KIND).tries(i64::MAX)
}

/// Handles the task.
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let ctx = ctx.clone();
    worker.handle(KIND, 1, move |_| {
        let ctx = ctx.clone();
        async move {
            if let Err(fault) = run(&ctx).await {
                fault.log();
            }
            Outcome::Again(ctx.clock.now() + EVERY)
        }
    })
}

/// Cleans up once.
///
/// # Errors
/// The store's.
pub async fn run(ctx: &Context) -> Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    let deleted = session::delete_old_sessions(&mut tx, now).await?
        + password_reset::delete_old_resets(&mut tx, now).await?
        + oauth_state::delete_old_oauth_states(&mut tx, now).await?
        + throttle::delete_old_throttles(&mut tx, now).await?
        + idempotency::delete_expired_idempotency_keys(&mut tx, now).await?
        + inbound_count::delete_old_inbound_counts(&mut tx, (now - INBOUND_FOR).date_naive()).await?
        + inbound_event::delete_old_inbound_events(&mut tx, now - INBOUND_FOR).await?
        + portal_link::delete_old_portal_links(&mut tx, now - LINKS_FOR).await?
        + worker::delete_silent_workers(&mut tx, now - GONE).await?;
    tx.commit().await?;
    let deleted = deleted + retention::clean(ctx).await?;
    let resealed = keys::reseal(ctx).await?.resealed;
    tracing::debug!(deleted, resealed, "cleaned up");
    Ok(())
}
