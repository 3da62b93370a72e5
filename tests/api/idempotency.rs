//! `Idempotency-Key`: sent twice, done once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Client, TestApp};

const PATH: &str = "/api/v1/api-keys";

fn body(name: &str) -> Value {
    json!({ "name": name, "scopes": ["records:read"] })
}

async fn count(client: &Client) -> usize {
    client.get(PATH).await.expect(200).json()["data"].as_array().expect("a list").len()
}

#[tokio::test]
async fn the_same_call_is_answered_again_and_done_once() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let before = count(&client).await;
    let repeating = client.clone().header("idempotency-key", "order-1");
    let first = repeating.post(PATH, &body("A")).await;
    assert!(first.status.is_success(), "{}", first.text());
    assert_eq!(first.header("idempotent-replayed"), "");
    let second = repeating.post(PATH, &body("A")).await;
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    assert_eq!(second.header("idempotent-replayed"), "true");
    assert_eq!(second.header("content-type"), first.header("content-type"));
    assert_eq!(count(&client).await, before + 1);
}

#[tokio::test]
async fn another_body_under_the_same_key_is_refused() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await.header("idempotency-key", "order-1");
    assert!(client.post(PATH, &body("A")).await.status.is_success());
    client.post(PATH, &body("B")).await.problem(409, "idempotency_mismatch");
}

#[tokio::test]
async fn a_key_belongs_to_one_organization() {
    let app = TestApp::new().await;
    let one = app.as_key(&["*"]).await.header("idempotency-key", "order-1");
    let other = app.as_key_of("Contoso", &["*"]).await.header("idempotency-key", "order-1");
    assert!(one.post(PATH, &body("A")).await.status.is_success());
    let answer = other.post(PATH, &body("B")).await;
    assert!(answer.status.is_success() && answer.header("idempotent-replayed").is_empty(), "{}", answer.text());
}

#[tokio::test]
async fn a_refusal_is_final_too_and_an_answer_is_kept_for_a_day() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let repeating = client.clone().header("idempotency-key", "order-1");
    repeating.post(PATH, &json!({ "name": "" })).await.expect(422);
    assert_eq!(repeating.post(PATH, &json!({ "name": "" })).await.expect(422).header("idempotent-replayed"), "true");
    app.advance(Duration::from_secs(24 * 3600 + 1));
    assert_eq!(repeating.post(PATH, &json!({ "name": "" })).await.expect(422).header("idempotent-replayed"), "");
}

#[tokio::test]
async fn a_call_that_is_still_running_is_named() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await.header("idempotency-key", "order-1");
    let body = body("A");
    let (one, two) = tokio::join!(client.post(PATH, &body), client.post(PATH, &body));
    let mut codes = [one.status.as_u16(), two.status.as_u16()];
    codes.sort_unstable();
    // Whichever came second found the first running, or its answer.
    assert!(codes[0] < 300 && (codes[1] < 300 || codes[1] == 409), "{codes:?}");
    assert!(
        codes[1] < 300 && (one.header("idempotent-replayed") == "true") != (two.header("idempotent-replayed") == "true") || codes[1] == 409
    );
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    client.clone().header("idempotency-key", "").post(PATH, &body("A")).await.problem(422, "invalid");
    client.header("idempotency-key", &"x".repeat(256)).post(PATH, &body("A")).await.problem(422, "invalid");
}

#[tokio::test]
async fn a_secret_in_a_kept_answer_is_sealed() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await.header("idempotency-key", "order-1");
    let answer = client.post(PATH, &body("A")).await;
    let secret = answer.json()["key"].as_str().expect("the key is shown once").to_owned();
    let row =
        hirewire::store::idempotency::find_idempotency_key(&app.ctx.store, app.organization, "order-1").await.expect("read").expect("kept");
    let kept = row.body.expect("the answer is kept");
    assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()));
}
