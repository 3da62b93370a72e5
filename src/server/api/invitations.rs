//! Invitations into the organization.

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
use crate::accounts::invitations::{self, Invited};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{InvitationId, UserId};
use crate::domain::role::Role;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::invitation::InvitationRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}

/// An open invitation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationOut {
    id: InvitationId,
    email: String,
    role: Role,
    /// Who invited; null if it was not a person.
    #[schema(required = true)]
    invited_by: Option<UserId>,
    created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    expires_at: DateTime<Utc>,
}

impl From<InvitationRow> for InvitationOut {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            email: row.email,
            role: row.role,
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationIn {
    email: String,
    role: Role,
}

/// A new invitation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedOut {
    #[serde(flatten)]
    invitation: InvitationOut,
    /// The link to accept with, good once, for seven days. It is not shown again.
    link: String,
    /// Whether it was sent by mail.
    is_mailed: bool,
}

impl From<Invited> for InvitedOut {
    fn from(invited: Invited) -> Self {
        Self { invitation: invited.invitation.into(), link: invited.link, is_mailed: invited.is_mailed }
    }
}

/// Open invitations
#[utoipa::path(get, path = "/invitations", tag = "Members", responses((status = 200, body = ListOut<InvitationOut>)))]
async fn list(State(ctx): State<Context>, caller: Caller) -> Result<Json<ListOut<InvitationOut>>, Problem> {
    let data = invitations::list(&ctx, &caller).await?.into_iter().map(InvitationOut::from).collect();
    Ok(Json(ListOut { data, next_cursor: None }))
}

/// Invite somebody
///
/// An open invitation to the same address is replaced, so this also sends one again.
#[utoipa::path(post, path = "/invitations", tag = "Members", request_body = InvitationIn, responses((status = 201, body = InvitedOut)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<InvitationIn>,
) -> Result<(StatusCode, Json<InvitedOut>), Problem> {
    let invited = invitations::create(&ctx, &caller, &input.email, input.role).await?;
    Ok((StatusCode::CREATED, Json(invited.into())))
}

/// Withdraw an invitation
#[utoipa::path(delete, path = "/invitations/{id}", tag = "Members", params(("id" = InvitationId, Path)), responses((status = 204)))]
async fn revoke(State(ctx): State<Context>, caller: Caller, Params(id): Params<InvitationId>) -> Result<StatusCode, Problem> {
    invitations::revoke(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
