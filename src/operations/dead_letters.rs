//! Dead letters: work that gave up, tried again or discarded by a person.

use serde_json::Value;
use serde_json::value::RawValue;

use super::activity;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::{DeadLetterId, DeliveryId, InboundEventId, IntegrationId, RemoteWriteId, WebhookId};
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::records::pull::{self, Pull};
use crate::records::writes;
use crate::store::dead_letter::{self, DeadLetterFilter, DeadLetterRow};
use crate::store::integration;
use crate::store::page::{Page, PageQuery};
use crate::sync::{self, RunKind};
use crate::webhooks::outbound::replay::ReplayIn;
use crate::webhooks::{inbound, outbound};

/// How many one call tries again.
const RETRIED_AT_ONCE: u32 = 200;

/// What became of many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retried {
    /// Tried again.
    pub retried: usize,
    /// Could not be tried again, or gave up at once.
    pub failed: usize,
    /// Whether more match than one call takes.
    pub more: bool,
}

/// What gave up, newest first.
///
/// # Errors
/// [`ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &DeadLetterFilter, page: PageQuery) -> Result<Page<DeadLetterRow>> {
    caller.require(Scope::IntegrationsRead)?;
    Ok(dead_letter::list_dead_letters(&ctx.store, caller.organization, filter, page).await?)
}

/// One dead letter.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: DeadLetterId) -> Result<DeadLetterRow> {
    caller.require(Scope::IntegrationsRead)?;
    dead_letter::find_dead_letter(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("dead letter"))
}

/// How many are open.
///
/// # Errors
/// [`ErrorCode::Forbidden`].
pub async fn count_open(ctx: &Context, caller: &Caller) -> Result<i64> {
    caller.require(Scope::IntegrationsRead)?;
    Ok(dead_letter::count_open(&ctx.store, caller.organization).await?)
}

/// The right that trying again, or discarding, needs.
fn scope(source: &str) -> Scope {
    match source {
        "write" => Scope::RecordsWrite,
        "delivery" => Scope::WebhooksWrite,
        _ => Scope::IntegrationsWrite,
    }
}

/// An open letter that the caller may deal with.
async fn open(ctx: &Context, caller: &Caller, id: DeadLetterId) -> Result<DeadLetterRow> {
    let row = get(ctx, caller, id).await?;
    caller.require(scope(&row.source))?;
    if row.state == "open" { Ok(row) } else { Err(Fault::conflict(format!("This was {} already.", row.state))) }
}

/// Tries one again. A record is tried at once; everything else goes on its way again.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Conflict`] for one that is dealt with; what keeps it from being tried, after which it stays open.
pub async fn retry(ctx: &Context, caller: &Caller, id: DeadLetterId) -> Result<DeadLetterRow> {
    let row = open(ctx, caller, id).await?;
    match again(ctx, caller, &row).await {
        Ok(()) => {
            resolve(ctx, caller, &row, "retried").await?;
            get(ctx, caller, id).await
        }
        Err(fault) => {
            let mut tx = ctx.store.begin().await?;
            dead_letter::update_dead_letter_failure(&mut tx, caller.organization, id, fault.code.as_str(), &fault.detail).await?;
            tx.commit().await?;
            Err(fault)
        }
    }
}

/// Discards one: nobody will try it again.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Conflict`] for one that is dealt with.
pub async fn discard(ctx: &Context, caller: &Caller, id: DeadLetterId) -> Result<()> {
    let row = open(ctx, caller, id).await?;
    resolve(ctx, caller, &row, "discarded").await
}

/// Tries again what matches and is open, oldest first: at most 200 at once.
///
/// # Errors
/// [`ErrorCode::Forbidden`]; the store's.
pub async fn retry_matching(ctx: &Context, caller: &Caller, filter: &DeadLetterFilter) -> Result<Retried> {
    caller.require(Scope::IntegrationsRead)?;
    let filter = DeadLetterFilter { state: None, ..filter.clone() };
    let page = dead_letter::list_dead_letters(&ctx.store, caller.organization, &filter, PageQuery { limit: RETRIED_AT_ONCE, before: None })
        .await?;
    let mut outcome = Retried { more: page.next.is_some(), ..Retried::default() };
    for row in page.rows.into_iter().rev() {
        match retry(ctx, caller, row.id).await {
            Ok(_) => outcome.retried += 1,
            Err(fault) if matches!(fault.code, ErrorCode::Unavailable) => return Err(fault),
            Err(_) => outcome.failed += 1,
        }
    }
    Ok(outcome)
}

