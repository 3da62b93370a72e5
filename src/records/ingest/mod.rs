//! Taking records in: a page of a provider's records becomes local rows, links and events, in one transaction.
//!
//! A record whose raw form is the one seen last costs no write. Everything is done in statements over the whole page.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::status::RecordKind;
use crate::events::{self, NewEvent, Origin};
use crate::providers::remote::CustomFields;
use crate::providers::{BadRecord, Remote, RemoteData};
use crate::store::link::{self, LinkUpsert};
use crate::store::record::delete_records;
use crate::store::{self, Json, Tx, dialect};

mod application;
mod candidate;
mod department;
mod interview;
mod job;
mod message;
mod offer;
mod person;
mod references;
mod stage;

pub(crate) use candidate::index as index_candidate;
pub use references::References;

/// The mapping a page is taken in with: source fields of the raw record → fields here.
pub trait Overlay: Send + Sync {
    /// The version, so that a record is taken in again when the mapping changed.
    fn version(&self) -> i64;

    /// The mapped values of one raw record.
    ///
    /// # Errors
    /// A sentence saying which rule failed on which value.
    fn values(&self, raw: &Value) -> Result<Vec<(String, Value)>, String>;
}

/// Where records come from.
#[derive(Clone)]
pub struct Source {
    /// For which organization.
    pub organization: OrgId,
    /// Through which connection.
    pub integration: IntegrationId,
    /// The provider's name, for the timeline.
    pub provider: &'static str,
    /// Ties everything that follows together.
    pub trace: Uuid,
    /// The mapping of this kind of record, if there is one.
    pub overlay: Option<Arc<dyn Overlay>>,
    /// Who made the change over there, if it was somebody here.
    pub actor: Option<Origin>,
    /// When reading began: what is known to have been deleted after that is not brought back by an older page.
    pub began: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("integration", &self.integration).field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Source {
    fn origin(&self) -> Origin {
        if let Some(actor) = &self.actor {
            return actor.clone();
        }
        Origin { organization: self.organization, kind: "system", name: self.provider.to_owned(), trace: self.trace }
    }
}

/// What became of a page.
#[derive(Debug, Default)]
pub struct Taken {
    /// New here.
    pub created: i64,
    /// Changed here.
    pub updated: i64,
    /// Same as before.
    pub unchanged: i64,
    /// Could not be taken.
    pub bad: Vec<BadRecord>,
}

impl Taken {
    /// Adds another page's counts.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.bad.extend(other.bad);
    }
}

/// A kind of record: how its row is built from a remote record and what its changes mean.
trait Kind {
    /// The table's row.
    type Row: Clone + PartialEq + Send + Sync;
    /// The provider's form of it.
    type Data;

    const KIND: RecordKind;

    fn data(data: RemoteData) -> Option<Self::Data>;
    /// The row as it shall be: `old` with what the provider states. `partial` data state only what is `Some`.
    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> Result<Self::Row, String>;
    /// Puts mapped values over the row.
    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> Result<(), String>;
    fn id(row: &Self::Row) -> Uuid;
    /// Takes the times over that are no change by themselves.
    fn keep_times(row: &mut Self::Row, old: &Self::Row);
    fn events(old: Option<&Self::Row>, new: &Self::Row) -> Vec<NewEvent>;
    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> store::Result<Vec<Self::Row>>;
    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> store::Result<()>;
}

/// What building a row needs to know.
struct Build<'a> {
    organization: OrgId,
    now: DateTime<Utc>,
    partial: bool,
    references: &'a References,
}

/// Takes a page of one kind in. References must have been looked up before ([`References::resolve`]).
///
/// # Errors
/// The store's; nothing was changed then.
pub async fn take(
    ctx: &Context,
    tx: &mut Tx,
    source: &Source,
    kind: RecordKind,
    records: Vec<Remote>,
    references: &References,
) -> store::Result<Taken> {
    match kind {
        RecordKind::Department => take_kind::<department::Departments>(ctx, tx, source, records, references).await,
        RecordKind::Person => take_kind::<person::People>(ctx, tx, source, records, references).await,
        RecordKind::Job => take_kind::<job::Jobs>(ctx, tx, source, records, references).await,
        RecordKind::Stage => take_kind::<stage::Stages>(ctx, tx, source, records, references).await,
        RecordKind::Candidate => take_kind::<candidate::Candidates>(ctx, tx, source, records, references).await,
        RecordKind::Application => take_kind::<application::Applications>(ctx, tx, source, records, references).await,
        RecordKind::Interview => take_kind::<interview::Interviews>(ctx, tx, source, records, references).await,
        RecordKind::Offer => take_kind::<offer::Offers>(ctx, tx, source, records, references).await,
        RecordKind::Message => take_kind::<message::Messages>(ctx, tx, source, records, references).await,
    }
}

