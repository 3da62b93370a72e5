//! Offers.

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
use crate::domain::id::{ApplicationId, OfferId};
use crate::domain::status::OfferStatus;
use crate::records::{Linked, offers};
use crate::server::problem::Problem;
use crate::server::state::AppState;

use crate::store::record::offer::{OfferFilter, OfferRow};

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// An offer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OfferOut {
    id: OfferId,
    application_id: ApplicationId,
    status: OfferStatus,
    version: i64,
    /// First day, `YYYY-MM-DD`.
    starts_on: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    resolved_at: Option<DateTime<Utc>>,
    #[schema(value_type = Object)]
    custom_fields: Value,
    links: Vec<LinkOut>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Linked<OfferRow>> for OfferOut {
    fn from(Linked { row, links: linked }: Linked<OfferRow>) -> Self {
        Self {
            id: row.id,
            application_id: row.application_id,
            status: row.status,
            version: row.version,
            starts_on: row.starts_on,
            sent_at: row.sent_at,
            resolved_at: row.resolved_at,
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
struct OffersQuery {
    /// Only of this application.
    application_id: Option<ApplicationId>,
}

#[utoipa::path(get, path = "/offers", tag = "Records", summary = "List offers", params(OffersQuery, ListQuery),
    responses((status = 200, body = ListOut<OfferOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(query): ValidQuery<OffersQuery>,
    page: ListQuery,
) -> Result<Json<ListOut<OfferOut>>, Problem> {
    let filter = OfferFilter { application: query.application_id };
    Ok(Json(offers::list(&ctx, &caller, &filter, page.page()).await?.into()))
}

#[utoipa::path(get, path = "/offers/{id}", tag = "Records", summary = "Show an offer", params(("id" = OfferId, Path)),
    responses((status = 200, body = OfferOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(id): Params<OfferId>) -> Result<Json<OfferOut>, Problem> {
    Ok(Json(offers::get(&ctx, &caller, id).await?.into()))
}
