//! Publishing, signing, retrying, replaying: with a clock that the test moves.

use super::*;
use crate::domain::status::DeliveryState;
use crate::store::delivery::{Claim, claim_deliveries};
use crate::webhooks::outbound::replay::{ReplayIn, ReplayWhat, replay};
use crate::webhooks::outbound::stats::stats;
use crate::webhooks::outbound::subscriptions::{RotateIn, rotate_secret};

#[tokio::test]
async fn an_event_arrives_signed_under_the_name_asked_for() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let (plain, aliased) = (Receiver::start().await, Receiver::start().await);
        let one =
            world.subscribe(json!({"url": plain.url, "events": ["application.created", "job.created"], "secret": "webhook_secret"})).await;
        let two = world.subscribe(json!({"url": aliased.url, "events": ["application.received"], "headers": {"X-Env": "test", "Authorization": "Bearer abc"}})).await;
        world.subscribe(json!({"url": plain.url, "events": ["job.closed"]})).await;
        world.subscribe(json!({"url": plain.url, "events": ["application.created"], "isActive": false})).await;

        let accepted = world.publish("application.received", json!({"applicationId": Uuid::nil(), "note": "Zoë \u{2713} <b>"})).await;
        assert_eq!(accepted.deliveries, 2);
        assert_eq!(world.deliver().await, 2);

        let got = plain.got();
        assert_eq!(got.len(), 1);
        assert_eq!(got[0].header("x-webhook-event"), "application.created");
        assert_eq!(got[0].header("x-webhook-id"), one.webhook.id.to_string());
        assert_eq!(got[0].header("webhook-id"), accepted.message_id);
        assert_eq!(got[0].header("content-type"), "application/json");
        assert!(got[0].is_signed_with("webhook_secret", world.now()));
        assert_eq!(got[0].json()["event"], "application.created");
        assert_eq!(got[0].json()["organizationId"], world.caller.organization.to_string());
        assert_eq!(got[0].json()["data"]["note"], "Zoë \u{2713} <b>");

        let got = aliased.got();
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].header("x-webhook-event"), got[0].header("webhook-id")), ("application.received", accepted.message_id.as_str()));
        assert_eq!((got[0].header("x-env"), got[0].header("authorization")), ("test", "Bearer abc"));
        assert!(got[0].is_signed_with(&two.secret, world.now()));
        assert!(!got[0].is_signed_with("webhook_secret", world.now()));
        assert_eq!(got[0].json()["event"], "application.received");

        let log = world.log(two.webhook.id).await;
        assert_eq!(log.len(), 1);
        assert_eq!((log[0].state, log[0].attempt, log[0].status_code), (DeliveryState::Succeeded, 1, Some(200)));
        assert_eq!(log[0].response_body.as_deref(), Some("thanks"));
        assert_eq!(log[0].request_headers["Authorization"], "********");
        assert_eq!(log[0].request_headers["webhook-signature"], got[0].header("webhook-signature"));
        assert!(log[0].address.as_deref().is_some_and(|address| two.webhook.url.contains(address)));
    });
}

