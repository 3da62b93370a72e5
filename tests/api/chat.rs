//! Events into a chat: rules, preview, posting, and what happens when the chat refuses.

use std::time::Duration;

use hirewire::sandbox::oauth::Decision;
use hirewire::sandbox::slack::DEMO_WEBHOOK;
use serde_json::{Value, json};
use url::Url;

use crate::support::{Client, TestApp, hiring};

/// Installs the app, and gives the connection's id.
async fn install(app: &TestApp, client: &Client) -> String {
    let out = client.post("/api/v1/integrations/connect", &json!({"provider": "slack"})).await.expect(200).json();
    let url: Url = out["authorizationUrl"].as_str().and_then(|url| url.parse().ok()).expect("an address");
    let back = app.sandbox.sandbox.oauth.of("slack").consent(&url, &Decision::Allow).expect("allowed");
    let path = format!("/api/v1/integrations/slack/callback?{}", back.query().unwrap_or_default());
    let row = client.get(&path).await.expect(200).json();
    assert_eq!((&row["status"], &row["account"], &row["tokenExpiresAt"]), (&json!("active"), &json!("Northwind"), &Value::Null), "{row}");
    row["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_moved_candidate_is_told_in_the_channel() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    hiring::connect(&app, &key).await;
    let slack = install(&app, &key).await;
    let channels = key.get(&format!("/api/v1/integrations/{slack}/channels")).await.expect(200).json();
    let names: Vec<&str> = channels["data"].as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["general", "hiring", "offers"], "both pages");

    let rule = json!({
        "integrationId": slack, "event": "application.status_changed", "channel": "C0HIRING", "channelName": "hiring",
        "template": "{{candidate}} is now in {{stage}}", "filter": {"data.status": "active"},
    });
    let preview = key.post("/api/v1/chat-rules/preview", &rule).await.expect(200).json();
    assert_eq!(preview["matches"], true, "{preview}");
    assert!(preview["text"].as_str().is_some_and(|text| text.contains(" is now in ")), "{preview}");
    let made = key.post("/api/v1/chat-rules", &rule).await.expect(201).json();
    assert_eq!((&made["event"], &made["name"]), (&json!("application.stage_changed"), &json!("application.stage_changed to hiring")));
    let others =
        json!({"integrationId": slack, "event": "application.stage_changed", "channel": "C0GENERAL", "filter": {"data.status": "hired"}});
    key.post("/api/v1/chat-rules", &others).await.expect(201);
    assert_eq!(app.sandbox.sandbox.slack.messages().len(), 0, "a preview posts nothing");

    let (application, stage) = hiring::somebody(&key).await;
    let id = application["id"].as_str().expect("an id");
    app.sandbox.sandbox.slack.limit(1);
    key.post(&format!("/api/v1/applications/{id}/stage"), &json!({"stageId": stage})).await;
    app.run_tasks().await;
    // Slack asked to wait three seconds.
    app.advance(Duration::from_secs(4));
    app.run_tasks().await;
    let posted = app.sandbox.sandbox.slack.messages();
    assert_eq!(posted.len(), 1, "once, in one channel, with its filter: {posted:?}");
    assert_eq!((&posted[0]["channel"], &posted[0]["unfurl_links"]), (&json!("C0HIRING"), &json!(false)));
    assert!(posted[0]["text"].as_str().is_some_and(|text| text.contains(" is now in ")), "{}", posted[0]);
    let link = &posted[0]["blocks"].as_array().and_then(|blocks| blocks.last()).expect("blocks")["elements"][0]["url"];
    assert_eq!(link, &json!(format!("http://localhost:3000/applications/{id}")));
    assert!(!posted[0].to_string().contains('@'), "no mail address in a channel");
    let rules = key.get(&format!("/api/v1/chat-rules?integrationId={slack}")).await.expect(200).json();
    let used = rules["data"].as_array().and_then(|all| all.iter().find(|one| one["channel"] == "C0HIRING")).expect("it is listed");
    assert!(used["postedAt"].is_string() && used["error"].is_null(), "{rules}");
}

#[tokio::test]
async fn a_wrong_rule_is_named_and_a_lost_channel_breaks_only_its_rule() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    hiring::connect(&app, &key).await;
    let slack = install(&app, &key).await;
    for (change, pointer) in [
        (json!({"event": "application.sneezed"}), "/event"),
        (json!({"channel": null}), "/channel"),
        (json!({"template": "{{email}}"}), "/template"),
        (json!({"filter": {"data.status": {"like": 1}}}), "/filter"),
    ] {
        let mut rule = json!({"integrationId": slack, "event": "candidate.created", "channel": "C0HIRING"});
        rule.as_object_mut().expect("an object").extend(change.as_object().expect("an object").clone());
        let problem = key.post("/api/v1/chat-rules", &rule).await.problem(422, "invalid");
        assert!(problem["errors"][0]["pointer"].as_str().is_some_and(|found| found.starts_with(pointer)), "{problem}");
    }
    let rule = json!({"integrationId": slack, "event": "application.stage_changed", "channel": "C0GONE"});
    let made = key.post("/api/v1/chat-rules", &rule).await.expect(201).json();
    let (application, stage) = hiring::somebody(&key).await;
    let id = application["id"].as_str().expect("an id");
    key.post(&format!("/api/v1/applications/{id}/stage"), &json!({"stageId": stage})).await;
    app.run_tasks().await;
    let rules = key.get("/api/v1/chat-rules").await.expect(200).json();
    assert!(rules["data"][0]["error"].as_str().is_some_and(|error| error.contains("/invite @Hirewire")), "{rules}");
    assert_eq!(key.get(&format!("/api/v1/integrations/{slack}")).await.expect(200).json()["status"], "active");
    let path = format!("/api/v1/chat-rules/{}", made["id"].as_str().expect("an id"));
    app.as_key_of("Elsewhere", &["*"]).await.delete(&path).await.problem(404, "not_found");
    key.delete(&path).await.expect(204);
}

#[tokio::test]
async fn one_channels_webhook_does_without_an_app() {
    let app = TestApp::with(|config| drop(config.oauth.remove("slack"))).await;
    let key = app.as_key(&["*"]).await;
    let wrong = json!({"credentials": {"webhook_url": "https://hooks.slack.com.evil.example/services/T/B/x"}});
    key.post("/api/v1/integrations/slack/connect", &wrong).await.problem(400, "invalid_credentials");
    let gone = json!({"credentials": {"webhook_url": "https://hooks.slack.com/services/T0/B0/gone"}});
    key.post("/api/v1/integrations/slack/connect", &gone).await.problem(400, "invalid_credentials");
    let row =
        key.post("/api/v1/integrations/slack/connect", &json!({"credentials": {"webhook_url": DEMO_WEBHOOK}})).await.expect(200).json();
    assert_eq!((&row["status"], &row["authType"]), (&json!("active"), &json!("webhook_url")), "{row}");
    assert_eq!(app.sandbox.sandbox.slack.messages().len(), 0, "trying it posts nothing");
    assert!(!row.to_string().contains("demo0webhook"), "the address is a secret");
    let rule = json!({"integrationId": row["id"], "event": "integration.connected", "template": "{{summary}} at {{organization}}"});
    key.post("/api/v1/chat-rules", &rule).await.expect(201);
    hiring::connect(&app, &key).await;
    let posted = app.sandbox.sandbox.slack.messages();
    assert_eq!(posted.len(), 1, "{posted:?}");
    assert_eq!((&posted[0]["channel"], &posted[0]["text"]), (&json!("webhook"), &json!("Greenhouse was connected at Northwind")));
}
