//! Receiving: whose is it, is it genuine, was it here before. Nothing is made of it yet.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use uuid::Uuid;

use super::stored;
use super::{count, enqueue, keys};
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{InboundEventId, IntegrationId};
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::providers::inbound::Message;
use crate::providers::{Inbound, Keys, Reply, Verdict, catalogue, schemes};
use crate::store::Json;
use crate::store::inbound_event::{self, InboundEventRow};
use crate::store::integration::{self, IntegrationRow};
use crate::store::{inbound_count, provider_account};

/// So much of a message that is refused is kept, in bytes: enough to see what it is.
const REFUSED_BYTES: usize = 16 << 10;
/// So many refused messages of one integration are kept: anybody can send them.
const REFUSED_KEPT: i64 = 500;
/// So many messages of one integration wait for a key at most, and so large, in bytes.
const QUARANTINED_KEPT: i64 = 500;
const QUARANTINED_BYTES: usize = 512 << 10;
/// One account of a provider may be connected by so many organizations.
const SHARED_MAX: usize = 20;

/// A message as it came.
#[derive(Debug)]
pub struct Incoming {
    /// The provider named in the address; `None` where the integration alone is named.
    pub provider: Option<String>,
    /// The integration named in the address.
    pub integration: Option<IntegrationId>,
    /// The path it came to.
    pub path: String,
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
pub struct Receipt {
    /// The answer.
    pub reply: Reply,
    /// The message, if it is kept as a new one.
    pub id: Option<InboundEventId>,
}

/// Who a message is for, as far as its address says.
struct Addressee {
    slug: &'static str,
    inbound: &'static dyn Inbound,
    integration: Option<IntegrationRow>,
}

async fn addressee(ctx: &Context, provider: Option<&str>, integration: Option<IntegrationId>) -> Result<Addressee> {
    let integration = match integration {
        Some(id) => {
            let row = integration::find_integration_anywhere(&ctx.store, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
            Some(row)
        }
        None => None,
    };
    let name = provider.or(integration.as_ref().map(|row| row.provider.as_str())).unwrap_or_default();
    let entry = catalogue::find(name).ok_or_else(|| Fault::not_found("provider"))?;
    if integration.as_ref().is_some_and(|row| row.provider != entry.slug) {
        return Err(Fault::not_found("integration"));
    }
    let inbound = schemes::of(entry.slug)
        .ok_or_else(|| Fault::new(ErrorCode::NotFound, format!("{} sends no webhooks that this version understands.", entry.name)))?;
    Ok(Addressee { slug: entry.slug, inbound, integration })
}

/// Takes a message in. It is on disk when this returns.
///
/// # Errors
/// [`ErrorCode::NotFound`] for an unknown provider or integration; [`ErrorCode::BadSignature`] for a forged or stale one; the store's.
pub async fn receive(ctx: &Context, incoming: Incoming) -> Result<Receipt> {
    let to = addressee(ctx, incoming.provider.as_deref(), incoming.integration).await?;
    if let Some(row) = &to.integration {
        return accept(ctx, &incoming, &to, Some(row)).await;
    }
    // An address that all connections share: the message itself says whose account it is about.
    let received = message(ctx, &incoming, ctx.clock.now());
    let account = to.inbound.account(&received);
    let mut rows = Vec::new();
    if let Some(account) = account {
        for id in provider_account::list_integrations_of_account(&ctx.store, to.slug, &account).await?.into_iter().take(SHARED_MAX) {
            rows.extend(integration::find_integration_anywhere(&ctx.store, id).await?);
        }
    }
    if rows.is_empty() {
        return accept(ctx, &incoming, &to, None).await;
    }
    // Several organizations may have connected the same account: each gets its own, and one that refuses it keeps it from no other.
    let mut best: Option<Result<Receipt>> = None;
    for row in &rows {
        let receipt = accept(ctx, &incoming, &to, Some(row)).await;
        if best.as_ref().is_none_or(|best| best.is_err()) || receipt.as_ref().is_err_and(|fault| fault.code == ErrorCode::Unavailable) {
            best = Some(receipt);
        }
    }
    best.unwrap_or_else(|| Err(Fault::not_found("integration")))
}

/// The answer to a handshake that comes without a message; `None` if it is none.
///
/// # Errors
/// [`ErrorCode::NotFound`] for an unknown provider or integration; [`ErrorCode::BadSignature`] for a forged one.
pub async fn handshake(ctx: &Context, incoming: Incoming) -> Result<Option<Reply>> {
    let to = addressee(ctx, incoming.provider.as_deref(), incoming.integration).await?;
    let keys = keys::of(ctx, to.slug, to.inbound, to.integration.as_ref().map(|row| row.id)).await?;
    shake(&to, &message(ctx, &incoming, ctx.clock.now()), &keys)
}

fn shake(to: &Addressee, message: &Message<'_>, keys: &Keys) -> Result<Option<Reply>> {
    match to.inbound.handshake(message, keys) {
        None => Ok(None),
        Some(Ok(reply)) => {
            count(to.slug, "handshake");
            Ok(Some(reply))
        }
        Some(Err(Verdict::NoKey)) => {
            count(to.slug, "no_key");
            Err(Fault::new(ErrorCode::Unavailable, "There is no key to answer this with. Enter the webhook key in Hirewire."))
        }
        Some(Err(verdict)) => {
            count(to.slug, verdict.as_str());
            Err(refusal(verdict))
        }
    }
}

async fn accept(ctx: &Context, incoming: &Incoming, to: &Addressee, row: Option<&IntegrationRow>) -> Result<Receipt> {
    let received_at = ctx.clock.now();
    let message = message(ctx, incoming, received_at);
    let keys = keys::of(ctx, to.slug, to.inbound, row.map(|row| row.id)).await?;
    if let Some(reply) = shake(to, &message, &keys)? {
        return Ok(Receipt { reply, id: None });
    }
    let reply = to.inbound.reply();
    let verdict = to.inbound.verify(&message, &keys);
    let event = InboundEventRow {
        id: ctx.clock.new(),
        organization_id: row.map(|row| row.organization_id),
        integration_id: row.map(|row| row.id),
        provider: to.slug.to_owned(),
        external_id: None,
        event_name: to.inbound.event_name(&message).map(|name| stored::plain(&name, 100)),
        headers: Json(stored::headers(&incoming.headers, &incoming.path, to.inbound)),
        body: incoming.body.to_vec(),
        verdict: verdict.as_str().to_owned(),
        state: "received".to_owned(),
        attempts: 0,
        changes: None,
        error: None,
        trace_id: incoming.trace,
        received_at,
        processed_at: None,
    };
    match (verdict, row) {
        (Verdict::Missing | Verdict::Forged | Verdict::Stale, row) => {
            let fault = refusal(verdict);
            let event = InboundEventRow { state: "rejected".to_owned(), error: Some(fault.detail.clone()), ..cut(event) };
            keep(ctx, &event, Some(verdict.as_str())).await?;
            tracing::info!(
                provider = to.slug,
                integration.id = row.map(|row| row.id.to_string()),
                verdict = verdict.as_str(),
                "a webhook was refused"
            );
            Err(fault)
        }
        (_, None) => {
            let event = InboundEventRow { verdict: "unrouted".to_owned(), state: "unrouted".to_owned(), ..cut(event) };
            keep(ctx, &event, Some("unrouted")).await?;
            Ok(Receipt { reply, id: None })
        }
        (Verdict::NoKey, Some(row)) => {
            // Whole: it is checked over its bytes once there is a key. Nobody knows yet who sent it, so there is an end to that.
            if event.body.len() > QUARANTINED_BYTES || inbound_event::count_quarantined(&ctx.store, row.id).await? >= QUARANTINED_KEPT {
                tally(ctx, to.slug, Some(row.id), "not_kept").await?;
                let message = "Too much waits for a key to check it with. Enter the webhook key of this integration in Hirewire.";
                return Err(Fault::new(ErrorCode::Unavailable, message).retry_after(std::time::Duration::from_secs(600)));
            }
            keep(ctx, &InboundEventRow { state: "quarantined".to_owned(), ..event }, None).await?;
            count(to.slug, "quarantined");
            Ok(Receipt { reply, id: None })
        }
        (Verdict::Verified | Verdict::Hint, Some(row)) => {
            let mut event = InboundEventRow { external_id: dedupe_key(to.inbound, &message), ..event };
            if row.status == IntegrationStatus::Inactive {
                "ignored".clone_into(&mut event.state);
                event.processed_at = Some(received_at);
                event.error = Some("The connection was switched off when this came.".to_owned());
            }
            let is_new = keep(ctx, &event, None).await?;
            if is_new {
                count(to.slug, "received");
            } else {
                tally(ctx, to.slug, Some(row.id), "duplicate").await?;
            }
            Ok(Receipt { reply, id: is_new.then_some(event.id) })
        }
    }
}

/// The provider's id of a message, cut to what an index takes.
pub(super) fn dedupe_key(inbound: &dyn Inbound, message: &Message<'_>) -> Option<String> {
    inbound.dedupe_key(message).map(|key| key.chars().take(255).collect())
}

fn message<'a>(ctx: &Context, incoming: &'a Incoming, received_at: chrono::DateTime<chrono::Utc>) -> Message<'a> {
    let Incoming { headers, query, body, .. } = incoming;
    // The address as the provider knows it: what stands in front of this server may have another.
    let url = ctx.site.link(&incoming.path);
    Message { headers, query: query.as_deref(), body, url: url.into(), received_at }
}

