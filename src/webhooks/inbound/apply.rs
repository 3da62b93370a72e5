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
/// Messages state only a part of a record. Where a part is not enough (it is new here, we know a later state of it, or a mapping
/// needs the whole) the record is asked for, and the part is used only if that fails for good.
pub(super) async fn apply(pull: &Pull<'_>, change: Change, is_last_try: bool) -> pull::Result<Value> {
    Ok(match change {
        Change::Upsert(remote) => {
            let remote = *remote;
            let known = link::find_link(&pull.ctx.store, pull.row.id, remote.kind, &remote.external_id).await?;
            let is_behind = known.as_ref().is_none_or(|link| {
                link.deleted_at.is_some() || matches!((link.remote_updated_at, remote.updated_at), (Some(seen), Some(now)) if now < seen)
            });
            let is_mapped = pull.source(remote.kind).await?.overlay.is_some();
            let remote = if is_behind || is_mapped { whole(pull, remote, is_last_try).await? } else { remote };
            take(pull, remote).await?
        }
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
        Change::Ignored { reason } => json!({ "outcome": "ignored", "reason": reason }),
    })
}

fn outcome(kind: RecordKind, external_id: &str, outcome: &str) -> Value {
    json!({ "object": kind, "externalId": external_id, "outcome": outcome })
}

/// The whole record; the part that the message states where it cannot be had.
async fn whole(pull: &Pull<'_>, part: Remote, is_last_try: bool) -> pull::Result<Remote> {
    match pull.fetch(part.kind, &part.external_id).await {
        Ok(Some(whole)) => Ok(whole),
        Ok(None) | Err(pull::Error::Provider(Error::Unauthorized { .. } | Error::Forbidden { .. } | Error::Invalid { .. })) => Ok(part),
        Err(pull::Error::Provider(error)) if is_last_try && !matches!(error, Error::RateLimited { .. }) => Ok(part),
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
