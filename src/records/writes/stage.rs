//! Moving an application to another stage of its job.

use super::{Change, Subject, Written, local, send, target, written};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::{ApplicationId, StageId};
use crate::domain::role::Scope;
use crate::domain::status::{ApplicationStatus, RecordKind};
use crate::fault::{Fault, Result};
use crate::records::{Linked, applications};
use crate::store::link::list_links_by_local;
use crate::store::record::application::ApplicationRow;
use crate::store::record::stage::find_stage;

/// Moves an application to a stage of its job, in the connected system first where one has it.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Invalid`] for a stage of another job;
/// [`crate::domain::error::ErrorCode::Conflict`] when it is no longer in process, was moved over there meanwhile, or another change
/// of it is on its way; the provider's refusal.
pub async fn move_to(ctx: &Context, caller: &Caller, id: ApplicationId, stage: StageId) -> Result<Written<Linked<ApplicationRow>>> {
    caller.require(Scope::RecordsWrite)?;
    let application = applications::get(ctx, caller, id).await?;
    require_active(&application.row)?;
    let stage = find_stage(&ctx.store, caller.organization, stage)
        .await?
        .filter(|stage| stage.deleted_at.is_none() && application.row.job_id == Some(stage.job_id))
        .ok_or_else(|| Fault::invalid("/stageId", "This is not a stage of the application’s job. Its stages are listed with it."))?;
    if application.row.stage_id == Some(stage.id) {
        return Ok(Written::Done(application));
    }
    let Some(target) = target(ctx, caller.organization, &application.links, RecordKind::Application).await? else {
        let mut row = application.row.clone();
        row.stage_id = Some(stage.id);
        row.stage_name = Some(stage.name.clone());
        row.stage_entered_at = Some(ctx.clock.now());
        let from = application.row.stage_name.as_deref().unwrap_or("no stage");
        let summary = format!("Moved from {from} to {}", stage.name);
        let row = local::change(ctx, caller, &application.row, row, EventKind::ApplicationStageChanged, summary).await?;
        return Ok(Written::Done(row));
    };
    let wanted: Vec<uuid::Uuid> = [Some(stage.id), application.row.stage_id].into_iter().flatten().map(|id| id.0).collect();
    let links = list_links_by_local(&ctx.store, caller.organization, &wanted).await?;
    let external = |id: Option<StageId>| {
        links
            .iter()
            .find(|link| link.integration_id == target.integration.id && Some(link.local_id) == id.map(|id| id.0))
            .map(|link| link.external_id.clone())
    };
    let to = external(Some(stage.id)).ok_or_else(|| {
        Fault::invalid("/stageId", format!("{} does not have this stage. Choose one that came from there.", target.integration.name))
    })?;
    let change =
        Change::Move { application: target.external_id.clone(), from: external(application.row.stage_id), to, to_name: stage.name };
    let row = send(ctx, caller, &target, subject(&application.row), change).await?;
    written(row, applications::get(ctx, caller, id)).await
}

pub(super) fn subject(row: &ApplicationRow) -> Subject {
    Subject { candidate: Some(row.candidate_id), application: Some(row.id), job: row.job_id }
}

pub(super) fn require_active(row: &ApplicationRow) -> Result<()> {
    match row.status {
        ApplicationStatus::Active => Ok(()),
        status => Err(Fault::conflict(format!("This application is {status} already."))),
    }
}
