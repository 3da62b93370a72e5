//! API keys: who may make them, what they open, and when they stop.

use std::time::Duration;

use chrono::SecondsFormat;
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

const PATH: &str = "/api/v1/api-keys";

async fn create(client: &Client, body: Value) -> Value {
    client.post(PATH, &body).await.expect(201).json()
}

fn key(created: &Value) -> &str {
    created["key"].as_str().expect("the key is shown once")
}

#[tokio::test]
async fn a_key_is_shown_once_and_works() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let created = create(&owner, json!({"name": "Payroll", "scopes": ["members:read"]})).await;
    assert!(key(&created).starts_with("hw_") && key(&created).len() == 46);
    assert_eq!(created["prefix"].as_str().expect("a prefix").len(), 11);
    let id = created["id"].as_str().expect("an id");
    let shown = owner.get(&format!("{PATH}/{id}")).await.expect(200);
    assert!(!shown.text().contains(key(&created)));

    let client = app.anonymous().bearer(key(&created));
    client.get("/api/v1/members").await.expect(200);
    client.get("/api/v1/audit-log").await.problem(403, "forbidden");
    client.get(PATH).await.problem(403, "forbidden");
    client.get("/api/v1/sessions").await.problem(403, "forbidden");
    // A key is no way into the pages.
    client.get("/settings").await.expect(302);
}

#[tokio::test]
async fn a_wrong_revoked_or_expired_key_opens_nothing() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let until = (app.ctx.clock.now() + Duration::from_secs(60)).to_rfc3339_opts(SecondsFormat::Secs, true);
    let brief = create(&owner, json!({"name": "Brief", "scopes": ["*"], "expiresAt": until})).await;
    let client = app.anonymous().bearer(key(&brief));
    client.get("/api/v1/members").await.expect(200);
    app.advance(Duration::from_secs(61));
    client.get("/api/v1/members").await.problem(401, "unauthenticated");

    let revoked = create(&owner, json!({"name": "Revoked", "scopes": ["*"]})).await;
    let client = app.anonymous().bearer(key(&revoked));
    client.get("/api/v1/members").await.expect(200);
    owner.delete(&format!("{PATH}/{}", revoked["id"].as_str().expect("an id"))).await.expect(204);
    let answer = client.get("/api/v1/members").await;
    answer.problem(401, "unauthenticated");
    assert!(answer.header("www-authenticate").starts_with("Bearer"));

    let wrong = format!("hw_{}", "A".repeat(43));
    for wrong in [wrong.as_str(), "hw_short", "", "something else entirely"] {
        app.anonymous().bearer(wrong).get("/api/v1/members").await.problem(401, "unauthenticated");
    }
    app.anonymous().header("authorization", "Basic cm9iaW46eA==").get("/api/v1/members").await.problem(401, "unauthenticated");
    app.anonymous().get("/api/v1/members").await.problem(401, "unauthenticated");
    // A wrong key is not made up for by a cookie.
    owner.bearer("hw_wrong").get("/api/v1/members").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_key_with_networks_works_from_there_only() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let bound = create(&owner, json!({"name": "Office", "scopes": ["*"], "allowedNetworks": ["203.0.113.0/24", "2001:db8::7"]})).await;
    assert_eq!(bound["allowedNetworks"], json!(["203.0.113.0/24", "2001:db8::7/128"]));
    let client = app.anonymous().bearer(key(&bound));
    client.clone().from("203.0.113.9").get("/api/v1/members").await.expect(200);
    client.clone().from("2001:db8::7").get("/api/v1/members").await.expect(200);
    client.clone().from("198.51.100.1").get("/api/v1/members").await.problem(403, "forbidden");
    // Anybody can write this header; without a trusted proxy it counts for nothing.
    client.from("198.51.100.1").header("x-forwarded-for", "203.0.113.9").get("/api/v1/members").await.problem(403, "forbidden");
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_forwarded_address_counts() {
    let app = TestApp::with(|config| config.server.trust_proxy = vec!["10.0.0.0/8".parse().expect("a network")]).await;
    let owner = app.as_owner().await;
    let bound = create(&owner, json!({"name": "Office", "scopes": ["*"], "allowedNetworks": ["203.0.113.0/24"]})).await;
    let client = app.anonymous().bearer(key(&bound)).from("10.0.0.2");
    client.clone().header("x-forwarded-for", "203.0.113.9").get("/api/v1/members").await.expect(200);
    client.header("x-forwarded-for", "203.0.113.9, 198.51.100.1").get("/api/v1/members").await.problem(403, "forbidden");
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let body = json!({"name": "", "scopes": ["records:read", "records:destroy"], "allowedNetworks": ["office"], "expiresAt": "2020-01-01T00:00:00Z"});
    let problem = owner.post(PATH, &body).await.problem(422, "invalid");
    let pointers: Vec<&str> = problem["errors"].as_array().expect("a list").iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/name", "/scopes/1", "/allowedNetworks/0", "/expiresAt"]);
    // The spelling of some guides is understood too.
    let created = create(&owner, json!({"name": "Old style", "scopes": ["*"], "allowed_networks": ["203.0.113.7"]})).await;
    assert_eq!(created["allowedNetworks"], json!(["203.0.113.7/32"]));
}

