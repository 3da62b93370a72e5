//! Changes sent to the simulated Greenhouse over real HTTP, on every database at hand.

use std::time::Duration;

use super::*;
use crate::domain::error::ErrorCode;
use crate::domain::event::EventKind;
use crate::domain::id::{IntegrationId, MessageId, StageId};
use crate::domain::status::ApplicationStatus;
use crate::records::{Linked, applications, messages};
use crate::sandbox::greenhouse::{Fault as SandboxFault, FaultKind, Kind};
use crate::store::Db;
use crate::store::dead_letter::{DeadLetterFilter, list_dead_letters};
use crate::store::record::application::ApplicationRow;
use crate::store::testing::on_databases;
use crate::sync::tests::{Set, set};

struct Desk {
    set: Set,
    integration: IntegrationId,
    /// An application in process, over there.
    there: i64,
    application: ApplicationRow,
    /// The stages of its job, over there and here, in order.
    stages: Vec<(i64, StageId)>,
}

/// Everything read in, and an application in process at hand.
async fn desk(db: &Db) -> Desk {
    let set = set(db).await;
    let integration = set.connect().await;
    set.work().await;
    let sim = &set.sandbox.sandbox.greenhouse;
    let number = (0..sim.count(Kind::Applications))
        .find(|number| {
            let record = sim.record(Kind::Applications, sim.id(Kind::Applications, *number)).unwrap_or_default();
            record["status"] == "in_process" && record["job_id"].is_i64() && record["prospect"] != true
        })
        .expect("somebody is in process");
    let there = sim.id(Kind::Applications, number);
    let record = sim.record(Kind::Applications, there).expect("it exists");
    let mut stages = Vec::new();
    for number in 0..sim.count(Kind::Stages) {
        let stage = sim.record(Kind::Stages, sim.id(Kind::Stages, number)).expect("it exists");
        if stage["job_id"] == record["job_id"] && stage["id"] != record["stage_id"] {
            let id = stage["id"].as_i64().expect("a number");
            stages.push((id, set.local(integration, RecordKind::Stage, id).await));
        }
    }
    let id: ApplicationId = set.local(integration, RecordKind::Application, there).await;
    let application = applications::get(&set.ctx, &set.caller, id).await.expect("it is here").row;
    set.ctx.clock.advance(Duration::from_secs(3600));
    Desk { set, integration, there, application, stages }
}

impl Desk {
    fn ctx(&self) -> &Context {
        &self.set.ctx
    }

    fn sim(&self) -> &crate::sandbox::greenhouse::Simulator {
        &self.set.sandbox.sandbox.greenhouse
    }

    async fn move_to(&self, stage: usize) -> Result<Written<Linked<ApplicationRow>>> {
        move_to(self.ctx(), &self.set.caller, self.application.id, self.stages[stage].1).await
    }

    async fn now(&self) -> ApplicationRow {
        applications::get(self.ctx(), &self.set.caller, self.application.id).await.expect("it is here").row
    }

    async fn work(&self) {
        register(self.ctx(), Worker::new(self.ctx().queue.clone(), QUEUE, "test", 4)).drain().await;
    }

    /// A run that reads what changed, and says how much did here.
    async fn sync(&self) -> i64 {
        crate::sync::start(self.ctx(), &self.set.caller, self.integration, crate::sync::RunKind::Incremental, None).await.expect("a run");
        self.set.work().await;
        let run = self.set.last_run(self.integration).await;
        assert_eq!(run.error, None);
        run.records
    }

    async fn moves(&self) -> Vec<(String, String)> {
        self.set.events(EventKind::ApplicationStageChanged, Some(self.application.id)).await
    }

    fn calls(&self) -> Vec<String> {
        self.sim().writes().into_iter().map(|write| write.call).collect()
    }

