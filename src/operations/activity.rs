//! The activity log: what people, keys and the program did, in a chain of hashes per organization.
//!
//! Each entry's hash covers the entry before it, so a row changed, removed or put between others afterwards shows up in
//! [`verify_chain`]. Who can write to the table and knows this program could compute a new chain to its end; keep the head's hash
//! elsewhere ([`head`]) to find that too.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::caller::Caller;
use crate::clock::Clock;
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::role::Scope;
use crate::fault::Result;
use crate::store::activity::{self, ActivityFilter, ActivityRow};
use crate::store::page::{Page, PageQuery};
use crate::store::{self, Db, Json, Tx};

pub use crate::store::activity::{ActivityFilter as Filter, ActivityRow as Activity};

/// What the first entry of a chain continues from.
const FIRST: [u8; 32] = [0; 32];

/// Something that was done.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// What, e.g. `member.invited`: the kind of thing, a dot, what was done to it.
    pub action: &'static str,
    /// The thing: its kind and id.
    pub subject: Option<(&'static str, Uuid)>,
    /// The integration it is about.
    pub integration_id: Option<IntegrationId>,
    /// Its provider.
    pub provider: Option<String>,
    /// Whether it did not work.
    pub failed: bool,
    /// One sentence for people. Never a secret.
    pub message: String,
    /// How long it took.
    pub duration_ms: Option<i64>,
    /// More, as a JSON object. Never a secret.
    pub details: Option<Value>,
}

impl Entry {
    /// Something that worked.
    pub fn new(action: &'static str, message: impl Into<String>) -> Self {
        Self { action, message: message.into(), ..Self::default() }
    }

    /// Done to this thing.
    #[must_use]
    pub const fn subject(mut self, kind: &'static str, id: Uuid) -> Self {
        self.subject = Some((kind, id));
        self
    }

    /// About this integration.
    #[must_use]
    pub fn integration(mut self, id: IntegrationId, provider: impl Into<String>) -> Self {
        self.integration_id = Some(id);
        self.provider = Some(provider.into());
        self
    }

    /// With more to tell.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }

    /// It took this long.
    #[must_use]
    pub const fn took_ms(mut self, duration_ms: i64) -> Self {
        self.duration_ms = Some(duration_ms);
        self
    }

    /// It did not work.
    #[must_use]
    pub const fn failed(mut self) -> Self {
        self.failed = true;
        self
    }
}

/// Writes an entry in the transaction of the change it tells of. Entries of one organization wait for each other's transactions:
/// record last, shortly before the commit.
///
/// # Errors
/// The store's.
pub async fn record(tx: &mut Tx, clock: &Clock, caller: &Caller, entry: Entry) -> store::Result<()> {
    let (seq, previous_hash) = activity::advance_head(tx, caller.organization, &FIRST).await?;
    let mut row = ActivityRow {
        id: clock.new(),
        organization_id: caller.organization,
        seq,
        at: clock.now(),
        actor_kind: caller.kind().to_owned(),
        actor_id: caller.actor_id(),
        actor_name: caller.name().to_owned(),
        action: entry.action.to_owned(),
        subject_kind: entry.subject.map(|(kind, _)| kind.to_owned()),
        subject_id: entry.subject.map(|(_, id)| id),
        integration_id: entry.integration_id,
        provider: entry.provider,
        success: !entry.failed,
        message: entry.message,
        duration_ms: entry.duration_ms,
        address: caller.address.map(|address| address.to_string()),
        details: entry.details.map(Json),
        trace_id: Some(caller.trace),
        previous_hash,
        hash: Vec::new(),
    };
    row.hash = hash(&row).to_vec();
    activity::insert_activity(tx, &row).await
}

/// The organization's entries, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `audit:read`.
pub async fn list(ctx: &Context, caller: &Caller, filter: &ActivityFilter, page: PageQuery) -> Result<Page<ActivityRow>> {
    caller.require(Scope::AuditRead)?;
    Ok(activity::list_activity(&ctx.store, caller.organization, filter, page).await?)
}

