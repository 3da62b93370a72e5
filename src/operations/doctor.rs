//! What is wrong with an installation, and what to do about it.

use std::path::Path;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::config::Config;
use crate::context::Context;
use crate::store::{dialect::maintenance, inbound_event, vault_key, worker};

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Works, but worth a look.
    Note,
    /// Has to be mended.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub subject: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found and, if need be, what to do.
    pub detail: String,
}

impl Finding {
    /// As it should be.
    pub fn good(subject: &'static str, detail: impl Into<String>) -> Self {
        Self { subject, state: State::Good, detail: detail.into() }
    }

    /// Worth a look.
    pub fn note(subject: &'static str, detail: impl Into<String>) -> Self {
        Self { subject, state: State::Note, detail: detail.into() }
    }

    /// Has to be mended.
    pub fn bad(subject: &'static str, detail: impl Into<String>) -> Self {
        Self { subject, state: State::Bad, detail: detail.into() }
    }
}

/// Less free space than this is too little to go on for long.
const FREE_BYTES_MIN: u64 = 500 * 1024 * 1024;

/// Clocks further apart than this make leases and timers unreliable.
const SKEW_MAX: Duration = Duration::from_secs(5);

/// Looks at everything that does not need the database: folders, disk, addresses, mail.
pub async fn surroundings(config: &Config) -> Vec<Finding> {
    let mut findings =
        vec![data_folder(&config.server.data_dir), disk(&config.server.data_dir), site(&config.server.site_root), address(config)];
    findings.push(mail(config).await);
    if let Some(sandbox) = config.endpoints.sandbox() {
        findings.push(Finding::note("providers", format!("Every call goes to the simulators at {sandbox}, because SANDBOX_URL is set.")));
    }
    findings
}

/// Looks at the database behind an open context.
pub async fn database(ctx: &Context) -> Vec<Finding> {
    let store = &ctx.store;
    if let Err(error) = store.ping().await {
        return vec![Finding::bad(
            "database",
            format!("The {} database does not answer ({error}). Check DATABASE_URL and that the server runs.", store.kind()),
        )];
    }
    let mut findings = vec![Finding::good("database", format!("The {} database answers.", store.kind()))];
    match store.is_current().await {
        Ok(true) => findings.push(Finding::good("schema", "Every migration ran.")),
        Ok(false) if store.is_newer().await.unwrap_or(false) => {
            findings.push(Finding::bad(
                "schema",
                "A newer version of Hirewire changed this database. Run that version, or restore a backup made before.",
            ));
            return findings;
        }
        _ => {
            findings.push(Finding::bad(
                "schema",
                "The schema is not up to date. Run `hirewire migrate`, or start the server, which does it too.",
            ));
            return findings;
        }
    }
    if let Err(error) = maintenance::check_integrity(store).await {
        findings.push(Finding::bad(
            "file",
            format!("The database file is damaged ({error}). Restore the last backup with `hirewire restore FILE`."),
        ));
    }
    findings.push(clock(ctx).await);
    findings.push(key(ctx).await);
    findings.push(unrouted(ctx).await);
    let now = ctx.clock.now();
    match worker::list_workers(store, now - Duration::from_secs(60)).await {
        Ok(workers) if workers.is_empty() => {
            findings.push(Finding::note("workers", "No process works on the queue now. `hirewire serve` or `hirewire worker` does."))
        }
        Ok(workers) => findings.push(Finding::good("workers", format!("{} at work.", workers.len()))),
        Err(error) => findings.push(Finding::bad("workers", format!("The workers could not be read ({error})."))),
    }
    findings
}

async fn unrouted(ctx: &Context) -> Finding {
    match inbound_event::count_unrouted(&ctx.store).await {
        Ok(counts) if counts.is_empty() => Finding::good("webhooks", "Every webhook that came in names a connection."),
        Ok(counts) => {
            let counts: Vec<String> = counts.iter().map(|(provider, messages)| format!("{messages} of {provider}")).collect();
            Finding::note(
                "webhooks",
                format!(
                    "Some webhooks name no connection ({}). `hirewire inbound unrouted` lists them; look at the address entered at the provider.",
                    counts.join(", ")
                ),
            )
        }
        Err(error) => Finding::bad("webhooks", format!("The webhooks that came in could not be read ({error}).")),
    }
}

