//! Subscriptions: who gets which events, where, and signed with what.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::ed25519::{Jwk, SigningKey, jwk};
use super::sender;
use super::settings::{self, Checked};
use super::sign::Secret;
use super::target::{MASK, Sealable};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::WebhookId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::random;
use crate::store::page::{Page, PageQuery};
use crate::store::webhook::{
    WebhookRow, count_webhooks, delete_webhook, find_webhook, insert_webhook, list_webhooks, list_webhooks_by_id, list_webhooks_not_under,
    reseal_webhook, update_webhook,
};
use crate::store::{Json, Tx};

/// The most subscriptions of one organization.
pub const MAX_WEBHOOKS: i64 = 500;
/// How long both secrets sign at most: seven days.
pub const MAX_OVERLAP_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How long both secrets sign when nothing is said: one day.
const DEFAULT_OVERLAP_SECONDS: i64 = 24 * 60 * 60;
/// How long the look-up of a new receiver's name may take.
const PROBE: Duration = Duration::from_secs(1);

/// A new subscription, or a change of one: a field that is absent stays as it is (or takes its default), `null` clears it.
#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct WebhookIn {
    /// What people call it; the host of the URL without it.
    pub name: Option<String>,
    /// What it is for.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub description: Option<Option<String>>,
    /// Where to. Required when it is new.
    pub url: Option<String>,
    /// The events' names, at least one; `["*"]` for all. Required when it is new.
    pub events: Option<Vec<String>>,
    /// Which of them, by content.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Option<Value>>,
    /// Headers sent with every message.
    #[schema(value_type = Option<Object>)]
    pub headers: Option<BTreeMap<String, String>>,
    /// The secret; a generated one without it.
    pub secret: Option<String>,
    /// Whether anything is sent; true without it.
    #[serde(alias = "is_active", alias = "enabled", alias = "active")]
    pub is_active: Option<bool>,
    /// Tries after the first one, 0 to 16; 3 without it.
    #[serde(alias = "retry_attempts")]
    pub retry_attempts: Option<i64>,
    /// Waits between tries in seconds; 1, 2, 4, ... without it.
    #[serde(alias = "retry_schedule", deserialize_with = "present")]
    #[schema(value_type = Option<Vec<u32>>)]
    pub retry_schedule: Option<Option<Vec<i64>>>,
    /// How long one try may take, 100 to 120,000 ms; 30,000 without it, if the server's configuration says nothing else.
    #[serde(alias = "timeout_ms")]
    pub timeout_ms: Option<i64>,
    /// How many tries run at once, 1 to 64; 4 without it.
    #[serde(alias = "max_in_flight")]
    pub max_in_flight: Option<i64>,
    /// How many messages leave in a second at most, 1 to 1000, counted in each worker process; no limit without it.
    #[serde(alias = "rate_per_second", deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    pub rate_per_second: Option<Option<i64>>,
    /// After how many days without any success it is switched off, 1 to 30; 0 is never, 5 without it. People are told at 50, 70, 90 and
    /// 100 % of the way.
    #[serde(alias = "disable_after_days")]
    pub disable_after_days: Option<i64>,
    /// Whether messages also carry an Ed25519 signature (`v1a`), which a receiver checks with a public key; false without it.
    #[serde(alias = "sign_asymmetric")]
    pub sign_asymmetric: Option<bool>,
    /// Whether a candidate's events keep their order.
    pub ordered: Option<bool>,
}

impl std::fmt::Debug for WebhookIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL, the headers and the secret may all be confidential.
        f.debug_struct("WebhookIn").field("name", &self.name).field("events", &self.events).finish_non_exhaustive()
    }
}

