//! The delivering worker: claims what is due, sends it, writes down what came of it.
//!
//! Each receiver has a lane with its own concurrency and breaker, so a slow or dead one delays no other. Claims are leases that are
//! extended while a try runs: after `kill -9` the same message, under the same id, goes out again when its lease ran out. Claims, outcomes
//! and extensions are written in batches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::breaker;
use super::finish::{Finished, Try, write_until_done};
use super::lane::{Claimed, Ended, Lanes, Start};
use super::payload::message_id;
use super::schedule::Verdict;
use super::sender::{Request, Sender, header_map};
use super::standing::Standing;
use super::target::Target;
use crate::context::Context;
use crate::domain::id::{DeliveryId, EventId, WebhookId};
use crate::random;
use crate::store::delivery::{self, Claim, ClaimedRow};
use crate::store::{self, webhook};

/// How the worker works.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Tries at once over all receivers.
    pub max_in_flight: usize,
    /// How long a claim holds without being extended; it is extended at a third of it.
    pub lease: Duration,
    /// How often to look without being woken.
    pub poll: Duration,
    /// When breakers open.
    pub breaker: breaker::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_in_flight: 1024,
            lease: Duration::from_secs(15),
            poll: Duration::from_millis(1000),
            breaker: breaker::Settings::default(),
        }
    }
}

/// Delivers until `stop`, with the usual settings: the process's loop.
pub async fn work(ctx: Context, stop: CancellationToken) {
    match Sender::new(Arc::clone(&ctx.receivers)) {
        Ok(sender) => {
            let owner = ctx.clock.new_id().simple().to_string();
            Deliverer::run(ctx, sender, &owner, Settings::default(), stop).await;
        }
        Err(error) => tracing::error!(%error, "no webhook can be sent: the HTTP client could not be built"),
    }
}

/// Delivers everything that is due now and returns how many deliveries were claimed. For tests.
pub async fn drain(ctx: &Context) -> usize {
    let Ok(sender) = Sender::new(Arc::clone(&ctx.receivers)) else { return 0 };
    let owner = ctx.clock.new_id().simple().to_string();
    Deliverer::drain(ctx.clone(), sender, &owner, Settings::default()).await.unwrap_or_default()
}

/// The delivering worker.
#[derive(Debug)]
pub struct Deliverer {
    ctx: Context,
    sender: Sender,
    owner: String,
    settings: Settings,
    lanes: Mutex<Lanes>,
    /// A lane can take more, or a try ended.
    nudge: Notify,
    outcomes: mpsc::UnboundedSender<Finished>,
    tries: TaskTracker,
    ended: CancellationToken,
}

/// How often subscriptions in use are compared with their rows.
const REFRESH: Duration = Duration::from_millis(250);
/// Outcomes written in one transaction.
const OUTCOMES: usize = 256;
/// How long more outcomes are waited for: under load one transaction then holds many. Nobody waits for them.
const GATHER: Duration = Duration::from_millis(5);
/// Rounds begin at least so far apart: under load one round then claims many.
const ROUND: Duration = Duration::from_millis(2);

