//! `kill -9`, twenty times, while events are published and sent.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Place, Publishers, Received, Running, subscribe};

/// How often the process is killed.
const KILLS: u64 = 20;

/// Lets the process work before the `n`th kill: until something arrived (on a busy machine that may take a while), and then for a time that
/// is different each time, so that it is hit in different places.
async fn live(received: &Received, n: u64) {
    let (before, begin) = (received.len(), Instant::now());
    while received.len() == before && begin.elapsed() < Duration::from_secs(5) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(n * 97 % 360)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_twenty_times_loses_no_event_and_gives_none_a_second_id() {
    let place = Place::new().await;
    let ctx = place.context().await;
    let received = Received::default();
    let caller = subscribe(&ctx, &received.listen().await).await;
    let publishers = Publishers::start(&ctx, &caller);
    for n in 0..KILLS {
        let worker = Running::start(place.program(&["worker"]), "working");
        live(&received, n).await;
        worker.kill();
    }
    let accepted = publishers.stop().await;
    assert!(accepted.len() > 100, "only {} events were accepted", accepted.len());
    let before = received.len();
    assert!(before > 0, "the killed workers sent something");
    let _worker = Running::start(place.program(&["worker"]), "working");
    received.all_of(&accepted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_twenty_times_keeps_what_it_accepted() {
    let place = Place::new().await;
    let received = Received::default();
    {
        let ctx = place.context().await;
        subscribe(&ctx, &received.listen().await).await;
        ctx.store.close().await;
    }
    let made =
        place.program(&["api-key", "create", "--organization", "Acme", "--scopes", "events:write"]).output().expect("the program runs");
    let key = String::from_utf8_lossy(&made.stdout).lines().last().expect("the key").to_owned();
    #[expect(clippy::disallowed_methods, reason = "a client of the server under test")]
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().expect("a client");
    let at: Arc<Mutex<Option<String>>> = Arc::default();
    let publishers = Publishers::start_with({
        let at = Arc::clone(&at);
        move |number| {
            let (client, key, url) = (client.clone(), key.clone(), at.lock().expect("no panic").clone());
            async move {
                let body = json!({"event": "job.created", "data": {"number": number}}).to_string();
                let request = client.post(format!("{}/api/v1/events", url?)).bearer_auth(key).header("content-type", "application/json");
                let answer = request.body(body).send().await.ok()?;
                if answer.status().as_u16() != 202 {
                    return None;
                }
                // Once the status is there the event is accepted; its id may be lost with the rest of the answer.
                let answer: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
                answer["messageId"].as_str().map(str::to_owned)
            }
        }
    });
    let start = || {
        let server = Running::start(place.program(&["serve", "--addr", "127.0.0.1:0"]), "listening on ");
        *at.lock().expect("no panic") = server.ready.strip_prefix("listening on ").map(str::to_owned);
        server
    };
    for n in 0..KILLS {
        let server = start();
        live(&received, n).await;
        server.kill();
    }
    let _server = start();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let accepted = publishers.stop().await;
    assert!(accepted.len() > 100, "only {} events were accepted", accepted.len());
    received.all_of(&accepted).await;
}
