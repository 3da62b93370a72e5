//! Webhooks of every kind of provider, from before there is a key: what is refused, kept back, nobody's, and how it is shown.

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use hirewire::domain::role::Role;
use hirewire::providers::schemes::stripe;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, hiring};

const KEY: &str = "whsec_a_key_of_the_tests";

async fn add(client: &Client, provider: &str) -> String {
    let made = client.post("/api/v1/integrations", &json!({ "provider": provider })).await.expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

async fn put(client: &Client, path: &str, body: &Value) -> Answer {
    client.send(Method::PUT, path, Some("application/json"), Body::from(body.to_string())).await
}

/// A message of Stripe, signed some seconds ago.
async fn send(app: &TestApp, id: &str, key: &str, age_s: i64, body: &str) -> Answer {
    app.advance(Duration::from_millis(5));
    let at = app.ctx.clock.now().timestamp() - age_s;
    let client = app.anonymous().header("stripe-signature", &stripe::sign(key.as_bytes(), at, body.as_bytes()));
    client.send(Method::POST, &format!("/hooks/stripe/{id}"), Some("application/json"), Body::from(body.to_owned())).await
}

fn event(id: &str) -> String {
    json!({ "id": id, "object": "event", "type": "invoice.paid" }).to_string()
}

async fn states(client: &Client, filter: &str) -> Vec<String> {
    let events = client.get(&format!("/api/v1/inbound-events?limit=200&{filter}")).await.expect(200).json();
    let events = events["data"].as_array().expect("a list").clone();
    events.iter().map(|event| format!("{} {}", event["verdict"].as_str().expect("text"), event["state"].as_str().expect("text"))).collect()
}

#[tokio::test]
async fn what_comes_before_the_key_waits_for_it() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let id = add(&client, "stripe").await;
    let kept = send(&app, &id, KEY, 0, &event("evt_1")).await.expect(200);
    assert_eq!(kept.header("x-hirewire-event-id"), "", "nobody knows yet whether it is genuine");
    send(&app, &id, "whsec_wrong", 0, &event("evt_2")).await.expect(200);
    assert_eq!(states(&client, "state=quarantined").await.len(), 2);
    // Longer than what is kept of a stranger.
    let long = json!({ "id": "evt_3", "note": "x".repeat(600 << 10) }).to_string();
    let refused = send(&app, &id, KEY, 0, &long).await;
    refused.problem(503, "unavailable");
    let path = format!("/api/v1/integrations/{id}/webhook-key");
    let problem = put(&client, &path, &json!({ "key": " " })).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/key");
    put(&app.as_key(&["integrations:read"]).await, &path, &json!({ "key": KEY })).await.problem(403, "forbidden");
    put(&app.as_key_of("Contoso", &["*"]).await, &path, &json!({ "key": KEY })).await.problem(404, "not_found");
    let other = add(&client, "mixpanel").await;
    put(&client, &format!("/api/v1/integrations/{other}/webhook-key"), &json!({ "key": KEY })).await.problem(409, "unsupported");
    client.get(&format!("/api/v1/integrations/{other}/inbound")).await.problem(409, "unsupported");
    app.advance(Duration::from_secs(86_400));
    put(&client, &path, &json!({ "key": KEY })).await.expect(204);
    app.run_tasks().await;
    assert_eq!(states(&client, "provider=stripe").await, ["forged rejected", "verified ignored"]);
    let inbound = client.get(&format!("/api/v1/integrations/{id}/inbound")).await.expect(200).json();
    assert_eq!((&inbound["hasKey"], &inbound["counts"]), (&json!(true), &json!({ "forged": 1, "not_kept": 1 })));
    assert!(inbound["url"].as_str().expect("text").ends_with(&format!("/hooks/stripe/{id}")));
    app.as_key_of("Contoso", &["*"]).await.get(&format!("/api/v1/integrations/{id}/inbound")).await.problem(404, "not_found");
}

