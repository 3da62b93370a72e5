//! What holds for every answer: problem bodies, headers, ids, limits.

use axum::body::Body;
use axum::http::Method;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn an_unknown_address_is_a_problem_for_programs_and_a_page_for_people() {
    let app = TestApp::new().await;
    let nobody = app.anonymous();
    nobody.get("/api/v1/nothing-here").await.problem(404, "not_found");
    nobody.get("/hooks").await.problem(404, "not_found");
    let page = nobody.get("/nothing-here").await.expect(404);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));
    assert_eq!(page.text().matches("<h1").count(), 1);
    nobody.get("/nothing.css").await.expect(404);
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let app = TestApp::new().await;
    let answer = app.as_owner().await.send(Method::PUT, "/api/v1/api-keys", Some("application/json"), Body::from("{}")).await;
    answer.problem(405, "method_not_allowed");
    let allowed = answer.header("allow");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    let page = app.anonymous().submit("/healthz", "/", &[]).await;
    page.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_told_apart() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    let send = |kind: &'static str, body: String| {
        let key = key.clone();
        async move { key.send(Method::POST, "/api/v1/api-keys", Some(kind), Body::from(body)).await }
    };
    send("text/plain", "name=x".to_owned()).await.problem(415, "unsupported_media_type");
    let malformed = send("application/json", "{\"name\": ".to_owned()).await.problem(400, "malformed_body");
    assert!(malformed["detail"].as_str().is_some_and(|detail| detail.contains("line 1")), "{malformed}");
    send("application/json", format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024))).await.problem(413, "body_too_large");
    let wrong = send("application/json", json!({ "name": 5, "scopes": [] }).to_string()).await.problem(422, "invalid");
    assert_eq!(wrong["errors"][0]["pointer"], "/name", "{wrong}");
    let missing = send("application/json", "{}".to_owned()).await.problem(422, "invalid");
    assert!(missing["errors"][0]["pointer"].as_str().is_some_and(|pointer| pointer.len() > 1), "{missing}");
}

#[tokio::test]
async fn lists_check_their_limit_and_cursor() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    for (query, pointer) in [("limit=0", "/limit"), ("limit=201", "/limit"), ("cursor=nonsense", "/cursor")] {
        let problem = key.get(&format!("/api/v1/jobs?{query}")).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    let list = key.get("/api/v1/jobs?limit=200").await.expect(200).json();
    assert!(list["data"].is_array() && list["nextCursor"].is_null(), "{list}");
}

#[tokio::test]
async fn who_is_nobody_is_told_how_to_be_somebody() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get("/api/v1/jobs").await;
    answer.problem(401, "unauthenticated");
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    app.anonymous().bearer("hw_wrong").get("/api/v1/jobs").await.problem(401, "unauthenticated");
    app.as_key(&["webhooks:read"]).await.get("/api/v1/jobs").await.problem(403, "forbidden");
}

#[tokio::test]
async fn an_id_that_is_none_names_nothing() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    for id in ["1", "not-an-id", "01890a5d-ac96-774b-bcce-b302099a8057"] {
        key.get(&format!("/api/v1/jobs/{id}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn every_answer_carries_an_id_and_guards() {
    let app = TestApp::new().await;
    for path in ["/", "/healthz", "/api/v1/openapi.json", "/nothing", "/docs/api"] {
        let answer = app.anonymous().get(path).await;
        assert!(uuid::Uuid::parse_str(answer.header("x-request-id")).is_ok(), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!answer.headers.contains_key("strict-transport-security"), "{path}");
    }
}

#[tokio::test]
async fn a_page_runs_only_scripts_with_its_nonce() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/nothing").await.expect(404);
    let policy = page.header("content-security-policy");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("the policy has a nonce").to_owned();
    assert!(nonce.len() >= 16 && !policy.contains("script-src 'self'") && !policy.contains("'unsafe-eval'"), "{policy}");
    let text = page.text();
    for script in text.match_indices("<script").map(|(at, _)| &text[at..(at + 120).min(text.len())]) {
        assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{script}");
    }
    let again = app.anonymous().get("/nothing").await;
    assert!(!again.header("content-security-policy").contains(&nonce), "a nonce is used once");
}

#[tokio::test]
async fn https_is_kept_once_it_is_used() {
    let app = TestApp::with(|config| config.server.public_url = "https://hire.example".parse().ok()).await;
    let answer = app.anonymous().get("/healthz").await.expect(200);
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn only_configured_origins_may_call_from_a_browser() {
    let app = TestApp::with(|config| config.server.allowed_origins = vec!["https://careers.example".to_owned()]).await;
    let ask = |origin: &'static str| {
        let client = app.anonymous().header("origin", origin).header("access-control-request-method", "GET");
        async move { client.send(Method::OPTIONS, "/api/v1/jobs", None, Body::empty()).await }
    };
    assert_eq!(ask("https://careers.example").await.header("access-control-allow-origin"), "https://careers.example");
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn what_is_switched_off_is_not_there() {
    let app = TestApp::with(|config| config.features.ats = false).await;
    let key = app.as_key(&["*"]).await;
    let body = json!({ "credentials": {} });
    let problem = key.post("/api/v1/integrations/greenhouse/connect", &body).await.problem(404, "feature_disabled");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("ENABLE_ATS_INTEGRATION")), "{problem}");
    key.get("/api/v1/jobs").await.expect(200);
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can() {
    let app = TestApp::new().await;
    let client = app.anonymous().header("accept-encoding", "gzip");
    let answer = client.get("/api/v1/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert!(answer.body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn files_of_the_site_folder_are_served_and_nothing_beside_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).expect("made");
    std::fs::write(site.join("pkg/hirewire.css"), "body{}").expect("written");
    std::fs::write(folder.path().join("secret.txt"), "secret").expect("written");
    let app = TestApp::with(|config| config.server.site_root = site).await;
    let nobody = app.anonymous();
    let plain = nobody.get("/pkg/hirewire.css").await.expect(200);
    assert_eq!((plain.text().as_str(), plain.header("content-type"), plain.header("cache-control")), ("body{}", "text/css", "no-cache"));
    let versioned = nobody.get("/pkg/hirewire.css?v=1").await.expect(200);
    assert!(versioned.header("cache-control").contains("immutable"));
    for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/pkg/..%2f..%2fsecret.txt", "/pkg/"] {
        let answer = nobody.get(path).await;
        assert!(answer.status == 404 || answer.status == 400, "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret"), "{path}");
    }
}
