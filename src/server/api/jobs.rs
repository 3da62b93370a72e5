//! Jobs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::{ValidJson, ValidQuery};
use super::list::{ListOut, ListQuery};
use super::record::{LinkOut, TimelineEntryOut, links};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::JobId;
use crate::domain::status::JobStatus;
use crate::records::{Linked, jobs, timeline};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::event::EventFilter;
use crate::store::record::job::{JobFilter, JobRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update)).routes(routes!(show_timeline))
}

/// A job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobOut {
    id: JobId,
    title: String,
    status: JobStatus,
    department: Option<String>,
    location: Option<String>,
    requisition_id: Option<String>,
    description: Option<String>,
    opened_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    #[schema(value_type = Object)]
    custom_fields: Value,
    links: Vec<LinkOut>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Linked<JobRow>> for JobOut {
    fn from(Linked { row, links: linked }: Linked<JobRow>) -> Self {
        Self {
            id: row.id,
            title: row.title,
            status: row.status,
            department: row.department,
            location: row.location,
            requisition_id: row.requisition_id,
            description: row.description,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            custom_fields: row.custom_fields.0,
            links: links(linked),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct JobsQuery {
    /// Only in this status.
    status: Option<JobStatus>,
    /// Only with this in the title.
    search: Option<String>,
}

#[utoipa::path(get, path = "/jobs", tag = "Records", summary = "List jobs", params(JobsQuery, ListQuery),
    responses((status = 200, body = ListOut<JobOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<JobsQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<JobOut>>, Problem> {
    let filter = JobFilter { status: query.status, search: query.search };
    Ok(Json(jobs::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/jobs/{id}", tag = "Records", summary = "Show a job", params(("id" = JobId, Path)),
    responses((status = 200, body = JobOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<JobId>) -> Result<Json<JobOut>, Problem> {
    Ok(Json(jobs::get(&ctx, &caller, id).await?.into()))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobIn {
    title: Option<String>,
    status: Option<JobStatus>,
    department: Option<String>,
    location: Option<String>,
    requisition_id: Option<String>,
    description: Option<String>,
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<Value>,
}

#[utoipa::path(post, path = "/jobs", tag = "Records", summary = "Create a job", request_body = JobIn,
    responses((status = 201, body = JobOut), (status = 422)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<JobIn>,
) -> Result<(StatusCode, Json<JobOut>), Problem> {
    let created = jobs::create(&ctx, &caller, input.into()).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

#[utoipa::path(patch, path = "/jobs/{id}", tag = "Records", summary = "Change a job", params(("id" = JobId, Path)), request_body = JobIn,
    responses((status = 200, body = JobOut), (status = 404), (status = 422)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<JobId>,
    ValidJson(input): ValidJson<JobIn>,
) -> Result<Json<JobOut>, Problem> {
    let updated = jobs::update(&ctx, &caller, id, input.into()).await?;
    Ok(Json(updated.into()))
}

#[utoipa::path(get, path = "/jobs/{id}/timeline", tag = "Records", summary = "List what happened to a job", params(("id" = JobId, Path), ListQuery),
    responses((status = 200, body = ListOut<TimelineEntryOut>), (status = 404)))]
async fn show_timeline(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<JobId>,
    page: ListQuery,
) -> Result<Json<ListOut<TimelineEntryOut>>, Problem> {
    jobs::get(&ctx, &caller, id).await?;
    let filter = EventFilter { job: Some(id), ..EventFilter::default() };
    Ok(Json(timeline::list(&ctx, &caller, filter, page.page()).await?.into()))
}

impl From<JobIn> for jobs::JobInput {
    fn from(input: JobIn) -> Self {
        Self {
            title: input.title,
            status: input.status,
            department: input.department,
            location: input.location,
            requisition_id: input.requisition_id,
            description: input.description,
            custom_fields: input.custom_fields,
        }
    }
}