fn refusal(verdict: Verdict) -> Fault {
    let detail = match verdict {
        Verdict::Missing => "The message carries no signature, but a key is stored for this integration.",
        Verdict::Stale => "The message is genuine, but too old or from the future. Check the clocks.",
        _ => "The signature does not verify with the key that is stored for this integration.",
    };
    Fault::new(ErrorCode::BadSignature, detail)
}

fn cut(mut row: InboundEventRow) -> InboundEventRow {
    row.body.truncate(REFUSED_BYTES);
    row
}

/// Keeps a message, and with it the task that deals with it. Returns whether it is a new one.
async fn keep(ctx: &Context, row: &InboundEventRow, tallied: Option<&'static str>) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let is_new = inbound_event::insert_inbound_event(&mut tx, row).await?;
    if matches!(row.state.as_str(), "rejected" | "unrouted") {
        inbound_event::trim_refused(&mut tx, &row.provider, row.integration_id, &row.state, REFUSED_KEPT).await?;
    }
    if is_new && row.state == "received" {
        enqueue(ctx, &mut tx, row, None).await?;
    }
    if let Some(outcome) = tallied {
        let day = row.received_at.date_naive();
        inbound_count::add_inbound_count(&mut tx, &row.provider, row.integration_id, day, outcome).await?;
    }
    tx.commit().await?;
    if let Some(outcome) = tallied {
        count(&row.provider, outcome);
    }
    ctx.queue.wake();
    Ok(is_new)
}

/// Counts a message of which nothing is kept.
async fn tally(ctx: &Context, slug: &str, integration: Option<IntegrationId>, outcome: &'static str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    inbound_count::add_inbound_count(&mut tx, slug, integration, ctx.clock.now().date_naive(), outcome).await?;
    tx.commit().await?;
    count(slug, outcome);
    Ok(())
}
