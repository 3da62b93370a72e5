//! `bench sync`: 100,000 candidates from the simulator into an empty database.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::http::Connection;
use super::pages::megabytes;
use super::server::{Build, Database, Hirewire, sandbox};

/// What the simulated account takes (`src/sandbox/greenhouse/mod.rs`).
const CLIENT_ID: &str = "demo-greenhouse-client";
const CLIENT_SECRET: &str = "demo-greenhouse-secret";
const CANDIDATES: usize = 100_000;
/// The longest a run may take before the measurement is given up.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Measures and prints.
pub fn run(build: &Build) -> anyhow::Result<()> {
    println!("\n==> {CANDIDATES} candidates of the simulator, rate limit off");
    println!(
        "    {:<14}{:>10}{:>12}{:>14}{:>16}{:>16}{:>14}",
        "database", "records", "time", "records/s", "memory before", "peak memory", "outside HTTP"
    );
    for database in Database::ALL {
        let simulator = sandbox(build, &["--candidates", &CANDIDATES.to_string(), "--rate-limit", "off"])?;
        let url = format!("http://{}", simulator.address());
        let hirewire = Hirewire::start(build, database, &[("SANDBOX_URL", url)])?;
        let before = hirewire.server().memory()?;
        let body = json!({ "credentials": { "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET } });
        hirewire.call("POST", "/api/v1/integrations/greenhouse/connect", Some(&body))?;
        let start = Instant::now();
        let run = hirewire.call("POST", "/api/v1/integrations/sync", Some(&json!({ "provider": "greenhouse" })))?;
        let id = run["id"].as_str().context("the answer to a sync has no id")?.to_owned();
        let run = wait(&hirewire, &id, start)?;
        let elapsed = start.elapsed().as_secs_f64();
        let records = run["progress"]["records"].as_f64().unwrap_or_default();
        println!(
            "    {:<14}{records:>10.0}{:>10.1} s{:>14.0}{:>16}{:>16}{:>14}",
            database.name(),
            elapsed,
            records / elapsed,
            megabytes(before),
            megabytes(hirewire.server().peak_memory()?),
            outside_http(&hirewire, elapsed)?,
        );
    }
    Ok(())
}

fn wait(hirewire: &Hirewire, id: &str, start: Instant) -> anyhow::Result<Value> {
    loop {
        let run = hirewire.call("GET", &format!("/api/v1/sync-runs/{id}"), None)?;
        match run["state"].as_str().unwrap_or_default() {
            "queued" | "running" | "paused" => {}
            "succeeded" => return Ok(run),
            other => anyhow::bail!("the run ended as {other}: {}", run["error"]),
        }
        ensure!(start.elapsed() < LIMIT, "the run was not done after {} s: {run}", LIMIT.as_secs());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The share of the time in which no request to the provider was under way, from the server's own metrics.
fn outside_http(hirewire: &Hirewire, elapsed: f64) -> anyhow::Result<String> {
    let metrics = Connection::open(hirewire.server().address())?.request("GET", "/metrics", &[], b"")?.text();
    Ok(match sum(&metrics, "provider_request_duration_seconds_sum") {
        Some(http) => format!("{:.0} %", 100.0 * (1.0 - http / elapsed).max(0.0)),
        None => "unknown".to_owned(),
    })
}

/// The sum over all labels of a metric in Prometheus' text format.
fn sum(metrics: &str, name: &str) -> Option<f64> {
    let values: Vec<f64> = metrics
        .lines()
        .filter(|line| line.split(['{', ' ']).next().is_some_and(|found| found.ends_with(name)))
        .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
        .collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let text = "# TYPE x summary\nhirewire_provider_request_duration_seconds_sum{provider=\"a\"} 1.5\nhirewire_provider_request_duration_seconds_sum{provider=\"b\"} 2\nother 9\n";
        assert_eq!(sum(text, "provider_request_duration_seconds_sum"), Some(3.5));
        assert_eq!(sum(text, "missing"), None);
    }
}
