//! Applications.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Build, Kind, custom_fields, set_custom_field, stated, stated_or, text};
use crate::domain::event::EventKind;
use crate::domain::id::OrgId;
use crate::domain::status::{ApplicationStatus, RecordKind};
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteApplication;
use crate::store::record::application::{ApplicationRow, list_applications_by_id, upsert_applications};
use crate::store::{Result, Tx};

pub(super) struct Applications;

impl Kind for Applications {
    type Row = ApplicationRow;
    type Data = RemoteApplication;

    const KIND: RecordKind = RecordKind::Application;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Application(data) = data { Some(*data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let candidate = match old {
            Some(old) if data.candidate.is_none() => old.candidate_id.0,
            _ => cx.references.need(RecordKind::Candidate, data.candidate.as_deref())?,
        };
        let job = cx.references.get(RecordKind::Job, data.job.as_deref()).map(Into::into);
        let stage = cx.references.get(RecordKind::Stage, data.stage.as_deref()).map(Into::into);
        let stage_name = stated_or(data.stage_name, old.map(|old| &old.stage_name), cx.partial);
        let has_moved = old.is_none_or(|old| old.stage_name != stage_name);
        let status = stated(data.status, old.map(|old| &old.status), true).unwrap_or(ApplicationStatus::Active);
        let hired_at = match old {
            Some(old) if old.status == ApplicationStatus::Hired => old.hired_at,
            _ => data.last_activity_at.or(Some(cx.now)),
        };
        Ok(ApplicationRow {
            id: id.into(),
            organization_id: cx.organization,
            candidate_id: candidate.into(),
            job_id: stated_or(job, old.map(|old| &old.job_id), cx.partial),
            status,
            stage_id: stated_or(stage, old.map(|old| &old.stage_id), cx.partial),
            stage_entered_at: if has_moved { data.last_activity_at.or(Some(cx.now)) } else { old.and_then(|old| old.stage_entered_at) },
            stage_name,
            source: stated_or(data.source, old.map(|old| &old.source), cx.partial),
            rejection_reason: stated_or(data.rejection_reason, old.map(|old| &old.rejection_reason), cx.partial),
            custom_fields: custom_fields(data.custom_fields, old.map(|old| &old.custom_fields), cx.partial),
            applied_at: stated(data.applied_at, old.map(|old| &old.applied_at), cx.partial).unwrap_or(cx.now),
            rejected_at: stated_or(data.rejected_at, old.map(|old| &old.rejected_at), cx.partial),
            hired_at: if status == ApplicationStatus::Hired { hired_at } else { None },
            last_activity_at: stated_or(data.last_activity_at, old.map(|old| &old.last_activity_at), cx.partial),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "source" => row.source = text(value),
            "rejection_reason" => row.rejection_reason = text(value),
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
        let mut data = json!({
            "applicationId": new.id, "candidateId": new.candidate_id, "jobId": new.job_id, "stageId": new.stage_id,
            "stage": { "id": new.stage_id, "name": new.stage_name }, "status": new.status, "source": new.source,
        });
        let stage = new.stage_name.as_deref().unwrap_or("no stage");
        let mut events = Vec::new();
        let mut push = |kind, summary: String, data: &Value| {
            events.push(NewEvent {
                candidate: Some(new.candidate_id),
                job: new.job_id,
                application: Some(new.id),
                ..NewEvent::new(kind, summary, data.clone())
            });
        };
        let Some(old) = old else {
            // The entry's own time is when we heard of it, which for a first sync is long after.
            let day = new.applied_at.format("%-d %B %Y");
            let summary = match &new.stage_name {
                Some(stage) => format!("Applied on {day}, now in {stage}"),
                None => format!("Applied on {day}"),
            };
            push(EventKind::ApplicationCreated, summary, &data);
            return events;
        };
        // Who is turned down or hired leaves the pipeline: that is no move.
        let has_left = new.stage_name.is_none() && new.status != ApplicationStatus::Active;
        if (old.stage_id, &old.stage_name) != (new.stage_id, &new.stage_name) && !has_left {
            data["previousStage"] = json!({ "id": old.stage_id, "name": old.stage_name });
            let from = old.stage_name.as_deref().unwrap_or("no stage");
            push(EventKind::ApplicationStageChanged, format!("Moved from {from} to {stage}"), &data);
        }
        if old.status != new.status {
            match new.status {
                ApplicationStatus::Rejected => {
                    data["rejectionReason"] = json!(new.rejection_reason);
                    push(EventKind::ApplicationRejected, "Rejected".to_owned(), &data);
                }
                ApplicationStatus::Hired => push(EventKind::ApplicationHired, "Hired".to_owned(), &data),
                // Taken back into process, or withdrawn: the status changed, which receivers follow as a change of stage.
                ApplicationStatus::Active | ApplicationStatus::Withdrawn => {
                    push(EventKind::ApplicationStageChanged, format!("Status changed from {} to {}", old.status, new.status), &data);
                }
            }
        }
        events
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_applications_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_applications(tx, rows).await
    }
}
