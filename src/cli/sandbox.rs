//! `hirewire sandbox`: the simulators alone.

use anyhow::Context as _;

use super::{say, serve};
use crate::config::Config;
use crate::sandbox::{Options, Sandbox};

/// What the simulators are made of.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// How many candidates there are.
    #[arg(long, default_value_t = Options::default().candidates)]
    candidates: usize,
    /// Whether calls beyond the providers' limits are refused.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    rate_limit: Switch,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// As the provider does.
    On,
    /// Not at all.
    Off,
}

/// Serves the simulators until the process is told to stop.
pub async fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<()> {
    let options = Options { candidates: arguments.candidates, rate_limit: arguments.rate_limit == Switch::On, ..Options::default() };
    let addr = config.server.addr;
    let running =
        Sandbox::start(addr, &options).await.with_context(|| format!("nothing can listen on {addr} (--addr names another address)"))?;
    say!("listening on http://{}", running.addr);
    serve::stopped().await;
    Ok(())
}
