//! The one source of "now" and of new identifiers.
//!
//! Times are cut to microseconds: PostgreSQL keeps no more, and a value must compare equal after it was stored.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// A clock: the system's, or one that a test moves. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Manual(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until [`Clock::advance`] moves it.
    pub fn manual(start: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(Mutex::new(start.trunc_subsecs(6)))))
    }

    /// The present instant, in UTC, cut to microseconds.
    #[expect(clippy::disallowed_methods, reason = "this is the home of Utc::now")]
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => Utc::now().trunc_subsecs(6),
            Source::Manual(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Moves a manual clock forward. The system's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(at) = &self.0 {
            let mut at = at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *at += by;
        }
    }

    /// A new UUIDv7: its first 48 bits are this clock's time, so ids sort by creation.
    #[expect(clippy::disallowed_methods, reason = "this is the home of Uuid::now_v7")]
    pub fn new_id(&self) -> Uuid {
        match &self.0 {
            Source::System => Uuid::now_v7(),
            Source::Manual(_) => {
                let now = self.now();
                let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
                Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
            }
        }
    }

    /// A new identifier of any of the id types.
    #[expect(clippy::new_ret_no_self, reason = "the clock makes a new id, not a new clock: `let id: JobId = clock.new()`")]
    pub fn new<T: From<Uuid>>(&self) -> T {
        self.new_id().into()
    }
}
