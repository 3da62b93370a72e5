//! Messages.

use axum::Json;
use axum::extract::State;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::ValidQuery;
use super::list::{ListOut, ListQuery};
use super::record::{LinkOut, links};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ApplicationId, CandidateId, MessageId};
use crate::records::{Linked, messages};
use crate::server::problem::Problem;
use crate::server::state::AppState;

use crate::store::record::message::{MessageFilter, MessageRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// A note or message on a candidate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageOut {
    id: MessageId,
    candidate_id: CandidateId,
    application_id: Option<ApplicationId>,
    /// `note` or `email`.
    kind: String,
    body: String,
    /// `public`, `private` or `admin_only`.
    visibility: String,
    author: String,
    links: Vec<LinkOut>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Linked<MessageRow>> for MessageOut {
    fn from(Linked { row, links: linked }: Linked<MessageRow>) -> Self {
        Self {
            id: row.id,
            candidate_id: row.candidate_id,
            application_id: row.application_id,
            kind: row.kind,
            body: row.body,
            visibility: row.visibility,
            author: row.author,
            links: links(linked),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct MessagesQuery {
    /// Only about this candidate.
    candidate_id: Option<CandidateId>,
}

#[utoipa::path(get, path = "/messages", tag = "Records", summary = "List messages", params(MessagesQuery, ListQuery),
    responses((status = 200, body = ListOut<MessageOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<MessagesQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<MessageOut>>, Problem> {
    let filter = MessageFilter { candidate: query.candidate_id };
    Ok(Json(messages::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/messages/{id}", tag = "Records", summary = "Show a message", params(("id" = MessageId, Path)),
    responses((status = 200, body = MessageOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<MessageId>) -> Result<Json<MessageOut>, Problem> {
    Ok(Json(messages::get(&ctx, &caller, id).await?.into()))
}
