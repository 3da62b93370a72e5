//! Notes and messages on candidates.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Build, Kind, stated};
use crate::domain::event::EventKind;
use crate::domain::id::OrgId;
use crate::domain::status::RecordKind;
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteMessage;
use crate::store::record::message::{MessageRow, list_messages_by_id, upsert_messages};
use crate::store::{Result, Tx};

pub(super) struct Messages;

impl Kind for Messages {
    type Row = MessageRow;
    type Data = RemoteMessage;

    const KIND: RecordKind = RecordKind::Message;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Message(data) = data { Some(data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let candidate = match old {
            Some(old) if data.candidate.is_none() => old.candidate_id.0,
            _ => cx.references.need(RecordKind::Candidate, data.candidate.as_deref())?,
        };
        Ok(MessageRow {
            id: id.into(),
            organization_id: cx.organization,
            candidate_id: candidate.into(),
            application_id: cx
                .references
                .get(RecordKind::Application, data.application.as_deref())
                .map(Into::into)
                .or(old.and_then(|old| old.application_id)),
            kind: stated(data.channel, old.map(|old| &old.kind), true).unwrap_or_else(|| "note".to_owned()),
            body: stated(data.body, old.map(|old| &old.body), cx.partial).unwrap_or_default(),
            visibility: stated(data.visibility, old.map(|old| &old.visibility), true).unwrap_or_else(|| "private".to_owned()),
            author: stated(data.author, old.map(|old| &old.author), true).unwrap_or_default(),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        drop(value);
        Err(format!("There is no field {field} of a {} that can be mapped.", row.kind))
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
        if old.is_some() {
            return Vec::new();
        }
        let data = json!({ "messageId": new.id, "candidateId": new.candidate_id, "applicationId": new.application_id, "kind": new.kind, "author": new.author });
        let event = NewEvent::new(EventKind::MessageReceived, format!("A {} by {}", new.kind, new.author), data);
        vec![NewEvent { candidate: Some(new.candidate_id), application: new.application_id, ..event }]
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_messages_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_messages(tx, rows).await
    }
}
