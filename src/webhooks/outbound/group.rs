//! Group commit: events published at the same time share one transaction.
//!
//! A publisher leaves its event and waits. Whoever finds nobody writing starts a task that writes all that wait, again and again until
//! nothing does. So a lone event is written at once, and under load a commit carries as many events as came during the one before it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::events::{self, NewEvent, Origin, Recorded};
use crate::fault::{Fault, Result};
use crate::store;

/// Events of one transaction at most.
const BATCH: usize = 256;
/// While several publish at once: how long the next ones are waited for. A transaction costs as much as some dozen events in it.
const GATHER: Duration = Duration::from_millis(1);

/// Who waits for a commit. Cheap to clone; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Group(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    waiting: Vec<Waiting>,
    is_writing: bool,
}

#[derive(Debug)]
struct Waiting {
    origin: Origin,
    event: NewEvent,
    answer: oneshot::Sender<Result<Recorded>>,
}

/// Records an event in a transaction that it may share with others. It is committed when this returns.
///
/// # Errors
/// The store's.
pub async fn record(ctx: &Context, origin: Origin, event: NewEvent) -> Result<Recorded> {
    let (answer, written) = oneshot::channel();
    let is_first = {
        let mut state = ctx.publishing.lock();
        state.waiting.push(Waiting { origin, event, answer });
        !std::mem::replace(&mut state.is_writing, true)
    };
    if is_first {
        // In a task of its own: it writes for others too, so it must not end with this caller.
        tokio::spawn(write_all(ctx.clone()));
    }
    written.await.unwrap_or_else(|error| Err(Fault::internal(error)))
}

impl Group {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to write next; `None`, and nobody writes any more, when nothing waits.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut state = self.lock();
        let count = state.waiting.len().min(BATCH);
        state.is_writing = count > 0;
        state.is_writing.then(|| state.waiting.drain(..count).collect())
    }
}

/// Whoever waits learns of it when the writing task ends in the middle (a panic), and the next one starts it anew.
struct Unfinished(Group);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_writing = false;
        state.waiting.clear();
    }
}

async fn write_all(ctx: Context) {
    let unfinished = Unfinished(ctx.publishing.clone());
    while let Some(batch) = ctx.publishing.next() {
        let has_company = batch.len() > 1;
        let (news, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| ((one.origin, one.event), one.answer)).unzip();
        match write(&ctx, &news).await {
            Ok(recorded) => {
                ctx.queue.wake();
                for (answer, recorded) in answers.into_iter().zip(recorded) {
                    // Who hung up does not want to know.
                    let _ = answer.send(Ok(recorded));
                }
            }
            // The database is away: asking it for each one again would only make everybody wait longer.
            Err(error) if error.is_transient() => {
                let fault = Fault::from(error);
                for answer in answers {
                    let told = Fault { retry_after: fault.retry_after, ..Fault::new(fault.code, fault.detail.clone()) };
                    let _ = answer.send(Err(told.because("the shared commit failed")));
                }
                fault.log();
            }
            // One of them cannot be written; the others shall not suffer for it.
            Err(_) => {
                for (one, answer) in news.iter().zip(answers) {
                    let recorded = write(&ctx, std::slice::from_ref(one)).await.map_err(Fault::from);
                    let recorded = recorded.and_then(|recorded| {
                        recorded.first().copied().ok_or_else(|| Fault::new(ErrorCode::Internal, "No event was recorded."))
                    });
                    let _ = answer.send(recorded);
                }
                ctx.queue.wake();
            }
        }
        if has_company {
            tokio::time::sleep(GATHER).await;
        }
    }
    std::mem::forget(unfinished);
}

/// Writes events in one transaction and answers in their order.
async fn write(ctx: &Context, news: &[(Origin, NewEvent)]) -> store::Result<Vec<Recorded>> {
    let mut tx = ctx.store.begin().await?;
    let recorded = events::record_each(ctx, &mut tx, news).await?;
    tx.commit().await?;
    Ok(recorded)
}
