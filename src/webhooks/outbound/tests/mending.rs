//! Receivers in trouble and what helps: warnings, pauses, pace, asymmetric signatures, searching, sending again, partners' links.

use super::*;
use crate::domain::error::ErrorCode;
use crate::domain::event::EventKind;
use crate::operations::retention::{self, Retention};
use crate::store::notification::{NotificationRow, list_notifications};
use crate::webhooks::outbound::ed25519::is_signed;
use crate::webhooks::outbound::portal::{self, LinkIn};
use crate::webhooks::outbound::replay::{ReplayIn, ReplayWhat, replay};
use crate::webhooks::outbound::stats::stats;
use crate::webhooks::outbound::subscriptions::{RotateIn, WebhookIn, get, patch, public_keys, rotate_secret};
use crate::webhooks::outbound::trial::{FilterTestIn, test_filter};

const HOUR: Duration = Duration::from_secs(3600);

async fn notices(world: &World) -> Vec<NotificationRow> {
    let mut rows =
        list_notifications(&world.ctx.store, world.caller.organization, None, false, PageQuery::default()).await.expect("readable").rows;
    rows.reverse();
    rows
}

#[tokio::test]
async fn people_are_warned_before_a_receiver_is_switched_off_and_told_when_it_is_back() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.always(Answer::status(500));
        let input = json!({"url": receiver.url, "events": ["job.created"], "retryAttempts": 0, "disableAfterDays": 4, "name": "Robin's"});
        let id = world.subscribe(input).await.webhook.id;
        for hour in 0..=96 {
            if [0, 47, 48, 60, 68, 87, 95].contains(&hour) {
                world.publish("job.created", json!({})).await;
                world.deliver().await;
            }
            world.ctx.clock.advance(HOUR);
        }
        let seen = get(&world.ctx, &world.caller, id).await.expect("there");
        assert!(seen.is_active && seen.failing_since.is_some() && seen.switches_off_at.is_some());
        let told = notices(&world).await;
        assert_eq!(told.iter().map(|notice| notice.kind.as_str()).collect::<Vec<_>>(), ["webhook.failing"; 3]);
        for (notice, percent) in told.iter().zip([50, 70, 90]) {
            assert!(notice.body.contains(&format!("{percent} %")) && notice.body.contains("status 500"), "{}", notice.body);
            assert!(notice.title.contains("Robin's") && notice.link.as_deref().is_some_and(|link| link.contains("attempt=")));
        }
        // What waits is not lost when it is switched off.
        patch(&world.ctx, &world.caller, id, &WebhookIn { retry_attempts: Some(5), ..WebhookIn::default() }).await.expect("changed");
        world.publish("job.created", json!({})).await;
        world.deliver().await;
        let seen = get(&world.ctx, &world.caller, id).await.expect("there");
        assert!(!seen.is_active && seen.disabled_reason.is_some_and(|reason| reason.starts_with("Nothing arrived since")));
        assert_eq!(notices(&world).await.last().map(|notice| notice.kind.clone()).as_deref(), Some("webhook.disabled"));
        world.ctx.clock.advance(HOUR);
        receiver.always(Answer::status(200));
        let before = receiver.got().len();
        world.deliver().await;
        assert_eq!(receiver.got().len(), before);
        let on = subscriptions::enable(&world.ctx, &world.caller, id).await.expect("switched on");
        assert_eq!((on.failing_since, on.disabled_reason), (None, None));
        world.deliver().await;
        assert_eq!(receiver.got().len(), before + 1);
    });
}

