//! The signed-in person's own sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::list::ListOut;
use crate::accounts::sessions::{self, OwnSession};
use crate::context::Context;
use crate::server::auth::RequireUser;
use crate::server::problem::Problem;
use crate::server::state::AppState;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, revoke_others)).routes(routes!(revoke))
}

/// A browser that is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionOut {
    /// Its name; it does not open the session.
    id: String,
    /// Whether it is the one that asks.
    is_current: bool,
    #[schema(required = true)]
    user_agent: Option<String>,
    /// Where it was signed in from.
    #[schema(required = true)]
    address: Option<String>,
    created_at: DateTime<Utc>,
    /// To the hour.
    seen_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<OwnSession> for SessionOut {
    fn from(session: OwnSession) -> Self {
        let row = session.row;
        Self {
            id: row.id,
            is_current: session.is_current,
            user_agent: row.user_agent,
            address: row.address,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        }
    }
}

/// One's own sessions
///
/// For signed-in people; an API key has none.
#[utoipa::path(get, path = "/sessions", tag = "Sessions", responses((status = 200, body = ListOut<SessionOut>)))]
async fn list(State(ctx): State<Context>, user: RequireUser) -> Result<Json<ListOut<SessionOut>>, Problem> {
    let data = sessions::list(&ctx, &user.me).await?.into_iter().map(SessionOut::from).collect();
    Ok(Json(ListOut { data, next_cursor: None }))
}

/// End one's other sessions
#[utoipa::path(delete, path = "/sessions", tag = "Sessions", responses((status = 204)))]
async fn revoke_others(State(ctx): State<Context>, user: RequireUser) -> Result<StatusCode, Problem> {
    sessions::revoke_others(&ctx, &user.me, &user.visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End one of one's own sessions
#[utoipa::path(delete, path = "/sessions/{id}", tag = "Sessions", params(("id" = String, Path)), responses((status = 204)))]
async fn revoke(State(ctx): State<Context>, user: RequireUser, Params(id): Params<String>) -> Result<StatusCode, Problem> {
    sessions::revoke(&ctx, &user.me, &user.visitor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
