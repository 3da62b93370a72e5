//! The catalogue of providers.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::catalogue::{AuthType, Availability, Capability, Category, FieldKind};
use crate::domain::role::Scope;
use crate::integrations::connect::entry;
use crate::providers::catalogue::{self, Entry};
use crate::server::problem::Problem;
use crate::server::state::AppState;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get))
}

/// A provider of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderOut {
    /// Stable name.
    slug: &'static str,
    /// The name people know.
    name: &'static str,
    /// Kind of tool.
    category: Category,
    /// How a connection proves itself.
    auth_type: AuthType,
    /// Whether this version can connect it.
    availability: Availability,
    /// Whether this installation has what it needs (an OAuth client, for example).
    configured: bool,
    /// What it does here.
    summary: &'static str,
    /// What a person fills in; `credentials` of connect takes these names.
    fields: Vec<ProviderFieldOut>,
    /// What can be switched on, with the scopes it needs.
    features: Vec<ProviderFeatureOut>,
    /// What a connection can do at most.
    capabilities: Vec<Capability>,
    /// The provider's own limits.
    limits: Vec<ProviderLimitOut>,
    /// The set-up guide.
    guide: Vec<ProviderStepOut>,
    /// The page with the guide.
    guide_url: String,
    /// What surprises people.
    notes: Vec<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderFieldOut {
    name: &'static str,
    label: &'static str,
    kind: FieldKind,
    secret: bool,
    required: bool,
    help: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderFeatureOut {
    key: &'static str,
    name: &'static str,
    scopes: Vec<&'static str>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderLimitOut {
    what: &'static str,
    value: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProviderStepOut {
    title: &'static str,
    text: &'static str,
}

impl ProviderOut {
    fn new(ctx: &Context, entry: &'static Entry) -> Self {
        let has_code = ctx.providers.get(entry.slug).is_some();
        Self {
            slug: entry.slug,
            name: entry.name,
            category: entry.category,
            auth_type: entry.auth_type,
            availability: if has_code { Availability::Available } else { Availability::Planned },
            configured: has_code && entry.oauth.is_none_or(|client| ctx.config.oauth.contains_key(client.family)),
            summary: entry.summary,
            fields: entry
                .fields
                .iter()
                .map(|field| ProviderFieldOut {
                    name: field.name,
                    label: field.label,
                    kind: field.kind,
                    secret: field.secret,
                    required: field.required,
                    help: field.help,
                })
                .collect(),
            features: entry
                .features
                .iter()
                .map(|feature| ProviderFeatureOut { key: feature.key, name: feature.name, scopes: feature.scopes.to_vec() })
                .collect(),
            capabilities: entry.capabilities.to_vec(),
            limits: entry.limits.iter().map(|limit| ProviderLimitOut { what: limit.what, value: limit.value }).collect(),
            guide: entry.guide.iter().map(|step| ProviderStepOut { title: step.title, text: step.text }).collect(),
            guide_url: format!("/integrations/connect/{}", entry.slug),
            notes: entry.notes.to_vec(),
        }
    }
}

#[utoipa::path(get, path = "/integrations/providers", tag = "Integrations", summary = "List the catalogue",
    responses((status = 200, body = Vec<ProviderOut>)))]
async fn list(State(ctx): State<Context>, caller: Caller) -> Result<Json<serde_json::Value>, Problem> {
    caller.require(Scope::IntegrationsRead)?;
    let data: Vec<ProviderOut> = catalogue::all().map(|entry| ProviderOut::new(&ctx, entry)).collect();
    Ok(Json(serde_json::json!({ "data": data, "nextCursor": null })))
}

#[utoipa::path(get, path = "/integrations/providers/{provider}", tag = "Integrations", summary = "Show a provider",
    params(("provider" = String, Path, description = "Its slug")), responses((status = 200, body = ProviderOut), (status = 404)))]
async fn get(State(ctx): State<Context>, caller: Caller, Params(provider): Params<String>) -> Result<Json<ProviderOut>, Problem> {
    caller.require(Scope::IntegrationsRead)?;
    Ok(Json(ProviderOut::new(&ctx, entry(&provider)?)))
}
