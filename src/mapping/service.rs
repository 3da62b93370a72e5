//! Reading and saving mappings. Every save is a new version; nothing is overwritten.

use chrono::{DateTime, Utc};

use super::fields::{self, ProviderFields};
use super::in_force::{directions, forget};
use super::{reverse_rules, targets, validate};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::id::IntegrationId;
use crate::domain::mapping::{Direction, Rule};
use crate::domain::role::Scope;
use crate::domain::status::{IntegrationStatus, RecordKind};
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::providers::catalogue;
use crate::store::integration::{self, IntegrationRow};
use crate::store::mapping::{self, MappingRow};
use crate::store::{self, Json};

/// Which connection is meant.
#[derive(Debug, Clone)]
pub enum Which {
    /// This one.
    Integration(IntegrationId),
    /// The organization's connection to this provider.
    Provider(String),
}

/// A connection and the kind of its records that a mapping is for.
#[derive(Debug, Clone)]
pub struct Place {
    /// The connection.
    pub integration: IntegrationRow,
    /// The kind of record.
    pub kind: RecordKind,
}

/// A mapping as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// Of which connection.
    pub integration: IntegrationId,
    /// Its provider's slug.
    pub provider: String,
    /// For which kind of record.
    pub kind: RecordKind,
    /// Which version; 0 when nothing was saved yet.
    pub version: i64,
    /// Which way it applies.
    pub direction: Direction,
    /// The lines.
    pub rules: Vec<Rule>,
    /// Why this version was made.
    pub note: Option<String>,
    /// Who made it.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Option<DateTime<Utc>>,
}

/// What to save.
#[derive(Debug, Clone, Default)]
pub struct Save {
    /// Lines to put in: over those of the same target, else at the end.
    pub rules: Vec<Rule>,
    /// Which way the mapping applies; as before if not given, inbound for a new one.
    pub direction: Option<Direction>,
    /// Forget every line that is not among `rules`.
    pub replace: bool,
    /// Targets whose lines go.
    pub remove: Vec<String>,
    /// The version this builds on; saving fails if another one is in force.
    pub base_version: Option<i64>,
    /// Why, for the list of versions.
    pub note: Option<String>,
}

/// The kind of record named `object`; candidates if none is named.
///
/// # Errors
/// [`ErrorCode::Invalid`] for what cannot be mapped.
pub fn kind(object: Option<&str>) -> Result<RecordKind> {
    let Some(object) = object.map(str::trim).filter(|object| !object.is_empty()) else { return Ok(RecordKind::Candidate) };
    let name = object.to_lowercase();
    let name = name.strip_suffix('s').unwrap_or(&name);
    let known = |kind: &RecordKind| kind.as_str() == name || (name == "contact" && *kind == RecordKind::Candidate);
    targets::OBJECTS.iter().copied().find(known).ok_or_else(|| {
        let all: Vec<&str> = targets::OBJECTS.iter().map(|kind| kind.as_str()).collect();
        Fault::invalid("/object", format!("There is nothing to map for “{object}”. Choose one of {}.", all.join(", ")))
    })
}

/// The connection that is meant, of the caller's organization.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Invalid`] if the organization has several connections to the provider.
pub async fn place(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind) -> Result<Place> {
    caller.require(Scope::IntegrationsRead)?;
    let integration = match which {
        Which::Integration(id) => {
            integration::find_integration(&ctx.store, caller.organization, *id).await?.ok_or_else(|| Fault::not_found("integration"))?
        }
        Which::Provider(name) => {
            let entry = catalogue::find(name)
                .ok_or_else(|| Fault::invalid("/provider", format!("There is no provider “{name}” in the catalogue.")))?;
            let mut all = integration::list_integrations(&ctx.store, caller.organization, Some(entry.slug)).await?;
            if all.len() > 1 && all.iter().filter(|row| row.status == IntegrationStatus::Active).count() == 1 {
                all.retain(|row| row.status == IntegrationStatus::Active);
            }
            match all.len() {
                1 => all.remove(0),
                0 => {
                    return Err(Fault::new(
                        ErrorCode::NotFound,
                        format!("{} is not connected yet. Connect it first, then map its fields.", entry.name),
                    ));
                }
                many => {
                    return Err(Fault::invalid(
                        "/provider",
                        format!("There are {many} connections to {}. Name the one you mean with integrationId.", entry.name),
                    ));
                }
            }
        }
    };
    Ok(Place { integration, kind })
}

