//! The provider against its simulator, over real HTTP on the loopback address.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;

use crate::clock::Clock;
use crate::domain::id::IntegrationId;
use crate::domain::status::{ApplicationStatus, JobStatus, RecordKind};
use crate::providers::{
    Ats, Change, ClientCredentials, Connection, Contact, Credentials, Error, Http, HttpOptions, Inbound, LoopGuard, NewApplication,
    PageFrom, Provider, Registry, Remote, RemoteData, Resume, Verdict, Visibility,
};
use crate::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_WEBHOOK_SECRET, Fault, FaultKind, Kind, Simulator, Webhook};
use crate::sandbox::{Options, Running, Sandbox};

use super::Greenhouse;

struct World {
    running: Running,
    clock: Clock,
    cx: Connection,
}

impl World {
    fn sim(&self) -> &Simulator {
        &self.running.sandbox.greenhouse
    }
}

fn credentials(pairs: &[(&str, &str)]) -> Credentials {
    let demo = [("client_id", DEMO_CLIENT_ID), ("client_secret", DEMO_CLIENT_SECRET)];
    demo.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect()
}

async fn world_with(change: impl FnOnce(&mut Options), pairs: &[(&str, &str)]) -> World {
    let clock = Clock::manual("2026-11-21T10:00:00Z".parse().expect("a time"));
    let mut options = Options { clock: clock.clone(), ..Options::default() };
    change(&mut options);
    let running = Sandbox::start("127.0.0.1:0".parse().expect("an address"), &options).await.expect("a free port");
    let http = Http::new(&HttpOptions { total_timeout: Duration::from_millis(400), ..HttpOptions::default() }).expect("a client");
    let provider = Registry::new().get("greenhouse").expect("it is registered");
    let cx = Connection::new(provider.entry(), IntegrationId(clock.new_id()), credentials(pairs), http, clock.clone())
        .expect("its addresses are valid")
        .with_endpoints(running.endpoints(provider.entry()))
        .with_tokens(Arc::new(ClientCredentials::new(provider)));
    World { running, clock, cx }
}

async fn world() -> World {
    world_with(|_| {}, &[]).await
}

async fn all(cx: &Connection, kind: RecordKind, from: PageFrom) -> Vec<Remote> {
    let (mut records, mut from, mut guard) = (Vec::new(), from, LoopGuard::default());
    loop {
        let page = Greenhouse.page(cx, kind, &from).await.expect("a page");
        records.extend(page.records.into_iter().map(|record| record.expect("a readable record")));
        let Some(next) = page.next else { return records };
        guard.check(&next).expect("pages do not repeat");
        from.cursor = Some(next);
    }
}

fn from_start(limit: u16) -> PageFrom {
    PageFrom { limit: Some(limit), ..PageFrom::default() }
}

#[tokio::test]
async fn everything_in_the_account_arrives() {
    let w = world().await;
    let pairs = [
        (RecordKind::Department, Kind::Departments),
        (RecordKind::Person, Kind::Users),
        (RecordKind::Job, Kind::Jobs),
        (RecordKind::Stage, Kind::Stages),
        (RecordKind::Candidate, Kind::Candidates),
        (RecordKind::Application, Kind::Applications),
        (RecordKind::Interview, Kind::Interviews),
        (RecordKind::Offer, Kind::Offers),
    ];
    assert_eq!(Greenhouse.objects(), pairs.map(|(kind, _)| kind));
    for (kind, theirs) in pairs {
        let records = all(&w.cx, kind, from_start(70)).await;
        assert_eq!(records.len(), w.sim().count(theirs), "{kind}");
        assert!(records.iter().all(|record| record.raw.is_some() && !record.partial && record.updated_at.is_some()), "{kind}");
    }
    let jobs = all(&w.cx, RecordKind::Job, PageFrom::default()).await;
    let RemoteData::Job(job) = &jobs[0].data else { panic!("a job") };
    assert_eq!(
        (job.title.as_deref(), job.status, job.location.as_deref()),
        (Some("Senior Backend Engineer"), Some(JobStatus::Open), Some("Berlin"))
    );
    assert_eq!(job.custom_fields.as_ref().expect("stated")["employment_type"], "Full-time");
    let applications = all(&w.cx, RecordKind::Application, PageFrom::default()).await;
    let data = |remote: &Remote| match &remote.data {
        RemoteData::Application(data) => data.clone(),
        _ => panic!("an application"),
    };
    assert!(applications.iter().all(|one| data(one).source.is_some_and(|name| name.parse::<i64>().is_err())), "sources have names");
    assert!(applications.iter().any(|one| data(one).rejection_reason.is_some()));
}

