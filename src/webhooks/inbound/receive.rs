//! Receiving: whose is it, is it genuine, was it here before. Nothing is made of it yet.

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{count, enqueue};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::IntegrationId;
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::providers::{Inbound, Reply, Verdict};
use crate::store::Json;
use crate::store::inbound_event::{self, InboundEventRow};
use crate::store::integration::{self, IntegrationRow};

/// So much of a message that is refused is kept, in bytes: enough to see what it is.
const REFUSED_BYTES: usize = 16 << 10;
/// So many refused messages of one integration are kept: anybody can send them.
const REFUSED_KEPT: i64 = 500;
/// So many messages of one integration wait for a key at most, and so large, in bytes.
const QUARANTINED_KEPT: i64 = 500;
const QUARANTINED_BYTES: usize = 512 << 10;
/// Headers that are never kept: they may carry secrets.
const SECRET_HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie", "x-api-key", "x-forwarded-for", "forwarded"];
/// Longest header that is kept, in bytes.
const HEADER_BYTES: usize = 4096;

/// A message as it came.
#[derive(Debug)]
pub struct Incoming {
    /// The provider named in the address; `None` where the integration alone is named.
    pub provider: Option<String>,
    /// The integration named in the address.
    pub integration: Option<IntegrationId>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its query string.
    pub query: Option<String>,
    /// Its bytes.
    pub body: Bytes,
    /// Ties everything it causes together.
    pub trace: Uuid,
}

/// What the provider is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Receipt {
    /// The answer to a handshake.
    Reply(Reply),
    /// It is kept (or was here before): this status tells the provider not to send it again.
    Kept {
        /// The status.
        status: u16,
    },
}

