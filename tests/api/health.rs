//! What machines ask: /healthz, /readyz, /metrics.

use std::time::Duration;

use hirewire::runtime::Runtime;
use secrecy::SecretString;

use crate::support::TestApp;

#[tokio::test]
async fn a_process_without_a_worker_is_alive_but_not_ready() {
    let app = TestApp::new().await;
    assert_eq!(app.anonymous().get("/healthz").await.expect(200).json()["status"], "ok");
    let answer = app.anonymous().get("/readyz").await.expect(503).json();
    let failed: Vec<&str> = answer["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|check| check["ok"] == false)
        .filter_map(|check| check["name"].as_str())
        .collect();
    assert_eq!(failed, ["workers"]);
}

#[tokio::test]
async fn a_worker_makes_it_ready_until_it_falls_silent() {
    let app = TestApp::new().await;
    let runtime = Runtime::start(&app.ctx).await;
    let nobody = app.anonymous();
    for attempt in 0.. {
        if nobody.get("/readyz").await.status == 200 {
            break;
        }
        assert!(attempt < 200, "the first heartbeat comes at once");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    app.advance(Duration::from_secs(120));
    nobody.get("/readyz").await.expect(503);
    runtime.stop().await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_named() {
    let app = TestApp::new().await;
    app.ctx.store.close().await;
    app.anonymous().get("/healthz").await.expect(200);
    let answer = app.anonymous().get("/readyz").await.expect(503).json();
    assert_eq!(answer["checks"][0]["name"], "database");
    assert_eq!(answer["checks"][0]["ok"], false);
    let problem = app.anonymous().bearer("hw_0123456789012345678901234567890123456789012").get("/api/v1/jobs").await;
    problem.problem(503, "unavailable");
    assert!(!problem.header("retry-after").is_empty());
}

#[tokio::test]
async fn numbers_are_there_for_prometheus_and_behind_a_token_if_wanted() {
    let app = TestApp::new().await;
    app.anonymous().get("/healthz").await.expect(200);
    let numbers = app.anonymous().get("/metrics").await.expect(200);
    assert!(numbers.header("content-type").starts_with("text/plain; version=0.0.4"));
    for name in ["hirewire_http_requests_total", "hirewire_http_request_duration_seconds_bucket", "hirewire_workers"] {
        assert!(numbers.text().contains(name), "{name}");
    }
    let app = TestApp::with(|config| config.limits.metrics_token = Some(SecretString::from("scrape"))).await;
    app.anonymous().get("/metrics").await.problem(401, "unauthenticated");
    app.anonymous().bearer("wrong").get("/metrics").await.problem(401, "unauthenticated");
    app.anonymous().bearer("scrape").get("/metrics").await.expect(200);
}
