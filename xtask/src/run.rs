//! `cargo xtask run`: both halves, then the demo in this very process.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::process;
use crate::site::{self, Profile, Timer};

/// Builds what is out of date and becomes the demo server.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let Plan { address, extra } = plan(arguments)?;
    build(root)?;
    println!("==> starting the demo at http://{address} (Ctrl-C stops it)");
    let mut server = Command::new(root.join("target/debug/hirewire"));
    server.args(["demo", "--addr", address]).args(extra);
    for (name, value) in leptos(&root.join("target/site")) {
        server.env(name, value);
    }
    // Becoming the server, rather than starting it, leaves nothing between it and the person's Ctrl-C.
    Err(server.exec()).context("cannot start target/debug/hirewire")
}

/// Both halves for development, in `target/site` and `target/debug`.
pub fn build(root: &Path) -> anyhow::Result<()> {
    site::build(root, Profile::Dev, &root.join("target/site"))?;
    let timer = Timer::start("server half");
    process::run(process::cargo().args(["build", "--features", "ssr", "--bin", "hirewire"]))?;
    timer.done();
    Ok(())
}

/// What the server needs to know about the site, in the names Leptos reads.
pub fn leptos(site: &Path) -> [(&'static str, String); 3] {
    [
        ("LEPTOS_OUTPUT_NAME", "hirewire".to_owned()),
        ("LEPTOS_SITE_ROOT", site.display().to_string()),
        ("LEPTOS_SITE_PKG_DIR", "pkg".to_owned()),
    ]
}

struct Plan<'a> {
    address: &'a str,
    extra: &'a [String],
}

fn plan(arguments: &[String]) -> anyhow::Result<Plan<'_>> {
    let mut address = "127.0.0.1:3000";
    let mut rest = arguments;
    loop {
        rest = match rest {
            [] => {
                return Ok(Plan { address, extra: &[] });
            }
            [separator, extra @ ..] if separator == "--" => return Ok(Plan { address, extra }),
            [option, value, more @ ..] if option == "--addr" => {
                address = value;
                more
            }
            [option, more @ ..] if option.starts_with("--addr=") => {
                address = &option["--addr=".len()..];
                more
            }
            [other, ..] => bail!("`run` knows --addr HOST:PORT; {other:?} for the server itself goes after `--`"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn arguments_for_the_server_follow_the_dashes() {
        let given = words("--addr 0.0.0.0:80 -- --data-dir x");
        let found = plan(&given).unwrap();
        assert_eq!(found.address, "0.0.0.0:80");
        assert_eq!(found.extra, ["--data-dir", "x"]);
        assert_eq!(plan(&words("--addr=a:1")).unwrap().address, "a:1");
        assert_eq!(plan(&[]).unwrap().address, "127.0.0.1:3000");
        assert!(plan(&words("--data-dir x")).is_err());
        assert!(plan(&words("--addr")).is_err());
    }
}
