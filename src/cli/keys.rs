//! `hirewire keys`.

use clap::Subcommand;

use super::{say, start};
use crate::config::Config;
use crate::operations::keys;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new data key and seal every stored secret with it, while everything runs.
    Rotate,
}

/// Runs the command.
pub async fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    let Command::Rotate = command;
    let ctx = start::context(config).await?;
    let done = keys::rotate(&ctx).await.map_err(start::sentence)?;
    ctx.store.close().await;
    say!("Key {} seals from now on; {} secrets were sealed anew.", done.key_id, done.resealed);
    if done.unreadable > 0 {
        say!("{} secrets could not be opened and have to be entered again; the log names their integrations.", done.unreadable);
    }
    Ok(())
}