#[tokio::test]
async fn a_key_gives_no_right_it_lacks() {
    let app = TestApp::new().await;
    let maker = app.as_key(&["keys:write", "records:read"]).await;
    create(&maker, json!({"name": "Less", "scopes": ["records:read"]})).await;
    for scopes in [json!(["records:write"]), json!(["*"])] {
        maker.post(PATH, &json!({"name": "More", "scopes": scopes})).await.problem(403, "forbidden");
    }
}

#[tokio::test]
async fn another_organizations_ids_are_not_there() {
    let app = TestApp::new().await;
    let ours = app.as_key(&["*"]).await;
    let theirs = app.as_key_of("Contoso", &["*"]).await;
    let id = |answer: Value| answer["id"].as_str().expect("an id").to_owned();
    let key = id(create(&ours, json!({"name": "Ours", "scopes": ["*"]})).await);
    let invitation = id(ours.post("/api/v1/invitations", &json!({"email": "x@example.com", "role": "recruiter"})).await.expect(201).json());
    app.as_owner().await;
    let member = ours.get("/api/v1/members").await.expect(200).json()["data"][0]["id"].as_str().expect("a member").to_owned();

    theirs.get(&format!("{PATH}/{key}")).await.problem(404, "not_found");
    theirs.delete(&format!("{PATH}/{key}")).await.problem(404, "not_found");
    theirs.delete(&format!("/api/v1/invitations/{invitation}")).await.problem(404, "not_found");
    theirs.get(&format!("/api/v1/members/{member}")).await.problem(404, "not_found");
    theirs.patch(&format!("/api/v1/members/{member}"), &json!({"role": "admin"})).await.problem(404, "not_found");
    theirs.delete(&format!("/api/v1/members/{member}")).await.problem(404, "not_found");
    theirs.post(&format!("/api/v1/members/{member}/reset-link"), &json!({})).await.problem(404, "not_found");
    theirs.post(&format!("/api/v1/notifications/{member}/read"), &json!({})).await.problem(404, "not_found");
    assert_eq!(theirs.get("/api/v1/invitations").await.expect(200).json()["data"], json!([]));
    ours.get(&format!("{PATH}/{key}")).await.expect(200);
    ours.delete(&format!("/api/v1/invitations/{invitation}")).await.expect(204);
}

#[tokio::test]
async fn the_audit_log_holds_every_change_and_shows_tampering() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let created = create(&client, json!({"name": "Payroll", "scopes": ["*"]})).await;
    client.delete(&format!("{PATH}/{}", created["id"].as_str().expect("an id"))).await.expect(204);
    client.patch("/api/v1/organization", &json!({"name": "Northwind Ltd"})).await.expect(200);
    let log = client.get("/api/v1/audit-log?type=api_key.&limit=2").await.expect(200).json();
    let types: Vec<&str> = log["data"].as_array().expect("a list").iter().filter_map(|entry| entry["type"].as_str()).collect();
    assert_eq!(types.len(), 2, "{log}");
    assert!(types.iter().all(|name| name.starts_with("api_key.")) && log["nextCursor"].is_string(), "{log}");
    assert!(!log.to_string().contains(key(&created)), "no key stands in the log");
    let failed = client.get("/api/v1/audit-log?success=false").await.expect(200).json();
    assert_eq!(failed["data"], json!([]));
    client.get("/api/v1/audit-log?success=perhaps").await.problem(422, "invalid");

    assert_eq!(client.get("/api/v1/audit-log/verify").await.expect(200).json()["intact"], true);
    let mut tx = app.ctx.store.begin().await.expect("begins");
    let sql = "UPDATE activity SET message = 'Nothing happened.' WHERE organization_id = $1 AND action = 'organization.renamed'";
    assert_eq!(hirewire::execute!(&mut tx, sql, app.organization).expect("changes"), 1);
    tx.commit().await.expect("commits");
    let verdict = client.get("/api/v1/audit-log/verify").await.expect(200).json();
    assert!(verdict["intact"] == false && verdict["brokenAt"].is_i64(), "{verdict}");
}