#[tokio::test]
async fn a_changed_record_arrives_with_the_next_window() {
    let w = world().await;
    let since = w.clock.now();
    assert!(all(&w.cx, RecordKind::Candidate, PageFrom { since: Some(since), ..PageFrom::default() }).await.is_empty());
    w.clock.advance(Duration::from_secs(60));
    let id = w.sim().id(Kind::Candidates, 4);
    w.sim().change(Kind::Candidates, id, &serde_json::json!({"company": "Elsewhere"}));
    let window = PageFrom { since: Some(since), until: Some(w.clock.now()), ..PageFrom::default() };
    let records = all(&w.cx, RecordKind::Candidate, window).await;
    let RemoteData::Candidate(candidate) = &records[0].data else { panic!("a candidate") };
    assert_eq!(
        (records.len(), records[0].external_id.as_str(), candidate.company.as_deref()),
        (1, id.to_string().as_str(), Some("Elsewhere"))
    );
}

#[tokio::test]
async fn deleted_records_are_missing_from_the_ids() {
    let w = world().await;
    let gone = w.sim().id(Kind::Candidates, 10);
    assert!(w.sim().delete(Kind::Candidates, gone));
    let page = Greenhouse.list_ids(&w.cx, RecordKind::Candidate, None).await.expect("a page");
    assert_eq!((page.ids.len(), page.next), (179, None));
    assert!(!page.ids.contains(&gone.to_string()));
    let ids: Vec<String> = (0..60).map(|number| w.sim().id(Kind::Candidates, number).to_string()).collect();
    assert_eq!(
        Greenhouse.fetch(&w.cx, RecordKind::Candidate, &ids).await.expect("records").len(),
        59,
        "fetched in groups of 50, without the deleted one"
    );
}

#[tokio::test]
async fn one_bad_record_is_kept_aside() {
    let w = world().await;
    let id = w.sim().id(Kind::Applications, 3);
    w.sim().change(Kind::Applications, id, &serde_json::json!({"created_at": "yesterday"}));
    let page = Greenhouse.page(&w.cx, RecordKind::Application, &from_start(10)).await.expect("a page");
    let bad: Vec<_> = page.records.iter().filter_map(|record| record.as_ref().err()).collect();
    assert_eq!((page.records.len(), bad.len(), bad[0].external_id.clone()), (10, 1, Some(id.to_string())));
}

#[tokio::test]
async fn custom_fields_are_found_on_real_records() {
    let w = world().await;
    let fields = Greenhouse.fields(&w.cx, RecordKind::Candidate).await.expect("fields");
    let salary = fields.iter().find(|field| field.name == "custom_fields.desired_salary.value").expect("a custom field");
    assert!(salary.custom && salary.label == "Desired Salary" && salary.kind == "object");
    assert!(fields.iter().any(|field| field.name == "first_name" && !field.custom));
    assert_eq!(Greenhouse.rejection_reasons(&w.cx).await.expect("reasons").len(), 6);
}

#[tokio::test]
async fn the_test_names_what_is_missing() {
    let w = world().await;
    assert!(Provider::verify(&Greenhouse, &w.cx).await.expect("tested").is_usable());
    w.sim().without_scopes(&["harvest:offers:list", "harvest:sources:list"]);
    let found = Provider::verify(&Greenhouse, &w.cx).await.expect("tested");
    let missing: Vec<_> = found
        .permissions
        .iter()
        .filter(|permission| !permission.ok)
        .map(|permission| (permission.key.as_str(), permission.required))
        .collect();
    assert_eq!(missing, [("harvest:offers:list", true), ("harvest:sources:list", false)]);
    assert!(!found.is_usable());
    w.sim().with_all_scopes();
    w.sim().set_service_user_admin(false);
    w.clock.advance(Duration::from_secs(30));
    let found = Provider::verify(&Greenhouse, &w.cx).await.expect("tested");
    assert_eq!((found.permissions[0].key.as_str(), found.permissions[0].ok), ("site_admin", false));
}