/// Discards what matches and is open: at most 200 at once. Returns how many that were.
///
/// # Errors
/// [`ErrorCode::Forbidden`]; the store's.
pub async fn discard_matching(ctx: &Context, caller: &Caller, filter: &DeadLetterFilter) -> Result<usize> {
    caller.require(Scope::IntegrationsRead)?;
    let filter = DeadLetterFilter { state: None, ..filter.clone() };
    let page = dead_letter::list_dead_letters(&ctx.store, caller.organization, &filter, PageQuery { limit: RETRIED_AT_ONCE, before: None })
        .await?;
    let mut discarded = 0;
    for row in page.rows {
        // What needs another right than the caller has stays.
        if caller.may(scope(&row.source)) {
            resolve(ctx, caller, &row, "discarded").await?;
            discarded += 1;
        }
    }
    Ok(discarded)
}

async fn resolve(ctx: &Context, caller: &Caller, row: &DeadLetterRow, state: &'static str) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    if dead_letter::resolve_dead_letter(&mut tx, caller.organization, row.id, state, caller.name(), ctx.clock.now()).await? {
        let (action, message) = match state {
            "retried" => ("dead_letter.retry", format!("Tried again: {}", row.message)),
            _ => ("dead_letter.discard", format!("Discarded: {}", row.message)),
        };
        let mut entry = activity::Entry::new(action, message).subject("dead_letter", row.id.0);
        entry.integration_id = row.integration_id;
        activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn unreadable() -> Fault {
    Fault::conflict("This can no longer be tried again. Discard it.")
}

async fn again(ctx: &Context, caller: &Caller, row: &DeadLetterRow) -> Result<()> {
    let payload: Value = serde_json::from_str(&row.payload).map_err(|_| unreadable())?;
    let id = |name: &str| payload[name].as_str().and_then(|text| text.parse::<uuid::Uuid>().ok()).ok_or_else(unreadable);
    match row.source.as_str() {
        "sync" => {
            let kind = payload["kind"].as_str().and_then(|kind| kind.parse().ok()).unwrap_or(RunKind::Incremental);
            let since = payload["since"].as_str().and_then(|since| since.parse().ok());
            sync::start(ctx, caller, IntegrationId(id("integrationId")?), kind, since).await.map(drop)
        }
        "record" => record(ctx, row, IntegrationId(id("integrationId")?), &payload).await,
        "write" => writes::requeue(ctx, caller, RemoteWriteId(id("writeId")?)).await.map(drop),
        "delivery" => {
            let again = ReplayIn { delivery_id: Some(DeliveryId(id("deliveryId")?)), ..ReplayIn::default() };
            outbound::replay::replay(ctx, caller, WebhookId(id("webhookId")?), &again).await.map(drop)
        }
        "inbound" => inbound::replay(ctx, caller, InboundEventId(id("eventId")?)).await.map(drop),
        _ => Err(unreadable()),
    }
}

/// Takes a record in as it is over there now, with today's mapping; as it came then, if the provider does not answer.
async fn record(ctx: &Context, letter: &DeadLetterRow, id: IntegrationId, payload: &Value) -> Result<()> {
    let row = integration::find_integration(&ctx.store, letter.organization_id, id)
        .await?
        .ok_or_else(|| Fault::conflict("Its connection was removed. Discard it."))?;
    let kind: RecordKind = payload["object"].as_str().and_then(|kind| kind.parse().ok()).ok_or_else(unreadable)?;
    let (provider, cx) = connection::open(ctx, &row).await?;
    let ats = provider.as_ats().ok_or_else(unreadable)?;
    let trace = letter.trace_id.unwrap_or_else(|| ctx.clock.new_id());
    let pull = Pull { ctx, row: &row, cx: &cx, ats, trace, actor: None, began: ctx.clock.now() };
    let rejected = |error: crate::providers::Error| {
        let code = if error.is_retryable() { ErrorCode::ProviderUnavailable } else { ErrorCode::ProviderRejected };
        Fault::new(code, error.sentence(cx.entry.name))
    };
    let fetched = match payload["externalId"].as_str() {
        Some(external_id) => pull.fetch(kind, external_id).await,
        None => Err(pull::Error::Provider(crate::providers::Error::Protocol { message: "the record has no ID".to_owned() })),
    };
    let remote = match fetched {
        Ok(Some(remote)) => remote,
        Ok(None) => return Err(Fault::conflict(format!("{} no longer has this record. Discard it.", cx.entry.name))),
        Err(pull::Error::Fault(fault)) => return Err(fault),
        Err(pull::Error::Provider(error)) => {
            let raw = payload["raw"].as_str().and_then(|raw| RawValue::from_string(raw.to_owned()).ok());
            let stored = raw.and_then(|raw| ats.read(kind, &raw).ok());
            stored.ok_or_else(|| rejected(error))?
        }
    };
    match pull.take(vec![remote]).await {
        Ok(taken) => match taken.bad.into_iter().next() {
            None => Ok(()),
            Some(bad) => Err(Fault::new(ErrorCode::ProviderRejected, bad.message)),
        },
        Err(pull::Error::Fault(fault)) => Err(fault),
        Err(pull::Error::Provider(error)) => Err(rejected(error)),
    }
}