#[tokio::test]
async fn refused_and_repeated_messages_are_counted() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let id = add(&client, "stripe").await;
    put(&client, &format!("/api/v1/integrations/{id}/webhook-key"), &json!({ "key": KEY })).await.expect(204);
    let body = event("evt_1");
    let genuine = stripe::sign(KEY.as_bytes(), app.ctx.clock.now().timestamp(), body.as_bytes());
    let path = format!("/hooks/stripe/{id}");
    let signed = app.anonymous().header("stripe-signature", &genuine);
    let post = |client: Client, body: String| {
        let path = path.clone();
        async move { client.send(Method::POST, &path, Some("application/json"), Body::from(body)).await }
    };
    // Cut short, set out otherwise, without a signature, too old, from the future, signed with another key.
    post(signed.clone(), body[..body.len() - 1].to_owned()).await.problem(401, "bad_signature");
    let otherwise = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).expect("JSON")).expect("JSON");
    post(signed.clone(), otherwise).await.problem(401, "bad_signature");
    post(app.anonymous(), body.clone()).await.problem(401, "bad_signature");
    send(&app, &id, KEY, 301, &body).await.problem(401, "bad_signature");
    send(&app, &id, KEY, -302, &body).await.problem(401, "bad_signature");
    send(&app, &id, "whsec_another", 0, &body).await.problem(401, "bad_signature");
    let first = post(signed.clone(), body.clone()).await.expect(200);
    assert!(!first.header("x-hirewire-event-id").is_empty());
    let again = post(signed, body.clone()).await.expect(200);
    assert!(again.header("x-hirewire-event-id").is_empty());
    app.run_tasks().await;
    let inbound = client.get(&format!("/api/v1/integrations/{id}/inbound")).await.expect(200).json();
    assert_eq!(inbound["counts"], json!({ "duplicate": 1, "forged": 3, "missing": 1, "stale": 2 }));
    assert_eq!(inbound["states"], json!({ "ignored": 1, "rejected": 6 }));
    assert_eq!(states(&client, "verdict=stale").await, ["stale rejected", "stale rejected"]);
    assert_eq!(states(&client, "event=invoice.paid&state=ignored").await, ["verified ignored"]);
    assert!(states(&client, "event=invoice.created").await.is_empty());
    let metrics = app.anonymous().get("/metrics").await.text();
    assert!(metrics.is_empty() || metrics.contains("hirewire_inbound_events_total"), "{metrics}");
}

#[tokio::test]
async fn handshakes_are_answered_and_nothing_of_them_is_kept() {
    // No app of the installation's own, and so no secret of one.
    let app = TestApp::with(|config| config.oauth.clear()).await;
    let client = app.as_key(&["*"]).await;
    let (outlook, linkedin) = (add(&client, "outlook_calendar").await, add(&client, "linkedin").await);
    let anybody = app.anonymous();
    let path = format!("/hooks/outlook_calendar/{outlook}?validationToken=Validation%3A%20Testing%20client%20%26%20more");
    let answer = anybody.send(Method::POST, &path, Some("text/plain"), Body::empty()).await.expect(200);
    assert_eq!((answer.text().as_str(), answer.header("content-type")), ("Validation: Testing client & more", "text/plain; charset=utf-8"));
    // Before there is a secret to answer with, LinkedIn has to try again.
    let path = format!("/hooks/linkedin/{linkedin}?challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed0");
    anybody.get(&path).await.problem(503, "unavailable");
    put(&client, &format!("/api/v1/integrations/{linkedin}/webhook-key"), &json!({ "key": "client_secret_abc" })).await.expect(204);
    let answer = anybody.get(&path).await.expect(200).json();
    assert_eq!(answer["challengeResponse"], "e5b4ae177a6699511ba43de0900f604ecf4e473b9d840c575ac0f7715e7b5774");
    let slack = json!({ "type": "url_verification", "challenge": "c-1" });
    assert_eq!(anybody.post("/hooks/slack", &slack).await.expect(200).text(), "c-1");
    assert!(states(&client, "").await.is_empty());
}

