//! `hirewire measure`: parts of `cargo xtask bench` that only the program itself can do.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use url::Url;

use super::{say, start};
use crate::accounts::sign_up::ensure_organization;
use crate::config::Config;
use crate::context::Context;
use crate::webhooks::outbound::measure;

/// What to do for a measurement.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Send requests to a receiver as webhooks are sent, without database; prints how many a second, alone on the last line.
    Sender {
        /// The receiver.
        #[arg(long)]
        url: Url,
        /// Requests at the same time.
        #[arg(long, default_value_t = 64)]
        in_flight: usize,
        /// For how long.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
    /// Put finished deliveries of made-up events into an organization's history.
    History {
        /// The organization's name.
        #[arg(long, value_name = "NAME")]
        organization: String,
        /// How many.
        #[arg(long)]
        deliveries: u64,
    },
}

/// Runs the command.
pub async fn run(config: Config, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Sender { url, in_flight, seconds } => {
            let receivers = Context::policy(&config);
            let rate = measure::bare_loop(Arc::new(receivers), url, *in_flight, Duration::from_secs(*seconds)).await;
            say!("{:.0}", rate.context("the HTTP client could not be built")?);
        }
        Command::History { organization, deliveries } => {
            let ctx = start::context(config).await?;
            let filled = async {
                let organization = ensure_organization(&ctx, organization).await?;
                measure::fill_history(&ctx, organization, *deliveries).await
            };
            let filled = filled.await;
            ctx.store.close().await;
            filled.map_err(start::sentence)?;
            say!("{deliveries} finished deliveries were added.");
        }
    }
    Ok(())
}