#[tokio::test]
async fn the_acting_user_is_named_and_must_be_a_site_admin() {
    let probe = world().await;
    let (admin, other) = (probe.sim().id(Kind::Users, 0).to_string(), probe.sim().id(Kind::Users, 5).to_string());
    let w = world_with(|_| {}, &[("acting_user_id", &admin)]).await;
    let found = Provider::verify(&Greenhouse, &w.cx).await.expect("tested");
    assert!(found.is_usable() && found.account.is_some());
    let w = world_with(|_| {}, &[("acting_user_id", &other)]).await;
    let found = Provider::verify(&Greenhouse, &w.cx).await.expect("tested");
    assert!(
        !found.is_usable()
            && found.permissions.iter().any(|permission| permission.message.as_deref().is_some_and(|text| text.contains("Site Admin")))
    );
    let w = world_with(|_| {}, &[("acting_user_id", "1")]).await;
    assert!(matches!(Provider::verify(&Greenhouse, &w.cx).await, Err(Error::Unauthorized { .. })));
}

#[tokio::test]
async fn a_replaced_secret_is_refused_with_a_sentence() {
    let w = world().await;
    Greenhouse.ping(&w.cx).await.expect("it works");
    w.sim().replace_client_secret("another");
    let error = Greenhouse.ping(&w.cx).await.expect_err("refused");
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    assert_eq!((error.code(), error.action()), ("credentials_refused", "reconnect"));
}

#[tokio::test]
async fn a_token_is_fetched_once_for_everybody_and_renewed_in_time() {
    let w = world().await;
    futures::future::try_join_all((0..20).map(|_| Greenhouse.ping(&w.cx))).await.expect("all work");
    assert_eq!(w.sim().tokens_given(), 1);
    w.clock.advance(Duration::from_secs(3600 - 299));
    Greenhouse.ping(&w.cx).await.expect("it works");
    assert_eq!(w.sim().tokens_given(), 2, "renewed five minutes before its end");
    w.sim().revoke_tokens();
    futures::future::try_join_all((0..10).map(|_| Greenhouse.ping(&w.cx))).await.expect("all work");
    assert_eq!(w.sim().tokens_given(), 3, "one new token for ten refused calls");
}

#[tokio::test]
async fn a_second_401_is_final() {
    let w = world().await;
    let refuse = |times| w.sim().fail(Fault::next(FaultKind::Status { status: 401, retry_after: None }).times(times));
    refuse(1);
    Greenhouse.ping(&w.cx).await.expect("renewed and sent again");
    refuse(2);
    assert!(matches!(Greenhouse.ping(&w.cx).await, Err(Error::Unauthorized { .. })));
    assert_eq!(w.sim().calls(), 1, "refused calls did not reach the API");
}

#[tokio::test]
async fn nothing_is_sent_beyond_the_limit() {
    let w = world_with(|options| options.rate_limit_calls = 3, &[]).await;
    for _ in 0..3 {
        Greenhouse.ping(&w.cx).await.expect("within the limit");
    }
    assert_eq!(w.cx.quota().expect("stated").remaining, Some(0));
    let error = Greenhouse.ping(&w.cx).await.expect_err("throttled");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!(w.sim().calls(), 3, "the fourth call was not sent");
    assert_eq!(w.cx.throttled_until(), Some(w.clock.now() + Duration::from_secs(30)));
    w.clock.advance(Duration::from_secs(30));
    Greenhouse.ping(&w.cx).await.expect("a new window");
}

