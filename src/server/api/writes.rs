//! Changes that go to the connected systems: moving, rejecting, hiring, applying, notes; and what became of each.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::applications::{self as applications_api, ApplicationOut};
use super::candidates::CandidateIn;
use super::ids::Params;
use super::json::{OptionalJson, ValidJson, ValidQuery};
use super::list::{ListOut, ListQuery};
use super::messages::MessageOut;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ApplicationId, CandidateId, IntegrationId, JobId, RemoteWriteId, StageId};
use crate::providers::Visibility;
use crate::records::Linked;
use crate::records::writes::{self, NewResume, Submission, Written};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::record::application::ApplicationRow;
use crate::store::record::message::MessageRow;
use crate::store::remote_write::{RemoteWriteFilter, RemoteWriteRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(move_to))
        .routes(routes!(reject))
        .routes(routes!(reasons))
        .routes(routes!(hire))
        .routes(routes!(submit))
        .routes(routes!(note))
        .routes(routes!(create_message))
        .routes(routes!(list))
        .routes(routes!(get))
}

/// A change that was sent to a connected system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WriteOut {
    id: RemoteWriteId,
    integration_id: IntegrationId,
    /// `move`, `reject`, `hire`, `submit` or `note`.
    kind: String,
    candidate_id: Option<CandidateId>,
    application_id: Option<ApplicationId>,
    job_id: Option<JobId>,
    /// `queued`, `sending`, `unknown` (sent, no answer came yet), `done` or `failed`.
    state: String,
    attempts: i64,
    /// What it made over there, and what did not come through.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    #[schema(required = true)]
    error: Option<WriteErrorOut>,
    created_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct WriteErrorOut {
    code: String,
    message: String,
}

impl From<RemoteWriteRow> for WriteOut {
    fn from(row: RemoteWriteRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            kind: row.kind,
            candidate_id: row.candidate_id,
            application_id: row.application_id,
            job_id: row.job_id,
            state: row.state,
            attempts: row.attempts,
            result: row.result.map(|result| result.0),
            error: row.error.map(|message| WriteErrorOut { code: row.error_code.unwrap_or_else(|| "internal".to_owned()), message }),
            created_at: row.created_at,
            sent_at: row.sent_at,
            finished_at: row.finished_at,
        }
    }
}

fn on_its_way(row: RemoteWriteRow) -> Response {
    (StatusCode::ACCEPTED, Json(WriteOut::from(row))).into_response()
}

async fn application(
    ctx: &Context,
    caller: &Caller,
    status: StatusCode,
    written: Written<Linked<ApplicationRow>>,
) -> Result<Response, Problem> {
    Ok(match written {
        Written::Done(row) => (status, Json(applications_api::out(ctx, caller, row).await?)).into_response(),
        Written::OnItsWay(row) => on_its_way(*row),
    })
}

fn message(written: Written<Linked<MessageRow>>) -> Response {
    match written {
        Written::Done(row) => (StatusCode::CREATED, Json(MessageOut::from(row))).into_response(),
        Written::OnItsWay(row) => on_its_way(*row),
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StageIn {
    /// One of the application's `availableStages`.
    stage_id: StageId,
}

#[utoipa::path(post, path = "/applications/{id}/stage", tag = "Changes", summary = "Move an application to another stage", params(("id" = ApplicationId, Path)),
    request_body = StageIn, responses((status = 200, body = ApplicationOut), (status = 202, body = WriteOut, description = "On its way to the connected system"),
    (status = 404), (status = 409, description = "It was moved over there meanwhile"), (status = 422)))]
async fn move_to(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ApplicationId>,
    ValidJson(input): ValidJson<StageIn>,
) -> Result<Response, Problem> {
    let written = writes::move_to(&ctx, &caller, id, input.stage_id).await?;
    application(&ctx, &caller, StatusCode::OK, written).await
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
struct RejectIn {
    /// One of the connected system's reasons, by name or id; any text for an application that lives here alone.
    reason: Option<String>,
    note: Option<String>,
}

#[utoipa::path(post, path = "/applications/{id}/reject", tag = "Changes", summary = "Reject an application", params(("id" = ApplicationId, Path)),
    request_body = RejectIn, responses((status = 200, body = ApplicationOut), (status = 202, body = WriteOut), (status = 404), (status = 409), (status = 422)))]
async fn reject(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ApplicationId>,
    OptionalJson(input): OptionalJson<RejectIn>,
) -> Result<Response, Problem> {
    let written = writes::reject(&ctx, &caller, id, input.reason, input.note).await?;
    application(&ctx, &caller, StatusCode::OK, written).await
}

/// A reason to choose.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonOut {
    id: String,
    name: String,
}

#[utoipa::path(get, path = "/applications/{id}/rejection-reasons", tag = "Changes", summary = "List the reasons an application can be rejected for",
    params(("id" = ApplicationId, Path)), responses((status = 200, body = ListOut<ReasonOut>), (status = 404)))]
