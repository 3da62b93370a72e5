//! Where the data is kept.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "database.url",
        &["DATABASE_URL"],
        "address",
        "The database: postgres://user:password@host/name, or sqlite:PATH for another file. Without it, hirewire.db in the data folder.",
    )
    .secret(),
    Setting::new(
        "database.max_connections",
        &["DATABASE_MAX_CONNECTIONS"],
        "connections",
        "How many connections this process opens at most.",
    )
    .default("10"),
];

/// Where the data is kept.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// As configured; it may hold a password. `None` for the file in the data folder.
    pub url: Option<SecretString>,
    /// Connections of this process, 2-500.
    pub max_connections: u32,
}

/// A database to open.
#[derive(Debug, Clone)]
pub enum DatabaseTarget {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// The address of a PostgreSQL database.
    Postgres(SecretString),
}

impl DatabaseConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        let expected = "an address that begins with postgres:// or sqlite: and, for SQLite, names a file without options";
        let url = reader.parsed("database.url", expected, |text| target(text).map(|_| SecretString::from(text)))?;
        Ok(Self { url, max_connections: reader.number("database.max_connections", 2..=500)? })
    }

    /// Which database to open, given the data folder.
    pub fn target(&self, data_dir: &Path) -> DatabaseTarget {
        let configured = self.url.as_ref().and_then(|url| target(url.expose_secret()));
        configured.unwrap_or_else(|| DatabaseTarget::Sqlite(data_dir.join("hirewire.db")))
    }
}

fn target(text: &str) -> Option<DatabaseTarget> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return url::Url::parse(text).ok().map(|_| DatabaseTarget::Postgres(SecretString::from(text)));
    }
    let path = text.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    // A database in memory would be another one for each connection.
    let is_file = !path.is_empty() && !path.contains('?') && path != ":memory:";
    is_file.then(|| DatabaseTarget::Sqlite(PathBuf::from(path)))
}
