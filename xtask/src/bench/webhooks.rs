//! `bench webhooks`: publishing, delivering, both together, a burst, receivers in trouble; with an empty and with a long history.
//!
//! The receivers run in this process, on the machine they share with the server.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::json;

use super::http::Connection;
use super::load::{self, Amount, Load, Target};
use super::options::Options;
use super::pages::{megabytes, milliseconds};
use super::receiver::{Journal, Receiver};
use super::server::{Build, Database, Hirewire, ORGANIZATION};
use crate::process;

/// Connections of the programs that publish.
const PUBLISHERS: usize = 32;
/// Tries at once to one receiver: the most a subscription may ask for.
const IN_FLIGHT: usize = 64;
/// Events a second while the time from publishing to arrival is measured.
const STEADY: u64 = 500;
/// The longest a backlog may take to arrive.
const LIMIT: Duration = Duration::from_secs(300);
/// Receivers beside each other while two of them are in trouble.
const RECEIVERS: usize = 100;
/// Events a second to all of them.
const STEADY_TO_ALL: u64 = 10;
/// How long the slow one of them takes.
const SLOW: Duration = Duration::from_secs(10);

/// Measures and prints.
pub fn run(build: &Build, options: &Options) -> anyhow::Result<()> {
    for &database in &options.databases {
        println!("\n==> webhooks on {}", database.name());
        let hirewire = Hirewire::start(build, database, &[("WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8".to_owned())])?;
        let bench = Bench { build, hirewire, options, database };
        let ceiling = bench.ceiling()?;
        let empty = bench.pass("with an empty history", ceiling)?;
        bench.burst()?;
        bench.isolation()?;
        bench.memory()?;
        if options.history > 0 {
            bench.fill()?;
            let full = bench.pass(&format!("with {} finished deliveries in history", options.history), ceiling)?;
            println!("\n    with history against without");
            for ((name, before), (_, after)) in empty.iter().zip(&full) {
                println!("    {name:<44}{:>13.2} x", after / before);
            }
            bench.memory()?;
        }
        let log = bench.hirewire.log();
        if !log.trim().is_empty() {
            println!("\n    the server's log:\n{}", log.lines().take(20).collect::<Vec<_>>().join("\n"));
        }
    }
    Ok(())
}

/// The figures of a pass that are compared with the other pass's.
type Figures = Vec<(String, f64)>;

struct Bench<'a> {
    build: &'a Build,
    hirewire: Hirewire,
    options: &'a Options,
    database: Database,
}

