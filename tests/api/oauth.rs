//! Connecting by signing in, through the real router against the simulated authorization servers: the way through, and the attacks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hirewire::domain::role::Role;
use hirewire::sandbox::oauth::{Decision, Fault, Server};
use serde_json::{Value, json};
use url::Url;

use crate::support::{Answer, Client, TestApp};

const LIST: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";

fn server<'a>(app: &'a TestApp, slug: &str) -> &'a Server {
    app.sandbox.sandbox.oauth.of(slug)
}

async fn start(client: &Client, body: Value) -> Url {
    let out = client.post("/api/v1/integrations/connect", &body).await.expect(200).json();
    assert_eq!(out["authorizationUrl"], out["authUrl"]);
    let url: Url = out["authorizationUrl"].as_str().and_then(|url| url.parse().ok()).expect("an address");
    assert_eq!(param(&url, "state"), out["state"].as_str().expect("a state"));
    url
}

fn param(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The path and query of the address a person is sent back to.
fn path(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

/// Comes back in a browser.
async fn land(client: &Client, back: &Url) -> Answer {
    client.clone().header("accept", "text/html").get(&path(back)).await
}

/// Connects as a person in a browser, and gives the integration.
async fn connect(app: &TestApp, client: &Client, slug: &str) -> Value {
    let url = start(client, json!({ "provider": slug })).await;
    let back = server(app, slug).consent(&url, &Decision::Allow).expect("allowed");
    let answer = land(client, &back).await.expect(303);
    let id = answer.header("location").trim_start_matches("/integrations/").split('?').next().expect("an id").to_owned();
    client.get(&format!("/api/v1/integrations/{id}")).await.expect(200).json()
}

#[tokio::test]
async fn a_person_connects_a_calendar_and_disconnects_it() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let page = owner.clone().header("accept", "text/html").get("/integrations/connect/google_calendar").await.expect(200).text();
    assert!(page.contains("action=\"/oauth/google_calendar/start\"") && page.contains("Continue to Google"), "{page}");
    assert!(page.contains("http://localhost:3000/oauth/google_calendar/callback"));

    let left = owner
        .submit(
            "/oauth/google_calendar/start",
            "/integrations/connect/google_calendar",
            &[("has_features", "true"), ("features", "events"), ("features", "choose_calendar")],
        )
        .await
        .expect(200);
    let text = left.text().replace("&amp;", "&");
    let from = text.find("0;url=").expect("it leads on") + 6;
    let url: Url = text[from..].split('"').next().and_then(|url| url.parse().ok()).expect("an address");
    assert_eq!(param(&url, "code_challenge_method"), "S256");
    assert!(param(&url, "scope").contains(LIST) && !param(&url, "scope").contains("freebusy"), "only what is switched on");
    assert_eq!(param(&url, "redirect_uri"), "http://localhost:3000/oauth/google_calendar/callback");

    let back = server(&app, "google_calendar").consent(&url, &Decision::Allow).expect("allowed");
    let answer = land(&owner, &back).await.expect(303);
    assert!(answer.header("location").ends_with("?done=connected"), "{}", answer.header("location"));
    assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
    let list = owner.get("/api/v1/integrations").await.expect(200).json();
    let row = &list["data"][0];
    assert_eq!((&row["status"], &row["account"], &row["authType"]), (&json!("active"), &json!("robin@northwind.test"), &json!("oauth2")));
    assert_eq!(row["scopes"]["missing"], json!([]));
    assert_eq!(row["config"]["features"], json!(["events", "choose_calendar"]));
    assert_eq!(row["tokenExpiresAt"], "2026-09-01T09:00:00Z", "an hour, as Google says");
    let calendars = owner.get("/api/v1/integrations/calendar/calendars").await.expect(200).json();
    assert_eq!(calendars["data"].as_array().map(Vec::len), Some(3), "{calendars}");
    assert_eq!((&calendars["data"][0]["isPrimary"], &calendars["data"][0]["name"]), (&json!(true), &json!("robin@northwind.test")));

    let id = row["id"].as_str().expect("an id");
    owner.post(&format!("/api/v1/integrations/{id}/health/check"), &json!({})).await.expect(200);
    owner.delete("/api/v1/integrations/google-calendar/disconnect").await.expect(200);
    let google = server(&app, "google_calendar");
    assert_eq!((google.counts().revocations, google.consents()), (1, 0), "the consent was taken back");
    owner.get(&format!("/api/v1/integrations/{id}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_program_finishes_what_it_began() {
    let app = TestApp::new().await;
    let key = app.as_key(&["integrations:read", "integrations:write"]).await;
    let made = key
        .post("/api/v1/integrations", &json!({"name": "Robin", "provider": "google-calendar", "authType": "oauth2", "config": {}}))
        .await
        .expect(201)
        .json();
    let id = made["id"].as_str().expect("an id");
    let out = key.get(&format!("/api/v1/integrations/{id}/oauth/authorize")).await.expect(200).json();
    let url: Url = out["authorizationUrl"].as_str().and_then(|url| url.parse().ok()).expect("an address");
    let back = server(&app, "google_calendar").consent(&url, &Decision::Allow).expect("allowed");
    let body = json!({"code": param(&back, "code"), "state": param(&back, "state")});

    let stranger = app.as_key(&["*"]).await;
    stranger.post(&format!("/api/v1/integrations/{id}/oauth/callback"), &body).await.problem(403, "forbidden");
    // The stranger's try has used it up: begin again.
    let out = key.get("/api/v1/integrations/google_calendar/auth-url").await.expect(200).json();
    let url: Url = out["authUrl"].as_str().and_then(|url| url.parse().ok()).expect("an address");
    let back = server(&app, "google_calendar").consent(&url, &Decision::Allow).expect("allowed");
    let body = json!({"code": param(&back, "code"), "state": param(&back, "state")});
    let done = key.post(&format!("/api/v1/integrations/{id}/oauth/callback"), &body).await.expect(200).json();
    assert_eq!((&done["status"], &done["id"], &done["success"]), (&json!("active"), &json!(id), &json!(true)));
    assert!(!done.to_string().contains("sim-a-") && !done.to_string().contains("sim-r-"), "no token in an answer");
    let again = key.post(&format!("/api/v1/integrations/{id}/oauth/callback"), &body).await;
    again.problem(422, "invalid");

    let url = start(&key, json!({"provider": "gmail"})).await;
    let back = server(&app, "gmail").consent(&url, &Decision::Allow).expect("allowed");
    let query = back.query().unwrap_or_default();
    let done = key.get(&format!("/api/v1/integrations/callback?provider=gmail&{query}")).await.expect(200).json();
    assert_eq!(done["provider"], "gmail");
    for path in ["greenhouse/auth-url", "slackk/auth-url"] {
        let answer = key.get(&format!("/api/v1/integrations/{path}")).await;
        assert!(matches!(answer.status.as_u16(), 404 | 422), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn who_was_sent_by_a_program_is_asked_first() {
    let app = TestApp::new().await;
    let key = app.as_key(&["*"]).await;
    let url = start(&key, json!({"provider": "google_calendar"})).await;
    let back = server(&app, "google_calendar").consent(&url, &Decision::Allow).expect("allowed");
    let visitor = app.anonymous();
    let asked = land(&visitor, &back).await.expect(200);
    let text = asked.text();
    assert!(text.contains("Northwind") && text.contains("Connect Google Calendar"), "{text}");
    assert_eq!(server(&app, "google_calendar").counts().exchanges, 0, "nothing was sent before they say so");
    let from = text.find("name=\"token\" value=\"").expect("a form") + 20;
    let token = text[from..].split('"').next().expect("a token").to_owned();
    let cookie = asked.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    assert!(asked.header("set-cookie").contains("HttpOnly") && asked.header("set-cookie").contains("SameSite=Strict"));

    // Another browser with the form's value alone gets nowhere, and has used it up.
    visitor.submit("/oauth/confirm", "/", &[("token", &token)]).await.expect(422);
    visitor.clone().header("cookie", &cookie).submit("/oauth/confirm", "/", &[("token", &token)]).await.expect(422);
    assert_eq!(server(&app, "google_calendar").counts().exchanges, 0);

    let url = start(&key, json!({"provider": "google_calendar"})).await;
    let back = server(&app, "google_calendar").consent(&url, &Decision::Allow).expect("allowed");
    let asked = land(&visitor, &back).await.expect(200);
    let text = asked.text();
    let from = text.find("name=\"token\" value=\"").expect("a form") + 20;
    let token = text[from..].split('"').next().expect("a token").to_owned();
    let cookie = asked.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let done = visitor.clone().header("cookie", &cookie).submit("/oauth/confirm", "/", &[("token", &token)]).await.expect(200);
    assert!(done.text().contains("Google Calendar is connected"), "{}", done.text());
    assert_eq!(key.get("/api/v1/integrations").await.expect(200).json()["data"][0]["status"], "active");
}

#[tokio::test]
async fn forged_replayed_foreign_and_expired_states_are_refused() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let google = server(&app, "google_calendar");
    let refused = async |client: &Client, back: &Url, reason: &str| {
        let answer = land(client, back).await.expect(303);
        assert!(answer.header("location").contains(&format!("failed={reason}")), "{reason}: {}", answer.header("location"));
    };

    // Forged.
    let forged: Url = "http://localhost:3000/oauth/google_calendar/callback?code=abc&state=made-up".parse().expect("an address");
    refused(&owner, &forged, "state_unknown").await;
    let none: Url = "http://localhost:3000/oauth/google_calendar/callback?code=abc".parse().expect("an address");
    refused(&owner, &none, "state_unknown").await;
    assert_eq!(app.anonymous().get(&path(&forged)).await.status.as_u16(), 422);

    // Two states, two codes: whoever reads the first and whoever reads the last must not differ.
    let url = start(&owner, json!({"provider": "google_calendar"})).await;
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    let mut twice = back.clone();
    twice.query_pairs_mut().append_pair("state", "other");
    refused(&owner, &twice, "state_unknown").await;

    // Another person's session; afterwards it is used up for its owner too.
    let foreign = app.as_user(Role::Admin).await;
    refused(&foreign, &back, "other_session").await;
    refused(&owner, &back, "state_unknown").await;
    assert_eq!(app.anonymous().get(&path(&back)).await.status.as_u16(), 422);

    // Nobody signed in.
    let url = start(&owner, json!({"provider": "google_calendar"})).await;
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    assert_eq!(app.anonymous().get(&path(&back)).await.status.as_u16(), 403);

    // Too late.
    let url = start(&owner, json!({"provider": "google_calendar"})).await;
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    app.advance(Duration::from_secs(601));
    refused(&owner, &back, "state_expired").await;
    assert_eq!(google.counts().exchanges, 0, "no code was sent anywhere");

    // Replayed.
    let url = start(&owner, json!({"provider": "google_calendar"})).await;
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    land(&owner, &back).await.expect(303);
    refused(&owner, &back, "state_unknown").await;
    assert_eq!(google.counts().exchanges, 1);
}

#[tokio::test]
async fn codes_of_others_and_other_providers_answers_are_refused() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let google = server(&app, "google_calendar");

    // Code injection: the attacker's code with the victim's state. Its challenge does not fit the victim's verifier.
    let attacker = app.as_user(Role::Admin).await;
    google.sign_in_as("mallory@evil.test");
    let theirs = google.consent(&start(&attacker, json!({"provider": "google_calendar"})).await, &Decision::Allow).expect("allowed");
    google.sign_in_as("robin@northwind.test");
    let mine = google.consent(&start(&owner, json!({"provider": "google_calendar"})).await, &Decision::Allow).expect("allowed");
    let injected = format!("/oauth/google_calendar/callback?code={}&state={}", param(&theirs, "code"), param(&mine, "state"));
    let answer = owner.clone().header("accept", "text/html").get(&injected).await.expect(303);
    assert!(answer.header("location").contains("failed=provider_refused"), "{}", answer.header("location"));
    let page = owner.clone().header("accept", "text/html").get(answer.header("location")).await.expect(200).text();
    assert!(page.contains("took too long or was used before"), "the page says what happened");

    // Mix-up: the answer comes to another provider's address, or from another server.
    let back = google.consent(&start(&owner, json!({"provider": "google_calendar"})).await, &Decision::Allow).expect("allowed");
    let elsewhere = path(&back).replace("/oauth/google_calendar/", "/oauth/slack/");
    let answer = owner.clone().header("accept", "text/html").get(&elsewhere).await.expect(303);
    assert!(answer.header("location").contains("failed=provider_mismatch"), "{}", answer.header("location"));
    let back = google.consent(&start(&owner, json!({"provider": "google_calendar"})).await, &Decision::Allow).expect("allowed");
    let other = path(&back).replace("accounts.google.com", "accounts.evil.example");
    let answer = owner.clone().header("accept", "text/html").get(&other).await.expect(303);
    assert!(answer.header("location").contains("failed=provider_mismatch"), "{}", answer.header("location"));
    assert_eq!(google.counts().exchanges, 0);

    // The vendor's family is an address of its own: one app, one redirect address for calendar and mail.
    let back = google.consent(&start(&owner, json!({"provider": "google_calendar"})).await, &Decision::Allow).expect("allowed");
    let answer = owner
        .clone()
        .header("accept", "text/html")
        .get(&path(&back).replace("/oauth/google_calendar/", "/oauth/google/"))
        .await
        .expect(303);
    assert!(answer.header("location").contains("done=connected"), "{}", answer.header("location"));
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let app = TestApp::with(|config| config.server.allowed_origins = vec!["https://app.example".to_owned()]).await;
    let owner = app.as_owner().await;
    for foreign in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://app.example@evil.example",
        "https://app.example.evil.example",
    ] {
        let answer = owner.post("/api/v1/integrations/connect", &json!({"provider": "google_calendar", "returnTo": foreign})).await;
        let problem = answer.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/returnTo", "{foreign}");
    }
    for (own, expected) in [
        ("/settings?x=1", "/settings?x=1&connected=google_calendar"),
        ("https://app.example/done", "https://app.example/done?connected=google_calendar"),
    ] {
        let url = start(&owner, json!({"provider": "google_calendar", "returnTo": own})).await;
        // Nothing on the way can change it.
        let mut back = server(&app, "google_calendar").consent(&url, &Decision::Allow).expect("allowed");
        back.query_pairs_mut().append_pair("returnTo", "https://evil.example").append_pair("return_to", "//evil.example");
        let answer = land(&owner, &back).await.expect(303);
        assert!(answer.header("location").starts_with(expected), "{}", answer.header("location"));
    }
    let url = start(&owner, json!({"provider": "google_calendar", "return_to": "/settings"})).await;
    let back = server(&app, "google_calendar").consent(&url, &Decision::Deny).expect("sent back");
    let answer = land(&owner, &back).await.expect(303);
    assert_eq!(answer.header("location"), "/settings?error=access_denied&provider=google_calendar");
}

#[tokio::test]
async fn what_was_not_allowed_is_named_and_asked_for_again() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let google = server(&app, "google_calendar");
    let url = start(&owner, json!({"provider": "google_calendar"})).await;
    let back = google.consent(&url, &Decision::AllowWithout(vec![LIST.to_owned()])).expect("allowed in part");
    let location = land(&owner, &back).await.expect(303).header("location").to_owned();
    let id = location.trim_start_matches("/integrations/").split('?').next().expect("an id").to_owned();
    let row = owner.get(&format!("/api/v1/integrations/{id}")).await.expect(200).json();
    assert_eq!((&row["status"], &row["scopes"]["missing"]), (&json!("active"), &json!([LIST])));
    owner.get(&format!("/api/v1/integrations/calendar/calendars?integrationId={id}")).await.problem(422, "provider_rejected");
    let row = owner.get(&format!("/api/v1/integrations/{id}")).await.expect(200).json();
    assert_eq!(row["status"], "active", "what was left out breaks nothing else");
    let page = owner.clone().header("accept", "text/html").get(&location).await.expect(200).text();
    assert!(page.contains("Choose among several calendars") && page.contains("Allow them"), "{page}");

    let url = start(&owner, json!({"provider": "google_calendar", "integrationId": id})).await;
    assert!(param(&url, "scope").contains(LIST));
    assert_eq!(param(&url, "prompt"), "consent");
    // As somebody else, nothing changes.
    google.sign_in_as("other@northwind.test");
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    let answer = land(&owner, &back).await.expect(303);
    assert!(answer.header("location").contains("failed=other_account"), "{}", answer.header("location"));
    google.sign_in_as("robin@northwind.test");
    let url = start(&owner, json!({"provider": "google_calendar", "integrationId": id})).await;
    land(&owner, &google.consent(&url, &Decision::Allow).expect("allowed")).await.expect(303);
    let row = owner.get(&format!("/api/v1/integrations/{id}")).await.expect(200).json();
    assert_eq!(row["scopes"]["missing"], json!([]));
}

#[tokio::test]
async fn an_ended_consent_asks_for_a_person_and_a_lost_network_does_not() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let row = connect(&app, &owner, "google_calendar").await;
    let id = row["id"].as_str().expect("an id");
    let google = server(&app, "google_calendar");
    let check = async || owner.post(&format!("/api/v1/integrations/{id}/health/check"), &json!({})).await.expect(200).json();
    let state = async || owner.get(&format!("/api/v1/integrations/{id}")).await.expect(200).json();

    // The token ends in the middle of work: renewed, and nobody notices.
    google.end_access();
    assert_eq!(check().await["success"], true);
    assert_eq!(google.counts().refreshes, 1);

    // Four failures of the network in a row: the reason is never that somebody has to connect again.
    app.advance(Duration::from_secs(3600));
    google.fail(Fault::Status { status: 503, retry_after: None }, 4);
    for _ in 0..4 {
        assert_eq!(check().await["success"], false);
    }
    let now = state().await;
    assert_eq!(now["reason"]["code"], "unavailable", "{now}");
    assert_eq!(check().await["success"], true);
    assert_eq!(state().await["status"], "active");

    google.withdraw();
    assert_eq!(check().await["code"], "reconnect");
    let broken = state().await;
    assert_eq!(
        (&broken["status"], &broken["reason"]["code"], &broken["reason"]["action"]),
        (&json!("error"), &json!("reconnect"), &json!("reconnect"))
    );
    let sentence = broken["reason"]["message"].as_str().expect("a sentence");
    assert!(sentence.contains("Connect it again") && !sentence.contains("sim-"), "{sentence}");
    let notices = owner.get("/api/v1/notifications").await.expect(200).json();
    assert_eq!(notices["data"].as_array().map(Vec::len), Some(1), "{notices}");
    let page = owner.clone().header("accept", "text/html").get(&format!("/integrations/{id}")).await.expect(200).text();
    assert!(page.contains(&format!("/integrations/connect/google_calendar?integration={id}")), "one button");

    // Connecting again keeps the id and the history.
    let url = start(&owner, json!({"provider": "google_calendar", "integrationId": id})).await;
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    let answer = land(&owner, &back).await.expect(303);
    assert!(answer.header("location").starts_with(&format!("/integrations/{id}?")), "{}", answer.header("location"));
    assert_eq!(state().await["status"], "active");
    let history = owner.get(&format!("/api/v1/integrations/{id}/activity")).await.expect(200).json();
    assert!(history["data"].as_array().is_some_and(|list| list.len() >= 5), "{history}");
}

#[tokio::test]
async fn who_refuses_reads_why_and_what_to_do() {
    let app = TestApp::with(|config| drop(config.oauth.remove("slack"))).await;
    let owner = app.as_owner().await;
    let back = server(&app, "gmail").consent(&start(&owner, json!({"provider": "gmail"})).await, &Decision::Deny).expect("sent back");
    let location = land(&owner, &back).await.expect(303).header("location").to_owned();
    assert_eq!(location, "/integrations/connect/gmail?failed=access_denied");
    let page = owner.clone().header("accept", "text/html").get(&location).await.expect(200).text();
    assert!(page.contains("Access was not allowed at Gmail") && page.contains("Continue to Google"), "{page}");
    assert_eq!(owner.get("/api/v1/integrations").await.expect(200).json()["data"], json!([]), "nothing was stored");

    // The operator's secret is wrong: the person reads whose task it is.
    server(&app, "gmail").replace_secret("another");
    let back = server(&app, "gmail").consent(&start(&owner, json!({"provider": "gmail"})).await, &Decision::Allow).expect("allowed");
    let location = land(&owner, &back).await.expect(303).header("location").to_owned();
    let page = owner.clone().header("accept", "text/html").get(&location).await.expect(200).text();
    assert!(page.contains("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"), "{page}");
}

#[tokio::test]
async fn what_is_switched_off_cannot_be_connected_by_another_way() {
    let app = TestApp::with(|config| config.features.calendar = false).await;
    let key = app.as_key(&["*"]).await;
    key.post("/api/v1/integrations/connect", &json!({"provider": "google_calendar"})).await.problem(404, "feature_disabled");
    key.post("/api/v1/integrations/connect", &json!({"provider": "gmail"})).await.expect(200);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_secret_is_logged_stored_in_the_clear_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(move || writer.clone()).finish();
    // For every thread: one for this thread alone misses what others have just begun to log. So it catches the other tests too, whose
    // tokens must not be logged either.
    tracing::subscriber::set_global_default(subscriber).expect("nothing else catches the log");

    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let google = server(&app, "google_calendar");
    let url = start(&owner, json!({"provider": "google_calendar"})).await;
    let back = google.consent(&url, &Decision::Allow).expect("allowed");
    let location = land(&owner, &back).await.expect(303).header("location").to_owned();
    let id = location.trim_start_matches("/integrations/").split('?').next().expect("an id").to_owned();
    google.end_access();
    owner.post(&format!("/api/v1/integrations/{id}/health/check"), &json!({})).await.expect(200);
    google.fail(Fault::Error { error: "invalid_grant".to_owned() }, 1);
    google.end_access();
    owner.post(&format!("/api/v1/integrations/{id}/health/check"), &json!({})).await.expect(200);
    // Replayed, so that refusals are in the log too.
    land(&owner, &back).await.expect(303);
    let shown = [
        owner.get(&format!("/api/v1/integrations/{id}")).await.expect(200).text(),
        owner.get(&format!("/api/v1/integrations/{id}/activity")).await.expect(200).text(),
        owner.get("/api/v1/audit-log").await.expect(200).text(),
        owner.get("/api/v1/notifications").await.expect(200).text(),
    ];
    owner.delete(&format!("/api/v1/integrations/{id}")).await.expect(204);

    let log = String::from_utf8_lossy(&log.0.lock().expect("nobody panicked")).into_owned();
    assert!(log.contains("token call"), "the log was caught");
    for secret in ["sim-a-", "sim-r-", "demo-google-secret", &param(&back, "code"), &param(&back, "state"), &param(&url, "code_challenge")]
    {
        let at = log.find(secret);
        assert!(at.is_none(), "{secret} is in the log: {}", at.map_or("", |at| &log[at.saturating_sub(200)..(at + 80).min(log.len())]));
        assert!(shown.iter().all(|text| !text.contains(secret)), "{secret} is shown");
    }
}