#[tokio::test]
async fn a_receiver_that_recovers_in_time_stays_on_and_the_notice_says_so() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let id = world
            .subscribe(json!({"url": receiver.url, "events": ["job.created"], "retryAttempts": 0, "disableAfterDays": 1}))
            .await
            .webhook
            .id;
        receiver.answer(&[500, 500]);
        for _ in 0..3 {
            world.publish("job.created", json!({})).await;
            world.deliver().await;
            world.ctx.clock.advance(HOUR * 13);
        }
        let kinds: Vec<String> = notices(&world).await.into_iter().map(|notice| notice.kind).collect();
        assert_eq!(kinds, ["webhook.failing", "webhook.recovered"]);
        let seen = get(&world.ctx, &world.caller, id).await.expect("there");
        assert!(seen.is_active && seen.failing_since.is_none() && seen.switches_off_at.is_none());
        // A failure later begins the way anew, and without a limit nothing is said at all.
        patch(&world.ctx, &world.caller, id, &WebhookIn { disable_after_days: Some(0), ..WebhookIn::default() }).await.expect("changed");
        receiver.always(Answer::status(500));
        for _ in 0..4 {
            world.publish("job.created", json!({})).await;
            world.deliver().await;
            world.ctx.clock.advance(HOUR * 48);
        }
        assert_eq!(notices(&world).await.len(), 2);
        assert!(get(&world.ctx, &world.caller, id).await.expect("there").is_active);
    });
}

#[tokio::test]
async fn an_overloaded_receiver_is_left_alone_as_long_as_it_asks() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let busy = Answer { headers: vec![("retry-after", "30".to_owned())], ..Answer::status(429) };
        receiver.answers.lock().expect("no panic").push_back(busy);
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "maxInFlight": 1})).await.webhook;
        for job in 0..4 {
            world.publish("job.created", json!({"jobId": job.to_string()})).await;
        }
        let sender = world.sender.clone();
        // The pause is the worker's own knowledge: one that runs on obeys it.
        let (stop, ctx) = (tokio_util::sync::CancellationToken::new(), world.ctx.clone());
        let token = stop.clone();
        let worker = tokio::spawn(async move {
            let settings = Settings { poll: Duration::from_millis(20), ..Settings::default() };
            Deliverer::run(ctx, sender, "test", settings, token).await;
        });
        eventually("the first try", || receiver.got().len() == 1).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        // Its pause counts from when the answer is written down.
        while world.log(hook.id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(receiver.got().len(), 1, "the others wait too");
        world.ctx.clock.advance(Duration::from_secs(31));
        eventually("the pause is over", || receiver.got().len() == 5).await;
        stop.cancel();
        worker.await.expect("the worker ends well");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_gets_no_more_in_a_second_than_it_asked_for() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let (paced, free) = (Receiver::start().await, Receiver::start().await);
        world.subscribe(json!({"url": paced.url, "events": ["*"], "ratePerSecond": 10, "maxInFlight": 16})).await;
        world.subscribe(json!({"url": free.url, "events": ["*"]})).await;
        let origin = crate::events::Origin::from(&world.caller);
        let events = (0..40).map(|n| crate::events::NewEvent::new(EventKind::JobCreated, "A job", json!({"n": n}))).collect();
        let mut tx = db.begin().await.expect("the database answers");
        crate::events::record(&world.ctx, &mut tx, &origin, events).await.expect("recorded");
        tx.commit().await.expect("committed");
        let stop = tokio_util::sync::CancellationToken::new();
        let worker = tokio::spawn(Deliverer::run(world.ctx.clone(), world.sender.clone(), "test", Settings::default(), stop.clone()));
        eventually("the other receiver has all", || free.got().len() == 40).await;
        let early = paced.got().len();
        assert!(early < 30, "{early} while the other got all");
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let in_a_second = paced.got().len() - early;
        assert!((4..=13).contains(&in_a_second), "{in_a_second}");
        stop.cancel();
        worker.await.expect("the worker ends well");
        let left = world.deliver().await;
        assert!(left > 0, "what the pace holds back is given back at the end");
    });
}

