//! Messages of providers that cannot be connected yet: keys, quarantine, shared addresses, what is counted, and who hears of it.

use super::*;
use crate::domain::error::ErrorCode;
use crate::integrations::lifecycle;
use crate::providers::schemes::{slack, stripe};
use crate::store::provider_account::upsert_provider_account;

struct Bench {
    set: Set,
    base: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn bench(db: &Db) -> Bench {
    let mut set = set(db).await;
    let mut config = crate::config::Config::clone(&set.ctx.config);
    config.oauth.insert(
        "slack",
        crate::config::OauthClientConfig {
            client_id: "id".to_owned(),
            client_secret: "secret".to_owned().into(),
            redirect_uri: None,
            tenant: None,
            signing_secret: Some("signing".to_owned().into()),
        },
    );
    set.ctx.config = std::sync::Arc::new(config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let app = router(AppState::new(set.ctx.clone(), Settings::from(&*set.ctx.config)));
    let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serves") });
    Bench { set, base, server }
}

impl Bench {
    async fn add(&self, provider: &str) -> IntegrationId {
        lifecycle::create(&self.set.ctx, &self.set.caller, provider, None, None, None).await.expect("creates").id
    }

    async fn post(&self, path: &str, headers: &[(&str, String)], body: &str) -> (u16, String) {
        self.set.ctx.clock.advance(Duration::from_millis(5));
        let mut call = self.set.ctx.http.raw().post(format!("{}{path}", self.base)).body(body.to_owned());
        for (name, value) in headers {
            call = call.header(*name, value);
        }
        let answer = call.send().await.expect("answers");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }

    async fn stripe(&self, id: IntegrationId, key: &str, at: i64, body: &str) -> u16 {
        self.post(&format!("/hooks/stripe/{id}"), &[("stripe-signature", stripe::sign(key.as_bytes(), at, body.as_bytes()))], body).await.0
    }

    async fn slack(&self, path: &str, key: &str, body: &str) -> (u16, String) {
        let at = self.now();
        let headers =
            [("x-slack-request-timestamp", at.to_string()), ("x-slack-signature", slack::sign(key.as_bytes(), at, body.as_bytes()))];
        self.post(path, &headers, body).await
    }

    fn now(&self) -> i64 {
        self.set.ctx.clock.now().timestamp()
    }

    async fn work(&self) {
        register(&self.set.ctx, Worker::new(self.set.ctx.queue.clone(), QUEUE, "test", 4)).drain().await;
    }

    async fn states(&self) -> Vec<String> {
        let page = PageQuery { limit: 200, before: None };
        let mut rows = list(&self.set.ctx, &self.set.caller, &InboundEventFilter::default(), page).await.expect("lists").rows;
        rows.reverse();
        rows.into_iter().map(|row| format!("{} {}", row.verdict, row.state)).collect()
    }

    async fn overview(&self, id: IntegrationId) -> Overview {
        overview(&self.set.ctx, &self.set.caller, id).await.expect("there")
    }
}

fn event(id: &str) -> String {
    serde_json::json!({"id": id, "object": "event", "type": "invoice.paid", "note": "Zoë <b>"}).to_string()
}

#[tokio::test]
async fn what_waits_for_a_key_is_checked_at_the_time_it_came() {
    on_databases!(|db| {
        let bench = bench(db).await;
        let id = bench.add("stripe").await;
        let at = bench.now();
        assert_eq!(bench.stripe(id, "whsec_1", at, &event("evt_1")).await, 200);
        assert_eq!(bench.stripe(id, "whsec_1", at, &event("evt_1")).await, 200);
        assert_eq!(bench.stripe(id, "whsec_other", at, &event("evt_2")).await, 200);
        assert_eq!(bench.stripe(id, "whsec_1", at - 600, &event("evt_3")).await, 200);
        assert_eq!(bench.states().await, ["no_key quarantined"; 4]);
        assert!(!bench.overview(id).await.has_key);
        // Days later.
        bench.set.ctx.clock.advance(Duration::from_secs(3 * 86_400));
        set_key(&bench.set.ctx, &bench.set.caller, id, " whsec_1 ".into()).await.expect("enters");
        bench.work().await;
        assert_eq!(bench.states().await, ["verified ignored", "verified duplicate", "forged rejected", "stale rejected"]);
        let overview = bench.overview(id).await;
        assert!(overview.has_key && overview.last_received_at.is_some());
        assert_eq!(overview.counts, [("duplicate".to_owned(), 1), ("forged".to_owned(), 1), ("stale".to_owned(), 1)]);
        // A new key takes over; the one before counts for two days.
        set_key(&bench.set.ctx, &bench.set.caller, id, "whsec_2".into()).await.expect("enters");
        assert_eq!(bench.stripe(id, "whsec_1", bench.now(), &event("evt_4")).await, 200);
        assert_eq!(bench.stripe(id, "whsec_2", bench.now(), &event("evt_5")).await, 200);
        bench.set.ctx.clock.advance(Duration::from_secs(49 * 3600));
        assert_eq!(bench.stripe(id, "whsec_1", bench.now(), &event("evt_6")).await, 401);
        assert_eq!(bench.stripe(id, "whsec_2", bench.now(), &event("evt_7")).await, 200);
        let fault = set_key(&bench.set.ctx, &bench.set.caller, bench.add("mixpanel").await, "x".into()).await.expect_err("sends none");
        assert_eq!(fault.code, ErrorCode::Unsupported);
    });
}

#[tokio::test]
async fn forged_stale_truncated_and_rewritten_messages_are_refused_and_counted() {
    on_databases!(|db| {
        let bench = bench(db).await;
        let id = bench.add("stripe").await;
        set_key(&bench.set.ctx, &bench.set.caller, id, "whsec_1".into()).await.expect("enters");
        let (at, body) = (bench.now(), event("evt_1"));
        let genuine = stripe::sign(b"whsec_1", at, body.as_bytes());
        let rewritten = serde_json::from_str::<serde_json::Value>(&body).expect("JSON");
        let rewritten = serde_json::to_string_pretty(&rewritten).expect("JSON");
        let path = format!("/hooks/stripe/{id}");
        for (signature, body) in
            [(genuine.as_str(), &body[..body.len() - 1]), (genuine.as_str(), rewritten.as_str()), ("t=1,v1=00", body.as_str())]
        {
            assert_eq!(bench.post(&path, &[("stripe-signature", signature.to_owned())], body).await.0, 401);
        }
        assert_eq!(bench.post(&path, &[], &body).await.0, 401);
        assert_eq!(bench.stripe(id, "whsec_1", at - 301, &body).await, 401);
        assert_eq!(bench.stripe(id, "whsec_1", at + 302, &body).await, 401);
        // None of them took the genuine one's place.
        assert_eq!(bench.stripe(id, "whsec_1", at, &body).await, 200);
        assert_eq!(bench.stripe(id, "whsec_1", at, &body).await, 200);
        bench.work().await;
        let counts = bench.overview(id).await.counts;
        assert_eq!(counts, [("duplicate".to_owned(), 1), ("forged".to_owned(), 3), ("missing".to_owned(), 1), ("stale".to_owned(), 2)]);
        assert_eq!(bench.states().await.last().map(String::as_str), Some("verified ignored"));
    });
}

#[tokio::test]
async fn a_shared_address_finds_the_connections_of_the_account() {
    on_databases!(|db| {
        let bench = bench(db).await;
        let hello = r#"{"type":"url_verification","challenge":"abc"}"#;
        assert_eq!(bench.slack("/hooks/slack", "signing", hello).await, (200, "abc".to_owned()));
        assert_eq!(bench.slack("/hooks/slack", "guess", hello).await.0, 401);
        let message = |id: &str, team: &str| {
            serde_json::json!({"type": "event_callback", "event_id": id, "team_id": team, "event": {"type": "message"}}).to_string()
        };
        assert_eq!(bench.slack("/hooks/slack", "signing", &message("Ev1", "T1")).await.0, 200);
        assert_eq!(bench.slack("/api/v1/integrations/webhooks/slack", "guess", &message("Ev1", "T1")).await.0, 401);
        let listed = unrouted(&bench.set.ctx, PageQuery::default()).await.expect("lists").rows;
        assert_eq!((listed.len(), listed[0].event_name.as_deref(), listed[0].organization_id), (1, Some("message"), None));
        assert_eq!(
            unrouted_by_provider(&bench.set.ctx).await.expect("counts"),
            [ProviderUnrouted { provider: "slack".to_owned(), messages: 1 }]
        );
        assert!(bench.states().await.is_empty(), "it belongs to no organization");
        let id = bench.add("slack").await;
        assert_eq!(bench.overview(id).await.unrouted, 1);
        let mut tx = db.begin().await.expect("begins");
        upsert_provider_account(&mut tx, "slack", "T1", id, bench.set.ctx.clock.now()).await.expect("inserts");
        tx.commit().await.expect("commits");
        for _ in 0..2 {
            assert_eq!(bench.slack("/hooks/slack", "signing", &message("Ev2", "T1")).await.0, 200);
        }
        assert_eq!(bench.slack("/hooks/slack", "guess", &message("Ev3", "T1")).await.0, 401);
        bench.work().await;
        assert_eq!(bench.states().await, ["verified ignored", "forged rejected"]);
    });
}

#[tokio::test]
async fn secrets_in_messages_are_never_shown() {
    on_databases!(|db| {
        let bench = bench(db).await;
        let id = bench.add("zoho_crm").await;
        set_key(&bench.set.ctx, &bench.set.caller, id, "t0k3n".into()).await.expect("enters");
        let path = format!("/hooks/zoho_crm/{id}");
        let body = r#"{"token":"t0k3n","channel_id":"1","module":"Contacts","operation":"insert","ids":["1"],"server_time":5}"#;
        let headers = [("authorization", "Basic c2VjcmV0".to_owned()), ("cookie", "a=secret".to_owned()), ("x-note", "kept".to_owned())];
        assert_eq!(bench.post(&path, &headers, body).await.0, 200);
        assert_eq!(bench.post(&path, &[], &body[..30]).await.0, 401);
        let page = PageQuery { limit: 200, before: None };
        let rows = list(&bench.set.ctx, &bench.set.caller, &InboundEventFilter::default(), page).await.expect("lists").rows;
        for row in &rows {
            let shown = format!("{:?} {:?}", shown_headers(row), shown_body(row));
            assert!(!shown.contains("t0k3n") && !shown.contains("secret") && !shown.contains("c2VjcmV0"), "{shown}");
        }
        assert_eq!(super::super::path(&rows[1]), Some(path.as_str()));
        assert!(shown_headers(&rows[1]).contains(&("x-note".to_owned(), "kept".to_owned())));
        assert!(shown_body(&rows[1]).expect("text").contains("Contacts"));
    });
}

#[tokio::test]
async fn after_an_outage_what_changed_is_read() {
    on_databases!(|db| {
        let bench = bench(db).await;
        let id = bench.set.connect().await;
        bench.set.work().await;
        let runs =
            || async { crate::sync::list(&bench.set.ctx, &bench.set.caller, Some(id), PageQuery::default()).await.expect("lists").rows };
        assert_eq!(catch_up::tick(&bench.set.ctx).await.expect("looks"), 0, "the first start");
        bench.set.ctx.clock.advance(Duration::from_secs(14 * 3600));
        assert_eq!(catch_up::tick(&bench.set.ctx).await.expect("looks"), 0, "Greenhouse still tries");
        bench.set.ctx.clock.advance(Duration::from_secs(15 * 3600 + 1));
        let before = runs().await.len();
        assert_eq!(catch_up::tick(&bench.set.ctx).await.expect("looks"), 1);
        let after = runs().await;
        assert_eq!((after.len(), after[0].cause.as_str()), (before + 1, "catch_up"));
        assert_eq!(catch_up::tick(&bench.set.ctx).await.expect("looks"), 0, "once");
        bench.set.work().await;
        assert_eq!(bench.set.last_run(id).await.state, crate::domain::status::RunState::Succeeded);
    });
}
