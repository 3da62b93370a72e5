//! Every line of SQL, over a SQLite file or PostgreSQL.
//!
//! One SQL text serves both: a function matches on [`Db`] (reads) or [`Tx`] (changes) through [`on_read!`] and [`on_tx!`], which
//! expand their body once per database, so native types (UUID, timestamps, JSON) work on both. What only one database can say
//! stands in [`dialect`]. Every function that reads an organization's rows takes its [`crate::domain::id::OrgId`].
//!
//! Changes happen only inside a [`Tx`]. With SQLite there is one writing connection and `BEGIN IMMEDIATE`, so writers queue in
//! this process instead of failing with "busy"; keep transactions short and never call HTTP inside one.

use std::path::Path;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

pub mod activity;
pub mod api_key;
mod batch;
pub mod channel;
pub mod chat_rule;
pub mod credential;
pub mod dashboard;
pub mod dead_letter;
pub mod delivery;
pub mod dialect;
pub mod error;
pub mod event;
pub mod health_check;
pub mod idempotency;
pub mod inbound_count;
pub mod inbound_event;
pub mod integration;
pub mod invitation;
pub mod lease;
pub mod link;
pub mod mapping;
pub mod mark;
pub mod membership;
pub mod notification;
pub mod oauth_state;
pub mod organization;
pub mod page;
pub mod password_reset;
pub mod portal_link;
pub mod provider_account;
pub mod record;
pub mod remote_write;
pub mod session;
pub mod sync;
pub mod task;
#[cfg(test)]
pub(crate) mod testing;
pub mod throttle;
pub mod upsert;
pub mod user;
pub mod vault_key;
pub mod webhook;
pub mod worker;

pub use error::{Error, Result};
/// A column that holds JSON.
pub use sqlx::types::Json;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Db {
    /// A SQLite file: many readers, one writer.
    Sqlite {
        /// Connections that only read.
        read: SqlitePool,
        /// The one connection that writes.
        write: SqlitePool,
    },
    /// A PostgreSQL server.
    Postgres(PgPool),
}

/// A transaction. Dropped without [`Tx::commit`] it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On the SQLite file.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Runs a query outside a transaction: `on_read!(db, |c| sqlx::query_as::<_, Row>(SQL).bind(id).fetch_optional(c).await)?`.
/// The body is compiled once per database; `c` is its pool.
#[macro_export]
macro_rules! on_read {
    ($db:expr, |$c:ident| $body:expr) => {
        match $db {
            $crate::store::Db::Sqlite { read, .. } => {
                let $c = read;
                $body
            }
            $crate::store::Db::Postgres(pool) => {
                let $c = pool;
                $body
            }
        }
    };
}

/// Runs a query inside a transaction: `on_tx!(tx, |c| sqlx::query(SQL).bind(id).execute(&mut *c).await)?`.
/// The body is compiled once per database; `c` is a mutable reference to its connection.
#[macro_export]
macro_rules! on_tx {
    ($tx:expr, |$c:ident| $body:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(tx) => {
                let $c = &mut **tx;
                $body
            }
            $crate::store::Tx::Postgres(tx) => {
                let $c = &mut **tx;
                $body
            }
        }
    };
}

/// Runs one fixed statement inside a transaction and says how many rows it touched: `execute!(tx, SQL, id, name)?`.
#[macro_export]
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::on_tx!($tx, |c| sqlx::query($sql)$(.bind($bind))*.execute(&mut *c).await.map(|done| done.rows_affected())).map_err($crate::store::Error::from)
    };
}

static SQLITE_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

impl Db {
    /// Opens (and creates, if need be) a SQLite file: WAL, `synchronous=NORMAL`, foreign keys on, 10 s busy timeout.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the file cannot be opened.
    pub async fn open_sqlite(file: &Path, readers: u32) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(512)
            // Not mapped into memory: the map is made anew whenever another connection made the file longer.
            .pragma("cache_size", "-4000")
            // Longer than the default: a page of records is about a thousand pages of the file.
            .pragma("wal_autocheckpoint", "4000")
            .pragma("journal_size_limit", "67108864")
            .pragma("temp_store", "memory");
        // SQLite ends a transaction by itself when the disk is full. The ROLLBACK that follows then fails, and the connection counts as
        // inside a transaction for ever: it must not be used again, or no change would ever be taken until a restart.
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone().pragma("cache_size", "-16000"))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(readers.max(1))
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.read_only(false).pragma("query_only", "on"))
            .await?;
        Ok(Self::Sqlite { read, write })
    }

    /// Opens a PostgreSQL database.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the server cannot be reached, [`Error::Statement`] if the address is not one.
    pub async fn open_postgres(url: &str, connections: u32) -> Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(2))
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.application_name("hirewire").statement_cache_capacity(512))
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Brings the schema up to date. Safe to call from several processes at once.
    ///
    /// # Errors
    /// [`Error::Schema`] if a migration fails or the database was made by a newer program.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => SQLITE_MIGRATIONS.run(write).await?,
            Self::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        Ok(())
    }

    /// Whether the schema is the one this program knows: every migration ran, and none that it does not know.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database does not answer.
    pub async fn is_current(&self) -> Result<bool> {
        const SQL: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";
        let known = match self {
            Self::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Self::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        let applied: Result<Vec<(i64,)>> = on_read!(self, |c| sqlx::query_as(SQL).fetch_all(c).await).map_err(Error::from);
        match applied {
            Ok(rows) => Ok(rows.iter().map(|row| row.0).eq(known.iter().map(|migration| migration.version))),
            // The table itself is missing: nothing ran yet.
            Err(Error::Statement(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a newer program made this schema: it ran a migration that this one does not know.
    ///
    /// # Errors
    /// [`Error::Statement`] if no program of ours ever ran here.
    pub async fn is_newer(&self) -> Result<bool> {
        const SQL: &str = "SELECT version FROM _sqlx_migrations ORDER BY version";
        let known = match self {
            Self::Sqlite { .. } => &SQLITE_MIGRATIONS,
            Self::Postgres(_) => &POSTGRES_MIGRATIONS,
        };
        let rows: Vec<(i64,)> = on_read!(self, |c| sqlx::query_as(SQL).fetch_all(c).await)?;
        Ok(rows.iter().any(|row| !known.version_exists(row.0)))
    }

    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no connection could be had in time.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// `sqlite` or `postgres`, for people and metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// One round trip, to see whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it does not.
    pub async fn ping(&self) -> Result<()> {
        on_read!(self, |c| sqlx::query("SELECT 1").execute(c).await.map(drop))?;
        Ok(())
    }

    /// Closes every connection, after the work on it.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes the changes durable and visible.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Full`]; nothing was changed then.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