#[tokio::test]
async fn a_private_key_signs_too_and_rotates_with_the_secret() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let input =
            json!({"url": receiver.url, "events": ["job.created"], "signAsymmetric": true, "headers": {"Authorization": "Bearer abc"}});
        let made = world.subscribe(input).await;
        let id = made.webhook.id;
        let first = made.webhook.public_key.clone().expect("a public key");
        let send = async || {
            world.publish("job.created", json!({})).await;
            world.deliver().await;
            receiver.got().pop().expect("arrived")
        };
        let fits = |message: &Received, key: &str| {
            let (id, at) = (message.header("webhook-id"), message.header("webhook-timestamp"));
            is_signed(key, id, at, message.header("webhook-signature"), &message.body)
        };
        let message = send().await;
        assert!(fits(&message, &first) && message.is_signed_with(&made.secret, world.now()));
        let rotated =
            rotate_secret(&world.ctx, &world.caller, id, &RotateIn { overlap_seconds: Some(60), secret: None }).await.expect("rotated");
        let second = rotated.webhook.public_key.clone().expect("a public key");
        assert_ne!(first, second);
        let published =
            async || public_keys(&world.ctx, id).await.expect("published").into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        assert_eq!(published().await, [second.clone(), first.clone()]);
        let message = send().await;
        assert!(fits(&message, &first) && fits(&message, &second) && message.is_signed_with(&rotated.secret, world.now()));
        assert_eq!(message.header("webhook-signature").split(' ').count(), 4);
        world.ctx.clock.advance(Duration::from_secs(61));
        assert_eq!(published().await, std::slice::from_ref(&second));
        let message = send().await;
        assert!(!fits(&message, &first) && fits(&message, &second));
        // Switched off, the secret and the confidential header stay.
        let off = WebhookIn { sign_asymmetric: Some(false), ..WebhookIn::default() };
        assert_eq!(patch(&world.ctx, &world.caller, id, &off).await.expect("changed").public_key, None);
        let message = send().await;
        assert!(message.is_signed_with(&rotated.secret, world.now()) && !message.header("webhook-signature").contains("v1a,"));
        assert_eq!(message.header("authorization"), "Bearer abc");
        assert_eq!(public_keys(&world.ctx, id).await.expect_err("none").code, ErrorCode::NotFound);
    });
}

#[tokio::test]
async fn the_log_is_searched_and_what_is_found_is_sent_again() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        receiver.answer(&[500, 404, 200, 200]);
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["*"], "retryAttempts": 0, "maxInFlight": 1})).await.webhook;
        let (one, other, job) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let first = world.publish("candidate.created", json!({"candidateId": one})).await;
        for (event, data) in [
            ("application.created", json!({"candidateId": one, "jobId": job})),
            ("candidate.created", json!({"candidateId": other})),
            ("job.created", json!({"jobId": job})),
        ] {
            world.deliver().await;
            world.ctx.clock.advance(HOUR);
            world.publish(event, data).await;
        }
        world.deliver().await;
        let count = async |filter: AttemptFilter| {
            log::list(&world.ctx, &world.caller, hook.id, &filter, PageQuery::default()).await.expect("readable").rows.len()
        };
        let all = AttemptFilter::default();
        assert_eq!(count(all.clone()).await, 4);
        assert_eq!(count(AttemptFilter { candidate: Some(one.into()), ..all.clone() }).await, 2);
        assert_eq!(count(AttemptFilter { job: Some(job.into()), ..all.clone() }).await, 2);
        assert_eq!(count(AttemptFilter { candidate: Some(one.into()), job: Some(job.into()), ..all.clone() }).await, 1);
        assert_eq!(count(AttemptFilter { event: Some(first.id), ..all.clone() }).await, 1);
        assert_eq!(count(AttemptFilter { status_code: Some(404), ..all.clone() }).await, 1);
        assert_eq!(count(AttemptFilter { since: Some(start() + chrono::Duration::hours(2)), ..all.clone() }).await, 2);
        assert_eq!(count(AttemptFilter { until: Some(start() + chrono::Duration::minutes(30)), ..all.clone() }).await, 1);
        let attempt = &world.log(hook.id).await[0];
        let timing = attempt.timing.expect("measured");
        assert!(timing.first_byte_ms.is_some() && timing.total_ms >= timing.first_byte_ms.unwrap_or_default());

        let again = async |input: ReplayIn| {
            let input = ReplayIn { since: Some(start()), ..input };
            replay(&world.ctx, &world.caller, hook.id, &input).await.expect("replayable").deliveries
        };
        assert_eq!(again(ReplayIn { status_code: Some(404), ..ReplayIn::default() }).await, 1);
        assert_eq!(again(ReplayIn { candidate_id: Some(other.into()), ..ReplayIn::default() }).await, 0, "it arrived");
        let whole = ReplayIn { what: ReplayWhat::All, candidate_id: Some(other.into()), ..ReplayIn::default() };
        assert_eq!(again(whole).await, 1);
        assert_eq!(again(ReplayIn { job_id: Some(job.into()), ..ReplayIn::default() }).await, 0, "it is on its way");
        assert_eq!(world.deliver().await, 2);
        let counted = stats(&world.ctx, &world.caller, hook.id, 1).await.expect("countable");
        assert_eq!(counted.by_try.iter().map(|tries| (tries.attempt, tries.deliveries)).collect::<Vec<_>>(), [(1, 4)]);
        assert!(counted.by_day[0].latency_ms.is_some());
    });
}

