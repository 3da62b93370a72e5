//! Jobs.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Build, Kind, custom_fields, set_custom_field, stated, stated_or, text};
use crate::domain::event::EventKind;
use crate::domain::id::OrgId;
use crate::domain::status::{JobStatus, RecordKind};
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteJob;
use crate::store::record::job::{JobRow, list_jobs_by_id, upsert_jobs};
use crate::store::{Result, Tx};

pub(super) struct Jobs;

impl Kind for Jobs {
    type Row = JobRow;
    type Data = RemoteJob;

    const KIND: RecordKind = RecordKind::Job;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Job(data) = data { Some(data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let department = cx.references.get(RecordKind::Department, data.department.as_deref());
        Ok(JobRow {
            id: id.into(),
            organization_id: cx.organization,
            title: stated(data.title, old.map(|old| &old.title), cx.partial).ok_or("The job has no title.")?,
            status: stated(data.status, old.map(|old| &old.status), true).unwrap_or(JobStatus::Draft),
            department_id: stated_or(department.map(Into::into), old.map(|old| &old.department_id), cx.partial),
            department: stated_or(cx.references.department_name(department), old.map(|old| &old.department), cx.partial),
            location: stated_or(data.location, old.map(|old| &old.location), cx.partial),
            requisition_id: stated_or(data.requisition_id, old.map(|old| &old.requisition_id), cx.partial),
            description: stated_or(data.description, old.map(|old| &old.description), cx.partial),
            custom_fields: custom_fields(data.custom_fields, old.map(|old| &old.custom_fields), cx.partial),
            opened_at: stated_or(data.opened_at, old.map(|old| &old.opened_at), cx.partial),
            closed_at: stated_or(data.closed_at, old.map(|old| &old.closed_at), cx.partial),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "title" => row.title = text(value).unwrap_or_default(),
            "department" => row.department = text(value),
            "location" => row.location = text(value),
            "requisition_id" => row.requisition_id = text(value),
            "description" => row.description = text(value),
            _ => set_custom_field(&mut row.custom_fields.0, field, value)?,
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
        let data = json!({
            "jobId": new.id, "title": new.title, "status": new.status, "department": new.department, "location": new.location,
        });
        let event = |kind, summary: String| NewEvent { job: Some(new.id), ..NewEvent::new(kind, summary, data.clone()) };
        let mut events = Vec::new();
        if old.is_none() {
            events.push(event(EventKind::JobCreated, format!("{} arrived", new.title)));
        }
        match (old.map(|old| old.status), new.status) {
            (before, JobStatus::Open) if before != Some(JobStatus::Open) => {
                events.push(event(EventKind::JobOpened, format!("{} opened", new.title)))
            }
            (Some(JobStatus::Open | JobStatus::Draft), JobStatus::Closed) => {
                events.push(event(EventKind::JobClosed, format!("{} closed", new.title)))
            }
            _ => {}
        }
        events
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_jobs_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_jobs(tx, rows).await
    }
}
