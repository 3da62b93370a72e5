//! Counters of attempts: how often something was tried in a window, and until when it is refused.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Result, Tx};
use crate::{execute, on_tx};

/// A counter.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct ThrottleRow {
    /// Attempts in the window.
    pub failures: i64,
    /// When the count starts anew.
    pub window_until: DateTime<Utc>,
    /// Refused until then.
    pub blocked_until: Option<DateTime<Utc>>,
}

/// Counts one attempt and returns the counter after it. While it is blocked nothing is counted. A window that ended starts anew.
///
/// # Errors
/// The store's.
pub async fn count_attempt(tx: &mut Tx, name: &str, now: DateTime<Utc>, window_until: DateTime<Utc>) -> Result<ThrottleRow> {
    const SQL: &str = "INSERT INTO throttles (name, failures, window_until, blocked_until) VALUES ($1, 1, $2, NULL) \
         ON CONFLICT (name) DO UPDATE SET \
           failures = CASE WHEN throttles.blocked_until > $3 THEN throttles.failures \
             WHEN throttles.window_until <= $3 THEN 1 ELSE throttles.failures + 1 END, \
           window_until = CASE WHEN throttles.window_until <= $3 THEN $2 ELSE throttles.window_until END \
         RETURNING failures, window_until, blocked_until";
    Ok(on_tx!(tx, |c| sqlx::query_as(SQL).bind(name).bind(window_until).bind(now).fetch_one(&mut *c).await)?)
}

/// Refuses further attempts until this time; the window lasts at least as long.
///
/// # Errors
/// The store's.
pub async fn update_block(tx: &mut Tx, name: &str, blocked_until: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "UPDATE throttles SET blocked_until = $1, \
         window_until = CASE WHEN window_until < $1 THEN $1 ELSE window_until END WHERE name = $2";
    execute!(tx, SQL, blocked_until, name)?;
    Ok(())
}

/// Takes one attempt back, with the wait it caused.
///
/// # Errors
/// The store's.
pub async fn uncount_attempt(tx: &mut Tx, name: &str) -> Result<()> {
    execute!(tx, "UPDATE throttles SET failures = failures - 1, blocked_until = NULL WHERE name = $1 AND failures > 0", name)?;
    Ok(())
}

/// Forgets a counter.
///
/// # Errors
/// The store's.
pub async fn delete_throttle(tx: &mut Tx, name: &str) -> Result<()> {
    execute!(tx, "DELETE FROM throttles WHERE name = $1", name)?;
    Ok(())
}

/// Forgets the counters whose window ended. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_throttles(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM throttles WHERE window_until <= $1", now)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::testing::{clock, on_databases};

    #[tokio::test]
    async fn attempts_count_up_and_start_anew_after_the_window() {
        on_databases!(|db| {
            let clock = clock();
            let hour = Duration::from_secs(3600);
            let mut tx = db.begin().await.expect("begins");
            for expected in 1..=3 {
                let row = count_attempt(&mut tx, "a", clock.now(), clock.now() + hour).await.expect("counts");
                assert_eq!(row.failures, expected);
            }
            let until = clock.now() + Duration::from_secs(30);
            update_block(&mut tx, "a", until).await.expect("blocks");
            let row = count_attempt(&mut tx, "a", clock.now(), clock.now() + hour).await.expect("reads");
            assert_eq!((row.failures, row.blocked_until), (3, Some(until)), "a blocked attempt does not count");
            clock.advance(Duration::from_secs(31));
            assert_eq!(count_attempt(&mut tx, "a", clock.now(), clock.now() + hour).await.expect("counts").failures, 4);
            uncount_attempt(&mut tx, "a").await.expect("takes back");
            assert_eq!(count_attempt(&mut tx, "a", clock.now(), clock.now() + hour).await.expect("counts").failures, 4);
            clock.advance(hour);
            assert_eq!(count_attempt(&mut tx, "a", clock.now(), clock.now() + hour).await.expect("counts").failures, 1);
            clock.advance(hour * 2);
            assert_eq!(delete_old_throttles(&mut tx, clock.now()).await.expect("deletes"), 1);
            delete_throttle(&mut tx, "a").await.expect("deletes");
        });
    }
}