/// The entries of one integration, newest first, for everyone who may see it.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `integrations:read`.
pub async fn list_of_integration(ctx: &Context, caller: &Caller, id: IntegrationId, page: PageQuery) -> Result<Page<ActivityRow>> {
    caller.require(Scope::IntegrationsRead)?;
    let filter = ActivityFilter { integration: Some(id), ..ActivityFilter::default() };
    Ok(activity::list_activity(&ctx.store, caller.organization, &filter, page).await?)
}

/// What [`verify_chain`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries were read.
    pub entries: i64,
    /// The first entry that does not fit, if one does not: its place in the chain.
    pub broken_at: Option<i64>,
}

/// Recomputes the organization's chain from its first entry to its head.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `audit:read`.
pub async fn verify_chain(ctx: &Context, caller: &Caller) -> Result<Verdict> {
    caller.require(Scope::AuditRead)?;
    Ok(verify(&ctx.store, caller.organization).await?)
}

/// The last place of the chain and its hash, as hex.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `audit:read`.
pub async fn head(ctx: &Context, caller: &Caller) -> Result<Option<(i64, String)>> {
    caller.require(Scope::AuditRead)?;
    Ok(activity::find_head(&ctx.store, caller.organization).await?.map(|(seq, hash)| (seq, hex::encode(hash))))
}

async fn verify(db: &Db, organization: OrgId) -> store::Result<Verdict> {
    // The head first: entries that come while we read are past it and fit anyway.
    let head = activity::find_head(db, organization).await?;
    let (mut seq, mut last) = (0, FIRST.to_vec());
    loop {
        let rows = activity::list_chain(db, organization, seq, 500).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 || row.previous_hash != last || row.hash != hash(&row) {
                return Ok(Verdict { entries: seq, broken_at: Some(seq + 1) });
            }
            if let Some((head_seq, head_hash)) = &head
                && *head_seq == row.seq
                && *head_hash != row.hash
            {
                return Ok(Verdict { entries: seq, broken_at: Some(row.seq) });
            }
            seq = row.seq;
            last = row.hash;
        }
    }
    let missing = head.is_some_and(|(head_seq, _)| head_seq > seq);
    Ok(Verdict { entries: seq, broken_at: missing.then_some(seq + 1) })
}

