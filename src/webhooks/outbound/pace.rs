//! The pace of one receiver: at most so many messages a second, and none while it asked for a pause.
//!
//! Pure: times are passed in. Messages that wait because of it lose none of their tries.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// The highest pace that can be set, in messages per second.
pub const MAX_PER_SECOND: i64 = 1000;
/// The longest pause of a whole receiver; a single message may wait longer.
pub const MAX_PAUSE: Duration = Duration::from_secs(60);

/// When the next message may leave.
///
/// The generic cell rate algorithm: a tenth of a second's messages may leave at once, so that short waits of the worker do not lower
/// the pace that was set.
/// Source: <https://www.itu.int/rec/T-REC-I.371-200403-I/en> (annex A)
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// When the next message would be due if all had kept their distance.
    due: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
}

impl Pace {
    /// Asks to send one message at `now`; counts it if it may go.
    ///
    /// # Errors
    /// The time from which on it may.
    pub fn permit(&mut self, per_second: Option<u32>, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        if let Some(until) = self.paused_until.filter(|until| now < *until) {
            return Err(until);
        }
        self.paused_until = None;
        let Some(per_second) = per_second.filter(|rate| *rate > 0) else { return Ok(()) };
        let distance = TimeDelta::microseconds(1_000_000 / i64::from(per_second));
        let slack = distance * i32::try_from((per_second / 10).max(1) - 1).unwrap_or(0);
        let due = self.due.unwrap_or(now).max(now);
        if due - slack > now {
            return Err(due - slack);
        }
        self.due = Some(due + distance);
        Ok(())
    }

    /// The receiver asked to be left alone for a while.
    pub fn pause(&mut self, wait: Duration, now: DateTime<Utc>) {
        let until = now + wait.min(MAX_PAUSE);
        self.paused_until = Some(self.paused_until.map_or(until, |earlier| earlier.max(until)));
    }

    /// Whether nothing may leave at `now`.
    pub fn is_paused(&self, now: DateTime<Utc>) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(1_700_000_000_000 + ms).single().expect("valid")
    }

    #[test]
    fn messages_keep_their_distance() {
        let mut pace = Pace::default();
        assert_eq!(pace.permit(Some(2), at(0)), Ok(()));
        assert_eq!(pace.permit(Some(2), at(0)), Err(at(500)));
        assert_eq!(pace.permit(Some(2), at(499)), Err(at(500)));
        assert_eq!(pace.permit(Some(2), at(500)), Ok(()));
        // A long silence is no credit.
        assert_eq!(pace.permit(Some(2), at(60_000)), Ok(()));
        assert_eq!(pace.permit(Some(2), at(60_000)), Err(at(60_500)));
        assert_eq!(pace.permit(None, at(60_000)), Ok(()));
    }

    #[test]
    fn a_pause_is_obeyed_up_to_a_minute_and_the_longer_one_counts() {
        let mut pace = Pace::default();
        pace.pause(Duration::from_secs(2), at(0));
        pace.pause(Duration::from_secs(1), at(0));
        assert!(pace.is_paused(at(1999)) && !pace.is_paused(at(2000)));
        assert_eq!(pace.permit(None, at(1999)), Err(at(2000)));
        assert_eq!(pace.permit(None, at(2000)), Ok(()));
        pace.pause(Duration::from_secs(3600), at(2000));
        assert_eq!(pace.permit(None, at(2000)), Err(at(62_000)));
    }

    proptest! {
        #[test]
        fn no_second_sees_more_than_was_set_and_a_tenth(rate in 1u32..200, steps in prop::collection::vec(0i64..40, 1..400)) {
            let mut pace = Pace::default();
            let (mut now, mut sent) = (0, Vec::new());
            for step in steps {
                now += step;
                while pace.permit(Some(rate), at(now)).is_ok() {
                    sent.push(now);
                }
            }
            for (index, from) in sent.iter().enumerate() {
                let within = sent[index..].iter().take_while(|ms| **ms < from + 1000).count();
                prop_assert!(within <= (rate + rate.div_ceil(10) + 1) as usize, "{} in a second at {}", within, rate);
            }
        }
    }
}