impl Place {
    /// The stored mapping in force, or an empty one.
    ///
    /// # Errors
    /// The store's.
    pub async fn current(&self, ctx: &Context) -> Result<Mapping> {
        let row = mapping::find_mapping(&ctx.store, self.integration.organization_id, self.integration.id, self.kind.as_str()).await?;
        Ok(row.map_or_else(|| self.empty(), |row| self.mapping(row)))
    }

    fn empty(&self) -> Mapping {
        Mapping {
            integration: self.integration.id,
            provider: self.integration.provider.clone(),
            kind: self.kind,
            version: 0,
            direction: Direction::Inbound,
            rules: Vec::new(),
            note: None,
            created_by: None,
            created_at: None,
        }
    }

    pub(super) fn mapping(&self, row: MappingRow) -> Mapping {
        Mapping {
            version: row.version,
            direction: row.direction,
            rules: row.rules.0,
            note: row.note,
            created_by: Some(row.created_by),
            created_at: Some(row.created_at),
            ..self.empty()
        }
    }

    /// The provider's fields, and the records that arrived last.
    ///
    /// # Errors
    /// The store's.
    pub async fn provider_fields(&self, ctx: &Context, fresh: bool) -> Result<(ProviderFields, Vec<serde_json::Value>)> {
        let records = fields::recent_records(ctx, &self.integration, self.kind, fields::RECORDS_LOOKED_AT).await?;
        let records: Vec<_> = records.into_iter().map(|(_, _, record)| record).collect();
        Ok((fields::provider_fields(ctx, &self.integration, self.kind, &records, fresh).await, records))
    }
}

/// The mapping in force; an empty one of version 0 if none was saved.
///
/// # Errors
/// [`ErrorCode::Forbidden`], [`ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind) -> Result<Mapping> {
    place(ctx, caller, which, kind).await?.current(ctx).await
}

/// Saves a mapping as a new version, after holding it against the provider's real fields. Saving what is in force already makes no
/// version.
///
/// # Errors
/// [`ErrorCode::Forbidden`], [`ErrorCode::NotFound`]; [`ErrorCode::Invalid`] naming every wrong field; [`ErrorCode::Conflict`] if
/// somebody else saved meanwhile; [`ErrorCode::ProviderUnavailable`] if nothing is known of the provider's fields.
pub async fn save(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind, save: Save) -> Result<Mapping> {
    caller.require(Scope::IntegrationsWrite)?;
    let place = place(ctx, caller, which, kind).await?;
    let current = place.current(ctx).await?;
    if let Some(base) = save.base_version
        && base != current.version
    {
        return Err(changed_meanwhile(&current));
    }
    let direction = save.direction.unwrap_or(current.direction);
    let (provider, _) = place.provider_fields(ctx, false).await?;
    if provider.list.is_empty() && !save.rules.is_empty() {
        let detail = provider.note.unwrap_or_else(|| format!("Nothing is known of {}'s fields.", provider.provider));
        return Err(Fault::new(ErrorCode::ProviderUnavailable, format!("{detail} Test the connection, then save again.")));
    }
    if let Some(fault) = Fault::invalid_fields(validate::check(&save.rules, direction, kind, &provider)) {
        return Err(fault);
    }
    let rules = merge(&current, &save, direction)?;
    // The stored lines may clash with the new ones, which no line of the input is to blame for alone.
    let clashes = validate::check(&rules, direction, kind, &provider);
    if let Some(first) = clashes.first() {
        return Err(Fault::invalid("/mappings", format!("Together with the stored lines this does not work. {}", first.detail)));
    }
    let note = save.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    if note.as_ref().is_some_and(|note| note.chars().count() > 200) {
        return Err(Fault::invalid("/note", "A note has at most 200 characters."));
    }
    store_version(ctx, caller, &place, &current, direction, rules, note).await
}

