//! Field mappings: `/integrations/mapping`, the fields of both sides, preview and versions.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Params, ValidJson, ValidQuery};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::id::IntegrationId;
use crate::domain::mapping::{Direction, FieldInfo, Rule, Transform};
use crate::domain::status::RecordKind;
use crate::fault::Fault;
use crate::mapping::discover::Fill;
use crate::mapping::fields::Origin;
use crate::mapping::preview::{PreviewValue, RECORDS_MAX, SourceField};
use crate::mapping::suggest::Suggestion;
use crate::mapping::versions::{Difference, Version};
use crate::mapping::{self, Mapping, Save, Which, suggest, versions};
use crate::server::problem::Result;
use crate::server::state::AppState;

/// The routes of this resource.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(get_mapping, save_mapping))
        .routes(routes!(preview_mapping))
        .routes(routes!(get_fields))
        .routes(routes!(list_versions))
        .routes(routes!(restore_version))
}

/// Which mapping is meant: by `integrationId`, or by `provider` where there is one connection to it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct PlaceQuery {
    /// The provider's slug, such as `greenhouse`.
    provider: Option<String>,
    /// The connection.
    integration_id: Option<IntegrationId>,
    /// The kind of record: `candidate` (if none is given), `application`, `job`, `interview` or `offer`.
    object: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ObjectQuery {
    /// The kind of record: `candidate` (if none is given), `application`, `job`, `interview` or `offer`.
    object: Option<String>,
    /// Ask the provider now, even if it was asked within the last ten minutes.
    #[serde(default)]
    fresh: bool,
}

/// A mapping to save. The lines are merged into the stored mapping by target field.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"provider": "zoho", "mappings": [{"sourceField": "name", "targetField": "Full_Name", "transform": "none"}, {"sourceField": "email", "targetField": "Email", "transform": "lowercase"}], "direction": "bidirectional"}))]
struct MappingIn {
    /// The provider's slug, where there is one connection to it.
    provider: Option<String>,
    /// The connection.
    integration_id: Option<IntegrationId>,
    /// The kind of record; `candidate` if not given.
    object: Option<String>,
    /// The lines. Inbound the source is the provider's field and the target ours; outbound and bidirectional the source is ours and
    /// the target the provider's. Each line takes one `transform` or a list of `transforms`.
    #[serde(default)]
    mappings: Vec<Rule>,
    /// Which way the mapping applies: as before if not given, `inbound` for a new one.
    direction: Option<Direction>,
    /// Forget every stored line that is not among `mappings`.
    #[serde(default)]
    replace: bool,
    /// Targets whose lines go.
    #[serde(default)]
    remove: Vec<String>,
    /// The version this builds on; 409 if another one is in force.
    version: Option<i64>,
    /// Why, for the list of versions.
    note: Option<String>,
}

/// A mapping to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PreviewIn {
    /// The provider's slug, where there is one connection to it.
    provider: Option<String>,
    /// The connection.
    integration_id: Option<IntegrationId>,
    /// The kind of record; `candidate` if not given.
    object: Option<String>,
    /// The lines to try; the stored ones if not given.
    mappings: Option<Vec<Rule>>,
    /// Which way; as stored if not given.
    direction: Option<Direction>,
    /// How many records, 1-20; 20 if not given.
    #[schema(minimum = 1, maximum = 20)]
    limit: Option<u32>,
}

/// A mapping.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MappingOut {
    /// The connection.
    integration_id: IntegrationId,
    /// Its provider.
    provider: String,
    /// The kind of record.
    object: RecordKind,
    /// Which version; 0 when nothing was saved yet.
    version: i64,
    /// Which way it applies.
    direction: Direction,
    /// The lines.
    mappings: Vec<RuleOut>,
    /// Why this version was made.
    #[schema(required = true)]
    note: Option<String>,
    /// Who made it.
    #[schema(required = true)]
    updated_by: Option<String>,
    /// When.
    #[schema(required = true)]
    updated_at: Option<DateTime<Utc>>,
}

/// One line of a mapping.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RuleOut {
    /// Field of the source.
    source_field: String,
    /// Field of the target.
    target_field: String,
    /// The change where there is at most one: its name, or an object where it has settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    transform: Option<serde_json::Value>,
    /// Every change, in order.
    transforms: Vec<Transform>,
}

