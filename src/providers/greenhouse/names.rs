//! Names for ids that v3 only refers to: sources, rejection reasons, offices. Looked up once per piece of work, 50 at a time.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use super::super::{BadRecord, Choice, Connection, Error, Remote, RemoteData};
use super::{API, FILTER_IDS_MAX, PAGE_RECORDS_MAX};

const SOURCES: &str = "sources";
const REASONS: &str = "rejection_reasons";
const OFFICES: &str = "offices";

#[derive(Deserialize)]
struct Named {
    id: i64,
    name: Option<String>,
}

/// Puts names where `wire::record` left ids. A name that cannot be had (a missing scope, a deleted source) leaves the field empty.
pub(super) async fn fill(cx: &Connection, records: &mut [Result<Remote, BadRecord>]) -> Result<(), Error> {
    let mut wanted: [BTreeSet<String>; 3] = Default::default();
    for remote in records.iter().flatten() {
        match &remote.data {
            RemoteData::Application(data) => {
                wanted[0].extend(data.source.clone());
                wanted[1].extend(data.rejection_reason.clone());
            }
            RemoteData::Job(data) => wanted[2].extend(data.location.iter().flat_map(|ids| ids.split(',')).map(str::to_owned)),
            _ => {}
        }
    }
    for (kind, ids) in [SOURCES, REASONS, OFFICES].into_iter().zip(wanted) {
        look_up(cx, kind, ids).await?;
    }
    let name = |kind, id: &str| cx.known_name(kind, id).flatten().map(|name| name.to_string());
    for remote in records.iter_mut().flatten() {
        match &mut remote.data {
            RemoteData::Application(data) => {
                data.source = data.source.take().and_then(|id| name(SOURCES, &id));
                data.rejection_reason = data.rejection_reason.take().and_then(|id| name(REASONS, &id));
            }
            RemoteData::Job(data) => {
                let names: Vec<String> = data.location.iter().flat_map(|ids| ids.split(',')).filter_map(|id| name(OFFICES, id)).collect();
                data.location = (!names.is_empty()).then(|| names.join(" · "));
            }
            _ => {}
        }
    }
    Ok(())
}

async fn look_up(cx: &Connection, kind: &'static str, ids: BTreeSet<String>) -> Result<(), Error> {
    let unknown: Vec<String> = ids.into_iter().filter(|id| cx.known_name(kind, id).is_none()).collect();
    for chunk in unknown.chunks(FILTER_IDS_MAX) {
        let scope = format!("harvest:{kind}:list");
        let mut call = cx.get(API, kind).scope(&scope).query("ids", chunk.join(",")).query("per_page", FILTER_IDS_MAX.to_string());
        if kind == REASONS {
            // Greenhouse's own reasons are left out of the list unless asked for.
            call = call.query("include_defaults", "true");
        }
        let found = match call.send().await {
            Ok(answer) => answer.json::<Vec<Named>>()?,
            Err(Error::Forbidden { .. } | Error::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        for id in chunk {
            let name = found.iter().find(|named| named.id.to_string() == *id).and_then(|named| named.name.as_deref()).map(Arc::from);
            cx.keep_name(kind, id.clone(), name);
        }
    }
    Ok(())
}

pub(super) async fn rejection_reasons(cx: &Connection) -> Result<Vec<Choice>, Error> {
    let call = cx
        .get(API, REASONS)
        .scope("harvest:rejection_reasons:list")
        .query("per_page", PAGE_RECORDS_MAX.to_string())
        .query("include_defaults", "true");
    let found: Vec<Named> = call.send().await?.json()?;
    Ok(found.into_iter().filter_map(|named| Some(Choice { external_id: named.id.to_string(), name: named.name? })).collect())
}