impl Deliverer {
    /// Delivers until `stop`, then waits up to ten seconds for the tries under way and gives the rest back. `owner` is unique to this process
    /// and start.
    pub async fn run(ctx: Context, sender: Sender, owner: &str, settings: Settings, stop: CancellationToken) {
        let (this, outcomes) = Self::new(ctx, sender, owner, settings);
        // Whatever ends this future ends everything it started.
        let _ends = this.ended.clone().drop_guard();
        let _writer = AbortOnDropHandle::new(tokio::spawn(Arc::clone(&this).write_outcomes(outcomes)));
        let _extender = AbortOnDropHandle::new(tokio::spawn(Arc::clone(&this).extend_forever()));
        let mut pulse = this.ctx.queue.pulse();
        let mut refreshed = tokio::time::Instant::now();
        let mut next_round = refreshed;
        let mut trouble = 0_u32;
        while !stop.is_cancelled() {
            tokio::time::sleep_until(next_round).await;
            next_round = tokio::time::Instant::now() + ROUND;
            pulse.borrow_and_update();
            let is_stale = refreshed.elapsed() >= REFRESH;
            if is_stale {
                refreshed = tokio::time::Instant::now();
            }
            let wait = match this.round(is_stale).await {
                Ok(0) => {
                    trouble = 0;
                    this.idle_time().await
                }
                Ok(_) => {
                    trouble = 0;
                    continue;
                }
                Err(error) => {
                    trouble += 1;
                    if trouble.is_power_of_two() {
                        tracing::warn!(%error, trouble, "webhook deliveries could not be claimed");
                    }
                    Duration::from_millis(100 * u64::from(trouble.min(20)))
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                _ = pulse.changed(), if trouble == 0 => {}
                () = this.nudge.notified(), if trouble == 0 => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        let held = lock(&this.lanes).take_held();
        this.give_back(held).await;
        this.tries.close();
        let _ = tokio::time::timeout(Duration::from_secs(10), this.tries.wait()).await;
        // What ended is written; what still runs keeps its lease and is sent again, under the same id, when it ran out.
        let _ = tokio::time::timeout(Duration::from_secs(5), async {
            while !lock(&this.lanes).is_quiet() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// Delivers everything that is due now and returns how many deliveries were claimed. For tests and tools.
    ///
    /// # Errors
    /// The store's.
    pub async fn drain(ctx: Context, sender: Sender, owner: &str, settings: Settings) -> store::Result<usize> {
        let (this, outcomes) = Self::new(ctx, sender, owner, settings);
        let _ends = this.ended.clone().drop_guard();
        let _writer = AbortOnDropHandle::new(tokio::spawn(Arc::clone(&this).write_outcomes(outcomes)));
        let mut claimed = 0;
        loop {
            // Asked before the round: what ends meanwhile may make the next one due.
            let was_quiet = lock(&this.lanes).is_quiet();
            let more = this.round(true).await?;
            claimed += more;
            if more == 0 && was_quiet {
                break;
            }
            let _ = tokio::time::timeout(Duration::from_millis(5), this.nudge.notified()).await;
        }
        let held = lock(&this.lanes).take_held();
        this.give_back(held).await;
        Ok(claimed)
    }

    fn new(ctx: Context, sender: Sender, owner: &str, settings: Settings) -> (Arc<Self>, mpsc::UnboundedReceiver<Finished>) {
        let (outcomes, receiver) = mpsc::unbounded_channel();
        let this = Self {
            ctx,
            sender,
            owner: format!("{owner}/webhooks"),
            settings,
            lanes: Mutex::new(Lanes::new(settings.max_in_flight, settings.breaker)),
            nudge: Notify::new(),
            outcomes,
            tries: TaskTracker::new(),
            ended: CancellationToken::new(),
        };
        (Arc::new(this), receiver)
    }

    fn now(&self) -> DateTime<Utc> {
        self.ctx.clock.now()
    }

    /// One round: looks who has something due, claims for whoever has room, starts what may start. Returns how many were claimed.
    async fn round(self: &Arc<Self>, refresh: bool) -> store::Result<usize> {
        if refresh {
            self.refresh().await?;
        }
        let now = self.now();
        let holding = lock(&self.lanes).holding();
        for id in holding {
            self.pump(id);
        }
        let due = delivery::list_due_webhooks(&self.ctx.store, now).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let unknown: Vec<WebhookId> = {
            let lanes = lock(&self.lanes);
            due.iter().copied().filter(|id| lanes.needs_target(*id, now)).collect()
        };
        self.load(&unknown).await?;
        let wanted: Vec<(WebhookId, usize, bool)> = {
            let lanes = lock(&self.lanes);
            due.into_iter()
                .map(|id| (id, lanes.room(id, now)))
                .filter(|(_, (room, _))| *room > 0)
                .map(|(id, (room, ordered))| (id, room, ordered))
                .collect()
        };
        if wanted.is_empty() {
            return Ok(0);
        }
        let mut claims = Vec::with_capacity(wanted.len());
        let mut tx = self.ctx.store.begin().await?;
        for (webhook, room, ordered) in wanted {
            let limit = i64::try_from(room).unwrap_or(i64::MAX);
            let claim = Claim { owner: &self.owner, webhook, ordered, now, lease_until: now + self.settings.lease, limit };
            let rows = delivery::claim_deliveries(&mut tx, claim).await?;
            claims.push((webhook, rows.len() == room, rows));
        }
        tx.commit().await?;
        self.take(claims, now).await
    }

    /// Reads the bytes of claimed deliveries and hands them to their lanes.
    async fn take(self: &Arc<Self>, claims: Vec<(WebhookId, bool, Vec<ClaimedRow>)>, now: DateTime<Utc>) -> store::Result<usize> {
        let mut events: Vec<EventId> = claims.iter().flat_map(|(_, _, rows)| rows).map(|row| row.event_id).collect();
        events.sort_unstable();
        events.dedup();
        // Without their bytes the rows stay claimed and are due again when the lease ran out.
        let bodies: HashMap<(EventId, String), Bytes> = delivery::list_bodies(&self.ctx.store, &events)
            .await?
            .into_iter()
            .map(|row| ((row.event_id, row.name), row.body.into()))
            .collect();
        let mut count = 0;
        for (id, is_full, rows) in claims {
            let mut claimed = Vec::with_capacity(rows.len());
            for row in rows {
                match bodies.get(&(row.event_id, row.event_name.clone())) {
                    Some(body) => claimed.push(Claimed { row, body: body.clone() }),
                    None => tracing::error!(delivery.id = %row.id, event.id = %row.event_id, "the event's body is not stored"),
                }
            }
            let refused = {
                let mut lanes = lock(&self.lanes);
                // An outcome that waits for the database outlived its lease: it is not sent again from here.
                claimed.retain(|claimed| !lanes.is_live(claimed.row.id));
                count += claimed.len();
                lanes.hold(id, claimed, is_full, now)
            };
            // Left alone they would wait for their lease to run out.
            self.give_back(refused).await;
            self.pump(id);
        }
        Ok(count)
    }

    /// Starts what a lane may start.
    fn pump(self: &Arc<Self>, id: WebhookId) {
        let now = self.now();
        let (starts, again_at) = lock(&self.lanes).start(id, now);
        if let Some(again_at) = again_at {
            let (this, ended) = (Arc::clone(self), self.ended.clone());
            let wait = (again_at - now).to_std().unwrap_or_default();
            // Not one of the tries: a worker that stops need not wait for it.
            tokio::spawn(async move {
                if ended.run_until_cancelled(tokio::time::sleep(wait)).await.is_some() {
                    lock(&this.lanes).woken(id);
                    this.pump(id);
                    this.nudge.notify_one();
                }
            });
        }
        for start in starts {
            let (this, ended) = (Arc::clone(self), self.ended.clone());
            self.tries.spawn(async move { ended.run_until_cancelled(this.attempt(start)).await });
        }
    }

    async fn attempt(self: Arc<Self>, start: Start) {
        let Start { target, claimed, is_probe } = start;
        let at = self.now();
        let message = message_id(claimed.row.event_id);
        let (headers, shown_headers) = target.headers(&claimed.row.event_name, &message, at, &claimed.body);
        let request = Request {
            url: target.url.clone(),
            headers: header_map(headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            body: claimed.body.clone(),
            timeout: target.timeout,
        };
        let outcome = self.sender.send(request).await;
        let ended = self.now();
        let tried = Try { target: &target, claimed: &claimed, shown_headers, at };
        let mut finished = Finished::judge(self.ctx.clock.new(), tried, outcome, ended, random::fraction());
        let result =
            Ended { is_success: finished.verdict == Verdict::Success, is_trouble: finished.is_trouble(), is_probe, pause: finished.pause };
        {
            let mut lanes = lock(&self.lanes);
            finished.change = lanes.finish(target.id, result, ended);
            if finished.switches_off() {
                // Before the row says so: nothing else may leave for a receiver that is gone.
                lanes.close(target.id, ended);
            }
        }
        let wants_more = finished.change.wants_more;
        // The receiving half lives as long as the worker.
        let _ = self.outcomes.send(finished);
        self.pump(target.id);
        if wants_more {
            self.nudge.notify_one();
        }
    }

    /// Writes outcomes as they come, all that are there in one transaction.
    async fn write_outcomes(self: Arc<Self>, mut outcomes: mpsc::UnboundedReceiver<Finished>) {
        let mut batch = Vec::with_capacity(OUTCOMES);
        while outcomes.recv_many(&mut batch, OUTCOMES).await > 0 {
            if batch.len() < OUTCOMES && !batch.iter().any(|finished| finished.ordered) {
                tokio::time::sleep(GATHER).await;
                while batch.len() < OUTCOMES
                    && let Ok(finished) = outcomes.try_recv()
                {
                    batch.push(finished);
                }
            }
            write_until_done(&self.ctx, &self.owner, &batch).await;
            let held: Vec<DeliveryId> = {
                let mut lanes = lock(&self.lanes);
                let gone = batch.iter().filter(|finished| finished.switches_off()).map(|finished| finished.attempt.webhook_id);
                gone.flat_map(|id| lanes.remove(id)).collect()
            };
            self.give_back(held).await;
            lock(&self.lanes).settled(batch.iter().map(|finished| finished.result.id));
            batch.clear();
            // In an ordered lane the end of one delivery makes the next one due.
            self.nudge.notify_one();
        }
    }

    async fn extend_forever(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.settings.lease / 3).await;
            let ids = lock(&self.lanes).live();
            if ids.is_empty() {
                continue;
            }
            let until = self.now() + self.settings.lease;
            let extended = async {
                let mut tx = self.ctx.store.begin().await?;
                delivery::move_claims(&mut tx, &self.owner, &ids, until, true).await?;
                tx.commit().await
            };
            if let Err(error) = extended.await {
                tracing::warn!(%error, "claims of webhook deliveries could not be extended");
            }
        }
    }

    /// Compares the subscriptions in use with their rows: loads the changed ones, drops the gone ones.
    async fn refresh(self: &Arc<Self>) -> store::Result<()> {
        let known: HashMap<WebhookId, Option<DateTime<Utc>>> = {
            let mut lanes = lock(&self.lanes);
            lanes.forget_idle(self.now());
            lanes.versions().into_iter().collect()
        };
        if known.is_empty() {
            return Ok(());
        }
        let ids: Vec<WebhookId> = known.keys().copied().collect();
        let stored: HashMap<WebhookId, _> =
            webhook::list_standings_by_id(&self.ctx.store, &ids).await?.into_iter().map(|row| (row.id, row)).collect();
        let mut changed = Vec::new();
        let mut held = Vec::new();
        for (id, version) in known {
            match stored.get(&id) {
                Some(now) if now.is_active && version.is_some_and(|version| version != now.updated_at) => changed.push(id),
                Some(now) if now.is_active => lock(&self.lanes).set_standing(id, Standing::from(now)),
                _ => held.extend(lock(&self.lanes).remove(id)),
            }
        }
        self.give_back(held).await;
        self.load(&changed).await
    }

    async fn load(&self, ids: &[WebhookId]) -> store::Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let rows = webhook::list_webhooks_by_id(&self.ctx.store, ids).await?;
        let now = self.now();
        for row in rows {
            let target = match Target::open(&self.ctx, &row).await {
                Ok(target) => Some(Arc::new(target)),
                Err(error) => {
                    tracing::error!(webhook.id = %row.id, %error, "nothing can be sent to this subscription");
                    None
                }
            };
            lock(&self.lanes).set_target(row.id, target, Standing::from(&row), now);
        }
        Ok(())
    }

    /// Gives claims back, due at once.
    async fn give_back(&self, ids: Vec<DeliveryId>) {
        if ids.is_empty() {
            return;
        }
        let given = async {
            let mut tx = self.ctx.store.begin().await?;
            delivery::move_claims(&mut tx, &self.owner, &ids, self.now(), false).await?;
            tx.commit().await
        };
        if let Err(error) = given.await {
            tracing::debug!(%error, "claims were not given back; they run out by themselves");
        }
        lock(&self.lanes).settled(ids);
    }

    /// How long nothing will be due.
    async fn idle_time(&self) -> Duration {
        let now = self.now();
        let next = delivery::next_due(&self.ctx.store, now).await.ok().flatten();
        let permit = lock(&self.lanes).next_permit(now);
        let soonest = [next, permit].into_iter().flatten().min();
        soonest
            .and_then(|at| (at - now).to_std().ok())
            .map_or(self.settings.poll, |wait| wait + Duration::from_millis(1))
            .min(self.settings.poll)
    }
}

fn lock(lanes: &Mutex<Lanes>) -> MutexGuard<'_, Lanes> {
    lanes.lock().unwrap_or_else(PoisonError::into_inner)
}