impl From<Rule> for RuleOut {
    fn from(rule: Rule) -> Self {
        let transform = match rule.transforms.as_slice() {
            [] => Some(serde_json::Value::from("none")),
            [one @ (Transform::Uppercase | Transform::Lowercase | Transform::Trim)] => Some(serde_json::Value::from(one.name())),
            [one] => serde_json::to_value(one).ok(),
            _ => None,
        };
        Self { source_field: rule.source_field, target_field: rule.target_field, transform, transforms: rule.transforms }
    }
}

impl From<Mapping> for MappingOut {
    fn from(mapping: Mapping) -> Self {
        Self {
            integration_id: mapping.integration,
            provider: mapping.provider,
            object: mapping.kind,
            version: mapping.version,
            direction: mapping.direction,
            mappings: mapping.rules.into_iter().map(RuleOut::from).collect(),
            note: mapping.note,
            updated_by: mapping.created_by,
            updated_at: mapping.created_at,
        }
    }
}

/// What a mapping makes of real records.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PreviewOut {
    /// What would keep it from being saved.
    problems: Vec<FieldError>,
    /// The records it was tried on.
    records: Vec<PreviewRecordOut>,
}

/// One record of a preview.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PreviewRecordOut {
    /// Its id at the provider; null for one of ours that goes out.
    #[schema(required = true)]
    external_id: Option<String>,
    /// Its id here.
    id: Uuid,
    /// One per line.
    values: Vec<PreviewValue>,
}

/// The fields of both sides.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct FieldsOut {
    /// The kind of record.
    object: RecordKind,
    /// `provider` if the provider said which fields it has, `records` if they were only found on the records that arrived.
    origin: Origin,
    /// Why the list does not come from the provider.
    #[schema(required = true)]
    note: Option<String>,
    /// On how many records the fill rates are based.
    records: usize,
    /// The provider's fields.
    data: Vec<SourceFieldOut>,
    /// Our fields.
    local: Vec<FieldInfo>,
    /// Lines that might be wanted.
    suggestions: Vec<SuggestionOut>,
}

/// A field of the provider's.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SourceFieldOut {
    #[serde(flatten)]
    field: FieldInfo,
    #[serde(flatten)]
    fill: Fill,
}

impl From<SourceField> for SourceFieldOut {
    fn from(field: SourceField) -> Self {
        Self { field: field.info, fill: field.fill }
    }
}

/// A line that might be wanted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SuggestionOut {
    #[serde(flatten)]
    rule: RuleOut,
    /// How sure, 0 to 100.
    confidence: u8,
    /// Why.
    reason: String,
}

impl From<Suggestion> for SuggestionOut {
    fn from(suggestion: Suggestion) -> Self {
        Self { rule: suggestion.rule.into(), confidence: suggestion.confidence, reason: suggestion.reason }
    }
}

/// The versions of a mapping, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VersionsOut {
    /// The versions.
    data: Vec<VersionOut>,
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct VersionOut {
    #[serde(flatten)]
    mapping: MappingOut,
    /// Whether it is the one in force.
    is_in_force: bool,
    /// What changed against the version before it.
    changes: Vec<Difference>,
}

impl From<Version> for VersionOut {
    fn from(version: Version) -> Self {
        Self { mapping: version.mapping.into(), is_in_force: version.is_in_force, changes: version.changes }
    }
}

fn which(integration: Option<IntegrationId>, provider: Option<String>) -> Result<Which, Fault> {
    match (integration, provider) {
        (Some(id), _) => Ok(Which::Integration(id)),
        (None, Some(provider)) => Ok(Which::Provider(provider)),
        (None, None) => Err(Fault::invalid("/provider", "Name the provider, or the connection by integrationId.")),
    }
}

/// The mapping in force
#[utoipa::path(get, path = "/integrations/mapping", tag = "Mapping", params(PlaceQuery), responses((status = 200, body = MappingOut)))]
async fn get_mapping(State(ctx): State<Context>, caller: Caller, ValidQuery(query): ValidQuery<PlaceQuery>) -> Result<Json<MappingOut>> {
    let which = which(query.integration_id, query.provider)?;
    let kind = mapping::kind(query.object.as_deref())?;
    Ok(Json(mapping::get(&ctx, &caller, &which, kind).await?.into()))
}

