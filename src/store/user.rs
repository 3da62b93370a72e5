//! People who can sign in: members of organizations, and candidates.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::domain::id::UserId;
use crate::{execute, on_read, on_tx};

/// A person.
#[derive(Clone, FromRow)]
pub struct UserRow {
    /// Their id.
    pub id: UserId,
    /// Their address, trimmed and in lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The argon2id hash, as a PHC string; `None` until they set a password.
    pub password_hash: Option<String>,
    /// `member` or `candidate`.
    pub kind: String,
    /// `light`, `dark` or `system`.
    pub theme: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Language tag.
    pub locale: Option<String>,
    /// When they signed up.
    pub created_at: DateTime<Utc>,
    /// When they were changed last.
    pub updated_at: DateTime<Utc>,
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

const BY_ID: &str =
    "SELECT id, email, name, password_hash, kind, theme, time_zone, locale, created_at, updated_at FROM users WHERE id = $1";
const BY_EMAIL: &str =
    "SELECT id, email, name, password_hash, kind, theme, time_zone, locale, created_at, updated_at FROM users WHERE email = $1";

/// Inserts a person.
///
/// # Errors
/// [`super::Error::Conflict`] if the address is taken.
pub async fn insert_user(tx: &mut Tx, user: &UserRow) -> Result<()> {
    const SQL: &str = "INSERT INTO users (id, email, name, password_hash, kind, theme, time_zone, locale, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    execute!(
        tx,
        SQL,
        user.id,
        &user.email,
        &user.name,
        &user.password_hash,
        &user.kind,
        &user.theme,
        &user.time_zone,
        &user.locale,
        user.created_at,
        user.updated_at
    )?;
    Ok(())
}

/// One person.
///
/// # Errors
/// The store's.
pub async fn find_user(db: &Db, id: UserId) -> Result<Option<UserRow>> {
    Ok(on_read!(db, |c| sqlx::query_as(BY_ID).bind(id).fetch_optional(c).await)?)
}

/// The person with this (normalized) address.
///
/// # Errors
/// The store's.
pub async fn find_user_by_email(db: &Db, email: &str) -> Result<Option<UserRow>> {
    Ok(on_read!(db, |c| sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(c).await)?)
}

/// The person with this (normalized) address, as the transaction sees it.
///
/// # Errors
/// The store's.
pub async fn find_user_by_email_in(tx: &mut Tx, email: &str) -> Result<Option<UserRow>> {
    Ok(on_tx!(tx, |c| sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(&mut *c).await)?)
}

/// Changes what a person says about themselves.
///
/// # Errors
/// The store's.
pub async fn update_profile(tx: &mut Tx, id: UserId, name: &str, time_zone: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "UPDATE users SET name = $1, time_zone = $2, updated_at = $3 WHERE id = $4";
    execute!(tx, SQL, name, time_zone, now, id)?;
    Ok(())
}

/// Sets the theme; `None` follows the system.
///
/// # Errors
/// The store's.
pub async fn update_theme(tx: &mut Tx, id: UserId, theme: Option<&str>, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "UPDATE users SET theme = $1, updated_at = $2 WHERE id = $3";
    execute!(tx, SQL, theme, now, id)?;
    Ok(())
}

/// Replaces the password's hash.
///
/// # Errors
/// The store's.
pub async fn update_password_hash(tx: &mut Tx, id: UserId, password_hash: &str, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3";
    execute!(tx, SQL, password_hash, now, id)?;
    Ok(())
}

/// Whether anybody has an account yet.
///
/// # Errors
/// The store's.
pub async fn has_users(db: &Db) -> Result<bool> {
    let row: Option<(UserId,)> = on_read!(db, |c| sqlx::query_as("SELECT id FROM users LIMIT 1").fetch_optional(c).await)?;
    Ok(row.is_some())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::Error;
    use crate::store::testing::{clock, on_databases};

    pub(crate) fn person(clock: &Clock, email: &str) -> UserRow {
        UserRow {
            id: clock.new(),
            email: email.to_owned(),
            name: "Robin Itani".to_owned(),
            password_hash: None,
            kind: "member".to_owned(),
            theme: None,
            time_zone: None,
            locale: None,
            created_at: clock.now(),
            updated_at: clock.now(),
        }
    }

    #[tokio::test]
    async fn an_address_belongs_to_one_person() {
        on_databases!(|db| {
            let clock = clock();
            let user = person(&clock, "robin@example.com");
            let mut tx = db.begin().await.expect("begins");
            insert_user(&mut tx, &user).await.expect("inserts");
            update_profile(&mut tx, user.id, "Robin", Some("Europe/Paris"), clock.now()).await.expect("changes");
            update_theme(&mut tx, user.id, Some("dark"), clock.now()).await.expect("changes");
            update_password_hash(&mut tx, user.id, "$argon2id$", clock.now()).await.expect("changes");
            assert!(find_user_by_email_in(&mut tx, "robin@example.com").await.expect("reads").is_some());
            tx.commit().await.expect("commits");

            let row = find_user_by_email(db, "robin@example.com").await.expect("reads").expect("is there");
            assert_eq!((row.name.as_str(), row.theme.as_deref(), row.time_zone.as_deref()), ("Robin", Some("dark"), Some("Europe/Paris")));
            assert_eq!(find_user(db, user.id).await.expect("reads").and_then(|row| row.password_hash).as_deref(), Some("$argon2id$"));
            assert!(!format!("{row:?}").contains("robin"));

            let mut tx = db.begin().await.expect("begins");
            let again = insert_user(&mut tx, &person(&clock, "robin@example.com")).await;
            assert!(matches!(again, Err(Error::Conflict(_))));
        });
    }
}
