//! What changed in the simulated account since it was generated, and everything a test can set.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::http::Method;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::faults::Fault;
use super::world::{Kind, Meta, World};
use super::{DEMO_CLIENT_SECRET, Simulator};

/// A token that was given out.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub expires_at: DateTime<Utc>,
    pub user: Option<i64>,
}

/// A change that was accepted.
#[derive(Debug, Clone, Serialize)]
pub struct Write {
    /// When.
    pub at: DateTime<Utc>,
    /// What: `POST applications/1/move`.
    pub call: String,
    /// The body that came with it.
    pub body: Value,
}

/// Somebody who wants webhooks.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub url: String,
    pub secret: String,
}

/// The state of an account.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// Records that differ from the generated ones; `None` is deleted.
    pub changed: HashMap<Kind, BTreeMap<i64, Option<Value>>>,
    pub made: HashMap<Kind, usize>,
    pub tokens: HashMap<String, Token>,
    /// The granted scopes; everything when not set.
    pub scopes: Option<BTreeSet<String>>,
    pub is_service_user_plain: bool,
    pub client_secret: Option<String>,
    pub faults: Vec<Fault>,
    pub writes: Vec<Write>,
    pub targets: Vec<Target>,
    /// Number of the present window and calls made in it.
    pub window: (i64, u32),
    pub calls: u64,
    pub tokens_given: u64,
    pub events: u64,
    /// Cursors of an earlier era are expired.
    pub cursor_era: u64,
}

impl Account {
    pub(super) fn client_secret(&self) -> &str {
        self.client_secret.as_deref().unwrap_or(DEMO_CLIENT_SECRET)
    }

    /// The next fault that fits, used up once.
    pub(super) fn take_fault(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|fault| fault.fits(method, path))?;
        let fault = self.faults[at].clone();
        if fault.times <= 1 {
            self.faults.remove(at);
        } else {
            self.faults[at].times -= 1;
        }
        Some(fault)
    }
}

/// Whether a record belongs to a list: its id, what lists filter by (made on demand), and the record itself if it differs from the generated one.
pub(super) type Passes<'a> = dyn Fn(i64, &dyn Fn() -> Meta, Option<&Value>) -> bool + 'a;

/// One line of a list, before it is written.
pub(super) enum Row {
    Generated(usize),
    Changed(Value),
}

