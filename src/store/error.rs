//! What can go wrong in the store, by what a caller can do about it.

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique rule was broken: the thing exists already.
    #[error("already exists")]
    Conflict(#[source] sqlx::Error),
    /// The database is out of reach or busy; the same call may work later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// No space is left on the disk (or the database refuses to grow).
    #[error("the disk is full")]
    Full(#[source] sqlx::Error),
    /// A stored value is not what the column should hold.
    #[error("a stored value cannot be read")]
    Corrupt(#[source] sqlx::Error),
    /// A migration failed or the schema is not the one this program knows.
    #[error("the schema does not fit this program")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// A bug: wrong SQL, a broken reference.
    #[error("the statement failed")]
    Statement(#[source] sqlx::Error),
}

/// Result of a store function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) if db.is_unique_violation() => Self::Conflict(error),
            sqlx::Error::Database(db) => match db.code().as_deref() {
                // PostgreSQL: disk_full.
                Some("53100") => Self::Full(error),
                // PostgreSQL: connection, resource and operator-intervention classes, deadlock and serialization.
                Some(code) if code.len() == 5 => match &code[..2] {
                    "08" | "53" | "57" | "40" => Self::Unavailable(error),
                    _ => Self::Statement(error),
                },
                // SQLite: the low byte is the kind, the rest says more about it ("Result and Error Codes").
                Some(code) => match code.parse::<u32>().map(|code| code & 0xff) {
                    // FULL
                    Ok(13) => Self::Full(error),
                    // BUSY, LOCKED, IOERR, CANTOPEN
                    Ok(5 | 6 | 10 | 14) => Self::Unavailable(error),
                    _ => Self::Statement(error),
                },
                None => Self::Statement(error),
            },
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_) => Self::Unavailable(error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::TypeNotFound { .. } => Self::Corrupt(error),
            _ => Self::Statement(error),
        }
    }
}

impl Error {
    /// Whether the same call may work later.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full(_))
    }
}
