//! Badges: an icon and a word, never colour alone.

use leptos::prelude::*;

use super::{Text, Tone, icons::Icon};
use crate::domain::{
    catalogue::Availability,
    status::{ApplicationStatus, DeliveryState, IntegrationStatus, InterviewStatus, JobStatus, OfferStatus, RunState},
};

/// A status that has a badge.
pub trait Status: Copy {
    /// Its tone, its icon and its word.
    fn look(self) -> (Tone, Icon, &'static str);
}

impl Status for IntegrationStatus {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Pending => (Tone::Warning, Icon::Clock, "Not finished"),
            Self::Active => (Tone::Good, Icon::CheckCircle, "Active"),
            Self::Error => (Tone::Bad, Icon::CrossCircle, "Needs attention"),
            Self::Inactive => (Tone::Neutral, Icon::MinusCircle, "Switched off"),
        }
    }
}

impl Status for RunState {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Queued => (Tone::Neutral, Icon::Clock, "Waiting"),
            Self::Running => (Tone::Info, Icon::Refresh, "Running"),
            Self::Paused => (Tone::Warning, Icon::Pause, "Paused"),
            Self::Succeeded => (Tone::Good, Icon::CheckCircle, "Succeeded"),
            Self::Partial => (Tone::Warning, Icon::Warning, "Some records failed"),
            Self::Failed => (Tone::Bad, Icon::CrossCircle, "Failed"),
            Self::Cancelled => (Tone::Neutral, Icon::MinusCircle, "Cancelled"),
        }
    }
}

impl Status for DeliveryState {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Pending => (Tone::Info, Icon::Clock, "Waiting"),
            Self::Succeeded => (Tone::Good, Icon::CheckCircle, "Delivered"),
            Self::Failed => (Tone::Bad, Icon::CrossCircle, "Failed"),
        }
    }
}

impl Status for ApplicationStatus {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Active => (Tone::Info, Icon::Play, "In process"),
            Self::Rejected => (Tone::Neutral, Icon::CrossCircle, "Rejected"),
            Self::Hired => (Tone::Good, Icon::CheckCircle, "Hired"),
            Self::Withdrawn => (Tone::Neutral, Icon::MinusCircle, "Withdrawn"),
        }
    }
}

impl Status for JobStatus {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Draft => (Tone::Neutral, Icon::Dashed, "Draft"),
            Self::Open => (Tone::Good, Icon::CheckCircle, "Open"),
            Self::Closed => (Tone::Neutral, Icon::MinusCircle, "Closed"),
        }
    }
}

impl Status for InterviewStatus {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Unscheduled => (Tone::Warning, Icon::Clock, "To be scheduled"),
            Self::Scheduled => (Tone::Info, Icon::Calendar, "Scheduled"),
            Self::Completed => (Tone::Good, Icon::CheckCircle, "Completed"),
            Self::Cancelled => (Tone::Neutral, Icon::MinusCircle, "Cancelled"),
        }
    }
}

impl Status for OfferStatus {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Draft => (Tone::Neutral, Icon::Dashed, "Draft"),
            Self::Approved => (Tone::Info, Icon::Check, "Approved"),
            Self::Sent => (Tone::Info, Icon::Mail, "Sent"),
            Self::Accepted => (Tone::Good, Icon::CheckCircle, "Accepted"),
            Self::Declined => (Tone::Bad, Icon::CrossCircle, "Declined"),
            Self::Withdrawn => (Tone::Neutral, Icon::MinusCircle, "Withdrawn"),
        }
    }
}

impl Status for Availability {
    fn look(self) -> (Tone, Icon, &'static str) {
        match self {
            Self::Available => (Tone::Neutral, Icon::Plug, "Available"),
            Self::Planned => (Tone::Neutral, Icon::Clock, "Planned"),
        }
    }
}

const fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "badge neutral",
        Tone::Accent => "badge accent",
        Tone::Good => "badge good",
        Tone::Warning => "badge warning",
        Tone::Bad => "badge bad",
        Tone::Info => "badge info",
    }
}

/// An icon and a word.
#[component]
pub fn Badge(
    /// What the colour means.
    #[prop(optional)]
    tone: Tone,
    /// Says the same as the colour.
    icon: Icon,
    /// One or two words.
    #[prop(into)]
    label: Text,
) -> impl IntoView {
    view! { <span class=class(tone)>{icon.view()}{label}</span> }
}

/// The badge of a status.
#[component]
pub fn StatusBadge<S: Status + 'static>(
    /// Any status of the domain.
    status: S,
) -> impl IntoView {
    let (tone, icon, label) = status.look();
    view! { <span class=class(tone)>{icon.view()}{label}</span> }
}

/// A number beside a word.
#[component]
pub fn Count(
    /// The number.
    value: u64,
    /// What the colour means.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    let class = match tone {
        Tone::Neutral => "count",
        Tone::Accent => "count accent",
        Tone::Good => "count good",
        Tone::Warning => "count warning",
        Tone::Bad => "count bad",
        Tone::Info => "count info",
    };
    view! { <span class=class>{value}</span> }
}

/// A word about a thing: a scope, an event's name, a department.
#[component]
pub fn Tag(
    /// The word.
    #[prop(into)]
    label: Text,
) -> impl IntoView {
    view! { <span class="tag">{label}</span> }
}
