//! Browser sessions, and tower-sessions' store over them.
//!
//! The cookie holds the session's id; the table only its SHA-256, so a copy of the database opens no session. That hash, as hex,
//! is also the name under which a person sees and ends a session.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::FromRow;
use sqlx::types::Json;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store;

use super::{Db, Result, Tx};
use crate::clock::Clock;
use crate::domain::id::{OrgId, UserId};
use crate::domain::role::Role;
use crate::{execute, on_read};

/// A session ends after this long in any case.
pub const LIMIT: Duration = Duration::from_secs(90 * 24 * 3600);
/// The entry of a session's data that says who it belongs to.
pub const ACCOUNT: &str = "account";

/// Who a session belongs to: what stands under [`ACCOUNT`] in its data.
#[derive(Clone, Serialize, Deserialize)]
pub struct SessionAccount {
    /// Who is signed in.
    pub user: UserId,
    /// The organization they look at.
    pub organization: Option<OrgId>,
    /// Their browser, as it named itself.
    pub user_agent: Option<String>,
    /// Where they signed in from.
    pub address: Option<String>,
    /// When they signed in.
    pub since: DateTime<Utc>,
}

impl std::fmt::Debug for SessionAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionAccount").field("user", &self.user).field("organization", &self.organization).finish_non_exhaustive()
    }
}

/// The name a session has in the table.
pub fn key(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

/// tower-sessions' store. Expiry follows our clock and rules, not the record's.
#[derive(Debug, Clone)]
pub struct Sessions {
    db: Db,
    clock: Clock,
    idle: Duration,
}

impl Sessions {
    /// Sessions in this database. One ends after `idle` without a request.
    pub const fn new(db: Db, clock: Clock, idle: Duration) -> Self {
        Self { db, clock, idle }
    }

    fn expiry(&self, now: DateTime<Utc>, account: Option<&SessionAccount>) -> DateTime<Utc> {
        account.map_or(now + self.idle, |account| (now + self.idle).min(account.since + LIMIT))
    }

    async fn insert(&self, record: &Record) -> Result<()> {
        const SQL: &str = "INSERT INTO sessions (id, user_id, organization_id, data, user_agent, address, created_at, seen_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
        let (now, account) = (self.clock.now(), account(record));
        let mut tx = self.db.begin().await?;
        execute!(
            &mut tx,
            SQL,
            key(&record.id),
            account.as_ref().map(|account| account.user),
            account.as_ref().and_then(|account| account.organization),
            Json(&record.data),
            account.as_ref().and_then(|account| account.user_agent.clone()),
            account.as_ref().and_then(|account| account.address.clone()),
            now,
            self.expiry(now, account.as_ref())
        )?;
        tx.commit().await
    }

    async fn update(&self, record: &Record) -> Result<()> {
        // Only an update: a session that was ended meanwhile must not come back.
        const SQL: &str = "UPDATE sessions SET user_id = $1, organization_id = $2, data = $3, seen_at = $4, expires_at = $5 WHERE id = $6";
        let (now, account) = (self.clock.now(), account(record));
        let mut tx = self.db.begin().await?;
        execute!(
            &mut tx,
            SQL,
            account.as_ref().map(|account| account.user),
            account.as_ref().and_then(|account| account.organization),
            Json(&record.data),
            now,
            self.expiry(now, account.as_ref()),
            key(&record.id)
        )?;
        tx.commit().await
    }

    async fn find(&self, id: &Id) -> Result<Option<Record>> {
        const SQL: &str = "SELECT data, expires_at FROM sessions WHERE id = $1 AND expires_at > $2";
        let row: Option<(Json<HashMap<String, serde_json::Value>>, DateTime<Utc>)> =
            on_read!(&self.db, |c| sqlx::query_as(SQL).bind(key(id)).bind(self.clock.now()).fetch_optional(c).await)?;
        Ok(row.map(|(data, expires_at)| Record {
            id: *id,
            data: data.0,
            expiry_date: OffsetDateTime::from_unix_timestamp(expires_at.timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }))
    }
}

fn account(record: &Record) -> Option<SessionAccount> {
    record.data.get(ACCOUNT).and_then(|value| serde_json::from_value(value.clone()).ok())
}

#[async_trait]
impl session_store::SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        for _ in 0..3 {
            match self.insert(record).await {
                // An id that is taken: a new one, so that two visitors never share a session.
                Err(super::Error::Conflict(_)) => record.id = Id::default(),
                done => return done.map_err(backend),
            }
        }
        Err(session_store::Error::Backend("no free session id was found".to_owned()))
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.update(record).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.find(id).await.map_err(backend)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let deleted = async {
            let mut tx = self.db.begin().await?;
            execute!(&mut tx, "DELETE FROM sessions WHERE id = $1", key(id))?;
            tx.commit().await
        };
        deleted.await.map_err(backend)
    }
}

