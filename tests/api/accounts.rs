//! Signing up, in and out, and what people change about their organization, in the pages and through the API.

use std::time::Duration;

use hirewire::domain::role::Role;
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, TestApp};

/// The codes and fields a form comes back with: they travel in the address of the page.
fn refusal(location: &str) -> Value {
    use base64::Engine as _;
    let url = url::Url::parse(location).expect("the form leads back to its page");
    let error = url.query_pairs().find(|(name, _)| name == "__err").expect("the page is told what failed").1.into_owned();
    let error = base64::engine::general_purpose::URL_SAFE.decode(error).expect("base64");
    serde_json::from_slice(&error).expect("JSON")
}

/// The session cookie an answer sets, as a browser sends it back.
fn cookie(set_cookie: &str) -> &str {
    set_cookie.split(';').next().unwrap_or_default()
}

async fn sign_up(app: &TestApp, email: &str) -> String {
    let fields = [("organization", "Acme"), ("name", "Robin Itani"), ("email", email), ("password", PASSWORD)];
    let answer = app.anonymous().submit("/fn/auth/sign-up", "/sign-up", &fields).await.expect(302);
    assert_eq!(answer.header("location"), "/");
    cookie(answer.header("set-cookie")).to_owned()
}

async fn sign_in(client: &Client, email: &str, password: &str) -> crate::support::Answer {
    client.submit("/fn/auth/sign-in", "/sign-in", &[("email", email), ("password", password)]).await
}

#[tokio::test]
async fn somebody_signs_up_out_and_in_again_without_a_script() {
    let app = TestApp::new().await;
    let first = sign_up(&app, "robin@example.com").await;
    let client = app.anonymous().cookie(&first);
    assert!(client.get("/settings").await.expect(200).text().contains("Acme"));
    client.get("/sign-in").await.expect(302);

    let answer = client.submit("/sign-out", "/settings", &[]).await.expect(303);
    assert_eq!(answer.header("location"), "/sign-in");
    assert!(answer.header("set-cookie").contains("hw_session=;"), "the cookie is taken away: {}", answer.header("set-cookie"));
    let answer = client.get("/settings/members?x=1").await.expect(302);
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fsettings%2Fmembers%3Fx%3D1");

    let fields = [("email", " Robin@Example.com"), ("password", PASSWORD), ("next", "/settings/members?x=1")];
    let answer = app.anonymous().submit("/fn/auth/sign-in", "/sign-in", &fields).await.expect(302);
    assert_eq!(answer.header("location"), "/settings/members?x=1");
    let set = answer.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/") && !set.contains("Secure"), "{set}");
    app.anonymous().cookie(cookie(set)).get("/settings").await.expect(200);

    let fields = [("email", "robin@example.com"), ("password", PASSWORD), ("next", "//evil.example")];
    let answer = app.anonymous().submit("/fn/auth/sign-in", "/sign-in", &fields).await.expect(302);
    assert_eq!(answer.header("location"), "/", "nobody is sent to another site");
}

#[tokio::test]
async fn the_session_gets_a_new_id_at_sign_in() {
    let app = TestApp::new().await;
    let planted = sign_up(&app, "robin@example.com").await;
    let client = app.anonymous().cookie(&planted);
    let answer = sign_in(&client, "robin@example.com", PASSWORD).await.expect(302);
    let fresh = cookie(answer.header("set-cookie")).to_owned();
    assert!(fresh.starts_with("hw_session=") && fresh != planted);
    app.anonymous().cookie(&fresh).get("/api/v1/sessions").await.expect(200);
    client.get("/api/v1/sessions").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
    let app = TestApp::with(|config| config.server.public_url = url::Url::parse("https://hire.example").ok()).await;
    let fields = [("organization", "Acme"), ("name", "Robin"), ("email", "robin@example.com"), ("password", PASSWORD)];
    let answer = app.anonymous().submit("/fn/auth/sign-up", "/sign-up", &fields).await.expect(302);
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-hw_session=") && set.contains("Secure") && set.contains("Path=/") && !set.contains("Domain"), "{set}");
}

#[tokio::test]
async fn a_forged_session_is_nobody_and_loses_its_cookie() {
    let app = TestApp::new().await;
    for forged in ["hw_session=AAAAAAAAAAAAAAAAAAAAAA", "hw_session=nonsense", "hw_session="] {
        let client = app.anonymous().cookie(forged);
        client.get("/api/v1/members").await.problem(401, "unauthenticated");
        client.get("/settings").await.expect(302);
    }
    let answer = app.anonymous().cookie("hw_session=AAAAAAAAAAAAAAAAAAAAAA").get("/sign-in").await.expect(200);
    assert!(answer.header("set-cookie").contains("hw_session=;"), "{}", answer.header("set-cookie"));
}

