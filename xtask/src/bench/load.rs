//! Load: the same request over several connections, as fast as the answers come.

use std::sync::atomic::{AtomicBool, Ordering};
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

/// Asks `path` over and over on `connections` sockets. Every answer must have the status 200.
pub fn get(address: &str, path: &str, headers: &[String], connections: usize, duration: Duration) -> anyhow::Result<Load> {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let parts: Vec<anyhow::Result<Vec<Duration>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..connections).map(|_| scope.spawn(|| worker(address, path, headers, &stop))).collect();
        while start.elapsed() < duration && !workers.iter().any(|worker| worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, Ordering::Relaxed);
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

fn worker(address: &str, path: &str, headers: &[String], stop: &AtomicBool) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address)?;
    let request = connection.encode("GET", path, headers, b"");
    let mut latencies = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let begin = Instant::now();
        let response = connection.exchange(&request)?;
        latencies.push(begin.elapsed());
        ensure!(response.status == 200, "GET {path} answered {} under load", response.status);
        if response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            connection = Connection::open(address)?;
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
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
}