/// Tells "absent" (`None`) from `null` (`Some(None)`).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A subscription as callers see it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// Its id: `X-Webhook-Id`.
    pub id: WebhookId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where to.
    pub url: String,
    /// The events' names.
    pub events: Vec<String>,
    /// Which of them, by content.
    #[schema(value_type = Option<Object>)]
    pub filter: Option<Value>,
    /// Headers sent with every message; confidential values are masked.
    #[schema(value_type = Object)]
    pub headers: BTreeMap<String, String>,
    /// Whether anything is sent.
    pub is_active: bool,
    /// Tries after the first one.
    pub retry_attempts: i64,
    /// Waits between tries in seconds; `null` for 1, 2, 4, ...
    pub retry_schedule: Option<Vec<u32>>,
    /// How long one try may take.
    pub timeout_ms: i64,
    /// How many tries run at once.
    pub max_in_flight: i64,
    /// How many messages leave in a second at most.
    pub rate_per_second: Option<i64>,
    /// After how many days without any success it is switched off; 0 is never.
    pub disable_after_days: i64,
    /// The public key of its Ed25519 signatures (`whpk_` and base64); `null` without them.
    pub public_key: Option<String>,
    /// Whether a candidate's events keep their order.
    pub ordered: bool,
    /// Why nothing is sent.
    pub disabled_reason: Option<String>,
    /// Since when nothing arrives there.
    pub failing_since: Option<DateTime<Utc>>,
    /// When it is switched off, if nothing arrives until then.
    pub switches_off_at: Option<DateTime<Utc>>,
    /// While sending is held back because the receiver is in trouble: until when and why.
    #[schema(value_type = Option<Object>)]
    pub breaker: Option<Value>,
    /// Until when the previous secret signs too.
    pub old_secret_until: Option<DateTime<Utc>>,
    /// First stored.
    pub created_at: DateTime<Utc>,
    /// Last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<WebhookRow> for Webhook {
    fn from(row: WebhookRow) -> Self {
        let limit = (row.is_active && row.disable_after_days > 0).then(|| TimeDelta::days(row.disable_after_days));
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            url: row.url,
            events: row.events.0,
            filter: row.filter.map(|filter| filter.0),
            headers: row.headers.0.into_iter().map(|(name, value)| (name, value.unwrap_or_else(|| MASK.to_owned()))).collect(),
            is_active: row.is_active,
            retry_attempts: row.retry_attempts,
            retry_schedule: row.retry_schedule.map(|waits| waits.0),
            timeout_ms: row.timeout_ms,
            max_in_flight: row.max_in_flight,
            rate_per_second: row.rate_per_second,
            disable_after_days: row.disable_after_days,
            public_key: row.public_key,
            ordered: row.ordered,
            disabled_reason: row.disabled_reason,
            failing_since: row.failing_since,
            switches_off_at: row.failing_since.zip(limit).map(|(since, limit)| since + limit),
            breaker: row.breaker.map(|breaker| breaker.0),
            old_secret_until: row.old_secret_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A subscription with its secret: the answer to create and rotate, and only to these.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct WebhookWithSecret {
    /// The subscription.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// Its secret. It is not shown again.
    pub secret: String,
}

impl std::fmt::Debug for WebhookWithSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookWithSecret").field("webhook", &self.webhook.id).finish_non_exhaustive()
    }
}

/// The row of a subscription of the caller's organization.
pub(super) async fn find(ctx: &Context, caller: &Caller, id: WebhookId) -> Result<WebhookRow> {
    find_webhook(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("webhook"))
}

/// Stores a new subscription.
///
/// # Errors
/// `Invalid` naming every wrong field, `Conflict` past [`MAX_WEBHOOKS`], `Forbidden` without `webhooks:write`, the store's, the vault's.
pub async fn create(ctx: &Context, caller: &Caller, input: &WebhookIn) -> Result<WebhookWithSecret> {
    caller.require(Scope::WebhooksWrite)?;
    let now = ctx.clock.now();
    let blank = WebhookRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        name: String::new(),
        description: None,
        url: String::new(),
        events: Json(Vec::new()),
        filter: None,
        headers: Json(BTreeMap::new()),
        is_active: true,
        ordered: false,
        retry_attempts: 3,
        retry_schedule: None,
        timeout_ms: i64::from(ctx.config.webhooks.timeout_ms),
        max_in_flight: 4,
        rate_per_second: None,
        disable_after_days: 5,
        sealed_secret: Vec::new(),
        sealed_old_secret: None,
        old_secret_until: None,
        key_id: String::new(),
        breaker: None,
        failing_since: None,
        warned_percent: 0,
        warned_at: None,
        public_key: None,
        old_public_key: None,
        disabled_reason: None,
        created_at: now,
        updated_at: now,
    };
    let Checked { mut row, headers, secret } = check(ctx, blank, input, &BTreeMap::new()).await?;
    if count_webhooks(&ctx.store, caller.organization).await? >= MAX_WEBHOOKS {
        return Err(Fault::conflict(format!("An organization can have {MAX_WEBHOOKS} subscriptions. Delete one that is not needed.")));
    }
    let secret = secret.unwrap_or_else(|| text(&Secret::from_random(random::bytes())));
    row.disabled_reason = (!row.is_active).then(|| format!("Switched off by {}.", caller.name()));
    let signing_key = input.sign_asymmetric.unwrap_or_default().then(|| new_key(&mut row));
    seal(ctx, &mut row, Sealable { secret: secret.clone(), headers, signing_key })?;
    let mut tx = ctx.store.begin().await?;
    insert_webhook(&mut tx, &row).await?;
    note(ctx, &mut tx, caller, "webhook.create", &row, format!("Subscribed {} to events", row.name)).await?;
    tx.commit().await?;
    Ok(WebhookWithSecret { webhook: row.into(), secret })
}

