//! API keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::ValidJson;
use super::list::ListOut;
use crate::accounts::api_keys::{self, Created, NewKey};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ApiKeyId, UserId};
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::api_key::ApiKeyRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(get, revoke))
}

/// An API key, without the key itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyOut {
    id: ApiKeyId,
    name: String,
    /// The key's first characters, to know it by.
    prefix: String,
    /// Its rights; `*` is every right.
    scopes: Vec<String>,
    /// Networks it may be used from; none means anywhere.
    allowed_networks: Vec<String>,
    /// Who made it; null if it was not a person.
    #[schema(required = true)]
    created_by: Option<UserId>,
    created_at: DateTime<Utc>,
    /// Until when it works; null means until it is revoked.
    #[schema(required = true)]
    expires_at: Option<DateTime<Utc>>,
    /// To the minute.
    #[schema(required = true)]
    last_used_at: Option<DateTime<Utc>>,
    #[schema(required = true)]
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiKeyRow> for ApiKeyOut {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes.0,
            allowed_networks: row.allowed_networks.0,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// What a new key shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyIn {
    name: String,
    /// Rights such as `records:read`, or `*`. A key has no right that its maker lacks.
    scopes: Vec<String>,
    /// Addresses or networks it may be used from, such as `203.0.113.0/24`.
    #[serde(default)]
    allowed_networks: Vec<String>,
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

impl From<ApiKeyIn> for NewKey {
    fn from(input: ApiKeyIn) -> Self {
        Self { name: input.name, scopes: input.scopes, allowed_networks: input.allowed_networks, expires_at: input.expires_at }
    }
}

/// A new key.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedKeyOut {
    #[serde(flatten)]
    row: ApiKeyOut,
    /// The whole key. It is not shown again.
    #[schema(example = "hw_gq3f2cXb0mXGZ0mBvN1sQJ5c8y2rK9tUeW4aHdLpO7i")]
    key: String,
}

impl From<Created> for CreatedKeyOut {
    fn from(created: Created) -> Self {
        Self { key: created.key.expose_secret().to_owned(), row: created.row.into() }
    }
}

/// Keys that were not revoked, newest first
#[utoipa::path(get, path = "/api-keys", tag = "API keys", responses((status = 200, body = ListOut<ApiKeyOut>)))]
async fn list(State(ctx): State<Context>, caller: Caller) -> Result<Json<ListOut<ApiKeyOut>>, Problem> {
    let data = api_keys::list(&ctx, &caller).await?.into_iter().map(ApiKeyOut::from).collect();
    Ok(Json(ListOut { data, next_cursor: None }))
}

/// Make a key
#[utoipa::path(post, path = "/api-keys", tag = "API keys", request_body = ApiKeyIn, responses((status = 201, body = CreatedKeyOut)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<ApiKeyIn>,
) -> Result<(StatusCode, Json<CreatedKeyOut>), Problem> {
    let created = api_keys::create(&ctx, &caller, &input.into()).await?;
    Ok((StatusCode::CREATED, Json(created.into())))
}

/// One key
#[utoipa::path(get, path = "/api-keys/{id}", tag = "API keys", params(("id" = ApiKeyId, Path)), responses((status = 200, body = ApiKeyOut)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<ApiKeyId>) -> Result<Json<ApiKeyOut>, Problem> {
    Ok(Json(api_keys::get(&ctx, &caller, id).await?.into()))
}

/// Revoke a key
///
/// It stops working at once; with several server processes, within five seconds.
#[utoipa::path(delete, path = "/api-keys/{id}", tag = "API keys", params(("id" = ApiKeyId, Path)), responses((status = 204)))]
async fn revoke(State(ctx): State<Context>, caller: Caller, Params(id): Params<ApiKeyId>) -> Result<StatusCode, Problem> {
    api_keys::revoke(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
