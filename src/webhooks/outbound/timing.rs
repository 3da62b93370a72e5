//! Where the time of a try went, as far as the client can tell.
//!
//! The resolver and the connector run inside the request's own future, so they find its marks in a task-local. A connection that was there
//! already leaves none; nor does one that the client finished in the background for a later request.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tower::{Layer, Service};

/// How a try's time was spent, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Looking the name up; `null` on a connection that was there already, or for an address without a name.
    pub dns_ms: Option<i64>,
    /// Connecting, encryption included; `null` on a connection that was there already.
    pub connect_ms: Option<i64>,
    /// From the start to the answer's head; `null` without an answer.
    pub first_byte_ms: Option<i64>,
    /// Everything, the answer's body included.
    pub total_ms: i64,
    /// Whether the connection was there already.
    pub reused: bool,
}

/// What resolver and connector leave behind for the try they work for.
#[derive(Debug, Default)]
pub struct Marks {
    dns: Option<Duration>,
    connect: Option<Duration>,
    is_new: bool,
    address: Option<SocketAddr>,
}

/// Shared between a try and what works for it.
pub type SharedMarks = Arc<Mutex<Marks>>;

tokio::task_local! {
    static MARKS: SharedMarks;
}

/// Runs a request with its marks at hand.
pub async fn marked<F: Future>(marks: SharedMarks, request: F) -> F::Output {
    MARKS.scope(marks, request).await
}

fn mark(change: impl FnOnce(&mut Marks)) {
    let _ = MARKS.try_with(|marks| change(&mut marks.lock().unwrap_or_else(PoisonError::into_inner)));
}

/// Notes how long the name took and the first address it gave.
pub fn resolved(took: Duration, first: Option<SocketAddr>) {
    mark(|marks| {
        marks.dns = Some(took);
        marks.address = first;
    });
}

impl Marks {
    /// The whole course, read after the try.
    pub fn timing(&self, first_byte: Option<Duration>, total: Duration) -> Timing {
        Timing {
            dns_ms: self.dns.map(ms),
            connect_ms: self.connect.map(|connect| ms(connect.saturating_sub(self.dns.unwrap_or_default()))),
            first_byte_ms: first_byte.map(ms),
            total_ms: ms(total),
            reused: !self.is_new && first_byte.is_some(),
        }
    }

    /// The first address the name gave.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}

fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Measures every connection that is made.
#[derive(Debug, Clone, Copy)]
pub struct Clocked;

/// A connector that is measured.
#[derive(Debug, Clone)]
pub struct ClockedConnector<S>(S);

impl<S> Layer<S> for Clocked {
    type Service = ClockedConnector<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ClockedConnector(inner)
    }
}

impl<S, R> Service<R> for ClockedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
    S::Response: 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let started = Instant::now();
        mark(|marks| marks.is_new = true);
        let connecting = self.0.call(request);
        Box::pin(async move {
            let connected = connecting.await;
            mark(|marks| marks.connect = Some(started.elapsed()));
            connected
        })
    }
}
