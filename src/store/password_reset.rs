//! Password resets. Only the token's hash is stored.

use chrono::{DateTime, Utc};

use super::{Db, Result, Tx};
use crate::domain::id::UserId;
use crate::{execute, on_read, on_tx};

/// Inserts a reset; earlier ones of the person go, so that one link works at a time.
///
/// # Errors
/// The store's.
pub async fn insert_reset(
    tx: &mut Tx,
    user: UserId,
    token_hash: &[u8],
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO password_resets (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    delete_resets(tx, user).await?;
    execute!(tx, SQL, token_hash, user, created_at, expires_at)?;
    Ok(())
}

/// Whose reset this token is, if it still works.
///
/// # Errors
/// The store's.
pub async fn find_reset(db: &Db, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<UserId>> {
    const SQL: &str = "SELECT user_id FROM password_resets WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    let row: Option<(UserId,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(token_hash).bind(now).fetch_optional(c).await)?;
    Ok(row.map(|row| row.0))
}

/// Uses the token up and says whose it is. Of two at once, one gets it.
///
/// # Errors
/// The store's.
pub async fn use_reset(tx: &mut Tx, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<UserId>> {
    const SQL: &str =
        "UPDATE password_resets SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1 RETURNING user_id";
    let row: Option<(UserId,)> = on_tx!(tx, |c| sqlx::query_as(SQL).bind(now).bind(token_hash).fetch_optional(&mut *c).await)?;
    Ok(row.map(|row| row.0))
}

/// Deletes a person's resets.
///
/// # Errors
/// The store's.
pub async fn delete_resets(tx: &mut Tx, user: UserId) -> Result<()> {
    execute!(tx, "DELETE FROM password_resets WHERE user_id = $1", user)?;
    Ok(())
}

/// Deletes the resets that ran out. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_resets(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM password_resets WHERE expires_at <= $1", now)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::testing::{clock, on_databases};
    use crate::store::user::{insert_user, tests::person};

    #[tokio::test]
    async fn a_reset_works_once_in_time_and_only_the_last_one() {
        on_databases!(|db| {
            let clock = clock();
            let user = person(&clock, "robin@example.com");
            let until = clock.now() + Duration::from_secs(60);
            let mut tx = db.begin().await.expect("begins");
            insert_user(&mut tx, &user).await.expect("inserts");
            insert_reset(&mut tx, user.id, b"first", clock.now(), until).await.expect("inserts");
            insert_reset(&mut tx, user.id, b"second", clock.now(), until).await.expect("inserts");
            tx.commit().await.expect("commits");
            assert_eq!(find_reset(db, b"first", clock.now()).await.expect("reads"), None);
            assert_eq!(find_reset(db, b"second", clock.now()).await.expect("reads"), Some(user.id));
            assert_eq!(find_reset(db, b"second", until).await.expect("reads"), None);
            let mut tx = db.begin().await.expect("begins");
            assert_eq!(use_reset(&mut tx, b"second", clock.now()).await.expect("uses"), Some(user.id));
            assert_eq!(use_reset(&mut tx, b"second", clock.now()).await.expect("reads"), None);
        });
    }
}
