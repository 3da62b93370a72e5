//! Jobs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Linked, custom_fields, link_page, link_rows, required};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::JobId;
use crate::domain::role::Scope;
use crate::domain::status::JobStatus;
use crate::events::{self, NewEvent, Origin};
use crate::fault::{Fault, Result};
use crate::store::page::{Page, PageQuery};
use crate::store::record::job::{self, JobFilter, JobRow};
use crate::store::record::stage::{StageRow, list_stages_of_jobs};

/// A page of jobs, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &JobFilter, page: PageQuery) -> Result<Page<Linked<JobRow>>> {
    caller.require(Scope::RecordsRead)?;
    let rows = job::list_jobs(&ctx.store, caller.organization, filter, page).await?;
    link_page(ctx, caller.organization, rows, |row| row.id.0).await
}

/// One job.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: JobId) -> Result<Linked<JobRow>> {
    caller.require(Scope::RecordsRead)?;
    let row = job::find_job(&ctx.store, caller.organization, id)
        .await?
        .filter(|row| row.deleted_at.is_none())
        .ok_or_else(|| Fault::not_found("job"))?;
    link_rows(ctx, caller.organization, vec![row], |row| row.id.0).await?.pop().ok_or_else(|| Fault::not_found("job"))
}

/// The steps of jobs' pipelines, in order.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn stages(ctx: &Context, caller: &Caller, jobs: &[JobId]) -> Result<Vec<StageRow>> {
    caller.require(Scope::RecordsRead)?;
    Ok(list_stages_of_jobs(&ctx.store, caller.organization, jobs).await?)
}

/// What a job is created with, or changed to. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct JobInput {
    /// Its title: 1 to 500 characters.
    pub title: Option<String>,
    /// Its status.
    pub status: Option<JobStatus>,
    /// The department's name.
    pub department: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// The customer's own number of it.
    pub requisition_id: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// The customer's own fields; replaces all of them.
    pub custom_fields: Option<Value>,
}

/// Creates a job here.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming the field.
pub async fn create(ctx: &Context, caller: &Caller, input: JobInput) -> Result<Linked<JobRow>> {
    caller.require(Scope::RecordsWrite)?;
    let now = ctx.clock.now();
    let row = JobRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        title: String::new(),
        status: JobStatus::Draft,
        department_id: None,
        department: None,
        location: None,
        requisition_id: None,
        description: None,
        custom_fields: crate::store::Json(json!({})),
        opened_at: None,
        closed_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let input = JobInput { title: Some(input.title.unwrap_or_default()), ..input };
    save(ctx, caller, None, row, input, now).await
}

/// Changes a job here.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Invalid`] naming the field.
pub async fn update(ctx: &Context, caller: &Caller, id: JobId, input: JobInput) -> Result<Linked<JobRow>> {
    caller.require(Scope::RecordsWrite)?;
    let old = get(ctx, caller, id).await?.row;
    let now = ctx.clock.now();
    save(ctx, caller, Some(&old), JobRow { updated_at: now, ..old.clone() }, input, now).await
}

async fn save(
    ctx: &Context,
    caller: &Caller,
    old: Option<&JobRow>,
    mut row: JobRow,
    input: JobInput,
    now: DateTime<Utc>,
) -> Result<Linked<JobRow>> {
    let mut wrong = Vec::new();
    if let Some(title) = &input.title {
        row.title = required("/title", "A title", title, &mut wrong);
    }
    if let Some(fields) = input.custom_fields {
        row.custom_fields = custom_fields(Some(fields), &mut wrong);
    }
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    row.status = input.status.unwrap_or(row.status);
    row.department = input.department.or(row.department);
    row.location = input.location.or(row.location);
    row.requisition_id = input.requisition_id.or(row.requisition_id);
    row.description = input.description.or(row.description);
    let before = old.map(|old| old.status);
    let mut news = Vec::new();
    let mut push = |kind, summary: String| news.push((kind, summary));
    if old.is_none() {
        push(EventKind::JobCreated, format!("{} was created", row.title));
    }
    if row.status == JobStatus::Open && before != Some(JobStatus::Open) {
        row.opened_at = Some(now);
        push(EventKind::JobOpened, format!("{} opened", row.title));
    }
    if row.status == JobStatus::Closed && before.is_some_and(|before| before != JobStatus::Closed) {
        row.closed_at = Some(now);
        push(EventKind::JobClosed, format!("{} closed", row.title));
    }
    let data = json!({ "jobId": row.id, "title": row.title, "status": row.status, "department": row.department, "location": row.location });
    let news =
        news.into_iter().map(|(kind, summary)| NewEvent { job: Some(row.id), ..NewEvent::new(kind, summary, data.clone()) }).collect();
    let mut tx = ctx.store.begin().await?;
    job::upsert_jobs(&mut tx, std::slice::from_ref(&row)).await?;
    events::record(ctx, &mut tx, &Origin::from(caller), news).await?;
    tx.commit().await?;
    ctx.queue.wake();
    get(ctx, caller, row.id).await
}
