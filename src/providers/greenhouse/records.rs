//! Reading lists: pages, single records, ids.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::status::RecordKind;

use super::super::client::{Answer, Call};
use super::super::{BadRecord, Connection, Error, IdPage, Page, PageFrom, Remote, RemoteData, link};
use super::{API, FILTER_IDS_MAX, PAGE_RECORDS_MAX, names, wire};

/// Longest part of an unreadable record that is kept, in bytes.
const BAD_RECORD_BYTES_MAX: usize = 16 << 10;

/// A list's path and the scope it needs.
pub(super) const fn list(kind: RecordKind) -> (&'static str, &'static str) {
    match kind {
        RecordKind::Department => ("departments", "harvest:departments:list"),
        RecordKind::Person => ("users", "harvest:users:list"),
        RecordKind::Job => ("jobs", "harvest:jobs:list"),
        RecordKind::Stage => ("job_interview_stages", "harvest:job_interview_stages:list"),
        RecordKind::Candidate => ("candidates", "harvest:candidates:list"),
        RecordKind::Application => ("applications", "harvest:applications:list"),
        RecordKind::Interview => ("interviews", "harvest:interviews:list"),
        RecordKind::Offer => ("offers", "harvest:offers:list"),
        RecordKind::Message => ("notes", "harvest:notes:list"),
    }
}

/// A bounded window in Greenhouse's spelling: `gte|A|lte|B`. Bounds are inclusive, to the millisecond.
pub(super) fn window(from: &PageFrom) -> Option<String> {
    let bound =
        |word: &str, at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| format!("{word}|{}", at.format("%Y-%m-%dT%H:%M:%S%.3fZ")));
    let parts: Vec<String> = [bound("gte", from.since), bound("lte", from.until)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("|"))
}

/// Sends a follow-up with its cursor alone, as Greenhouse demands; any refusal of it means that the cursor is used up.
async fn follow_up(call: Call<'_>, cursor: &str) -> Result<Answer, Error> {
    call.query("cursor", cursor).send().await.map_err(|error| match error {
        Error::Invalid { .. } => Error::CursorExpired,
        other => other,
    })
}

fn next(cx: &Connection, answer: &Answer, current: Option<&str>) -> Result<Option<String>, Error> {
    let next = link::next_cursor(&answer.headers, cx.endpoint(API)?)?;
    if next.is_some() && next.as_deref() == current {
        return Err(Error::Protocol { message: "the page leads to itself".to_owned() });
    }
    Ok(next)
}

pub(super) async fn page(cx: &Connection, kind: RecordKind, from: &PageFrom) -> Result<Page, Error> {
    let (path, scope) = list(kind);
    let mut call = cx.get(API, path).scope(scope);
    let answer = match &from.cursor {
        Some(cursor) => follow_up(call, cursor).await?,
        None => {
            call = call.query("per_page", from.limit.unwrap_or(PAGE_RECORDS_MAX).clamp(1, PAGE_RECORDS_MAX).to_string());
            if let Some(window) = window(from) {
                call = call.query("updated_at", window);
            }
            call.send().await?
        }
    };
    let next = next(cx, &answer, from.cursor.as_deref())?;
    let mut records = read(kind, &answer)?;
    names::fill(cx, &mut records).await?;
    Ok(Page { records, next, quota: answer.quota })
}

pub(super) async fn fetch(cx: &Connection, kind: RecordKind, ids: &[String]) -> Result<Vec<Result<Remote, BadRecord>>, Error> {
    let (path, scope) = list(kind);
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(FILTER_IDS_MAX) {
        let answer =
            cx.get(API, path).scope(scope).query("ids", chunk.join(",")).query("per_page", FILTER_IDS_MAX.to_string()).send().await?;
        let mut records = read(kind, &answer)?;
        names::fill(cx, &mut records).await?;
        all.append(&mut records);
    }
    Ok(all)
}

#[derive(Deserialize)]
struct OnlyId {
    id: i64,
}

