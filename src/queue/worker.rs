//! The worker loop: claim, run, extend, finish.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{Queue, Task, backoff};
use crate::domain::id::TaskId;
use crate::random;
use crate::store::{self, task};

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the row goes.
    Done,
    /// Done for now; the same row runs again at this time, with its tries counted anew.
    Again(DateTime<Utc>),
    /// Not now, and not because of a failure (throttled): at this time, without counting the try.
    Later(DateTime<Utc>),
    /// Failed; try again after the back-off, unless this was the last try.
    Retry(String),
    /// Failed for good.
    Fail(String),
}

type Run = dyn Fn(Task) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;
type GiveUp = dyn Fn(Task, String) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync;

struct Handler {
    run: Box<Run>,
    give_up: Option<Box<GiveUp>>,
    lane_limit: usize,
}

/// Takes the tasks of one queue.
pub struct Worker {
    queue: Queue,
    name: &'static str,
    owner: String,
    concurrency: usize,
    lease: Duration,
    poll: Duration,
    handlers: HashMap<&'static str, Handler>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("queue", &self.name).field("owner", &self.owner).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker of the queue `name`. `owner` is unique to this process and start.
    pub fn new(queue: Queue, name: &'static str, owner: &str, concurrency: usize) -> Self {
        Self {
            queue,
            name,
            owner: format!("{owner}/{name}"),
            concurrency: concurrency.max(1),
            lease: Duration::from_secs(60),
            poll: Duration::from_millis(1000),
            handlers: HashMap::new(),
        }
    }

    /// How long a claim lasts without being extended (it is extended at a third of it), and how often to look without being woken.
    #[must_use]
    pub const fn timing(mut self, lease: Duration, poll: Duration) -> Self {
        self.lease = lease;
        self.poll = poll;
        self
    }

    /// Runs tasks of this kind with `run`, at most `lane_limit` of one lane at a time.
    #[must_use]
    pub fn handle<F, Fut>(mut self, kind: &'static str, lane_limit: usize, run: F) -> Self
    where
        F: Fn(Task) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Outcome> + Send + 'static,
    {
        self.handlers
            .insert(kind, Handler { run: Box::new(move |task| Box::pin(run(task))), give_up: None, lane_limit: lane_limit.max(1) });
        self
    }

    /// Calls `give_up` when a task of this kind failed for good, before its row goes.
    #[must_use]
    pub fn on_give_up<F, Fut>(mut self, kind: &'static str, give_up: F) -> Self
    where
        F: Fn(Task, String) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        if let Some(handler) = self.handlers.get_mut(kind) {
            handler.give_up = Some(Box::new(move |task, error| Box::pin(give_up(task, error))));
        }
        self
    }

    /// Works until `stop`, then waits up to ten seconds for what runs. What is still running then keeps its lease and is taken up
    /// by another worker once the lease ran out.
    pub async fn run(self, stop: CancellationToken) {
        let this = Arc::new(self);
        let state = Arc::new(Mutex::new(Running::default()));
        let extender = tokio::spawn(Arc::clone(&this).extend_forever(Arc::clone(&state), stop.clone()));
        let mut running = JoinSet::new();
        let mut trouble = 0_i64;
        while !stop.is_cancelled() {
            while running.try_join_next().is_some() {}
            let free = this.concurrency.saturating_sub(running.len());
            let claimed = if free == 0 { Ok(Vec::new()) } else { this.claim(&state, free).await };
            match claimed {
                Ok(tasks) if tasks.is_empty() => {
                    trouble = 0;
                    let wait = this.idle_time().await;
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = this.queue.wait(wait) => {}
                        Some(_) = running.join_next(), if !running.is_empty() => {}
                    }
                }
                Ok(tasks) => {
                    trouble = 0;
                    for task in tasks {
                        running.spawn(Arc::clone(&this).work(Arc::clone(&state), task));
                    }
                }
                Err(error) => {
                    trouble += 1;
                    let wait = backoff::exponential(trouble.min(4), random::fraction());
                    tracing::warn!(queue = this.name, %error, wait_ms = wait.as_millis(), "tasks could not be claimed");
                    tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(wait) => {} }
                }
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(10), async { while running.join_next().await.is_some() {} }).await;
        extender.abort();
    }

    /// Runs everything that is due now, until nothing is, and returns how many tasks ran. For tests.
    pub async fn drain(self) -> usize {
        let this = Arc::new(self);
        let state = Arc::new(Mutex::new(Running::default()));
        let mut ran = 0;
        while let Ok(tasks) = this.claim(&state, this.concurrency).await {
            if tasks.is_empty() {
                break;
            }
            ran += tasks.len();
            let mut running = JoinSet::new();
            for task in tasks {
                running.spawn(Arc::clone(&this).work(Arc::clone(&state), task));
            }
            while running.join_next().await.is_some() {}
        }
        ran
    }

    async fn idle_time(&self) -> Duration {
        match task::next_due(self.queue.db(), self.name).await {
            Ok(Some(at)) => {
                (at - self.queue.clock().now()).to_std().unwrap_or(Duration::from_millis(5)).clamp(Duration::from_millis(5), self.poll)
            }
            _ => self.poll,
        }
    }