/// The organization's subscriptions, newest first.
///
/// # Errors
/// `Forbidden` without `webhooks:read`, the store's.
pub async fn list(ctx: &Context, caller: &Caller, page: PageQuery) -> Result<Page<Webhook>> {
    caller.require(Scope::WebhooksRead)?;
    Ok(list_webhooks(&ctx.store, caller.organization, page).await?.map(Webhook::from))
}

/// One subscription.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:read`, the store's.
pub async fn get(ctx: &Context, caller: &Caller, id: WebhookId) -> Result<Webhook> {
    caller.require(Scope::WebhooksRead)?;
    Ok(find(ctx, caller, id).await?.into())
}

/// Changes a subscription. What waits goes to the new URL under the new settings; what is on its way is not called back. A new secret counts
/// at once; use [`rotate_secret`] for an overlap.
///
/// # Errors
/// `NotFound`, `Invalid` naming every wrong field, `Conflict` if it was changed meanwhile, `Forbidden` without `webhooks:write`, the store's.
pub async fn patch(ctx: &Context, caller: &Caller, id: WebhookId, input: &WebhookIn) -> Result<Webhook> {
    caller.require(Scope::WebhooksWrite)?;
    let row = find(ctx, caller, id).await?;
    let (was, was_active) = (row.updated_at, row.is_active);
    let sealed = Sealable::open(ctx, id, &row.sealed_secret).await;
    // An unreadable secret can be replaced, but not kept.
    let known = sealed.as_ref().map(|sealed| sealed.headers.clone()).unwrap_or_default();
    let Checked { mut row, headers, secret } = check(ctx, row, input, &known).await?;
    let switches_key = input.sign_asymmetric.is_some_and(|wanted| wanted != row.public_key.is_some());
    if secret.is_some() || input.headers.is_some() || switches_key {
        let signing_key = match &sealed {
            Ok(_) if switches_key && row.public_key.is_none() => Some(new_key(&mut row)),
            Ok(sealed) if !switches_key => sealed.signing_key.clone(),
            _ => None,
        };
        if signing_key.is_none() {
            row.public_key = None;
        }
        let secret = match secret {
            Some(secret) => {
                row.sealed_old_secret = None;
                row.old_secret_until = None;
                row.old_public_key = None;
                secret
            }
            None => sealed?.secret.clone(),
        };
        seal(ctx, &mut row, Sealable { secret, headers, signing_key })?;
    }
    if row.is_active != was_active {
        row.disabled_reason = (!row.is_active).then(|| format!("Switched off by {}.", caller.name()));
        // The way to being switched off begins anew.
        (row.failing_since, row.warned_percent, row.warned_at) = (None, 0, None);
    }
    let message = match (was_active, row.is_active) {
        (false, true) => format!("Switched the webhook {} on", row.name),
        (true, false) => format!("Switched the webhook {} off", row.name),
        _ => format!("Changed the webhook {}", row.name),
    };
    save(ctx, caller, row, was, "webhook.update", message).await
}

