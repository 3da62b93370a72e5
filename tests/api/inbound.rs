//! Webhooks that providers send.

use axum::body::Body;
use axum::http::Method;
use hirewire::providers::greenhouse::sign;
use hirewire::sandbox::greenhouse::{DEMO_WEBHOOK_SECRET, Kind};
use serde_json::json;

use crate::support::{Answer, Client, TestApp, hiring};

async fn send(client: &Client, path: &str, id: &str, body: &str, key: &str) -> Answer {
    let client = client.clone().header("signature", &sign(key.as_bytes(), body.as_bytes())).header("greenhouse-event-id", id);
    client.send(Method::POST, path, Some("application/json"), Body::from(body.to_owned())).await
}

#[tokio::test]
async fn a_genuine_message_is_kept_dealt_with_and_listed() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let id = hiring::connect(&app, &client).await;
    let (application, _) = hiring::somebody(&client).await;
    let external = hiring::external_id(&application);
    let greenhouse = app.anonymous();
    let path = format!("/hooks/greenhouse/{id}");
    let body = json!({ "action": "delete_application", "payload": { "application": { "id": external } } }).to_string();
    assert!(hiring::simulator(&app).delete(Kind::Applications, external));
    for _ in 0..2 {
        assert!(send(&greenhouse, &path, "evt-1", &body, DEMO_WEBHOOK_SECRET).await.expect(200).body.is_empty());
    }
    send(&greenhouse, &path, "evt-2", &body, "another key").await.problem(401, "bad_signature");
    greenhouse.post(&path, &json!({})).await.problem(401, "bad_signature");
    app.run_tasks().await;
    let own = format!("/api/v1/applications/{}", application["id"].as_str().expect("an id"));
    client.get(&own).await.problem(404, "not_found");
    let events = client.get("/api/v1/inbound-events?provider=greenhouse&state=processed").await.expect(200).json();
    let events = events["data"].as_array().expect("a list");
    assert_eq!((events.len(), events[0]["externalId"].as_str()), (1, Some("evt-1")));
    let replay = format!("/api/v1/inbound-events/{}/replay", events[0]["id"].as_str().expect("an id"));
    client.post(&replay, &json!({})).await.expect(202);
    app.as_key_of("Contoso", &["*"]).await.post(&replay, &json!({})).await.problem(404, "not_found");
    app.as_key(&["integrations:read"]).await.post(&replay, &json!({})).await.problem(403, "forbidden");
    let rejected = client.get(&format!("/api/v1/inbound-events?state=rejected&integrationId={id}")).await.expect(200).json();
    assert_eq!(rejected["data"].as_array().map(Vec::len), Some(2));
    let forged = rejected["data"][0]["id"].as_str().expect("an id");
    client.post(&format!("/api/v1/inbound-events/{forged}/replay"), &json!({})).await.problem(409, "conflict");
}

#[tokio::test]
async fn every_address_of_the_guides_takes_a_message() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let id = hiring::connect(&app, &client).await;
    let greenhouse = app.anonymous();
    let body = json!({ "action": "ping", "payload": { "web_hook_id": 1 } }).to_string();
    let unknown = app.ctx.clock.new_id();
    for (number, (path, status)) in [
        (format!("/hooks/greenhouse/{id}"), 200),
        (format!("/api/v1/integrations/webhooks/greenhouse/{id}"), 200),
        (format!("/api/v1/integrations/ats/webhook/{id}"), 200),
        ("/api/v1/integrations/webhooks/greenhouse".to_owned(), 200),
        (format!("/hooks/greenhouse/{unknown}"), 404),
        (format!("/hooks/stripe/{id}"), 404),
        ("/api/v1/integrations/webhooks/no-such-provider".to_owned(), 404),
    ]
    .into_iter()
    .enumerate()
    {
        send(&greenhouse, &path, &format!("evt-{number}"), &body, DEMO_WEBHOOK_SECRET).await.expect(status);
        // Somebody who tries in a browser whether the address answers.
        if status == 200 && !path.contains("/ats/") {
            greenhouse.get(&path).await.expect(200);
        }
    }
    // The same prefix with an id is a subscription, and wants a caller.
    greenhouse.get(&format!("/api/v1/integrations/webhooks/{unknown}")).await.problem(401, "unauthenticated");
    client.get(&format!("/api/v1/integrations/webhooks/{unknown}")).await.problem(404, "not_found");
    app.run_tasks().await;
    let events = client.get("/api/v1/inbound-events?state=ignored").await.expect(200).json();
    assert_eq!(events["data"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_message_may_be_five_mebibytes_long() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let path = format!("/hooks/greenhouse/{}", hiring::connect(&app, &client).await);
    let long = |bytes: usize| json!({ "action": "ping", "payload": "x".repeat(bytes) }).to_string();
    send(&app.anonymous(), &path, "long", &long(4 << 20), DEMO_WEBHOOK_SECRET).await.expect(200);
    send(&app.anonymous(), &path, "longer", &long(6 << 20), DEMO_WEBHOOK_SECRET).await.problem(413, "body_too_large");
}
