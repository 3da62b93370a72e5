//! `cargo xtask test`: every check, in an order that shares what was compiled.

use std::path::Path;
use std::time::Instant;

use anyhow::{bail, ensure};

use crate::postgres::{Cluster, Durability};
use crate::process;
use crate::site::{self, Profile, seconds};
use crate::tools;

/// What the browser half must not contain.
const SERVER_ONLY: [&str; 5] = ["sqlx", "axum", "tokio", "hyper", "reqwest"];

/// One line of the table at the end.
struct Step {
    group: &'static str,
    name: &'static str,
    run: fn(&mut Session) -> anyhow::Result<()>,
}

const STEPS: &[Step] = &[
    Step { group: "lint", name: "formatting", run: formatting },
    Step { group: "lint", name: "clippy, server half", run: clippy_server },
    Step { group: "lint", name: "clippy, browser half", run: clippy_browser },
    Step { group: "lint", name: "clippy, xtask", run: clippy_xtask },
    Step { group: "lint", name: "browser half's dependencies", run: browser_dependencies },
    Step { group: "unit", name: "unit tests of xtask", run: unit_xtask },
    Step { group: "unit", name: "unit tests, SQLite", run: unit_sqlite },
    Step { group: "unit", name: "unit tests, PostgreSQL", run: unit_postgres },
    Step { group: "unit", name: "other tests", run: other_tests },
    Step { group: "api", name: "API tests, SQLite", run: api_sqlite },
    Step { group: "api", name: "API tests, PostgreSQL", run: api_postgres },
    Step { group: "faults", name: "killed and cut off, SQLite", run: faults_sqlite },
    Step { group: "faults", name: "killed and cut off, PostgreSQL", run: faults_postgres },
    Step { group: "e2e", name: "browser journeys", run: journeys },
];

/// What the steps share.
struct Session<'a> {
    root: &'a Path,
    /// Words that tests' names must contain.
    words: Vec<String>,
    /// Started by the first step that needs it.
    cluster: Option<Cluster>,
}

/// Runs the steps the filters name (all without one) and prints a table.
pub fn run(root: &Path, filters: &[String]) -> anyhow::Result<()> {
    if let Some(option) = filters.iter().find(|filter| filter.starts_with('-')) {
        bail!("`test` takes names, not options; {option:?} is none");
    }
    let (groups, words): (Vec<_>, Vec<_>) = filters.iter().cloned().partition(|filter| STEPS.iter().any(|step| step.group == filter));
    let is_chosen = |step: &Step| match (groups.is_empty(), words.is_empty()) {
        (true, true) => true,
        (true, false) => ["unit", "api"].contains(&step.group),
        (false, _) => groups.iter().any(|group| group == step.group),
    };
    let chosen: Vec<_> = STEPS.iter().filter(|step| is_chosen(step)).collect();
    let mut session = Session { root, words, cluster: None };
    let mut table = Vec::new();
    let begin = Instant::now();
    for (number, step) in chosen.iter().enumerate() {
        println!("\n==> [{}/{}] {}", number + 1, chosen.len(), step.name);
        let start = Instant::now();
        let outcome = (step.run)(&mut session);
        if let Err(error) = &outcome {
            eprintln!("    failed: {error:#}");
        }
        println!("    {} in {}", if outcome.is_ok() { "passed" } else { "failed" }, seconds(start));
        table.push((step.name, outcome.is_ok(), seconds(start)));
    }
    drop(session);
    println!("\n{:<32}{:<10}{:>14}", "step", "result", "time");
    for (name, passed, time) in &table {
        println!("{name:<32}{:<10}{time:>14}", if *passed { "passed" } else { "FAILED" });
    }
    let failed = table.iter().filter(|(_, passed, _)| !passed).count();
    println!("{:<32}{:<10}{:>14}", "all", if failed == 0 { "passed" } else { "FAILED" }, seconds(begin));
    ensure!(failed == 0, "{failed} of {} steps failed", table.len());
    Ok(())
}

