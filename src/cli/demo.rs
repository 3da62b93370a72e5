//! `hirewire demo`: the whole product on this machine, with simulators in place of the providers and a sample organization.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::{say, serve, start};
use crate::accounts::api_keys::{self, NewKey};
use crate::accounts::sign_up::{SignUp, add_member, ensure_organization};
use crate::caller::Caller;
use crate::config::{Config, Endpoints, sandbox_clients};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::role::Role;
use crate::random;
use crate::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use crate::sandbox::{Options, Running, Sandbox};

const ORGANIZATION: &str = "Northwind Talent";
const EMAIL: &str = "demo@hirewire.test";
const NAME: &str = "Robin Demo";
const FILE: &str = "demo.json";

/// What a restart prints again. Only a demo keeps such a file: everything in it is made up.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    password: Option<String>,
    api_key: Option<String>,
}

/// Serves the demo until the process is told to stop.
pub async fn run(mut config: Config) -> anyhow::Result<()> {
    let simulators = simulators(&mut config).await?;
    let listener = serve::listen(&mut config).await?;
    let folder = config.server.data_dir.clone();
    let ctx = start::context(config).await?;
    let kept = sample(&ctx, &folder).await?;
    say!("sign in: {EMAIL} / {}", kept.password.as_deref().unwrap_or_default());
    say!("api key: {}", kept.api_key.as_deref().unwrap_or_default());
    say!("greenhouse demo credentials: client id {DEMO_CLIENT_ID}, client secret {DEMO_CLIENT_SECRET}");
    if let Some(simulators) = &simulators {
        say!("simulators: {} (what they can be made to do is below /_control)", simulators.url().as_str().trim_end_matches('/'));
    }
    let served = serve::serve(listener, ctx).await;
    drop(simulators);
    served
}

/// Starts the simulators in this process, unless the configuration names others.
async fn simulators(config: &mut Config) -> anyhow::Result<Option<Running>> {
    if config.endpoints.sandbox().is_some() {
        return Ok(None);
    }
    let running =
        Sandbox::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), &Options::default()).await.context("the simulators cannot start")?;
    config.endpoints = Endpoints::for_sandbox(&running.url());
    config.oauth = sandbox_clients();
    // Whoever tries the product has a receiver for webhooks on this very machine.
    if config.webhooks.allow_networks.is_empty() {
        config.webhooks.allow_networks = ["127.0.0.0/8", "::1/128"].iter().filter_map(|network| network.parse().ok()).collect();
    }
    Ok(Some(running))
}

/// Makes the sample organization, its owner and a key, where they are missing, and says how to get in.
async fn sample(ctx: &Context, folder: &Path) -> anyhow::Result<Kept> {
    let file = folder.join(FILE);
    let mut kept: Kept = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let password = kept.password.get_or_insert_with(|| format!("demo-{}", hex::encode(random::bytes::<6>()))).clone();
    let owner = SignUp {
        organization: ORGANIZATION.to_owned(),
        name: NAME.to_owned(),
        email: EMAIL.to_owned(),
        password: SecretString::from(password),
    };
    match add_member(ctx, &owner, Role::Owner).await {
        Ok(_) => {}
        Err(fault) if fault.code == ErrorCode::Conflict => {}
        Err(fault) => return Err(start::sentence(fault)),
    }
    let is_valid = match &kept.api_key {
        Some(key) => api_keys::look_up(ctx, key).await.map_err(start::sentence)?.is_some(),
        None => false,
    };
    if !is_valid {
        let organization = ensure_organization(ctx, ORGANIZATION).await.map_err(start::sentence)?;
        let caller = Caller::system(organization, "demo", ctx.clock.new_id());
        let wanted = NewKey { name: "Demo".to_owned(), scopes: vec!["*".to_owned()], ..NewKey::default() };
        let made = api_keys::create(ctx, &caller, &wanted).await.map_err(start::sentence)?;
        kept.api_key = Some(made.key.expose_secret().to_owned());
    }
    keep(&file, &kept).with_context(|| format!("{} cannot be written", file.display()))?;
    Ok(kept)
}

fn keep(file: &Path, kept: &Kept) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(&serde_json::to_vec_pretty(kept)?)
}
