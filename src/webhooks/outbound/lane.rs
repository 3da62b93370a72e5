//! Lanes: what the worker knows about each receiver. One lane never waits for another.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::breaker::{Breaker, Change, Permit, Settings};
use super::pace::Pace;
use super::standing::{Standing, Warning};
use super::target::Target;
use crate::domain::id::{DeliveryId, WebhookId};
use crate::store::delivery::ClaimedRow;

/// How many deliveries a lane claims at once at most; a fast receiver works its way up to it.
const MAX_BATCH: usize = 256;
/// A batch that was used up sooner than this was too small.
const FAST: Duration = Duration::from_millis(500);
/// How long nothing is claimed for a subscription that cannot be used.
const BLOCKED: Duration = Duration::from_secs(10);
/// How long an idle lane is remembered.
const FORGET: Duration = Duration::from_secs(120);

/// A claimed delivery with its bytes.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The row.
    pub row: ClaimedRow,
    /// The exact bytes.
    pub body: Bytes,
}

/// One receiver.
#[derive(Debug)]
pub struct Lane {
    /// The subscription as it was last read; `None` when it cannot be used.
    pub target: Option<Arc<Target>>,
    /// How its row stands.
    standing: Standing,
    breaker: Breaker,
    pace: Pace,
    /// Whether somebody waits to start what its pace holds back.
    is_timed: bool,
    held: VecDeque<Claimed>,
    in_flight: usize,
    batch: usize,
    claimed_at: Option<DateTime<Utc>>,
    more: bool,
    /// Not claimed for before this time, because the subscription cannot be used.
    blocked_until: Option<DateTime<Utc>>,
    used_at: DateTime<Utc>,
}

/// A try that may start now.
#[derive(Debug)]
pub struct Start {
    /// To whom.
    pub target: Arc<Target>,
    /// What.
    pub claimed: Claimed,
    /// Whether the breaker waits for its result.
    pub is_probe: bool,
}

/// How a try ended, as far as its lane cares.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// It arrived.
    pub is_success: bool,
    /// The receiver as a whole is in trouble.
    pub is_trouble: bool,
    /// The breaker waits for the result.
    pub is_probe: bool,
    /// How long the receiver asked to be left alone.
    pub pause: Option<Duration>,
}

/// What a finished try changed in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneChange {
    /// In the breaker.
    pub breaker: Change,
    /// In `failing_since`: the new value.
    pub failing_since: Option<Option<DateTime<Utc>>>,
    /// What people are to be told.
    pub warning: Option<Warning>,
    /// Whether the lane could take more from the database.
    pub wants_more: bool,
}

/// Every lane of this process.
#[derive(Debug)]
pub struct Lanes {
    lanes: HashMap<WebhookId, Lane>,
    /// Claimed, and the outcome not yet written.
    live: HashSet<DeliveryId>,
    in_flight: usize,
    max_in_flight: usize,
    breaker: Settings,
}

impl Lane {
    fn new(target: Option<Arc<Target>>, standing: Standing, breaker: Settings, now: DateTime<Utc>) -> Self {
        let blocked_until = target.is_none().then(|| now + BLOCKED);
        let batch = target.as_ref().map_or(1, |target| target.max_in_flight * 2);
        let breaker = Breaker::new(breaker);
        Self {
            target,
            standing,
            breaker,
            pace: Pace::default(),
            is_timed: false,
            held: VecDeque::new(),
            in_flight: 0,
            batch,
            claimed_at: None,
            more: false,
            blocked_until,
            used_at: now,
        }
    }

    /// How many deliveries it can take now.
    fn room(&self, now: DateTime<Utc>) -> usize {
        let Some(target) = &self.target else { return 0 };
        if self.breaker.next_permit(now).is_some() || self.pace.is_paused(now) {
            return 0;
        }
        // One message is enough to ask a receiver in trouble whether it is back.
        let batch = if self.breaker.is_closed() { self.batch.max(target.max_in_flight) } else { 1 };
        batch.saturating_sub(self.held.len())
    }

    fn is_low(&self) -> bool {
        self.more && self.held.len() <= self.batch / 2
    }
}

impl Lanes {
    /// No lane yet; at most `max_in_flight` tries at once over all.
    pub fn new(max_in_flight: usize, breaker: Settings) -> Self {
        Self { lanes: HashMap::new(), live: HashSet::new(), in_flight: 0, max_in_flight, breaker }
    }

