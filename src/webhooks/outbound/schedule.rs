//! When a delivery is tried again, and when it is given up.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The most tries after the first one.
pub const MAX_RETRIES: u32 = 16;
/// The longest wait between two tries: 24 hours.
pub const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest wait a receiver can ask for with `Retry-After`: one hour.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// The wait before the second try when nothing else is set.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Waits grow by up to this share, so that deliveries that failed together do not come back together.
const JITTER: f64 = 0.1;

/// The waits of one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    retries: u32,
    waits: Option<Vec<u32>>,
}

/// Why a schedule is refused, as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// More than [`MAX_RETRIES`].
    #[error("Give 0 to {MAX_RETRIES} retries.")]
    TooManyRetries,
    /// More waits than [`MAX_RETRIES`].
    #[error("Give at most {MAX_RETRIES} waits.")]
    TooManyWaits,
    /// A wait of zero or past [`MAX_WAIT`].
    #[error("A wait must be 1 to 86400 seconds.")]
    Wait {
        /// Which one, from 0.
        index: usize,
    },
}

impl Schedule {
    /// The schedule of `retries` tries after the first. Without a list the waits are 1, 2, 4, ... seconds; with one, they are the list's,
    /// its last wait repeating when there are more retries than waits.
    ///
    /// # Errors
    /// [`ScheduleError`] when a number is out of range.
    pub fn new(retries: u32, waits: Option<Vec<u32>>) -> Result<Self, ScheduleError> {
        if retries > MAX_RETRIES {
            return Err(ScheduleError::TooManyRetries);
        }
        if let Some(waits) = &waits {
            if waits.len() > MAX_RETRIES as usize {
                return Err(ScheduleError::TooManyWaits);
            }
            if let Some(index) = waits.iter().position(|&wait| wait == 0 || u64::from(wait) > MAX_WAIT.as_secs()) {
                return Err(ScheduleError::Wait { index });
            }
        }
        Ok(Self { retries, waits: waits.filter(|waits| !waits.is_empty()) })
    }

    /// Tries in all.
    pub fn max_attempts(&self) -> u32 {
        self.retries + 1
    }

    /// The wait after the try number `attempt` (from 1) failed, or `None` when that was the last.
    ///
    /// `random` is from 0 up to 1.
    pub fn wait_after(&self, attempt: u32, retry_after: Option<Duration>, random: f64) -> Option<Duration> {
        if attempt == 0 || attempt > self.retries {
            return None;
        }
        let nth = attempt - 1;
        let wait = match &self.waits {
            Some(waits) => waits.get(nth as usize).or(waits.last()).map_or(FIRST_WAIT, |&seconds| Duration::from_secs(seconds.into())),
            None => FIRST_WAIT.saturating_mul(1 << nth.min(20)).min(MAX_WAIT),
        };
        let jittered = wait.mul_f64(1.0 + JITTER * random.clamp(0.0, 1.0));
        Some(match retry_after {
            // The receiver knows better when it is ready, but it cannot make us come sooner than planned.
            Some(asked) => jittered.max(asked.min(MAX_RETRY_AFTER)),
            None => jittered,
        })
    }
}

/// Reads waits as people write them: `1, 5, 30s, 5m, 2h`. Nothing at all is no list.
///
/// # Errors
/// The first part that is no time.
pub fn parse_waits(text: &str) -> Result<Option<Vec<i64>>, String> {
    let parts = text.split([',', ' ', '\n', '\r']).filter(|part| !part.is_empty());
    let read = |part: &str| {
        let (digits, factor) = match part.char_indices().last() {
            Some((at, 's')) => (&part[..at], 1),
            Some((at, 'm')) => (&part[..at], 60),
            Some((at, 'h')) => (&part[..at], 3600),
            _ => (part, 1),
        };
        digits.parse::<i64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(|| part.to_owned())
    };
    let waits = parts.map(read).collect::<Result<Vec<_>, _>>()?;
    Ok((!waits.is_empty()).then_some(waits))
}

/// Waits as people write them, the way [`parse_waits`] reads.
pub fn format_waits(waits: &[u32]) -> String {
    let one = |wait: &u32| match *wait {
        wait if wait >= 3600 && wait % 3600 == 0 => format!("{}h", wait / 3600),
        wait if wait >= 60 && wait % 60 == 0 => format!("{}m", wait / 60),
        wait => format!("{wait}s"),
    };
    waits.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What a status means for the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Received.
    Success,
    /// Try again as scheduled.
    Retry,
    /// 410: the receiver is gone for good; the subscription is switched off.
    Disable,
}

/// Judges an answer. `None` stands for "no answer".
///
/// Every 2xx is success. Everything else is tried again, 3xx too (redirects are not followed) and 4xx too: a receiver that is being
/// deployed answers 404 or 401 for a while, and giving up would lose the event. Only 410 says that nothing will ever be there again.
pub fn verdict(status: Option<u16>) -> Verdict {
    match status {
        Some(200..=299) => Verdict::Success,
        Some(410) => Verdict::Disable,
        _ => Verdict::Retry,
    }
}

