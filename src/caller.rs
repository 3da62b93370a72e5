//! Who is asking: every service function takes a [`Caller`] and checks its rights itself.

use std::net::IpAddr;

use uuid::Uuid;

use crate::domain::id::{ApiKeyId, OrgId, UserId};
use crate::domain::role::{Role, Scope};
use crate::fault::{Fault, Result};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in member.
    User {
        /// Their id.
        id: UserId,
        /// Their name, for the log.
        name: String,
        /// Their role in the organization.
        role: Role,
    },
    /// An API key.
    ApiKey {
        /// Its id.
        id: ApiKeyId,
        /// Its name, for the log.
        name: String,
        /// Its rights; `None` stands for all (`*`).
        scopes: Option<Vec<Scope>>,
    },
    /// A partner of the organization, with a link to one webhook subscription.
    Partner {
        /// The link's id.
        id: Uuid,
        /// The link's name, for the log.
        name: String,
    },
    /// The program itself: a timer, a sync, a webhook that came in.
    System {
        /// Which part.
        name: &'static str,
    },
}

/// Who acts, for which organization, in the course of which request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// For which organization.
    pub organization: OrgId,
    /// Ties everything that follows from one request together.
    pub trace: Uuid,
    /// Where the request came from.
    pub address: Option<IpAddr>,
}

impl Caller {
    /// The program itself, with every right in this organization.
    pub const fn system(organization: OrgId, name: &'static str, trace: Uuid) -> Self {
        Self { actor: Actor::System { name }, organization, trace, address: None }
    }

    /// Whether the caller has the right.
    pub fn may(&self, scope: Scope) -> bool {
        match &self.actor {
            Actor::User { role, .. } => role.may(scope),
            Actor::ApiKey { scopes, .. } => scopes.as_ref().is_none_or(|scopes| scopes.contains(&scope)),
            // `webhooks::outbound::portal` hands such a caller to services for the one subscription only.
            Actor::Partner { .. } => matches!(scope, Scope::WebhooksRead | Scope::WebhooksWrite),
            Actor::System { .. } => true,
        }
    }

    /// Fails unless the caller has the right.
    ///
    /// # Errors
    /// [`crate::domain::error::ErrorCode::Forbidden`], naming the right.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.may(scope) { Ok(()) } else { Err(Fault::forbidden(scope)) }
    }

    /// `user`, `api_key`, `partner` or `system`.
    pub const fn kind(&self) -> &'static str {
        match &self.actor {
            Actor::User { .. } => "user",
            Actor::ApiKey { .. } => "api_key",
            Actor::Partner { .. } => "partner",
            Actor::System { .. } => "system",
        }
    }

    /// The actor's id, if it is a row.
    pub const fn actor_id(&self) -> Option<Uuid> {
        match &self.actor {
            Actor::User { id, .. } => Some(id.0),
            Actor::ApiKey { id, .. } => Some(id.0),
            Actor::Partner { id, .. } => Some(*id),
            Actor::System { .. } => None,
        }
    }

    /// The actor's name, for logs that people read.
    pub fn name(&self) -> &str {
        match &self.actor {
            Actor::User { name, .. } | Actor::ApiKey { name, .. } | Actor::Partner { name, .. } => name,
            Actor::System { name } => name,
        }
    }

    /// The signed-in person, if it is one.
    pub const fn user_id(&self) -> Option<UserId> {
        match &self.actor {
            Actor::User { id, .. } => Some(*id),
            _ => None,
        }
    }
}
