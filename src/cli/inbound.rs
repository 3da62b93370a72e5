//! `hirewire inbound`: what belongs to no organization, so that no page shows it.

use clap::Subcommand;

use super::{say, start};
use crate::config::Config;
use crate::context::Context;
use crate::fault::Result;
use crate::store::page::PageQuery;
use crate::webhooks::inbound;

/// What to do with webhooks that came in.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List messages that name no connection, newest first. Refused ones and old ones are not kept for ever.
    Unrouted {
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        /// With the bodies.
        #[arg(long)]
        bodies: bool,
    },
}

/// Runs the command.
pub async fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    let Command::Unrouted { limit, bodies } = command;
    let ctx = start::context(config).await?;
    let listed = list(&ctx, *limit, *bodies).await;
    ctx.store.close().await;
    listed.map_err(start::sentence)
}

async fn list(ctx: &Context, limit: u32, bodies: bool) -> Result<()> {
    let counts = inbound::unrouted_by_provider(ctx).await?;
    if counts.is_empty() {
        say!("Every message names a connection.");
        return Ok(());
    }
    for count in counts {
        say!("{:<18} {} kept", count.provider, count.messages);
    }
    say!("");
    for row in inbound::unrouted(ctx, PageQuery { limit, before: None }).await?.rows {
        let at = row.received_at.format("%Y-%m-%d %H:%M:%SZ");
        let event = row.event_name.as_deref().unwrap_or("without a name");
        say!("{at}  {:<18} {:<30} {} bytes, to {}", row.provider, event, row.body.len(), inbound::path(&row).unwrap_or("an address"));
        if bodies {
            say!("{}", inbound::shown_body(&row).unwrap_or_else(|| "(no text)".to_owned()));
        }
    }
    Ok(())
}
