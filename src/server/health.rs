//! What machines ask about the program: does it run, is it ready, what are its numbers.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::problem::Problem;
use super::state::AppState;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::store::{task, worker};

/// A worker that has not written a heartbeat for so long counts as gone.
pub const WORKER_SILENCE: Duration = Duration::from_secs(60);

/// The program's own numbers, in Prometheus' text format. One set per process.
#[derive(Debug, Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts counting, once per process.
    pub fn install() -> Self {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        let handle = HANDLE.get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets(&[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0])
                .expect("the list of buckets is not empty");
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Somebody else's recorder would only mean that ours stays empty.
            let _ = metrics::set_global_recorder(recorder);
            handle
        });
        Self(handle.clone())
    }

    /// The numbers as text.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

/// `GET /healthz`: the process runs.
pub async fn healthz() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// One thing that must hold for the program to be of use.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What is checked.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// `GET /readyz`: the database answers, its schema is ours, and somebody works on the queue. 503 if not.
pub async fn readyz(State(context): State<Context>) -> Response {
    let checks = checks(&context).await;
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "status": if ready { "ready" } else { "not ready" }, "checks": checks }))).into_response()
}

/// Everything `/readyz` looks at.
pub async fn checks(context: &Context) -> Vec<Check> {
    let store = &context.store;
    if let Err(error) = store.ping().await {
        return vec![Check { name: "database", ok: false, detail: format!("The {} database does not answer: {error}.", store.kind()) }];
    }
    let mut checks = vec![Check { name: "database", ok: true, detail: format!("The {} database answers.", store.kind()) }];
    checks.push(match store.is_current().await {
        Ok(true) => Check { name: "schema", ok: true, detail: "Every migration ran.".to_owned() },
        Ok(false) => Check { name: "schema", ok: false, detail: "The schema is not this program's. Run `hirewire migrate`.".to_owned() },
        Err(error) => Check { name: "schema", ok: false, detail: format!("The schema could not be read: {error}.") },
    });
    if checks.iter().any(|check| !check.ok) {
        return checks;
    }
    let now = context.clock.now();
    checks.push(match worker::list_workers(store, now - WORKER_SILENCE).await {
        Ok(workers) if workers.is_empty() => Check {
            name: "workers",
            ok: false,
            detail: "No worker was seen in the last minute. Start `hirewire worker` or `hirewire serve`.".to_owned(),
        },
        Ok(workers) => Check { name: "workers", ok: true, detail: format!("{} at work.", workers.len()) },
        Err(error) => Check { name: "workers", ok: false, detail: format!("The workers could not be read: {error}.") },
    });
    if let Ok(depths) = task::list_depths(store).await {
        let oldest = depths.iter().filter(|depth| depth.state == "ready").map(|depth| depth.oldest).min();
        let late = oldest.map_or(0, |oldest| (now - oldest).num_seconds().max(0));
        checks.push(Check { name: "tasks", ok: true, detail: format!("The oldest due task waits for {late} s.") });
    }
    checks
}

/// `GET /metrics`: the numbers, for Prometheus. Asks for the bearer token if one is configured.
pub async fn metrics(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if let Some(token) = &state.settings.metrics_token {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer ")).unwrap_or_default();
        if !bool::from(given.ct_eq(token.expose_secret().as_bytes())) {
            return Problem::plain(ErrorCode::Unauthenticated).into_response();
        }
    }
    gauges(&state.context).await;
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render()).into_response()
}

/// What is read from the database at the moment of asking.
async fn gauges(context: &Context) {
    let now = context.clock.now();
    if let Ok(depths) = task::list_depths(&context.store).await {
        for depth in depths {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts this large do not occur")]
            metrics::gauge!("hirewire_tasks", "queue" => depth.queue.clone(), "state" => depth.state.clone()).set(depth.tasks as f64);
            if depth.state == "ready" {
                let late = (now - depth.oldest).as_seconds_f64().max(0.0);
                metrics::gauge!("hirewire_oldest_due_task_seconds", "queue" => depth.queue).set(late);
            }
        }
    }
    if let Ok(workers) = worker::list_workers(&context.store, now - WORKER_SILENCE).await {
        metrics::gauge!("hirewire_workers").set(u32::try_from(workers.len()).unwrap_or(u32::MAX));
    }
}