/// Save a mapping as a new version
#[utoipa::path(post, path = "/integrations/mapping", tag = "Mapping", request_body = MappingIn, responses((status = 200, body = MappingOut)))]
async fn save_mapping(State(ctx): State<Context>, caller: Caller, ValidJson(body): ValidJson<MappingIn>) -> Result<Json<MappingOut>> {
    let which = which(body.integration_id, body.provider)?;
    let kind = mapping::kind(body.object.as_deref())?;
    let save = Save {
        rules: body.mappings,
        direction: body.direction,
        replace: body.replace,
        remove: body.remove,
        base_version: body.version,
        note: body.note,
    };
    Ok(Json(mapping::save(&ctx, &caller, &which, kind, save).await?.into()))
}

/// Try a mapping on real records without saving it
///
/// Shows records, so it needs `records:read` besides `integrations:read`.
#[utoipa::path(post, path = "/integrations/mapping/preview", tag = "Mapping", request_body = PreviewIn, responses((status = 200, body = PreviewOut)))]
async fn preview_mapping(State(ctx): State<Context>, caller: Caller, ValidJson(body): ValidJson<PreviewIn>) -> Result<Json<PreviewOut>> {
    let which = which(body.integration_id, body.provider)?;
    let kind = mapping::kind(body.object.as_deref())?;
    let stored = mapping::get(&ctx, &caller, &which, kind).await?;
    let (rules, direction) = (body.mappings.unwrap_or(stored.rules), body.direction.unwrap_or(stored.direction));
    let preview = mapping::preview(&ctx, &caller, &which, kind, &rules, direction, body.limit.unwrap_or(RECORDS_MAX)).await?;
    let records = preview
        .records
        .into_iter()
        .map(|record| PreviewRecordOut { external_id: record.external_id, id: record.local_id, values: record.values })
        .collect();
    Ok(Json(PreviewOut { problems: preview.problems, records }))
}

/// The fields of both sides, with fill rates and suggestions
#[utoipa::path(get, path = "/integrations/{id}/fields", tag = "Mapping", params(("id" = IntegrationId, Path), ObjectQuery), responses((status = 200, body = FieldsOut)))]
async fn get_fields(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    ValidQuery(query): ValidQuery<ObjectQuery>,
) -> Result<Json<FieldsOut>> {
    let kind = mapping::kind(query.object.as_deref())?;
    let sides = mapping::sides(&ctx, &caller, &Which::Integration(id), kind, query.fresh).await?;
    let stored = sides.place.current(&ctx).await?;
    let suggestions = suggest::suggest(&sides, &stored.rules, stored.direction);
    Ok(Json(FieldsOut {
        object: kind,
        origin: sides.origin,
        note: sides.note,
        records: sides.samples.len(),
        data: sides.provider.into_iter().map(SourceFieldOut::from).collect(),
        local: sides.local,
        suggestions: suggestions.into_iter().map(SuggestionOut::from).collect(),
    }))
}

/// Every version of a mapping
#[utoipa::path(get, path = "/integrations/{id}/mapping/versions", tag = "Mapping", params(("id" = IntegrationId, Path), ObjectQuery), responses((status = 200, body = VersionsOut)))]
async fn list_versions(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    ValidQuery(query): ValidQuery<ObjectQuery>,
) -> Result<Json<VersionsOut>> {
    let kind = mapping::kind(query.object.as_deref())?;
    let all = versions::list(&ctx, &caller, &Which::Integration(id), kind).await?;
    Ok(Json(VersionsOut { data: all.into_iter().map(VersionOut::from).collect() }))
}

/// Make an old version the newest one
#[utoipa::path(post, path = "/integrations/{id}/mapping/versions/{n}/restore", tag = "Mapping", params(("id" = IntegrationId, Path), ("n" = i64, Path), ObjectQuery), responses((status = 200, body = MappingOut)))]
async fn restore_version(
    State(ctx): State<Context>,
    caller: Caller,
    Params((id, version)): Params<(IntegrationId, i64)>,
    ValidQuery(query): ValidQuery<ObjectQuery>,
) -> Result<Json<MappingOut>> {
    let kind = mapping::kind(query.object.as_deref())?;
    Ok(Json(versions::restore(&ctx, &caller, &Which::Integration(id), kind, version).await?.into()))
}
