//! Everything a service needs, in one value that is cheap to clone.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretBox};

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::fault::Fault;
use crate::identity::Identities;
use crate::providers::{Http, HttpOptions, Registry};
use crate::queue::Queue;
use crate::store::Db;
use crate::store::vault_key::{self, VaultKeyRow};
use crate::vault::{self, Key, Vault, WrappedKey};
use crate::webhooks::outbound::group::Group;
use crate::webhooks::outbound::guard;

/// What services work with. Built once at start (or once per test); every layer and task of a request holds a clone, hence one pointer.
#[derive(Debug, Clone)]
pub struct Context(Arc<Parts>);

/// What a [`Context`] holds.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The database.
    pub store: Db,
    /// Seals and opens credentials.
    pub vault: Vault,
    /// The task queue's sending half.
    pub queue: Queue,
    /// Now, and new ids.
    pub clock: Clock,
    /// Which receivers webhooks are sent to.
    pub receivers: Arc<guard::Policy>,
    /// The providers this program has code for.
    pub providers: Registry,
    /// The door to providers' APIs.
    pub http: Http,
    /// What the person who runs the program set.
    pub config: Arc<Config>,
    /// The master keys, the one in use first; the others still open what they wrapped.
    pub masters: Arc<[Key]>,
    /// Who is behind sessions and keys, remembered for seconds.
    pub identities: Identities,
    /// Events on their way into a transaction that they share.
    pub publishing: Group,
    /// What services know of how people reach this server.
    pub site: Arc<Site>,
}

impl Deref for Context {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Changes this value alone: clones made before keep what they have.
impl DerefMut for Context {
    fn deref_mut(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.0)
    }
}

/// What services know of how people reach this server.
#[derive(Debug, Clone)]
pub struct Site {
    /// The address people reach it under, without a trailing slash.
    pub public_url: String,
    /// Whether it sends mail.
    pub sends_mail: bool,
    /// How long a session lives without a request.
    pub session_idle: Duration,
    /// Failed sign-ins one account may have within the window; an address may have four times as many.
    pub sign_in_attempts: u32,
    /// That window.
    pub sign_in_window: Duration,
}

impl From<&Config> for Site {
    fn from(config: &Config) -> Self {
        let public_url = config.server.public_url_at(config.server.addr);
        Self {
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
            sends_mail: config.smtp.is_some(),
            session_idle: Duration::from_secs(u64::from(config.security.session_hours) * 3600),
            sign_in_attempts: config.security.sign_in_attempts,
            sign_in_window: Duration::from_secs(u64::from(config.security.sign_in_window_min) * 60),
        }
    }
}

impl Site {
    /// A full address for a path of ours, which begins with a slash.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }
}

impl Context {
    /// A context over an open database with nothing configured. The vault has no keys yet: see `operations::keys`.
    pub fn new(store: Db, clock: Clock) -> Self {
        Self::with_config(store, clock, Arc::new(Config::defaults()))
    }

    /// A context over an open database. The vault has no keys yet: see `operations::keys`.
    pub fn with_config(store: Db, clock: Clock, config: Arc<Config>) -> Self {
        let receivers = Self::policy(&config);
        let configured = config.security.encryption_key.iter().chain(&config.security.encryption_keys_old);
        let masters = configured
            .map(|text| Key::new(config::parse_encryption_key(text.expose_secret()).expect("the configuration holds readable keys only")))
            .collect();
        Self(Arc::new(Parts {
            queue: Queue::new(store.clone(), clock.clone()),
            vault: Vault::default(),
            http: Http::new(&HttpOptions::default()).expect("the HTTP client needs nothing from outside the program"),
            providers: Registry::new(),
            store,
            clock,
            receivers: Arc::new(receivers),
            masters,
            identities: Identities::default(),
            publishing: Group::default(),
            site: Arc::new(Site::from(&*config)),
            config,
        }))
    }

    /// Which receivers webhooks may be sent to, as configured.
    pub fn policy(config: &Config) -> guard::Policy {
        guard::Policy {
            allow_networks: config.webhooks.allow_networks.clone(),
            allow_http: config.webhooks.allow_http,
            allow_ports: config.webhooks.allow_ports.clone(),
        }
    }

    /// A context for a test: settings fit for tests, and a vault with a key of its own.
    pub fn for_tests(store: Db, clock: Clock) -> Self {
        let ctx = Self::with_config(store, clock, Arc::new(Config::for_tests(Path::new("data"))));
        ctx.vault.load([], &Key::generate());
        ctx
    }

    /// Seals a secret for one row; `identity` names table, row and column.
    ///
    /// # Errors
    /// [`vault::Error::Empty`] before the first key is loaded.
    pub fn seal(&self, plain: &[u8], identity: &str) -> Result<vault::Sealed, vault::Error> {
        self.vault.seal(plain, identity)
    }

    /// Opens a sealed secret of one row. A data key that is not known yet (another process made it) is looked for once.
    ///
    /// # Errors
    /// The vault's, and the store's while looking for the key.
    pub async fn open(&self, sealed: &[u8], identity: &str) -> Result<SecretBox<[u8]>, Fault> {
        match self.vault.open(sealed, identity) {
            Err(vault::Error::UnknownKey(_)) => {
                self.reload_keys().await?;
                Ok(self.vault.open(sealed, identity)?)
            }
            opened => Ok(opened?),
        }
    }

    /// Loads the data keys from the database.
    ///
    /// # Errors
    /// [`vault::Error::WrongMasterKey`] if none of the master keys opens one of them; the store's.
    pub async fn reload_keys(&self) -> Result<(), Fault> {
        let rows = vault_key::list_vault_keys(&self.store).await?;
        let mut keys = Vec::with_capacity(rows.len());
        let mut active = None;
        for row in rows {
            let key = self.unwrap_key(&row)?;
            if row.state == "active" {
                active = Some(key.clone());
            }
            keys.push(key);
        }
        if let Some(active) = active {
            self.vault.load(keys, &active);
        }
        Ok(())
    }

    /// Opens a stored data key with whichever master key wrapped it.
    ///
    /// # Errors
    /// [`vault::Error::WrongMasterKey`] if none did.
    pub fn unwrap_key(&self, row: &VaultKeyRow) -> Result<Key, vault::Error> {
        let wrapped = WrappedKey { id: row.id.clone(), wrapped: row.wrapped_key.clone(), wrapped_by: row.wrapped_by.clone() };
        let mut failure = vault::Error::Empty;
        for master in self.masters.iter() {
            match vault::unwrap(master, &wrapped) {
                Ok(key) => return Ok(key),
                // The key in use is the one to name: it stands first.
                Err(error) if failure == vault::Error::Empty => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }
}
