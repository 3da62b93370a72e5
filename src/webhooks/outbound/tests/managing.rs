//! Making, changing and deleting subscriptions.

use super::*;
use crate::domain::error::ErrorCode;
use crate::webhooks::outbound::publish::publish;
use crate::webhooks::outbound::replay::{ReplayIn, replay};
use crate::webhooks::outbound::stats::stats;
use crate::webhooks::outbound::subscriptions::{RotateIn, create, delete, enable, get, list, patch, reseal, rotate_secret};
use crate::webhooks::outbound::trial::{TestIn, test};

fn input(json: Value) -> WebhookIn {
    serde_json::from_value(json).expect("a well-formed input")
}

#[tokio::test]
async fn a_subscription_takes_the_seeds_example_and_its_defaults() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let made = world
            .subscribe(json!({
                "name": "Application Created Webhook", "url": "https://example.com/webhooks/applications",
                "events": ["application.created", "application.stage_changed"], "secret": "webhook_secret", "retryAttempts": 3, "timeoutMs": 30000,
            }))
            .await;
        assert_eq!(made.secret, "webhook_secret");
        let shown = serde_json::to_value(&made).expect("JSON");
        for (field, expected) in [
            ("name", json!("Application Created Webhook")),
            ("isActive", json!(true)),
            ("retryAttempts", json!(3)),
            ("retrySchedule", json!(null)),
            ("timeoutMs", json!(30000)),
            ("ordered", json!(false)),
            ("filter", json!(null)),
            ("headers", json!({})),
            ("disabledReason", json!(null)),
            ("createdAt", json!("2026-09-01T08:00:00Z")),
        ] {
            assert_eq!(shown[field], expected, "{field}");
        }
        let snake =
            world.subscribe(json!({"url": "https://example.com/", "events": ["job.posted"], "retry_attempts": 0, "timeout_ms": 500})).await;
        assert_eq!((snake.webhook.name.as_str(), snake.webhook.retry_attempts, snake.webhook.timeout_ms), ("example.com", 0, 500));
        assert!(snake.secret.starts_with("whsec_"));
        let page = list(&world.ctx, &world.caller, PageQuery { limit: 1, before: None }).await.expect("readable");
        assert_eq!((page.rows[0].id, page.next), (snake.webhook.id, Some(snake.webhook.id.0)));
        assert!(!serde_json::to_string(&page.rows).expect("JSON").contains(&snake.secret));
    });
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let wrong = input(json!({
            "name": " ", "url": "ftp://example.com", "events": ["job.created", "job.vanished"], "secret": "short", "retryAttempts": 17, "retrySchedule": [1, 0],
            "timeoutMs": 5, "maxInFlight": 0, "filter": {"data.a": {"like": 1}}, "headers": {"Content-Type": "x", "X-Webhook-Id": "x", "bad name": "x", "X-Ok": "a\nb"},
        }));
        let fault = create(&world.ctx, &world.caller, &wrong).await.expect_err("wrong");
        let mut pointers: Vec<&str> = fault.fields.iter().map(|field| field.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/events/1",
                "/filter/data.a/like",
                "/headers/Content-Type",
                "/headers/X-Ok",
                "/headers/X-Webhook-Id",
                "/headers/bad name",
                "/maxInFlight",
                "/name",
                "/retryAttempts",
                "/retrySchedule/1",
                "/secret",
                "/timeoutMs",
                "/url",
            ]
        );
        let fault = create(&world.ctx, &world.caller, &input(json!({}))).await.expect_err("empty");
        assert_eq!(fault.fields.iter().map(|field| field.pointer.as_str()).collect::<Vec<_>>(), ["/url", "/events"]);
        for url in ["http://10.0.0.1/", "https://169.254.169.254/", "http://8.8.8.8/"] {
            let fault = create(&world.ctx, &world.caller, &input(json!({"url": url, "events": ["*"]}))).await.expect_err(url);
            assert_eq!(fault.fields[0].pointer, "/url", "{url}");
        }
    });
}

#[tokio::test]
async fn a_change_touches_what_it_names_only() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let made = world
            .subscribe(json!({
                "url": "https://example.com/a", "events": ["job.created"], "description": "old", "filter": {"data.x": 1}, "headers": {"X-Env": "a", "X-Token": "t1"},
            }))
            .await
            .webhook;
        assert_eq!(made.headers["X-Token"], "********");
        let same = patch(&world.ctx, &world.caller, made.id, &input(json!({"name": "New name"}))).await.expect("valid");
        assert_eq!(
            (same.name.as_str(), &same.description, &same.filter, &same.headers),
            ("New name", &made.description, &made.filter, &made.headers)
        );
        assert!(same.updated_at > made.updated_at);
        let change =
            input(json!({"description": null, "filter": null, "headers": {"X-Token": "********", "X-New": "n"}, "isActive": false}));
        let changed = patch(&world.ctx, &world.caller, made.id, &change).await.expect("valid");
        assert_eq!((changed.description.clone(), changed.filter.clone(), changed.is_active), (None, None, false));
        assert_eq!(changed.disabled_reason.as_deref(), Some("Switched off by test."));
        assert_eq!(changed.headers.keys().collect::<Vec<_>>(), ["X-New", "X-Token"]);
        let fault =
            patch(&world.ctx, &world.caller, made.id, &input(json!({"headers": {"X-Secret": "********"}}))).await.expect_err("no value");
        assert_eq!(fault.fields[0].pointer, "/headers/X-Secret");

        // The kept header still has its value, and a changed URL takes what waits along.
        let receiver = Receiver::start().await;
        patch(&world.ctx, &world.caller, made.id, &input(json!({"isActive": true}))).await.expect("valid");
        world.publish("job.created", json!({})).await;
        patch(&world.ctx, &world.caller, made.id, &input(json!({"url": receiver.url}))).await.expect("valid");
        world.deliver().await;
        assert_eq!((receiver.got()[0].header("x-token"), receiver.got()[0].header("x-env")), ("t1", ""));

        delete(&world.ctx, &world.caller, made.id).await.expect("deleted");
        assert_eq!(get(&world.ctx, &world.caller, made.id).await.expect_err("gone").code, ErrorCode::NotFound);
        assert_eq!(world.publish("job.created", json!({})).await.deliveries, 0);
    });
}