#[tokio::test]
async fn a_session_in_use_lasts_and_an_idle_one_ends() {
    let app = TestApp::new().await;
    let client = app.as_owner().await;
    let idle = app.ctx.site.session_idle;
    assert_eq!(client.get("/api/v1/sessions").await.expect(200).header("set-cookie"), "", "not on every request");
    app.advance(idle - Duration::from_secs(60));
    let answer = client.get("/api/v1/sessions").await.expect(200);
    assert!(answer.header("set-cookie").contains("hw_session="), "the cookie is lengthened");
    app.advance(idle - Duration::from_secs(60));
    client.get("/api/v1/sessions").await.expect(200);
    app.advance(idle + Duration::from_secs(1));
    client.get("/api/v1/sessions").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::new().await;
    sign_up(&app, "robin@example.com").await;
    let mut answers = Vec::new();
    for email in ["robin@example.com", "nobody@example.com"] {
        let answer = sign_in(&app.anonymous(), email, "not the password").await.expect(302);
        assert_eq!(answer.header("set-cookie"), "");
        answers.push((answer.header("location").to_owned(), answer.text()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(refusal(&answers[0].0)["code"], "unauthenticated");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let app = TestApp::new().await;
    sign_up(&app, "robin@example.com").await;
    for _ in 0..app.ctx.config.security.sign_in_attempts {
        let answer = sign_in(&app.anonymous().from("198.51.100.7"), "robin@example.com", "a guess").await.expect(302);
        assert_eq!(refusal(answer.header("location"))["code"], "unauthenticated");
    }
    let answer = sign_in(&app.anonymous().from("203.0.113.9"), "robin@example.com", PASSWORD).await.expect(302);
    assert_eq!(refusal(answer.header("location"))["code"], "rate_limited", "from another address, and though it is right");
    app.advance(Duration::from_secs(31));
    assert_eq!(sign_in(&app.anonymous(), "robin@example.com", PASSWORD).await.expect(302).header("location"), "/");
}

#[tokio::test]
async fn asking_for_a_reset_tells_nothing_about_the_address() {
    let app = TestApp::new().await;
    sign_up(&app, "robin@example.com").await;
    for email in ["robin@example.com", "nobody@example.com"] {
        let answer = app.anonymous().submit("/fn/auth/forgot-password", "/forgot-password", &[("email", email)]).await.expect(302);
        assert_eq!(answer.header("location"), "/forgot-password?done=asked");
    }
    let answer = app.anonymous().submit("/fn/auth/forgot-password", "/forgot-password", &[("email", "nobody")]).await.expect(302);
    assert_eq!(refusal(answer.header("location")), json!({"code": "invalid", "fields": ["email"]}));
}

#[tokio::test]
async fn wrong_fields_come_back_beside_their_inputs() {
    let app = TestApp::new().await;
    let fields = [("organization", ""), ("name", "Robin"), ("email", "robin"), ("password", "short")];
    let answer = app.anonymous().submit("/fn/auth/sign-up", "/sign-up", &fields).await.expect(302);
    assert_eq!(refusal(answer.header("location")), json!({"code": "invalid", "fields": ["organization", "email", "password"]}));
    let page = answer.header("location").strip_prefix("http://localhost:3000").expect("a page of ours").to_owned();
    let html = app.anonymous().get(&page).await.expect(200).text();
    for field in ["organization", "email", "password"] {
        assert!(html.contains(&format!("id=\"field-{field}-error\"")), "{field} has no sentence beside it");
    }
    assert!(!html.contains("id=\"field-name-error\""));
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let app = TestApp::new().await;
    let cookie = sign_up(&app, "robin@example.com").await;
    let fields = [("name", "Taken over")];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("x-nothing", "said")] {
        let client = app.anonymous().header("cookie", &cookie).header(name, value);
        client.submit("/fn/accounts/organization", "/settings", &fields).await.expect(403);
        client.post("/api/v1/api-keys", &json!({"name": "X", "scopes": ["*"]})).await.problem(403, "cross_site");
        client.get("/api/v1/organization").await.expect(200);
    }
    let own = app.anonymous().header("cookie", &cookie).header("origin", "http://localhost:3000");
    own.submit("/fn/accounts/organization", "/settings", &[("name", "Acme Ltd")]).await.expect(302);
    assert_eq!(own.get("/api/v1/organization").await.expect(200).json()["name"], "Acme Ltd");
    let stranger = app.anonymous().header("sec-fetch-site", "cross-site");
    sign_in(&stranger, "robin@example.com", PASSWORD).await.expect(403);
}

#[tokio::test]
async fn an_invitation_is_followed_from_the_page_to_the_new_member() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let fields = [("email", "Sam@example.com"), ("role", "recruiter")];
    let answer = owner.submit("/fn/accounts/invite", "/settings/members", &fields).await.expect(302);
    let page = owner.get(answer.header("location")).await.expect(200).text();
    let at = page.find("http://localhost:3000/invitations/").expect("the link is shown");
    let token = &page[at + "http://localhost:3000/invitations/".len()..][..43];
    let again = owner.get("/settings/members").await.expect(200).text();
    assert!(!again.contains(token) && again.contains("sam@example.com"), "the link is shown once");

    let path = format!("/invitations/{token}");
    assert!(app.anonymous().get(&path).await.expect(200).text().contains("Join Northwind"));
    let fields = [("token", token), ("name", "Sam Ortega"), ("password", PASSWORD)];
    let answer = app.anonymous().submit("/fn/auth/accept-invitation", &path, &fields).await.expect(302);
    let sam = app.anonymous().cookie(cookie(answer.header("set-cookie")));
    sam.get("/settings/members").await.expect(200);
    sam.get("/settings/keys").await.expect(403);
    app.anonymous().get(&path).await.expect(404);
    let members = owner.get("/api/v1/members").await.expect(200).json();
    assert!(members["data"].as_array().expect("a list").iter().any(|member| member["email"] == "sam@example.com"), "{members}");
}

#[tokio::test]
async fn a_reset_link_from_an_admin_sets_a_new_password() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let robin = app.as_user(Role::Recruiter).await;
    let members = owner.get("/api/v1/members").await.expect(200).json();
    let member =
        members["data"].as_array().expect("a list").iter().find(|member| member["role"] == "recruiter").expect("is a member").clone();
    let (id, email) = (member["id"].as_str().expect("an id"), member["email"].as_str().expect("an address"));
    let link = owner.post(&format!("/api/v1/members/{id}/reset-link"), &json!({})).await.expect(201).json()["link"].clone();
    let token = link.as_str().and_then(|link| link.rsplit('/').next()).expect("a token").to_owned();
    let path = format!("/reset-password/{token}");
    app.anonymous().get(&path).await.expect(200);
    let fields = [("token", token.as_str()), ("password", "an entirely new one")];
    let answer = app.anonymous().submit("/fn/auth/reset-password", &path, &fields).await.expect(302);
    assert_eq!(answer.header("location"), "/sign-in?done=password");
    robin.get("/api/v1/sessions").await.problem(401, "unauthenticated");
    assert_eq!(sign_in(&app.anonymous(), email, "an entirely new one").await.header("location"), "/");
    app.anonymous().get(&path).await.expect(404);
}