/// SHA-256 over the previous hash and the entry as a JSON array in a fixed order, keys of objects sorted.
fn hash(row: &ActivityRow) -> [u8; 32] {
    let text = serde_json::to_vec(&(
        (row.id, row.organization_id, row.seq, instant(row.at)),
        (&row.actor_kind, row.actor_id, &row.actor_name),
        (&row.action, &row.subject_kind, row.subject_id, row.integration_id, &row.provider),
        (row.success, &row.message, row.duration_ms, &row.address, row.details.as_ref().map(|details| Sorted::from(&details.0))),
        row.trace_id,
    ))
    .expect("an entry is plain data");
    Sha256::new().chain_update(&row.previous_hash).chain_update(text).finalize().into()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A JSON value whose objects have sorted keys: PostgreSQL's JSONB keeps no order.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Sorted<'a> {
    Plain(&'a Value),
    List(Vec<Sorted<'a>>),
    Object(BTreeMap<&'a str, Sorted<'a>>),
}

impl<'a> From<&'a Value> for Sorted<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Array(values) => Self::List(values.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(map.iter().map(|(key, value)| (key.as_str(), Self::from(value))).collect()),
            plain => Self::Plain(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::execute;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};

    async fn filled(db: &Db, clock: &Clock, entries: usize) -> Caller {
        let caller = Caller::system(clock.new(), "test", clock.new_id());
        let mut tx = db.begin().await.expect("begins");
        insert_organization(&mut tx, caller.organization, "One", clock.now()).await.expect("inserts");
        for number in 0..entries {
            let entry = Entry::new("thing.changed", "A thing was changed.")
                .subject("thing", clock.new_id())
                .details(json!({"z": number, "a": {"long key": 1.5, "b": [true, null, "é"]}}))
                .took_ms(12);
            record(&mut tx, clock, &caller, entry).await.expect("records");
        }
        tx.commit().await.expect("commits");
        caller
    }

    #[tokio::test]
    async fn an_untouched_chain_verifies() {
        on_databases!(|db| {
            let clock = clock();
            let caller = filled(db, &clock, 5).await;
            let other = filled(db, &clock, 2).await;
            assert_eq!(verify(db, caller.organization).await.expect("reads"), Verdict { entries: 5, broken_at: None });
            assert_eq!(verify(db, other.organization).await.expect("reads"), Verdict { entries: 2, broken_at: None });
            assert_eq!(verify(db, clock.new()).await.expect("reads"), Verdict { entries: 0, broken_at: None });
        });
    }

    #[tokio::test]
    async fn tampering_is_found() {
        let changes = [
            ("UPDATE activity SET message = 'Nothing happened.' WHERE organization_id = $1 AND seq = 3", 3),
            ("UPDATE activity SET actor_name = 'somebody else' WHERE organization_id = $1 AND seq = 5", 5),
            ("DELETE FROM activity WHERE organization_id = $1 AND seq = 2", 2),
            ("DELETE FROM activity WHERE organization_id = $1 AND seq = 5", 5),
        ];
        on_databases!(|db| {
            for (sql, place) in changes {
                let clock = clock();
                let caller = filled(db, &clock, 5).await;
                let mut tx = db.begin().await.expect("begins");
                assert_eq!(execute!(&mut tx, sql, caller.organization).expect("changes"), 1);
                tx.commit().await.expect("commits");
                let verdict = verify(db, caller.organization).await.expect("reads");
                assert_eq!(verdict.broken_at, Some(place), "{sql}");
            }
        });
    }

    #[tokio::test]
    async fn entries_recorded_at_once_form_one_chain() {
        on_databases!(|db| {
            let clock = Clock::system();
            let caller = filled(db, &clock, 1).await;
            let writers = (0..8).map(|_| {
                let (db, clock, caller) = (db.clone(), clock.clone(), caller.clone());
                tokio::spawn(async move {
                    let mut tx = db.begin().await.expect("begins");
                    record(&mut tx, &clock, &caller, Entry::new("thing.changed", "At once.")).await.expect("records");
                    tx.commit().await.expect("commits");
                })
            });
            for writer in writers.collect::<Vec<_>>() {
                writer.await.expect("does not panic");
            }
            assert_eq!(verify(db, caller.organization).await.expect("reads"), Verdict { entries: 9, broken_at: None });
        });
    }

    #[tokio::test]
    async fn the_log_is_filtered_and_paged() {
        on_databases!(|db| {
            let clock = clock();
            let caller = filled(db, &clock, 3).await;
            let mut tx = db.begin().await.expect("begins");
            let failure = Entry::new("session.refused", "A wrong password.").failed();
            record(&mut tx, &clock, &caller, failure).await.expect("records");
            tx.commit().await.expect("commits");
            let list = async |filter: ActivityFilter, page: PageQuery| {
                activity::list_activity(db, caller.organization, &filter, page).await.expect("reads")
            };
            let failed = list(Filter { success: Some(false), ..Filter::default() }, PageQuery::default()).await;
            assert_eq!(failed.rows.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["session.refused"]);
            assert_eq!(list(Filter { action: Some("thing.".into()), ..Filter::default() }, PageQuery::default()).await.rows.len(), 3);
            assert_eq!(list(Filter { from: Some(clock.now()), ..Filter::default() }, PageQuery::default()).await.rows.len(), 4);
            assert!(list(Filter { until: Some(clock.now()), ..Filter::default() }, PageQuery::default()).await.rows.is_empty());
            assert!(list(Filter { actor: Some(clock.new_id()), ..Filter::default() }, PageQuery::default()).await.rows.is_empty());
            let first = list(Filter::default(), PageQuery { limit: 3, before: None }).await;
            let second = list(Filter::default(), PageQuery { limit: 3, before: first.next }).await;
            assert_eq!((first.rows.len(), second.rows.len(), second.next), (3, 1, None));
        });
    }
}