#[tokio::test]
async fn failed_tries_are_repeated_with_the_same_bytes_and_id_on_schedule() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.answer(&[500, 404]);
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "retryAttempts": 3})).await.webhook;
        world.publish("job.created", json!({"jobId": "1"})).await;
        world.deliver().await;
        assert_eq!(receiver.got().len(), 1);
        assert_eq!(world.deliver().await, 0);

        let first = &world.log(hook.id).await[0];
        let wait = first.next_attempt_at.expect("planned") - first.at;
        assert!(wait >= chrono::Duration::seconds(1) && wait <= chrono::Duration::milliseconds(1100), "{wait}");
        assert_eq!((first.state, first.error_code.as_deref()), (DeliveryState::Failed, Some("http_status")));
        assert_eq!(first.error.as_deref(), Some("The receiver answered with status 500."));
        assert!(subscriptions::get(&world.ctx, &world.caller, hook.id).await.expect("there").failing_since.is_some());

        world.ctx.clock.advance(Duration::from_millis(1200));
        world.deliver().await;
        assert_eq!(receiver.got().len(), 2);
        world.ctx.clock.advance(Duration::from_millis(2300));
        world.deliver().await;
        let got = receiver.got();
        assert_eq!(got.len(), 3);
        assert!(got.iter().all(|message| message.body == got[0].body && message.header("webhook-id") == got[0].header("webhook-id")));
        assert_ne!(got[0].header("webhook-timestamp"), got[2].header("webhook-timestamp"));
        let log = world.log(hook.id).await;
        assert_eq!(
            log.iter().map(|attempt| (attempt.attempt, attempt.status_code)).collect::<Vec<_>>(),
            [(3, Some(200)), (2, Some(404)), (1, Some(500))]
        );
        assert_eq!(log[0].next_attempt_at, None);
        assert_eq!(subscriptions::get(&world.ctx, &world.caller, hook.id).await.expect("there").failing_since, None);

        world.ctx.clock.advance(Duration::from_secs(3600));
        assert_eq!(world.deliver().await, 0);
        let stats = stats(&world.ctx, &world.caller, hook.id, 7).await.expect("countable");
        assert_eq!((stats.total, stats.succeeded, stats.failed, stats.pending, stats.attempts), (1, 1, 0, 0, 3));
        assert_eq!((stats.success_rate, stats.by_day.len()), (Some(1.0), 7));
        assert_eq!(stats.by_day[6].succeeded, 1);
        assert!(stats.latency_ms.is_some());
    });
}

#[tokio::test]
async fn what_was_given_up_can_be_sent_again() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.always(Answer::status(503));
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "retryAttempts": 1})).await.webhook;
        let accepted = world.publish("job.created", json!({"jobId": "1"})).await;
        world.deliver().await;
        world.ctx.clock.advance(Duration::from_secs(2));
        world.deliver().await;
        world.ctx.clock.advance(Duration::from_secs(600));
        assert_eq!(world.deliver().await, 0);
        assert_eq!(receiver.got().len(), 2);
        let counted = stats(&world.ctx, &world.caller, hook.id, 1).await.expect("countable");
        assert_eq!((counted.failed, counted.success_rate), (1, Some(0.0)));

        receiver.always(Answer::status(204));
        let since = ReplayIn { since: Some(start()), ..ReplayIn::default() };
        let replayed = replay(&world.ctx, &world.caller, hook.id, &since).await.expect("replayable");
        assert_eq!((replayed.deliveries, replayed.more), (1, false));
        // It is on its way, then it arrived: neither is sent again.
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &since).await.expect("replayable").deliveries, 0);
        world.deliver().await;
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &since).await.expect("replayable").deliveries, 0);
        let got = receiver.got();
        assert_eq!((got.len(), got[2].header("webhook-id")), (3, accepted.message_id.as_str()));
        assert_eq!(got[2].body, got[0].body);

        let delivery = world.log(hook.id).await[0].delivery_id;
        let one = ReplayIn { delivery_id: Some(delivery), ..ReplayIn::default() };
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &one).await.expect("replayable").deliveries, 1);
        let event = ReplayIn { event_id: Some(accepted.id), ..ReplayIn::default() };
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &event).await.expect("replayable").deliveries, 1);
        assert_eq!(world.deliver().await, 2);
        assert!(replay(&world.ctx, &world.caller, hook.id, &ReplayIn::default()).await.is_err());
    });
}

