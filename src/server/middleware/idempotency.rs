//! `Idempotency-Key`: a POST that is sent again is answered again, and done once.
//!
//! Source: <https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/07/>.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::OrgId;
use crate::fault::Fault;
use crate::server::api::json;
use crate::server::problem::Problem;
use crate::server::request;
use crate::store::idempotency::{self, IdempotencyClaim, IdempotencyRow};

/// The caller's key.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer is a repeated one.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// A call without an answer for so long was cut off with its process; longer than any request may take.
const STALE: Duration = Duration::from_secs(5 * 60);

const MAX_KEY: usize = 255;

/// Headers of an answer that are kept with it.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::RETRY_AFTER];

/// Answers a repeated POST from the kept answer. Requests without the header, and callers who are nobody, pass.
pub async fn layer(State(ctx): State<Context>, request: Request, next: Next) -> Response {
    let organization = request.extensions().get::<Caller>().map(|caller| caller.organization);
    match (request.method() == Method::POST, request.headers().get(HEADER), organization) {
        (true, Some(key), Some(organization)) => {
            let key = match valid(key) {
                Ok(key) => key,
                Err(problem) => return problem.into_response(),
            };
            once(ctx, organization, key, request, next).await.unwrap_or_else(|problem| problem.into_response())
        }
        _ => next.run(request).await,
    }
}

fn valid(key: &HeaderValue) -> Result<String, Problem> {
    key.to_str()
        .ok()
        .map(|key| key.trim().trim_matches('"').to_owned())
        .filter(|key| !key.is_empty() && key.len() <= MAX_KEY)
        .ok_or_else(|| Problem(Fault::new(ErrorCode::Invalid, format!("The Idempotency-Key is 1 to {MAX_KEY} plain characters."))))
}

async fn once(ctx: Context, organization: OrgId, key: String, request: Request, next: Next) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let body = json::read(body).await?;
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let hash = Sha256::new().chain_update(address).chain_update([0]).chain_update(&body).finalize();
    let now = ctx.clock.now();
    let claim = IdempotencyClaim { organization, key: &key, request_hash: &hash, now, expires_at: now + KEPT, stale_before: now - STALE };
    let mut tx = ctx.store.begin().await?;
    let is_new = idempotency::insert_idempotency_key(&mut tx, claim).await?;
    tx.commit().await?;
    if !is_new {
        return match idempotency::find_idempotency_key(&ctx.store, organization, &key).await? {
            Some(row) if row.request_hash != hash[..] => Err(Problem(Fault::new(
                ErrorCode::IdempotencyMismatch,
                "This Idempotency-Key was used for another call. Use a new key for a new call.",
            ))),
            Some(IdempotencyRow { status: Some(status), headers, body, .. }) => {
                let headers = headers.map(|headers| headers.0).unwrap_or_default();
                replay(&ctx, organization, &key, status, headers, body.unwrap_or_default()).await
            }
            // Also a call that ended without an answer this very moment.
            _ => Err(Problem(
                Fault::new(
                    ErrorCode::IdempotencyInProgress,
                    "The first call with this Idempotency-Key is still running. Ask again in a moment.",
                )
                .retry_after(Duration::from_secs(1)),
            )),
        };
    }
    // In a task of its own: what was begun is finished and its answer kept, even if the caller hangs up.
    let request = Request::from_parts(parts, Body::from(body));
    let current = request::current();
    let work = async move {
        let response = next.run(request).await;
        keep(&ctx, organization, &key, response).await
    }
    .in_current_span();
    let task = match current {
        Some(current) => tokio::spawn(request::scope(current, work)),
        None => tokio::spawn(work),
    };
    task.await.unwrap_or_else(|error| Err(Problem(Fault::internal(error))))
}

/// Keeps an answer that is final. After a failure of ours, or a refusal that passes by itself, the same call may be made again.
async fn keep(ctx: &Context, organization: OrgId, key: &str, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 16 * 1024 * 1024).await.map_err(Fault::internal)?;
    let is_final = !parts.status.is_server_error() && parts.status != StatusCode::TOO_MANY_REQUESTS;
    let mut tx = ctx.store.begin().await?;
    if is_final {
        let headers: Vec<(String, String)> = KEPT_HEADERS
            .iter()
            .filter_map(|name| Some((name.as_str().to_owned(), parts.headers.get(name)?.to_str().ok()?.to_owned())))
            .collect();
        // An answer may hold a secret that is shown only once, so it is sealed like every other secret.
        let sealed = ctx.seal(&body, &identity(organization, key)).map_err(Fault::from)?;
        let status = i64::from(parts.status.as_u16());
        idempotency::finish_idempotency_key(&mut tx, organization, key, status, &headers, &sealed.bytes).await?;
    } else {
        idempotency::delete_idempotency_key(&mut tx, organization, key).await?;
    }
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn replay(
    ctx: &Context,
    organization: OrgId,
    key: &str,
    status: i64,
    headers: Vec<(String, String)>,
    sealed: Vec<u8>,
) -> Result<Response, Problem> {
    let plain = ctx.open(&sealed, &identity(organization, key)).await?;
    let mut response = Response::new(Body::from(Bytes::copy_from_slice(plain.expose_secret())));
    *response.status_mut() = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

fn identity(organization: OrgId, key: &str) -> String {
    format!("idempotency_keys/{organization}/{key}")
}