pub(super) async fn list_ids(cx: &Connection, kind: RecordKind, cursor: Option<&str>) -> Result<IdPage, Error> {
    let (path, scope) = list(kind);
    let call = cx.get(API, path).scope(scope);
    let answer = match cursor {
        Some(cursor) => follow_up(call, cursor).await?,
        None => call.query("per_page", PAGE_RECORDS_MAX.to_string()).query("fields", "id").send().await?,
    };
    let next = next(cx, &answer, cursor)?;
    let ids = answer.json::<Vec<OnlyId>>()?.into_iter().map(|record| record.id.to_string()).collect();
    Ok(IdPage { ids, next })
}

/// Takes a page apart without letting one bad record spoil it.
pub(super) fn read(kind: RecordKind, answer: &Answer) -> Result<Vec<Result<Remote, BadRecord>>, Error> {
    let raws: Vec<&RawValue> = serde_json::from_slice(&answer.body).map_err(|error| answer.unreadable(&error))?;
    Ok(raws.into_iter().map(|raw| wire::record(kind, raw).map_err(|error| bad(raw, &error))).collect())
}

/// Reads one record as it came. Sources, reasons and offices are only ids in it, so they count as not stated.
pub(super) fn read_one(kind: RecordKind, raw: &RawValue) -> Result<Remote, BadRecord> {
    let mut remote = wire::record(kind, raw).map_err(|error| bad(raw, &error))?;
    match &mut remote.data {
        RemoteData::Application(data) => (data.source, data.rejection_reason) = (None, None),
        RemoteData::Job(data) => data.location = None,
        _ => {}
    }
    remote.partial = true;
    Ok(remote)
}

fn bad(raw: &RawValue, error: &serde_json::Error) -> BadRecord {
    #[derive(Deserialize)]
    struct SomeId {
        id: serde_json::Value,
    }
    let external_id = serde_json::from_str::<SomeId>(raw.get()).ok().and_then(|record| match record.id {
        serde_json::Value::Number(id) => Some(id.to_string()),
        serde_json::Value::String(id) => Some(id),
        _ => None,
    });
    let mut end = raw.get().len().min(BAD_RECORD_BYTES_MAX);
    while !raw.get().is_char_boundary(end) {
        end -= 1;
    }
    BadRecord { external_id, message: error.to_string(), raw: raw.get()[..end].to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_with_pipes() {
        let at = |text: &str| Some(text.parse().expect("a time"));
        let window = |since: Option<_>, until: Option<_>| window(&PageFrom { since, until, ..PageFrom::default() });
        assert_eq!(window(None, None), None);
        assert_eq!(window(at("2026-11-01T00:00:00Z"), None).as_deref(), Some("gte|2026-11-01T00:00:00.000Z"));
        assert_eq!(window(None, at("2026-11-01T00:00:00.25Z")).as_deref(), Some("lte|2026-11-01T00:00:00.250Z"));
        assert_eq!(
            window(at("2026-11-01T00:00:00.123456Z"), at("2026-11-02T12:30:00+02:00")).as_deref(),
            Some("gte|2026-11-01T00:00:00.123Z|lte|2026-11-02T10:30:00.000Z")
        );
    }

    #[test]
    fn one_bad_record_does_not_spoil_its_page() {
        let raw = |text: &str| serde_json::value::RawValue::from_string(text.to_owned()).expect("JSON");
        let good = raw(r#"{"id":1,"candidate_id":2,"status":"frozen","custom_fields":{"a":{"name":"A","type":"number","value":3}}}"#);
        let remote = wire::record(RecordKind::Application, &good).expect("readable");
        let RemoteData::Application(data) = remote.data else { panic!("an application") };
        assert_eq!((data.status, data.provider_status.as_deref()), (None, Some("frozen")));
        assert_eq!(data.custom_fields.expect("stated")["a"], 3);
        for text in [r#"{"id":"x7","status":5}"#, r#"{"id":7,"created_at":"yesterday"}"#, "null", "[]"] {
            let raw = raw(text);
            let error = wire::record(RecordKind::Application, &raw).expect_err("bad");
            assert_eq!(bad(&raw, &error).raw, text);
        }
        let raw = raw(r#"{"id":7,"created_at":"yesterday"}"#);
        let error = wire::record(RecordKind::Application, &raw).expect_err("bad");
        assert_eq!(bad(&raw, &error).external_id.as_deref(), Some("7"));
    }
}
