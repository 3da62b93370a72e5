//! Interviews.

use axum::Json;
use axum::extract::State;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::ValidQuery;
use super::list::{ListOut, ListQuery};
use super::record::{LinkOut, links};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ApplicationId, InterviewId};
use crate::domain::status::InterviewStatus;
use crate::records::{Linked, interviews};
use crate::server::problem::Problem;
use crate::server::state::AppState;

use crate::store::record::interview::{InterviewFilter, InterviewRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// An interview.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InterviewOut {
    id: InterviewId,
    application_id: ApplicationId,
    title: String,
    status: InterviewStatus,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    timezone: Option<String>,
    location: Option<String>,
    meeting_url: Option<String>,
    #[schema(value_type = Vec<Object>)]
    attendees: Value,
    #[schema(value_type = Object)]
    custom_fields: Value,
    links: Vec<LinkOut>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Linked<InterviewRow>> for InterviewOut {
    fn from(Linked { row, links: linked }: Linked<InterviewRow>) -> Self {
        Self {
            id: row.id,
            application_id: row.application_id,
            title: row.title,
            status: row.status,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            timezone: row.timezone,
            location: row.location,
            meeting_url: row.meeting_url,
            attendees: row.attendees.0,
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
struct InterviewsQuery {
    /// Only of this application.
    application_id: Option<ApplicationId>,
    /// Only beginning at or after this.
    from: Option<DateTime<Utc>>,
    /// Only beginning before this.
    until: Option<DateTime<Utc>>,
}

#[utoipa::path(get, path = "/interviews", tag = "Records", summary = "List interviews", params(InterviewsQuery, ListQuery),
    responses((status = 200, body = ListOut<InterviewOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<InterviewsQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<InterviewOut>>, Problem> {
    let filter = InterviewFilter { application: query.application_id, from: query.from, until: query.until };
    Ok(Json(interviews::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/interviews/{id}", tag = "Records", summary = "Show an interview", params(("id" = InterviewId, Path)),
    responses((status = 200, body = InterviewOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<InterviewId>) -> Result<Json<InterviewOut>, Problem> {
    Ok(Json(interviews::get(&ctx, &caller, id).await?.into()))
}
