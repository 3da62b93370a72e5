//! Colleagues.

use serde_json::Value;
use uuid::Uuid;

use super::{Build, Kind, stated, stated_or, text};
use crate::domain::id::OrgId;
use crate::domain::status::RecordKind;
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemotePerson;
use crate::store::record::person::{PersonRow, list_people_by_id, upsert_people};
use crate::store::{Result, Tx};

pub(super) struct People;

impl Kind for People {
    type Row = PersonRow;
    type Data = RemotePerson;

    const KIND: RecordKind = RecordKind::Person;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Person(data) = data { Some(data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let (first, last) = match (data.first_name, data.last_name, data.name) {
            (None, None, Some(name)) => {
                let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
                (Some(first.to_owned()), Some(last.to_owned()))
            }
            (first, last, _) => (first, last),
        };
        Ok(PersonRow {
            id: id.into(),
            organization_id: cx.organization,
            first_name: stated(first, old.map(|old| &old.first_name), cx.partial).unwrap_or_default(),
            last_name: stated(last, old.map(|old| &old.last_name), cx.partial).unwrap_or_default(),
            email: stated_or(data.email, old.map(|old| &old.email), cx.partial),
            is_active: stated(data.is_active, old.map(|old| &old.is_active), cx.partial).unwrap_or(true),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "first_name" => row.first_name = text(value).unwrap_or_default(),
            "last_name" => row.last_name = text(value).unwrap_or_default(),
            "email" => row.email = text(value),
            _ => return Err(format!("There is no field {field}.")),
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

    fn events(_: Option<&Self::Row>, _: &Self::Row) -> Vec<NewEvent> {
        Vec::new()
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_people_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_people(tx, rows).await
    }
}
