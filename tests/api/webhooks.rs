//! Sending webhooks as programs, members and partners meet it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::routing::post;
use bytes::Bytes;
use hirewire::domain::role::Role;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

async fn receiver() -> (String, Received) {
    let received = Received::default();
    let take = |State(received): State<Received>, headers: HeaderMap, body: Bytes| async move {
        received.lock().expect("nobody panicked").push((headers, body));
    };
    let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    (format!("http://{address}/hook"), received)
}

async fn subscribe(client: &Client, input: Value) -> (String, Value) {
    let made = client.post("/api/v1/integrations/webhooks", &input).await.expect(201).json();
    (made["id"].as_str().expect("an id").to_owned(), made)
}

#[tokio::test]
async fn every_setting_is_taken_shown_and_checked() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let input = json!({
        "url": "https://example.com/hook", "events": ["job.created", "application.received"], "description": "Ours", "isActive": false,
        "retryAttempts": 16, "retrySchedule": [5, 60], "timeoutMs": 5000, "maxInFlight": 2, "ratePerSecond": 7, "disableAfterDays": 3,
        "ordered": true, "headers": {"X-Team": "hiring", "X-Api-Key": "k"}, "signAsymmetric": true
    });
    let (id, made) = subscribe(&client, input).await;
    for (name, value) in [
        ("isActive", json!(false)),
        ("retrySchedule", json!([5, 60])),
        ("maxInFlight", json!(2)),
        ("ratePerSecond", json!(7)),
        ("disableAfterDays", json!(3)),
        ("ordered", json!(true)),
        ("headers", json!({"X-Team": "hiring", "X-Api-Key": "********"})),
    ] {
        assert_eq!(made[name], value, "{name}");
    }
    let path = format!("/api/v1/integrations/webhooks/{id}");
    let changed = client.patch(&path, &json!({"ratePerSecond": null, "retrySchedule": null})).await.expect(200).json();
    assert_eq!((&changed["ratePerSecond"], &changed["retrySchedule"]), (&Value::Null, &Value::Null));
    for (field, wrong) in [
        ("retryAttempts", json!(17)),
        ("retrySchedule", json!([0])),
        ("ratePerSecond", json!(1001)),
        ("disableAfterDays", json!(31)),
        ("maxInFlight", json!(65)),
        ("url", json!("http://169.254.169.254/latest")),
        ("headers", json!({"Host": "x"})),
    ] {
        let mut input = json!({});
        input[field] = wrong;
        let problem = client.patch(&path, &input).await.problem(422, "invalid");
        assert!(problem["errors"][0]["pointer"].as_str().is_some_and(|pointer| pointer.starts_with(&format!("/{field}"))), "{problem}");
    }
    // The public key is for anybody who checks messages.
    let keys = app.anonymous().get(&format!("/api/v1/webhook-keys/{id}")).await.expect(200).json();
    assert_eq!((&keys["publicKeys"][0], &keys["keys"][0]["crv"]), (&made["publicKey"], &json!("Ed25519")));
    client.patch(&path, &json!({"signAsymmetric": false})).await.expect(200);
    app.anonymous().get(&format!("/api/v1/webhook-keys/{id}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn the_log_is_searched_and_shows_what_was_sent() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let (url, received) = receiver().await;
    let (id, _) = subscribe(&client, json!({"url": url, "events": ["*"]})).await;
    let path = format!("/api/v1/integrations/webhooks/{id}");
    let candidate = app.ctx.clock.new_id();
    let sent =
        client.post("/api/v1/events", &json!({"event": "candidate.created", "data": {"candidateId": candidate}})).await.expect(202).json();
    client.post("/api/v1/events", &json!({"event": "job.created", "data": {}})).await.expect(202);
    app.run_tasks().await;
    assert_eq!(received.lock().expect("nobody panicked").len(), 2);
    let count = async |query: &str| {
        let log = client.get(&format!("{path}/logs?{query}")).await.expect(200).json();
        log["data"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(count("").await, 2);
    assert_eq!(count(&format!("candidateId={candidate}")).await, 1);
    assert_eq!(count(&format!("eventId={}", sent["id"].as_str().expect("an id"))).await, 1);
    assert_eq!(count("statusCode=200").await, 2);
    assert_eq!(count("statusCode=500").await, 0);
    assert_eq!(count("since=2030-01-01T00:00:00Z").await, 0);
    client.get(&format!("{path}/logs?candidateId=x")).await.problem(422, "invalid");
    let log = client.get(&format!("{path}/logs?candidateId={candidate}")).await.expect(200).json();
    let attempt = &log["data"][0];
    assert!(attempt["timing"]["totalMs"].is_i64() && attempt["address"].is_string(), "{attempt}");
    let one = client.get(&format!("{path}/logs/{}", attempt["id"].as_str().expect("an id"))).await.expect(200).json();
    let body = received
        .lock()
        .expect("nobody panicked")
        .iter()
        .map(|(_, body)| body.clone())
        .find(|body| one["requestBody"].as_str().map(str::as_bytes) == Some(&body[..]));
    assert!(body.is_some(), "the very bytes: {one}");
    client.get(&format!("{path}/logs/{candidate}")).await.problem(404, "not_found");
    let stats = client.get(&format!("{path}/stats?days=7")).await.expect(200).json();
    assert_eq!((&stats["byTry"], stats["byDay"].as_array().map(Vec::len)), (&json!([{"attempt": 1, "deliveries": 2}]), Some(7)));
    let replay = json!({"since": "2026-01-01T00:00:00Z", "what": "all", "candidateId": candidate});
    assert_eq!(client.post(&format!("{path}/replay"), &replay).await.expect(202).json()["deliveries"], 1);

    let tried = client.post("/api/v1/webhook-events/filter-test", &json!({"filter": {"data.status": "gone"}})).await.expect(200).json();
    assert_eq!((&tried["passes"], &tried["checks"][0]["holds"]), (&json!(false), &json!(false)));
    client.post("/api/v1/webhook-events/filter-test", &json!({"filter": {"data.a": {"like": 1}}})).await.problem(422, "invalid");

    let other = app.as_key_of("Contoso", &["*"]).await;
    for hidden in ["", "/logs", "/stats", "/partner-links"] {
        other.get(&format!("{path}{hidden}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn retention_is_the_organizations_own() {
    let app = TestApp::new().await;
    let (owner, reader) = (app.as_key(&["*"]).await, app.as_key(&["webhooks:read"]).await);
    let put = async |client: &Client, body: Value| {
        client.send(Method::PUT, "/api/v1/organization/retention", Some("application/json"), axum::body::Body::from(body.to_string())).await
    };
    assert_eq!(owner.get("/api/v1/organization/retention").await.expect(200).json(), json!({"logDays": 90, "bodyDays": 30}));
    put(&reader, json!({"logDays": 1, "bodyDays": 1})).await.problem(403, "forbidden");
    let problem = put(&owner, json!({"logDays": 5, "bodyDays": 6})).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/bodyDays");
    put(&owner, json!({"logDays": 5, "bodyDays": 5})).await.expect(200);
    assert_eq!(owner.get("/api/v1/organization/retention").await.expect(200).json()["logDays"], 5);
    let other = app.as_key_of("Contoso", &["*"]).await;
    assert_eq!(other.get("/api/v1/organization/retention").await.expect(200).json()["logDays"], 90);
}

#[tokio::test]
async fn a_partners_link_reaches_one_subscription_and_nothing_else() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let (url, received) = receiver().await;
    let (id, made) = subscribe(&client, json!({"url": url, "events": ["job.created"], "name": "Theirs"})).await;
    let (other, other_made) = subscribe(&client, json!({"url": url, "events": ["job.closed"], "name": "Elsewhere"})).await;
    for event in ["job.created", "job.closed"] {
        client.post("/api/v1/events", &json!({"event": event, "data": {"n": 1}})).await.expect(202);
    }
    app.run_tasks().await;
    let links = format!("/api/v1/integrations/webhooks/{id}/partner-links");
    app.as_key(&["webhooks:read"]).await.post(&links, &json!({"label": "Acme"})).await.problem(403, "forbidden");
    let problem = client.post(&links, &json!({"label": "", "expiresInHours": 0})).await.problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2));
    let link = client.post(&links, &json!({"label": "Acme", "expiresInHours": 24})).await.expect(201).json();
    let page = link["url"].as_str().and_then(|url| url.strip_prefix("http://localhost:3000")).expect("our address").to_owned();
    let token = page.rsplit('/').next().expect("a token").to_owned();
    let listed = client.get(&links).await.expect(200).text();
    assert!(!listed.contains(&token) && listed.contains("Acme"), "the token is shown once");

    let partner = app.anonymous();
    let shown = partner.get(&page).await.expect(200).text();
    assert!(
        shown.contains("Theirs") && shown.contains("job.created") && !shown.contains("Elsewhere") && !shown.contains(&other),
        "{shown}"
    );
    // It is no sign-in: everything else stays shut.
    for path in ["/webhooks", &format!("/webhooks/{id}"), "/settings"] {
        let answer = partner.get(path).await;
        assert!(answer.status.is_redirection() && answer.header("location").starts_with("/sign-"), "{path}: {}", answer.status);
    }
    partner.clone().bearer(&token).get(&format!("/api/v1/integrations/webhooks/{id}")).await.problem(401, "unauthenticated");
    partner.get("/partner/nothing").await.expect(404);

    let log = |id: &str| format!("/api/v1/integrations/webhooks/{id}/logs");
    let delivery = async |id: &str| {
        let log = client.get(&log(id)).await.expect(200).json();
        log["data"][0]["deliveryId"].as_str().expect("a delivery").to_owned()
    };
    let (theirs, hidden) = (delivery(&id).await, delivery(&other).await);
    let posted = async |path: &str, fields: &[(&str, &str)]| {
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        let answer = partner.submit(&format!("/fn/partner/{path}"), &page, &all).await;
        assert!(answer.status.is_redirection(), "{path}: {} {}", answer.status, answer.text());
        answer.header("location").to_owned()
    };
    assert!(posted("replay", &[("delivery", &theirs)]).await.contains("done=replayed"));
    assert!(posted("replay", &[("delivery", &hidden)]).await.contains("__err"), "another subscription's delivery");
    app.run_tasks().await;
    assert_eq!(received.lock().expect("nobody panicked").len(), 3);
    assert!(posted("address", &[("url", "http://169.254.169.254/")]).await.contains("__err"));
    assert!(posted("address", &[("url", "https://example.com/new")]).await.contains("done=saved"));
    assert!(posted("rotate", &[("overlap", "3600")]).await.contains("done=rotated"));
    let now = client.get(&format!("/api/v1/integrations/webhooks/{id}")).await.expect(200).json();
    assert_eq!((&now["url"], &now["name"]), (&json!("https://example.com/new"), &made["name"]));
    assert!(now["oldSecretUntil"].is_string());
    let untouched = client.get(&format!("/api/v1/integrations/webhooks/{other}")).await.expect(200).json();
    assert_eq!(untouched["updatedAt"], other_made["updatedAt"]);
    let log = client.get("/api/v1/audit-log").await.expect(200).text();
    assert!(log.contains("Acme (partner link)"), "{log}");

    // Taken back, and run out.
    let own = link["id"].as_str().expect("an id");
    client.delete(&format!("/api/v1/integrations/webhooks/{other}/partner-links/{own}")).await.problem(404, "not_found");
    client.delete(&format!("{links}/{own}")).await.expect(204);
    partner.get(&page).await.expect(404);
    assert!(posted("test", &[]).await.contains("__err"));
    let link = client.post(&links, &json!({"label": "Acme", "expiresInHours": 1})).await.expect(201).json();
    let page = link["url"].as_str().and_then(|url| url.strip_prefix("http://localhost:3000")).expect("our address").to_owned();
    partner.get(&page).await.expect(200);
    app.advance(Duration::from_secs(3600));
    partner.get(&page).await.expect(404);
}

#[tokio::test]
async fn tokens_cannot_be_tried_without_limit() {
    let app = TestApp::with(|config| config.limits.actions = 5).await;
    let stranger = app.anonymous().from("203.0.113.9");
    for _ in 0..5 {
        stranger.get("/partner/guess").await.expect(404);
    }
    stranger.get("/partner/guess").await.expect(429);
    app.anonymous().from("203.0.113.10").get("/partner/guess").await.expect(404);
}

#[tokio::test]
async fn every_page_of_a_subscription_works_as_a_form() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let client = app.as_key(&["*"]).await;
    let (url, received) = receiver().await;
    let made = owner.submit("/fn/webhooks/create", "/webhooks/new", &[("name", "Ours"), ("url", &url), ("events[]", "job.created")]).await;
    let base = made.header("location").split('?').next().expect("a path").to_owned();
    let id = base.rsplit('/').next().expect("an id").to_owned();
    assert!(owner.get(&base).await.expect(200).text().contains("whsec_"), "the secret is shown");
    assert!(!owner.get(&base).await.expect(200).text().contains("whsec_"), "once");
    client.post("/api/v1/events", &json!({"event": "job.created", "data": {"jobId": app.ctx.clock.new_id()}})).await.expect(202);
    app.run_tasks().await;
    let log = client.get(&format!("/api/v1/integrations/webhooks/{id}/logs")).await.expect(200).json();
    let attempt = log["data"][0]["id"].as_str().expect("a try").to_owned();
    for (path, words) in [
        (format!("{base}?attempt={attempt}"), "POST http://127.0.0.1"),
        (format!("{base}?event=job.created&code=200&since=2026-01-01T00:00"), "Search the log"),
        (format!("{base}?candidate=odd"), "could not be read"),
        (format!("{base}/figures?days=7"), "arrived at the first try"),
        (format!("{base}/test?event=job.closed"), "Send a test event"),
        (format!("{base}/signing"), "timingSafeEqual"),
        (format!("{base}/partners"), "Nobody has a link"),
        (format!("{base}/settings"), "Messages per second"),
        ("/webhooks/events".to_owned(), "JSON Schema"),
    ] {
        let text = owner.get(&path).await.expect(200).text();
        assert!(text.contains(words), "{path}: {words}");
    }
    let settings = format!("{base}/settings");
    let fields = [
        ("id", id.as_str()),
        ("name", "Ours"),
        ("url", &url),
        ("events[]", "job.created"),
        ("retry_attempts", "8"),
        ("retry_schedule", "5s, 1m, 2h"),
        ("timeout_ms", "5000"),
        ("max_in_flight", "3"),
        ("rate_per_second", "20"),
        ("disable_after_days", "9"),
        ("headers", "X-Team: hiring\nX-Api-Key: k"),
    ];
    assert!(owner.submit("/fn/webhooks/save", &settings, &fields).await.header("location").contains("done=saved"));
    let saved = client.get(&format!("/api/v1/integrations/webhooks/{id}")).await.expect(200).json();
    assert_eq!(
        (&saved["retrySchedule"], &saved["ratePerSecond"], &saved["disableAfterDays"]),
        (&json!([5, 60, 7200]), &json!(20), &json!(9))
    );
    assert_eq!(saved["headers"], json!({"X-Team": "hiring", "X-Api-Key": "********"}));
    let text = owner.get(&settings).await.expect(200).text();
    assert!(text.contains("5s, 1m, 2h") && text.contains("X-Api-Key: ********"), "{text}");
    let mut wrong = fields;
    wrong[8].1 = "many";
    let refused = owner.submit("/fn/webhooks/save", &settings, &wrong).await.header("location").to_owned();
    let text = owner.get(&refused.replace("http://localhost:3000", "")).await.expect(200).text();
    assert!(text.contains("Between 1 and 1,000"), "{text}");

    let tried =
        [("id", id.as_str()), ("event", "job.created"), ("filter", "{\"data.status\": \"closed\"}"), ("sample", "{\"status\": \"open\"}")];
    let there = owner.submit("/fn/webhooks/try-filter", &format!("{base}/test"), &tried).await.header("location").to_owned();
    let text = owner.get(there.split('#').next().expect("a path")).await.expect(200).text();
    assert!(text.contains("would not be sent") && text.contains("data.status"), "{text}");

    let rotated = owner.submit("/fn/webhooks/rotate", &format!("{base}/signing"), &[("id", &id), ("overlap", "3600")]).await;
    let text = owner.get(rotated.header("location")).await.expect(200).text();
    assert!(text.contains("It signs too until") && text.contains("Copy the secret now"), "{text}");
    owner.submit("/fn/webhooks/sign-asymmetric", &format!("{base}/signing"), &[("id", &id), ("enabled", "true")]).await;
    assert!(owner.get(&format!("{base}/signing")).await.expect(200).text().contains("whpk_"));
    let linked =
        owner.submit("/fn/webhooks/partner-link", &format!("{base}/partners"), &[("id", &id), ("label", "Acme"), ("hours", "24")]).await;
    assert!(owner.get(linked.header("location")).await.expect(200).text().contains("/partner/"));
    let again = [("id", id.as_str()), ("what", "all"), ("since", "2026-08-01T00:00")];
    let there = owner.submit("/fn/webhooks/replay-found", &base, &again).await.header("location").to_owned();
    assert!(there.contains("count=1"), "{there}");
    app.run_tasks().await;
    assert_eq!(received.lock().expect("nobody panicked").len(), 2);
    let kept = owner.submit("/fn/webhooks/retention", "/settings", &[("log_days", "40"), ("body_days", "20")]).await;
    assert!(owner.get(kept.header("location")).await.expect(200).text().contains("next clean-up"));

    let recruiter = app.as_user(Role::Recruiter).await;
    recruiter.get(&base).await.expect(200);
    recruiter.get(&settings).await.expect(403);
    recruiter.get(&format!("{base}/partners")).await.expect(403);
}
