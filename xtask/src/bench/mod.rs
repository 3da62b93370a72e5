//! `cargo xtask bench`: the release build under load, on this machine, with everything it needs started for it.
//!
//! The clients, receivers and simulators share the machine with the server, so what is printed is a floor.

mod http;
mod load;
mod options;
mod pages;
mod receiver;
mod server;
mod sync;
mod webhooks;

use std::path::Path;

use anyhow::bail;

use options::Options;
use server::Build;

/// Runs the measurement of that name.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let Some((name, rest)) = arguments.split_first() else { bail!("name one measurement: pages, sync or webhooks") };
    let measure: fn(&Build, &Options) -> anyhow::Result<()> = match name.as_str() {
        "pages" => pages::run,
        "sync" => sync::run,
        "webhooks" => webhooks::run,
        other => bail!("there is no measurement {other:?}: name pages, sync or webhooks"),
    };
    let options = Options::parse(rest)?;
    measure(&Build::new(root, &options)?, &options)
}
