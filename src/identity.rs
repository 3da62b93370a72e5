//! Who is behind a session or an API key, remembered for a few seconds, so that a signed-in request rarely reads the database.
//!
//! Whatever changes what is remembered (a role, a revoked key, an ended session, a name) calls [`Identities::forget`] after its
//! commit; other processes learn of it when their memory fades. What is looked up stands in `accounts`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use moka::future::Cache;
use uuid::Uuid;

use crate::caller::{Actor, Caller};
use crate::domain::id::{ApiKeyId, OrgId, UserId};
use crate::domain::role::{Role, Scope};

/// How long an answer is remembered.
const MEMORY: Duration = Duration::from_secs(5);
/// How often a key's use is written down, at most.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// How many are, at most. Strangers' made-up keys take a place each, for five seconds.
const CAPACITY: u64 = 20_000;

/// The organization a person looks at, and what they are in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which organization.
    pub organization: OrgId,
    /// Its name.
    pub organization_name: String,
    /// Their role.
    pub role: Role,
}

/// A signed-in person.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Whether this is a candidate's account.
    pub is_candidate: bool,
    /// `light`, `dark` or `system`.
    pub theme: Option<String>,
    /// IANA name of their time zone.
    pub time_zone: Option<String>,
    /// Where they are; `None` if they belong to no organization.
    pub place: Option<Place>,
    /// The name of the session in the table.
    pub session: String,
    /// When the session was last written down as used.
    pub seen_at: DateTime<Utc>,
    /// When the session ends.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("user", &self.user).field("place", &self.place).finish_non_exhaustive()
    }
}

impl Identity {
    /// The person as a caller in their organization; `None` if they are in none.
    pub fn caller(&self, trace: Uuid, address: Option<IpAddr>) -> Option<Caller> {
        let place = self.place.as_ref()?;
        let actor = Actor::User { id: self.user, name: self.name.clone(), role: place.role };
        Some(Caller { actor, organization: place.organization, trace, address })
    }
}

/// An API key that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyIdentity {
    /// Which key.
    pub id: ApiKeyId,
    /// Whose.
    pub organization: OrgId,
    /// What people call it.
    pub name: String,
    /// Its rights; `None` stands for all.
    pub scopes: Option<Vec<Scope>>,
    /// Networks it may be used from; none means anywhere.
    pub networks: Vec<IpNet>,
    /// Until when it works.
    pub expires_at: Option<DateTime<Utc>>,
}

impl KeyIdentity {
    /// The key as a caller.
    pub fn caller(&self, trace: Uuid, address: Option<IpAddr>) -> Caller {
        let actor = Actor::ApiKey { id: self.id, name: self.name.clone(), scopes: self.scopes.clone() };
        Caller { actor, organization: self.organization, trace, address }
    }

    /// Whether the key may be used from this address. A key with networks is refused where the address is not known.
    pub fn may_come_from(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty()
            || address.is_some_and(|address| self.networks.iter().any(|network| network.contains(&address.to_canonical())))
    }
}

/// What is remembered: the answer, "nobody" included, and the state of the memory when it was looked up.
#[derive(Debug, Clone)]
struct Remembered<T> {
    answer: Option<Arc<T>>,
    generation: u64,
}

/// The memory. Cheap to clone; clones share it.
#[derive(Debug, Clone)]
pub struct Identities {
    sessions: Cache<String, Remembered<Identity>>,
    keys: Cache<[u8; 32], Remembered<KeyIdentity>>,
    used: Arc<Mutex<HashMap<ApiKeyId, DateTime<Utc>>>>,
    generation: Arc<AtomicU64>,
}

impl Default for Identities {
    fn default() -> Self {
        Self {
            sessions: Cache::builder().max_capacity(CAPACITY).time_to_live(MEMORY).build(),
            keys: Cache::builder().max_capacity(CAPACITY).time_to_live(MEMORY).build(),
            used: Arc::default(),
            generation: Arc::default(),
        }
    }
}

