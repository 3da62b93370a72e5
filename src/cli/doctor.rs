//! `hirewire doctor`.

use std::sync::Arc;

use anyhow::bail;

use super::{say, start};
use crate::clock::Clock;
use crate::config::{Config, DatabaseTarget, Overrides};
use crate::context::Context;
use crate::operations::doctor::{self, Finding, State};

/// Looks at everything and prints a line for each. Fails if something has to be mended.
pub async fn run(overrides: &Overrides) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    match Config::load(overrides) {
        Ok(config) => {
            findings.push(Finding::good("configuration", "Every setting can be used."));
            findings.extend(doctor::surroundings(&config).await);
            findings.extend(database(config).await);
        }
        Err(error) => findings.push(Finding::bad("configuration", error.to_string())),
    }
    for finding in &findings {
        let mark = match finding.state {
            State::Good => "ok  ",
            State::Note => "note",
            State::Bad => "fix ",
        };
        say!("{mark}  {:<14} {}", finding.subject, finding.detail);
    }
    let bad = findings.iter().filter(|finding| finding.state == State::Bad).count();
    if bad > 0 {
        bail!("{bad} of {} have to be mended", findings.len());
    }
    Ok(())
}

/// Opens what is there, and makes nothing.
async fn database(config: Config) -> Vec<Finding> {
    if let DatabaseTarget::Sqlite(file) = config.database.target(&config.server.data_dir)
        && !file.is_file()
    {
        return vec![Finding::note("database", format!("{} does not exist yet; the first start makes it.", file.display()))];
    }
    let db = match start::open(&config).await {
        Ok(db) => db,
        Err(error) => return vec![Finding::bad("database", format!("{error:#}"))],
    };
    let mut ctx = Context::with_config(db, Clock::system(), Arc::new(config));
    let mut findings = Vec::new();
    if let Err(error) = start::find_master_key(&mut ctx, false).await {
        findings.push(Finding::bad("key", format!("{error:#}.")));
    }
    let has_no_key = !findings.is_empty();
    findings.extend(doctor::database(&ctx).await.into_iter().filter(|finding| !(has_no_key && finding.subject == "key")));
    ctx.store.close().await;
    findings
}
