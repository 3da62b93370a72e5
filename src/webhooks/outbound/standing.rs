//! How a receiver stands over days: since when nothing arrives, and how near it is to being switched off.
//!
//! Pure: times are passed in.

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::webhook::{WebhookRow, WebhookStanding};

/// Shares of the way to being switched off at which people are told, in percent.
pub const STEPS: [i64; 4] = [50, 70, 90, 100];
/// The longest time without success that can be set.
pub const MAX_DISABLE_AFTER_DAYS: i64 = 30;

/// What a lane knows of its receiver's row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Since when nothing arrives.
    pub failing_since: Option<DateTime<Utc>>,
    /// How much of the way people were told of, in percent.
    pub warned_percent: i64,
    /// When they were told.
    pub warned_at: Option<DateTime<Utc>>,
    /// Whether the row shows the breaker as open.
    pub is_shown_open: bool,
}

/// What people are to be told of a receiver where nothing arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// Which step of the way, in percent; at 100 the subscription is switched off.
    pub percent: i64,
    /// Since when nothing arrives.
    pub since: DateTime<Utc>,
    /// When it is switched off at the earliest.
    pub ends_at: DateTime<Utc>,
}

impl Warning {
    /// Whether the subscription is switched off now.
    pub const fn is_last(&self) -> bool {
        self.percent >= 100
    }
}

impl From<&WebhookRow> for Standing {
    fn from(row: &WebhookRow) -> Self {
        Self {
            failing_since: row.failing_since,
            warned_percent: row.warned_percent,
            warned_at: row.warned_at,
            is_shown_open: row.breaker.is_some(),
        }
    }
}

impl From<&WebhookStanding> for Standing {
    fn from(row: &WebhookStanding) -> Self {
        Self { failing_since: row.failing_since, warned_percent: row.warned_percent, warned_at: row.warned_at, is_shown_open: false }
    }
}

impl Standing {
    /// Takes the result of a try. Returns the new `failing_since` if it changed, and what people are to be told.
    pub fn record(
        &mut self,
        is_success: bool,
        disable_after: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> (Option<Option<DateTime<Utc>>>, Option<Warning>) {
        if is_success {
            let was_failing = self.failing_since.take().is_some();
            (self.warned_percent, self.warned_at) = (0, None);
            return (was_failing.then_some(None), None);
        }
        let Some(since) = self.failing_since else {
            self.failing_since = Some(now);
            return (Some(Some(now)), None);
        };
        let warning = disable_after.and_then(|limit| self.warning(since, limit, now));
        if let Some(warning) = warning {
            (self.warned_percent, self.warned_at) = (warning.percent, Some(now));
        }
        (None, warning)
    }

    /// Nobody is switched off without having been told before: a receiver that is seldom sent to may have missed every step, and then gets a
    /// tenth of the time after its first warning.
    fn warning(&self, since: DateTime<Utc>, limit: TimeDelta, now: DateTime<Utc>) -> Option<Warning> {
        let grace = limit / 10;
        let reached = STEPS.iter().copied().rfind(|step| now - since >= limit * i32::try_from(*step).unwrap_or(100) / 100)?;
        let is_told = self.warned_at.is_some_and(|at| now - at >= grace);
        let percent = if reached == 100 && !is_told { 90 } else { reached };
        if percent <= self.warned_percent {
            return None;
        }
        let ends_at = if percent == 100 { now } else { (since + limit).max(now + grace) };
        Some(Warning { percent, since, ends_at })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        Utc.timestamp_opt(1_700_000_000 + hours * 3600, 0).single().expect("valid")
    }

    const LIMIT: Option<TimeDelta> = Some(TimeDelta::hours(100));

    #[test]
    fn people_are_told_once_at_each_step() {
        let mut standing = Standing::default();
        assert_eq!(standing.record(false, LIMIT, at(0)), (Some(Some(at(0))), None));
        let mut told = Vec::new();
        for hour in 1..=110 {
            if let (None, Some(warning)) = standing.record(false, LIMIT, at(hour)) {
                told.push((hour, warning.percent, warning.ends_at));
            }
        }
        assert_eq!(told, [(50, 50, at(100)), (70, 70, at(100)), (90, 90, at(100)), (100, 100, at(100))]);
        assert_eq!(standing.record(true, LIMIT, at(120)), (Some(None), None));
        assert_eq!(standing, Standing::default());
    }

    #[test]
    fn nobody_is_switched_off_without_a_warning() {
        let mut standing = Standing::default();
        standing.record(false, LIMIT, at(0));
        let (_, first) = standing.record(false, LIMIT, at(500));
        assert_eq!(first, Some(Warning { percent: 90, since: at(0), ends_at: at(510) }));
        assert_eq!(standing.record(false, LIMIT, at(509)).1, None);
        assert_eq!(standing.record(false, LIMIT, at(510)).1.map(|warning| warning.percent), Some(100));
        assert_eq!(standing.record(false, LIMIT, at(511)).1, None);
    }

    #[test]
    fn without_a_limit_nothing_is_said() {
        let mut standing = Standing::default();
        for hour in 0..1000 {
            assert_eq!(standing.record(false, None, at(hour)).1, None);
        }
    }
}
