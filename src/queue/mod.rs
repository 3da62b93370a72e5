//! The task queue in the database: work that must happen even if the process dies.
//!
//! A task is enqueued in the transaction of the change that causes it. Workers claim in batches under a lease, extend the lease
//! while they work, and finish in batches. A task whose worker died is claimed again once its lease ran out, so a handler must be
//! able to run twice. A *lane* (one connection, one receiver) has a concurrency limit per process, so one slow party never holds up
//! the others. Recurring work is a task that reschedules itself.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::id::{OrgId, TaskId};
use crate::store::task::{self, TaskInsert};
use crate::store::{self, Db, Tx};

pub mod backoff;
pub mod worker;

pub use crate::store::task::TaskRow as Task;
pub use worker::{Outcome, Worker};

/// A task to enqueue.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Which handler.
    pub kind: &'static str,
    /// Which workers take it.
    pub queue: &'static str,
    /// What shares a concurrency limit with it.
    pub lane: String,
    /// At most one waiting or running task per queue has this key; a second is not inserted.
    pub dedupe_key: Option<String>,
    /// JSON for the handler.
    pub payload: String,
    /// Whose it is.
    pub organization: Option<OrgId>,
    /// Tries before it is given up.
    pub max_attempts: i64,
    /// Not before this time; `None` is at once.
    pub run_at: Option<DateTime<Utc>>,
    /// The trace it belongs to.
    pub trace: Option<Uuid>,
}

impl NewTask {
    /// A task with five tries, due at once, in a lane of its kind.
    pub fn new(queue: &'static str, kind: &'static str, payload: &impl Serialize) -> Self {
        Self {
            kind,
            queue,
            lane: kind.to_owned(),
            dedupe_key: None,
            payload: serde_json::to_string(payload).expect("task payloads are plain structs"),
            organization: None,
            max_attempts: 5,
            run_at: None,
            trace: None,
        }
    }

    /// In this lane.
    #[must_use]
    pub fn lane(mut self, lane: impl Into<String>) -> Self {
        self.lane = lane.into();
        self
    }

    /// Only if no task of the queue has this key.
    #[must_use]
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.dedupe_key = Some(key.into());
        self
    }

    /// For this organization.
    #[must_use]
    pub const fn organization(mut self, organization: OrgId) -> Self {
        self.organization = Some(organization);
        self
    }

    /// Not before this time.
    #[must_use]
    pub const fn at(mut self, at: DateTime<Utc>) -> Self {
        self.run_at = Some(at);
        self
    }

    /// With so many tries.
    #[must_use]
    pub const fn tries(mut self, max_attempts: i64) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// As part of this trace.
    #[must_use]
    pub const fn trace(mut self, trace: Uuid) -> Self {
        self.trace = Some(trace);
        self
    }
}

/// The queue's sending half. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queue {
    db: Db,
    clock: Clock,
    wake: Arc<Notify>,
    pulse: watch::Sender<()>,
}

impl Queue {
    /// A queue over the database.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, wake: Arc::new(Notify::new()), pulse: watch::Sender::new(()) }
    }

    /// Enqueues a task in the caller's transaction. Call [`Queue::wake`] after the commit. Returns whether it was inserted.
    ///
    /// # Errors
    /// The store's.
    pub async fn enqueue(&self, tx: &mut Tx, task: NewTask) -> store::Result<bool> {
        Ok(self.enqueue_all(tx, vec![task]).await? > 0)
    }

    /// Enqueues many tasks with few statements.
    ///
    /// # Errors
    /// The store's.
    pub async fn enqueue_all(&self, tx: &mut Tx, tasks: Vec<NewTask>) -> store::Result<u64> {
        let now = self.clock.now();
        let rows: Vec<TaskInsert> = tasks
            .into_iter()
            .map(|task| TaskInsert {
                id: self.clock.new::<TaskId>(),
                organization_id: task.organization,
                queue: task.queue,
                kind: task.kind,
                lane: task.lane,
                dedupe_key: task.dedupe_key,
                payload: task.payload,
                max_attempts: task.max_attempts,
                run_at: task.run_at.unwrap_or(now),
                trace_id: task.trace,
                created_at: now,
            })
            .collect();
        task::insert_tasks(tx, &rows).await
    }

    /// Enqueues a task in a transaction of its own, and wakes the workers.
    ///
    /// # Errors
    /// The store's.
    pub async fn enqueue_now(&self, task: NewTask) -> store::Result<bool> {
        let mut tx = self.db.begin().await?;
        let inserted = self.enqueue(&mut tx, task).await?;
        tx.commit().await?;
        self.wake();
        Ok(inserted)
    }

    /// Tells the workers of this process, and with PostgreSQL of every process, that something is due.
    pub fn wake(&self) {
        self.wake_here();
        if let Db::Postgres(_) = self.db {
            let db = self.db.clone();
            tokio::spawn(async move {
                if let Err(error) = store::dialect::notify(&db).await {
                    tracing::debug!(%error, "other processes were not woken; they poll");
                }
            });
        }
    }

    fn wake_here(&self) {
        self.wake.notify_waiters();
        self.pulse.send_replace(());
    }

    /// Changes at every wake-up. Unlike a waiter, a receiver also learns of one that came while it was busy.
    pub fn pulse(&self) -> watch::Receiver<()> {
        self.pulse.subscribe()
    }

    /// Completes when something may be due: woken, or after `at_most`.
    pub(crate) async fn wait(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.wake.notified()).await;
    }

    /// Wakes this process's workers when another process enqueues (PostgreSQL only). Runs until `stop`.
    pub async fn listen(self, stop: tokio_util::sync::CancellationToken) {
        store::dialect::listen(&self.db, stop, || self.wake_here()).await;
    }

    pub(crate) const fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }
}
