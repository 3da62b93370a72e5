//! Applications.

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
use crate::domain::id::{ApplicationId, CandidateId, JobId, StageId};
use crate::domain::status::ApplicationStatus;
use crate::fault::Fault;
use crate::records::applications::{self, ApplicationInput, Around};
use crate::records::{Linked, timeline};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::event::EventFilter;
use crate::store::page::Page;
use crate::store::record::application::{ApplicationFilter, ApplicationRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update)).routes(routes!(show_timeline))
}

/// An application.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationOut {
    id: ApplicationId,
    candidate_id: CandidateId,
    #[schema(required = true)]
    job_id: Option<JobId>,
    status: ApplicationStatus,
    #[schema(required = true)]
    stage: Option<StageOut>,
    /// Where it can be moved to, in the order of the pipeline.
    available_stages: Vec<StageOut>,
    source: Option<String>,
    rejection_reason: Option<String>,
    applied_at: DateTime<Utc>,
    stage_entered_at: Option<DateTime<Utc>>,
    rejected_at: Option<DateTime<Utc>>,
    hired_at: Option<DateTime<Utc>>,
    last_activity_at: Option<DateTime<Utc>>,
    #[schema(value_type = Object)]
    custom_fields: Value,
    links: Vec<LinkOut>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A step of a pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageOut {
    #[schema(required = true)]
    id: Option<StageId>,
    name: String,
}

impl ApplicationOut {
    fn new(Linked { row, links: linked }: Linked<ApplicationRow>, around: &Around) -> Self {
        let stages = row.job_id.and_then(|job| around.stages.get(&job)).map(Vec::as_slice).unwrap_or_default();
        let stage = match (row.stage_id, row.stage_name) {
            (None, None) => None,
            (id, name) => Some(StageOut { id, name: name.unwrap_or_default() }),
        };
        Self {
            id: row.id,
            candidate_id: row.candidate_id,
            job_id: row.job_id,
            status: row.status,
            stage,
            available_stages: stages.iter().map(|stage| StageOut { id: Some(stage.id), name: stage.name.clone() }).collect(),
            source: row.source,
            rejection_reason: row.rejection_reason,
            applied_at: row.applied_at,
            stage_entered_at: row.stage_entered_at,
            rejected_at: row.rejected_at,
            hired_at: row.hired_at,
            last_activity_at: row.last_activity_at,
            custom_fields: row.custom_fields.0,
            links: links(linked),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// One application with where it can go.
///
/// # Errors
/// As the lookups around it.
pub(super) async fn out(ctx: &Context, caller: &Caller, application: Linked<ApplicationRow>) -> Result<ApplicationOut, Fault> {
    let around = applications::around(ctx, caller, [&application.row]).await?;
    Ok(ApplicationOut::new(application, &around))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct ApplicationsQuery {
    /// Only of this candidate.
    candidate_id: Option<CandidateId>,
    /// Only for this job.
    job_id: Option<JobId>,
    /// Only in this step.
    stage_id: Option<StageId>,
    /// Only in this status.
    status: Option<ApplicationStatus>,
}

#[utoipa::path(get, path = "/applications", tag = "Records", summary = "List applications", params(ApplicationsQuery, ListQuery),
    responses((status = 200, body = ListOut<ApplicationOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<ApplicationsQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<ApplicationOut>>, Problem> {
    let filter = ApplicationFilter { candidate: query.candidate_id, job: query.job_id, stage: query.stage_id, status: query.status };
    let Page { rows, next } = applications::list(&ctx, &caller, &filter, page.page()).await?;
    let around = applications::around(&ctx, &caller, rows.iter().map(|linked| &linked.row)).await?;
    Ok(Json(ListOut { data: rows.into_iter().map(|linked| ApplicationOut::new(linked, &around)).collect(), next_cursor: next }))
}

#[utoipa::path(get, path = "/applications/{id}", tag = "Records", summary = "Show an application", params(("id" = ApplicationId, Path)),
    responses((status = 200, body = ApplicationOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<ApplicationId>) -> Result<Json<ApplicationOut>, Problem> {
    let application = applications::get(&ctx, &caller, id).await?;
    Ok(Json(out(&ctx, &caller, application).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApplicationIn {
    candidate_id: CandidateId,
    job_id: Option<JobId>,
    source: Option<String>,
    applied_at: Option<DateTime<Utc>>,
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<Value>,
}

#[utoipa::path(post, path = "/applications", tag = "Records", summary = "Create an application here", request_body = ApplicationIn,
    responses((status = 201, body = ApplicationOut), (status = 422)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<ApplicationIn>,
) -> Result<(StatusCode, Json<ApplicationOut>), Problem> {
    let input = ApplicationInput {
        candidate: input.candidate_id,
        job: input.job_id,
        source: input.source,
        applied_at: input.applied_at,
        custom_fields: input.custom_fields,
    };
    let created = applications::create(&ctx, &caller, input).await?;
    Ok((StatusCode::CREATED, Json(out(&ctx, &caller, created).await?)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApplicationPatch {
    source: Option<String>,
    /// Replaces all of them.
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<Value>,
}

#[utoipa::path(patch, path = "/applications/{id}", tag = "Records", summary = "Change an application", params(("id" = ApplicationId, Path)),
    request_body = ApplicationPatch, responses((status = 200, body = ApplicationOut), (status = 404), (status = 422)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ApplicationId>,
    ValidJson(input): ValidJson<ApplicationPatch>,
) -> Result<Json<ApplicationOut>, Problem> {
    let updated = applications::update(&ctx, &caller, id, input.source, input.custom_fields).await?;
    Ok(Json(out(&ctx, &caller, updated).await?))
}

#[utoipa::path(get, path = "/applications/{id}/timeline", tag = "Records", summary = "List what happened to an application", params(("id" = ApplicationId, Path), ListQuery),
    responses((status = 200, body = ListOut<TimelineEntryOut>), (status = 404)))]
async fn show_timeline(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ApplicationId>,
    page: ListQuery,
) -> Result<Json<ListOut<TimelineEntryOut>>, Problem> {
    applications::get(&ctx, &caller, id).await?;
    let filter = EventFilter { application: Some(id), ..EventFilter::default() };
    Ok(Json(timeline::list(&ctx, &caller, filter, page.page()).await?.into()))
}
