//! Webhooks of the simulated Greenhouse, sent over HTTP to the real router, on every database at hand.

mod channels;
mod keys;

use std::time::Duration;

use super::*;
use crate::domain::error::ErrorCode;
use crate::domain::event::EventKind;
use crate::domain::id::{ApplicationId, CandidateId};
use crate::domain::status::{ApplicationStatus, RecordKind};
use crate::records::{applications, candidates};
use crate::sandbox::greenhouse::{DEMO_WEBHOOK_SECRET, Fault, FaultKind, Kind, Webhook};
use crate::server::router::router;
use crate::server::state::{AppState, Settings};
use crate::store::Db;
use crate::store::inbound_event::InboundEventFilter;
use crate::store::page::PageQuery;
use crate::store::record::count_records;
use crate::store::testing::on_databases;
use crate::sync::tests::{Set, set};

struct Desk {
    set: Set,
    id: IntegrationId,
    base: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn desk(db: &Db, key: Option<&str>) -> Desk {
    let set = set(db).await;
    let more: Vec<(&str, &str)> = key.map(|key| ("webhook_secret", key)).into_iter().collect();
    let id = set.connect_with(&more).await;
    set.work().await;
    set.ctx.clock.advance(Duration::from_secs(3600));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let app = router(AppState::new(set.ctx.clone(), Settings::from(&*set.ctx.config)));
    let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    Desk { set, id, base, server }
}

impl Desk {
    fn sim(&self) -> &crate::sandbox::greenhouse::Simulator {
        &self.set.sandbox.sandbox.greenhouse
    }

    fn url(&self) -> String {
        format!("{}/hooks/greenhouse/{}", self.base, self.id)
    }

    async fn send(&self, webhook: Webhook) -> u16 {
        // Ids made in one instant of a clock that stands still have no order.
        self.set.ctx.clock.advance(Duration::from_millis(5));
        self.sim().send(&webhook).await.expect("answers").status
    }

    fn hook(&self, action: &str, id: Option<i64>) -> Webhook {
        Webhook { action: action.to_owned(), url: self.url(), secret: None, id, into: None, event_id: None, payload: None }
    }

    async fn work(&self) -> usize {
        register(&self.set.ctx, Worker::new(self.set.ctx.queue.clone(), QUEUE, "test", 4)).drain().await
    }

    /// What came in, oldest first.
    async fn events(&self) -> Vec<InboundEventRow> {
        let page = PageQuery { limit: 200, before: None };
        let mut rows = list(&self.set.ctx, &self.set.caller, &InboundEventFilter::default(), page).await.expect("lists").rows;
        rows.reverse();
        rows
    }

    async fn states(&self) -> Vec<String> {
        self.events().await.into_iter().map(|event| event.state).collect()
    }

    /// An application in process and the next stage of its job, over there.
    fn somebody(&self) -> (i64, serde_json::Value) {
        let sim = self.sim();
        let application = (0..sim.count(Kind::Applications))
            .filter_map(|number| sim.record(Kind::Applications, sim.id(Kind::Applications, number)))
            .find(|record| record["status"] == "in_process" && record["job_id"].is_i64() && record["prospect"] != true)
            .expect("somebody is in process");
        let stage = (0..sim.count(Kind::Stages))
            .filter_map(|number| sim.record(Kind::Stages, sim.id(Kind::Stages, number)))
            .find(|stage| stage["job_id"] == application["job_id"] && stage["id"] != application["stage_id"])
            .expect("another stage");
        (application["id"].as_i64().expect("a number"), stage)
    }

