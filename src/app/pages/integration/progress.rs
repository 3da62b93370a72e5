//! Where a sync run is, in words.

use crate::app::actions::integrations::RunProgress;
use crate::app::pages::words::{clock_time, count, plural};
use crate::domain::status::RunState;
use crate::store::sync::RunRow;

impl From<&RunRow> for RunProgress {
    fn from(run: &RunRow) -> Self {
        let label = match (run.state, run.object.as_deref()) {
            (RunState::Queued, _) => "Waiting for a worker".to_owned(),
            (RunState::Running, Some(object)) => format!("Reading {}", plural(object)),
            (RunState::Running, None) => "Starting".to_owned(),
            (RunState::Paused, _) => match (run.throttled_until, run.next_try_at) {
                (Some(until), _) => format!("Waiting: the provider takes no more calls until {}", clock_time(until)),
                (None, Some(at)) => format!("Next try at {} (try {} of 5)", clock_time(at), run.attempts),
                (None, None) => "Paused".to_owned(),
            },
            (RunState::Succeeded, _) => "Finished".to_owned(),
            (RunState::Partial, _) => "Finished, some records could not be taken".to_owned(),
            (RunState::Failed, _) => "Gave up".to_owned(),
            (RunState::Cancelled, _) => "Stopped".to_owned(),
        };
        let mut detail = format!(
            "{} records on {} pages, {} new, {} changed",
            count(run.records),
            count(run.pages),
            count(run.created),
            count(run.updated)
        );
        if run.deleted > 0 {
            detail.push_str(&format!(", {} deleted", count(run.deleted)));
        }
        if run.failed > 0 {
            detail.push_str(&format!(", {} could not be taken", count(run.failed)));
        }
        Self { is_final: run.state.is_final(), label, detail, records: u64::try_from(run.records).unwrap_or_default() }
    }
}
