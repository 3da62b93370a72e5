//! Candidates.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Build, Kind, custom_fields, set_custom_field, stated, stated_or, text};
use crate::domain::event::EventKind;
use crate::domain::id::OrgId;
use crate::domain::status::RecordKind;
use crate::events::NewEvent;
use crate::providers::remote::RemoteCandidate;
use crate::providers::{Contact, RemoteData};
use crate::store::record::candidate::{CandidateRow, list_candidates_by_id, upsert_candidates};
use crate::store::{Json, Result, Tx};

pub(super) struct Candidates;

impl Kind for Candidates {
    type Row = CandidateRow;
    type Data = RemoteCandidate;

    const KIND: RecordKind = RecordKind::Candidate;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Candidate(data) = data { Some(*data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let mut row = CandidateRow {
            id: id.into(),
            organization_id: cx.organization,
            first_name: stated(data.first_name, old.map(|old| &old.first_name), cx.partial).unwrap_or_default(),
            last_name: stated(data.last_name, old.map(|old| &old.last_name), cx.partial).unwrap_or_default(),
            title: stated_or(data.title, old.map(|old| &old.title), cx.partial),
            company: stated_or(data.company, old.map(|old| &old.company), cx.partial),
            location: stated_or(data.addresses.map(|list| first_of(&list)), old.map(|old| Some(old.location.clone())).as_ref(), cx.partial)
                .flatten(),
            emails: contacts(data.emails, old.map(|old| &old.emails), cx.partial),
            phones: contacts(data.phones, old.map(|old| &old.phones), cx.partial),
            websites: contacts(data.links, old.map(|old| &old.websites), cx.partial),
            tags: stated(data.tags.map(Json), old.map(|old| &old.tags), cx.partial).unwrap_or_default(),
            custom_fields: custom_fields(data.custom_fields, old.map(|old| &old.custom_fields), cx.partial),
            search_text: String::new(),
            last_activity_at: stated_or(data.last_activity_at, old.map(|old| &old.last_activity_at), cx.partial),
            anonymized_at: old.and_then(|old| old.anonymized_at),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        };
        index(&mut row);
        Ok(row)
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "first_name" => row.first_name = text(value).unwrap_or_default(),
            "last_name" => row.last_name = text(value).unwrap_or_default(),
            "title" => row.title = text(value),
            "company" => row.company = text(value),
            "location" => row.location = text(value),
            "emails" => row.emails = Json(contact_list(value)),
            "phones" => row.phones = Json(contact_list(value)),
            "websites" => row.websites = Json(contact_list(value)),
            "tags" => row.tags = Json(text_list(value)),
            _ => set_custom_field(&mut row.custom_fields.0, field, value)?,
        }
        if matches!(field, "first_name" | "last_name" | "emails") {
            index(row);
        }
        Ok(())
    }

    fn id(row: &Self::Row) -> Uuid {
        row.id.0
    }

    fn keep_times(row: &mut Self::Row, old: &Self::Row) {
        row.created_at = old.created_at;
        let updated_at = std::mem::replace(&mut row.updated_at, old.updated_at);
        if row != old {
            row.updated_at = updated_at;
        }
    }

    fn events(old: Option<&Self::Row>, new: &Self::Row) -> Vec<NewEvent> {
        let name = format!("{} {}", new.first_name, new.last_name);
        let name = name.trim();
        let (kind, summary) = match old {
            None => (EventKind::CandidateCreated, format!("{name} arrived")),
            Some(old) if same_but_activity(old, new) => return Vec::new(),
            Some(_) => (EventKind::CandidateUpdated, format!("{name}’s data changed")),
        };
        let data = json!({
            "candidateId": new.id, "firstName": new.first_name, "lastName": new.last_name, "title": new.title, "company": new.company,
            "emails": new.emails, "tags": new.tags,
        });
        vec![NewEvent { candidate: Some(new.id), ..NewEvent::new(kind, summary, data) }]
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_candidates_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_candidates(tx, rows).await
    }
}

/// Brings the searchable text in line with name and addresses.
pub(crate) fn index(row: &mut CandidateRow) {
    let emails = row.emails.0.as_array().map(Vec::as_slice).unwrap_or_default();
    let emails = emails.iter().filter_map(|email| email.get("value")?.as_str());
    let words: Vec<&str> = [row.first_name.as_str(), row.last_name.as_str()].into_iter().chain(emails).collect();
    row.search_text = words.join(" ").to_lowercase();
}

/// Whether nothing changed but the time of the last activity: not worth an event.
fn same_but_activity(old: &CandidateRow, new: &CandidateRow) -> bool {
    let mut old = old.clone();
    old.last_activity_at = new.last_activity_at;
    old.updated_at = new.updated_at;
    old == *new
}

fn first_of(list: &[Contact]) -> Option<String> {
    list.first().map(|contact| contact.value.clone())
}

fn contacts(new: Option<Vec<Contact>>, old: Option<&Json<Value>>, partial: bool) -> Json<Value> {
    stated(new.map(|list| Json(json!(list))), old, partial).unwrap_or_else(|| Json(json!([])))
}

/// A mapped value as a list of contacts: one text, a list of texts, or what is already a list of contacts.
fn contact_list(value: Value) -> Value {
    let list = match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list,
        one => vec![one],
    };
    list.into_iter().map(|item| if item.is_object() { item } else { json!({ "value": text(item) }) }).collect()
}

fn text_list(value: Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.into_iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}