impl Bench<'_> {
    /// The sender alone, without database and signatures: requests per second to a receiver that answers at once.
    fn ceiling(&self) -> anyhow::Result<f64> {
        let receiver = Receiver::start(Duration::ZERO, None)?;
        let seconds = self.options.duration.as_secs().clamp(2, 5).to_string();
        let url = receiver.url();
        let arguments = ["measure", "sender", "--url", &url, "--in-flight", &IN_FLIGHT.to_string(), "--seconds", &seconds];
        let printed = process::output(&mut self.hirewire.command(self.build, &arguments))?;
        let rate =
            printed.lines().last().and_then(|line| line.trim().parse::<f64>().ok()).with_context(|| format!("no rate: {printed}"))?;
        row("the sender's bare request loop", &format!("{rate:.0}/s"), "the ceiling of what follows");
        Ok(rate)
    }

    /// The figures that must not depend on what was sent before.
    fn pass(&self, title: &str, ceiling: f64) -> anyhow::Result<Figures> {
        println!("\n    {title}");
        let mut figures = Vec::new();
        let nobody = self.publish("job.created", Amount::For(self.options.duration), None)?;
        rate("publishing, nobody subscribed", &nobody);
        figures.push(("publishing, nobody subscribed".to_owned(), nobody.per_second()));

        let receiver = Receiver::start(Duration::ZERO, None)?;
        let webhook = self.subscribe(&receiver.url(), &["job.opened"])?;
        let one = self.publish("job.opened", Amount::For(self.options.duration), None)?;
        let arrived = receiver.received();
        rate("publishing, delivered meanwhile", &one);
        ensure!(receiver.wait_for(one.count(), LIMIT), "{} of {} events arrived", receiver.received(), one.count());
        row("  delivered meanwhile", &format!("{:.0}/s", arrived as f64 / one.elapsed().as_secs_f64()), "");
        self.unsubscribe(&webhook)?;
        figures.push(("publishing, delivered meanwhile".to_owned(), one.per_second()));

        for (delay, event) in [(0_u64, "offer.created"), (10, "offer.sent"), (100, "offer.accepted")] {
            let possible = if delay == 0 { ceiling } else { (IN_FLIGHT as f64 * 1000.0 / delay as f64).min(ceiling) };
            let found = self.backlog(Duration::from_millis(delay), event, possible)?;
            let name = format!("deliveries to a receiver that takes {delay} ms");
            row(&name, &format!("{found:.0}/s"), &format!("{:.0} % of the possible {possible:.0}/s", 100.0 * found / possible));
            figures.push((name, found));
        }

        let seconds = self.options.duration;
        let count = STEADY * seconds.as_secs() + 1000;
        let journal = Journal::new(usize::try_from(count)?);
        let receiver = Receiver::start(Duration::ZERO, Some(journal.clone()))?;
        let webhook = self.subscribe(&receiver.url(), &["candidate.created"])?;
        let steady = self.publish("candidate.created", Amount::Rate(STEADY, seconds), Some(&journal))?;
        ensure!(receiver.wait_for(steady.count(), LIMIT), "{} of {} events arrived", receiver.received(), steady.count());
        self.unsubscribe(&webhook)?;
        let times = journal.latencies();
        let (p50, p99) = (load::percentile(&times, 0.5), load::percentile(&times, 0.99));
        let note = format!("{STEADY}/s open loop, from asking; {} came twice", journal.repeated());
        row("publish to arrival", &format!("p50 {}, p99 {}", milliseconds(p50), milliseconds(p99)), &note);
        figures.push((format!("publish to arrival at {STEADY}/s, p50"), p50.as_secs_f64()));
        figures.push((format!("publish to arrival at {STEADY}/s, p99"), p99.as_secs_f64()));
        Ok(figures)
    }

    /// Deliveries per second of a backlog to a receiver that takes `delay`.
    fn backlog(&self, delay: Duration, event: &str, possible: f64) -> anyhow::Result<f64> {
        let receiver = Receiver::start(delay, None)?;
        receiver.set_open(false);
        let webhook = self.subscribe(&receiver.url(), &[event])?;
        // Enough for some seconds, without waiting long for it to pile up.
        let count = ((possible * 3.0) as u64).clamp(1000, 20_000);
        self.publish(event, Amount::Count(count), None)?;
        let start = Instant::now();
        receiver.set_open(true);
        ensure!(receiver.wait_for(count, LIMIT), "{} of {count} events arrived", receiver.received());
        let elapsed = start.elapsed();
        if receiver.received() > count || receiver.connections() > 4 * IN_FLIGHT as u64 {
            println!("      {} requests on {} connections", receiver.received(), receiver.connections());
        }
        self.unsubscribe(&webhook)?;
        Ok(count as f64 / elapsed.as_secs_f64())
    }

    /// How long a burst takes until its last event arrived.
    fn burst(&self) -> anyhow::Result<()> {
        let count = self.options.burst;
        if count == 0 {
            return Ok(());
        }
        let journal = Journal::new(usize::try_from(count)?);
        let receiver = Receiver::start(Duration::ZERO, Some(journal.clone()))?;
        let webhook = self.subscribe(&receiver.url(), &["candidate.updated"])?;
        let start = Instant::now();
        let published = self.publish("candidate.updated", Amount::Count(count), Some(&journal))?;
        let waiting = count.saturating_sub(receiver.received());
        let drained = Instant::now();
        ensure!(receiver.wait_for(count, LIMIT), "{} of {count} events arrived", receiver.received());
        let total = start.elapsed();
        println!("\n    a burst of {count} events");
        rate("published", &published);
        row(
            "the last one arrived after",
            &format!("{:.1} s", total.as_secs_f64()),
            &format!("{:.0}/s", count as f64 / total.as_secs_f64()),
        );
        let drained = drained.elapsed().as_secs_f64();
        row("  of which after the last was accepted", &format!("{drained:.1} s"), &format!("for the {waiting} then waiting"));
        ensure!(journal.latencies().len() as u64 == count, "{} different events arrived", journal.latencies().len());
        row("  came twice", &journal.repeated().to_string(), "");
        self.unsubscribe(&webhook)
    }

    /// What a dead and a slow receiver do to the healthy ones beside them.
    fn isolation(&self) -> anyhow::Result<()> {
        let (calm, troubled) = ("interview.scheduled", "interview.completed");
        let rounds = usize::try_from(STEADY_TO_ALL * self.options.duration.as_secs())? + 100;
        let start = || -> anyhow::Result<(Receiver, Journal)> {
            let journal = Journal::new(rounds * 2);
            Ok((Receiver::start(Duration::ZERO, Some(journal.clone()))?, journal))
        };
        let healthy: Vec<(Receiver, Journal)> = (0..RECEIVERS - 2).map(|_| start()).collect::<anyhow::Result<_>>()?;
        let spare = [Receiver::start(Duration::ZERO, None)?, Receiver::start(Duration::ZERO, None)?];
        let slow = Receiver::start(SLOW, None)?;
        let dead = Receiver::start(Duration::ZERO, None)?;
        let nobody = dead.url();
        drop(dead);
        let mut webhooks = Vec::new();
        for (receiver, _) in &healthy {
            webhooks.push(self.subscribe(&receiver.url(), &[calm, troubled])?);
        }
        for (url, event) in [(spare[0].url(), calm), (spare[1].url(), calm), (slow.url(), troubled), (nobody, troubled)] {
            webhooks.push(self.subscribe(&url, &[event])?);
        }
        println!(
            "\n    {RECEIVERS} receivers, {STEADY_TO_ALL} events/s to each: the {} healthy ones, from publishing to arrival",
            RECEIVERS - 2
        );
        let mut found = Vec::new();
        for (event, offset, title) in [(calm, 0, "all healthy"), (troubled, rounds as u64, "one beside them dead, one slow (10 s)")] {
            let before: u64 = healthy.iter().map(|(receiver, _)| receiver.received()).sum();
            let target = Target { address: self.hirewire.server().address(), connections: PUBLISHERS, status: 202 };
            let headers = self.headers();
            let make = |connection: &Connection, number: u64, turn: Instant| {
                for (_, journal) in &healthy {
                    journal.sent(offset + number, turn);
                }
                connection.encode("POST", "/api/v1/events", &headers, body(event, offset + number).as_bytes())
            };
            let asked = load::run(&target, Amount::Rate(STEADY_TO_ALL, self.options.duration), &make)?;
            let wanted = before + asked.count() * healthy.len() as u64;
            let limit = Instant::now() + LIMIT;
            while healthy.iter().map(|(receiver, _)| receiver.received()).sum::<u64>() < wanted && Instant::now() < limit {
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut times: Vec<Duration> =
                healthy.iter().flat_map(|(_, journal)| journal.between(offset, offset + rounds as u64)).collect();
            times.sort_unstable();
            ensure!(times.len() as u64 == asked.count() * healthy.len() as u64, "{} of {} arrived", times.len(), wanted - before);
            let (p50, p99) = (load::percentile(&times, 0.5), load::percentile(&times, 0.99));
            row(title, &format!("p50 {}, p99 {}", milliseconds(p50), milliseconds(p99)), &format!("{} deliveries", times.len()));
            found.push(p99.as_secs_f64());
        }
        if let [calm, troubled] = found[..] {
            row("p99 with trouble against without", &format!("{:.2} x", troubled / calm), "");
        }
        for webhook in &webhooks {
            self.unsubscribe(webhook)?;
        }
        Ok(())
    }

    fn memory(&self) -> anyhow::Result<()> {
        let server = self.hirewire.server();
        let note = format!("peak {} on {}", megabytes(server.peak_memory()?), self.database.name());
        row("memory of the server", &megabytes(server.memory()?), &note);
        Ok(())
    }

    /// Puts finished deliveries into history, the way deliveries get there.
    fn fill(&self) -> anyhow::Result<()> {
        let count = self.options.history.to_string();
        println!("\n    putting {count} finished deliveries into history");
        let start = Instant::now();
        let arguments = ["measure", "history", "--organization", ORGANIZATION, "--deliveries", &count];
        process::run(self.hirewire.command(self.build, &arguments).stdout(Stdio::null()))?;
        row("took", &format!("{:.0} s", start.elapsed().as_secs_f64()), "");
        Ok(())
    }

    fn headers(&self) -> [String; 2] {
        [self.hirewire.authorization(), "content-type: application/json".to_owned()]
    }

    fn publish(&self, event: &str, amount: Amount, journal: Option<&Journal>) -> anyhow::Result<Load> {
        let target = Target { address: self.hirewire.server().address(), connections: PUBLISHERS, status: 202 };
        let headers = self.headers();
        load::run(&target, amount, &|connection, number, turn| {
            if let Some(journal) = journal {
                journal.sent(number, turn);
            }
            connection.encode("POST", "/api/v1/events", &headers, body(event, number).as_bytes())
        })
    }

    fn subscribe(&self, url: &str, events: &[&str]) -> anyhow::Result<String> {
        let input = json!({ "name": "Bench", "url": url, "events": events, "maxInFlight": IN_FLIGHT, "timeoutMs": 120_000 });
        let webhook = self.hirewire.call("POST", "/api/v1/integrations/webhooks", Some(&input))?;
        webhook["id"].as_str().map(str::to_owned).context("a subscription without an id")
    }

    /// Switched off rather than deleted: its history stays, as it does in life.
    fn unsubscribe(&self, id: &str) -> anyhow::Result<()> {
        self.hirewire.call("PATCH", &format!("/api/v1/integrations/webhooks/{id}"), Some(&json!({ "isActive": false }))).map(drop)
    }
}

/// An event of usual size; its number is what receivers look for.
fn body(event: &str, number: u64) -> String {
    format!(
        "{{\"event\":\"{event}\",\"data\":{{\"n\":{number},\"firstName\":\"Ada\",\"lastName\":\"Lovelace\",\"title\":\"Analyst\",\
         \"company\":\"Analytical Engines\",\"emails\":[{{\"value\":\"ada.{number}@example.test\",\"type\":\"work\"}}],\
         \"tags\":[\"mathematics\",\"remote\"],\"note\":\"A name, some addresses and a few words about what happened.\"}}}}"
    )
}

fn row(name: &str, value: &str, note: &str) {
    println!("    {name:<44}{value:>28}  {note}");
}

fn rate(name: &str, load: &Load) {
    let note = format!("p50 {}, p99 {}", milliseconds(load.percentile(0.5)), milliseconds(load.percentile(0.99)));
    row(name, &format!("{:.0}/s", load.per_second()), &note);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_json_with_their_number() {
        let event: serde_json::Value = serde_json::from_str(&body("job.created", 12)).unwrap();
        assert_eq!((&event["event"], &event["data"]["n"]), (&json!("job.created"), &json!(12)));
    }
}