#[tokio::test]
async fn each_fault_becomes_its_error() {
    let w = world().await;
    let status = |status, retry_after| FaultKind::Status { status, retry_after };
    let cases: [(FaultKind, fn(&Error) -> bool); 9] = [
        (status(403, None), |e| matches!(e, Error::Forbidden { scope: Some(scope), .. } if scope == "harvest:candidates:list")),
        (status(404, None), |e| matches!(e, Error::NotFound)),
        (status(429, Some(7)), |e| e.retry_after() == Some(Duration::from_secs(7))),
        (status(429, None), |e| matches!(e, Error::RateLimited { .. })),
        (status(500, None), |e| matches!(e, Error::Unavailable { .. })),
        (status(302, None), |e| matches!(e, Error::Protocol { .. })),
        (FaultKind::BrokenJson, |e| matches!(e, Error::Protocol { .. })),
        (FaultKind::CloseAfter, |e| matches!(e, Error::Unavailable { .. })),
        (FaultKind::ForeignLink, |e| matches!(e, Error::Protocol { message } if message.contains("another host"))),
    ];
    for (kind, is_right) in cases {
        w.sim().fail(Fault::next(kind.clone()));
        let error = Greenhouse.page(&w.cx, RecordKind::Candidate, &PageFrom::default()).await.expect_err("a fault");
        assert!(is_right(&error), "{kind:?}: {error:?}");
        w.clock.advance(Duration::from_secs(30));
    }
    w.sim().fail(Fault::next(FaultKind::Hang { seconds: 5 }));
    assert!(matches!(Greenhouse.page(&w.cx, RecordKind::Candidate, &PageFrom::default()).await, Err(Error::Unavailable { .. })));
    w.sim().fail(Fault::next(status(429, Some(3))).path("token"));
    w.sim().revoke_tokens();
    assert!(matches!(Greenhouse.ping(&w.cx).await, Err(Error::RateLimited { .. })));
}

#[tokio::test]
async fn pages_in_a_circle_and_used_up_cursors_are_noticed() {
    let w = world().await;
    w.sim().fail(Fault::next(FaultKind::PageLoop).times(9));
    let first = Greenhouse.page(&w.cx, RecordKind::Candidate, &from_start(10)).await.expect("a page");
    w.sim().heal();
    let page = Greenhouse.page(&w.cx, RecordKind::Candidate, &from_start(10)).await.expect("a page");
    assert!(first.next.is_some());
    w.sim().fail(Fault::next(FaultKind::PageLoop));
    let error = Greenhouse
        .page(&w.cx, RecordKind::Candidate, &PageFrom { cursor: page.next.clone(), ..PageFrom::default() })
        .await
        .expect_err("a circle");
    assert!(matches!(error, Error::Protocol { .. }), "{error}");
    w.sim().expire_cursors();
    let error =
        Greenhouse.page(&w.cx, RecordKind::Candidate, &PageFrom { cursor: page.next, ..PageFrom::default() }).await.expect_err("expired");
    assert_eq!(error, Error::CursorExpired);
}

#[tokio::test]
async fn the_simulator_is_as_strict_as_the_documents() {
    let w = world().await;
    let next = Greenhouse.page(&w.cx, RecordKind::Candidate, &from_start(10)).await.expect("a page").next.expect("another");
    let ids = (1..=51).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    for (path, query) in [
        ("candidates", vec![("cursor", next.as_str()), ("per_page", "10")]),
        ("jobs", vec![("cursor", next.as_str())]),
        ("candidates", vec![("per_page", "0")]),
        ("candidates", vec![("per_page", "501")]),
        ("candidates", vec![("ids", ids.as_str())]),
        ("applications", vec![("job_ids", ids.as_str())]),
        ("candidates", vec![("updated_at", "gte")]),
        ("candidates", vec![("updated_at", "since|2026-01-01T00:00:00Z")]),
        ("candidates", vec![("updated_after", "2026-01-01T00:00:00Z")]),
    ] {
        let call = query.iter().fold(w.cx.get("api", path), |call, (name, value)| call.query(name, *value));
        assert!(matches!(call.send().await, Err(Error::Invalid { field: Some(_), .. })), "{path} {query:?}");
    }
    w.sim().without_scopes(&["harvest:candidates:list"]);
    assert!(matches!(w.cx.get("api", "candidates").send().await, Err(Error::Forbidden { .. })));
}

fn jane(w: &World) -> NewApplication {
    NewApplication {
        job_external_id: w.sim().id(Kind::Jobs, 0).to_string(),
        first_name: "Jane".to_owned(),
        last_name: "Sørensen".to_owned(),
        emails: vec![Contact { value: "jane@example.com".to_owned(), kind: None }],
        resume: Some(Resume {
            filename: "jane.pdf".to_owned(),
            content_type: "application/pdf".to_owned(),
            bytes: bytes::Bytes::from_static(b"%PDF-"),
        }),
        ..NewApplication::default()
    }
}

