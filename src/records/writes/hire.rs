//! Hiring.

use chrono::NaiveDate;

use super::stage::{require_active, subject};
use super::{Change, Written, local, send, target, written};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::ApplicationId;
use crate::domain::role::Scope;
use crate::domain::status::{ApplicationStatus, RecordKind};
use crate::fault::{Fault, Result};
use crate::records::{Linked, applications};
use crate::store::record::application::ApplicationRow;

/// Marks an application as hired, in the connected system first where one has it.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Conflict`] when it is no longer in process, when
/// nothing is open over there, or when another change of it is on its way; the provider's refusal.
pub async fn hire(
    ctx: &Context,
    caller: &Caller,
    id: ApplicationId,
    start_on: Option<NaiveDate>,
) -> Result<Written<Linked<ApplicationRow>>> {
    caller.require(Scope::RecordsWrite)?;
    let application = applications::get(ctx, caller, id).await?;
    require_active(&application.row)?;
    if application.row.job_id.is_none() {
        return Err(Fault::conflict("A person without a job cannot be hired. Give the application a job first."));
    }
    let Some(target) = target(ctx, caller.organization, &application.links, RecordKind::Application).await? else {
        let mut row = application.row.clone();
        row.status = ApplicationStatus::Hired;
        row.hired_at = Some(ctx.clock.now());
        let row = local::change(ctx, caller, &application.row, row, EventKind::ApplicationHired, "Hired".to_owned()).await?;
        return Ok(Written::Done(row));
    };
    let change = Change::Hire { application: target.external_id.clone(), start_on };
    let row = send(ctx, caller, &target, subject(&application.row), change).await?;
    written(row, applications::get(ctx, caller, id)).await
}
