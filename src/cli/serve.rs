//! `hirewire serve` and `hirewire worker`.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{say, start};
use crate::config::Config;
use crate::context::Context;
use crate::runtime::Runtime;
use crate::server::{self, AppState, Settings};
use crate::webhooks::inbound::catch_up;

/// How long open connections may take to end once the process is asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves and works until the process is told to stop.
pub async fn run(mut config: Config) -> anyhow::Result<()> {
    let listener = listen(&mut config).await?;
    let ctx = start::context(config).await?;
    serve(listener, ctx).await
}

/// Takes the configured address, and writes down what it came to, so that links name the real port.
pub async fn listen(config: &mut Config) -> anyhow::Result<TcpListener> {
    let addr = config.server.addr;
    let listener = TcpListener::bind(addr).await.with_context(|| format!("nothing can listen on {addr} (--addr names another address)"))?;
    let local = listener.local_addr()?;
    config.server.addr = local;
    config.server.public_url = Some(config.server.public_url_at(local));
    Ok(listener)
}

/// Serves and works over an open context.
pub async fn serve(listener: TcpListener, ctx: Context) -> anyhow::Result<()> {
    let local = listener.local_addr()?;
    let settings = Settings::from(&*ctx.config);
    let state = AppState::new(ctx.clone(), settings);
    let limiters = std::sync::Arc::clone(&state.limiters);
    let router = server::router(state);
    let runtime = Runtime::start(&ctx).await;
    let stop = CancellationToken::new();
    let tidy = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            limiters.tidy();
        }
    });
    let receiving = tokio::spawn(catch_up::keep(ctx.clone(), stop.clone()));
    let asked_to_stop = stopped();
    say!("listening on http://{local}");
    let graceful = stop.clone();
    let server = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { graceful.cancelled().await });
    let server = tokio::spawn(async move { server.await });
    asked_to_stop.await;
    tracing::info!("stopping");
    stop.cancel();
    // A connection that stays open (a live page) must not hold the process up.
    let served = tokio::time::timeout(GRACE, server).await;
    runtime.stop().await;
    tidy.abort();
    receiving.abort();
    ctx.store.close().await;
    if let Ok(Ok(result)) = served {
        result?;
    }
    Ok(())
}

/// `hirewire worker`: works until the process is told to stop.
pub async fn work(mut config: Config) -> anyhow::Result<()> {
    let public = config.server.public_url_at(config.server.addr);
    config.server.public_url = Some(public);
    let ctx = start::context(config).await?;
    let runtime = Runtime::start(&ctx).await;
    let asked_to_stop = stopped();
    say!("working");
    asked_to_stop.await;
    tracing::info!("stopping");
    runtime.stop().await;
    ctx.store.close().await;
    Ok(())
}

/// Completes when the process is asked to stop (SIGTERM, SIGINT). It listens from the call on, not only once it is awaited: call it
/// before anybody is told that the process is there.
#[cfg(unix)]
pub fn stopped() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("the process may listen for SIGTERM");
    let mut interrupt = signal(SignalKind::interrupt()).expect("the process may listen for SIGINT");
    async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

/// Completes when the process is asked to stop (Ctrl-C).
#[cfg(not(unix))]
pub async fn stopped() {
    let _ = tokio::signal::ctrl_c().await;
}