async fn take_kind<K: Kind>(
    ctx: &Context,
    tx: &mut Tx,
    source: &Source,
    records: Vec<Remote>,
    references: &References,
) -> store::Result<Taken> {
    let now = ctx.clock.now();
    // Two writers that both see a new record would both make a local one: webhooks and syncs of one connection take turns.
    dialect::lock_integration(tx, source.integration).await?;
    let mut taken = Taken::default();
    let records = last_of_each(records);
    let ids: Vec<&str> = records.iter().map(|record| record.external_id.as_str()).collect();
    let links: HashMap<String, link::LinkRow> = link::list_links_by_external(tx, source.integration, K::KIND, &ids)
        .await?
        .into_iter()
        .map(|row| (row.external_id.clone(), row))
        .collect();

    let mut changed = Vec::with_capacity(records.len());
    for record in records {
        let hash = record.raw.as_deref().map(|raw| content_hash(raw.get(), source.overlay.as_deref()));
        let link = links.get(&record.external_id);
        let is_same = link.is_some_and(|link| link.deleted_at.is_none() && link.content_hash.is_some() && link.content_hash == hash);
        if is_same || link.is_some_and(|link| is_outdated(link, &record, source)) || references.leaves_out(&record.data) {
            taken.unchanged += 1;
        } else {
            changed.push((record, hash, link.map(|link| link.local_id)));
        }
    }
    let known: Vec<Uuid> = changed.iter().filter_map(|(_, _, id)| *id).collect();
    let old: HashMap<Uuid, K::Row> = K::load(tx, source.organization, &known).await?.into_iter().map(|row| (K::id(&row), row)).collect();

    let mut rows = Vec::with_capacity(changed.len());
    let mut upserts = Vec::with_capacity(changed.len());
    let mut news = Vec::new();
    for (record, content_hash, local_id) in changed {
        let before = local_id.and_then(|id| old.get(&id));
        let id = local_id.unwrap_or_else(|| ctx.clock.new_id());
        let Remote { external_id, url, updated_at, partial, raw, data, .. } = record;
        let raw = raw.map(|raw| String::from(Box::<str>::from(raw)));
        let built = K::data(data).ok_or_else(|| "The record is of another kind than the list it came in.".to_owned()).and_then(|data| {
            let mut row = K::build(before, id, data, &Build { organization: source.organization, now, partial, references })?;
            if let (Some(overlay), Some(raw)) = (&source.overlay, &raw) {
                let value = serde_json::from_str(raw).map_err(|_| "The record is not valid JSON.".to_owned())?;
                for (field, value) in overlay.values(&value)? {
                    K::overlay(&mut row, &field, value)?;
                }
            }
            Ok(row)
        });
        let mut row = match built {
            Ok(row) => row,
            Err(message) => {
                taken.bad.push(BadRecord { external_id: Some(external_id), message, raw: raw.unwrap_or_default() });
                continue;
            }
        };
        if let Some(before) = before {
            K::keep_times(&mut row, before);
        }
        upserts.push(LinkUpsert { external_id, local_id: id, url, content_hash, raw, remote_updated_at: updated_at });
        match before {
            None => taken.created += 1,
            Some(before) if *before == row => {
                taken.unchanged += 1;
                continue;
            }
            Some(_) => taken.updated += 1,
        }
        for mut event in K::events(before, &row) {
            event.integration = Some(source.integration);
            if let (Some(application), None) = (event.application, event.candidate)
                && let Some((candidate, job)) = references.parents(application)
            {
                event.candidate = Some(candidate);
                event.job = job;
            }
            news.push(event);
        }
        rows.push(row);
    }
    K::save(tx, &rows).await?;
    link::upsert_links(tx, source.organization, source.integration, K::KIND, &upserts, now).await?;
    events::record(ctx, tx, &source.origin(), news).await?;
    Ok(taken)
}

