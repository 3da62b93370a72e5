//! Notices to the caller.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::ids::Params;
use super::json::ValidQuery;
use super::list::{ListOut, ListQuery};
use crate::accounts::notifications;
use crate::caller::Caller;
use crate::context::Context;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::notification::NotificationRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(mark_all_read)).routes(routes!(mark_read))
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationOut {
    id: Uuid,
    /// What it is about, such as `integration.error`.
    kind: String,
    /// `info`, `warning` or `bad`.
    level: String,
    title: String,
    body: String,
    /// Where to mend it: a path of this server.
    #[schema(required = true)]
    link: Option<String>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    read_at: Option<DateTime<Utc>>,
}

impl From<NotificationRow> for NotificationOut {
    fn from(row: NotificationRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            level: row.level,
            title: row.title,
            body: row.body,
            link: row.link,
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

/// Which notices to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
pub struct NotificationQuery {
    /// Only those that were not read.
    unread: Option<bool>,
}

/// Notices to the caller and to everyone, newest first
#[utoipa::path(get, path = "/notifications", tag = "Notifications", params(ListQuery, NotificationQuery), responses((status = 200, body = ListOut<NotificationOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    page: ListQuery,
    ValidQuery(query): ValidQuery<NotificationQuery>,
) -> Result<Json<ListOut<NotificationOut>>, Problem> {
    Ok(Json(notifications::list(&ctx, &caller, query.unread.unwrap_or(false), page.page()).await?.into()))
}

/// Mark a notice read
#[utoipa::path(post, path = "/notifications/{id}/read", tag = "Notifications", params(("id" = Uuid, Path)), responses((status = 204)))]
async fn mark_read(State(ctx): State<Context>, caller: Caller, Params(id): Params<Uuid>) -> Result<StatusCode, Problem> {
    notifications::mark_read(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark every notice read
#[utoipa::path(post, path = "/notifications/read", tag = "Notifications", responses((status = 204)))]
async fn mark_all_read(State(ctx): State<Context>, caller: Caller) -> Result<StatusCode, Problem> {
    notifications::mark_all_read(&ctx, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
