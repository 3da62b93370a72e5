//! `cargo xtask build`: the development build, or with `--release` the deployable folder and its sizes.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::process;
use crate::run;
use crate::site::{self, Profile, Timer};

/// What a visitor may be asked to download for the islands: gzipped, after `wasm-opt`.
const WASM_BUDGET_BYTES: usize = 150_000;

/// Builds both halves.
pub fn build(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    match arguments {
        [] => run::build(root),
        [option] if option == "--release" => {
            deploy(root)?;
            report(&root.join("target/deploy"))
        }
        other => bail!("`build` knows --release, not {}", other.join(" ")),
    }
}

/// Makes `target/deploy`: the binary and `site/`.
pub fn deploy(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/deploy");
    // Files removed from public/ must not be shipped for ever; pkg/ keeps what is up to date.
    for entry in fs::read_dir(folder.join("site")).into_iter().flatten().flatten() {
        if entry.file_name() == "pkg" {
            continue;
        }
        if entry.file_type()?.is_dir() { fs::remove_dir_all(entry.path())? } else { fs::remove_file(entry.path())? }
    }
    let site = site::build(root, Profile::Release, &folder.join("site"))?;
    let timer = Timer::start("server half (release)");
    let mut command = process::without_quick_flags(process::cargo());
    process::run(command.args(["build", "--release", "--features", "ssr", "--bin", "hirewire"]))?;
    // Copied beside it and renamed: a running server's file cannot be written to.
    let (fresh, target) = (folder.join("hirewire.new"), folder.join("hirewire"));
    fs::copy(root.join("target/release/hirewire"), &fresh).context("the release binary is missing")?;
    fs::rename(fresh, target)?;
    timer.done();
    precompress(&folder.join("site"))?;
    if !site.is_optimised {
        println!("    wasm-opt was not found (npm installs it): the browser half is larger than it need be, and its budget is not checked");
        return Ok(());
    }
    let wasm = fs::read(folder.join("site/pkg/hirewire_bg.wasm"))?;
    let size = site::gzip(&wasm)?.len();
    if size > WASM_BUDGET_BYTES {
        bail!("the browser half is {} gzipped, over its budget of {}", kilobytes(size), kilobytes(WASM_BUDGET_BYTES));
    }
    Ok(())
}

/// Writes `FILE.gz` beside what shrinks, so that the server never compresses a file while somebody waits.
fn precompress(site: &Path) -> anyhow::Result<()> {
    for file in site::files(site)? {
        let name = file.display().to_string();
        if [".gz", ".png", ".jpg", ".webp", ".woff2", ".ico"].iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let bytes = fs::read(&file)?;
        let compressed = site::gzip(&bytes)?;
        // Below this a packet carries either.
        if bytes.len() > 1000 && compressed.len() < bytes.len() {
            fs::write(format!("{name}.gz"), compressed)?;
        }
    }
    Ok(())
}

/// Prints each file's size, raw and gzipped.
fn report(folder: &Path) -> anyhow::Result<()> {
    println!("\ntarget/deploy{:>37}{:>12}", "raw", "gzipped");
    for file in site::files(folder)? {
        let name = file.strip_prefix(folder)?.display().to_string();
        if name.ends_with(".gz") {
            continue;
        }
        let bytes = fs::read(&file)?;
        println!("  {name:<36}{:>12}{:>12}", kilobytes(bytes.len()), kilobytes(site::gzip(&bytes)?.len()));
    }
    println!("\nCopy the folder anywhere and start `./hirewire serve` in it.");
    Ok(())
}

/// Kilobytes of a thousand bytes, as browsers count them.
pub fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
