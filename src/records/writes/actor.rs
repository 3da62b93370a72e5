//! Who asked for a change, kept with it: the timeline names the person, whoever sends it in the end.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::caller::{Actor, Caller};
use crate::domain::role::Role;
use crate::events::Origin;
use crate::store::remote_write::RemoteWriteRow;

/// An actor in storage.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum StoredActor {
    User { id: Uuid, name: String, role: Role },
    ApiKey { id: Uuid, name: String },
    System,
}

impl From<&Actor> for StoredActor {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::User { id, name, role } => Self::User { id: id.0, name: name.clone(), role: *role },
            Actor::ApiKey { id, name, .. } => Self::ApiKey { id: id.0, name: name.clone() },
            // A partner changes no record.
            Actor::Partner { .. } | Actor::System { .. } => Self::System,
        }
    }
}

/// Whoever asked for a change, for the log. An API key comes back without rights: they were checked when it asked.
pub(super) fn caller(row: &RemoteWriteRow) -> Caller {
    let actor = match serde_json::from_str(&row.actor) {
        Ok(StoredActor::User { id, name, role }) => Actor::User { id: id.into(), name, role },
        Ok(StoredActor::ApiKey { id, name }) => Actor::ApiKey { id: id.into(), name, scopes: Some(Vec::new()) },
        Ok(StoredActor::System) | Err(_) => Actor::System { name: "writes" },
    };
    Caller { actor, organization: row.organization_id, trace: row.trace_id, address: None }
}

/// The same, for events.
pub(super) fn origin(row: &RemoteWriteRow) -> Origin {
    Origin::from(&caller(row))
}
