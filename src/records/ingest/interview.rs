//! Interviews.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Build, Kind, set_custom_field, stated, stated_or, text};
use crate::domain::event::EventKind;
use crate::domain::id::OrgId;
use crate::domain::status::{InterviewStatus, RecordKind};
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteInterview;
use crate::store::record::interview::{InterviewRow, list_interviews_by_id, upsert_interviews};
use crate::store::{Json, Result, Tx};

pub(super) struct Interviews;

impl Kind for Interviews {
    type Row = InterviewRow;
    type Data = RemoteInterview;

    const KIND: RecordKind = RecordKind::Interview;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Interview(data) = data { Some(*data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let application = match old {
            Some(old) if data.application.is_none() => old.application_id.0,
            _ => cx.references.need(RecordKind::Application, data.application.as_deref())?,
        };
        let all_day = data.all_day_from.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
        let all_day_end = data.all_day_to.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
        Ok(InterviewRow {
            id: id.into(),
            organization_id: cx.organization,
            application_id: application.into(),
            title: stated(data.title, old.map(|old| &old.title), cx.partial).unwrap_or_else(|| "Interview".to_owned()),
            status: stated(data.status, old.map(|old| &old.status), true).unwrap_or(InterviewStatus::Unscheduled),
            starts_at: stated_or(data.starts_at.or(all_day), old.map(|old| &old.starts_at), cx.partial),
            ends_at: stated_or(data.ends_at.or(all_day_end), old.map(|old| &old.ends_at), cx.partial),
            timezone: old.and_then(|old| old.timezone.clone()),
            location: stated_or(data.location, old.map(|old| &old.location), cx.partial),
            meeting_url: stated_or(data.meeting_url, old.map(|old| &old.meeting_url), cx.partial),
            attendees: old.map_or_else(|| Json(json!([])), |old| old.attendees.clone()),
            custom_fields: old.map_or_else(|| Json(json!({})), |old| old.custom_fields.clone()),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "title" => row.title = text(value).unwrap_or_default(),
            "location" => row.location = text(value),
            "meeting_url" => row.meeting_url = text(value),
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
        let before = old.map(|old| old.status);
        let has_moved = old.is_some_and(|old| (old.starts_at, old.ends_at) != (new.starts_at, new.ends_at));
        let (kind, verb) = match new.status {
            InterviewStatus::Scheduled if before == Some(InterviewStatus::Scheduled) && has_moved => {
                (EventKind::InterviewRescheduled, "moved")
            }
            InterviewStatus::Scheduled if before != Some(InterviewStatus::Scheduled) => (EventKind::InterviewScheduled, "scheduled"),
            InterviewStatus::Completed if before != Some(InterviewStatus::Completed) => (EventKind::InterviewCompleted, "took place"),
            InterviewStatus::Cancelled if before != Some(InterviewStatus::Cancelled) => (EventKind::InterviewCancelled, "cancelled"),
            _ => return Vec::new(),
        };
        let data = json!({
            "interviewId": new.id, "applicationId": new.application_id, "title": new.title, "status": new.status,
            "startsAt": new.starts_at, "endsAt": new.ends_at, "location": new.location, "meetingUrl": new.meeting_url,
        });
        vec![NewEvent { application: Some(new.application_id), ..NewEvent::new(kind, format!("{}: {verb}", new.title), data) }]
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_interviews_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_interviews(tx, rows).await
    }
}
