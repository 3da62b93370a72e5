//! `hirewire serve`.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::{Options, start};
use crate::clock::Clock;
use crate::context::Context;
use crate::server::{self, AppState, Settings};

/// Serves until the process is told to stop.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let db = start::open(options).await?;
    db.migrate().await.context("the schema could not be brought up to date")?;
    let context = Context::new(db, Clock::system());
    let addr = options.addr.as_deref().unwrap_or("127.0.0.1:3000");
    let listener = TcpListener::bind(addr).await.with_context(|| format!("nothing can listen on {addr}"))?;
    let local = listener.local_addr()?;
    let public_url = options.public_url.clone().unwrap_or_else(|| format!("http://{local}"));
    let settings = Settings { public_url, ..Settings::default() };
    let router = server::router(AppState::new(context, settings));
    writeln!(std::io::stdout(), "listening on http://{local}")?;
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).with_graceful_shutdown(stopped()).await?;
    Ok(())
}

/// Completes when the process is asked to stop (SIGTERM, SIGINT).
pub async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).expect("the process may listen for SIGTERM");
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}