/// Puts the input over the stored lines, by target.
fn merge(current: &Mapping, save: &Save, direction: Direction) -> Result<Vec<Rule>> {
    let mut rules = if save.replace { Vec::new() } else { turn(&current.rules, current.direction, direction)? };
    let mut errors = Vec::new();
    for (index, target) in save.remove.iter().enumerate() {
        let before = rules.len();
        rules.retain(|rule| rule.target_field != *target);
        if before == rules.len() {
            errors.push(FieldError { pointer: format!("/remove/{index}"), detail: format!("No line fills “{target}”.") });
        }
    }
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    for rule in &save.rules {
        match rules.iter_mut().find(|other| other.target_field == rule.target_field) {
            Some(other) => *other = rule.clone(),
            None => rules.push(rule.clone()),
        }
    }
    Ok(rules)
}

/// Stored rules written for another direction: the same lines with source and target changed over.
fn turn(rules: &[Rule], from: Direction, to: Direction) -> Result<Vec<Rule>> {
    let is_inbound = |direction| direction == Direction::Inbound;
    if is_inbound(from) == is_inbound(to) {
        return Ok(rules.to_vec());
    }
    reverse_rules(rules).map_err(|errors| {
        let first = errors.first().map_or("", |error| error.detail.as_str());
        Fault::invalid("/direction", format!("The stored lines cannot be turned around. {first} Or replace them with `replace`."))
    })
}

/// Inserts a version and tells the activity log.
pub(super) async fn store_version(
    ctx: &Context,
    caller: &Caller,
    place: &Place,
    current: &Mapping,
    direction: Direction,
    rules: Vec<Rule>,
    note: Option<String>,
) -> Result<Mapping> {
    if let Err(errors) = directions(&rules, direction, place.kind) {
        return Err(Fault::invalid_fields(errors).unwrap_or_else(|| Fault::invalid("/mappings", "The mapping is not valid.")));
    }
    if rules == current.rules && direction == current.direction {
        return Ok(current.clone());
    }
    let row = MappingRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        integration_id: place.integration.id,
        object: place.kind.as_str().to_owned(),
        version: current.version + 1,
        direction,
        rules: Json(rules),
        note,
        created_by: caller.name().to_owned(),
        created_at: ctx.clock.now(),
    };
    let lines = match row.rules.0.len() {
        0 => "no lines".to_owned(),
        1 => "1 line".to_owned(),
        many => format!("{many} lines"),
    };
    let message = format!("Saved version {} of the {} mapping with {lines}.", row.version, place.kind);
    let entry = Entry::new("mapping.saved", message)
        .subject("mapping", row.id.0)
        .integration(place.integration.id, &place.integration.provider)
        .details(serde_json::json!({ "object": place.kind, "version": row.version, "direction": direction, "note": row.note }));
    let mut tx = ctx.store.begin().await?;
    match mapping::insert_mapping(&mut tx, &row).await {
        Ok(()) => {}
        Err(store::Error::Conflict(_)) => return Err(changed_meanwhile(current)),
        Err(error) => return Err(error.into()),
    }
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    forget(place.integration.id, place.kind).await;
    Ok(place.mapping(row))
}

fn changed_meanwhile(current: &Mapping) -> Fault {
    Fault::conflict(format!("Somebody else saved this {} mapping in the meantime. Load it again, then make your change.", current.kind))
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
