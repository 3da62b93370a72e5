//! Rate limits per API key and per address, with the headers that tell a client how much is left.
//!
//! Source: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/> for `RateLimit` and `RateLimit-Policy`.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, Reference as _};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use super::address::ClientAddress;
use super::errors;
use crate::clock::Clock;
use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::server::hooks;
use crate::server::state::AppState;

/// Requests per minute and asker; 0 switches a limit off. A whole minute's worth may come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// For one API key.
    pub per_key: u32,
    /// For one address on the API, whatever keys it sends.
    pub per_address: u32,
    /// For one address on sign-in, sign-up and password reset.
    pub sign_in: u32,
    /// For one address on changes made in pages.
    pub actions: u32,
}

/// Webhooks a minute at one integration's address. Providers try again what is refused beyond it.
const HOOK_PER_MINUTE: u32 = 6000;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Ticks, StateInformationMiddleware>;

/// The counters. They live in this process: several processes allow as many times the limit.
pub struct Limiters {
    per_key: Option<Limiter<[u8; 16]>>,
    per_address: Option<Limiter<IpAddr>>,
    sign_in: Option<Limiter<IpAddr>>,
    actions: Option<Limiter<IpAddr>>,
    per_hook: Option<Limiter<[u8; 16]>>,
}

impl std::fmt::Debug for Limiters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limiters").finish_non_exhaustive()
    }
}

impl Limiters {
    /// Empty counters for these limits.
    pub fn new(limits: RateLimits, clock: &Clock) -> Self {
        Self {
            per_key: limiter(limits.per_key, clock),
            per_address: limiter(limits.per_address, clock),
            sign_in: limiter(limits.sign_in, clock),
            actions: limiter(limits.actions, clock),
            per_hook: limiter(HOOK_PER_MINUTE, clock),
        }
    }

    /// Forgets askers whose allowance is whole again. Called now and then so that the counters stay small.
    pub fn tidy(&self) {
        for limiter in [&self.per_key, &self.per_hook].into_iter().flatten() {
            limiter.retain_recent();
        }
        for limiter in [&self.per_address, &self.sign_in, &self.actions].into_iter().flatten() {
            limiter.retain_recent();
        }
    }
}

/// The program's clock in the library's terms, so that a test can move it.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(u64::try_from(self.0.now().timestamp_nanos_opt().unwrap_or(0)).unwrap_or(0))
    }
}

fn limiter<K: std::hash::Hash + Eq + Clone>(per_minute: u32, clock: &Clock) -> Option<Limiter<K>> {
    let quota = Quota::per_minute(NonZeroU32::new(per_minute)?);
    Some(RateLimiter::<K, _, _, StateInformationMiddleware>::new(quota, DefaultKeyedStateStore::default(), Ticks(clock.clone())))
}

/// What is left of an allowance.
struct Allowance {
    policy: &'static str,
    quota: u32,
    left: u32,
    /// How long to wait, if nothing is left.
    wait: Option<Duration>,
}

fn check<K: std::hash::Hash + Eq + Clone>(limiter: Option<&Limiter<K>>, policy: &'static str, key: &K) -> Option<Allowance> {
    let limiter = limiter?;
    Some(match limiter.check_key(key) {
        Ok(state) => Allowance { policy, quota: state.quota().burst_size().get(), left: state.remaining_burst_capacity(), wait: None },
        Err(not_until) => {
            let now = limiter.clock().now();
            let wait = Duration::from(not_until.earliest_possible().duration_since(now));
            Allowance { policy, quota: not_until.quota().burst_size().get(), left: 0, wait: Some(wait.max(Duration::from_millis(1))) }
        }
    })
}

/// Counts the request, refuses it if the allowance is used up, and says how much is left.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limiters = &state.limiters;
    let address = request.extensions().get::<ClientAddress>().and_then(|address| address.0);
    let path = request.uri().path();
    let mut allowances = Vec::with_capacity(2);
    if hooks::is_hook(path) {
        // Many customers of one provider share its few addresses: what counts is whom the message is for.
        allowances.extend(check(limiters.per_hook.as_ref(), "hook", &short(path.as_bytes())));
    } else if path.starts_with("/api/") {
        if let Some(key) = request.headers().get(header::AUTHORIZATION) {
            allowances.extend(check(limiters.per_key.as_ref(), "key", &short(key.as_bytes())));
        }
        allowances.extend(address.and_then(|address| check(limiters.per_address.as_ref(), "address", &address)));
    } else if path.starts_with("/partner/") {
        // Without a sign-in, a token is all that is asked for.
        allowances.extend(address.and_then(|address| check(limiters.actions.as_ref(), "actions", &address)));
    } else if request.method() == Method::POST {
        let (limiter, policy) = if is_sign_in(path) { (&limiters.sign_in, "sign-in") } else { (&limiters.actions, "actions") };
        allowances.extend(address.and_then(|address| check(limiter.as_ref(), policy, &address)));
    }
    let Some(tightest) = allowances.into_iter().min_by_key(|allowance| (allowance.wait.is_none(), allowance.left)) else {
        return next.run(request).await;
    };
    let mut response = match tightest.wait {
        Some(wait) => errors::answer(
            Fault::new(
                ErrorCode::RateLimited,
                format!("This is more than {} requests in a minute. Wait a little, then go on.", tightest.quota),
            )
            .retry_after(wait),
        ),
        None => next.run(request).await,
    };
    let per_request = 60.0 / f64::from(tightest.quota);
    let until_whole = (f64::from(tightest.quota - tightest.left) * per_request).ceil();
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    set("ratelimit-policy", format!("\"{}\";q={};w=60", tightest.policy, tightest.quota));
    set("ratelimit", format!("\"{}\";r={};t={until_whole}", tightest.policy, tightest.left));
    response
}

/// A fixed-size stand-in for a text of any length.
fn short(text: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(text)[..16]);
    short
}

fn is_sign_in(path: &str) -> bool {
    ["/fn/auth/", "/fn/accounts/sign", "/fn/sign", "/fn/password"].iter().any(|prefix| path.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn an_allowance_is_used_up_and_grows_back() {
        let clock = Clock::manual(DateTime::from_timestamp(1_800_000_000, 0).expect("a valid time"));
        let limiter = limiter::<u8>(2, &clock);
        let left = |allowance: Option<Allowance>| allowance.map(|allowance| (allowance.left, allowance.wait));
        assert_eq!(left(check(limiter.as_ref(), "p", &1)), Some((1, None)));
        assert_eq!(left(check(limiter.as_ref(), "p", &1)), Some((0, None)));
        assert_eq!(left(check(limiter.as_ref(), "p", &1)), Some((0, Some(Duration::from_secs(30)))));
        assert_eq!(left(check(limiter.as_ref(), "p", &2)), Some((1, None)), "another asker has an allowance of its own");
        clock.advance(Duration::from_secs(30));
        assert_eq!(left(check(limiter.as_ref(), "p", &1)), Some((0, None)));
    }

    #[test]
    fn zero_switches_a_limit_off() {
        assert!(limiter::<u8>(0, &Clock::system()).is_none());
    }
}
