//! Applying one change that a message tells of.

use serde_json::{Value, json};

use crate::domain::status::RecordKind;
use crate::providers::{Change, Error, Remote};
use crate::records::ingest::{self, Taken};
use crate::records::pull::{self, Pull};
use crate::store::link;
use crate::store::record::{application, message};

/// Applies a change; the value says what became of it, with an `error` if the record could not be taken.
///
/// Messages state only a part of a record. Where a part is not enough (it is new here, we know a later state of it, it cannot be told
/// which is later, or a mapping needs the whole) the record is asked for, and the part is used only if that fails for good.
pub(super) async fn apply(pull: &Pull<'_>, change: Change, is_last_try: bool) -> pull::Result<Value> {
    Ok(match change {
        Change::Upsert(remote) => upsert(pull, *remote, is_last_try).await?,
        Change::Refetch { kind, external_id } => match pull.fetch(kind, &external_id).await? {
            Some(remote) => take(pull, remote).await?,
            None => outcome(kind, &external_id, "not_found"),
        },
        Change::Deleted { kind, external_id } => {
            let source = pull.source(kind).await?;
            let mut tx = pull.ctx.store.begin().await?;
            let gone = ingest::delete(pull.ctx, &mut tx, &source, kind, std::slice::from_ref(&external_id)).await?;
            tx.commit().await?;
            pull.ctx.queue.wake();
            outcome(kind, &external_id, if gone > 0 { "deleted" } else { "unknown" })
        }
        Change::Merged { kind, from, into } => merge(pull, kind, from, into).await?,
        // Dealt with before a connection is opened.
        Change::Ignored { reason } | Change::Sync { reason } | Change::Check { reason } => {
            json!({ "outcome": "ignored", "reason": reason })
        }
        Change::Channel { external_id, .. } => json!({ "outcome": "ignored", "externalId": external_id }),
    })
}

fn outcome(kind: RecordKind, external_id: &str, outcome: &str) -> Value {
    json!({ "object": kind, "externalId": external_id, "outcome": outcome })
}

/// What a message states of a record, compared with what is known of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    /// Nothing is known of the record yet.
    New,
    /// The message is later than what is known.
    Later,
    /// We know a later state, or know that it was deleted.
    Earlier,
    /// It cannot be told: the message states no time.
    Unknown,
}

/// Records of which a message's part without a time must not be believed: it may have been on its way for hours.
const ORDERED: &[RecordKind] = &[RecordKind::Candidate, RecordKind::Job, RecordKind::Application, RecordKind::Offer, RecordKind::Interview];

async fn upsert(pull: &Pull<'_>, part: Remote, is_last_try: bool) -> pull::Result<Value> {
    let known = link::find_link(&pull.ctx.store, pull.row.id, part.kind, &part.external_id).await?;
    let age = match &known {
        None => Age::New,
        Some(link) if link.deleted_at.is_some() => Age::Earlier,
        Some(link) => match (link.remote_updated_at, part.updated_at) {
            (Some(seen), Some(now)) if now < seen => Age::Earlier,
            (_, Some(_)) => Age::Later,
            (_, None) if ORDERED.contains(&part.kind) => Age::Unknown,
            (_, None) => Age::Later,
        },
    };
    let is_mapped = pull.source(part.kind).await?.overlay.is_some();
    if age == Age::Later && !is_mapped {
        return take(pull, part).await;
    }
    match pull.fetch(part.kind, &part.external_id).await {
        Ok(Some(whole)) => take(pull, whole).await,
        // Not there any more: what an older message states of it would bring it back as it was.
        Ok(None) if matches!(age, Age::Unknown | Age::Earlier) => Ok(outcome(part.kind, &part.external_id, "not_found")),
        // Nobody reads it here but through messages, so the order in which they come is the only one there is.
        Ok(None)
        | Err(pull::Error::Provider(
            Error::Unauthorized { .. } | Error::Reconnect { .. } | Error::Forbidden { .. } | Error::Invalid { .. },
        )) => take(pull, part).await,
        // Of a record that is new here, a part is better than nothing. Of one that is known, it may be older than what is known.
        Err(pull::Error::Provider(error)) if is_last_try && !matches!(error, Error::RateLimited { .. }) && age != Age::Unknown => {
            take(pull, part).await
        }
        Err(error) => Err(error),
    }
}

async fn take(pull: &Pull<'_>, remote: Remote) -> pull::Result<Value> {
    let (kind, external_id) = (remote.kind, remote.external_id.clone());
    let Taken { created, updated, bad, .. } = pull.take(vec![remote]).await?;
    if let Some(bad) = bad.into_iter().next() {
        return Ok(json!({ "object": kind, "externalId": external_id, "outcome": "failed", "error": bad.message }));
    }
    Ok(outcome(
        kind,
        &external_id,
        if created > 0 {
            "created"
        } else if updated > 0 {
            "updated"
        } else {
            "unchanged"
        },
    ))
}

/// Two records became one: what hung on the one that is gone hangs on the other from now on.
async fn merge(pull: &Pull<'_>, kind: RecordKind, from: String, into: String) -> pull::Result<Value> {
    let db = &pull.ctx.store;
    if link::find_link(db, pull.row.id, kind, &into).await?.is_none()
        && let Some(remote) = pull.fetch(kind, &into).await?
    {
        take(pull, remote).await?;
    }
    let old = link::find_link(db, pull.row.id, kind, &from).await?;
    let new = link::find_link(db, pull.row.id, kind, &into).await?;
    let source = pull.source(kind).await?;
    let mut tx = db.begin().await?;
    if let (RecordKind::Candidate, Some(old), Some(new)) = (kind, &old, &new) {
        let (organization, now) = (pull.row.organization_id, pull.ctx.clock.now());
        application::move_applications(&mut tx, organization, old.local_id.into(), new.local_id.into(), now).await?;
        message::move_messages(&mut tx, organization, old.local_id.into(), new.local_id.into(), now).await?;
    }
    ingest::delete(pull.ctx, &mut tx, &source, kind, std::slice::from_ref(&from)).await?;
    tx.commit().await?;
    pull.ctx.queue.wake();
    Ok(json!({ "object": kind, "externalId": from, "outcome": "merged", "into": into }))
}
