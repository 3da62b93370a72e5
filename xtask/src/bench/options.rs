//! What can be said to a measurement.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

use super::server::Database;

/// The options of every measurement; each uses those that mean something to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The databases to measure on.
    pub databases: Vec<Database>,
    /// A program that is built already, instead of the release build.
    pub binary: Option<PathBuf>,
    /// How long each steady load is measured.
    pub duration: Duration,
    /// Candidates of the simulator, for `sync`.
    pub candidates: usize,
    /// Events of the burst, for `webhooks`.
    pub burst: u64,
    /// Finished deliveries in history for the second pass, for `webhooks`; zero leaves that pass out.
    pub history: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            databases: Database::ALL.to_vec(),
            binary: None,
            duration: Duration::from_secs(10),
            candidates: 100_000,
            burst: 100_000,
            history: 1_000_000,
        }
    }
}

impl Options {
    /// Reads `--name value` pairs.
    pub fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut options = Self::default();
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { bail!("{} needs a value", pair[0]) };
            let number = || value.parse::<u64>().with_context(|| format!("{name} takes a number, not {value:?}"));
            match name.as_str() {
                "--database" => {
                    options.databases = match value.as_str() {
                        "sqlite" => vec![Database::Sqlite],
                        "postgres" => vec![Database::Postgres],
                        other => bail!("--database takes sqlite or postgres, not {other:?}"),
                    };
                }
                "--binary" => options.binary = Some(value.into()),
                "--seconds" => options.duration = Duration::from_secs(number()?.max(1)),
                "--candidates" => options.candidates = usize::try_from(number()?)?,
                "--burst" => options.burst = number()?,
                "--history" => options.history = number()?,
                other => {
                    bail!("there is no option {other:?}; known are --database, --binary, --seconds, --candidates, --burst and --history")
                }
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Options> {
        Options::parse(&text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_pairs() {
        assert_eq!(parse("").unwrap(), Options::default());
        let found = parse("--database sqlite --burst 500 --seconds 3").unwrap();
        assert_eq!((found.databases, found.burst, found.duration), (vec![Database::Sqlite], 500, Duration::from_secs(3)));
        for wrong in ["--burst", "--burst many", "--database oracle", "--wings 2"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