fn backend(error: super::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

/// Who is behind a session.
#[derive(Clone, FromRow)]
pub struct SessionUserRow {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// `member` or `candidate`.
    pub kind: String,
    /// Their theme.
    pub theme: Option<String>,
    /// Their time zone.
    pub time_zone: Option<String>,
    /// The organization they look at, if they (still) belong to it.
    pub organization_id: Option<OrgId>,
    /// Its name.
    pub organization_name: Option<String>,
    /// Their role in it, as text.
    pub role: Option<String>,
    /// When the session was seen last; written at most every hour.
    pub seen_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for SessionUserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionUserRow").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

/// Who is behind a session that has not ended.
///
/// # Errors
/// The store's.
pub async fn find_session_user(db: &Db, key: &str, now: DateTime<Utc>) -> Result<Option<SessionUserRow>> {
    const SQL: &str = "SELECT s.user_id, u.email, u.name, u.kind, u.theme, u.time_zone, o.id AS organization_id, \
           o.name AS organization_name, m.role, s.seen_at, s.expires_at \
         FROM sessions s JOIN users u ON u.id = s.user_id \
         LEFT JOIN memberships m ON m.user_id = s.user_id AND m.organization_id = s.organization_id \
         LEFT JOIN organizations o ON o.id = m.organization_id \
         WHERE s.id = $1 AND s.expires_at > $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(key).bind(now).fetch_optional(c).await)?)
}

/// A session as its owner sees it.
#[derive(Debug, Clone, FromRow)]
pub struct SessionRow {
    /// Its name: the hash of its id.
    pub id: String,
    /// The browser, as it named itself.
    pub user_agent: Option<String>,
    /// Where it was signed in from.
    pub address: Option<String>,
    /// When it was signed in.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the hour.
    pub seen_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A person's sessions, the last used first.
///
/// # Errors
/// The store's.
pub async fn list_sessions(db: &Db, user: UserId, now: DateTime<Utc>) -> Result<Vec<SessionRow>> {
    const SQL: &str = "SELECT id, user_agent, address, created_at, seen_at, expires_at FROM sessions \
         WHERE user_id = $1 AND expires_at > $2 ORDER BY seen_at DESC, id";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(user).bind(now).fetch_all(c).await)?)
}

/// Ends one of a person's sessions. Returns whether it was theirs.
///
/// # Errors
/// The store's.
pub async fn delete_session(tx: &mut Tx, user: UserId, key: &str) -> Result<bool> {
    Ok(execute!(tx, "DELETE FROM sessions WHERE user_id = $1 AND id = $2", user, key)? > 0)
}

/// Ends a person's sessions, except one. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_sessions(tx: &mut Tx, user: UserId, except: Option<&str>) -> Result<u64> {
    execute!(tx, "DELETE FROM sessions WHERE user_id = $1 AND id <> $2", user, except.unwrap_or_default())
}

/// Deletes the sessions that ended. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_sessions(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    execute!(tx, "DELETE FROM sessions WHERE expires_at <= $1", now)
}

