//! Offers.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Build, Kind, custom_fields, set_custom_field, stated, stated_or, text};
use crate::domain::event::EventKind;
use crate::domain::id::OrgId;
use crate::domain::status::{OfferStatus, RecordKind};
use crate::events::NewEvent;
use crate::providers::RemoteData;
use crate::providers::remote::RemoteOffer;
use crate::store::record::offer::{OfferRow, list_offers_by_id, upsert_offers};
use crate::store::{Result, Tx};

pub(super) struct Offers;

impl Kind for Offers {
    type Row = OfferRow;
    type Data = RemoteOffer;

    const KIND: RecordKind = RecordKind::Offer;

    fn data(data: RemoteData) -> Option<Self::Data> {
        if let RemoteData::Offer(data) = data { Some(data) } else { None }
    }

    fn build(old: Option<&Self::Row>, id: Uuid, data: Self::Data, cx: &Build<'_>) -> std::result::Result<Self::Row, String> {
        let application = match old {
            Some(old) if data.application.is_none() => old.application_id.0,
            _ => cx.references.need(RecordKind::Application, data.application.as_deref())?,
        };
        let sent_at = data.sent_on.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc());
        Ok(OfferRow {
            id: id.into(),
            organization_id: cx.organization,
            application_id: application.into(),
            status: stated(data.status, old.map(|old| &old.status), true).unwrap_or(OfferStatus::Draft),
            version: stated(data.version, old.map(|old| &old.version), cx.partial).unwrap_or(1),
            starts_on: stated_or(data.starts_on.map(|day| day.to_string()), old.map(|old| &old.starts_on), cx.partial),
            sent_at: stated_or(sent_at, old.map(|old| &old.sent_at), cx.partial),
            resolved_at: stated_or(data.resolved_at, old.map(|old| &old.resolved_at), cx.partial),
            custom_fields: custom_fields(data.custom_fields, old.map(|old| &old.custom_fields), cx.partial),
            created_at: cx.now,
            updated_at: cx.now,
            deleted_at: None,
        })
    }

    fn overlay(row: &mut Self::Row, field: &str, value: Value) -> std::result::Result<(), String> {
        match field {
            "starts_on" => row.starts_on = text(value),
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
            "offerId": new.id, "applicationId": new.application_id, "status": new.status, "version": new.version, "startsOn": new.starts_on,
        });
        let event = |kind, summary: &str| NewEvent { application: Some(new.application_id), ..NewEvent::new(kind, summary, data.clone()) };
        let mut events = Vec::new();
        if old.is_none() {
            events.push(event(EventKind::OfferCreated, "An offer was made"));
        }
        if old.map(|old| old.status) != Some(new.status) {
            match new.status {
                OfferStatus::Sent => events.push(event(EventKind::OfferSent, "The offer was sent")),
                OfferStatus::Accepted => events.push(event(EventKind::OfferAccepted, "The offer was accepted")),
                OfferStatus::Declined => events.push(event(EventKind::OfferDeclined, "The offer was declined")),
                OfferStatus::Draft | OfferStatus::Approved | OfferStatus::Withdrawn => {}
            }
        }
        events
    }

    async fn load(tx: &mut Tx, organization: OrgId, ids: &[Uuid]) -> Result<Vec<Self::Row>> {
        let ids: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
        list_offers_by_id(tx, organization, &ids).await
    }

    async fn save(tx: &mut Tx, rows: &[Self::Row]) -> Result<()> {
        upsert_offers(tx, rows).await
    }
}
