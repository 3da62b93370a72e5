//! Finding what was deleted over there: the provider's ids against ours, after a complete listing only.

use std::collections::HashSet;

use super::engine::Job;
use super::outcome::Stop;
use crate::domain::status::RecordKind;
use crate::providers::{Ats, Error, LoopGuard};
use crate::records::ingest;
use crate::store::link;
use crate::store::sync::{self as runs, SyncErrorRow};

/// So many records may vanish without a person looking at it, whatever their share.
const ALWAYS_ALLOWED: usize = 20;
/// Above that, at most one in so many.
const LARGEST_SHARE: usize = 10;

/// Compares one kind and marks as deleted what the provider no longer lists.
pub(super) async fn sweep(job: &mut Job<'_>, ats: &dyn Ats, kind: RecordKind) -> Result<(), Stop> {
    let began = job.ctx.clock.now();
    let cx = job.cx.clone();
    let mut there: HashSet<String> = HashSet::new();
    let mut guard = LoopGuard::default();
    let mut cursor: Option<String> = None;
    loop {
        job.check_cancelled().await?;
        let page = job.timed(ats.list_ids(&cx, kind, cursor.as_deref())).await?;
        there.extend(page.ids);
        let Some(next) = page.next else { break };
        guard.check(&next)?;
        cursor = Some(next);
    }
    let mut gone = Vec::new();
    let mut here = 0_usize;
    let mut after = String::new();
    loop {
        let ids = link::list_external_ids(job.db(), job.integration.id, kind, &after, 5_000).await?;
        let Some(last) = ids.last() else { break };
        after.clone_from(last);
        here += ids.len();
        gone.extend(ids.into_iter().filter(|id| !there.contains(id)));
    }
    // What arrived while the ids were listed may be missing in the list: ask for each by its id before believing it is gone.
    if !gone.is_empty() && gone.len() <= 2_000 {
        let still: HashSet<String> = job
            .timed(ats.fetch(&cx, kind, &gone))
            .await?
            .into_iter()
            .filter_map(|record| record.ok().map(|record| record.external_id))
            .collect();
        gone.retain(|id| !still.contains(id));
    }
    if gone.len() > ALWAYS_ALLOWED && gone.len() * LARGEST_SHARE > here {
        let message = format!(
            "{} no longer lists {} of {here} records of kind {kind}. Nothing was marked as deleted: this looks like a lost permission. Check the permissions, then run a full sync.",
            cx.entry.name,
            gone.len()
        );
        let row = SyncErrorRow {
            id: job.ctx.clock.new_id(),
            organization_id: job.integration.organization_id,
            integration_id: job.integration.id,
            run_id: job.run.id,
            object: kind.as_str().to_owned(),
            external_id: None,
            code: "many_deletes".to_owned(),
            message: message.clone(),
            raw: None,
            at: began,
        };
        job.run.failed += 1;
        job.run.error_code = Some("many_deletes".to_owned());
        job.run.error = Some(message);
        let mut tx = job.ctx.store.begin().await?;
        runs::insert_sync_errors(&mut tx, &[row]).await?;
        runs::update_run(&mut tx, &job.run).await?;
        tx.commit().await?;
        return Ok(());
    }
    if gone.is_empty() {
        return Ok(());
    }
    let source = job.source(kind).await?;
    let mut tx = job.ctx.store.begin().await?;
    job.run.deleted += ingest::delete(job.ctx, &mut tx, &source, kind, &gone).await?;
    job.run.heartbeat_at = Some(job.ctx.clock.now());
    runs::update_run(&mut tx, &job.run).await?;
    tx.commit().await?;
    Ok(())
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