/// Marks records as deleted that the provider no longer has. Returns how many were alive.
///
/// # Errors
/// The store's.
pub async fn delete(ctx: &Context, tx: &mut Tx, source: &Source, kind: RecordKind, external_ids: &[String]) -> store::Result<i64> {
    let now = ctx.clock.now();
    let ids = link::delete_links(tx, source.integration, kind, external_ids, now).await?;
    delete_records(tx, source.organization, kind, &ids, now).await?;
    let news: Vec<NewEvent> = match kind {
        RecordKind::Job => {
            let closed = |id: &Uuid| NewEvent {
                job: Some((*id).into()),
                integration: Some(source.integration),
                ..NewEvent::new(
                    EventKind::JobClosed,
                    format!("Deleted in {}", source.provider),
                    serde_json::json!({ "jobId": id, "deleted": true }),
                )
            };
            ids.iter().map(closed).collect()
        }
        RecordKind::Candidate => {
            let gone = |id: &Uuid| NewEvent {
                candidate: Some((*id).into()),
                integration: Some(source.integration),
                ..NewEvent::new(
                    EventKind::CandidateUpdated,
                    format!("Deleted in {}", source.provider),
                    serde_json::json!({ "candidateId": id, "deleted": true }),
                )
            };
            ids.iter().map(gone).collect()
        }
        _ => Vec::new(),
    };
    events::record(ctx, tx, &source.origin(), news).await?;
    Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
}

/// Whether we know better already: webhooks overtake the pages of a sync, and each other.
fn is_outdated(link: &link::LinkRow, record: &Remote, source: &Source) -> bool {
    let is_older = matches!((link.remote_updated_at, record.updated_at), (Some(seen), Some(now)) if now < seen);
    let was_deleted_meanwhile = matches!((link.deleted_at, source.began), (Some(deleted), Some(began)) if deleted > began);
    is_older || was_deleted_meanwhile
}

/// A page may hold a record twice (it changed while the pages were read): the later one counts.
fn last_of_each(records: Vec<Remote>) -> Vec<Remote> {
    let mut place: HashMap<String, usize> = HashMap::with_capacity(records.len());
    let mut kept: Vec<Remote> = Vec::with_capacity(records.len());
    for record in records {
        match place.get(&record.external_id) {
            Some(&at) => kept[at] = record,
            None => {
                place.insert(record.external_id.clone(), kept.len());
                kept.push(record);
            }
        }
    }
    kept
}

fn content_hash(raw: &str, overlay: Option<&dyn Overlay>) -> Vec<u8> {
    let mut hash = Sha256::new_with_prefix(raw.as_bytes());
    if let Some(overlay) = overlay {
        hash.update(overlay.version().to_be_bytes());
    }
    hash.finalize()[..16].to_vec()
}

/// The value a field shall have: what is stated, or (in partial data) what it was.
fn stated<T: Clone>(new: Option<T>, old: Option<&T>, partial: bool) -> Option<T> {
    if new.is_none() && partial { old.cloned() } else { new }
}

/// The same for a field that was optional before, too.
fn stated_or<T: Clone>(new: Option<T>, old: Option<&Option<T>>, partial: bool) -> Option<T> {
    if new.is_none() && partial { old.cloned().flatten() } else { new }
}

/// The customer's own fields as they shall be.
fn custom_fields(new: Option<CustomFields>, old: Option<&Json<Value>>, partial: bool) -> Json<Value> {
    stated(new.map(|fields| Json(Value::Object(fields))), old, partial).unwrap_or_else(|| Json(Value::Object(CustomFields::new())))
}

/// A mapped value as text; numbers and booleans in their usual notation.
fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Sets a customer's own field by mapping: `custom_fields.<name>`.
fn set_custom_field(fields: &mut Value, field: &str, value: Value) -> Result<(), String> {
    let name = field.strip_prefix("custom_fields.").ok_or_else(|| format!("There is no field {field}."))?;
    if !fields.is_object() {
        *fields = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(fields) = fields {
        fields.insert(name.to_owned(), value);
    }
    Ok(())
}