    async fn letters(&self) -> Vec<crate::store::dead_letter::DeadLetterRow> {
        let (filter, page) = (DeadLetterFilter::default(), PageQuery::default());
        list_dead_letters(&self.ctx().store, self.set.caller.organization, &filter, page).await.expect("reads").rows
    }
}

fn pending<T: std::fmt::Debug>(written: Written<T>) -> RemoteWriteRow {
    match written {
        Written::OnItsWay(row) => *row,
        Written::Done(done) => panic!("done: {done:?}"),
    }
}

#[tokio::test]
async fn a_move_is_made_over_there_first_and_told_once() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let Written::Done(moved) = desk.move_to(0).await.expect("moves") else { panic!("it is made at once") };
        assert_eq!(moved.row.stage_id, Some(desk.stages[0].1));
        assert_eq!(desk.sim().record(Kind::Applications, desk.there).expect("there")["stage_id"], desk.stages[0].0);
        let moves = desk.moves().await;
        assert_eq!((moves.len(), moves[0].0.as_str()), (1, "Ada"));
        desk.set.ctx.clock.advance(Duration::from_secs(60));
        assert!(desk.sync().await > 0, "the changed application is read again");
        assert_eq!(desk.moves().await.len(), 1, "the sync tells nothing new");
        // The same stage again is no change.
        assert!(matches!(desk.move_to(0).await.expect("stays"), Written::Done(_)));
        assert_eq!(desk.calls().len(), 1);
    });
}

#[tokio::test]
async fn a_stage_of_another_job_is_refused_by_name() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let other = (0..desk.sim().count(Kind::Stages))
            .map(|number| desk.sim().record(Kind::Stages, desk.sim().id(Kind::Stages, number)).expect("there"))
            .find(|stage| stage["job_id"] != desk.sim().record(Kind::Applications, desk.there).expect("there")["job_id"])
            .expect("another job");
        let stage = desk.set.local(desk.integration, RecordKind::Stage, other["id"].as_i64().expect("a number")).await;
        let fault = move_to(desk.ctx(), &desk.set.caller, desk.application.id, stage).await.expect_err("another job's");
        assert_eq!((fault.code, fault.fields[0].pointer.as_str()), (ErrorCode::Invalid, "/stageId"));
        let fault = reject(desk.ctx(), &desk.set.caller, desk.application.id, Some("No such reason".to_owned()), None).await;
        assert_eq!(fault.expect_err("unknown").fields[0].pointer, "/reason");
        assert!(desk.calls().is_empty());
    });
}

#[tokio::test]
async fn an_application_that_was_moved_meanwhile_is_a_conflict_and_read_again() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let stage = desk.sim().record(Kind::Stages, desk.stages[1].0).expect("there");
        desk.sim().change(
            Kind::Applications,
            desk.there,
            &serde_json::json!({"stage_id": stage["id"], "stage_name": stage["name"], "job_interview_stage_id": stage["id"]}),
        );
        let fault = desk.move_to(0).await.expect_err("it moved");
        assert_eq!(fault.code, ErrorCode::Conflict);
        assert!(fault.detail.contains(stage["name"].as_str().expect("a name")), "{}", fault.detail);
        assert_eq!(desk.now().await.stage_id, Some(desk.stages[1].1), "as it is over there");
        assert_eq!(desk.moves().await[0].0, "Greenhouse");
        assert!(desk.letters().await.is_empty());
        // From there it can be moved.
        assert!(matches!(desk.move_to(0).await.expect("moves"), Written::Done(_)));
    });
}