#[tokio::test]
async fn others_see_and_change_nothing() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let hook = world.subscribe(json!({"url": "https://example.com/", "events": ["*"]})).await.webhook;
        let stranger = Caller { organization: organization(&world.ctx).await, ..world.caller.clone() };
        let nobody = world.with_scopes(&[Scope::IntegrationsRead]);
        let (ctx, id) = (&world.ctx, hook.id);
        let once = ReplayIn { since: Some(start()), ..ReplayIn::default() };
        let url = input(json!({"url": "https://example.com/", "events": ["*"]}));
        for (caller, expected) in [(&stranger, ErrorCode::NotFound), (&nobody, ErrorCode::Forbidden)] {
            let codes = [
                get(ctx, caller, id).await.expect_err("get").code,
                patch(ctx, caller, id, &WebhookIn::default()).await.expect_err("patch").code,
                delete(ctx, caller, id).await.expect_err("delete").code,
                enable(ctx, caller, id).await.expect_err("enable").code,
                rotate_secret(ctx, caller, id, &RotateIn::default()).await.expect_err("rotate").code,
                test(ctx, caller, id, &TestIn::default(), Duration::ZERO).await.expect_err("test").code,
                replay(ctx, caller, id, &once).await.expect_err("replay").code,
                stats(ctx, caller, id, 7).await.expect_err("stats").code,
                log::list(ctx, caller, id, &AttemptFilter::default(), PageQuery::default()).await.expect_err("log").code,
            ];
            assert_eq!(codes, [expected; 9]);
        }
        assert!(list(ctx, &stranger, PageQuery::default()).await.expect("readable").rows.is_empty());
        assert_eq!(list(ctx, &nobody, PageQuery::default()).await.expect_err("list").code, ErrorCode::Forbidden);
        assert_eq!(create(ctx, &world.with_scopes(&[Scope::WebhooksRead]), &url).await.expect_err("create").code, ErrorCode::Forbidden);
        assert_eq!(publish(ctx, &nobody, "job.created", json!({})).await.expect_err("publish").code, ErrorCode::Forbidden);
        // Events of one organization never reach another's subscription.
        assert_eq!(publish(ctx, &stranger, "job.created", json!({})).await.expect("accepted").deliveries, 0);
        assert_eq!(world.publish("job.created", json!({})).await.deliveries, 1);
    });
}

#[tokio::test]
async fn wrong_events_are_refused() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        for (event, data, pointer) in [
            ("job.vanished", json!({}), "/event"),
            ("job.created", json!([]), "/data"),
            ("job.created", json!({"x": "y".repeat(600_000)}), "/data"),
        ] {
            let fault = publish(&world.ctx, &world.caller, event, data).await.expect_err(event);
            assert_eq!(fault.fields[0].pointer, pointer);
        }
    });
}

#[tokio::test]
async fn secrets_are_sealed_and_survive_a_change_of_key() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["*"], "headers": {"Authorization": "Bearer xyz"}})).await;
        rotate_secret(&world.ctx, &world.caller, hook.webhook.id, &RotateIn::default()).await.expect("rotated");
        let row =
            crate::store::webhook::find_webhook(db, world.caller.organization, hook.webhook.id).await.expect("readable").expect("there");
        assert!(!format!("{row:?}").contains("xyz"));

        // A key that cannot open them leaves them as they are.
        let mut stranger = world.ctx.clone();
        stranger.vault = crate::vault::Vault::default();
        stranger.vault.load([], &Key::generate());
        assert_eq!(reseal(&stranger).await.expect("counted"), (0, 1));
        let new = Key::generate();
        world.ctx.vault.load([world.key.clone()], &new);
        assert_eq!(reseal(&world.ctx).await.expect("counted"), (1, 0));
        assert_eq!(reseal(&world.ctx).await.expect("counted"), (0, 0));
        world.ctx.vault.load([], &new);
        world.publish("job.created", json!({})).await;
        world.deliver().await;
        let got = receiver.got();
        assert_eq!(got[0].header("authorization"), "Bearer xyz");
        assert!(got[0].is_standard_signed_with(&Secret::parse(&hook.secret).expect("a secret"), world.now()));
    });
}
