//! Identifiers: one newtype over a UUIDv7 per kind of row, so that a job's id cannot be passed where a candidate's is meant.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(sqlx::Type, utoipa::ToSchema))]
        #[cfg_attr(feature = "ssr", sqlx(transparent), schema(value_type = String, format = "uuid"))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// An organization: the tenant every row belongs to.
    OrgId,
    /// A person who can sign in.
    UserId,
    /// A link with which a partner manages one webhook subscription.
    PortalLinkId,
    /// A browser session.
    SessionId,
    /// An API key.
    ApiKeyId,
    /// An invitation to join an organization.
    InvitationId,
    /// An entry of the activity and audit log.
    ActivityId,
    /// A connection of one organization or person to a provider.
    IntegrationId,
    /// One sealed credential of an integration.
    CredentialId,
    /// One version of a field mapping.
    MappingId,
    /// One run of a sync.
    RunId,
    /// A job or record that gave up.
    DeadLetterId,
    /// A job of the employer (an opening people apply to; never a queue's task).
    JobId,
    /// A candidate.
    CandidateId,
    /// An application of a candidate to a job.
    ApplicationId,
    /// A step of a job's pipeline.
    StageId,
    /// An interview.
    InterviewId,
    /// An offer.
    OfferId,
    /// A note or message on a candidate.
    MessageId,
    /// A department.
    DepartmentId,
    /// A colleague known from a connected system (not necessarily a member here).
    PersonId,
    /// A domain event.
    EventId,
    /// A webhook subscription.
    WebhookId,
    /// One event on its way to one subscription.
    DeliveryId,
    /// One try of a delivery.
    AttemptId,
    /// A webhook a provider sent to us.
    InboundEventId,
    /// A change on its way to a connected system.
    RemoteWriteId,
    /// A rule that brings events into a chat.
    ChatRuleId,
    /// A task of the queue.
    TaskId,
    /// One health check of an integration.
    HealthCheckId,
}
