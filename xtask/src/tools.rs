//! What a command needs beyond the Rust toolchain: found, installed where that is allowed, or named in one sentence.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::process;

/// Where the first program of this name on the path lies.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Installs Debian packages as root; otherwise says which command does.
fn apt(packages: &[&str], purpose: &str) -> anyhow::Result<()> {
    let names = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("{purpose}: install it with your system's package manager (on Debian and Ubuntu it is `{names}`), then run this again");
    }
    if !is_root() {
        bail!("{purpose}: run `sudo apt-get install -y --no-install-recommends {names}`, then run this again");
    }
    println!("    installing {names}");
    let install = || {
        let mut command = process::command("apt-get");
        command.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages).env("DEBIAN_FRONTEND", "noninteractive");
        process::run(command.stdout(Stdio::null()))
    };
    install()
        .or_else(|_| {
            // The lists of a fresh machine are empty or old.
            process::run(process::command("apt-get").args(["update", "-qq"]))?;
            install()
        })
        .with_context(|| format!("{purpose}: `apt-get install {names}` failed"))
}

/// Whether this runs as root.
pub fn is_root() -> bool {
    quiet(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

/// How to compile for the browser.
pub enum Wasm {
    /// The toolchain has the target.
    Target,
    /// Debian's own compiler builds the standard library from its packaged source.
    Debian {
        /// Debian's compiler.
        rustc: PathBuf,
        /// The linker of the rustup toolchain.
        linker: PathBuf,
    },
}

/// The minor number of Cargo.toml's `rust-version`.
const OLDEST_MINOR: u32 = 95;

const WASM: &str = "wasm32-unknown-unknown";

impl Wasm {
    /// Finds a way: the toolchain's target, an installed Debian compiler, `rustup target add`, Debian's packages.
    pub fn find() -> anyhow::Result<Self> {
        if has_target() {
            return Ok(Self::Target);
        }
        if let Some(debian) = Self::debian()? {
            return Ok(debian);
        }
        if find("rustup").is_some() {
            println!("    adding the target {WASM}");
            let added = process::run(process::command("rustup").args(["target", "add", WASM]));
            if added.is_ok() && has_target() {
                return Ok(Self::Target);
            }
            println!("    rustup cannot download it here, trying Debian's compiler");
        }
        apt(&["rustc-web", "rust-web-src"], &format!("compiling for the browser needs `rustup target add {WASM}` or Debian's rustc-web"))?;
        Self::debian()?.context("rustc-web is installed, but its standard library's source was not found")
    }

    fn debian() -> anyhow::Result<Option<Self>> {
        let rustc = PathBuf::from("/usr/bin/rustc");
        let Some(sysroot) = quiet(Command::new(&rustc).args(["--print", "sysroot"])) else {
            return Ok(None);
        };
        let is_new_enough = quiet(Command::new(&rustc).arg("--version")).and_then(|text| minor(&text)) >= Some(OLDEST_MINOR);
        if !is_new_enough || !Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").exists() {
            return Ok(None);
        }
        let own = quiet(Command::new("rustc").args(["--print", "sysroot"])).context("rustc does not name its sysroot")?;
        let linker = Path::new(&own).join("lib/rustlib").join(host()).join("bin/rust-lld");
        let linker =
            if linker.exists() { linker } else { find("wasm-ld").context("compiling for the browser needs a linker: install `lld`")? };
        Ok(Some(Self::Debian { rustc, linker }))
    }

    /// A cargo subcommand for the browser half: its features, its target, its own target directory.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = process::cargo();
        // A directory of its own, so that the two halves never rebuild each other.
        command.args([
            subcommand,
            "--lib",
            "--no-default-features",
            "--features",
            "hydrate",
            "--target",
            WASM,
            "--target-dir",
            "target/front",
        ]);
        if let Self::Debian { rustc, linker } = self {
            command.args(["-Z", "build-std=std,panic_abort"]);
            command.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }
}

/// The triple of this machine.
pub fn host() -> String {
    let version = quiet(Command::new("rustc").arg("-vV")).unwrap_or_default();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or("x86_64-unknown-linux-gnu").to_owned()
}

/// 96 for "rustc 1.96.0 (...)".
fn minor(version: &str) -> Option<u32> {
    version.split(['.', ' ']).nth(2)?.parse().ok()
}

fn has_target() -> bool {
    quiet(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM])).is_some_and(|folder| Path::new(&folder).exists())
}