    fn move_there(&self, application: i64, stage: &serde_json::Value) {
        let fields = serde_json::json!({"stage_id": stage["id"], "stage_name": stage["name"], "job_interview_stage_id": stage["id"]});
        self.sim().change(Kind::Applications, application, &fields);
    }
}

#[tokio::test]
async fn a_message_is_kept_then_dealt_with_and_the_sync_finds_nothing_new() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        let (application, stage) = desk.somebody();
        desk.move_there(application, &stage);
        assert_eq!(
            desk.send(Webhook { event_id: Some("e-1".to_owned()), ..desk.hook("candidate_stage_change", Some(application)) }).await,
            200
        );
        assert_eq!(desk.states().await, ["received"]);
        desk.work().await;
        assert_eq!(desk.states().await, ["processed"]);
        let id: ApplicationId = desk.set.local(desk.id, RecordKind::Application, application).await;
        let row = applications::get(&desk.set.ctx, &desk.set.caller, id).await.expect("here").row;
        assert_eq!(row.stage_name.as_deref(), stage["name"].as_str());
        assert_eq!(desk.set.events(EventKind::ApplicationStageChanged, Some(id)).await.len(), 1);
        // The same message again is answered and not kept.
        assert_eq!(
            desk.send(Webhook { event_id: Some("e-1".to_owned()), ..desk.hook("candidate_stage_change", Some(application)) }).await,
            200
        );
        assert_eq!(desk.states().await, ["processed"]);
        desk.set.ctx.clock.advance(Duration::from_secs(60));
        crate::sync::start(&desk.set.ctx, &desk.set.caller, desk.id, crate::sync::RunKind::Incremental, None).await.expect("a run");
        desk.set.work().await;
        assert_eq!(desk.set.last_run(desk.id).await.state, crate::domain::status::RunState::Succeeded);
        assert_eq!(desk.set.events(EventKind::ApplicationStageChanged, Some(id)).await.len(), 1, "told once");
        // And once more by hand.
        let event = desk.events().await.remove(0);
        replay(&desk.set.ctx, &desk.set.caller, event.id).await.expect("replays");
        desk.work().await;
        assert_eq!(desk.states().await, ["processed"]);
        assert_eq!(desk.set.events(EventKind::ApplicationStageChanged, Some(id)).await.len(), 1, "still told once");
    });
}

#[tokio::test]
async fn forged_and_unsigned_messages_are_refused_and_unknown_addresses_named() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        let (application, _) = desk.somebody();
        let forged = Webhook {
            secret: Some("another".to_owned()),
            event_id: Some("e-9".to_owned()),
            ..desk.hook("delete_application", Some(application))
        };
        assert_eq!(desk.send(forged).await, 401);
        desk.work().await;
        assert_eq!(desk.states().await, ["rejected"]);
        let event = desk.events().await.remove(0);
        assert_eq!((event.verdict.as_str(), event.external_id), ("forged", None), "a forged message takes no genuine one's place");
        let fault = replay(&desk.set.ctx, &desk.set.caller, event.id).await.expect_err("never");
        assert_eq!(fault.code, ErrorCode::Conflict);
        assert_eq!(desk.send(Webhook { event_id: Some("e-9".to_owned()), ..desk.hook("ping", None) }).await, 200);
        desk.work().await;
        assert_eq!(desk.states().await, ["rejected", "ignored"]);
        let nowhere = |path: String| Webhook { url: format!("{}{path}", desk.base), ..desk.hook("ping", None) };
        let other = desk.set.ctx.clock.new_id();
        for (path, status) in [
            (format!("/hooks/greenhouse/{other}"), 404),
            ("/hooks/greenhouse/7".to_owned(), 404),
            (format!("/hooks/slack/{}", desk.id), 404),
            (format!("/hooks/nothing/{}", desk.id), 404),
            (format!("/api/v1/integrations/webhooks/greenhouse/{}", desk.id), 200),
            (format!("/api/v1/integrations/ats/webhook/{}", desk.id), 200),
            ("/api/v1/integrations/webhooks/greenhouse".to_owned(), 200),
        ] {
            assert_eq!(desk.send(nowhere(path.clone())).await, status, "{path}");
        }
        assert_eq!(desk.events().await.len(), 4, "what names no integration is nobody's");
    });
}

#[tokio::test]
async fn what_came_before_the_key_is_dealt_with_once_there_is_one() {
    on_databases!(|db| {
        let desk = desk(db, None).await;
        let (application, stage) = desk.somebody();
        desk.move_there(application, &stage);
        assert_eq!(desk.send(desk.hook("candidate_stage_change", Some(application))).await, 200);
        assert_eq!(desk.send(Webhook { secret: Some("another".to_owned()), ..desk.hook("ping", None) }).await, 200);
        assert_eq!(desk.states().await, ["quarantined", "quarantined"]);
        desk.set.connect_with(&[("webhook_secret", DEMO_WEBHOOK_SECRET)]).await;
        desk.work().await;
        assert_eq!(desk.states().await, ["processed", "rejected"]);
        // A new key takes over; what is signed with the one before it still counts for two days.
        desk.set.connect_with(&[("webhook_secret", "a-new-key")]).await;
        assert_eq!(desk.send(desk.hook("ping", None)).await, 200);
        assert_eq!(desk.send(Webhook { secret: Some("a-new-key".to_owned()), ..desk.hook("ping", None) }).await, 200);
        // Connecting again without a key keeps it.
        desk.set.connect().await;
        desk.set.ctx.clock.advance(Duration::from_secs(49 * 3600));
        assert_eq!(desk.send(desk.hook("ping", None)).await, 401);
        assert_eq!(desk.send(Webhook { secret: Some("a-new-key".to_owned()), ..desk.hook("ping", None) }).await, 200);
    });
}

