//! Keys, sessions and the limits of sign-in.

use secrecy::SecretString;

use super::error::ConfigError;
use super::key::{EXPECTED, parse_encryption_key};
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "security.encryption_key",
        &["ENCRYPTION_KEY"],
        "key",
        "Encrypts credentials: 32 characters, or 32 bytes in base64 or hexadecimal. Without it, a start with the default data folder makes a key and keeps it there.",
    )
    .secret(),
    Setting::new(
        "security.encryption_keys_old",
        &["ENCRYPTION_KEYS_OLD"],
        "list of keys",
        "Earlier keys, which still open what they encrypted until the keys are rotated. Write keys that contain a comma in hexadecimal.",
    ).list()
    .secret(),
    Setting::new("security.session_hours", &["SESSION_HOURS"], "hours", "How long a person stays signed in without doing anything.").default("168"),
    Setting::new("security.sign_in_attempts", &["SIGN_IN_ATTEMPTS"], "attempts", "How many failed sign-ins one account or address may have within the window.")
        .default("10"),
    Setting::new("security.sign_in_window_min", &["SIGN_IN_WINDOW_MIN"], "minutes", "The window in which failed sign-ins are counted.").default("15"),
];

/// Keys, sessions and the limits of sign-in.
#[derive(Debug, Clone)]
pub struct SecurityConfig {
    /// The key in use; known to be readable by [`parse_encryption_key`].
    pub encryption_key: Option<SecretString>,
    /// Earlier keys, readable too.
    pub encryption_keys_old: Vec<SecretString>,
    /// Hours a session lives without use, 1-8760.
    pub session_hours: u32,
    /// Failed sign-ins within the window, 1-1000.
    pub sign_in_attempts: u32,
    /// The window in minutes, 1-1440.
    pub sign_in_window_min: u32,
}

impl SecurityConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        let key = |text: &str| parse_encryption_key(text).ok().map(|_| SecretString::from(text));
        Ok(Self {
            encryption_key: reader.parsed("security.encryption_key", EXPECTED, key)?,
            encryption_keys_old: reader.list("security.encryption_keys_old", &format!("a list of keys, each {EXPECTED}"), key)?,
            session_hours: reader.number("security.session_hours", 1..=8760)?,
            sign_in_attempts: reader.number("security.sign_in_attempts", 1..=1000)?,
            sign_in_window_min: reader.number("security.sign_in_window_min", 1..=1440)?,
        })
    }
}