/// The folder of PostgreSQL's programs, the newest version where there are several.
pub fn postgres() -> anyhow::Result<PathBuf> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    apt(&["postgresql"], "the tests need PostgreSQL's programs (no server has to run)")?;
    find_postgres().context("PostgreSQL is installed, but initdb was not found below /usr/lib/postgresql")
}

fn find_postgres() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| folder.join("initdb").exists())
        .max();
    newest.map(|(_, folder)| folder).or_else(|| find("initdb").and_then(|initdb| Some(initdb.canonicalize().ok()?.parent()?.to_path_buf())))
}

/// The oldest Node.js that Playwright and the journeys' own code run on.
const OLDEST_NODE: (u32, u32) = (20, 11);

/// npm, with a Node.js beside it that is new enough.
pub fn npm() -> anyhow::Result<PathBuf> {
    let purpose = "the browser tests need Node.js 20.11 or newer with npm";
    if find("node").is_none() || find("npm").is_none() {
        apt(&["nodejs", "npm"], purpose)?;
    }
    let version = quiet(Command::new("node").arg("--version")).unwrap_or_default();
    if node_version(&version) < Some(OLDEST_NODE) {
        bail!("{purpose}, and this one is {version:?}: see https://nodejs.org/en/download");
    }
    find("npm").context("npm is installed, but not on the path")
}

/// (20, 11) for "v20.11.1".
fn node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The browser for the tests, or `None` where Playwright has one of its own.
pub fn browser() -> anyhow::Result<Option<PathBuf>> {
    if let Some(named) = env::var_os("BROWSER_PATH").map(PathBuf::from) {
        if named.is_file() {
            return Ok(Some(named));
        }
        bail!("BROWSER_PATH names {}, which is no file", named.display());
    }
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
    let known = || names.iter().find_map(|name| find(name));
    if let Some(found) = known() {
        return Ok(Some(found));
    }
    if find("apt-get").is_some() && is_root() {
        apt(&["chromium"], "the browser tests need Chromium")?;
        return known().map(Some).context("Chromium is installed, but not on the path");
    }
    let mut install = process::command("npx");
    install.args(["--no-install", "playwright", "install", "chromium"]).current_dir("end2end");
    if process::run(&mut install).is_ok() {
        return Ok(None);
    }
    bail!("the browser tests need Chromium: install it with your package manager (`sudo apt-get install chromium`) or set BROWSER_PATH");
}

/// wasm-opt: npm's `binaryen`, kept in `target/tools`, else one from the path.
pub fn wasm_opt(root: &Path) -> anyhow::Result<Option<PathBuf>> {
    // Debian's is years old and refuses newer features, hence npm's first.
    const PACKAGE: &str = "binaryen@132.0.0";
    let tools = root.join("target/tools");
    let program = tools.join("node_modules/.bin/wasm-opt");
    if program.exists() {
        return Ok(Some(program));
    }
    if find("node").is_some() && find("npm").is_some() {
        println!("    installing {PACKAGE} into target/tools");
        std::fs::create_dir_all(&tools)?;
        let mut install = process::command("npm");
        install.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"]).arg(&tools).arg(PACKAGE);
        if process::run(install.stdout(Stdio::null())).is_ok() && program.exists() {
            return Ok(Some(program));
        }
    }
    Ok(find("wasm-opt"))
}

/// What a quick command says, trimmed; `None` if it is missing or fails.
fn quiet(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(minor("rustc 1.96.0 (ac68faa20 2026-05-25)"), Some(96));
        assert_eq!(minor("nonsense"), None);
        assert_eq!(node_version("v20.11.1"), Some(OLDEST_NODE));
        assert!(node_version("v18.20.4") < Some(OLDEST_NODE));
        assert!(node_version("") < Some(OLDEST_NODE));
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("sh").is_some());
        assert!(find("no-such-program").is_none());
    }
}
