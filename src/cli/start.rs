//! What every command begins with: the configuration, the database.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Options;
use crate::store::Db;

/// The data folder when none is named.
const DATA_DIR: &str = "data";

/// The data folder.
pub fn data_dir(options: &Options) -> PathBuf {
    options.data_dir.clone().unwrap_or_else(|| PathBuf::from(DATA_DIR))
}

/// Opens the database the options name.
pub async fn open(options: &Options) -> anyhow::Result<Db> {
    match options.database_url.as_deref() {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Db::open_postgres(url, 16).await.context("the PostgreSQL server cannot be reached")
        }
        Some(url) => match url.strip_prefix("sqlite:") {
            Some(file) => open_file(Path::new(file.trim_start_matches("//"))).await,
            None => anyhow::bail!("DATABASE_URL begins with neither sqlite: nor postgres:"),
        },
        None => open_file(&data_dir(options).join("hirewire.db")).await,
    }
}

async fn open_file(file: &Path) -> anyhow::Result<Db> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    Db::open_sqlite(file, 8).await.with_context(|| format!("the database file {} cannot be opened", file.display()))
}

/// `hirewire migrate`.
pub async fn migrate(options: &Options) -> anyhow::Result<()> {
    let db = open(options).await?;
    db.migrate().await.context("the schema could not be brought up to date")?;
    db.close().await;
    Ok(())
}