    async fn claim(&self, state: &Mutex<Running>, free: usize) -> store::Result<Vec<Task>> {
        let now = self.queue.clock().now();
        if !task::has_due_tasks(self.queue.db(), self.name, now).await? {
            return Ok(Vec::new());
        }
        let busy = lock(state).saturated(|kind| self.lane_limit(kind));
        let limit = i64::try_from(free).unwrap_or(i64::MAX);
        let tasks = task::claim_tasks(self.queue.db(), self.name, &self.owner, now, now + self.lease, limit, &busy).await?;
        let mut surplus = Vec::new();
        let mut mine = Vec::new();
        {
            let mut running = lock(state);
            for task in tasks {
                if running.count(&task.lane) >= self.lane_limit(&task.kind) {
                    surplus.push(task);
                } else {
                    running.add(&task);
                    mine.push(task);
                }
            }
        }
        if !surplus.is_empty() {
            let mut tx = self.queue.db().begin().await?;
            for task in &surplus {
                task::reschedule_task(&mut tx, &self.owner, task.id, task.run_at, task.attempts - 1, None).await?;
            }
            tx.commit().await?;
        }
        Ok(mine)
    }

    fn lane_limit(&self, kind: &str) -> usize {
        self.handlers.get(kind).map_or(1, |handler| handler.lane_limit)
    }

    async fn work(self: Arc<Self>, state: Arc<Mutex<Running>>, task: Task) {
        let span = tracing::info_span!("task", task.id = %task.id, task.kind = %task.kind, task.attempt = task.attempts);
        async {
            let outcome = match self.handlers.get(task.kind.as_str()) {
                // A handler that panics is a failed try, not a lost task.
                Some(handler) => match tokio::spawn((handler.run)(task.clone()).in_current_span()).await {
                    Ok(outcome) => outcome,
                    Err(error) => {
                        tracing::error!(%error, "the handler stopped unexpectedly");
                        Outcome::Retry("The work stopped unexpectedly.".to_owned())
                    }
                },
                None => Outcome::Fail(format!("This program does not know tasks of kind {}.", task.kind)),
            };
            self.finish(&task, outcome).await;
            lock(&state).remove(&task);
            self.queue.wake.notify_waiters();
        }
        .instrument(span)
        .await;
    }

    async fn finish(&self, task: &Task, outcome: Outcome) {
        let now = self.queue.clock().now();
        let outcome = match outcome {
            Outcome::Retry(error) if task.attempts >= task.max_attempts => Outcome::Fail(error),
            outcome => outcome,
        };
        if let Outcome::Fail(error) = &outcome {
            tracing::warn!(error, "the task gave up");
            if let Some(give_up) = self.handlers.get(task.kind.as_str()).and_then(|handler| handler.give_up.as_ref()) {
                give_up(task.clone(), error.clone()).await;
            }
        }
        // The outcome is written down even if the database is away for a while: until it is, the lease protects the task.
        for attempt in 1..=8 {
            let written = async {
                let mut tx = self.queue.db().begin().await?;
                match &outcome {
                    Outcome::Done | Outcome::Fail(_) => {
                        task::delete_tasks(&mut tx, &self.owner, &[task.id]).await?;
                    }
                    Outcome::Again(at) => task::reschedule_task(&mut tx, &self.owner, task.id, *at, 0, None).await?,
                    Outcome::Later(at) => task::reschedule_task(&mut tx, &self.owner, task.id, *at, task.attempts - 1, None).await?,
                    Outcome::Retry(error) => {
                        let wait = backoff::exponential(task.attempts, random::fraction());
                        task::reschedule_task(&mut tx, &self.owner, task.id, now + wait, task.attempts, Some(error)).await?;
                    }
                }
                tx.commit().await
            };
            match written.await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, attempt, "the task's outcome could not be written yet");
                    tokio::time::sleep(Duration::from_millis(250) * attempt).await;
                }
            }
        }
    }

    async fn extend_forever(self: Arc<Self>, state: Arc<Mutex<Running>>, stop: CancellationToken) {
        loop {
            tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(self.lease / 3) => {} }
            let ids = lock(&state).ids();
            if !ids.is_empty() {
                let until = self.queue.clock().now() + self.lease;
                let extended = async {
                    let mut tx = self.queue.db().begin().await?;
                    task::extend_leases(&mut tx, &self.owner, &ids, until).await?;
                    tx.commit().await
                };
                if let Err(error) = extended.await {
                    tracing::warn!(queue = self.name, %error, "leases could not be extended");
                }
            }
            if stop.is_cancelled() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[derive(Debug, Default)]
struct Running {
    tasks: HashMap<TaskId, (String, String)>,
    lanes: HashMap<String, usize>,
}

impl Running {
    fn add(&mut self, task: &Task) {
        if self.tasks.insert(task.id, (task.lane.clone(), task.kind.clone())).is_none() {
            *self.lanes.entry(task.lane.clone()).or_default() += 1;
        }
    }

    fn remove(&mut self, task: &Task) {
        if self.tasks.remove(&task.id).is_some()
            && let Some(count) = self.lanes.get_mut(&task.lane)
        {
            *count -= 1;
            if *count == 0 {
                self.lanes.remove(&task.lane);
            }
        }
    }

    fn count(&self, lane: &str) -> usize {
        self.lanes.get(lane).copied().unwrap_or(0)
    }

    fn saturated(&self, limit: impl Fn(&str) -> usize) -> Vec<String> {
        let mut lanes: Vec<String> =
            self.tasks.values().filter(|(lane, kind)| self.count(lane) >= limit(kind)).map(|(lane, _)| lane.clone()).collect();
        lanes.sort_unstable();
        lanes.dedup();
        lanes
    }

    fn ids(&self) -> Vec<TaskId> {
        self.tasks.keys().copied().collect()
    }
}

fn lock(state: &Mutex<Running>) -> std::sync::MutexGuard<'_, Running> {
    state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
