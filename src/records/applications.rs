//! Applications: reading, and creating here. What happens to them over there is in `writes`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Linked, candidates, custom_fields, jobs, link_page, link_rows};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::{ApplicationId, CandidateId, JobId};
use crate::domain::role::Scope;
use crate::domain::status::ApplicationStatus;
use crate::events::{self, NewEvent, Origin};
use crate::fault::{Fault, Result};
use crate::store::page::{Page, PageQuery};
use crate::store::record::application::{self, ApplicationFilter, ApplicationRow};
use crate::store::record::candidate::{CandidateRow, list_candidates_by_ids};
use crate::store::record::job::{JobRow, list_jobs_by_ids};
use crate::store::record::stage::{StageRow, list_stages_of_jobs};

/// A page of applications, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &ApplicationFilter, page: PageQuery) -> Result<Page<Linked<ApplicationRow>>> {
    caller.require(Scope::RecordsRead)?;
    let rows = application::list_applications(&ctx.store, caller.organization, filter, page).await?;
    link_page(ctx, caller.organization, rows, |row| row.id.0).await
}

/// One application.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: ApplicationId) -> Result<Linked<ApplicationRow>> {
    caller.require(Scope::RecordsRead)?;
    let missing = || Fault::not_found("application");
    let row = application::find_application(&ctx.store, caller.organization, id)
        .await?
        .filter(|row| row.deleted_at.is_none())
        .ok_or_else(missing)?;
    link_rows(ctx, caller.organization, vec![row], |row| row.id.0).await?.pop().ok_or_else(missing)
}

/// What lists of applications show beside each: who, for what, and where it can go.
#[derive(Debug, Clone, Default)]
pub struct Around {
    /// The candidates, by id.
    pub candidates: HashMap<CandidateId, CandidateRow>,
    /// The jobs, by id.
    pub jobs: HashMap<JobId, JobRow>,
    /// The jobs' steps, in order.
    pub stages: HashMap<JobId, Vec<StageRow>>,
}

/// Looks up what stands around applications: three queries, however many they are.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn around(ctx: &Context, caller: &Caller, rows: impl IntoIterator<Item = &ApplicationRow>) -> Result<Around> {
    caller.require(Scope::RecordsRead)?;
    let (mut candidate_ids, mut job_ids) = (Vec::new(), Vec::new());
    for row in rows {
        candidate_ids.push(row.candidate_id);
        job_ids.extend(row.job_id);
    }
    candidate_ids.sort_unstable();
    candidate_ids.dedup();
    job_ids.sort_unstable();
    job_ids.dedup();
    let mut around = Around::default();
    for row in list_candidates_by_ids(&ctx.store, caller.organization, &candidate_ids).await? {
        around.candidates.insert(row.id, row);
    }
    for row in list_jobs_by_ids(&ctx.store, caller.organization, &job_ids).await? {
        around.jobs.insert(row.id, row);
    }
    for row in list_stages_of_jobs(&ctx.store, caller.organization, &job_ids).await? {
        around.stages.entry(row.job_id).or_default().push(row);
    }
    Ok(around)
}

/// What an application is created with.
#[derive(Debug, Clone)]
pub struct ApplicationInput {
    /// Whose.
    pub candidate: CandidateId,
    /// For which job.
    pub job: Option<JobId>,
    /// Where it came from.
    pub source: Option<String>,
    /// When; now if not given.
    pub applied_at: Option<DateTime<Utc>>,
    /// The customer's own fields.
    pub custom_fields: Option<Value>,
}

/// Creates an application here, in the first step of the job's pipeline.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming the candidate or job that does not exist.
pub async fn create(ctx: &Context, caller: &Caller, input: ApplicationInput) -> Result<Linked<ApplicationRow>> {
    caller.require(Scope::RecordsWrite)?;
    if candidates::get(ctx, caller, input.candidate).await.is_err() {
        return Err(Fault::invalid("/candidateId", "There is no such candidate."));
    }
    let stage = match input.job {
        Some(job) => {
            if jobs::get(ctx, caller, job).await.is_err() {
                return Err(Fault::invalid("/jobId", "There is no such job."));
            }
            list_stages_of_jobs(&ctx.store, caller.organization, &[job]).await?.into_iter().next()
        }
        None => None,
    };
    let mut wrong = Vec::new();
    let fields = custom_fields(input.custom_fields, &mut wrong);
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    let now = ctx.clock.now();
    let row = ApplicationRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        candidate_id: input.candidate,
        job_id: input.job,
        status: ApplicationStatus::Active,
        stage_id: stage.as_ref().map(|stage| stage.id),
        stage_name: stage.map(|stage| stage.name),
        stage_entered_at: Some(now),
        source: input.source,
        rejection_reason: None,
        custom_fields: fields,
        applied_at: input.applied_at.unwrap_or(now),
        rejected_at: None,
        hired_at: None,
        last_activity_at: Some(now),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let mut tx = ctx.store.begin().await?;
    application::upsert_applications(&mut tx, std::slice::from_ref(&row)).await?;
    let event = event(EventKind::ApplicationCreated, "Applied".to_owned(), &row);
    events::record(ctx, &mut tx, &Origin::from(caller), vec![event]).await?;
    tx.commit().await?;
    ctx.queue.wake();
    get(ctx, caller, row.id).await
}

/// Changes the source or the customer's own fields of an application.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Invalid`] naming the field.
pub async fn update(
    ctx: &Context,
    caller: &Caller,
    id: ApplicationId,
    source: Option<String>,
    fields: Option<Value>,
) -> Result<Linked<ApplicationRow>> {
    caller.require(Scope::RecordsWrite)?;
    let mut row = get(ctx, caller, id).await?.row;
    let mut wrong = Vec::new();
    if let Some(fields) = fields {
        row.custom_fields = custom_fields(Some(fields), &mut wrong);
    }
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    row.source = source.or(row.source);
    row.updated_at = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    application::upsert_applications(&mut tx, std::slice::from_ref(&row)).await?;
    tx.commit().await?;
    get(ctx, caller, id).await
}

/// An event about an application, with the data every receiver of application events gets.
pub(crate) fn event(kind: EventKind, summary: String, row: &ApplicationRow) -> NewEvent {
    let data = json!({
        "applicationId": row.id, "candidateId": row.candidate_id, "jobId": row.job_id, "stageId": row.stage_id,
        "stage": { "id": row.stage_id, "name": row.stage_name }, "status": row.status, "source": row.source,
    });
    NewEvent { candidate: Some(row.candidate_id), job: row.job_id, application: Some(row.id), ..NewEvent::new(kind, summary, data) }
}

/// Writes an application down as it is after a change made here, with its event, in the caller's transaction.
pub(crate) async fn apply(ctx: &Context, tx: &mut crate::store::Tx, origin: &Origin, row: &ApplicationRow, event: NewEvent) -> Result<()> {
    application::upsert_applications(tx, std::slice::from_ref(row)).await?;
    events::record(ctx, tx, origin, vec![event]).await?;
    Ok(())
}