/// Deletes a subscription with its log.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:write`, the store's.
pub async fn delete(ctx: &Context, caller: &Caller, id: WebhookId) -> Result<()> {
    caller.require(Scope::WebhooksWrite)?;
    let row = find(ctx, caller, id).await?;
    let mut tx = ctx.store.begin().await?;
    if !delete_webhook(&mut tx, caller.organization, id).await? {
        return Err(Fault::not_found("webhook"));
    }
    note(ctx, &mut tx, caller, "webhook.delete", &row, format!("Deleted the webhook {}", row.name)).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(())
}

/// Switches a subscription on again. What waited goes out; what was never accepted for it can be sent with `replay`.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:write`, the store's.
pub async fn enable(ctx: &Context, caller: &Caller, id: WebhookId) -> Result<Webhook> {
    patch(ctx, caller, id, &WebhookIn { is_active: Some(true), ..WebhookIn::default() }).await
}

/// How to replace a secret.
#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RotateIn {
    /// The new secret; a generated one without it.
    pub secret: Option<String>,
    /// How long the old one signs too, in seconds, 0 to 604,800; 86,400 without it.
    #[serde(alias = "overlap_seconds")]
    pub overlap_seconds: Option<i64>,
}

impl std::fmt::Debug for RotateIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RotateIn").field("overlap_seconds", &self.overlap_seconds).finish_non_exhaustive()
    }
}

/// Replaces the secret, and the private key if there is one. For a while both sign, so that the receiver can change over without losing a message.
///
/// # Errors
/// `NotFound`, `Invalid`, `Conflict` if the subscription was changed meanwhile, `Forbidden` without `webhooks:write`, the store's, the vault's.
pub async fn rotate_secret(ctx: &Context, caller: &Caller, id: WebhookId, input: &RotateIn) -> Result<WebhookWithSecret> {
    caller.require(Scope::WebhooksWrite)?;
    let overlap = input.overlap_seconds.unwrap_or(DEFAULT_OVERLAP_SECONDS);
    if !(0..=MAX_OVERLAP_SECONDS).contains(&overlap) {
        return Err(Fault::invalid("/overlapSeconds", format!("Give 0 to {MAX_OVERLAP_SECONDS} seconds.")));
    }
    let secret = match &input.secret {
        Some(given) => text(&Secret::parse(given).map_err(|error| Fault::invalid("/secret", error.to_string()))?),
        None => text(&Secret::from_random(random::bytes())),
    };
    let mut row = find(ctx, caller, id).await?;
    let was = row.updated_at;
    // A secret that cannot be read cannot sign on either; replacing it is the cure.
    let old = Sealable::open(ctx, id, &row.sealed_secret).await.ok();
    let headers = old.as_ref().map(|old| old.headers.clone()).unwrap_or_default();
    let old_public_key = row.public_key.clone();
    let signing_key = old_public_key.is_some().then(|| new_key(&mut row));
    (row.sealed_old_secret, row.old_secret_until, row.old_public_key) = match old {
        Some(old) if overlap > 0 => {
            let kept = Sealable { secret: old.secret.clone(), headers: BTreeMap::new(), signing_key: old.signing_key.clone() };
            (Some(kept.seal(ctx, id)?.bytes), Some(ctx.clock.now() + TimeDelta::seconds(overlap)), old_public_key)
        }
        _ => (None, None, None),
    };
    seal(ctx, &mut row, Sealable { secret: secret.clone(), headers, signing_key })?;
    let message = format!("Changed the secret of the webhook {}", row.name);
    let webhook = save(ctx, caller, row, was, "webhook.rotate_secret", message).await?;
    Ok(WebhookWithSecret { webhook, secret })
}

/// The public keys with which messages to a subscription are checked now, the one in use first. Anybody may ask who knows the id.
///
/// # Errors
/// `NotFound` where nothing is signed with a private key; the store's.
pub async fn public_keys(ctx: &Context, id: WebhookId) -> Result<Vec<(String, Jwk)>> {
    let rows = list_webhooks_by_id(&ctx.store, &[id]).await?;
    let row = rows.into_iter().next().filter(|row| row.public_key.is_some()).ok_or_else(|| Fault::not_found("key"))?;
    let is_rotating = row.old_secret_until.is_some_and(|until| ctx.clock.now() < until);
    let texts = [row.public_key, row.old_public_key.filter(|_| is_rotating)];
    Ok(texts.into_iter().flatten().filter_map(|text| jwk(&text).map(|jwk| (text, jwk))).collect())
}

