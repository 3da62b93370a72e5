//! Candidates.

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
use crate::domain::id::CandidateId;
use crate::providers::Contact;
use crate::records::{Linked, candidates, timeline};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::event::EventFilter;
use crate::store::record::candidate::{CandidateFilter, CandidateRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, update)).routes(routes!(show_timeline))
}

/// A candidate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CandidateOut {
    id: CandidateId,
    first_name: String,
    last_name: String,
    title: Option<String>,
    company: Option<String>,
    location: Option<String>,
    /// `[{value, type}]`.
    #[schema(value_type = Vec<Object>)]
    emails: Value,
    /// `[{value, type}]`.
    #[schema(value_type = Vec<Object>)]
    phones: Value,
    /// `[{value, type}]`.
    #[schema(value_type = Vec<Object>)]
    websites: Value,
    tags: Vec<String>,
    last_activity_at: Option<DateTime<Utc>>,
    #[schema(value_type = Object)]
    custom_fields: Value,
    links: Vec<LinkOut>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Linked<CandidateRow>> for CandidateOut {
    fn from(Linked { row, links: linked }: Linked<CandidateRow>) -> Self {
        Self {
            id: row.id,
            first_name: row.first_name,
            last_name: row.last_name,
            title: row.title,
            company: row.company,
            location: row.location,
            emails: row.emails.0,
            phones: row.phones.0,
            websites: row.websites.0,
            tags: row.tags.0,
            last_activity_at: row.last_activity_at,
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
struct CandidatesQuery {
    /// Only with this in name or address.
    search: Option<String>,
}

#[utoipa::path(get, path = "/candidates", tag = "Records", summary = "List candidates", params(CandidatesQuery, ListQuery),
    responses((status = 200, body = ListOut<CandidateOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<CandidatesQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<CandidateOut>>, Problem> {
    let filter = CandidateFilter { search: query.search };
    Ok(Json(candidates::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/candidates/{id}", tag = "Records", summary = "Show a candidate", params(("id" = CandidateId, Path)),
    responses((status = 200, body = CandidateOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<CandidateId>) -> Result<Json<CandidateOut>, Problem> {
    Ok(Json(candidates::get(&ctx, &caller, id).await?.into()))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CandidateIn {
    first_name: Option<String>,
    last_name: Option<String>,
    title: Option<String>,
    company: Option<String>,
    location: Option<String>,
    emails: Option<Vec<ContactIn>>,
    phones: Option<Vec<ContactIn>>,
    tags: Option<Vec<String>>,
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<Value>,
}

#[utoipa::path(post, path = "/candidates", tag = "Records", summary = "Create a candidate", request_body = CandidateIn,
    responses((status = 201, body = CandidateOut), (status = 422)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<CandidateIn>,
) -> Result<(StatusCode, Json<CandidateOut>), Problem> {
    let created = candidates::create(&ctx, &caller, input.into()).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

#[utoipa::path(patch, path = "/candidates/{id}", tag = "Records", summary = "Change a candidate", params(("id" = CandidateId, Path)), request_body = CandidateIn,
    responses((status = 200, body = CandidateOut), (status = 404), (status = 422)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<CandidateId>,
    ValidJson(input): ValidJson<CandidateIn>,
) -> Result<Json<CandidateOut>, Problem> {
    let updated = candidates::update(&ctx, &caller, id, input.into()).await?;
    Ok(Json(updated.into()))
}

#[utoipa::path(get, path = "/candidates/{id}/timeline", tag = "Records", summary = "List what happened to a candidate", params(("id" = CandidateId, Path), ListQuery),
    responses((status = 200, body = ListOut<TimelineEntryOut>), (status = 404)))]
async fn show_timeline(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<CandidateId>,
    page: ListQuery,
) -> Result<Json<ListOut<TimelineEntryOut>>, Problem> {
    candidates::get(&ctx, &caller, id).await?;
    let filter = EventFilter { candidate: Some(id), ..EventFilter::default() };
    Ok(Json(timeline::list(&ctx, &caller, filter, page.page()).await?.into()))
}

/// An address or number: a bare text, or with what it is for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
enum ContactIn {
    Bare(String),
    Typed {
        value: String,
        #[serde(rename = "type")]
        kind: Option<String>,
    },
}

impl From<ContactIn> for Contact {
    fn from(input: ContactIn) -> Self {
        match input {
            ContactIn::Bare(value) => Self { value, kind: None },
            ContactIn::Typed { value, kind } => Self { value, kind },
        }
    }
}

impl From<CandidateIn> for candidates::CandidateInput {
    fn from(input: CandidateIn) -> Self {
        let contacts = |list: Option<Vec<ContactIn>>| list.map(|list| list.into_iter().map(Contact::from).collect());
        Self {
            first_name: input.first_name,
            last_name: input.last_name,
            title: input.title,
            company: input.company,
            location: input.location,
            emails: contacts(input.emails),
            phones: contacts(input.phones),
            tags: input.tags,
            custom_fields: input.custom_fields,
        }
    }
}
