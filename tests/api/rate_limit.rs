//! Rate limits per key and per address.

use std::time::Duration;

use crate::support::TestApp;

#[tokio::test]
async fn a_key_has_an_allowance_that_grows_back() {
    let app = TestApp::with(|config| config.limits.per_key = 3).await;
    let key = app.as_key(&["*"]).await;
    for left in ["2", "1", "0"] {
        let answer = key.get("/api/v1/jobs").await.expect(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60");
        assert!(answer.header("ratelimit").starts_with(&format!("\"key\";r={left};t=")), "{}", answer.header("ratelimit"));
    }
    let refused = key.get("/api/v1/jobs").await;
    refused.problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "20");
    app.as_key(&["*"]).await.get("/api/v1/jobs").await.expect(200);
    app.advance(Duration::from_secs(20));
    key.get("/api/v1/jobs").await.expect(200);
    key.get("/api/v1/jobs").await.problem(429, "rate_limited");
}

#[tokio::test]
async fn an_address_has_an_allowance_whatever_keys_it_makes_up() {
    let app = TestApp::with(|config| config.limits.per_address = 2).await;
    for key in ["hw_a", "hw_b"] {
        app.anonymous().bearer(key).get("/api/v1/jobs").await.problem(401, "unauthenticated");
    }
    app.anonymous().bearer("hw_c").get("/api/v1/jobs").await.problem(429, "rate_limited");
    app.anonymous().from("198.51.100.7").bearer("hw_c").get("/api/v1/jobs").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn signing_in_is_limited_more_tightly() {
    let app = TestApp::with(|config| config.limits.sign_in = 1).await;
    let nobody = app.anonymous();
    let _ = nobody.submit("/fn/auth/sign-in", "/sign-in", &[]).await;
    let refused = nobody.submit("/fn/auth/sign-in", "/sign-in", &[]).await.expect(429);
    assert!(refused.header("content-type").starts_with("text/html") && !refused.header("retry-after").is_empty());
    nobody.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn zero_is_no_limit() {
    let app = TestApp::with(|config| (config.limits.per_key, config.limits.per_address) = (0, 0)).await;
    let answer = app.as_key(&["*"]).await.get("/api/v1/jobs").await.expect(200);
    assert_eq!(answer.header("ratelimit"), "");
}
