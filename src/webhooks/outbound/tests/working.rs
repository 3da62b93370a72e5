//! The worker itself, on the system's clock.

use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::status::DeliveryState;
use crate::webhooks::outbound::trial::{TestIn, test};

/// A worker at work.
struct Working {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Working {
    fn start(world: &World, settings: Settings) -> Self {
        let stop = CancellationToken::new();
        let (ctx, sender, token) = (world.ctx.clone(), world.sender.clone(), stop.clone());
        let owner = ctx.clock.new_id().to_string();
        let task = tokio::spawn(async move { Deliverer::run(ctx, sender, &owner, settings, token).await });
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the worker ends well");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_and_a_dead_one_delay_no_other() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let (slow, fast) = (Receiver::start().await, Receiver::start().await);
        slow.always(Answer { delay: Duration::from_secs(20), ..Answer::status(200) });
        let dead = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let dead_url = format!("http://{}/", dead.local_addr().expect("bound"));
        for url in [&slow.url, &dead_url, &fast.url] {
            world.subscribe(json!({"url": url, "events": ["*"], "retryAttempts": 0, "timeoutMs": 30000})).await;
        }
        let worker = Working::start(&world, Settings::default());
        for job in 0..50 {
            world.publish("job.created", json!({"jobId": job.to_string()})).await;
        }
        eventually("the fast receiver has all", || fast.got().len() == 50).await;
        assert_eq!(slow.got().len(), 0);
        worker.task.abort();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_comes_back_with_its_outcome() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let receiver = Receiver::start().await;
        let hook = world
            .subscribe(json!({"url": receiver.url, "events": ["interview.scheduled"], "filter": {"data.title": "Nothing like it"}}))
            .await;
        let worker = Working::start(&world, Settings::default());
        let tested = test(&world.ctx, &world.caller, hook.webhook.id, &TestIn::default(), Duration::from_secs(5)).await.expect("tested");
        let attempt = tested.attempt.expect("in time");
        assert_eq!((attempt.state, attempt.status_code, attempt.event_id), (DeliveryState::Succeeded, Some(200), tested.id));
        let got = receiver.got();
        assert_eq!((got.len(), got[0].header("webhook-id")), (1, tested.message_id.as_str()));
        assert_eq!(got[0].json()["data"]["title"], "Technical interview");
        assert!(got[0].is_signed_with(&hook.secret, world.now()));
        let events = crate::store::event::list_events(db, world.caller.organization, Default::default(), PageQuery::default()).await;
        assert!(events.expect("readable").rows.is_empty());
        worker.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_in_the_middle_loses_nothing() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let receiver = Receiver::start().await;
        receiver.always(Answer { delay: Duration::from_millis(20), ..Answer::status(200) });
        world.subscribe(json!({"url": receiver.url, "events": ["*"]})).await;
        let settings = Settings { lease: Duration::from_millis(600), poll: Duration::from_millis(50), ..Settings::default() };
        let mut accepted = Vec::new();
        for round in 0..4 {
            let worker = Working::start(&world, settings);
            for job in 0..25 {
                accepted.push(world.publish("job.created", json!({"jobId": format!("{round}-{job}")})).await.message_id);
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
            worker.task.abort();
        }
        let worker = Working::start(&world, settings);
        let seen =
            || receiver.got().iter().map(|message| message.header("webhook-id").to_owned()).collect::<std::collections::HashSet<_>>();
        eventually("every accepted event arrives", || accepted.iter().all(|id| seen().contains(id))).await;
        // What came twice came under the same id.
        assert_eq!(seen().len(), accepted.len());
        // What a killed worker had sent but not written down is sent once more, when its lease has run out.
        for _ in 0..200 {
            let due = crate::store::delivery::list_due_webhooks(db, world.now() + Duration::from_secs(60)).await.expect("readable");
            if due.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let due = crate::store::delivery::list_due_webhooks(db, world.now() + Duration::from_secs(60)).await.expect("readable");
        assert!(due.is_empty());
        assert_eq!(seen().len(), accepted.len(), "under the same ids");
        worker.stop().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_worker_gives_back_what_it_has_not_begun() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let receiver = Receiver::start().await;
        receiver.always(Answer { delay: Duration::from_millis(300), ..Answer::status(200) });
        let hook = world.subscribe(json!({"url": receiver.url, "events": ["*"], "maxInFlight": 2})).await.webhook;
        for job in 0..10 {
            world.publish("job.created", json!({"jobId": job.to_string()})).await;
        }
        let worker = Working::start(&world, Settings::default());
        tokio::time::sleep(Duration::from_millis(150)).await;
        worker.stop().await;
        let first = receiver.got().len();
        assert!((2..10).contains(&first), "{first}");
        // Nothing waits for a lease to run out, and nothing that ended is unwritten.
        assert_eq!(world.log(hook.id).await.iter().filter(|attempt| attempt.state == DeliveryState::Succeeded).count(), first);
        assert_eq!(world.deliver().await, 10 - first);
        assert_eq!(receiver.got().len(), 10);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_drains_in_batches() {
    on_databases!(|db| {
        let world = World::new(db, Clock::system()).await;
        let receivers = [Receiver::start().await, Receiver::start().await];
        for receiver in &receivers {
            world.subscribe(json!({"url": receiver.url, "events": ["*"], "maxInFlight": 16})).await;
        }
        let origin = crate::events::Origin::from(&world.caller);
        let events = (0..1000)
            .map(|n| crate::events::NewEvent::new(crate::domain::event::EventKind::JobCreated, "A job", json!({"n": n})))
            .collect();
        let mut tx = db.begin().await.expect("the database answers");
        let recorded = crate::events::record(&world.ctx, &mut tx, &origin, events).await.expect("recorded");
        assert!(recorded.iter().all(|event| event.deliveries == 2));
        tx.commit().await.expect("committed");
        let worker = Working::start(&world, Settings::default());
        eventually("all arrive", || receivers.iter().all(|receiver| receiver.got().len() >= 1000)).await;
        worker.stop().await;
        for receiver in &receivers {
            let ids: std::collections::HashSet<String> =
                receiver.got().iter().map(|message| message.header("webhook-id").to_owned()).collect();
            assert_eq!((ids.len(), receiver.got().len()), (1000, 1000));
        }
    });
}
