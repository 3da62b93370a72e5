//! What goes wrong over there, and what becomes of a run then.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::operations::dead_letters;
use crate::sandbox::greenhouse::{Fault as SandboxFault, FaultKind, Kind, Simulator};
use crate::store::dead_letter::{DeadLetterFilter, DeadLetterRow};
use crate::store::testing::on_databases;

impl Set {
    fn sim(&self) -> &Simulator {
        &self.sandbox.sandbox.greenhouse
    }

    fn wait(&self, seconds: u64) {
        self.ctx.clock.advance(Duration::from_secs(seconds));
    }

    async fn letters(&self) -> Vec<DeadLetterRow> {
        let filter = DeadLetterFilter::default();
        dead_letters::list(&self.ctx, &self.caller, &filter, PageQuery::default()).await.expect("lists").rows
    }

    async fn count(&self, kind: RecordKind) -> i64 {
        count_records(&self.ctx.store, self.caller.organization, kind).await.expect("a count")
    }

    async fn run(&self, id: IntegrationId, kind: RunKind) -> RunRow {
        let run = super::super::start(&self.ctx, &self.caller, id, kind, None).await.expect("a run");
        self.work().await;
        get(&self.ctx, &self.caller, run.id).await.expect("the run")
    }
}

fn status(status: u16) -> SandboxFault {
    SandboxFault::next(FaultKind::Status { status, retry_after: None })
}

#[tokio::test]
async fn refused_credentials_end_the_run_and_ask_for_new_ones() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().replace_client_secret("another");
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!((run.state, run.error_code.as_deref(), run.attempts), (RunState::Failed, Some("credentials_refused"), 0));
        let row = crate::integrations::query::get(&set.ctx, &set.caller, id).await.expect("the integration");
        let reason = row.reason.expect("a reason").0;
        assert_eq!((row.status, reason.action.as_str()), (IntegrationStatus::Error, "reconnect"));
        assert_eq!(set.letters().await[0].source, "sync");
    });
}

#[tokio::test]
async fn a_kind_that_may_not_be_read_is_named_and_the_others_are_read() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().without_scopes(&["harvest:offers:list"]);
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!((run.state, run.error_code.as_deref()), (RunState::Partial, Some("scope_missing")));
        assert!(run.error.is_some_and(|error| error.contains("harvest:offers:list")));
        assert_eq!((set.count(RecordKind::Candidate).await, set.count(RecordKind::Offer).await), (180, 0));
        assert_eq!(errors(&set.ctx, &set.caller, run.id).await.expect("lists")[0].object, "offer");
    });
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_the_run_goes_on_where_it_was() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(SandboxFault::next(FaultKind::Status { status: 429, retry_after: Some(20) }).path("candidates"));
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!((run.state, run.attempts), (RunState::Paused, 0));
        assert_eq!(run.throttled_until, Some(set.ctx.clock.now() + chrono::TimeDelta::seconds(20)));
        let (pages, calls) = (run.pages, set.sim().calls());
        assert!(pages > 0);
        set.wait(19);
        set.work().await;
        assert_eq!(set.sim().calls(), calls, "not before its time");
        set.wait(2);
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!((run.state, set.count(RecordKind::Candidate).await), (RunState::Succeeded, 180));
        assert_eq!(run.pages, 8, "a page of each kind, none of them twice");
    });
}

#[tokio::test]
async fn failures_are_tried_again_with_growing_waits_then_given_up() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(status(500).times(99).path("applications"));
        set.work().await;
        for (attempt, seconds) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32)] {
            let run = set.last_run(id).await;
            assert_eq!((run.state, run.attempts), (RunState::Paused, attempt));
            let wait = (run.next_try_at.expect("a time") - set.ctx.clock.now()).num_milliseconds();
            assert!((seconds * 1000..=seconds * 1200).contains(&wait), "try {attempt}: {wait} ms");
            set.wait(u64::try_from(seconds).expect("positive") * 6 / 5 + 1);
            set.work().await;
        }
        let run = set.last_run(id).await;
        assert_eq!((run.state, run.error_code.as_deref()), (RunState::Failed, Some("unavailable")));
        assert_eq!(set.events(EventKind::SyncFailed, None).await.len(), 1);
        let letters = set.letters().await;
        assert_eq!((letters.len(), letters[0].source.as_str()), (1, "sync"));
        set.sim().heal();
        dead_letters::retry(&set.ctx, &set.caller, letters[0].id).await.expect("retries");
        set.work().await;
        assert_eq!((set.last_run(id).await.state, set.letters().await.len()), (RunState::Succeeded, 0));
    });
}

