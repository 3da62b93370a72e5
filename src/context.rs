//! Everything a service needs, in one value that is cheap to clone.

use std::sync::Arc;

use crate::clock::Clock;
use crate::queue::Queue;
use crate::store::Db;
use crate::vault::Vault;
use crate::webhooks::outbound::guard;

/// What services work with. Built once at start (or once per test).
#[derive(Debug, Clone)]
pub struct Context {
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
}

impl Context {
    /// A context over an open database. The vault has no keys yet: see `operations::keys`.
    pub fn new(store: Db, clock: Clock) -> Self {
        Self { queue: Queue::new(store.clone(), clock.clone()), vault: Vault::default(), store, clock, receivers: Arc::default() }
    }
}
