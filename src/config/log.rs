//! What is logged, and how.

use tracing_subscriber::EnvFilter;

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new("log.format", &["LOG_FORMAT"], "text or json", "Lines for people, or one JSON object per line for programs.")
        .default("text"),
    Setting::new(
        "log.filter",
        &["LOG_FILTER", "RUST_LOG"],
        "filter",
        "What is logged: a level, or levels by module such as info,hirewire::sync=debug.",
    )
    .default("info"),
];

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// How a line looks.
    pub format: LogFormat,
    /// A filter that `tracing_subscriber::EnvFilter` understands.
    pub filter: String,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl LogConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        let format = reader.required("log.format", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        })?;
        let filter = reader.required(
            "log.filter",
            "a level (error, warn, info, debug, trace) or a list such as info,hirewire::sync=debug",
            |text| EnvFilter::try_new(text).is_ok().then(|| text.to_owned()),
        )?;
        Ok(Self { format, filter })
    }
}
