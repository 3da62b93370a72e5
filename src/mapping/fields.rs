//! The provider's side of a mapping: which fields it has, asked of the provider and found on the records that arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use moka::future::Cache;
use serde::Serialize;
use serde_json::Value;

use super::discover;
use super::path::without_positions;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::IntegrationId;
use crate::domain::mapping::FieldInfo;
use crate::domain::status::RecordKind;
use crate::fault::{Fault, Result};
use crate::integrations;
use crate::providers::catalogue;
use crate::store::integration::IntegrationRow;
use crate::store::link;

/// How many of the last records are looked at for fields, fill rates and suggestions.
pub const RECORDS_LOOKED_AT: i64 = 200;

/// How long the provider's answer is used.
const KEEP: Duration = Duration::from_secs(600);

/// Where a list of fields comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The provider said so.
    Provider,
    /// Only the records that arrived so far say so.
    Records,
}

/// The provider's fields of one kind of record.
#[derive(Debug, Clone)]
pub struct ProviderFields {
    /// The provider's name, for sentences.
    pub provider: String,
    /// Where the list comes from.
    pub origin: Origin,
    /// Why it does not come from the provider, as a sentence.
    pub note: Option<String>,
    /// The fields: first those of the provider's list in its order, then what else was found on records.
    pub list: Vec<FieldInfo>,
    /// How many fields the provider's own list has; the rest was found on records.
    pub stated: usize,
}

static CACHE: LazyLock<Cache<(IntegrationId, RecordKind), Arc<Vec<FieldInfo>>>> =
    LazyLock::new(|| Cache::builder().max_capacity(2_000).time_to_live(KEEP).build());

/// The raw records that arrived last, as JSON.
///
/// # Errors
/// The store's.
pub async fn recent_records(ctx: &Context, row: &IntegrationRow, kind: RecordKind, limit: i64) -> Result<Vec<(String, uuid::Uuid, Value)>> {
    let raw = link::list_raw_records(&ctx.store, row.organization_id, row.id, kind, limit).await?;
    Ok(raw.into_iter().filter_map(|one| Some((one.external_id, one.local_id, serde_json::from_str(&one.raw).ok()?))).collect())
}

/// The provider's fields of a kind of record; `records` are the ones that arrived last. With `fresh` the provider is asked even if it
/// was asked within the last ten minutes.
pub async fn provider_fields(ctx: &Context, row: &IntegrationRow, kind: RecordKind, records: &[Value], fresh: bool) -> ProviderFields {
    let name = catalogue::find(&row.provider).map_or_else(|| row.provider.clone(), |entry| entry.name.to_owned());
    match ask(ctx, row, kind, fresh).await {
        Ok(stated) => combine(name, &stated, records),
        Err(fault) => {
            tracing::debug!(integration.id = %row.id, provider = row.provider, code = fault.code.as_str(), "fields are taken from records");
            let many = records.len();
            let note = match many {
                0 => format!("{name} could not be asked for its fields, and no records arrived yet. {}", fault.detail),
                _ => format!("{name} could not be asked for its fields. These were found on the last {many} records. {}", fault.detail),
            };
            ProviderFields { origin: Origin::Records, note: Some(note), ..combine(name, &[], records) }
        }
    }
}

async fn ask(ctx: &Context, row: &IntegrationRow, kind: RecordKind, fresh: bool) -> Result<Arc<Vec<FieldInfo>>> {
    let key = (row.id, kind);
    if !fresh && let Some(kept) = CACHE.get(&key).await {
        return Ok(kept);
    }
    let (provider, connection) = integrations::open(ctx, row).await?;
    let ats = provider.as_ats().ok_or_else(|| Fault::new(ErrorCode::Unsupported, "This tool has no records to map."))?;
    let fields = ats
        .fields(&connection, kind)
        .await
        .map_err(|error| Fault::new(ErrorCode::ProviderUnavailable, error.sentence(provider.entry().name)).because(error))?;
    let fields = Arc::new(fields);
    CACHE.insert(key, Arc::clone(&fields)).await;
    Ok(fields)
}