#[tokio::test]
async fn what_passes_by_itself_is_got_over() {
    on_databases!(|db| {
        for fault in [
            status(500).times(2).path("candidates"),
            SandboxFault::next(FaultKind::BrokenJson).path("candidates"),
            SandboxFault::next(FaultKind::CloseAfter).path("jobs"),
            SandboxFault::next(FaultKind::PageLoop).path("candidates"),
        ] {
            let set = set(db).await;
            let id = set.connect().await;
            set.sim().fail(fault.clone());
            for _ in 0..3 {
                set.work().await;
                set.wait(10);
            }
            set.work().await;
            let run = set.last_run(id).await;
            assert_eq!((run.state, run.error, run.attempts), (RunState::Succeeded, None, 0), "{fault:?}");
            assert_eq!(set.count(RecordKind::Candidate).await, 180);
        }
    });
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_do_not_go_on_for_ever() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(SandboxFault::next(FaultKind::PageLoop).times(9_999).path("candidates"));
        for _ in 0..8 {
            set.work().await;
            set.wait(60);
        }
        let run = set.last_run(id).await;
        assert_eq!(run.state, RunState::Failed, "{run:?}");
        assert_eq!(set.count(RecordKind::Candidate).await, 180, "what could be read is kept");
    });
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_kept_aside_and_can_be_tried_again() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        let bad = set.sim().id(Kind::Candidates, 7);
        let good = set.sim().record(Kind::Candidates, bad).expect("there")["created_at"].clone();
        set.sim().change(Kind::Candidates, bad, &json!({"created_at": "yesterday"}));
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!((run.state, set.count(RecordKind::Candidate).await), (RunState::Partial, 179));
        let letters = set.letters().await;
        let letter = letters.iter().find(|letter| letter.object.as_deref() == Some("candidate")).expect("a dead letter");
        assert_eq!((letter.source.as_str(), letter.external_id.as_deref()), ("record", Some(bad.to_string().as_str())));
        let fault = dead_letters::retry(&set.ctx, &set.caller, letter.id).await.expect_err("still bad");
        assert!(fault.code.status() >= 400);
        assert_eq!(dead_letters::get(&set.ctx, &set.caller, letter.id).await.expect("there").attempts, 2);
        set.sim().change(Kind::Candidates, bad, &json!({"created_at": good}));
        let outcome = dead_letters::retry_matching(&set.ctx, &set.caller, &DeadLetterFilter::default()).await.expect("retries");
        assert_eq!((outcome.failed, outcome.retried), (0, letters.len()));
        assert_eq!((set.count(RecordKind::Candidate).await, set.letters().await.len()), (180, 0));
    });
}

#[tokio::test]
async fn an_incremental_run_reads_what_changed_and_only_that() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.work().await;
        set.wait(3 * 3600);
        set.run(id, RunKind::Incremental).await;
        set.wait(3 * 3600);
        let one = set.sim().id(Kind::Candidates, 11);
        set.sim().change(Kind::Candidates, one, &json!({"last_name": "Changed"}));
        let run = set.run(id, RunKind::Incremental).await;
        assert_eq!((run.state, run.records, run.updated), (RunState::Succeeded, 1, 1));
        assert_eq!(set.events(EventKind::CandidateUpdated, None).await.len(), 1);
        // Within the overlap it is read once more, and nothing is told again.
        set.wait(60);
        let run = set.run(id, RunKind::Incremental).await;
        assert_eq!((run.records, run.updated, run.unchanged), (1, 0, 1));
    });
}