impl Simulator {
    /// A time as the API writes it.
    pub(super) fn stamp(&self) -> String {
        self.0.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// A record as it is now.
    pub fn record(&self, kind: Kind, id: i64) -> Option<Value> {
        if let Some(changed) = self.account().changed.get(&kind).and_then(|changed| changed.get(&id)) {
            return changed.clone();
        }
        let number = World::number(kind, id)?;
        (number < self.0.world.count(kind)).then(|| self.0.world.value(kind, number))
    }

    /// The id of a kind's record by number, from 0.
    pub fn id(&self, kind: Kind, number: usize) -> i64 {
        World::id(kind, number)
    }

    /// How many records a kind has now.
    pub fn count(&self, kind: Kind) -> usize {
        let account = self.account();
        let gone = account.changed.get(&kind).map_or(0, |changed| changed.values().filter(|value| value.is_none()).count());
        self.0.world.count(kind) + account.made.get(&kind).copied().unwrap_or(0) - gone
    }

    /// Changes fields of a record as somebody in Greenhouse would: `updated_at` moves. `None` when there is none.
    pub fn change(&self, kind: Kind, id: i64, fields: &Value) -> Option<Value> {
        let mut record = self.record(kind, id)?;
        record["updated_at"] = json!(self.stamp());
        if record.get("last_activity_at").is_some() {
            record["last_activity_at"] = json!(self.stamp());
        }
        for (name, value) in fields.as_object()? {
            record[name] = value.clone();
        }
        self.put(kind, id, Some(record.clone()));
        Some(record)
    }

    /// Deletes a record. False when there is none.
    pub fn delete(&self, kind: Kind, id: i64) -> bool {
        let exists = self.record(kind, id).is_some();
        if exists {
            self.put(kind, id, None);
        }
        exists
    }

    pub(super) fn put(&self, kind: Kind, id: i64, record: Option<Value>) {
        self.account().changed.entry(kind).or_default().insert(id, record);
    }

    /// Stores a new record under the next id.
    pub(super) fn make(&self, kind: Kind, mut record: Value) -> Value {
        let mut account = self.account();
        let made = account.made.entry(kind).or_default();
        let id = World::id(kind, self.0.world.count(kind) + *made);
        *made += 1;
        record["id"] = json!(id);
        account.changed.entry(kind).or_default().insert(id, Some(record.clone()));
        record
    }

    /// Up to `limit` lines of a kind that pass, in the order of their ids, from the one after `after`; and whether there are more.
    pub(super) fn rows(&self, kind: Kind, after: Option<i64>, limit: usize, passes: &Passes<'_>) -> (Vec<(i64, Row)>, bool) {
        let account = self.account();
        let world = &self.0.world;
        let changed = account.changed.get(&kind).filter(|changed| !changed.is_empty());
        let total = world.count(kind) + account.made.get(&kind).copied().unwrap_or(0);
        let first = after.and_then(|id| World::number(kind, id)).map_or(0, |number| number + 1);
        let mut rows = Vec::with_capacity(limit.min(total));
        for number in first..total {
            let id = World::id(kind, number);
            let row = match changed.and_then(|changed| changed.get(&id)) {
                Some(None) => continue,
                Some(Some(value)) if passes(id, &|| Meta::of(value), Some(value)) => Row::Changed(value.clone()),
                None if passes(id, &|| world.meta(kind, number), None) => Row::Generated(number),
                _ => continue,
            };
            if rows.len() == limit {
                return (rows, true);
            }
            rows.push((id, row));
        }
        (rows, false)
    }

    /// The changes that were accepted.
    pub fn writes(&self) -> Vec<Write> {
        self.account().writes.clone()
    }

    /// Calls that reached the API so far.
    pub fn calls(&self) -> u64 {
        self.account().calls
    }

    /// Tokens that were given out so far.
    pub fn tokens_given(&self) -> u64 {
        self.account().tokens_given
    }

    /// Lets the next calls go wrong.
    pub fn fail(&self, fault: Fault) {
        self.account().faults.push(fault);
    }

    /// Ends every fault.
    pub fn heal(&self) {
        self.account().faults.clear();
    }

    /// Takes these scopes away from the credential.
    pub fn without_scopes(&self, missing: &[&str]) {
        let verbs = ["list", "create", "update", "move", "reject", "unreject", "hire"];
        let all = Kind::ALL.iter().flat_map(|kind| verbs.iter().map(move |verb| format!("harvest:{}:{verb}", kind.path())));
        self.account().scopes = Some(all.filter(|scope| !missing.contains(&scope.as_str())).collect());
    }

    /// Grants every scope again.
    pub fn with_all_scopes(&self) {
        self.account().scopes = None;
    }

    /// Whether the service user counts as a Site Admin.
    pub fn set_service_user_admin(&self, is_admin: bool) {
        self.account().is_service_user_plain = !is_admin;
    }

    /// Ends every token at once.
    pub fn revoke_tokens(&self) {
        self.account().tokens.clear();
    }

    /// Replaces the client secret; tokens given out before are ended.
    pub fn replace_client_secret(&self, secret: &str) {
        let mut account = self.account();
        account.client_secret = Some(secret.to_owned());
        account.tokens.clear();
    }

    /// Makes every cursor given out so far expire.
    pub fn expire_cursors(&self) {
        self.account().cursor_era += 1;
    }

    /// Sends a webhook for every change from now on.
    pub fn subscribe(&self, url: &str, secret: &str) {
        self.account().targets.push(super::state::Target { url: url.to_owned(), secret: secret.to_owned() });
    }

    /// Back to the generated account.
    pub fn reset(&self) {
        *self.account() = Account::default();
    }
}
