//! `hirewire api-key`.

use clap::Subcommand;
use secrecy::ExposeSecret as _;

use super::{say, start};
use crate::accounts::api_keys::{self, NewKey};
use crate::accounts::sign_up::ensure_organization;
use crate::caller::Caller;
use crate::config::Config;

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key. It is shown only now, alone on the last line.
    Create(Create),
}

/// Which key.
#[derive(Debug, clap::Args)]
pub struct Create {
    /// The organization's name; it is made if it does not exist yet.
    #[arg(long, value_name = "NAME")]
    organization: String,
    /// Its rights, separated by commas, such as integrations:read,webhooks:write; * is all of them.
    #[arg(long, default_value = "*", value_delimiter = ',')]
    scopes: Vec<String>,
    /// What people call it.
    #[arg(long, default_value = "Command line")]
    name: String,
}

/// Runs the command.
pub async fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    let Command::Create(create) = command;
    let ctx = start::context(config).await?;
    let made = async {
        let organization = ensure_organization(&ctx, &create.organization).await?;
        let caller = Caller::system(organization, "command line", ctx.clock.new_id());
        let scopes = create.scopes.iter().map(|scope| scope.trim().to_owned()).collect();
        api_keys::create(&ctx, &caller, &NewKey { name: create.name.clone(), scopes, ..NewKey::default() }).await
    };
    let made = made.await;
    ctx.store.close().await;
    let made = made.map_err(start::sentence)?;
    say!("The key {} of {} is shown only now:", create.name, create.organization);
    say!("{}", made.key.expose_secret());
    Ok(())
}