#[tokio::test]
async fn what_was_missed_while_off_can_be_sent() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let other = Receiver::start().await;
        world.subscribe(json!({"url": other.url, "events": ["*"]})).await;
        let filter = json!({"data.department": "Sales"});
        let hook =
            world.subscribe(json!({"url": receiver.url, "events": ["job.posted"], "filter": filter, "isActive": false})).await.webhook;
        for (event, department) in [("job.opened", "Sales"), ("job.opened", "Legal"), ("job.closed", "Sales")] {
            world.publish(event, json!({"department": department})).await;
        }
        world.deliver().await;
        let missed = ReplayIn { since: Some(start()), what: ReplayWhat::Missed, ..ReplayIn::default() };
        assert!(replay(&world.ctx, &world.caller, hook.id, &missed).await.is_err());
        subscriptions::enable(&world.ctx, &world.caller, hook.id).await.expect("switched on");
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &missed).await.expect("replayable").deliveries, 1);
        world.deliver().await;
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &missed).await.expect("replayable").deliveries, 0);
        let (got, theirs) = (receiver.got(), other.got());
        assert_eq!((got.len(), theirs.len()), (1, 3));
        assert_eq!((got[0].header("x-webhook-event"), got[0].json()["event"].clone()), ("job.posted", json!("job.posted")));
        assert_eq!(theirs[0].json()["data"], got[0].json()["data"]);
        assert_eq!(theirs[0].header("webhook-id"), got[0].header("webhook-id"));
    });
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_switched_off_and_nothing_is_lost() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.answer(&[410]);
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "maxInFlight": 1})).await.webhook;
        for job in 0..3 {
            world.publish("job.created", json!({"jobId": job.to_string()})).await;
        }
        world.deliver().await;
        let seen = subscriptions::get(&world.ctx, &world.caller, hook.id).await.expect("there");
        assert!(!seen.is_active);
        assert_eq!(seen.disabled_reason.as_deref(), Some("The receiver answered with status 410 (gone)."));
        assert_eq!(receiver.got().len(), 1, "nothing more leaves for a receiver that said it is gone");
        assert_eq!(world.publish("job.created", json!({})).await.deliveries, 0);
        assert_eq!(world.deliver().await, 0);
        let on = subscriptions::enable(&world.ctx, &world.caller, hook.id).await.expect("switched on");
        assert_eq!((on.is_active, on.disabled_reason), (true, None));
        world.deliver().await;
        assert_eq!(receiver.got().len(), 3);
    });
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver
            .answers
            .lock()
            .expect("no panic")
            .push_back(Answer { headers: vec![("retry-after", "120".to_owned())], ..Answer::status(429) });
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"]})).await.webhook;
        world.publish("job.created", json!({})).await;
        world.deliver().await;
        let attempt = &world.log(hook.id).await[0];
        assert_eq!(attempt.next_attempt_at, Some(attempt.at + chrono::Duration::seconds(120)));
        world.ctx.clock.advance(Duration::from_secs(119));
        assert_eq!(world.deliver().await, 0);
        world.ctx.clock.advance(Duration::from_secs(1));
        assert_eq!(world.deliver().await, 1);
        assert_eq!(receiver.got().len(), 2);
    });
}

#[tokio::test]
async fn a_delivery_whose_worker_died_goes_out_under_the_same_id() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"]})).await.webhook;
        let accepted = world.publish("job.created", json!({})).await;
        let now = world.now();
        let mut tx = db.begin().await.expect("the database answers");
        let claim = Claim { owner: "dead", webhook: hook.id, ordered: false, now, lease_until: now + Duration::from_secs(15), limit: 10 };
        assert_eq!(claim_deliveries(&mut tx, claim).await.expect("claimed").len(), 1);
        tx.commit().await.expect("committed");

        assert_eq!(world.deliver().await, 0);
        world.ctx.clock.advance(Duration::from_secs(15));
        assert_eq!(world.deliver().await, 1);
        assert_eq!(receiver.got()[0].header("webhook-id"), accepted.message_id);
        assert_eq!(world.log(hook.id).await[0].attempt, 1);
    });
}