#[tokio::test]
async fn what_was_deleted_is_seen_by_a_full_run_unless_it_is_suspiciously_much() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.work().await;
        set.wait(3600);
        assert!(set.sim().delete(Kind::Candidates, set.sim().id(Kind::Candidates, 5)));
        let run = set.run(id, RunKind::Full).await;
        assert_eq!((run.state, run.deleted, set.count(RecordKind::Candidate).await), (RunState::Succeeded, 1, 179));
        for number in 20..80 {
            set.sim().delete(Kind::Candidates, set.sim().id(Kind::Candidates, number));
        }
        set.wait(3600);
        let run = set.run(id, RunKind::Full).await;
        assert_eq!((run.state, run.error_code.as_deref()), (RunState::Partial, Some("many_deletes")));
        assert_eq!(set.count(RecordKind::Candidate).await, 179, "a person has to look first");
    });
}

#[tokio::test]
async fn a_run_can_be_stopped_also_while_it_waits() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(SandboxFault::next(FaultKind::Status { status: 429, retry_after: Some(600) }).path("candidates"));
        set.work().await;
        let run = set.last_run(id).await;
        cancel(&set.ctx, &set.caller, run.id).await.expect("stops");
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!(run.state, RunState::Cancelled);
        assert!(set.count(RecordKind::Job).await > 0, "what was read stays");
        assert!(cancel(&set.ctx, &set.caller, run.id).await.is_err(), "it is finished");
    });
}

#[tokio::test]
async fn a_token_that_ends_during_a_run_is_renewed_once() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(SandboxFault::next(FaultKind::Status { status: 429, retry_after: Some(5) }).path("candidates"));
        set.work().await;
        let given = set.sim().tokens_given();
        set.sim().revoke_tokens();
        set.wait(6);
        set.work().await;
        assert_eq!((set.last_run(id).await.state, set.sim().tokens_given()), (RunState::Succeeded, given + 1));
    });
}

#[tokio::test]
async fn a_place_that_is_no_longer_known_is_read_from_its_start() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(SandboxFault::next(FaultKind::Status { status: 429, retry_after: Some(5) }).path("candidates"));
        set.work().await;
        let run = set.last_run(id).await;
        let cursor = runs::CursorRow {
            integration_id: id,
            object: RecordKind::Candidate,
            high_water: None,
            page_cursor: Some("bG9uZyBhZ28".to_owned()),
            window_from: None,
            window_until: Some(set.ctx.clock.now()),
            run_id: Some(run.id),
            done: false,
        };
        let mut tx = db.begin().await.expect("begins");
        runs::upsert_cursor(&mut tx, &cursor, set.ctx.clock.now()).await.expect("stores");
        tx.commit().await.expect("commits");
        set.wait(6);
        set.work().await;
        assert_eq!((set.last_run(id).await.state, set.count(RecordKind::Candidate).await), (RunState::Succeeded, 180));
    });
}

#[tokio::test]
async fn a_parent_that_came_during_the_run_is_fetched() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.sim().fail(SandboxFault::next(FaultKind::Status { status: 429, retry_after: Some(5) }).path("applications"));
        set.work().await;
        assert_eq!(set.count(RecordKind::Candidate).await, 180);
        let before = set.sim().count(Kind::Applications);
        set.wait(6);
        let row = crate::integrations::query::get(&set.ctx, &set.caller, id).await.expect("the integration");
        let (_, cx) = crate::integrations::open(&set.ctx, &row).await.expect("opens");
        let body = json!({"first_name": "New", "last_name": "Person", "application": {"job_id": set.sim().id(Kind::Jobs, 0)}});
        let call = cx.write(reqwest::Method::POST, "api", "candidates").json(&body).expect("plain data");
        call.send().await.expect("made");
        set.work().await;
        let run = set.last_run(id).await;
        assert_eq!((run.state, run.failed, set.count(RecordKind::Candidate).await), (RunState::Succeeded, 0, 181));
        assert_eq!(set.count(RecordKind::Application).await, i64::try_from(before + 1).expect("few"));
    });
}

#[tokio::test]
async fn patterns_for_new_jobs_are_no_jobs() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.work().await;
        let there = set.sim().count(Kind::Jobs);
        assert_eq!(set.count(RecordKind::Job).await, i64::try_from(there).expect("few") - 1);
        assert_eq!(set.last_run(id).await.failed, 0, "nor are its stages missed");
    });
}