/// Takes a message in. It is on disk when this returns.
///
/// # Errors
/// [`ErrorCode::NotFound`] for an unknown provider or integration; [`ErrorCode::BadSignature`] for a forged one; the store's.
pub async fn receive(ctx: &Context, incoming: Incoming) -> Result<Receipt> {
    let integration = match incoming.integration {
        Some(id) => {
            let row = integration::find_integration_anywhere(&ctx.store, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
            Some(row)
        }
        None => None,
    };
    let slug = incoming.provider.as_deref().or(integration.as_ref().map(|row| row.provider.as_str())).unwrap_or_default();
    let provider = ctx.providers.get(slug).ok_or_else(|| Fault::not_found("provider"))?;
    let slug = provider.entry().slug;
    if integration.as_ref().is_some_and(|row| row.provider != slug) {
        return Err(Fault::not_found("integration"));
    }
    let inbound = provider.as_inbound().ok_or_else(|| {
        Fault::new(ErrorCode::NotFound, format!("{} sends no webhooks that this version understands.", provider.entry().name))
    })?;
    if let Some(reply) = inbound.handshake(&incoming.headers, incoming.query.as_deref(), &incoming.body) {
        count(slug, "handshake");
        return Ok(Receipt::Reply(reply));
    }
    let Some(integration) = integration else {
        let row = fresh(ctx, &incoming, slug, inbound, None);
        keep(ctx, InboundEventRow { verdict: "unrouted".to_owned(), state: "unrouted".to_owned(), ..cut(row) }).await?;
        count(slug, "unrouted");
        return Ok(Receipt::Kept { status: inbound.success_status() });
    };
    let row = fresh(ctx, &incoming, slug, inbound, Some(&integration));
    let keys = connection::webhook_keys(ctx, integration.id).await?;
    match inbound.verify(&incoming.headers, &incoming.body, &keys) {
        Verdict::Verified => {
            let row = InboundEventRow { external_id: inbound.dedupe_key(&incoming.headers, &incoming.body), ..row };
            let row = if integration.status == IntegrationStatus::Inactive {
                let error = Some("The connection was switched off when this came.".to_owned());
                InboundEventRow { state: "ignored".to_owned(), processed_at: Some(row.received_at), error, ..row }
            } else {
                row
            };
            let is_new = keep(ctx, row).await?;
            count(slug, if is_new { "received" } else { "duplicate" });
            Ok(Receipt::Kept { status: inbound.success_status() })
        }
        Verdict::NoKey => {
            // Whole: it is checked over its bytes once there is a key. Nobody knows yet who sent it, so there is an end to that.
            if row.body.len() > QUARANTINED_BYTES || inbound_event::count_quarantined(&ctx.store, integration.id).await? >= QUARANTINED_KEPT
            {
                count(slug, "not_kept");
                let message = "Too much waits for a key to check it with. Enter the webhook key of this integration in Hirewire.";
                return Err(Fault::new(ErrorCode::Unavailable, message).retry_after(std::time::Duration::from_secs(600)));
            }
            keep(ctx, InboundEventRow { verdict: "no_key".to_owned(), state: "quarantined".to_owned(), ..row }).await?;
            count(slug, "quarantined");
            Ok(Receipt::Kept { status: inbound.success_status() })
        }
        verdict @ (Verdict::Missing | Verdict::Forged) => {
            let verdict = if verdict == Verdict::Missing { "missing" } else { "forged" };
            let error = Some("The signature does not verify with the key that is stored.".to_owned());
            keep(ctx, InboundEventRow { verdict: verdict.to_owned(), state: "rejected".to_owned(), error, ..cut(row) }).await?;
            count(slug, "rejected");
            Err(Fault::new(ErrorCode::BadSignature, "The signature does not verify with the key that is stored for this integration."))
        }
    }
}

/// The answer to a handshake that comes without a message; `None` if it is none.
///
/// # Errors
/// [`ErrorCode::NotFound`] for an unknown provider or integration.
pub async fn handshake(
    ctx: &Context,
    provider: Option<&str>,
    integration: Option<IntegrationId>,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Option<Reply>> {
    let row = match integration {
        Some(id) => Some(integration::find_integration_anywhere(&ctx.store, id).await?.ok_or_else(|| Fault::not_found("integration"))?),
        None => None,
    };
    let slug = provider.or(row.as_ref().map(|row| row.provider.as_str())).unwrap_or_default();
    let provider = ctx.providers.get(slug).ok_or_else(|| Fault::not_found("provider"))?;
    if row.as_ref().is_some_and(|row| row.provider != provider.entry().slug) {
        return Err(Fault::not_found("integration"));
    }
    Ok(provider.as_inbound().and_then(|inbound| inbound.handshake(headers, query, &[])))
}

fn fresh(ctx: &Context, incoming: &Incoming, slug: &str, inbound: &dyn Inbound, row: Option<&IntegrationRow>) -> InboundEventRow {
    InboundEventRow {
        id: ctx.clock.new(),
        organization_id: row.map(|row| row.organization_id),
        integration_id: row.map(|row| row.id),
        provider: slug.to_owned(),
        external_id: None,
        event_name: inbound.event_name(&incoming.body).map(|name| name.chars().filter(|c| !c.is_control()).take(100).collect()),
        headers: Json(stored_headers(&incoming.headers)),
        body: incoming.body.to_vec(),
        verdict: "verified".to_owned(),
        state: "received".to_owned(),
        attempts: 0,
        changes: None,
        error: None,
        trace_id: incoming.trace,
        received_at: ctx.clock.now(),
        processed_at: None,
    }
}

fn cut(mut row: InboundEventRow) -> InboundEventRow {
    row.body.truncate(REFUSED_BYTES);
    row
}

/// Keeps a message, and with it the task that deals with it. Returns whether it is a new one.
async fn keep(ctx: &Context, row: InboundEventRow) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let is_new = inbound_event::insert_inbound_event(&mut tx, &row).await?;
    if matches!(row.state.as_str(), "rejected" | "unrouted") {
        inbound_event::trim_refused(&mut tx, &row.provider, row.integration_id, REFUSED_KEPT).await?;
    }
    if is_new && row.state == "received" {
        enqueue(ctx, &mut tx, &row, None).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(is_new)
}

fn stored_headers(headers: &HeaderMap) -> Value {
    let kept = headers.iter().filter(|(name, value)| !SECRET_HEADERS.contains(&name.as_str()) && value.len() <= HEADER_BYTES);
    Value::Object(
        kept.filter_map(|(name, value)| Some((name.as_str().to_owned(), Value::from(value.to_str().ok()?)))).collect::<Map<_, _>>(),
    )
}

/// The headers of a kept message.
pub(super) fn headers_of(row: &InboundEventRow) -> HeaderMap {
    let pairs = row.headers.0.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, value.as_str()?.parse::<HeaderValue>().ok()?))).collect()
}
