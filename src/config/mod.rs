//! The configuration of the server: read once at start from `hirewire.toml`, the environment and the command line.
//!
//! Flags win over the environment, the environment over the file, the file over the defaults. Every setting is described
//! once ([`Config::describe`]); reading, the documentation and `hirewire doctor` work from that list. A value that cannot be
//! used stops the start with a sentence that names it.

mod billing;
mod database;
mod endpoints;
mod error;
mod features;
mod key;
mod limits;
mod log;
mod oauth;
mod reader;
mod security;
mod server;
mod setting;
mod smtp;
#[cfg(test)]
mod tests;
mod webhooks;
mod worker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use billing::StripeConfig;
pub use database::{DatabaseConfig, DatabaseTarget};
pub use endpoints::Endpoints;
pub use error::{ConfigError, Origin};
pub use features::FeatureConfig;
pub use key::{KeyError, parse_encryption_key};
pub use limits::LimitConfig;
pub use log::{LogConfig, LogFormat};
pub use oauth::{OauthClientConfig, OauthConfig, for_sandbox as sandbox_clients};
pub use security::SecurityConfig;
pub use server::ServerConfig;
pub use setting::Setting;
pub use smtp::{SmtpConfig, SmtpTls};
pub use webhooks::WebhookConfig;
pub use worker::WorkerConfig;

use reader::Reader;

/// The name of the configuration file that is read when none is named.
pub const FILE_NAME: &str = "hirewire.toml";

/// The environment variable that names another configuration file.
pub const FILE_ENV: &str = "HIREWIRE_CONFIG";

/// Everything that can be configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the data is kept.
    pub database: DatabaseConfig,
    /// Addresses and folders of the web server.
    pub server: ServerConfig,
    /// Keys, sessions, sign-in.
    pub security: SecurityConfig,
    /// Areas that are switched on.
    pub features: FeatureConfig,
    /// Clients registered with vendors.
    pub oauth: OauthConfig,
    /// Addresses of providers.
    pub endpoints: Endpoints,
    /// The mail server.
    pub smtp: Option<SmtpConfig>,
    /// Webhooks out and in.
    pub webhooks: WebhookConfig,
    /// The background runtime.
    pub worker: WorkerConfig,
    /// Limits of the web server.
    pub limits: LimitConfig,
    /// The log.
    pub log: LogConfig,
    /// The account that plans are billed with.
    pub stripe: Option<StripeConfig>,
}

/// What the command line says; it wins over everything else.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--config`: the file to read, which must exist.
    pub config: Option<PathBuf>,
    /// `--addr`.
    pub addr: Option<String>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--database-url`.
    pub database_url: Option<String>,
    /// `--public-url`.
    pub public_url: Option<String>,
    /// `--site-root`.
    pub site_root: Option<PathBuf>,
    /// `--sandbox-url`.
    pub sandbox_url: Option<String>,
    /// `--log-format`.
    pub log_format: Option<String>,
}

impl Overrides {
    /// Setting, flag and value of each that is given.
    fn flags(&self) -> Vec<(&'static str, &'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        [
            ("server.addr", "--addr", self.addr.clone()),
            ("server.data_dir", "--data-dir", path(&self.data_dir)),
            ("database.url", "--database-url", self.database_url.clone()),
            ("server.public_url", "--public-url", self.public_url.clone()),
            ("server.site_root", "--site-root", path(&self.site_root)),
            ("endpoints.sandbox", "--sandbox-url", self.sandbox_url.clone()),
            ("log.format", "--log-format", self.log_format.clone()),
        ]
        .into_iter()
        .filter_map(|(name, flag, value)| value.map(|value| (name, flag, value)))
        .collect()
    }
}

impl Config {
    /// Reads the configuration from the file, this process's environment and the command line.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be read, a name that does not exist, a value that cannot be used.
    pub fn load(overrides: &Overrides) -> Result<Self, ConfigError> {
        // Variables that are not UTF-8 cannot be ours.
        let env = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
        Self::load_from(overrides, &env)
    }

    /// Like [`Self::load`], with an environment of the caller's.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_from(overrides: &Overrides, env: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let named = overrides.config.clone().or_else(|| env.get(FILE_ENV).filter(|path| !path.is_empty()).map(PathBuf::from));
        let (path, must_exist) = named.map_or_else(|| (PathBuf::from(FILE_NAME), false), |path| (path, true));
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::build(Some((&path, &text)), env, overrides),
            Err(error) if !must_exist && error.kind() == std::io::ErrorKind::NotFound => Self::build(None, env, overrides),
            Err(error) => Err(ConfigError::File { path, reason: error.to_string() }),
        }
    }

    /// What holds when nobody configures anything.
    pub fn defaults() -> Self {
        Self::build(None, &BTreeMap::new(), &Overrides::default()).expect("the defaults are valid, as a test shows")
    }

    /// A configuration for tests: nothing read from this machine, data under `data_dir`, a fixed key, a free port, and
    /// receivers of webhooks on this machine allowed.
    pub fn for_tests(data_dir: &Path) -> Self {
        let env = [
            ("ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
            ("HIREWIRE_ADDR", "127.0.0.1:0"),
            ("PUBLIC_URL", "http://localhost:3000"),
            ("WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8, ::1/128"),
            ("WORKER_POLL_MS", "20"),
        ];
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let overrides = Overrides { data_dir: Some(data_dir.to_owned()), ..Overrides::default() };
        Self::build(None, &env, &overrides).expect("these values are valid, as a test shows")
    }

    /// Every setting, section by section: what the documentation's table and `hirewire doctor` show.
    pub fn describe() -> Vec<Setting> {
        let sections = [
            server::SETTINGS,
            database::SETTINGS,
            security::SETTINGS,
            features::SETTINGS,
            smtp::SETTINGS,
            webhooks::SETTINGS,
            worker::SETTINGS,
            limits::SETTINGS,
            log::SETTINGS,
            billing::SETTINGS,
            endpoints::SETTINGS,
        ];
        sections.into_iter().flatten().cloned().chain(oauth::settings()).chain(endpoints::settings()).collect()
    }

    fn build(file: Option<(&Path, &str)>, env: &BTreeMap<String, String>, overrides: &Overrides) -> Result<Self, ConfigError> {
        let reader = &Reader::gather(Self::describe(), file, env, overrides.flags())?;
        Ok(Self {
            database: DatabaseConfig::read(reader)?,
            server: ServerConfig::read(reader)?,
            security: SecurityConfig::read(reader)?,
            features: FeatureConfig::read(reader)?,
            oauth: oauth::read(reader)?,
            endpoints: Endpoints::read(reader)?,
            smtp: SmtpConfig::read(reader)?,
            webhooks: WebhookConfig::read(reader)?,
            worker: WorkerConfig::read(reader)?,
            limits: LimitConfig::read(reader)?,
            log: LogConfig::read(reader)?,
            stripe: StripeConfig::read(reader)?,
        })
    }
}
