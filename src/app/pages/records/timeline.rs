//! Timelines of records: what happened over every system, by day, with who did it and where it came from.

use std::collections::HashMap;

use leptos::prelude::*;

use super::{name_of, provider_name, sources};
use crate::app::pages::signed_in::Viewer;
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{day, today};
use crate::domain::event::EventKind;
use crate::domain::id::{CandidateId, IntegrationId, JobId};
use crate::fault::Result;
use crate::store::event::EventRow;
use crate::store::record::candidate::list_candidates_by_ids;
use crate::store::record::job::list_jobs_by_ids;

/// The groups a timeline can be narrowed to: the word in the address, the name, the beginning of the kinds' names.
pub const GROUPS: &[(&str, &str, &str)] = &[
    ("applications", "Applications", "application."),
    ("interviews", "Interviews", "interview."),
    ("offers", "Offers", "offer."),
    ("notes", "Notes", "message."),
    ("profile", "Profile", "candidate."),
];

/// The beginning of the kinds of a group.
pub fn group(word: &str) -> Option<&'static str> {
    GROUPS.iter().find(|(name, _, _)| *name == word).map(|(_, _, prefix)| *prefix)
}

/// The filters of a timeline whose page has this address.
pub fn chips(path: &str, current: &str) -> Vec<Chip> {
    let chip = |label: &'static str, word: &str| Chip {
        label: label.into(),
        href: if word.is_empty() { format!("{path}#timeline") } else { format!("{path}?show={word}#timeline") }.into(),
        is_current: word == current,
    };
    std::iter::once(chip("Everything", "")).chain(GROUPS.iter().map(|(word, label, _)| chip(label, word))).collect()
}

/// The icon and the meaning of a kind of event.
pub const fn look(kind: EventKind) -> (Icon, Tone) {
    use EventKind::*;
    match kind {
        ApplicationCreated => (Icon::Inbox, Tone::Info),
        ApplicationStageChanged => (Icon::ArrowRight, Tone::Accent),
        ApplicationRejected => (Icon::CrossCircle, Tone::Neutral),
        ApplicationHired => (Icon::CheckCircle, Tone::Good),
        InterviewScheduled | InterviewRescheduled => (Icon::Calendar, Tone::Info),
        InterviewCompleted => (Icon::Calendar, Tone::Good),
        InterviewCancelled => (Icon::Calendar, Tone::Neutral),
        OfferCreated | OfferSent => (Icon::Document, Tone::Info),
        OfferAccepted => (Icon::Document, Tone::Good),
        OfferDeclined => (Icon::Document, Tone::Warning),
        CandidateCreated => (Icon::User, Tone::Info),
        CandidateUpdated => (Icon::Pencil, Tone::Neutral),
        JobCreated => (Icon::Briefcase, Tone::Info),
        JobOpened => (Icon::Briefcase, Tone::Good),
        JobClosed => (Icon::Briefcase, Tone::Neutral),
        MessageReceived => (Icon::Chat, Tone::Neutral),
        IntegrationConnected => (Icon::Plug, Tone::Good),
        IntegrationDisconnected => (Icon::Plug, Tone::Neutral),
        IntegrationError => (Icon::Warning, Tone::Bad),
        IntegrationRecovered => (Icon::CheckCircle, Tone::Good),
        SyncCompleted => (Icon::Refresh, Tone::Good),
        SyncFailed => (Icon::Refresh, Tone::Bad),
    }
}

/// What entries need beside their rows.
pub struct Beside {
    sources: HashMap<IntegrationId, Source>,
    people: HashMap<CandidateId, String>,
    jobs: HashMap<JobId, String>,
}

/// What a timeline is about; the names of that are not repeated in each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// One person.
    Candidate,
    /// One job.
    Job,
    /// Everything.
    All,
}

impl Beside {
    /// Looks it up.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(viewer: &Viewer, rows: &[EventRow], about: About) -> Result<Self> {
        let (mut people, mut jobs) = (HashMap::new(), HashMap::new());
        if about != About::Job {
            let mut ids: Vec<JobId> = rows.iter().filter_map(|row| row.job_id).collect();
            ids.sort_unstable();
            ids.dedup();
            let found = list_jobs_by_ids(&viewer.ctx.store, viewer.caller.organization, &ids).await?;
            jobs.extend(found.into_iter().map(|row| (row.id, row.title)));
        }
        if about != About::Candidate {
            let mut ids: Vec<CandidateId> = rows.iter().filter_map(|row| row.candidate_id).collect();
            ids.sort_unstable();
            ids.dedup();
            let found = list_candidates_by_ids(&viewer.ctx.store, viewer.caller.organization, &ids).await?;
            people.extend(found.iter().map(|row| (row.id, name_of(row))));
        }
        Ok(Self { sources: sources(viewer).await?, people, jobs })
    }
}

/// The entries, a heading between days.
pub fn entries(viewer: &Viewer, rows: &[EventRow], beside: &Beside) -> Vec<AnyView> {
    let now = viewer.now;
    let zone = viewer.me.time_zone.as_deref();
    let (today_from, _) = today(now, zone);
    let mut views = Vec::with_capacity(rows.len() + 4);
    let mut last = String::new();
    for row in rows {
        let name = if row.occurred_at >= today_from { "Today".to_owned() } else { day(row.occurred_at, zone) };
        if name != last {
            views.push(view! { <li class="event-day">{name.clone()}</li> }.into_any());
            last = name;
        }
        let (icon, tone) = look(row.kind);
        let source = row.integration_id.map(|id| {
            // A connection that is gone still has its name in the event.
            beside.sources.get(&id).cloned().unwrap_or_else(|| {
                let slug = row.data.0.get("provider").and_then(serde_json::Value::as_str).unwrap_or("a connected tool").to_owned();
                Source { name: provider_name(&slug).into(), slug: slug.into() }
            })
        });
        let by = (row.actor_kind != "system").then(|| format!("by {}", row.actor_name));
        let person = row.candidate_id.and_then(|id| Some((format!("/candidates/{id}"), beside.people.get(&id)?.clone())));
        // A job's own events name it already.
        let job = row.candidate_id.and(row.job_id).and_then(|id| Some((format!("/jobs/{id}"), beside.jobs.get(&id)?.clone())));
        let link = |(href, name): (String, String)| view! { <a href=href>{name}</a> };
        let (person, job) = (person.map(link), job.map(link));
        let note = move || view! { {person}{job}{by.map(|by| view! { <span>{by}</span> })} };
        views.push(view! { <Event icon tone text=row.summary.clone() at=row.occurred_at now source note/> }.into_any());
    }
    views
}
