//! The versions of a mapping: which there are, how two differ, and going back to one.

use serde::Serialize;

use super::service::{Mapping, Place, Which, place, store_version};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::mapping::Rule;
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::fault::{Fault, Result};
use crate::store::mapping;

/// How one target's line differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The field that is filled.
    pub target_field: String,
    /// The line before; none if it came new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Rule>,
    /// The line after; none if it went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Rule>,
}

/// A version with what it changed against the one before.
#[derive(Debug, Clone)]
pub struct Version {
    /// The mapping as it was then.
    pub mapping: Mapping,
    /// Whether it is the one in force.
    pub is_in_force: bool,
    /// What changed against the version before it.
    pub changes: Vec<Difference>,
}

/// Every version for a kind of record, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`].
pub async fn list(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind) -> Result<Vec<Version>> {
    let place = place(ctx, caller, which, kind).await?;
    let all = stored(ctx, &place).await?;
    Ok(all
        .iter()
        .enumerate()
        .map(|(index, mapping)| Version {
            is_in_force: index == 0,
            changes: difference(all.get(index + 1).map_or(&[], |older| older.rules.as_slice()), &mapping.rules),
            mapping: mapping.clone(),
        })
        .collect())
}

/// How a version's lines differ from another's.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`].
pub async fn diff(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind, from: i64, to: i64) -> Result<Vec<Difference>> {
    let place = place(ctx, caller, which, kind).await?;
    let all = stored(ctx, &place).await?;
    Ok(difference(&find(&all, from)?.rules, &find(&all, to)?.rules))
}

/// Makes an old version's lines the newest version. Nothing is lost: what was in force stays in the list.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`],
/// [`crate::domain::error::ErrorCode::Conflict`] if somebody saves at the same moment.
pub async fn restore(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind, version: i64) -> Result<Mapping> {
    caller.require(Scope::IntegrationsWrite)?;
    let place = place(ctx, caller, which, kind).await?;
    let all = stored(ctx, &place).await?;
    let old = find(&all, version)?;
    let current = all.first().unwrap_or(old);
    let note = Some(format!("Restored from version {version}"));
    store_version(ctx, caller, &place, current, old.direction, old.rules.clone(), note).await
}

async fn stored(ctx: &Context, place: &Place) -> Result<Vec<Mapping>> {
    let rows = mapping::list_mappings(&ctx.store, place.integration.organization_id, place.integration.id).await?;
    Ok(rows.into_iter().filter(|row| row.object == place.kind.as_str()).map(|row| place.mapping(row)).collect())
}

fn find(all: &[Mapping], version: i64) -> Result<&Mapping> {
    all.iter().find(|mapping| mapping.version == version).ok_or_else(|| Fault::not_found("version of this mapping"))
}

/// How the lines changed, by target, in the order of the later ones; what went comes last.
pub fn difference(before: &[Rule], after: &[Rule]) -> Vec<Difference> {
    let old = |target: &str| before.iter().find(|rule| rule.target_field == target);
    let mut all: Vec<Difference> = after
        .iter()
        .filter(|rule| old(&rule.target_field) != Some(*rule))
        .map(|rule| Difference {
            target_field: rule.target_field.clone(),
            before: old(&rule.target_field).cloned(),
            after: Some(rule.clone()),
        })
        .collect();
    let gone = before.iter().filter(|rule| !after.iter().any(|other| other.target_field == rule.target_field));
    all.extend(gone.map(|rule| Difference { target_field: rule.target_field.clone(), before: Some(rule.clone()), after: None }));
    all
}
