//! `cargo xtask bench`: the release build under load, on this machine, with everything it needs started for it.
//!
//! The client shares the machine with the server, so what is printed is a floor.

mod http;
mod load;
mod pages;
mod server;
mod sync;

use std::path::Path;

use anyhow::bail;

use server::Build;

/// Runs the measurement of that name.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let measure = match arguments {
        [name] if name == "pages" => pages::run,
        [name] if name == "sync" => sync::run,
        _ => bail!("name one measurement: pages or sync"),
    };
    measure(&Build::new(root)?)
}