    /// The receivers it knows, with the version of each.
    pub fn versions(&self) -> Vec<(WebhookId, Option<DateTime<Utc>>)> {
        self.lanes.iter().map(|(id, lane)| (*id, lane.target.as_ref().map(|target| target.version))).collect()
    }

    /// Whether a receiver must be read (again) before it is sent to.
    pub fn needs_target(&self, id: WebhookId, now: DateTime<Utc>) -> bool {
        self.lanes.get(&id).is_none_or(|lane| lane.target.is_none() && lane.blocked_until.is_none_or(|until| until <= now))
    }

    /// Takes a receiver as it was read; `None` when it cannot be used.
    pub fn set_target(&mut self, id: WebhookId, target: Option<Arc<Target>>, standing: Standing, now: DateTime<Utc>) {
        match self.lanes.get_mut(&id) {
            Some(lane) => {
                lane.blocked_until = target.is_none().then(|| now + BLOCKED);
                // A changed subscription gets a fresh chance: the change may be what mends it.
                if lane.target.as_ref().map(|target| target.version) != target.as_ref().map(|target| target.version) {
                    lane.breaker = Breaker::new(self.breaker);
                    lane.pace = Pace::default();
                }
                lane.target = target;
                lane.standing = standing;
            }
            None => {
                self.lanes.insert(id, Lane::new(target, standing, self.breaker, now));
            }
        }
    }