#[tokio::test]
async fn order_is_kept_per_candidate_when_asked_for() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.answer(&[500]);
        let events = ["application.created", "application.stage_changed", "application.hired"];
        world.subscribe(json!({"url": receiver.url, "events": events, "ordered": true, "maxInFlight": 8})).await;
        let candidates = [Uuid::from_u128(1), Uuid::from_u128(2)];
        for candidate in candidates {
            for event in events {
                world.publish(event, json!({"candidateId": candidate})).await;
            }
        }
        world.deliver().await;
        // One candidate's first message failed, so the others of that candidate wait; the other candidate's do not.
        assert_eq!(receiver.got().len(), 4);
        for _ in 0..4 {
            world.ctx.clock.advance(Duration::from_secs(2));
            world.deliver().await;
        }
        for candidate in candidates {
            let of = |message: &&Received| message.json()["data"]["candidateId"] == candidate.to_string();
            let got = receiver.got();
            let mut order: Vec<String> = got.iter().filter(of).map(|message| message.header("x-webhook-event").to_owned()).collect();
            order.dedup();
            assert_eq!(order, events, "{candidate}");
        }
    });
}

#[tokio::test]
async fn both_secrets_sign_while_one_replaces_the_other() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "headers": {"X-Api-Key": "k1"}})).await;
        let input = RotateIn { overlap_seconds: Some(600), secret: None };
        let rotated = rotate_secret(&world.ctx, &world.caller, hook.webhook.id, &input).await.expect("rotated");
        assert_ne!(rotated.secret, hook.secret);
        world.publish("job.created", json!({})).await;
        world.deliver().await;
        world.ctx.clock.advance(Duration::from_secs(601));
        world.publish("job.created", json!({})).await;
        world.deliver().await;
        let got = receiver.got();
        let (old, new) = (Secret::parse(&hook.secret).expect("a secret"), Secret::parse(&rotated.secret).expect("a secret"));
        let then = start();
        assert_eq!(got[0].header("webhook-signature").split(' ').count(), 2);
        assert!(got[0].is_standard_signed_with(&old, then) && got[0].is_standard_signed_with(&new, then));
        assert!(got[0].is_signed_with(&rotated.secret, then));
        assert_eq!(got[1].header("webhook-signature").split(' ').count(), 1);
        assert!(got[1].is_signed_with(&rotated.secret, world.now()));
        assert!(got.iter().all(|message| message.header("x-api-key") == "k1"));
    });
}

#[tokio::test]
async fn the_breaker_holds_messages_back_without_costing_them_tries() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.always(Answer::status(500));
        let settings =
            Settings { breaker: breaker::Settings { failures_in_a_row: 3, ..breaker::Settings::default() }, ..Settings::default() };
        let hook =
            world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "maxInFlight": 1, "retryAttempts": 0})).await.webhook;
        for job in 0..10 {
            world.publish("job.created", json!({"jobId": job.to_string()})).await;
        }
        world.deliver_with(settings).await;
        assert_eq!(receiver.got().len(), 3);
        let seen = subscriptions::get(&world.ctx, &world.caller, hook.id).await.expect("there");
        assert_eq!(seen.breaker.expect("open")["state"], "open");
        receiver.always(Answer::status(200));
        world.deliver_with(settings).await;
        assert_eq!(receiver.got().len(), 10);
        let log = world.log(hook.id).await;
        assert_eq!(log.iter().filter(|attempt| attempt.state == DeliveryState::Succeeded).count(), 7);
        assert!(log.iter().all(|attempt| attempt.attempt == 1));
        assert_eq!(subscriptions::get(&world.ctx, &world.caller, hook.id).await.expect("there").breaker, None);
    });
}

#[tokio::test]
async fn without_an_answer_the_log_says_why() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let closed = format!("http://{}/", listener.local_addr().expect("bound"));
        drop(listener);
        let hook = world.subscribe(json!({"url": closed, "events": ["job.created"]})).await.webhook;
        world.publish("job.created", json!({})).await;
        let waiting = &world.log(hook.id).await[0];
        assert_eq!((waiting.state, waiting.attempt), (DeliveryState::Pending, 0));
        world.deliver().await;
        let log = world.log(hook.id).await;
        assert_eq!((log.len(), log[0].status_code, log[0].error_code.as_deref()), (1, None, Some("connect_failed")));
        assert!(log[0].next_attempt_at.is_some());
    });
}
