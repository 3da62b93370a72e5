//! `cargo xtask bench`: the release build under load, on this machine.

use std::path::Path;

use anyhow::bail;

/// Runs the measurement of that name.
pub fn run(_root: &Path, _arguments: &[String]) -> anyhow::Result<()> {
    bail!("there is no measurement yet")
}