async fn key(ctx: &Context) -> Finding {
    let Some(master) = ctx.masters.first() else {
        if vault_key::list_vault_keys(&ctx.store).await.is_ok_and(|rows| rows.is_empty()) {
            return Finding::note("key", "There is no encryption key yet; the first start makes one and keeps it in the data folder.");
        }
        return Finding::bad("key", "There is no encryption key. Set ENCRYPTION_KEY, or put encryption.key back into the data folder.");
    };
    match ctx.reload_keys().await {
        Ok(()) => Finding::good("key", format!("The encryption key (fingerprint {}) opens this database.", master.fingerprint())),
        Err(fault) => Finding::bad(
            "key",
            format!("{}. Give the key that was used before; a new key cannot open what the old one sealed.", fault.detail),
        ),
    }
}

async fn clock(ctx: &Context) -> Finding {
    match maintenance::clock(&ctx.store).await {
        Ok(None) => Finding::good("clock", "The database is a file on this machine, so both share a clock."),
        Ok(Some(theirs)) => {
            let skew = (theirs - ctx.clock.now()).abs().to_std().unwrap_or_default();
            if skew > SKEW_MAX {
                Finding::bad(
                    "clock",
                    format!("This machine's clock and the database server's are {} s apart. Set both by NTP.", skew.as_secs()),
                )
            } else {
                Finding::good("clock", "This machine's clock and the database server's agree.")
            }
        }
        Err(error) => Finding::bad("clock", format!("The database server's clock could not be read ({error}).")),
    }
}

fn data_folder(folder: &Path) -> Finding {
    let shown = folder.display();
    if !folder.is_dir() {
        return Finding::note("data folder", format!("{shown} does not exist yet; the first start makes it."));
    }
    let probe = folder.join(".hirewire-doctor");
    let written = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Finding::good("data folder", format!("{shown} can be written.")),
        Err(error) => {
            Finding::bad("data folder", format!("{shown} cannot be written ({error}). Give the user that runs Hirewire the right to."))
        }
    }
}

fn disk(folder: &Path) -> Finding {
    let existing = folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(existing) {
        Ok(found) => {
            let free = found.f_bavail.saturating_mul(found.f_frsize);
            let shown = format!("{:.1} GiB are free where the data is kept", free as f64 / f64::from(1 << 30));
            if free < FREE_BYTES_MIN {
                Finding::bad("disk", format!("Only {shown}. Free some space."))
            } else {
                Finding::good("disk", format!("{shown}."))
            }
        }
        Err(error) => Finding::note("disk", format!("The free space of {} could not be read ({error}).", existing.display())),
    }
}

fn site(folder: &Path) -> Finding {
    let missing: Vec<&str> =
        ["pkg/hirewire.css", "pkg/hirewire.js", "pkg/hirewire_bg.wasm"].into_iter().filter(|file| !folder.join(file).is_file()).collect();
    if missing.is_empty() {
        Finding::good("site", format!("{} holds the built pages' files.", folder.display()))
    } else {
        Finding::bad(
            "site",
            format!(
                "{} lacks {}. Build with `cargo xtask build --release` and keep the folder site beside the program, or name it with --site-root.",
                folder.display(),
                missing.join(", ")
            ),
        )
    }
}

fn address(config: &Config) -> Finding {
    let server = &config.server;
    match &server.public_url {
        None if server.addr.ip().is_loopback() => {
            Finding::note("address", format!("Only this machine reaches http://{}. Set PUBLIC_URL for others.", server.addr))
        }
        None => Finding::bad("address", "PUBLIC_URL is not set, so links in mail and addresses given to providers would be wrong. Set it."),
        Some(url) if url.scheme() == "http" && !server.addr.ip().is_loopback() => Finding::note(
            "address",
            format!("People reach {url} without encryption. Put a proxy with a certificate in front and use https."),
        ),
        Some(url) => Finding::good("address", format!("People reach the server at {url}.")),
    }
}

async fn mail(config: &Config) -> Finding {
    let Some(smtp) = &config.smtp else {
        return Finding::note("mail", "SMTP is not configured: invitations and resets show a link to copy instead of sending mail.");
    };
    let target = (smtp.host.as_str(), smtp.port);
    match tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(target)).await {
        Ok(Ok(_)) => Finding::good("mail", format!("{}:{} takes connections.", smtp.host, smtp.port)),
        Ok(Err(error)) => {
            Finding::bad("mail", format!("{}:{} does not take connections ({error}). Check SMTP_HOST and SMTP_PORT.", smtp.host, smtp.port))
        }
        Err(_) => Finding::bad(
            "mail",
            format!("{}:{} did not answer within 5 s. Check SMTP_HOST, SMTP_PORT and the firewall.", smtp.host, smtp.port),
        ),
    }
}
