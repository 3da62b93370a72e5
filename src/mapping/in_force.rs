//! The mapping in force for a kind of record, ready for use.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use moka::future::Cache;
use serde_json::Value;

use super::apply::{Compiled, reverse_rules};
use crate::context::Context;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::mapping::{Direction, Rule};
use crate::domain::status::RecordKind;
use crate::fault::{Fault, Result};
use crate::records::ingest::Overlay;
use crate::store::mapping::{self, MappingRow};

/// How long another process may go on with the version before. This one learns of a new version at once.
const KEEP: Duration = Duration::from_secs(5);

/// A stored mapping in both directions, as far as it has them.
#[derive(Debug, Clone)]
struct InForce {
    inbound: Option<Arc<Compiled>>,
    outbound: Option<Arc<Compiled>>,
}

type Key = (IntegrationId, RecordKind);

static CACHE: LazyLock<Cache<Key, Option<Arc<InForce>>>> =
    LazyLock::new(|| Cache::builder().max_capacity(10_000).time_to_live(KEEP).build());

/// What to do with records of this kind as they come in; `None` without a mapping for that.
///
/// # Errors
/// [`ErrorCode::Invalid`] if the stored rules cannot be used any more; the store's.
pub async fn in_force(ctx: &Context, organization: OrgId, integration: IntegrationId, kind: RecordKind) -> Result<Option<Arc<Compiled>>> {
    Ok(find(ctx, organization, integration, kind).await?.and_then(|mapping| mapping.inbound.clone()))
}

/// What to do with records of this kind as they go out: the record is ours (see [`super::local`]), the targets are the provider's
/// fields; `None` without a mapping for that.
///
/// # Errors
/// As [`in_force`].
pub async fn in_force_outbound(
    ctx: &Context,
    organization: OrgId,
    integration: IntegrationId,
    kind: RecordKind,
) -> Result<Option<Arc<Compiled>>> {
    Ok(find(ctx, organization, integration, kind).await?.and_then(|mapping| mapping.outbound.clone()))
}

/// Makes the next call read the stored mapping again.
pub(super) async fn forget(integration: IntegrationId, kind: RecordKind) {
    CACHE.invalidate(&(integration, kind)).await;
}

async fn find(ctx: &Context, organization: OrgId, integration: IntegrationId, kind: RecordKind) -> Result<Option<Arc<InForce>>> {
    let key = (integration, kind);
    if let Some(kept) = CACHE.get(&key).await {
        return Ok(kept);
    }
    let row = mapping::find_mapping(&ctx.store, organization, integration, kind.as_str()).await?;
    let found = row.filter(|row| !row.rules.0.is_empty()).map(|row| compile(&row, kind)).transpose()?.map(Arc::new);
    CACHE.insert(key, found.clone()).await;
    Ok(found)
}

fn compile(row: &MappingRow, kind: RecordKind) -> Result<InForce> {
    let both = directions(&row.rules.0, row.direction, kind).map_err(|errors| {
        let first = errors.first().map_or("", |error| error.detail.as_str());
        Fault {
            fields: errors.clone(),
            ..Fault::new(
                ErrorCode::Invalid,
                format!(
                    "Version {} of the {kind} mapping cannot be used any more: {first} Open the mapping and save it again.",
                    row.version
                ),
            )
        }
    })?;
    let ready = |one: Option<Compiled>| one.map(|one| Arc::new(one.with_version(row.version)));
    Ok(InForce { inbound: ready(both.0), outbound: ready(both.1) })
}

/// The rules compiled for records coming in and for records going out, as far as the direction has them.
///
/// # Errors
/// Every wrong field, with pointers below `/mappings`.
pub(super) fn directions(
    rules: &[Rule],
    direction: Direction,
    kind: RecordKind,
) -> Result<(Option<Compiled>, Option<Compiled>), Vec<FieldError>> {
    Ok(match direction {
        Direction::Inbound => (Some(Compiled::inbound(kind, rules)?), None),
        Direction::Outbound => (None, Some(Compiled::new(rules)?)),
        Direction::Bidirectional => {
            let outbound = Compiled::new(rules)?;
            (Some(Compiled::inbound(kind, &reverse_rules(rules)?)?), Some(outbound))
        }
    })
}

impl Overlay for Compiled {
    fn version(&self) -> i64 {
        self.version
    }

    fn values(&self, raw: &Value) -> Result<Vec<(String, Value)>, String> {
        self.apply(raw).map_err(|error| format!("The mapping of {} failed. {}", error.target, error.message))
    }
}