#[tokio::test]
async fn an_unknown_outcome_is_looked_up_and_never_sent_twice() {
    on_databases!(|db| {
        for fault in [FaultKind::CloseAfter, FaultKind::FailAfter] {
            let desk = desk(db).await;
            desk.sim().fail(SandboxFault::next(fault.clone()).method("POST"));
            let Written::Done(moved) = desk.move_to(0).await.expect("moves") else { panic!("a look confirms it: {fault:?}") };
            assert_eq!(moved.row.stage_id, Some(desk.stages[0].1));
            assert_eq!((desk.calls().len(), desk.moves().await.len()), (1, 1), "{fault:?}");
        }
        // Nothing was done: it is sent again once a look shows that.
        let desk = desk(db).await;
        desk.sim().fail(SandboxFault::next(FaultKind::Status { status: 503, retry_after: None }).method("POST"));
        let row = pending(desk.move_to(0).await.expect("on its way"));
        assert_eq!((row.state.as_str(), row.attempts), ("unknown", 1));
        let fault = desk.move_to(1).await.expect_err("one at a time");
        assert_eq!(fault.code, ErrorCode::Conflict);
        desk.work().await;
        assert!(desk.calls().is_empty(), "not before its time");
        desk.ctx().clock.advance(Duration::from_secs(3));
        desk.work().await;
        let row = get(desk.ctx(), &desk.set.caller, row.id).await.expect("the change");
        assert_eq!((row.state.as_str(), desk.calls().len()), ("done", 1), "{row:?}");
        assert_eq!((desk.now().await.stage_id, desk.moves().await[0].0.as_str()), (Some(desk.stages[0].1), "Ada"));
    });
}

#[tokio::test]
async fn a_crash_while_sending_is_looked_into_first() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let target = Target {
            integration: crate::store::integration::find_integration_anywhere(db, desk.integration).await.expect("reads").expect("there"),
            external_id: desk.there.to_string(),
        };
        // As a process leaves it that died after the call went through.
        desk.sim().fail(SandboxFault::next(FaultKind::HangAfter { seconds: 60 }).method("POST"));
        let change = Change::Move {
            application: desk.there.to_string(),
            from: None,
            to: desk.stages[0].0.to_string(),
            to_name: "Anywhere".to_owned(),
        };
        let row = RemoteWriteRow {
            id: desk.ctx().clock.new(),
            organization_id: desk.set.caller.organization,
            integration_id: desk.integration,
            kind: "move".to_owned(),
            candidate_id: Some(desk.application.candidate_id),
            application_id: Some(desk.application.id),
            job_id: desk.application.job_id,
            payload: Json(serde_json::to_value(&change).expect("plain data")),
            state: "sending".to_owned(),
            attempts: 0,
            result: None,
            error_code: None,
            error: None,
            actor: serde_json::to_string(&StoredActor::from(&desk.set.caller.actor)).expect("plain data"),
            trace_id: desk.set.caller.trace,
            created_at: desk.ctx().clock.now(),
            sent_at: None,
            finished_at: None,
        };
        let stage = desk.sim().record(Kind::Stages, desk.stages[0].0).expect("there");
        desk.sim().change(
            Kind::Applications,
            desk.there,
            &serde_json::json!({"stage_id": stage["id"], "stage_name": stage["name"], "job_interview_stage_id": stage["id"]}),
        );
        let mut tx = db.begin().await.expect("begins");
        remote_write::insert_remote_write(&mut tx, &row).await.expect("inserts");
        desk.ctx().queue.enqueue(&mut tx, task_for(&row)).await.expect("enqueues");
        tx.commit().await.expect("commits");
        desk.work().await;
        let row = get(desk.ctx(), &desk.set.caller, row.id).await.expect("the change");
        assert_eq!((row.state.as_str(), desk.calls().len()), ("done", 0), "it had gone through; {:?}", target.external_id);
        assert_eq!(desk.now().await.stage_id, Some(desk.stages[0].1));
    });
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_tries_run_out_into_a_dead_letter() {
    on_databases!(|db| {
        let desk = desk(db).await;
        desk.sim().fail(SandboxFault::next(FaultKind::Status { status: 429, retry_after: Some(12) }).method("POST"));
        let row = pending(desk.move_to(0).await.expect("on its way"));
        assert_eq!((row.state.as_str(), row.attempts), ("queued", 0), "waiting counts as no try");
        desk.ctx().clock.advance(Duration::from_secs(13));
        desk.work().await;
        assert_eq!(get(desk.ctx(), &desk.set.caller, row.id).await.expect("the change").state, "done");

        desk.sim().fail(SandboxFault::next(FaultKind::Status { status: 500, retry_after: None }).times(99));
        let row = pending(desk.move_to(1).await.expect("on its way"));
        for wait in [3, 5, 10, 20, 40] {
            desk.ctx().clock.advance(Duration::from_secs(wait));
            desk.work().await;
        }
        let row = get(desk.ctx(), &desk.set.caller, row.id).await.expect("the change");
        assert_eq!((row.state.as_str(), row.error_code.as_deref(), row.attempts), ("failed", Some("outcome_unknown"), 5));
        let letters = desk.letters().await;
        assert_eq!((letters.len(), letters[0].source.as_str()), (1, "write"));
        // Mended, and tried again by a person.
        desk.sim().heal();
        crate::operations::dead_letters::retry(desk.ctx(), &desk.set.caller, letters[0].id).await.expect("retries");
        desk.work().await;
        assert_eq!(get(desk.ctx(), &desk.set.caller, row.id).await.expect("the change").state, "done");
        assert!(desk.letters().await.is_empty());
        assert_eq!(desk.now().await.stage_id, Some(desk.stages[1].1));
    });
}