    /// Takes what other workers learnt about a receiver.
    pub fn set_standing(&mut self, id: WebhookId, standing: Standing) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.standing = Standing { is_shown_open: lane.standing.is_shown_open, ..standing };
        }
    }

    /// Forgets a receiver that was deleted or switched off and returns what it held, to be given back and settled.
    pub fn remove(&mut self, id: WebhookId) -> Vec<DeliveryId> {
        let held = self.lanes.get_mut(&id).map(|lane| std::mem::take(&mut lane.held)).unwrap_or_default();
        if self.lanes.get(&id).is_some_and(|lane| lane.in_flight == 0) {
            self.lanes.remove(&id);
        }
        held.iter().map(|claimed| claimed.row.id).collect()
    }

    /// Forgets lanes that were idle for long.
    pub fn forget_idle(&mut self, now: DateTime<Utc>) {
        self.lanes.retain(|_, lane| {
            let is_busy = lane.in_flight > 0 || !lane.held.is_empty() || !lane.breaker.is_closed();
            is_busy || lane.used_at + FORGET > now
        });
    }

    /// How many deliveries to claim for a receiver, and whether in order. Zero while it is saturated or held back.
    pub fn room(&self, id: WebhookId, now: DateTime<Utc>) -> (usize, bool) {
        match self.lanes.get(&id) {
            Some(lane) => (lane.room(now), lane.target.as_ref().is_some_and(|target| target.ordered)),
            None => (0, false),
        }
    }

    /// Whether a delivery is claimed here and its outcome not yet written.
    pub fn is_live(&self, id: DeliveryId) -> bool {
        self.live.contains(&id)
    }

    /// Takes claimed deliveries of one receiver. `full` says that there may be more. Returns what it cannot take, to be given back: the
    /// receiver may have been switched off while the claim was under way.
    #[must_use]
    pub fn hold(&mut self, id: WebhookId, claimed: Vec<Claimed>, is_full: bool, now: DateTime<Utc>) -> Vec<DeliveryId> {
        let Some(lane) = self.lanes.get_mut(&id).filter(|lane| lane.target.is_some()) else {
            return claimed.into_iter().map(|claimed| claimed.row.id).collect();
        };
        let was_fast = lane.claimed_at.is_some_and(|at| now - at < chrono::Duration::from_std(FAST).unwrap_or_default());
        if is_full && was_fast {
            lane.batch = (lane.batch * 2).min(MAX_BATCH);
        } else if !was_fast {
            lane.batch = lane.target.as_ref().map_or(1, |target| (target.max_in_flight * 2).min(MAX_BATCH));
        }
        lane.claimed_at = Some(now);
        lane.used_at = now;
        lane.more = is_full;
        self.live.extend(claimed.iter().map(|claimed| claimed.row.id));
        lane.held.extend(claimed);
        Vec::new()
    }

    /// Sends nothing more to a receiver that is to be switched off. What it holds stays until it is removed.
    pub fn close(&mut self, id: WebhookId, now: DateTime<Utc>) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.target = None;
            lane.blocked_until = Some(now + BLOCKED);
        }
    }

    /// The tries of one receiver that may start now, and when to ask again if its pace holds more of them back. That time is given to one
    /// asker only, who calls [`Self::woken`] then.
    pub fn start(&mut self, id: WebhookId, now: DateTime<Utc>) -> (Vec<Start>, Option<DateTime<Utc>>) {
        let mut starts = Vec::new();
        let Some(lane) = self.lanes.get_mut(&id) else { return (starts, None) };
        let Some(target) = lane.target.clone() else { return (starts, None) };
        while lane.in_flight < target.max_in_flight && self.in_flight < self.max_in_flight && !lane.held.is_empty() {
            // The pace last: a permit that is not used would be lost.
            if lane.breaker.next_permit(now).is_some() {
                break;
            }
            if let Err(at) = lane.pace.permit(target.rate, now) {
                let is_first = !std::mem::replace(&mut lane.is_timed, true);
                return (starts, is_first.then_some(at));
            }
            let is_probe = match lane.breaker.permit(now, target.timeout + Duration::from_secs(5)) {
                Permit::Go => false,
                Permit::Probe => true,
                Permit::Wait(_) => break,
            };
            let Some(claimed) = lane.held.pop_front() else { break };
            lane.in_flight += 1;
            lane.used_at = now;
            self.in_flight += 1;
            starts.push(Start { target: Arc::clone(&target), claimed, is_probe });
        }
        (starts, None)
    }

    /// The time that [`Self::start`] gave has come.
    pub fn woken(&mut self, id: WebhookId) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.is_timed = false;
        }
    }

    /// Takes the result of a try.
    pub fn finish(&mut self, id: WebhookId, ended: Ended, now: DateTime<Utc>) -> LaneChange {
        // At the limit other lanes may wait for this very place.
        let was_full = self.in_flight >= self.max_in_flight;
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(lane) = self.lanes.get_mut(&id) else {
            return LaneChange { breaker: Change::None, failing_since: None, warning: None, wants_more: was_full };
        };
        lane.in_flight = lane.in_flight.saturating_sub(1);
        if let Some(wait) = ended.pause {
            lane.pace.pause(wait, now);
        }
        let mut breaker = lane.breaker.record(ended.is_trouble, ended.is_probe, now);
        // Left open by a worker that is gone.
        if ended.is_success && breaker == Change::None && lane.standing.is_shown_open && lane.breaker.is_closed() {
            breaker = Change::Closed;
        }
        match breaker {
            Change::None => {}
            Change::Opened(_) => lane.standing.is_shown_open = true,
            Change::Closed => lane.standing.is_shown_open = false,
        }
        let disable_after = lane.target.as_ref().and_then(|target| target.disable_after);
        let (failing_since, warning) = lane.standing.record(ended.is_success, disable_after, now);
        LaneChange { breaker, failing_since, warning, wants_more: was_full || lane.is_low() || breaker != Change::None }
    }

    /// The outcomes of these are written, or they were given back.
    pub fn settled(&mut self, ids: impl IntoIterator<Item = DeliveryId>) {
        for id in ids {
            self.live.remove(&id);
        }
    }

    /// Every delivery whose claim must be kept.
    pub fn live(&self) -> Vec<DeliveryId> {
        self.live.iter().copied().collect()
    }

    /// Takes back everything that was not started, to be given back and settled.
    pub fn take_held(&mut self) -> Vec<DeliveryId> {
        self.lanes.values_mut().flat_map(|lane| lane.held.drain(..)).map(|claimed| claimed.row.id).collect()
    }

    /// The receivers that hold deliveries.
    pub fn holding(&self) -> Vec<WebhookId> {
        self.lanes.iter().filter(|(_, lane)| !lane.held.is_empty()).map(|(id, _)| *id).collect()
    }

    /// The earliest time at which a breaker lets a message through again.
    pub fn next_permit(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.lanes.values().filter_map(|lane| lane.breaker.next_permit(now)).min()
    }

    /// Whether nothing runs and every outcome is written, but for what a breaker holds back.
    pub fn is_quiet(&self) -> bool {
        self.in_flight == 0 && self.live.len() == self.lanes.values().map(|lane| lane.held.len()).sum::<usize>()
    }
}