/// The provider's list with what else is on the records.
fn combine(provider: String, stated: &[FieldInfo], records: &[Value]) -> ProviderFields {
    let mut list = stated.to_vec();
    let names: BTreeSet<&str> = stated.iter().map(|field| field.name.as_str()).collect();
    let writable: BTreeMap<String, bool> = stated.iter().map(|field| (root(&field.name), field.writable)).collect();
    list.extend(discover::fields(records).into_iter().filter(|field| !names.contains(field.name.as_str())).map(|field| {
        // A part of a field can be written if the field can.
        let writable = writable.get(&root(&field.name)).copied().unwrap_or(stated.is_empty() || field.custom);
        FieldInfo { writable, ..field }
    }));
    ProviderFields { provider, origin: Origin::Provider, note: None, stated: stated.len(), list }
}

fn root(name: &str) -> String {
    let whole = without_positions(name);
    let steps = if whole.starts_with("custom_fields.") { 2 } else { 1 };
    whole.split('.').take(steps).collect::<Vec<_>>().join(".")
}

impl ProviderFields {
    /// The field a path leads to: a listed one, one of a list's elements, or a part of a field nothing more is known of.
    pub fn find(&self, path: &str) -> Option<&FieldInfo> {
        if let Some(exact) = self.list.iter().find(|field| field.name == path) {
            return Some(exact);
        }
        let wanted = without_positions(path);
        let same = self.list.iter().find(|field| without_positions(&field.name) == wanted);
        same.or_else(|| {
            self.list.iter().find(|field| {
                let name = without_positions(&field.name);
                let is_inside = wanted.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.'));
                let is_open = matches!(field.kind.as_str(), "list" | "object" | "any");
                let is_known_inside = || {
                    let prefix = format!("{name}.");
                    self.list.iter().any(|other| without_positions(&other.name).starts_with(&prefix))
                };
                is_inside && is_open && !is_known_inside()
            })
        })
    }

    /// The names, for suggesting the nearest one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|field| field.name.as_str())
    }
}

/// The name most like a wrong one, if any is like it.
pub fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let wrong = plain(wrong);
    let scored = names.map(|name| {
        let name_plain = plain(name);
        let part = name_plain.rsplit('.').next().unwrap_or_default();
        let score =
            strsim::normalized_damerau_levenshtein(&wrong, &name_plain).max(strsim::normalized_damerau_levenshtein(&wrong, part) - 0.05);
        (score, name)
    });
    scored.filter(|(score, _)| *score >= 0.55).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn info(name: &str, kind: &str, writable: bool) -> FieldInfo {
        FieldInfo { name: name.to_owned(), label: name.to_owned(), kind: kind.to_owned(), custom: false, writable }
    }

    #[test]
    fn a_path_is_found_in_the_list_or_inside_a_field() {
        let stated = [info("email_addresses", "list", true), info("id", "number", false), info("addresses", "list", true)];
        let records = [json!({"id": 1, "email_addresses": [{"value": "a@x.example", "type": "work"}], "extra": "x"})];
        let fields = combine("Greenhouse".into(), &stated, &records);
        for (path, writable) in [
            ("id", Some(false)),
            ("email_addresses.3.value", Some(true)),
            ("email_addresses.value", Some(true)),
            ("email_addresses.valu", None),
            // Nothing is known of what stands in an address.
            ("addresses.0.value", Some(true)),
            ("extra", Some(false)),
            ("id.x", None),
            ("emial", None),
        ] {
            assert_eq!(fields.find(path).map(|field| field.writable), writable, "{path}");
        }
        assert_eq!(fields.stated, 3);
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let names = ["first_name", "last_name", "email_addresses.0.value", "title", "custom_fields.salary.value"];
        for (wrong, near) in
            [("firstName", Some("first_name")), ("titel", Some("title")), ("lastname", Some("last_name")), ("zzz", None), ("", None)]
        {
            assert_eq!(nearest(wrong, names.into_iter()), near, "{wrong}");
        }
    }
}