async fn reasons(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ApplicationId>,
) -> Result<Json<ListOut<ReasonOut>>, Problem> {
    let reasons = writes::reasons(&ctx, &caller, id).await?;
    let data = reasons.into_iter().map(|reason| ReasonOut { id: reason.external_id, name: reason.name }).collect();
    Ok(Json(ListOut { data, next_cursor: None }))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
struct HireIn {
    /// First day at work.
    start_date: Option<NaiveDate>,
}

#[utoipa::path(post, path = "/applications/{id}/hire", tag = "Changes", summary = "Mark an application as hired", params(("id" = ApplicationId, Path)),
    request_body = HireIn, responses((status = 200, body = ApplicationOut), (status = 202, body = WriteOut), (status = 404), (status = 409), (status = 422)))]
async fn hire(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ApplicationId>,
    OptionalJson(input): OptionalJson<HireIn>,
) -> Result<Response, Problem> {
    let written = writes::hire(&ctx, &caller, id, input.start_date).await?;
    application(&ctx, &caller, StatusCode::OK, written).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SubmitIn {
    job_id: JobId,
    candidate: ApplicantIn,
    source: Option<String>,
    resume: Option<ResumeIn>,
}

/// The person: one who is known already by `id`, or a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ApplicantIn {
    id: Option<CandidateId>,
    #[serde(flatten)]
    person: CandidateIn,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResumeIn {
    filename: String,
    content_type: String,
    content_base64: String,
}

#[utoipa::path(post, path = "/applications/submit", tag = "Changes", summary = "Apply to a job for a person", request_body = SubmitIn,
    responses((status = 201, body = ApplicationOut), (status = 202, body = WriteOut), (status = 422)))]
async fn submit(State(ctx): State<Context>, caller: Caller, ValidJson(input): ValidJson<SubmitIn>) -> Result<Response, Problem> {
    let submission = Submission {
        job: input.job_id,
        candidate: input.candidate.id,
        person: input.candidate.person.into(),
        source: input.source,
        resume: input.resume.map(|resume| NewResume {
            filename: resume.filename,
            content_type: resume.content_type,
            content_base64: resume.content_base64,
        }),
    };
    let written = writes::submit(&ctx, &caller, submission).await?;
    application(&ctx, &caller, StatusCode::CREATED, written).await
}

/// Who may see a note.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum VisibilityIn {
    Public,
    Private,
    AdminOnly,
}

impl From<VisibilityIn> for Visibility {
    fn from(input: VisibilityIn) -> Self {
        match input {
            VisibilityIn::Public => Self::Public,
            VisibilityIn::Private => Self::Private,
            VisibilityIn::AdminOnly => Self::AdminOnly,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
struct NoteIn {
    body: String,
    /// `private` if not given.
    visibility: Option<VisibilityIn>,
}

#[utoipa::path(post, path = "/candidates/{id}/notes", tag = "Changes", summary = "Write a note on a candidate", params(("id" = CandidateId, Path)),
    request_body = NoteIn, responses((status = 201, body = MessageOut), (status = 202, body = WriteOut), (status = 404), (status = 422)))]
async fn note(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<CandidateId>,
    ValidJson(input): ValidJson<NoteIn>,
) -> Result<Response, Problem> {
    Ok(message(writes::note(&ctx, &caller, id, &input.body, input.visibility.map(Into::into)).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MessageIn {
    candidate_id: CandidateId,
    body: String,
    /// `private` if not given.
    visibility: Option<VisibilityIn>,
}

#[utoipa::path(post, path = "/messages", tag = "Changes", summary = "Write a note on a candidate, by body", request_body = MessageIn,
    responses((status = 201, body = MessageOut), (status = 202, body = WriteOut), (status = 404), (status = 422)))]
async fn create_message(State(ctx): State<Context>, caller: Caller, ValidJson(input): ValidJson<MessageIn>) -> Result<Response, Problem> {
    Ok(message(writes::note(&ctx, &caller, input.candidate_id, &input.body, input.visibility.map(Into::into)).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct WritesQuery {
    /// Only of this application.
    application_id: Option<ApplicationId>,
    /// Only about this candidate.
    candidate_id: Option<CandidateId>,
    /// Only through this integration.
    integration_id: Option<IntegrationId>,
    /// Only in this state.
    state: Option<String>,
}

#[utoipa::path(get, path = "/writes", tag = "Changes", summary = "List changes sent to connected systems", params(WritesQuery, ListQuery),
    responses((status = 200, body = ListOut<WriteOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<WritesQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<WriteOut>>, Problem> {
    let filter = RemoteWriteFilter {
        application: query.application_id,
        candidate: query.candidate_id,
        integration: query.integration_id,
        state: query.state,
    };
    Ok(Json(writes::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/writes/{id}", tag = "Changes", summary = "Show what became of a change", params(("id" = RemoteWriteId, Path)),
    responses((status = 200, body = WriteOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<RemoteWriteId>) -> Result<Json<WriteOut>, Problem> {
    Ok(Json(writes::get(&ctx, &caller, id).await?.into()))
}
