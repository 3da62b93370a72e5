//! The whole way through the API: connect a tool, records arrive, change one, see it leave as a signed webhook.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hirewire::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::{Client, TestApp};

type Received = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

/// A receiver of webhooks outside the program.
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

async fn connect(key: &Client) -> Value {
    let credentials = json!({"client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET});
    key.post("/api/v1/integrations/greenhouse/connect", &json!({ "credentials": credentials })).await.expect(200).json()
}

#[tokio::test]
async fn a_stage_change_reaches_greenhouse_and_leaves_as_a_signed_webhook() {
    let app = TestApp::with(|config| config.webhooks.allow_networks = vec!["127.0.0.0/8".parse().expect("a network")]).await;
    let key = app.as_key(&["*"]).await;
    let integration = connect(&key).await;
    assert_eq!((&integration["status"], &integration["provider"]), (&json!("active"), &json!("greenhouse")));
    app.run_tasks().await;
    let runs = key.get(&format!("/api/v1/integrations/{}/runs", integration["id"].as_str().expect("an id"))).await.expect(200).json();
    assert_eq!(runs["data"][0]["state"], "succeeded", "{runs}");

    let (url, received) = receiver().await;
    let hook = json!({"name": "Stages", "url": url, "events": ["application.stage_changed"]});
    let hook = key.post("/api/v1/integrations/webhooks", &hook).await.expect(201).json();
    let secret = hook["secret"].as_str().expect("it is shown once").to_owned();

    let list = key.get("/api/v1/applications?status=active&limit=50").await.expect(200).json();
    let application = list["data"]
        .as_array()
        .and_then(|all| {
            all.iter()
                .find(|one| one["stage"]["id"].is_string() && one["availableStages"].as_array().is_some_and(|stages| stages.len() > 1))
        })
        .expect("an application in process");
    let target = application["availableStages"]
        .as_array()
        .and_then(|stages| stages.iter().find(|stage| stage["id"] != application["stage"]["id"]))
        .expect("a stage");
    let path = format!("/api/v1/applications/{}", application["id"].as_str().expect("an id"));
    let moved = key.post(&format!("{path}/stage"), &json!({ "stage_id": target["id"] })).await;
    assert!(moved.status.is_success(), "{}", moved.text());
    app.run_tasks().await;
    assert_eq!(key.get(&path).await.expect(200).json()["stage"]["id"], target["id"]);

    let received = received.lock().expect("nobody panicked").clone();
    assert_eq!(received.len(), 1, "one change, one message");
    let (headers, body) = &received[0];
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let message: Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!((header("x-webhook-event").as_str(), &message["event"]), ("application.stage_changed", &json!("application.stage_changed")));
    assert_eq!(message["data"]["applicationId"], application["id"]);
    assert_eq!(header("x-webhook-id"), hook["id"].as_str().expect("an id"));
    // Verified as the Standard Webhooks specification says, with nothing of ours.
    let secret = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("base64");
    let signed = [header("webhook-id").as_bytes(), b".", header("webhook-timestamp").as_bytes(), b".", body].concat();
    let mac = |bytes: &[u8]| Hmac::<Sha256>::new_from_slice(&secret).expect("any length").chain_update(bytes).finalize().into_bytes();
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac(&signed))));
    assert_eq!(header("x-webhook-signature"), hex::encode(mac(body)));

    let logs =
        key.get(&format!("/api/v1/integrations/webhooks/{}/logs?limit=100", hook["id"].as_str().expect("an id"))).await.expect(200).json();
    assert_eq!((&logs["data"][0]["state"], &logs["data"][0]["statusCode"]), (&json!("succeeded"), &json!(200)), "{logs}");
    let timeline =
        key.get(&format!("/api/v1/candidates/{}/timeline", application["candidateId"].as_str().expect("an id"))).await.expect(200).json();
    let moves = timeline["data"].as_array().expect("a list").iter().filter(|entry| entry["event"] == "application.stage_changed").count();
    assert_eq!(moves, 1, "the next sync tells of it no second time: {timeline}");
}

#[tokio::test]
async fn wrong_credentials_and_old_keys_are_refused_with_a_reason_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    let path = "/api/v1/integrations/greenhouse/connect";
    let wrong = key.post(path, &json!({"credentials": {"client_id": DEMO_CLIENT_ID, "client_secret": "wrong"}})).await;
    wrong.problem(400, "invalid_credentials");
    let old = key
        .post(path, &json!({"credentials": {"api_key": "a7183e1b7e9ab09b8a5cfa87d1934c3c-6"}}))
        .await
        .problem(400, "invalid_credentials");
    assert!(old["detail"].as_str().is_some_and(|text| text.contains("V3")), "{old}");
    let missing = key.post(path, &json!({"credentials": {"client_id": "x"}})).await.problem(422, "invalid");
    assert_eq!(missing["errors"][0]["pointer"], "/credentials/client_secret");
    let unknown =
        key.post(path, &json!({"credentials": {"client_id": "x", "client_secret": "y", "colour": "red"}})).await.problem(422, "invalid");
    assert_eq!(unknown["errors"][0]["pointer"], "/credentials/colour");
    assert_eq!(key.get("/api/v1/integrations").await.expect(200).json()["data"], json!([]));
}

#[tokio::test]
async fn another_organizations_things_do_not_exist() {
    let app = TestApp::new().await;
    let ours = app.as_key(&["*"]).await;
    let theirs = app.as_key_of("Elsewhere", &["*"]).await;
    let integration = connect(&ours).await;
    app.run_tasks().await;
    let first =
        async |path: &str| ours.get(&format!("{path}?limit=1")).await.expect(200).json()["data"][0]["id"].as_str().expect("one").to_owned();
    let id = integration["id"].as_str().expect("an id");
    let mut paths = vec![
        format!("integrations/{id}"),
        format!("integrations/{id}/health"),
        format!("integrations/{id}/runs"),
        format!("integrations/{id}/activity"),
    ];
    paths.push(format!("sync-runs/{}", first(&format!("/api/v1/integrations/{id}/runs")).await));
    for kind in ["jobs", "candidates", "applications", "interviews", "offers"] {
        paths.push(format!("{kind}/{}", first(&format!("/api/v1/{kind}")).await));
    }
    for path in paths {
        ours.get(&format!("/api/v1/{path}")).await.expect(200);
        theirs.get(&format!("/api/v1/{path}")).await.problem(404, "not_found");
    }
    for path in [format!("integrations/{id}/sync"), format!("integrations/{id}/test"), format!("integrations/{id}/health/check")] {
        theirs.post(&format!("/api/v1/{path}"), &json!({})).await.problem(404, "not_found");
    }
    theirs.delete(&format!("/api/v1/integrations/{id}")).await.problem(404, "not_found");
    assert_eq!(theirs.get("/api/v1/candidates").await.expect(200).json()["data"], json!([]));
    let reader = app.as_key(&["records:read"]).await;
    reader.get("/api/v1/candidates").await.expect(200);
    reader.get("/api/v1/integrations").await.problem(403, "forbidden");
}