/// The role in a [`SessionUserRow`], if the text is one.
pub fn role(row: &SessionUserRow) -> Option<Role> {
    row.role.as_deref().and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use tower_sessions::SessionStore as _;

    use super::*;
    use crate::store::membership::insert_membership;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};
    use crate::store::user::{insert_user, tests::person};

    const IDLE: Duration = Duration::from_secs(14 * 24 * 3600);

    fn record(account: &SessionAccount) -> Record {
        Record {
            id: Id::default(),
            data: HashMap::from([(ACCOUNT.to_owned(), serde_json::to_value(account).expect("serializes"))]),
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn a_session_lives_slides_and_ends() {
        on_databases!(|db| {
            let clock = clock();
            let organization: OrgId = clock.new();
            let user = person(&clock, "robin@example.com");
            let mut tx = db.begin().await.expect("begins");
            insert_organization(&mut tx, organization, "One", clock.now()).await.expect("inserts");
            insert_user(&mut tx, &user).await.expect("inserts");
            insert_membership(&mut tx, organization, user.id, Role::Owner, clock.now()).await.expect("inserts");
            tx.commit().await.expect("commits");

            let sessions = Sessions::new(db.clone(), clock.clone(), IDLE);
            let account = SessionAccount {
                user: user.id,
                organization: Some(organization),
                user_agent: Some("Firefox".to_owned()),
                address: Some("192.0.2.1".to_owned()),
                since: clock.now(),
            };
            let mut record = record(&account);
            sessions.create(&mut record).await.expect("creates");
            let taken = record.id;
            let mut second = record.clone();
            sessions.create(&mut second).await.expect("creates under another id");
            assert_ne!(second.id, taken);

            let row = find_session_user(db, &key(&taken), clock.now()).await.expect("reads").expect("is there");
            assert_eq!((row.user_id, row.organization_id, role(&row)), (user.id, Some(organization), Some(Role::Owner)));
            assert!(sessions.load(&Id::default()).await.expect("reads").is_none(), "forged");

            clock.advance(IDLE - Duration::from_secs(1));
            sessions.save(&record).await.expect("slides");
            clock.advance(Duration::from_secs(2));
            assert!(sessions.load(&taken).await.expect("reads").is_some());
            assert!(sessions.load(&second.id).await.expect("reads").is_none(), "idle for too long");
            assert_eq!(list_sessions(db, user.id, clock.now()).await.expect("reads").len(), 1);

            for _ in 0..7 {
                clock.advance(IDLE - Duration::from_secs(1));
                sessions.save(&record).await.expect("slides");
            }
            assert!(sessions.load(&taken).await.expect("reads").is_none(), "no session outlives the limit");
            let mut tx = db.begin().await.expect("begins");
            assert_eq!(delete_old_sessions(&mut tx, clock.now()).await.expect("deletes"), 2);
        });
    }

    #[tokio::test]
    async fn an_ended_session_does_not_come_back_and_others_keep_theirs() {
        on_databases!(|db| {
            let clock = clock();
            let (user, other) = (person(&clock, "a@example.com"), person(&clock, "b@example.com"));
            let mut tx = db.begin().await.expect("begins");
            insert_user(&mut tx, &user).await.expect("inserts");
            insert_user(&mut tx, &other).await.expect("inserts");
            tx.commit().await.expect("commits");
            let sessions = Sessions::new(db.clone(), clock.clone(), IDLE);
            let account = SessionAccount { user: user.id, organization: None, user_agent: None, address: None, since: clock.now() };
            let mut one = record(&account);
            sessions.create(&mut one).await.expect("creates");
            let mut two = record(&account);
            sessions.create(&mut two).await.expect("creates");

            let mut tx = db.begin().await.expect("begins");
            assert!(!delete_session(&mut tx, other.id, &key(&one.id)).await.expect("not theirs"));
            assert_eq!(delete_sessions(&mut tx, user.id, Some(&key(&one.id))).await.expect("ends"), 1);
            assert!(delete_session(&mut tx, user.id, &key(&one.id)).await.expect("ends"));
            tx.commit().await.expect("commits");
            sessions.save(&one).await.expect("changes nothing");
            assert!(sessions.load(&one.id).await.expect("reads").is_none());
        });
    }
}