#[tokio::test]
async fn what_names_no_connection_is_nobodys() {
    // No app of the installation's own, and so no secret of one.
    let app = TestApp::with(|config| config.oauth.clear()).await;
    let client = app.as_key(&["*"]).await;
    let anybody = app.anonymous();
    let body = json!({ "type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": { "type": "message" } });
    anybody.post("/hooks/slack", &body).await.expect(200);
    anybody.post("/api/v1/integrations/webhooks/slack", &body).await.expect(200);
    anybody.post("/hooks/workday", &body).await.problem(404, "not_found");
    assert!(states(&client, "").await.is_empty(), "it belongs to no organization");
    let id = add(&client, "slack").await;
    let inbound = client.get(&format!("/api/v1/integrations/{id}/inbound")).await.expect(200).json();
    assert_eq!(inbound["unrouted"], 2);
    assert!(inbound["sharedUrl"].as_str().expect("text").ends_with("/hooks/slack"));
}

#[tokio::test]
async fn a_message_is_shown_without_its_secrets_also_on_its_page() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let id = add(&client, "zoho_crm").await;
    put(&client, &format!("/api/v1/integrations/{id}/webhook-key"), &json!({ "key": "t0k3n" })).await.expect(204);
    let body = json!({ "token": "t0k3n", "channel_id": "1", "module": "Contacts", "operation": "insert", "ids": ["7"], "server_time": 5 });
    let theirs = app.anonymous().header("cookie", "a=s3cr3t").header("x-note", "kept");
    let kept = theirs.post(&format!("/hooks/zoho/{id}"), &body).await.expect(200);
    app.run_tasks().await;
    let event = kept.header("x-hirewire-event-id").to_owned();
    let shown = client.get(&format!("/api/v1/inbound-events/{event}")).await.expect(200);
    let text = shown.text();
    assert!(!text.contains("t0k3n") && !text.contains("s3cr3t") && text.contains("Contacts"), "{text}");
    let shown = shown.json();
    assert_eq!((&shown["path"], &shown["state"]), (&json!(format!("/hooks/zoho/{id}")), &json!("ignored")));
    assert!(shown["headers"].as_array().expect("a list").contains(&json!({ "name": "x-note", "value": "kept" })));
    // And on the pages.
    let owner = app.as_owner().await;
    for path in [
        "/webhooks/received".to_owned(),
        format!("/webhooks/received/{event}"),
        format!("/integrations/{id}/webhooks"),
        "/webhooks".to_owned(),
    ] {
        let page = owner.get(&path).await.expect(200).text();
        assert!(!page.contains("t0k3n") && !page.contains("s3cr3t"), "{path}");
        assert!(path == "/webhooks" || page.contains("Contacts.insert"), "{path}");
    }
    let nothing = owner.get("/webhooks/received?state=failed").await.expect(200).text();
    assert!(nothing.contains("No message matches."));
    let viewer = app.as_user(Role::Interviewer).await;
    let page = viewer.get(&format!("/integrations/{id}/webhooks")).await;
    assert!(!page.text().contains("Store the key"));
    let stranger = app.as_user_of("Contoso", Role::Owner).await;
    stranger.get(&format!("/webhooks/received/{event}")).await.expect(404);
    stranger.get(&format!("/integrations/{id}/webhooks")).await.expect(404);
}

#[tokio::test]
async fn the_key_and_the_replay_are_forms() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let client = app.as_key(&["*"]).await;
    let id = hiring::connect(&app, &client).await;
    let page = format!("/integrations/{id}/webhooks");
    let stored = owner.submit("/fn/received/key", &page, &[("id", &id), ("key", "a-new-key-of-the-tests")]).await;
    stored.expect(302);
    let body = json!({ "action": "ping", "payload": null }).to_string();
    let signature = hirewire::providers::greenhouse::sign(b"a-new-key-of-the-tests", body.as_bytes());
    let theirs = app.anonymous().header("signature", &signature).header("greenhouse-event-id", "e-1");
    let kept = theirs.send(Method::POST, &format!("/hooks/greenhouse/{id}"), Some("application/json"), Body::from(body)).await.expect(200);
    app.run_tasks().await;
    let event = kept.header("x-hirewire-event-id").to_owned();
    let page = format!("/webhooks/received/{event}");
    assert!(owner.get(&page).await.expect(200).text().contains("Deal with it again"));
    owner.submit("/fn/received/replay", &page, &[("id", &event)]).await.expect(302);
    app.run_tasks().await;
    let shown = client.get(&format!("/api/v1/inbound-events/{event}")).await.expect(200).json();
    assert_eq!(shown["state"], "ignored");
}