#[tokio::test]
async fn what_is_too_old_is_forgotten_and_can_still_be_made_anew() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"], "retryAttempts": 0})).await.webhook;
        let accepted = world.publish("job.created", json!({"jobId": "1"})).await;
        world.deliver().await;
        let wanted = Retention { log_days: 20, body_days: 10 };
        assert_eq!(retention::set(&world.ctx, &world.caller, wanted).await.expect("set"), wanted);
        assert_eq!(retention::get(&world.ctx, &world.caller).await.expect("there"), wanted);
        assert_eq!(retention::clean(&world.ctx).await.expect("cleaned"), 0);
        world.ctx.clock.advance(HOUR * 24 * 11);
        assert_eq!(retention::clean(&world.ctx).await.expect("cleaned"), 1, "the body");
        let event = ReplayIn { event_id: Some(accepted.id), ..ReplayIn::default() };
        assert_eq!(replay(&world.ctx, &world.caller, hook.id, &event).await.expect("made anew").deliveries, 1);
        world.deliver().await;
        let got = receiver.got();
        assert_eq!((got.len(), got[1].header("webhook-id"), got[1].json()), (2, accepted.message_id.as_str(), got[0].json()));
        world.ctx.clock.advance(HOUR * 24 * 10);
        assert_eq!(retention::clean(&world.ctx).await.expect("cleaned"), 2, "the first try and the first delivery");
        assert_eq!(world.log(hook.id).await.len(), 1);
        world.ctx.clock.advance(HOUR * 24 * 11);
        assert_eq!(retention::clean(&world.ctx).await.expect("cleaned"), 3);
        assert!(world.log(hook.id).await.is_empty());
        let other = world.with_scopes(&[Scope::WebhooksWrite]);
        assert_eq!(retention::set(&world.ctx, &other, wanted).await.expect_err("not theirs").code, ErrorCode::Forbidden);
    });
}

