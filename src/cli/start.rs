//! What commands begin with: the configuration, the log, the database, the keys.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::config::{Config, DatabaseTarget, LogFormat, Overrides};
use crate::context::Context;
use crate::fault::Fault;
use crate::operations::keys;
use crate::store::{Db, vault_key};

/// Reads the configuration and starts the log.
pub fn config(overrides: &Overrides) -> anyhow::Result<Config> {
    let config = Config::load(overrides)?;
    log(&config);
    Ok(config)
}

/// Starts the log, on stderr: stdout is for what a command was asked for.
pub fn log(config: &Config) {
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(&config.log.filter)).with_writer(std::io::stderr);
    // A second start (there is none in the program) would change nothing.
    let _ = match config.log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// Opens the configured database, making the SQLite file and its folder if they are missing.
pub async fn open(config: &Config) -> anyhow::Result<Db> {
    match config.database.target(&config.server.data_dir) {
        DatabaseTarget::Postgres(url) => Db::open_postgres(url.expose_secret(), config.database.max_connections)
            .await
            .map_err(|error| anyhow::anyhow!("{}. Check DATABASE_URL and that the server runs.", chain(&error))),
        DatabaseTarget::Sqlite(file) => {
            make_folder(file.parent().unwrap_or(Path::new("")))?;
            Db::open_sqlite(&file, config.database.max_connections)
                .await
                .map_err(|error| anyhow::anyhow!("the database file {} cannot be opened: {}", file.display(), chain(&error)))
        }
    }
}

/// Opens the database, brings its schema up to date and loads the keys: all a service needs.
pub async fn context(config: Config) -> anyhow::Result<Context> {
    let db = open(&config).await?;
    bring_up_to_date(&db).await?;
    let mut ctx = Context::with_config(db, Clock::system(), Arc::new(config));
    find_master_key(&mut ctx, true).await?;
    keys::load(&ctx).await.map_err(sentence)?;
    Ok(ctx)
}

/// The key of the configuration, else the one kept in the data folder, else (at the very first start) a new one kept there.
pub async fn find_master_key(ctx: &mut Context, may_make: bool) -> anyhow::Result<()> {
    if !ctx.masters.is_empty() {
        return Ok(());
    }
    let folder = ctx.config.server.data_dir.clone();
    let file = folder.join(keys::FILE);
    let kept = keys::read_kept(&folder).with_context(|| format!("the key file {} cannot be used", file.display()))?;
    let key = match kept {
        Some(key) => key,
        None if !vault_key::list_vault_keys(&ctx.store).await.unwrap_or_default().is_empty() => bail!(
            "this database was made with an encryption key, and none is given: set ENCRYPTION_KEY, or put the file {} back",
            file.display()
        ),
        None if !may_make => return Ok(()),
        None => {
            make_folder(&folder)?;
            let key = keys::make_kept(&folder).with_context(|| format!("a new key cannot be kept in {}", file.display()))?;
            tracing::info!("a new encryption key is kept in {}; back it up apart from the database", file.display());
            key
        }
    };
    ctx.masters = vec![key].into();
    Ok(())
}

async fn bring_up_to_date(db: &Db) -> anyhow::Result<()> {
    if db.is_newer().await.unwrap_or(false) {
        bail!("a newer version of Hirewire changed this database: run that version, or restore a backup made before");
    }
    db.migrate().await.map_err(|error| anyhow::anyhow!("the schema could not be brought up to date: {}", chain(&error)))
}

/// `hirewire migrate`.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let db = open(config).await?;
    bring_up_to_date(&db).await?;
    db.close().await;
    super::say!("The {} database's schema is up to date.", db.kind());
    Ok(())
}

/// A failure of a service as the sentence it holds.
pub fn sentence(fault: Fault) -> anyhow::Error {
    let source = fault.source.as_ref().map(|source| chain(source.as_ref())).filter(|text| *text != fault.detail);
    match source {
        Some(source) => anyhow::anyhow!("{} ({source})", fault.detail.trim_end_matches('.')),
        None => anyhow::anyhow!("{}", fault.detail.trim_end_matches('.')),
    }
}

/// An error with what caused it.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    // Everything the product knows will be in there.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))
}
