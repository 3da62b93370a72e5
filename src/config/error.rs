//! What can be wrong with a configuration, each as a sentence that says what to change.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// `hirewire.toml`.
    File,
    /// This environment variable.
    Env(String),
    /// This flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("by default"),
            Self::File => f.write_str("in the configuration file"),
            Self::Env(name) => write!(f, "in the environment variable {name}"),
            Self::Flag(name) => write!(f, "with the flag {name}"),
        }
    }
}

/// Why the program does not start. `Display` is a sentence for the person who starts it; it never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named cannot be read.
    #[error("The file {} cannot be read: {reason}.", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The configuration file is not TOML. The reason names the place and not the text, which could be a secret.
    #[error("The configuration file {} is not valid TOML{place}.", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Something like ", see line 3, column 8", or nothing.
        place: String,
    },
    /// The file holds a name that no setting has.
    #[error("The configuration file has the setting {name}, which does not exist.{}", suggestion.as_ref().map_or_else(String::new, |name| format!(" Did you mean {name}?")))]
    Unknown {
        /// The name in the file.
        name: String,
        /// The nearest name that exists.
        suggestion: Option<String>,
    },
    /// A value that cannot be used.
    #[error("The setting {name} is set {origin} to {}. It must be {expected}.", value.as_ref().map_or_else(|| "a value that cannot be used (it is a secret and not shown)".to_owned(), |value| format!("\"{value}\"")))]
    Wrong {
        /// The setting.
        name: String,
        /// Where the value came from.
        origin: Origin,
        /// The value; `None` for a secret.
        value: Option<String>,
        /// What would be right: "a whole number from 1 to 10".
        expected: String,
    },
    /// Something is missing, or two settings contradict each other.
    #[error("{0}")]
    Conflict(String),
}