#[tokio::test]
async fn a_partners_link_opens_one_subscription_for_some_days() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let receiver = Receiver::start().await;
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["job.created"]})).await.webhook;
        let other = world.subscribe(json!({"url": receiver.url, "events": ["job.closed"]})).await.webhook;
        let input = LinkIn { label: "Acme".to_owned(), expires_in_hours: Some(48) };
        let made = portal::create(&world.ctx, &world.caller, hook.id, &input).await.expect("made");
        let token = made.url.rsplit('/').next().expect("a token").to_owned();
        let enter = async |token: &str| portal::enter(&world.ctx, token, Uuid::nil(), None).await;
        let partner = enter(&token).await.expect("open");
        assert_eq!((partner.webhook.id, partner.organization.as_str()), (hook.id, "Test"));
        world.publish("job.created", json!({})).await;
        world.publish("job.closed", json!({})).await;
        world.deliver().await;
        let log = partner.log(&AttemptFilter::default(), PageQuery::default()).await.expect("readable").rows;
        assert_eq!((log.len(), log[0].event.as_str()), (1, "job.created"));
        assert_eq!(partner.replay(log[0].delivery_id).await.expect("replayable").deliveries, 1);
        let theirs = world.log(other.id).await[0].delivery_id;
        assert_eq!(partner.replay(theirs).await.expect_err("another subscription's").code, ErrorCode::NotFound);
        assert!(partner.set_url("http://10.0.0.1/").await.is_err());
        assert_eq!(partner.set_url("https://example.com/hook").await.expect("changed").url, "https://example.com/hook");
        assert_ne!(partner.rotate(60).await.expect("rotated").webhook.updated_at, hook.updated_at);
        assert_eq!(get(&world.ctx, &world.caller, other.id).await.expect("there").updated_at, other.updated_at);

        for wrong in ["", "x", &made.link.id.to_string(), &token[1..]] {
            assert_eq!(enter(wrong).await.expect_err("no link").code, ErrorCode::NotFound);
        }
        let links = portal::list(&world.ctx, &world.caller, hook.id).await.expect("listed");
        assert!(links.len() == 1 && links[0].used_at.is_some() && links[0].is_open(world.now()));
        assert!(portal::revoke(&world.ctx, &world.caller, other.id, made.link.id).await.is_err(), "it belongs to the other one");
        world.ctx.clock.advance(HOUR * 48);
        assert_eq!(enter(&token).await.expect_err("it ran out").code, ErrorCode::NotFound);
        let made = portal::create(&world.ctx, &world.caller, hook.id, &input).await.expect("made");
        let token = made.url.rsplit('/').next().expect("a token").to_owned();
        assert!(enter(&token).await.is_ok());
        portal::revoke(&world.ctx, &world.caller, hook.id, made.link.id).await.expect("taken back");
        assert_eq!(enter(&token).await.expect_err("taken back").code, ErrorCode::NotFound);
        let partner = Caller { actor: Actor::Partner { id: Uuid::nil(), name: "Acme".to_owned() }, ..world.caller.clone() };
        assert_eq!(portal::create(&world.ctx, &partner, hook.id, &input).await.expect_err("no links of links").code, ErrorCode::Forbidden);
        assert_eq!(partner.require(Scope::RecordsRead).expect_err("nothing else").code, ErrorCode::Forbidden);
        let wrong = LinkIn { label: " ".to_owned(), expires_in_hours: Some(721) };
        assert_eq!(portal::create(&world.ctx, &world.caller, hook.id, &wrong).await.expect_err("wrong").fields.len(), 2);
    });
}

#[tokio::test]
async fn a_filter_is_tried_on_an_example() {
    on_databases!(|db| {
        let world = World::manual(db).await;
        let input = FilterTestIn { filter: json!({"data.status": "active", "data.odd": 1}), ..FilterTestIn::default() };
        let tested = test_filter(&world.ctx, &world.caller, &input).expect("a filter");
        assert!(!tested.passes && tested.checks[0].path != tested.checks[1].path);
        let data = Some(json!({"status": "active", "odd": 1.0}));
        assert!(test_filter(&world.ctx, &world.caller, &FilterTestIn { data, ..input.clone() }).expect("a filter").passes);
        let wrong = FilterTestIn { filter: json!({"data.a": {"like": 1}}), ..FilterTestIn::default() };
        assert_eq!(test_filter(&world.ctx, &world.caller, &wrong).expect_err("no such condition").code, ErrorCode::Invalid);
        let settings = json!({"url": "https://example.com", "events": ["*"], "ratePerSecond": 0, "disableAfterDays": 31, "retryAttempts": 17, "maxInFlight": 0, "timeoutMs": 1});
        let input: WebhookIn = serde_json::from_value(settings).expect("well-formed");
        let fault = subscriptions::create(&world.ctx, &world.caller, &input).await.expect_err("wrong");
        let mut pointers: Vec<&str> = fault.fields.iter().map(|field| field.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/disableAfterDays", "/maxInFlight", "/ratePerSecond", "/retryAttempts", "/timeoutMs"]);
        assert_eq!(
            world
                .log(world.subscribe(json!({"url": "https://example.com", "events": ["*"], "isActive": false})).await.webhook.id)
                .await
                .len(),
            0
        );
    });
}
