//! How often something may be tried: per account and per address, counted in the database so that every process counts together.
//!
//! An attempt is counted before it is checked, so a rush of attempts at once counts as many. An account is counted by a hash of the
//! typed address whether it exists or not.

use std::net::IpAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Visitor;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::fault::{Fault, Result};
use crate::store::{Tx, throttle};

/// The first wait; it doubles with every further attempt.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// One counter: its name and how many attempts are free within the window.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    name: String,
    free: i64,
}

/// Attempts on one account.
pub(super) fn account(ctx: &Context, what: &str, email: &str) -> Counter {
    let digest = Sha256::digest(email.trim().to_lowercase().as_bytes());
    Counter { name: format!("{what}:account:{}", hex::encode(&digest[..16])), free: i64::from(ctx.site.sign_in_attempts) }
}

/// Attempts from one address: four times as many, as offices share one.
pub(super) fn address(ctx: &Context, what: &str, visitor: &Visitor) -> Option<Counter> {
    Some(Counter { name: format!("{what}:address:{}", network(visitor.address?)), free: i64::from(ctx.site.sign_in_attempts) * 4 })
}

/// What counts as one address: a household or office has a whole IPv6 /64, so single addresses in it cost nothing.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Counts an attempt, or refuses it.
///
/// # Errors
/// [`ErrorCode::RateLimited`] with how long to wait.
pub(super) async fn admit(ctx: &Context, counters: &[Counter]) -> Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    let mut wait = None;
    for counter in counters {
        let row = throttle::count_attempt(&mut tx, &counter.name, now, now + ctx.site.sign_in_window).await?;
        if let Some(until) = row.blocked_until.filter(|until| *until > now) {
            wait = wait.max((until - now).to_std().ok());
        } else if row.failures >= counter.free {
            // This attempt may pass; the next has to wait, unless this one turns out to be good.
            let until = now + wait_after(row.failures - counter.free);
            throttle::update_block(&mut tx, &counter.name, until).await?;
        }
    }
    tx.commit().await?;
    match wait {
        None => Ok(()),
        Some(wait) => {
            let minutes = wait.as_secs().div_ceil(60);
            let span = if minutes <= 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
            Err(Fault::new(ErrorCode::RateLimited, format!("There were too many attempts. Wait {span}, then try again.")).retry_after(wait))
        }
    }
}

/// Forgets the attempts on an account: its owner came in.
pub(super) async fn clear(tx: &mut Tx, counter: &Counter) -> Result<()> {
    Ok(throttle::delete_throttle(tx, &counter.name).await?)
}

/// Takes one attempt back: it was a good one.
pub(super) async fn take_back(tx: &mut Tx, counter: &Counter) -> Result<()> {
    Ok(throttle::uncount_attempt(tx, &counter.name).await?)
}

fn wait_after(over: i64) -> Duration {
    let doublings = u32::try_from(over.clamp(0, 16)).unwrap_or(0);
    (FIRST_WAIT * 2_u32.pow(doublings)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::{clock, on_databases};

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (0..=6).map(|over| wait_after(over).as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 900, 900]);
    }

    #[tokio::test]
    async fn attempts_are_refused_with_a_growing_wait() {
        on_databases!(|db| {
            let clock = clock();
            let ctx = Context::for_tests(db.clone(), clock.clone());
            let counter = account(&ctx, "sign-in", "Robin@example.com");
            assert_eq!(counter.name, account(&ctx, "sign-in", " robin@EXAMPLE.com").name);
            let free = ctx.site.sign_in_attempts;
            for _ in 0..free {
                admit(&ctx, std::slice::from_ref(&counter)).await.expect("is free");
            }
            for expected in [30, 60, 120] {
                let fault = admit(&ctx, std::slice::from_ref(&counter)).await.expect_err("is refused");
                assert_eq!((fault.code, fault.retry_after), (ErrorCode::RateLimited, Some(Duration::from_secs(expected))));
                clock.advance(Duration::from_secs(expected));
                admit(&ctx, std::slice::from_ref(&counter)).await.expect("who waited may try once");
            }
            let mut tx = db.begin().await.expect("begins");
            clear(&mut tx, &counter).await.expect("forgets");
            tx.commit().await.expect("commits");
            admit(&ctx, &[counter]).await.expect("is free again");
        });
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let network = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
