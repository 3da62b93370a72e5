//! Steps of the jobs' pipelines.

use serde_json::Value;
use uuid::Uuid;

use super::{Build, Kind, stated, text};
use crate::domain::id::OrgId;
use crate::domain::status::RecordKind;
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteStage;
use crate::store::record::stage::{StageRow, list_stages_by_id, upsert_stages};
use crate::store::{Result, Tx};

pub(super) struct Stages;

impl Kind for Stages {
    type Row = StageRow;
    type Data = RemoteStage;

    const KIND: RecordKind = RecordKind::Stage;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Stage(data) = data { Some(data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let job = match old {
            Some(old) if data.job.is_none() => old.job_id.0,
            _ => cx.references.need(RecordKind::Job, data.job.as_deref())?,
        };
        Ok(StageRow {
            id: id.into(),
            organization_id: cx.organization,
            job_id: job.into(),
            name: stated(data.name, old.map(|old| &old.name), cx.partial).ok_or("The stage has no name.")?,
            position: stated(data.position, old.map(|old| &old.position), cx.partial).unwrap_or(0),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: (data.is_active == Some(false)).then_some(cx.now),
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
        list_stages_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_stages(tx, rows).await
    }
}
