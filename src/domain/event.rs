//! The names of the events that leave as webhooks.

use serde::{Deserialize, Serialize};

use super::role::{UnknownText, text_enum};

text_enum! {
    /// A thing that happened, under the name receivers subscribe to.
    EventKind {
        /// An application arrived.
        ApplicationCreated = "application.created",
        /// It moved to another stage.
        ApplicationStageChanged = "application.stage_changed",
        /// It was rejected.
        ApplicationRejected = "application.rejected",
        /// The candidate was hired.
        ApplicationHired = "application.hired",
        /// An interview got a time.
        InterviewScheduled = "interview.scheduled",
        /// It got another time.
        InterviewRescheduled = "interview.rescheduled",
        /// It took place.
        InterviewCompleted = "interview.completed",
        /// It was called off.
        InterviewCancelled = "interview.cancelled",
        /// An offer was made.
        OfferCreated = "offer.created",
        /// It was sent.
        OfferSent = "offer.sent",
        /// It was accepted.
        OfferAccepted = "offer.accepted",
        /// It was declined.
        OfferDeclined = "offer.declined",
        /// A candidate is new here.
        CandidateCreated = "candidate.created",
        /// A candidate's data changed.
        CandidateUpdated = "candidate.updated",
        /// A job is new here.
        JobCreated = "job.created",
        /// A job opened.
        JobOpened = "job.opened",
        /// A job closed.
        JobClosed = "job.closed",
        /// A message arrived.
        MessageReceived = "message.received",
        /// A tool was connected.
        IntegrationConnected = "integration.connected",
        /// A tool was disconnected.
        IntegrationDisconnected = "integration.disconnected",
        /// A connection broke.
        IntegrationError = "integration.error",
        /// A broken connection works again.
        IntegrationRecovered = "integration.recovered",
        /// A sync finished.
        SyncCompleted = "sync.completed",
        /// A sync gave up.
        SyncFailed = "sync.failed",
    }
}

/// The other names a subscription may use; it then receives the event under that name.
pub const ALIASES: &[(&str, EventKind)] = &[
    ("application.received", EventKind::ApplicationCreated),
    ("application.status_changed", EventKind::ApplicationStageChanged),
    ("job.posted", EventKind::JobOpened),
];

/// The event a subscription's name stands for: its own name or an alias.
pub fn resolve(name: &str) -> Option<EventKind> {
    name.parse().ok().or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, kind)| *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_resolve_and_are_no_event_of_their_own() {
        for (alias, kind) in ALIASES {
            assert_eq!(resolve(alias), Some(*kind));
            assert!(alias.parse::<EventKind>().is_err());
        }
        assert_eq!(resolve("job.created"), Some(EventKind::JobCreated));
        assert_eq!(resolve("job.*"), None);
    }
}