#[tokio::test]
async fn rejecting_and_hiring_take_the_words_of_the_provider() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let known = reasons(desk.ctx(), &desk.set.caller, desk.application.id).await.expect("reasons");
        let Written::Done(rejected) =
            reject(desk.ctx(), &desk.set.caller, desk.application.id, Some(known[0].name.to_uppercase()), None).await.expect("rejects")
        else {
            panic!("at once")
        };
        assert_eq!(
            (rejected.row.status, rejected.row.rejection_reason.as_deref()),
            (ApplicationStatus::Rejected, Some(known[0].name.as_str()))
        );
        let told = desk.set.events(EventKind::ApplicationRejected, Some(desk.application.id)).await;
        assert_eq!((told.len(), told[0].0.as_str(), desk.moves().await.len()), (1, "Ada", 0), "leaving the pipeline is no move");
        let fault = hire(desk.ctx(), &desk.set.caller, desk.application.id, None).await.expect_err("rejected");
        assert_eq!(fault.code, ErrorCode::Conflict);
        desk.ctx().clock.advance(Duration::from_secs(60));
        desk.sync().await;
        assert_eq!(desk.set.events(EventKind::ApplicationRejected, Some(desk.application.id)).await.len(), 1);
        assert!(desk.moves().await.is_empty());
    });
}

#[tokio::test]
async fn hiring_fills_an_opening() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let hired = hire(desk.ctx(), &desk.set.caller, desk.application.id, chrono::NaiveDate::from_ymd_opt(2026, 12, 1)).await;
        let Written::Done(hired) = hired.expect("hires") else { panic!("at once") };
        assert_eq!(hired.row.status, ApplicationStatus::Hired);
        assert_eq!(desk.set.events(EventKind::ApplicationHired, Some(desk.application.id)).await[0].0, "Ada");
        assert_eq!(desk.sim().writes()[0].body["start_date"], "2026-12-01");
    });
}

