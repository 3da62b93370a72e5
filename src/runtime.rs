//! The background half of the program: workers for every queue, recurring work, signs of life.
//!
//! A service takes part with one line in [`HANDLERS`], [`TIMERS`] or [`LOOPS`].

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::accounts::reset;
use crate::context::Context;
use crate::integrations::oauth::refresh;
use crate::integrations::{chat, health};
use crate::operations::{cleanup, mail};
use crate::queue::{NewTask, Worker};
use crate::records::writes;
use crate::store::worker;
use crate::sync;
use crate::webhooks::inbound;
use crate::webhooks::outbound::deliver;

/// A queue, the share of the process's concurrency it may use at most (in percent), and who handles its tasks.
struct Line {
    queue: &'static str,
    percent: usize,
    register: &'static [fn(&Context, Worker) -> Worker],
}

/// Every queue and who handles its tasks.
const HANDLERS: &[Line] = &[
    Line { queue: cleanup::QUEUE, percent: 25, register: &[cleanup::register] },
    Line { queue: mail::QUEUE, percent: 25, register: &[mail::register, reset::register] },
    Line { queue: health::QUEUE, percent: 50, register: &[health::register, refresh::register] },
    Line { queue: sync::QUEUE, percent: 50, register: &[sync::register] },
    Line { queue: writes::QUEUE, percent: 50, register: &[writes::register] },
    Line { queue: chat::QUEUE, percent: 25, register: &[chat::register] },
    Line { queue: inbound::QUEUE, percent: 50, register: &[inbound::register] },
];

/// Tasks that keep themselves going; each is put back at every start, in case it was lost.
const TIMERS: &[fn() -> NewTask] = &[cleanup::timer, inbound::channels::timer, refresh::timer];

type Loop = fn(Context, CancellationToken) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Work that is not a task: it runs until it is told to stop.
const LOOPS: &[(&str, Loop)] = &[
    ("heartbeat", |ctx, stop| Box::pin(heartbeat(ctx, stop))),
    ("listener", |ctx, stop| Box::pin(ctx.queue.clone().listen(stop))),
    ("webhooks", |ctx, stop| Box::pin(deliver::work(ctx, stop))),
];

/// How often a process says that it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The running background half.
#[derive(Debug)]
pub struct Runtime {
    stop: CancellationToken,
    watched: JoinSet<()>,
}

impl Runtime {
    /// Starts every worker and loop.
    pub async fn start(ctx: &Context) -> Self {
        let owner = ctx.clock.new_id().simple().to_string();
        let stop = CancellationToken::new();
        let mut watched = JoinSet::new();
        plant_timers(ctx).await;
        for line in HANDLERS {
            let (ctx, owner, token) = (ctx.clone(), owner.clone(), stop.clone());
            watched.spawn(watch(line.queue, stop.clone(), move || Box::pin(build(&ctx, line, &owner).run(token.clone()))));
        }
        for (name, run) in LOOPS {
            let (ctx, token) = (ctx.clone(), stop.clone());
            watched.spawn(watch(name, stop.clone(), move || run(ctx.clone(), token.clone())));
        }
        Self { stop, watched }
    }

    /// Stops taking work and waits for what runs, at most some seconds. What is cut off is taken up again after its lease.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let all = async { while self.watched.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(15), all).await.is_err() {
            tracing::warn!("some work was cut off; it is taken up again after its lease");
        }
    }
}

/// Runs everything that is due now, until nothing is, and says how many tasks ran. For tests.
pub async fn drain(ctx: &Context) -> usize {
    let owner = ctx.clock.new_id().simple().to_string();
    let mut ran = 0;
    loop {
        let mut round = 0;
        for line in HANDLERS {
            round += build(ctx, line, &owner).drain().await;
        }
        round += deliver::drain(ctx).await;
        if round == 0 {
            return ran;
        }
        ran += round;
    }
}

/// The queues that somebody works on.
pub fn queues() -> impl Iterator<Item = &'static str> {
    HANDLERS.iter().map(|line| line.queue)
}

/// Puts the recurring tasks in place, where they are missing.
///
/// A database that is away at this moment is no reason not to start: the next start, or the task that is there, makes good for it.
async fn plant_timers(ctx: &Context) {
    let planted = async {
        let mut tx = ctx.store.begin().await?;
        ctx.queue.enqueue_all(&mut tx, TIMERS.iter().map(|timer| timer()).collect()).await?;
        tx.commit().await
    };
    if let Err(error) = planted.await {
        tracing::warn!(%error, "the recurring tasks could not be put in place");
    }
}

fn build(ctx: &Context, line: &Line, owner: &str) -> Worker {
    let settings = &ctx.config.worker;
    let concurrency = (settings.concurrency * line.percent).div_ceil(100);
    let worker = Worker::new(ctx.queue.clone(), line.queue, owner, concurrency)
        .timing(Duration::from_secs(settings.lease_s), Duration::from_millis(settings.poll_ms));
    line.register.iter().fold(worker, |worker, register| register(ctx, worker))
}

/// Starts a loop again if it ends before it was told to.
async fn watch<F>(name: &'static str, stop: CancellationToken, run: F)
where
    F: Fn() -> Pin<Box<dyn Future<Output = ()> + Send>>,
{
    while !stop.is_cancelled() {
        let ended = tokio::spawn(run()).await;
        if stop.is_cancelled() {
            return;
        }
        match ended {
            // A loop that has nothing to do here (the listener, on SQLite) says so by ending.
            Ok(()) if name == "listener" => return stop.cancelled().await,
            Ok(()) => tracing::error!(name, "a loop ended; it is started again"),
            Err(error) => tracing::error!(name, %error, "a loop stopped unexpectedly; it is started again"),
        }
        tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(Duration::from_secs(1)) => {} }
    }
}

/// Says that this process is there, and keeps its keys fresh, so that a rotation elsewhere is followed within seconds.
async fn heartbeat(ctx: Context, stop: CancellationToken) {
    let id = format!("{}/{}", host(), ctx.clock.new_id().simple());
    while !stop.is_cancelled() {
        let written = async {
            let mut tx = ctx.store.begin().await?;
            worker::upsert_worker(&mut tx, &id, env!("CARGO_PKG_VERSION"), ctx.clock.now()).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "the heartbeat could not be written");
        } else if let Err(fault) = ctx.reload_keys().await {
            fault.log();
        }
        tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(HEARTBEAT) => {} }
    }
    let removed = async {
        let mut tx = ctx.store.begin().await?;
        worker::delete_worker(&mut tx, &id).await?;
        tx.commit().await
    };
    if let Err(error) = removed.await {
        tracing::debug!(%error, "the heartbeat could not be taken back");
    }
}

fn host() -> String {
    std::fs::read_to_string("/etc/hostname").map_or_else(|_| "host".to_owned(), |name| name.trim().to_owned())
}