#[tokio::test]
async fn messages_keep_their_order_while_one_is_tried_again() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        // New over there, so it has to be asked for; the first try fails.
        let made = desk.sim().count(Kind::Candidates);
        let body = serde_json::json!({"first_name": "New", "last_name": "Person", "application": {"job_id": desk.sim().id(Kind::Jobs, 0)}});
        let cx = reqwest_post(&desk, &body).await;
        assert_eq!(desk.sim().count(Kind::Candidates), made + 1, "{cx}");
        let application = desk.sim().id(Kind::Applications, desk.sim().count(Kind::Applications) - 1);
        desk.sim().fail(Fault::next(FaultKind::Status { status: 500, retry_after: None }).method("GET"));
        assert_eq!(desk.send(desk.hook("new_candidate_application", Some(application))).await, 200);
        assert_eq!(desk.send(desk.hook("delete_application", Some(application))).await, 200);
        desk.work().await;
        let events = desk.events().await;
        assert_eq!((events[0].state.as_str(), events[0].attempts, events[1].state.as_str()), ("received", 1, "received"));
        desk.set.ctx.clock.advance(Duration::from_secs(3));
        desk.work().await;
        assert_eq!(desk.states().await, ["processed", "processed"]);
        let link = crate::store::link::find_link(db, desk.id, RecordKind::Application, &application.to_string()).await.expect("reads");
        assert!(link.expect("it was taken in").deleted_at.is_some(), "first made, then deleted");
    });
}

/// Makes a candidate in the simulated account as somebody over there would.
async fn reqwest_post(desk: &Desk, body: &serde_json::Value) -> String {
    let row = crate::store::integration::find_integration_anywhere(&desk.set.ctx.store, desk.id).await.expect("reads").expect("there");
    let (_, cx) = crate::integrations::open(&desk.set.ctx, &row).await.expect("opens");
    let call = cx.write(reqwest::Method::POST, "api", "candidates").json(body).expect("plain data");
    format!("{:?}", call.send().await.expect("made").status)
}

#[tokio::test]
async fn deletions_and_merges_are_followed() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        let (organization, sim) = (desk.set.caller.organization, desk.sim());
        let (first, second, third) = (sim.id(Kind::Candidates, 3), sim.id(Kind::Candidates, 4), sim.id(Kind::Candidates, 5));
        let into: CandidateId = desk.set.local(desk.id, RecordKind::Candidate, second).await;
        let hook = Webhook { into: Some(second), ..desk.hook("merge_candidate", Some(first)) };
        let before = applications_of(&desk, into).await;
        let moved = applications_of(&desk, desk.set.local(desk.id, RecordKind::Candidate, first).await).await;
        assert_eq!(desk.send(hook).await, 200);
        assert_eq!(desk.send(desk.hook("delete_candidate", Some(third))).await, 200);
        desk.work().await;
        assert_eq!(desk.states().await, ["processed", "processed"]);
        assert_eq!(count_records(db, organization, RecordKind::Candidate).await.expect("counts"), 178);
        assert_eq!(applications_of(&desk, into).await, before + moved);
        let gone: CandidateId = desk.set.local(desk.id, RecordKind::Candidate, first).await;
        assert_eq!(candidates::get(&desk.set.ctx, &desk.set.caller, gone).await.expect_err("gone").code, ErrorCode::NotFound);
    });
}

async fn applications_of(desk: &Desk, candidate: CandidateId) -> usize {
    let filter = crate::store::record::application::ApplicationFilter { candidate: Some(candidate), ..Default::default() };
    applications::list(&desk.set.ctx, &desk.set.caller, &filter, PageQuery::default()).await.expect("lists").rows.len()
}

#[tokio::test]
async fn an_older_message_does_not_turn_time_back() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        let (application, stage) = desk.somebody();
        let id: ApplicationId = desk.set.local(desk.id, RecordKind::Application, application).await;
        desk.move_there(application, &stage);
        // The message of the move is on its way for long; the application is rejected, and a sync reads that.
        let late = desk.hook("candidate_stage_change", Some(application));
        let payload = serde_json::json!({"application": late_payload(&desk, application)});
        desk.set.ctx.clock.advance(Duration::from_secs(60));
        let rejected =
            serde_json::json!({"status": "rejected", "stage_id": null, "stage_name": null, "rejected_at": desk.set.ctx.clock.now()});
        desk.sim().change(Kind::Applications, application, &rejected);
        crate::sync::start(&desk.set.ctx, &desk.set.caller, desk.id, crate::sync::RunKind::Incremental, None).await.expect("a run");
        desk.set.work().await;
        assert_eq!(desk.send(Webhook { payload: Some(payload), ..late }).await, 200);
        desk.work().await;
        assert_eq!(desk.states().await, ["processed"]);
        let row = applications::get(&desk.set.ctx, &desk.set.caller, id).await.expect("here").row;
        assert_eq!((row.status, row.stage_name), (ApplicationStatus::Rejected, None));
        assert!(desk.set.events(EventKind::ApplicationStageChanged, Some(id)).await.is_empty());
    });
}