#[tokio::test]
async fn the_last_owner_stays_and_roles_have_limits() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let admin = app.as_user(Role::Admin).await;
    let recruiter = app.as_user(Role::Recruiter).await;
    let members = owner.get("/api/v1/members").await.expect(200).json();
    let id = |role: &str| {
        let found = members["data"].as_array().expect("a list").iter().find(|member| member["role"] == role);
        found.expect("is a member")["id"].as_str().expect("an id").to_owned()
    };
    let the_owner = format!("/api/v1/members/{}", id("owner"));
    owner.delete(&the_owner).await.problem(409, "conflict");
    owner.patch(&the_owner, &json!({"role": "admin"})).await.problem(409, "conflict");
    admin.patch(&the_owner, &json!({"role": "admin"})).await.problem(403, "forbidden");
    let the_admin = format!("/api/v1/members/{}", id("admin"));
    recruiter.delete(&the_admin).await.problem(403, "forbidden");
    owner.patch(&the_admin, &json!({"role": "queen"})).await.problem(422, "invalid");
    owner.patch(&the_admin, &json!({"role": "owner"})).await.expect(200);
    assert_eq!(admin.get("/api/v1/api-keys").await.expect(200).json()["data"], json!([]));
    owner.delete(&the_owner).await.expect(204);
    owner.get("/api/v1/members").await.problem(403, "forbidden");
}

#[tokio::test]
async fn the_theme_is_kept_in_a_cookie_and_the_account() {
    let app = TestApp::new().await;
    let answer = app.anonymous().submit("/preferences/theme", "/sign-in?x=1", &[("theme", "dark")]).await.expect(303);
    assert_eq!(answer.header("location"), "/sign-in?x=1");
    assert!(answer.header("set-cookie").starts_with("theme=dark; Path=/;"));
    app.anonymous().submit("/preferences/theme", "/", &[("theme", "neon")]).await.expect(422);
    let html = app.anonymous().header("cookie", "theme=dark").get("/sign-in").await.expect(200).text();
    assert!(html.contains("data-theme=\"dark\""));
}

#[tokio::test]
async fn every_settings_page_renders_for_those_who_may_see_it() {
    let app = TestApp::new().await;
    let owner = app.as_owner().await;
    let interviewer = app.as_user(Role::Interviewer).await;
    for (path, for_interviewers) in
        [("/settings", 200), ("/settings/members", 200), ("/settings/keys", 403), ("/settings/profile", 200), ("/settings/sessions", 200)]
    {
        owner.get(path).await.expect(200);
        interviewer.get(path).await.expect(for_interviewers);
        app.anonymous().get(path).await.expect(302);
    }
    for path in ["/sign-in", "/sign-up", "/forgot-password"] {
        app.anonymous().get(path).await.expect(200);
    }
    app.anonymous().get("/reset-password/nonsense").await.expect(404);
    app.anonymous().get("/invitations/nonsense").await.expect(404);
}
