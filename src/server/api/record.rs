//! What the answers about records share: links to other systems, and the timeline.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::event::EventKind;
use crate::domain::id::{ApplicationId, EventId, IntegrationId};
use crate::providers::catalogue;
use crate::store::event::EventRow;
use crate::store::link::LinkRow;

/// A record's counterpart in a connected system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkOut {
    integration_id: IntegrationId,
    provider: String,
    external_id: String,
    url: Option<String>,
}

/// The links of a record.
pub fn links(rows: Vec<LinkRow>) -> Vec<LinkOut> {
    rows.into_iter()
        .map(|row| LinkOut {
            integration_id: row.integration_id,
            provider: catalogue::find(&row.provider).map_or(row.provider, |entry| entry.slug.to_owned()),
            external_id: row.external_id,
            url: row.url,
        })
        .collect()
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntryOut {
    id: EventId,
    event: EventKind,
    /// One sentence.
    summary: String,
    actor: TimelineActorOut,
    application_id: Option<ApplicationId>,
    integration_id: Option<IntegrationId>,
    #[schema(value_type = Object)]
    data: Value,
    at: DateTime<Utc>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TimelineActorOut {
    /// `user`, `api_key` or `system`.
    kind: String,
    name: String,
}

impl From<EventRow> for TimelineEntryOut {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            event: row.kind,
            summary: row.summary,
            actor: TimelineActorOut { kind: row.actor_kind, name: row.actor_name },
            application_id: row.application_id,
            integration_id: row.integration_id,
            data: row.data.0,
            at: row.occurred_at,
        }
    }
}
