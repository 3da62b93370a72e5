//! The members of the organization.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::ValidJson;
use super::list::ListOut;
use crate::accounts::{members, reset};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::UserId;
use crate::domain::role::Role;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::membership::MemberRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, update, remove)).routes(routes!(create_reset_link))
}

/// A member of the organization.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberOut {
    id: UserId,
    email: String,
    name: String,
    role: Role,
    /// Since when.
    created_at: DateTime<Utc>,
}

impl From<MemberRow> for MemberOut {
    fn from(row: MemberRow) -> Self {
        Self { id: row.user_id, email: row.email, name: row.name, role: row.role, created_at: row.created_at }
    }
}

/// What can be changed of a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberPatch {
    role: Role,
}

/// A password reset link.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResetLinkOut {
    /// Works once, for an hour. Hand it to the member; it is not shown again.
    link: String,
}

/// Every member, by name
#[utoipa::path(get, path = "/members", tag = "Members", responses((status = 200, body = ListOut<MemberOut>)))]
async fn list(State(ctx): State<Context>, caller: Caller) -> Result<Json<ListOut<MemberOut>>, Problem> {
    let data = members::list(&ctx, &caller).await?.into_iter().map(MemberOut::from).collect();
    Ok(Json(ListOut { data, next_cursor: None }))
}

/// One member
#[utoipa::path(get, path = "/members/{id}", tag = "Members", params(("id" = UserId, Path)), responses((status = 200, body = MemberOut)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<UserId>) -> Result<Json<MemberOut>, Problem> {
    Ok(Json(members::get(&ctx, &caller, id).await?.into()))
}

/// Give a member another role
///
/// The last owner stays an owner (409). Only owners make and unmake owners.
#[utoipa::path(patch, path = "/members/{id}", tag = "Members", params(("id" = UserId, Path)), request_body = MemberPatch, responses((status = 200, body = MemberOut)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<UserId>,
    ValidJson(patch): ValidJson<MemberPatch>,
) -> Result<Json<MemberOut>, Problem> {
    Ok(Json(members::change_role(&ctx, &caller, id, patch.role).await?.into()))
}

/// Remove a member
#[utoipa::path(delete, path = "/members/{id}", tag = "Members", params(("id" = UserId, Path)), responses((status = 204)))]
async fn remove(State(ctx): State<Context>, caller: Caller, Params(id): Params<UserId>) -> Result<StatusCode, Problem> {
    members::remove(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make a password reset link for a member
#[utoipa::path(post, path = "/members/{id}/reset-link", tag = "Members", params(("id" = UserId, Path)), responses((status = 201, body = ResetLinkOut)))]
async fn create_reset_link(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<UserId>,
) -> Result<(StatusCode, Json<ResetLinkOut>), Problem> {
    let link = reset::create_link(&ctx, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(ResetLinkOut { link })))
}
