//! Load: requests over several connections, as fast as the answers come or at a steady rate.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};

use super::http::Connection;

/// What a time under load showed.
pub struct Load {
    /// Each answer's time, sorted.
    latencies: Vec<Duration>,
    elapsed: Duration,
}

impl Load {
    /// Answers per second.
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// How many answers came.
    pub fn count(&self) -> u64 {
        self.latencies.len() as u64
    }

    /// How long it took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The time within which this share (0 to 1) of the answers came.
    pub fn percentile(&self, share: f64) -> Duration {
        percentile(&self.latencies, share)
    }
}

/// The nearest-rank percentile of sorted values; zero of none.
pub fn percentile(sorted: &[Duration], share: f64) -> Duration {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or_default()
}

/// How much is asked.
#[derive(Debug, Clone, Copy)]
pub enum Amount {
    /// As fast as the answers come, for so long.
    For(Duration),
    /// As fast as the answers come, so many.
    Count(u64),
    /// So many a second for so long, whether the answers come or not. An answer's time counts from when its turn was.
    Rate(u64, Duration),
}

/// Where to and how.
pub struct Target<'a> {
    /// `HOST:PORT`.
    pub address: &'a str,
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// The status every answer must have.
    pub status: u16,
}

/// Asks until the amount is reached. `make` gives the bytes of the request with this number; it is told when the request's turn was.
pub fn run(target: &Target<'_>, amount: Amount, make: &(dyn Fn(&Connection, u64, Instant) -> Vec<u8> + Sync)) -> anyhow::Result<Load> {
    let stop = AtomicBool::new(false);
    let tickets = AtomicU64::new(0);
    let start = Instant::now();
    let limit = match amount {
        Amount::For(duration) | Amount::Rate(_, duration) => Some(duration),
        Amount::Count(_) => None,
    };
    let parts: Vec<anyhow::Result<Vec<Duration>>> = std::thread::scope(|scope| {
        let work = || worker(target, amount, start, &tickets, &stop, make);
        let workers: Vec<_> = (0..target.connections).map(|_| scope.spawn(work)).collect();
        let goes_on = || limit.is_none_or(|limit| start.elapsed() < limit);
        // One that ends early found an error, or the last ticket.
        while goes_on() && !workers.iter().any(std::thread::ScopedJoinHandle::is_finished) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if limit.is_some() || workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            stop.store(true, Ordering::Relaxed);
        }
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| Err(anyhow!("a connection's thread panicked")))).collect()
    });
    let elapsed = start.elapsed();
    let mut latencies = Vec::new();
    for part in parts {
        latencies.extend(part?);
    }
    latencies.sort_unstable();
    Ok(Load { latencies, elapsed })
}

/// Asks `path` over and over on `connections` sockets. Every answer must have the status 200.
pub fn get(address: &str, path: &str, headers: &[String], connections: usize, duration: Duration) -> anyhow::Result<Load> {
    let target = Target { address, connections, status: 200 };
    run(&target, Amount::For(duration), &|connection, _, _| connection.encode("GET", path, headers, b""))
}

fn worker(
    target: &Target<'_>,
    amount: Amount,
    start: Instant,
    tickets: &AtomicU64,
    stop: &AtomicBool,
    make: &(dyn Fn(&Connection, u64, Instant) -> Vec<u8> + Sync),
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(target.address)?;
    let mut latencies = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let number = tickets.fetch_add(1, Ordering::Relaxed);
        let turn = match amount {
            Amount::For(_) => Instant::now(),
            Amount::Count(count) if number >= count => break,
            Amount::Count(_) => Instant::now(),
            Amount::Rate(per_second, _) => {
                let turn = start + Duration::from_nanos(number * 1_000_000_000 / per_second.max(1));
                while let Some(wait) = turn.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
                    std::thread::sleep(wait);
                }
                turn
            }
        };
        let response = connection.exchange(&make(&connection, number, turn))?;
        latencies.push(turn.elapsed());
        ensure!(response.status == target.status, "a request under load was answered with {}: {}", response.status, response.text());
        if response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            connection = Connection::open(target.address)?;
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::super::receiver::{Journal, Receiver};
    use super::*;

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let sorted: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 0.5), Duration::from_millis(50));
        assert_eq!(percentile(&sorted, 0.99), Duration::from_millis(99));
        assert_eq!(percentile(&sorted, 1.0), Duration::from_millis(100));
        assert_eq!(percentile(&sorted[..1], 0.99), Duration::from_millis(1));
        assert_eq!(percentile(&[], 0.99), Duration::ZERO);
    }

    #[test]
    fn as_much_is_asked_as_was_said() {
        let journal = Journal::new(100);
        let receiver = Receiver::start(Duration::ZERO, Some(journal.clone())).unwrap();
        let address = receiver.url().replace("http://", "").replace("/hook", "");
        let target = Target { address: &address, connections: 4, status: 200 };
        let make = |connection: &Connection, number: u64, turn: Instant| {
            journal.sent(number, turn);
            connection.encode("POST", "/hook", &[], format!("{{\"n\":{number}}}").as_bytes())
        };
        let found = run(&target, Amount::Count(50), &make).unwrap();
        assert_eq!((found.count(), receiver.received(), journal.latencies().len()), (50, 50, 50));
        let steady = run(&target, Amount::Rate(200, Duration::from_millis(300)), &make).unwrap();
        assert!((40..=70).contains(&steady.count()), "{}", steady.count());
    }
}
