//! What a mapping would do: tried on real records, nothing saved.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::apply::Compiled;
use super::discover::{self, Fill};
use super::service::{Place, Which, place};
use super::{fields, local, reverse_rules, validate};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::mapping::{Direction, FieldInfo, Rule};
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::fault::Result;

/// Most records of a preview.
pub const RECORDS_MAX: u32 = 20;

/// A mapping tried on real records.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What would keep it from being saved, with pointers below `/mappings`.
    pub problems: Vec<FieldError>,
    /// One entry per record.
    pub records: Vec<PreviewRecord>,
}

/// One record of a preview.
#[derive(Debug, Clone)]
pub struct PreviewRecord {
    /// Its id at the provider; none for one of ours that goes out.
    pub external_id: Option<String>,
    /// Its id here.
    pub local_id: Uuid,
    /// One per line of the mapping, in their order.
    pub values: Vec<PreviewValue>,
}

/// What one line makes of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewValue {
    /// The field it is read from.
    pub source_field: String,
    /// The field it goes to.
    pub target_field: String,
    /// The value found; null for none.
    pub before: Value,
    /// The value that comes out; null for none or after an error.
    pub after: Value,
    /// Why the line cannot be applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Tries rules on at most `limit` (1-20) real records. Records of candidates are shown, so reading records must be allowed too.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`]; rules that are not valid are no
/// error but [`Preview::problems`].
pub async fn preview(
    ctx: &Context,
    caller: &Caller,
    which: &Which,
    kind: RecordKind,
    rules: &[Rule],
    direction: Direction,
    limit: u32,
) -> Result<Preview> {
    caller.require(Scope::IntegrationsRead)?;
    caller.require(Scope::RecordsRead)?;
    let place = place(ctx, caller, which, kind).await?;
    let (provider, _) = place.provider_fields(ctx, false).await?;
    let problems = validate::check(rules, direction, kind, &provider);
    let records = samples(ctx, &place, direction, limit.clamp(1, RECORDS_MAX)).await?;
    Ok(Preview { problems, records: apply(rules, direction, kind, &records) })
}

/// Real records in the form that the direction's rules read, with their ids.
pub(super) async fn samples(ctx: &Context, place: &Place, direction: Direction, limit: u32) -> Result<Vec<(Option<String>, Uuid, Value)>> {
    if direction == Direction::Inbound {
        let records = fields::recent_records(ctx, &place.integration, place.kind, i64::from(limit)).await?;
        return Ok(records.into_iter().map(|(external, local, record)| (Some(external), local, record)).collect());
    }
    let records = local::newest(&ctx.store, place.integration.organization_id, place.kind, limit).await?;
    Ok(records.into_iter().map(|(local, record)| (None, local, record)).collect())
}

/// Each line is tried by itself, so that one wrong line does not hide what the others do.
pub(super) fn apply(
    rules: &[Rule],
    direction: Direction,
    kind: RecordKind,
    records: &[(Option<String>, Uuid, Value)],
) -> Vec<PreviewRecord> {
    let compiled: Vec<Result<Compiled, String>> = rules
        .iter()
        .map(|rule| {
            let one = std::slice::from_ref(rule);
            let ready = match direction {
                Direction::Inbound => Compiled::inbound(kind, one),
                Direction::Outbound => Compiled::new(one),
                Direction::Bidirectional => Compiled::new(one).and_then(|ready| reverse_rules(one).map(|_| ready)),
            };
            ready.map_err(|errors| errors.into_iter().map(|error| error.detail).collect::<Vec<_>>().join(" "))
        })
        .collect();
    let try_one = |rule: &Rule, ready: &Result<Compiled, String>, record: &Value| {
        let (before, after) = match ready {
            Ok(ready) => {
                ready.explain(record).next().map_or((Value::Null, Ok(Value::Null)), |(before, after)| (before.into_owned(), after))
            }
            Err(sentence) => (Value::Null, Err(sentence.clone())),
        };
        let (after, error) = match after {
            Ok(after) => (after, None),
            Err(error) => (Value::Null, Some(error)),
        };
        PreviewValue { source_field: rule.source_field.clone(), target_field: rule.target_field.clone(), before, after, error }
    };
    records
        .iter()
        .map(|(external_id, local_id, record)| PreviewRecord {
            external_id: external_id.clone(),
            local_id: *local_id,
            values: rules.iter().zip(&compiled).map(|(rule, ready)| try_one(rule, ready, record)).collect(),
        })
        .collect()
}

/// A field of the provider's with what the records say about it.
#[derive(Debug, Clone)]
pub struct SourceField {
    /// The field.
    pub info: FieldInfo,
    /// How often it is filled.
    pub fill: Fill,
}

/// The two sides of a mapping.
#[derive(Debug, Clone)]
pub struct Sides {
    /// The connection.
    pub place: Place,
    /// The provider's name.
    pub provider_name: String,
    /// Where the provider's fields come from.
    pub origin: fields::Origin,
    /// Why they do not come from the provider, as a sentence.
    pub note: Option<String>,
    /// The provider's fields.
    pub provider: Vec<SourceField>,
    /// Our fields, the customer's own among them.
    pub local: Vec<FieldInfo>,
    /// The records that were looked at.
    pub samples: Vec<Value>,
}

impl Sides {
    /// The provider's fields as rules are held against them.
    pub fn provider_fields(&self) -> fields::ProviderFields {
        let list: Vec<FieldInfo> = self.provider.iter().map(|field| field.info.clone()).collect();
        fields::ProviderFields {
            provider: self.provider_name.clone(),
            origin: self.origin,
            note: self.note.clone(),
            stated: list.len(),
            list,
        }
    }
}

/// Both sides' fields. With `fresh` the provider is asked even if it was asked within the last ten minutes. Examples are given to
/// callers who may read records.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`].
pub async fn sides(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind, fresh: bool) -> Result<Sides> {
    let place = place(ctx, caller, which, kind).await?;
    let (provider, records) = place.provider_fields(ctx, fresh).await?;
    let with_example = caller.may(Scope::RecordsRead);
    let ours = local::newest(&ctx.store, caller.organization, kind, 50).await?;
    let local = super::targets::infos(kind, local::custom_names(ours.iter().map(|(_, record)| record)));
    let list =
        provider.list.into_iter().map(|info| SourceField { fill: discover::fill(&info.name, &records, with_example), info }).collect();
    Ok(Sides {
        place,
        provider_name: provider.provider.clone(),
        origin: provider.origin,
        note: provider.note,
        provider: list,
        local,
        samples: records,
    })
}
