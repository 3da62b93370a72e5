//! The organization itself.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::json::ValidJson;
use crate::accounts::organization;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::OrgId;
use crate::operations::retention::{self, Retention};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::organization::OrganizationRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(get, update)).routes(routes!(get_retention, set_retention))
}

/// The caller's organization.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationOut {
    id: OrgId,
    name: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<OrganizationRow> for OrganizationOut {
    fn from(row: OrganizationRow) -> Self {
        Self { id: row.id, name: row.name, created_at: row.created_at, updated_at: row.updated_at }
    }
}

/// What can be changed of the organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationPatch {
    name: String,
}

/// The caller's organization
#[utoipa::path(get, path = "/organization", tag = "Organization", responses((status = 200, body = OrganizationOut)))]
async fn get(State(ctx): State<Context>, caller: Caller) -> Result<Json<OrganizationOut>, Problem> {
    Ok(Json(organization::get(&ctx, &caller).await?.into()))
}

/// Rename the organization
#[utoipa::path(patch, path = "/organization", tag = "Organization", request_body = OrganizationPatch, responses((status = 200, body = OrganizationOut)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(patch): ValidJson<OrganizationPatch>,
) -> Result<Json<OrganizationOut>, Problem> {
    Ok(Json(organization::rename(&ctx, &caller, &patch.name).await?.into()))
}

/// How long webhooks' history is kept
#[utoipa::path(get, path = "/organization/retention", tag = "Organization", responses((status = 200, body = Retention)))]
async fn get_retention(State(ctx): State<Context>, caller: Caller) -> Result<Json<Retention>, Problem> {
    Ok(Json(retention::get(&ctx, &caller).await?))
}

/// Set how long webhooks' history is kept
#[utoipa::path(put, path = "/organization/retention", tag = "Organization", request_body = Retention,
    responses((status = 200, body = Retention), (status = 403), (status = 422)))]
async fn set_retention(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(wanted): ValidJson<Retention>,
) -> Result<Json<Retention>, Problem> {
    Ok(Json(retention::set(&ctx, &caller, wanted).await?))
}
