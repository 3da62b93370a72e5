//! `hirewire backup` and `hirewire restore`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;
use tokio::process::Command;
use url::Url;

use super::{say, start};
use crate::clock::Clock;
use crate::config::{Config, DatabaseTarget};
use crate::context::Context;
use crate::operations::{backup, keys};
use crate::store::worker;

/// Writes a backup.
pub async fn write(config: &Config, file: &Path) -> anyhow::Result<()> {
    let target = config.database.target(&config.server.data_dir);
    match target {
        DatabaseTarget::Postgres(url) => dump(url.expose_secret(), file).await?,
        DatabaseTarget::Sqlite(database) => {
            if !database.is_file() {
                bail!("there is no database at {}", database.display());
            }
            let db = start::open(config).await?;
            backup::write(&db, file).await?;
            db.close().await;
        }
    }
    say!("The backup is in {}.", file.display());
    let kept = config.server.data_dir.join(keys::FILE);
    if config.security.encryption_key.is_none() && kept.is_file() {
        say!("It can only be used with the key in {}: keep a copy of that file somewhere else.", kept.display());
    } else {
        say!("It can only be used with the ENCRYPTION_KEY in use.");
    }
    Ok(())
}

/// Puts a backup back.
pub async fn restore(config: &Config, file: &Path, force: bool) -> anyhow::Result<()> {
    let DatabaseTarget::Sqlite(database) = config.database.target(&config.server.data_dir) else {
        bail!("a PostgreSQL backup is put back with PostgreSQL's own tool: pg_restore --clean --if-exists --dbname=... {}", file.display());
    };
    if !force && database.is_file() {
        refuse_if_running(config).await?;
    }
    let masters = masters(config)?;
    if masters.is_empty() {
        bail!("no encryption key is given: set ENCRYPTION_KEY, or put {} into the data folder", keys::FILE);
    }
    let found = backup::inspect(file, &masters).await?;
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let kept = backup::put_back(file, &database)?;
    say!("{} was put back to {} ({} data keys opened).", file.display(), database.display(), found.keys);
    if let Some(kept) = kept {
        say!("What was there before is kept as {}.", kept.display());
    }
    Ok(())
}

/// Every key at hand: the configured ones and the one kept in the data folder.
fn masters(config: &Config) -> anyhow::Result<Vec<crate::vault::Key>> {
    let configured = config.security.encryption_key.iter().chain(&config.security.encryption_keys_old);
    let mut masters = configured
        .map(|text| crate::config::parse_encryption_key(text.expose_secret()).map(crate::vault::Key::new))
        .collect::<Result<Vec<_>, _>>()?;
    if masters.is_empty() {
        masters.extend(keys::read_kept(&config.server.data_dir).context("the key file cannot be used")?);
    }
    Ok(masters)
}

async fn refuse_if_running(config: &Config) -> anyhow::Result<()> {
    // A database that cannot even be opened is one reason to restore.
    let Ok(db) = start::open(config).await else { return Ok(()) };
    let ctx = Context::with_config(db, Clock::system(), Arc::new(config.clone()));
    let seen = worker::list_workers(&ctx.store, ctx.clock.now() - Duration::from_secs(60)).await.unwrap_or_default();
    ctx.store.close().await;
    if !seen.is_empty() {
        bail!("a server worked on this database within the last minute: stop it and wait a minute, or use --force");
    }
    Ok(())
}

/// Runs `pg_dump`. The password goes through the environment, where other users do not see it.
async fn dump(url: &str, file: &Path) -> anyhow::Result<()> {
    if file.exists() {
        bail!("{} exists already; name a new file", file.display());
    }
    let url = Url::parse(url).context("DATABASE_URL cannot be read")?;
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut command = Command::new("pg_dump");
    command.args(["--format=custom", "--no-owner", "--file"]).arg(file);
    command.env("PGDATABASE", decoded(url.path().trim_start_matches('/')));
    if let Some(host) = url.host_str() {
        command.env("PGHOST", host);
    }
    for (name, value) in url.query_pairs() {
        match &*name {
            "host" => command.env("PGHOST", &*value),
            "sslmode" => command.env("PGSSLMODE", &*value),
            _ => &mut command,
        };
    }
    if let Some(port) = url.port() {
        command.env("PGPORT", port.to_string());
    }
    if !url.username().is_empty() {
        command.env("PGUSER", decoded(url.username()));
    }
    if let Some(password) = url.password() {
        command.env("PGPASSWORD", decoded(password));
    }
    match command.status().await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("pg_dump failed ({status}); what it says stands above"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!(
                "a PostgreSQL database is backed up with pg_dump, which is not installed here: install the PostgreSQL client, then run this again"
            )
        }
        Err(error) => Err(error).context("pg_dump could not be started"),
    }
}
