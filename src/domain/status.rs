//! Statuses, as they are stored and transmitted.

use serde::{Deserialize, Serialize};

use super::role::{UnknownText, text_enum};

text_enum! {
    /// The status of an integration.
    IntegrationStatus {
        /// Set up, but no call has worked yet.
        Pending = "pending",
        /// The last real call worked.
        Active = "active",
        /// The last real calls failed; the reason says why and what to do.
        Error = "error",
        /// Switched off by a person.
        Inactive = "inactive",
    }
}

text_enum! {
    /// The state of a sync run.
    RunState {
        /// Waiting for a worker.
        Queued = "queued",
        /// At work.
        Running = "running",
        /// Waiting: throttled by the provider, or between two tries.
        Paused = "paused",
        /// Everything arrived.
        Succeeded = "succeeded",
        /// Finished, with records that could not be taken.
        Partial = "partial",
        /// Gave up.
        Failed = "failed",
        /// Stopped by a person.
        Cancelled = "cancelled",
    }
}

impl RunState {
    /// Whether the run will not change any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Partial | Self::Failed | Self::Cancelled)
    }
}

text_enum! {
    /// The status of a job.
    JobStatus {
        /// Not open yet.
        Draft = "draft",
        /// People can apply.
        Open = "open",
        /// No longer.
        Closed = "closed",
    }
}

text_enum! {
    /// The status of an application.
    ApplicationStatus {
        /// In process.
        Active = "active",
        /// Turned down by the employer.
        Rejected = "rejected",
        /// Hired.
        Hired = "hired",
        /// Taken back by the candidate, or merged into another application.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// The status of an interview.
    InterviewStatus {
        /// To be given a time.
        Unscheduled = "unscheduled",
        /// Has a time.
        Scheduled = "scheduled",
        /// Took place.
        Completed = "completed",
        /// Called off.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// The status of an offer.
    OfferStatus {
        /// Being prepared.
        Draft = "draft",
        /// Approved, not sent.
        Approved = "approved",
        /// With the candidate.
        Sent = "sent",
        /// Taken.
        Accepted = "accepted",
        /// Turned down.
        Declined = "declined",
        /// Replaced or taken back.
        Withdrawn = "withdrawn",
    }
}

text_enum! {
    /// Outcome of an attempt or a delivery.
    DeliveryState {
        /// Waiting for its next try.
        Pending = "pending",
        /// A 2xx came back.
        Succeeded = "succeeded",
        /// Every try failed, or it was given up.
        Failed = "failed",
    }
}

text_enum! {
    /// The kinds of records that travel between systems.
    RecordKind {
        /// Department.
        Department = "department",
        /// Colleague in the connected system.
        Person = "person",
        /// Job.
        Job = "job",
        /// Pipeline step of a job.
        Stage = "stage",
        /// Candidate.
        Candidate = "candidate",
        /// Application.
        Application = "application",
        /// Interview.
        Interview = "interview",
        /// Offer.
        Offer = "offer",
        /// Note or message.
        Message = "message",
    }
}

/// Why an integration is in its status, as a person and as a program can read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Stable name, e.g. `reconnect`, `scope_missing`, `rate_limited`, `unavailable`.
    pub code: String,
    /// One plain sentence.
    pub message: String,
    /// The one thing that mends it: `reconnect`, `edit_credentials`, `wait`, `enable`, `contact_admin`, `none`.
    pub action: String,
}