fn formatting(_: &mut Session) -> anyhow::Result<()> {
    process::run(process::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy_server(_: &mut Session) -> anyhow::Result<()> {
    process::run(process::cargo().args(["clippy", "--all-targets", "--features", "ssr", "--", "-D", "warnings"]))
}

/// Clippy itself reads the browser half compiled for this machine: Debian's compiler, which may be the only one that has the browser's
/// target, comes without clippy. What only the browser's target compiles is held to no warnings by the compiler alone.
fn clippy_browser(_: &mut Session) -> anyhow::Result<()> {
    process::run(process::cargo().args(["clippy", "--lib", "--no-default-features", "--features", "hydrate", "--", "-D", "warnings"]))?;
    // Built, not only checked: the journeys use it.
    let warnings = site::compile(Profile::Dev)?;
    ensure!(warnings == 0, "the browser half has {warnings} warnings");
    Ok(())
}

fn clippy_xtask(_: &mut Session) -> anyhow::Result<()> {
    process::run(process::cargo().args(["clippy", "--package", "xtask", "--all-targets", "--", "-D", "warnings"]))
}

fn browser_dependencies(_: &mut Session) -> anyhow::Result<()> {
    let mut command = process::cargo();
    command.args(["tree", "--features", "hydrate", "--no-default-features", "--target", "wasm32-unknown-unknown"]);
    let tree = process::output(command.args(["-e", "normal", "--prefix", "none", "--no-dedupe", "--format", "{p}"]))?;
    let found = server_only(&tree);
    ensure!(found.is_empty(), "the browser half contains {}; `cargo tree --features hydrate -i {}` shows why", found.join(", "), found[0]);
    Ok(())
}

/// Packages of the tree that belong on the server, with their relatives (`sqlx-core`, `hyper-util`).
fn server_only(tree: &str) -> Vec<&str> {
    let mut found: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    found.retain(|package| {
        SERVER_ONLY.iter().any(|name| package.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    });
    found.sort_unstable();
    found.dedup();
    found
}

fn unit_xtask(session: &mut Session) -> anyhow::Result<()> {
    session.cargo_test(&["--package", "xtask"], None)
}

fn unit_sqlite(session: &mut Session) -> anyhow::Result<()> {
    session.cargo_test(&["--features", "ssr", "--lib", "--bins"], None)
}

/// The store's tests stand beside their functions, so these run on both databases too.
fn unit_postgres(session: &mut Session) -> anyhow::Result<()> {
    let url = session.postgres()?;
    session.cargo_test(&["--features", "ssr", "--lib"], Some(&url))
}

fn other_tests(session: &mut Session) -> anyhow::Result<()> {
    let mut arguments = vec!["--features".to_owned(), "ssr".to_owned()];
    for entry in std::fs::read_dir(session.root.join("tests"))? {
        let path = entry?.path();
        if let (Some("rs"), Some(stem)) = (path.extension().and_then(|e| e.to_str()), path.file_stem().and_then(|s| s.to_str())) {
            arguments.extend(["--test".to_owned(), stem.to_owned()]);
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    session.cargo_test(&arguments, None)
}

fn api_sqlite(session: &mut Session) -> anyhow::Result<()> {
    session.cargo_test(&["--features", "ssr", "--test", "api"], None)
}

fn api_postgres(session: &mut Session) -> anyhow::Result<()> {
    let url = session.postgres()?;
    session.cargo_test(&["--features", "ssr", "--test", "api"], Some(&url))
}

fn faults_sqlite(session: &mut Session) -> anyhow::Result<()> {
    session.cargo_test(&["--features", "ssr", "--test", "faults"], None)
}

fn faults_postgres(session: &mut Session) -> anyhow::Result<()> {
    let url = session.postgres()?;
    session.cargo_test(&["--features", "ssr", "--test", "faults"], Some(&url))
}

fn journeys(session: &mut Session) -> anyhow::Result<()> {
    let folder = session.root.join("end2end");
    let npm = tools::npm()?;
    // npm leaves this file behind a finished installation.
    let installed = folder.join("node_modules/.package-lock.json");
    if site::modified(&installed) <= site::modified(&folder.join("package-lock.json")) {
        let mut install = process::command(npm);
        install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
        process::run(install.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    }
    process::run(process::command(folder.join("node_modules/.bin/tsc")).current_dir(&folder))?;
    let browser = tools::browser()?;
    let site = session.root.join("target/site");
    site::build(session.root, Profile::Dev, &site)?;
    // Builds the very binary the API tests were linked with, rather than one with a smaller set of features.
    process::run(process::cargo().args(["test", "--features", "ssr", "--test", "api", "--no-run"]))?;
    let mut command = process::command(folder.join("node_modules/.bin/playwright"));
    command.arg("test").current_dir(&folder).env("HIREWIRE_BINARY", session.root.join("target/debug/hirewire"));
    command.env("CI", "1").envs(crate::run::leptos(&site));
    if let Some(browser) = browser {
        command.env("BROWSER_PATH", browser);
    }
    process::run(&mut command)
}

impl Session<'_> {
    fn cargo_test(&self, arguments: &[&str], database: Option<&str>) -> anyhow::Result<()> {
        let mut command = process::cargo();
        command.arg("test").args(arguments).envs(process::runner());
        // Several words: a test runs if its name contains any of them.
        command.arg("--").args(&self.words);
        match database {
            Some(url) => command.env("TEST_DATABASE_URL", url),
            None => command.env_remove("TEST_DATABASE_URL"),
        };
        process::run(&mut command)
    }

    /// The database of `TEST_DATABASE_URL`, else a throw-away cluster.
    fn postgres(&mut self) -> anyhow::Result<String> {
        if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
            return Ok(url);
        }
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(Durability::None)?);
        }
        Ok(self.cluster.as_ref().map(|cluster| cluster.url().to_owned()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_of_server_packages_are_seen_and_namesakes_are_not() {
        let tree = "hirewire v0.1.0 (/x)\nsqlx-core v0.9.0\ntokio v1.0.0\ntokio v1.0.0 (*)\nhyperlink v1.0.0\nserde v1.0.0";
        assert_eq!(server_only(tree), ["sqlx-core", "tokio"]);
        assert!(server_only("leptos v0.8.23").is_empty());
    }
}
