//! The activity log of the organization.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::json::ValidQuery;
use super::list::{ListOut, ListQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ActivityId, IntegrationId};
use crate::operations::activity::{self, Activity, Filter};
use crate::server::problem::Problem;
use crate::server::state::AppState;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(verify))
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivityOut {
    id: ActivityId,
    /// Its place in the organization's chain, from 1.
    seq: i64,
    at: DateTime<Utc>,
    actor: ActorOut,
    /// What was done, such as `member.invited`.
    #[serde(rename = "type")]
    #[schema(example = "member.invited")]
    action: String,
    /// What it was done to.
    #[schema(required = true)]
    subject: Option<SubjectOut>,
    #[schema(required = true)]
    integration_id: Option<IntegrationId>,
    #[schema(required = true)]
    provider: Option<String>,
    success: bool,
    message: String,
    #[schema(required = true)]
    duration_ms: Option<i64>,
    /// Where the request came from.
    #[schema(required = true)]
    address: Option<String>,
    #[schema(required = true)]
    details: Option<serde_json::Value>,
    /// Ties together everything that follows from one request.
    #[schema(required = true)]
    trace_id: Option<Uuid>,
    /// SHA-256 over the entry before and this one, as hex.
    hash: String,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorOut {
    /// `user`, `api_key` or `system`.
    kind: String,
    #[schema(required = true)]
    id: Option<Uuid>,
    name: String,
}

/// What it was done to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectOut {
    #[schema(example = "user")]
    kind: String,
    id: Uuid,
}

impl From<Activity> for ActivityOut {
    fn from(row: Activity) -> Self {
        Self {
            id: row.id,
            seq: row.seq,
            at: row.at,
            actor: ActorOut { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
            action: row.action,
            subject: row.subject_kind.zip(row.subject_id).map(|(kind, id)| SubjectOut { kind, id }),
            integration_id: row.integration_id,
            provider: row.provider,
            success: row.success,
            message: row.message,
            duration_ms: row.duration_ms,
            address: row.address,
            details: row.details.map(|details| details.0),
            trace_id: row.trace_id,
            hash: hex::encode(row.hash),
        }
    }
}

/// Which entries to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default)]
#[into_params(parameter_in = Query)]
pub struct ActivityQuery {
    /// Only actions that begin so: `member.` or `member.invited`.
    #[serde(rename = "type")]
    action: Option<String>,
    /// Only by this user or key.
    actor_id: Option<Uuid>,
    /// Only about this integration.
    integration_id: Option<IntegrationId>,
    /// Only what worked, or what did not.
    success: Option<bool>,
    /// Not before this time.
    from: Option<DateTime<Utc>>,
    /// Before this time.
    until: Option<DateTime<Utc>>,
}

impl From<ActivityQuery> for Filter {
    fn from(query: ActivityQuery) -> Self {
        Self {
            action: query.action,
            actor: query.actor_id,
            integration: query.integration_id,
            success: query.success,
            from: query.from,
            until: query.until,
        }
    }
}

/// Whether the log is as it was written.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainOut {
    /// Whether every entry fits the one before.
    intact: bool,
    /// How many entries fit, from the first.
    entries: i64,
    /// The place of the first entry that is missing or was changed.
    #[schema(required = true)]
    broken_at: Option<i64>,
    /// The hash of the last entry, as hex. Kept elsewhere, it proves later that nothing before it was rewritten.
    #[schema(required = true)]
    head: Option<String>,
}

/// The activity log, newest first
#[utoipa::path(get, path = "/audit-log", tag = "Audit log", params(ListQuery, ActivityQuery), responses((status = 200, body = ListOut<ActivityOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    page: ListQuery,
    ValidQuery(query): ValidQuery<ActivityQuery>,
) -> Result<Json<ListOut<ActivityOut>>, Problem> {
    Ok(Json(activity::list(&ctx, &caller, &query.into(), page.page()).await?.into()))
}

/// Recompute the log's chain of hashes
#[utoipa::path(get, path = "/audit-log/verify", tag = "Audit log", responses((status = 200, body = ChainOut)))]
async fn verify(State(ctx): State<Context>, caller: Caller) -> Result<Json<ChainOut>, Problem> {
    let head = activity::head(&ctx, &caller).await?.map(|(_, hash)| hash);
    let verdict = activity::verify_chain(&ctx, &caller).await?;
    Ok(Json(ChainOut { intact: verdict.broken_at.is_none(), entries: verdict.entries, broken_at: verdict.broken_at, head }))
}