#[tokio::test]
async fn an_application_is_submitted_once() {
    let w = world().await;
    let before = w.clock.now();
    let new = jane(&w);
    let submitted = Greenhouse.submit(&w.cx, &new).await.expect("taken");
    let application = submitted.application_external_id.clone().expect("known");
    assert!(submitted.warnings.is_empty());
    assert_eq!(w.sim().writes().iter().map(|write| write.call.as_str()).collect::<Vec<_>>(), ["POST candidates", "POST attachments"]);
    let found = Greenhouse.find_submitted(&w.cx, &new, before).await.expect("looked");
    assert_eq!(found, Some(submitted.clone()));
    let standing = Greenhouse.standing(&w.cx, &application).await.expect("looked").expect("there");
    assert_eq!((standing.status, standing.job), (Some(ApplicationStatus::Active), Some(new.job_external_id.clone())));
    let existing = NewApplication { candidate_external_id: found.map(|found| found.candidate_external_id), ..new.clone() };
    assert!(Greenhouse.find_submitted(&w.cx, &existing, before).await.expect("looked").is_some());
    let later = before + chrono::TimeDelta::hours(1);
    assert_eq!(Greenhouse.find_submitted(&w.cx, &existing, later).await, Ok(None), "an older application is another one");
    let nobody = NewApplication { emails: vec![Contact { value: "nobody@example.com".to_owned(), kind: None }], ..new };
    assert_eq!(Greenhouse.find_submitted(&w.cx, &nobody, before).await, Ok(None));
}

#[tokio::test]
async fn a_change_without_an_answer_is_unknown_and_can_be_looked_up() {
    for (fault, was_done) in [
        (FaultKind::CloseAfter, true),
        (FaultKind::FailAfter, true),
        (FaultKind::HangAfter { seconds: 5 }, true),
        (FaultKind::Hang { seconds: 5 }, false),
        (FaultKind::Status { status: 503, retry_after: None }, false),
    ] {
        let w = world().await;
        let (before, new) = (w.clock.now(), jane(&w));
        w.sim().fail(Fault::next(fault.clone()).method("POST"));
        let error = Greenhouse.submit(&w.cx, &new).await.expect_err("no answer");
        assert!(matches!(error, Error::Unknown { .. }), "{fault:?}: {error:?}");
        w.sim().heal();
        let found = Greenhouse.find_submitted(&w.cx, &new, before).await.expect("looked");
        assert_eq!((found.is_some(), w.sim().writes().len()), (was_done, usize::from(was_done)), "{fault:?}: never sent twice");
    }
}

