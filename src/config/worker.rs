//! The background runtime.

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new("worker.concurrency", &["WORKER_CONCURRENCY"], "tasks", "How many tasks this process works on at the same time.")
        .default("16"),
    Setting::new("worker.poll_ms", &["WORKER_POLL_MS"], "milliseconds", "How often the queue is looked at when nothing wakes the worker.")
        .default("1000"),
    Setting::new("worker.lease_s", &["WORKER_LEASE_S"], "seconds", "How long a task belongs to a worker that gives no sign of life.")
        .default("60"),
];

/// The background runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerConfig {
    /// Tasks at the same time, 1-1024.
    pub concurrency: usize,
    /// Milliseconds between looks at the queue, 20-60000.
    pub poll_ms: u64,
    /// Seconds of a lease, 5-3600.
    pub lease_s: u64,
}

impl WorkerConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        Ok(Self {
            concurrency: reader.number("worker.concurrency", 1..=1024)?,
            poll_ms: reader.number("worker.poll_ms", 20..=60_000)?,
            lease_s: reader.number("worker.lease_s", 5..=3600)?,
        })
    }
}