/// Seals every subscription's secrets anew under the vault's active key. Returns how many were, and how many cannot be opened.
///
/// # Errors
/// The store's, the vault's.
pub async fn reseal(ctx: &Context) -> Result<(u64, u64)> {
    let Some(key) = ctx.vault.active_key_id() else { return Ok((0, 0)) };
    let (mut done, mut unreadable) = (0, 0);
    let mut after = None;
    loop {
        let rows = list_webhooks_not_under(&ctx.store, &key, after, 100).await?;
        let Some(last) = rows.last() else { return Ok((done, unreadable)) };
        after = Some(last.id);
        for row in &rows {
            let Ok(current) = Sealable::open(ctx, row.id, &row.sealed_secret).await else {
                tracing::warn!(webhook.id = %row.id, "the subscription's secret cannot be opened; rotate it");
                unreadable += 1;
                continue;
            };
            let fresh = current.seal(ctx, row.id)?;
            let mut old_secret = None;
            if let Some(old) = &row.sealed_old_secret
                && let Ok(old) = Sealable::open(ctx, row.id, old).await
            {
                old_secret = Some(old.seal(ctx, row.id)?.bytes);
            }
            let mut tx = ctx.store.begin().await?;
            done +=
                u64::from(reseal_webhook(&mut tx, row.id, &row.sealed_secret, &fresh.key_id, &fresh.bytes, old_secret.as_deref()).await?);
            tx.commit().await?;
        }
    }
}

async fn check(ctx: &Context, row: WebhookRow, input: &WebhookIn, known: &BTreeMap<String, String>) -> Result<Checked> {
    let old_url = row.url.clone();
    let checked = settings::check(&ctx.receivers, row, input, known)
        .map_err(|fields| Fault::invalid_fields(fields).unwrap_or_else(|| Fault::new(ErrorCode::Invalid, "Some values are not valid.")))?;
    if checked.row.url != old_url
        && let Ok(url) = checked.row.url.parse()
        && let Err(error) = sender::probe(&ctx.receivers, &url, PROBE).await
    {
        return Err(Fault::invalid("/url", error.sentence));
    }
    Ok(checked)
}

/// A new private key, its public half put into the row.
fn new_key(row: &mut WebhookRow) -> String {
    let seed = Zeroizing::new(random::bytes());
    row.public_key = Some(SigningKey::from_seed(&seed).public());
    SigningKey::text(&seed)
}

fn seal(ctx: &Context, row: &mut WebhookRow, secrets: Sealable) -> Result<()> {
    let sealed = secrets.seal(ctx, row.id)?;
    row.sealed_secret = sealed.bytes;
    row.key_id = sealed.key_id;
    Ok(())
}

/// Saves a changed row under a later version.
async fn save(
    ctx: &Context,
    caller: &Caller,
    mut row: WebhookRow,
    was: DateTime<Utc>,
    action: &'static str,
    message: String,
) -> Result<Webhook> {
    row.updated_at = ctx.clock.now().max(was + TimeDelta::microseconds(1));
    // The worker gives a changed subscription a fresh chance.
    row.breaker = None;
    let mut tx = ctx.store.begin().await?;
    if !update_webhook(&mut tx, &row, was).await? {
        return Err(Fault::conflict("The subscription was changed by somebody else meanwhile. Load it again."));
    }
    note(ctx, &mut tx, caller, action, &row, message).await?;
    tx.commit().await?;
    ctx.queue.wake();
    Ok(row.into())
}

/// Writes down who did what to a subscription.
pub(super) async fn note(
    ctx: &Context,
    tx: &mut Tx,
    caller: &Caller,
    action: &'static str,
    row: &WebhookRow,
    message: String,
) -> Result<()> {
    Ok(activity::record(tx, &ctx.clock, caller, Entry::new(action, message).subject("webhook", row.id.0)).await?)
}

fn text(secret: &Secret) -> String {
    use secrecy::ExposeSecret as _;
    secret.text().expose_secret().to_owned()
}
