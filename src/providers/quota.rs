//! What a provider says about its limits, and the limiter that keeps a connection within them.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

use super::Error;

/// A provider's rate limit as its headers state it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Quota {
    /// Calls per window.
    pub limit: Option<u32>,
    /// Calls left in this window.
    pub remaining: Option<u32>,
    /// When the window ends.
    pub resets_at: Option<DateTime<Utc>>,
}

impl Quota {
    /// Reads `X-RateLimit-Limit`, `-Remaining` and `-Reset`. `None` when there is none of them.
    pub fn from_headers(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        let quota = Self {
            limit: number("x-ratelimit-limit"),
            remaining: number("x-ratelimit-remaining"),
            resets_at: headers.get("x-ratelimit-reset").and_then(|v| v.to_str().ok()).and_then(|text| moment(text, now)),
        };
        (quota.limit.is_some() || quota.remaining.is_some() || quota.resets_at.is_some()).then_some(quota)
    }
}

/// `Retry-After`: seconds or an HTTP date. A date in the past is zero.
///
/// Source: RFC 9110, section 10.2.3.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && (0.0..=86_400.0).contains(&seconds)).then(|| Duration::from_secs_f64(seconds));
    }
    let until = http_date(text)?;
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

/// A moment as providers write it: Unix seconds, seconds from now, RFC 3339, or an HTTP date.
fn moment(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        // No window is a year long, so a small number can only be a duration.
        return if number > 31_536_000 {
            DateTime::from_timestamp(number, 0)
        } else {
            now.checked_add_signed(chrono::TimeDelta::try_seconds(number)?)
        };
    }
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc()).or_else(|| http_date(text))
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text).ok().map(|at| at.to_utc())
}

/// Keeps one connection within its provider's limit: after "none left" or a 429 nothing is sent until the window ends.
#[derive(Debug, Default)]
pub struct Limiter(Mutex<State>);

#[derive(Debug, Default, Clone, Copy)]
struct State {
    quota: Option<Quota>,
    blocked_until: Option<DateTime<Utc>>,
}

impl Limiter {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Asks whether a call may be sent now.
    ///
    /// # Errors
    /// `RateLimited` with the time until the window ends.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Error> {
        match self.throttled_until(now) {
            Some(until) => {
                Err(Error::RateLimited { retry_after: (until - now).to_std().ok(), message: "no calls are left in this window".to_owned() })
            }
            None => Ok(()),
        }
    }

    /// Until when nothing may be sent; `None` when a call may go now.
    pub fn throttled_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.state().blocked_until.filter(|until| *until > now)
    }

    /// The limit as it was last stated.
    pub fn quota(&self) -> Option<Quota> {
        self.state().quota
    }

    /// Takes in what an answer said.
    pub fn note(&self, quota: Option<Quota>, refused: Option<Option<Duration>>, now: DateTime<Utc>) {
        let mut state = self.state();
        if let Some(quota) = quota {
            state.quota = Some(quota);
            if quota.remaining == Some(0) {
                state.blocked_until = state.blocked_until.max(quota.resets_at);
            }
        }
        if let Some(wait) = refused {
            let until = match wait {
                Some(wait) => chrono::TimeDelta::from_std(wait).ok().and_then(|wait| now.checked_add_signed(wait)),
                None => quota.and_then(|quota| quota.resets_at),
            };
            state.blocked_until = state.blocked_until.max(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (reqwest::header::HeaderName::from_static(k), v.parse().expect("a header"))).collect()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = at("2026-11-21T10:00:00Z");
        for (text, want) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("Sat, 21 Nov 2026 10:00:30 GMT", Some(30)),
            ("Sat, 21 Nov 2026 09:00:30 GMT", Some(0)),
            ("soon", None),
            ("-4", None),
            ("1e300", None),
        ] {
            assert_eq!(retry_after(&headers(&[("retry-after", text)]), now), want.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn the_reset_is_understood_in_every_spelling() {
        let now = at("2026-11-21T10:00:00Z");
        for text in ["1795255212", "12", "2026-11-21T10:00:12Z", "Sat, 21 Nov 2026 10:00:12 GMT"] {
            let quota = Quota::from_headers(&headers(&[("x-ratelimit-reset", text)]), now).expect("a quota");
            assert_eq!(quota.resets_at, Some(at("2026-11-21T10:00:12Z")), "{text}");
        }
        assert_eq!(Quota::from_headers(&HeaderMap::new(), now), None);
    }

    #[test]
    fn nothing_is_sent_when_nothing_is_left() {
        let (limiter, now) = (Limiter::default(), at("2026-11-21T10:00:00Z"));
        let quota = |remaining| Quota { limit: Some(50), remaining: Some(remaining), resets_at: Some(at("2026-11-21T10:00:20Z")) };
        limiter.note(Some(quota(1)), None, now);
        assert_eq!(limiter.check(now), Ok(()));
        limiter.note(Some(quota(0)), None, now);
        assert_eq!(limiter.check(now).expect_err("blocked").retry_after(), Some(Duration::from_secs(20)));
        assert_eq!(limiter.check(at("2026-11-21T10:00:20Z")), Ok(()));
        limiter.note(None, Some(Some(Duration::from_secs(90))), now);
        assert_eq!(limiter.throttled_until(now), Some(at("2026-11-21T10:01:30Z")));
    }
}
