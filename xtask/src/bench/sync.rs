//! `bench sync`: 100,000 candidates from the simulator into an empty database.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::http::Connection;
use super::options::Options;
use super::pages::megabytes;
use super::server::{Build, Hirewire, sandbox};

/// What the simulated account takes (`src/sandbox/greenhouse/mod.rs`).
const CLIENT_ID: &str = "demo-greenhouse-client";
const CLIENT_SECRET: &str = "demo-greenhouse-secret";
/// The longest a run may take before the measurement is given up.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Measures and prints.
pub fn run(build: &Build, options: &Options) -> anyhow::Result<()> {
    println!("\n==> {} candidates of the simulator, rate limit off", options.candidates);
    println!(
        "    {:<14}{:>10}{:>12}{:>14}{:>10}{:>18}{:>14}{:>14}{:>14}",
        "database", "records", "time", "records/s", "CPU", "memory at 1/4", "at the end", "peak", "outside HTTP"
    );
    for &database in &options.databases {
        let simulator = sandbox(build, &["--candidates", &options.candidates.to_string(), "--rate-limit", "off"])?;
        let url = format!("http://{}", simulator.address());
        let hirewire = Hirewire::start(build, database, &[("SANDBOX_URL", url)])?;
        let body = json!({ "credentials": { "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET } });
        hirewire.call("POST", "/api/v1/integrations/greenhouse/connect", Some(&body))?;
        let (start, cpu) = (Instant::now(), hirewire.server().cpu_seconds()?);
        let run = hirewire.call("POST", "/api/v1/integrations/sync", Some(&json!({ "provider": "greenhouse" })))?;
        let id = run["id"].as_str().context("the answer to a sync has no id")?.to_owned();
        let (run, memory) = wait(&hirewire, &id, start)?;
        let elapsed = start.elapsed().as_secs_f64();
        let cpu = (hirewire.server().cpu_seconds()? - cpu) / elapsed;
        let records = run["progress"]["records"].as_f64().unwrap_or_default();
        let at_a_quarter = memory.iter().find(|(seen, _)| *seen >= records / 4.0).map_or(0, |(_, bytes)| *bytes);
        println!(
            "    {:<14}{records:>10.0}{:>10.1} s{:>14.0}{:>8.0} %{:>18}{:>14}{:>14}{:>14}",
            database.name(),
            elapsed,
            records / elapsed,
            cpu * 100.0,
            megabytes(at_a_quarter),
            megabytes(hirewire.server().memory()?),
            megabytes(hirewire.server().peak_memory()?),
            outside_http(&hirewire, elapsed)?,
        );
    }
    Ok(())
}

/// Waits for the end of the run. Gives it with how much memory the server held when it had taken in so many records.
fn wait(hirewire: &Hirewire, id: &str, start: Instant) -> anyhow::Result<(Value, Vec<(f64, u64)>)> {
    let mut memory = Vec::new();
    loop {
        let run = hirewire.call("GET", &format!("/api/v1/sync-runs/{id}"), None)?;
        memory.push((run["progress"]["records"].as_f64().unwrap_or_default(), hirewire.server().memory()?));
        match run["state"].as_str().unwrap_or_default() {
            "queued" | "running" | "paused" => {}
            "succeeded" => return Ok((run, memory)),
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