impl Identities {
    /// Forgets everything. What is being looked up at this moment is not remembered either: it may have been read before the change.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Who is behind the session of this name: from memory, or by `look_up`.
    ///
    /// # Errors
    /// Those of `look_up`.
    pub async fn session<E>(
        &self,
        name: &str,
        look_up: impl Future<Output = Result<Option<Identity>, E>>,
    ) -> Result<Option<Arc<Identity>>, E> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(known) = self.sessions.get(name).await
            && known.generation == generation
        {
            return Ok(known.answer);
        }
        let answer = look_up.await?.map(Arc::new);
        self.sessions.insert(name.to_owned(), Remembered { answer: answer.clone(), generation }).await;
        Ok(answer)
    }

    /// Whether a key's use should be written down now: not if it was within the last minute.
    pub fn should_note_use(&self, key: ApiKeyId, now: DateTime<Utc>) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.get(&key).is_some_and(|at| now < *at + NOTE_EVERY) {
            return false;
        }
        used.retain(|_, at| now < *at + NOTE_EVERY);
        used.insert(key, now);
        true
    }

    /// Which key has this hash: from memory, or by `look_up`.
    ///
    /// # Errors
    /// Those of `look_up`.
    pub async fn key<E>(
        &self,
        hash: [u8; 32],
        look_up: impl Future<Output = Result<Option<KeyIdentity>, E>>,
    ) -> Result<Option<Arc<KeyIdentity>>, E> {
        let generation = self.generation.load(Ordering::Acquire);
        if let Some(known) = self.keys.get(&hash).await
            && known.generation == generation
        {
            return Ok(known.answer);
        }
        let answer = look_up.await?.map(Arc::new);
        self.keys.insert(hash, Remembered { answer: answer.clone(), generation }).await;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::clock::Clock;

    fn key(networks: &[&str]) -> KeyIdentity {
        let clock = Clock::system();
        KeyIdentity {
            id: clock.new(),
            organization: clock.new(),
            name: "Payroll".to_owned(),
            scopes: None,
            networks: networks.iter().map(|text| text.parse().expect("a network")).collect(),
            expires_at: None,
        }
    }

    #[test]
    fn a_key_with_networks_is_refused_from_elsewhere() {
        let address = |text: &str| text.parse::<IpAddr>().ok();
        assert!(key(&[]).may_come_from(None));
        let bound = key(&["192.0.2.0/24", "2001:db8::/32"]);
        assert!(bound.may_come_from(address("192.0.2.9")) && bound.may_come_from(address("2001:db8::1")));
        assert!(bound.may_come_from(address("::ffff:192.0.2.9")), "the same address, written as IPv6");
        assert!(!bound.may_come_from(address("198.51.100.1")) && !bound.may_come_from(None));
    }

    #[tokio::test]
    async fn an_answer_is_remembered_until_something_changes() {
        let identities = Identities::default();
        let known = key(&[]);
        let first = identities.key::<Infallible>([1; 32], async { Ok(Some(known.clone())) }).await.expect("finds");
        assert!(first.is_some());
        let again = identities.key::<Infallible>([1; 32], async { Ok(None) }).await.expect("remembers");
        assert!(again.is_some(), "the look-up is not asked again");
        identities.forget();
        assert!(identities.key::<Infallible>([1; 32], async { Ok(None) }).await.expect("asks").is_none());
    }

    #[tokio::test]
    async fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let identities = Identities::default();
        let other = identities.clone();
        let stale = key(&[]);
        let racing = async {
            // The row was read, then the key was revoked.
            other.forget();
            Ok(Some(stale))
        };
        identities.key::<Infallible>([1; 32], racing).await.expect("finds");
        assert!(identities.key::<Infallible>([1; 32], async { Ok(None) }).await.expect("asks").is_none());
    }
}