#[tokio::test]
async fn an_application_is_submitted_with_its_person_and_not_brought_in_twice() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let job: JobId = desk.set.local(desk.integration, RecordKind::Job, desk.sim().id(Kind::Jobs, 0)).await;
        let person = |email: &str| crate::records::candidates::CandidateInput {
            first_name: Some("Jane".to_owned()),
            last_name: Some("Sørensen".to_owned()),
            emails: Some(vec![Contact { value: email.to_owned(), kind: None }]),
            ..Default::default()
        };
        let submission = |email: &str| Submission {
            job,
            candidate: None,
            person: person(email),
            source: None,
            resume: Some(NewResume {
                filename: "jane.pdf".to_owned(),
                content_type: "application/pdf".to_owned(),
                content_base64: "JVBERi0=".to_owned(),
            }),
        };
        desk.sim().fail(SandboxFault::next(FaultKind::CloseAfter).method("POST"));
        let made = submit(desk.ctx(), &desk.set.caller, submission("jane@example.com")).await.expect("submits");
        let Written::Done(made) = made else { panic!("a look finds it: {made:?}") };
        assert_eq!((made.row.job_id, made.row.status), (Some(job), ApplicationStatus::Active));
        assert_eq!(desk.calls().iter().filter(|call| *call == "POST candidates").count(), 1);
        assert_eq!(desk.set.events(EventKind::ApplicationCreated, Some(made.row.id)).await[0].0, "Ada");
        let before = desk.set.events(EventKind::CandidateCreated, None).await.len();
        desk.ctx().clock.advance(Duration::from_secs(60));
        desk.sync().await;
        assert_eq!(desk.set.events(EventKind::CandidateCreated, None).await.len(), before, "the sync knows the candidate");

        let wrong = submit(desk.ctx(), &desk.set.caller, Submission { person: person("nobody"), ..submission("x") }).await;
        assert_eq!(wrong.expect_err("no address").fields[0].pointer, "/candidate/emails/0/value");
        let row = list(desk.ctx(), &desk.set.caller, &RemoteWriteFilter::default(), PageQuery::default()).await.expect("lists").rows;
        assert!(!row[0].payload.0.to_string().contains("JVBERi0"), "the file is not kept");
    });
}

#[tokio::test]
async fn a_note_arrives_once_and_is_kept_here() {
    on_databases!(|db| {
        let desk = desk(db).await;
        let id = desk.application.candidate_id;
        desk.sim().fail(SandboxFault::next(FaultKind::CloseAfter).method("POST"));
        let Written::Done(written) = note(desk.ctx(), &desk.set.caller, id, "Spoke on the phone ", None).await.expect("writes") else {
            panic!("a look finds it")
        };
        assert_eq!((written.row.body.as_str(), written.row.visibility.as_str()), ("Spoke on the phone", "private"));
        assert_eq!((written.row.author.as_str(), written.links.len()), ("Ada", 1));
        assert_eq!(desk.calls(), ["POST notes"]);
        let id: MessageId = written.row.id;
        assert!(messages::get(desk.ctx(), &desk.set.caller, id).await.is_ok());
        let fault = note(desk.ctx(), &desk.set.caller, desk.application.candidate_id, "  ", None).await.expect_err("empty");
        assert_eq!(fault.fields[0].pointer, "/body");
    });
}

#[tokio::test]
async fn records_that_live_here_alone_change_here_alone() {
    on_databases!(|db| {
        let set = set(db).await;
        let person = crate::records::candidates::CandidateInput { last_name: Some("Lovelace".to_owned()), ..Default::default() };
        let candidate = crate::records::candidates::create(&set.ctx, &set.caller, person).await.expect("creates").row.id;
        let input = applications::ApplicationInput { candidate, job: None, source: None, applied_at: None, custom_fields: None };
        let application = applications::create(&set.ctx, &set.caller, input).await.expect("creates").row.id;
        let rejected = reject(&set.ctx, &set.caller, application, Some("Too far away".to_owned()), None).await.expect("rejects");
        let Written::Done(rejected) = rejected else { panic!("at once") };
        assert_eq!(rejected.row.rejection_reason.as_deref(), Some("Too far away"));
        assert!(matches!(note(&set.ctx, &set.caller, candidate, "Hello", None).await.expect("writes"), Written::Done(_)));
        assert_eq!(set.sandbox.sandbox.greenhouse.calls(), 0);
    });
}