/// Whether an answer says that the receiver as a whole is in trouble, for its breaker. A receiver that answers 400 or 404 is alive.
pub fn is_receiver_trouble(status: Option<u16>) -> bool {
    !matches!(status, Some(status) if status < 500 && status != 408 && status != 429)
}

/// Reads `Retry-After`: seconds or an HTTP date.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>
pub fn parse_retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit still mean "long".
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = DateTime::parse_from_rfc2822(value).ok()?;
    Some((at.with_timezone(&Utc) - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    fn seconds(schedule: &Schedule) -> Vec<u64> {
        (1..).map_while(|attempt| schedule.wait_after(attempt, None, 0.0)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn the_seeds_schedule_doubles_from_one_second() {
        assert_eq!(seconds(&Schedule::new(3, None).expect("valid")), [1, 2, 4]);
        assert_eq!(seconds(&Schedule::new(0, None).expect("valid")), [0; 0]);
        assert_eq!(seconds(&Schedule::new(16, None).expect("valid")).last(), Some(&32768));
        assert_eq!(Schedule::new(3, None).expect("valid").max_attempts(), 4);
    }

    #[test]
    fn a_list_is_followed_and_its_last_wait_repeats() {
        assert_eq!(seconds(&Schedule::new(4, Some(vec![5, 300])).expect("valid")), [5, 300, 300, 300]);
        assert_eq!(seconds(&Schedule::new(1, Some(vec![5, 300])).expect("valid")), [5]);
        assert_eq!(seconds(&Schedule::new(2, Some(vec![])).expect("valid")), [1, 2]);
    }

    #[test]
    fn waits_are_read_and_written_as_people_do() {
        assert_eq!(parse_waits(" 5, 30s 5m,2h "), Ok(Some(vec![5, 30, 300, 7200])));
        assert_eq!(parse_waits(" "), Ok(None));
        for wrong in ["soon", "5x", "h", "1.5h", "9223372036854775807h"] {
            assert_eq!(parse_waits(&format!("1, {wrong}")), Err(wrong.to_owned()));
        }
        assert_eq!(format_waits(&[5, 90, 300, 7200]), "5s, 90s, 5m, 2h");
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(Schedule::new(17, None), Err(ScheduleError::TooManyRetries));
        assert_eq!(Schedule::new(1, Some(vec![1; 17])), Err(ScheduleError::TooManyWaits));
        assert_eq!(Schedule::new(1, Some(vec![1, 0])), Err(ScheduleError::Wait { index: 1 }));
        assert_eq!(Schedule::new(1, Some(vec![86_401])), Err(ScheduleError::Wait { index: 0 }));
    }

    #[test]
    fn retry_after_is_obeyed_up_to_an_hour() {
        let schedule = Schedule::new(3, None).expect("valid");
        let wait = |asked| schedule.wait_after(3, Some(Duration::from_secs(asked)), 0.0).expect("not the last").as_secs();
        assert_eq!((wait(0), wait(2), wait(30), wait(7200), wait(u64::MAX)), (4, 4, 30, 3600, 3600));
        assert_eq!(schedule.wait_after(4, Some(Duration::from_secs(1)), 0.0), None);
    }

    #[test]
    fn statuses_are_judged() {
        for (status, expected) in [
            (Some(200), Verdict::Success),
            (Some(202), Verdict::Success),
            (Some(204), Verdict::Success),
            (Some(299), Verdict::Success),
            (Some(199), Verdict::Retry),
            (Some(301), Verdict::Retry),
            (Some(400), Verdict::Retry),
            (Some(404), Verdict::Retry),
            (Some(410), Verdict::Disable),
            (Some(429), Verdict::Retry),
            (Some(500), Verdict::Retry),
            (None, Verdict::Retry),
        ] {
            assert_eq!(verdict(status), expected, "{status:?}");
        }
        for (status, expected) in [
            (None, true),
            (Some(500), true),
            (Some(503), true),
            (Some(429), true),
            (Some(408), true),
            (Some(200), false),
            (Some(302), false),
            (Some(404), false),
            (Some(410), false),
        ] {
            assert_eq!(is_receiver_trouble(status), expected, "{status:?}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = Utc.with_ymd_and_hms(2015, 10, 21, 7, 27, 0).single().expect("valid");
        for (text, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(text, now), expected.map(Duration::from_secs), "{text}");
        }
    }

    proptest! {
        #[test]
        fn waits_stay_within_their_bounds(retries in 0u32..=16, attempt in 0u32..40, random in 0.0f64..1.0, asked in prop::option::of(0u64..100_000)) {
            let schedule = Schedule::new(retries, None).expect("in range");
            match schedule.wait_after(attempt, asked.map(Duration::from_secs), random) {
                Some(wait) => {
                    prop_assert!(attempt >= 1 && attempt <= retries);
                    let plain = schedule.wait_after(attempt, None, 0.0).expect("the same try");
                    prop_assert!(wait >= plain && wait <= plain.mul_f64(1.1).max(MAX_RETRY_AFTER));
                }
                None => prop_assert!(attempt == 0 || attempt > retries),
            }
        }
    }
}
