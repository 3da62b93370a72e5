//! Departments.

use serde_json::Value;
use uuid::Uuid;

use super::{Build, Kind, stated, text};
use crate::domain::id::OrgId;
use crate::domain::status::RecordKind;
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteDepartment;
use crate::store::record::department::{DepartmentRow, list_departments_by_id, upsert_departments};
use crate::store::{Result, Tx};

pub(super) struct Departments;

impl Kind for Departments {
    type Row = DepartmentRow;
    type Data = RemoteDepartment;

    const KIND: RecordKind = RecordKind::Department;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Department(data) = data { Some(data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        Ok(DepartmentRow {
            id: id.into(),
            organization_id: cx.organization,
            name: stated(data.name, old.map(|old| &old.name), true).ok_or("The department has no name.")?,
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "name" => row.name = text(value).unwrap_or_default(),
            _ => return Err(format!("There is no field {field}.")),
        }
        Ok(())
    }

    fn id(row: &Self::Row) -> Uuid {
        row.id.0
    }

    fn keep_times(row: &mut Self::Row, old: &Self::Row) {
        row.created_at = old.created_at;
        if (&row.name, row.deleted_at) == (&old.name, old.deleted_at) {
            row.updated_at = old.updated_at;
        }
    }

    fn events(_: Option<&Self::Row>, _: &Self::Row) -> Vec<NewEvent> {
        Vec::new()
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_departments_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_departments(tx, rows).await
    }
}