#[tokio::test]
async fn a_change_that_was_never_sent_is_not_unknown() {
    let w = world().await;
    Greenhouse.ping(&w.cx).await.expect("it works");
    let nowhere = w.cx.clone().with_endpoints([("api".to_owned(), "http://127.0.0.1:1/v3".parse().expect("an address"))]);
    let error = Greenhouse.note(&nowhere, "1", "Hello", Visibility::Public).await.expect_err("no connection");
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn stages_are_moved_only_from_where_they_are_believed_to_be() {
    let w = world().await;
    let submitted = Greenhouse.submit(&w.cx, &jane(&w)).await.expect("taken");
    let application = submitted.application_external_id.expect("known");
    let stage = |number| w.sim().id(Kind::Stages, number).to_string();
    Greenhouse.move_stage(&w.cx, &application, &stage(0), &stage(1)).await.expect("moved");
    let error = Greenhouse.move_stage(&w.cx, &application, &stage(0), &stage(2)).await.expect_err("it moved on");
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
    assert!(
        matches!(Greenhouse.move_stage(&w.cx, &application, &stage(1), &stage(7)).await, Err(Error::Invalid { .. })),
        "a stage of another job"
    );
    assert_eq!(Greenhouse.standing(&w.cx, &application).await.expect("looked").expect("there").stage, Some(stage(1)));
    // The job has two openings: one has to be named, and the provider names the first.
    Greenhouse.hire(&w.cx, &application, chrono::NaiveDate::from_ymd_opt(2027, 1, 4)).await.expect("hired");
    assert_eq!(Greenhouse.standing(&w.cx, &application).await.expect("looked").expect("there").status, Some(ApplicationStatus::Hired));
    assert!(matches!(Greenhouse.reject(&w.cx, &application, None, None).await, Err(Error::Conflict { .. })));
    assert!(matches!(Greenhouse.hire(&w.cx, "999", None).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn rejections_and_notes_arrive() {
    let w = world().await;
    let before = w.clock.now();
    let submitted = Greenhouse.submit(&w.cx, &jane(&w)).await.expect("taken");
    let (candidate, application) = (submitted.candidate_external_id, submitted.application_external_id.expect("known"));
    let reason = Greenhouse.rejection_reasons(&w.cx).await.expect("reasons").swap_remove(0);
    Greenhouse.reject(&w.cx, &application, Some(&reason.external_id), Some("Not this time")).await.expect("rejected");
    let records = Greenhouse.fetch(&w.cx, RecordKind::Application, &[application]).await.expect("records");
    let RemoteData::Application(data) = &records[0].as_ref().expect("readable").data else { panic!("an application") };
    assert_eq!((data.status, data.rejection_reason.as_deref()), (Some(ApplicationStatus::Rejected), Some(reason.name.as_str())));
    let note = Greenhouse.note(&w.cx, &candidate, "Spoke on the phone", Visibility::Private).await.expect("written");
    assert_eq!(Greenhouse.find_note(&w.cx, &candidate, "Spoke on the phone", before).await, Ok(Some(note)));
    assert_eq!(Greenhouse.find_note(&w.cx, &candidate, "Something else", before).await, Ok(None));
    assert!(matches!(Greenhouse.note(&w.cx, "jane", "x", Visibility::Public).await, Err(Error::Invalid { .. })), "not an ID of theirs");
}

#[tokio::test]
async fn every_call_is_told_to_the_observer_without_secrets() {
    let w = world().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let records = seen.clone();
    let cx = w.cx.clone().with_observer(Arc::new(move |record| records.lock().expect("not poisoned").push(format!("{record:?}"))));
    Greenhouse.find_submitted(&cx, &jane(&w), w.clock.now()).await.expect("looked");
    let seen = seen.lock().expect("not poisoned").join("\n");
    assert!(seen.contains("candidates") && seen.contains("status: Some(200)") && seen.contains("remaining: Some("), "{seen}");
    assert!(!seen.contains("jane") && !seen.contains(DEMO_CLIENT_SECRET) && !seen.contains("sim-"), "{seen}");
}

type Received = Arc<Mutex<Vec<(axum::http::HeaderMap, axum::body::Bytes)>>>;

/// A receiver of webhooks: its address and what it got.
async fn receiver() -> (String, Received) {
    let received = Received::default();
    let keep = received.clone();
    let router = axum::Router::new().fallback(move |headers: axum::http::HeaderMap, body: axum::body::Bytes| async move {
        keep.lock().expect("not poisoned").push((headers, body));
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

#[tokio::test]
async fn the_simulators_webhooks_verify_and_translate() {
    let w = world().await;
    let (url, received) = receiver().await;
    let actions = [
        "ping",
        "new_candidate_application",
        "application_updated",
        "candidate_stage_change",
        "hire_candidate",
        "reject_candidate",
        "update_candidate",
        "delete_candidate",
        "delete_application",
        "candidate_anonymized",
        "offer_created",
        "offer_deleted",
        "job_created",
        "job_deleted",
        "job_interview_stage_deleted",
        "department_deleted",
        "interview_deleted",
    ];
    for action in actions {
        let webhook: Webhook = serde_json::from_value(serde_json::json!({"action": action, "url": url})).expect("a webhook");
        assert_eq!(w.sim().send(&webhook).await.expect("delivered").status, 200);
    }
    let received = std::mem::take(&mut *received.lock().expect("not poisoned"));
    let keys = crate::providers::Keys::new([DEMO_WEBHOOK_SECRET]);
    let mut ids = std::collections::HashSet::new();
    for ((headers, body), action) in received.iter().zip(actions) {
        let message =
            crate::providers::inbound::Message { headers, query: None, body, url: url.as_str().into(), received_at: w.clock.now() };
        assert_eq!(Inbound::verify(&Greenhouse, &message, &keys), Verdict::Verified, "{action}");
        assert_eq!(Greenhouse.event_name(&message).as_deref(), Some(action));
        assert!(ids.insert(Greenhouse.dedupe_key(&message).expect("an event id")));
        let changes = Greenhouse.translate(&message).expect("readable");
        assert_eq!(matches!(changes[0], Change::Ignored { .. }), action == "ping", "{action}");
    }
}