fn late_payload(desk: &Desk, application: i64) -> serde_json::Value {
    let record = desk.sim().record(Kind::Applications, application).expect("there");
    serde_json::json!({
        "id": application, "candidate_id": record["candidate_id"], "status": "active", "last_activity_at": record["last_activity_at"],
        "current_stage": {"id": record["stage_id"], "name": record["stage_name"]}, "jobs": [], "prospect": false,
    })
}

#[tokio::test]
async fn what_cannot_be_read_becomes_a_dead_letter() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        let broken = Webhook { payload: Some(serde_json::json!({"application": 5})), ..desk.hook("candidate_stage_change", None) };
        assert_eq!(desk.send(broken).await, 200);
        assert_eq!(desk.send(desk.hook("ping", None)).await, 200);
        desk.work().await;
        assert_eq!(desk.states().await, ["failed", "ignored"], "the ones behind it go on");
        let filter = crate::store::dead_letter::DeadLetterFilter { source: Some("inbound".to_owned()), ..Default::default() };
        let letters = crate::operations::dead_letters::list(&desk.set.ctx, &desk.set.caller, &filter, PageQuery::default()).await;
        assert_eq!(letters.expect("lists").rows.len(), 1);
        let row = crate::store::integration::find_integration_anywhere(db, desk.id).await.expect("reads").expect("there");
        assert!(url(&desk.set.ctx, &row).ends_with(&format!("/hooks/greenhouse/{}", desk.id)));
    });
}

#[tokio::test]
async fn an_older_message_without_a_time_is_not_believed() {
    on_databases!(|db| {
        let desk = desk(db, Some(DEMO_WEBHOOK_SECRET)).await;
        let job = desk.sim().id(Kind::Jobs, 0);
        let candidate = desk.sim().id(Kind::Candidates, 0);
        let title = |name: &str| serde_json::json!({ "job": { "id": job, "name": name, "custom_fields": [] } });
        // The job is renamed twice; the message of the first time comes last, and neither states when it was.
        desk.sim().change(Kind::Jobs, job, &serde_json::json!({ "name": "Third name" }));
        for name in ["Third name", "Second name"] {
            assert_eq!(desk.send(Webhook { payload: Some(title(name)), ..desk.hook("job_updated", None) }).await, 200);
        }
        let payload =
            serde_json::json!({ "candidate": { "id": candidate, "first_name": "Before", "last_name": "Marriage", "custom_fields": [] } });
        assert_eq!(desk.send(Webhook { payload: Some(payload), ..desk.hook("update_candidate", None) }).await, 200);
        desk.work().await;
        assert_eq!(desk.states().await, ["processed"; 3]);
        let row = crate::records::jobs::get(&desk.set.ctx, &desk.set.caller, desk.set.local(desk.id, RecordKind::Job, job).await).await;
        assert_eq!(row.expect("here").row.title, "Third name");
        let id: CandidateId = desk.set.local(desk.id, RecordKind::Candidate, candidate).await;
        let row = candidates::get(&desk.set.ctx, &desk.set.caller, id).await.expect("here").row;
        assert_ne!(row.first_name, "Before");
        // While it cannot be asked, it waits; and is given up rather than believed.
        for _ in 0..12 {
            desk.sim().fail(Fault::next(FaultKind::Status { status: 500, retry_after: None }).method("GET"));
        }
        assert_eq!(desk.send(Webhook { payload: Some(title("Second name")), ..desk.hook("job_updated", None) }).await, 200);
        for _ in 0..8 {
            desk.work().await;
            desk.set.ctx.clock.advance(Duration::from_secs(120));
        }
        assert_eq!(desk.states().await.last().map(String::as_str), Some("failed"));
        let row = crate::records::jobs::get(&desk.set.ctx, &desk.set.caller, desk.set.local(desk.id, RecordKind::Job, job).await).await;
        assert_eq!(row.expect("here").row.title, "Third name");
    });
}
