//! A partner's link: a page, for some days, with which somebody outside the organization manages one subscription and nothing else.
//!
//! The token stands in the link only; its hash is stored. [`Partner`] is all that a token opens: every function of it is about its one
//! subscription.

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::log::{self, Attempt, AttemptWithBody};
use super::replay::{ReplayIn, Replayed, replay};
use super::stats::{Stats, stats};
use super::subscriptions::{self, RotateIn, Webhook, WebhookIn, WebhookWithSecret, find, note};
use super::trial::{TestIn, Tested, test};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::id::{DeliveryId, PortalLinkId, WebhookId};
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::random;
use crate::store::delivery::attempt::AttemptFilter;
use crate::store::organization::find_organization;
use crate::store::page::{Page, PageQuery};
use crate::store::portal_link::{self, PortalLinkRow};

/// The longest time a link works: 30 days.
pub const MAX_HOURS: i64 = 30 * 24;
/// How long a link works when nothing is said: seven days.
const DEFAULT_HOURS: i64 = 7 * 24;
/// The most links of one subscription that work at the same time.
const MAX_LINKS: usize = 20;
/// How often the time of the last use is written.
const TOUCH: TimeDelta = TimeDelta::minutes(5);

/// A new link.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LinkIn {
    /// For whom: shown in the list and in the log.
    pub label: String,
    /// How many hours it works, 1 to 720; 168 without it.
    #[serde(alias = "expires_in_hours")]
    pub expires_in_hours: Option<i64>,
}

/// A link, without its token.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PortalLink {
    /// Its id.
    pub id: PortalLinkId,
    /// For whom.
    pub label: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
    /// When somebody took it back.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was used last, to five minutes.
    pub used_at: Option<DateTime<Utc>>,
}

impl PortalLink {
    /// Whether it works.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

impl From<PortalLinkRow> for PortalLink {
    fn from(row: PortalLinkRow) -> Self {
        Self {
            id: row.id,
            label: row.label,
            created_by: row.created_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            used_at: row.used_at,
        }
    }
}

/// A link with its address: the answer to create, and only to it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NewLink {
    /// The link.
    #[serde(flatten)]
    pub link: PortalLink,
    /// What to hand over. It is not shown again.
    pub url: String,
}

impl std::fmt::Debug for NewLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewLink").field("link", &self.link.id).finish_non_exhaustive()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Makes a link to a subscription.
///
/// # Errors
/// `NotFound`, `Invalid`, `Conflict` past the number of links that may work at once, `Forbidden` without `webhooks:write`, the store's.
pub async fn create(ctx: &Context, caller: &Caller, webhook: WebhookId, input: &LinkIn) -> Result<NewLink> {
    caller.require(Scope::WebhooksWrite)?;
    require_member(caller)?;
    let row = find(ctx, caller, webhook).await?;
    let label = input.label.trim();
    let hours = input.expires_in_hours.unwrap_or(DEFAULT_HOURS);
    let mut errors = Vec::new();
    if label.is_empty() || label.chars().count() > 100 {
        errors.push(FieldError { pointer: "/label".to_owned(), detail: "Say for whom it is, in 1 to 100 characters.".to_owned() });
    }
    if !(1..=MAX_HOURS).contains(&hours) {
        errors.push(FieldError { pointer: "/expiresInHours".to_owned(), detail: format!("Give 1 to {MAX_HOURS} hours.") });
    }
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let now = ctx.clock.now();
    let open = list(ctx, caller, webhook).await?.iter().filter(|link| link.is_open(now)).count();
    if open >= MAX_LINKS {
        return Err(Fault::conflict(format!("{MAX_LINKS} links to this webhook work already. Take one back first.")));
    }
    let token = random::token();
    let link = PortalLinkRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        webhook_id: webhook,
        label: label.to_owned(),
        created_by: caller.name().to_owned(),
        created_at: now,
        expires_at: now + TimeDelta::hours(hours),
        revoked_at: None,
        used_at: None,
    };
    let mut tx = ctx.store.begin().await?;
    portal_link::insert_portal_link(&mut tx, &link, &hash(&token)).await?;
    note(ctx, &mut tx, caller, "webhook.portal_link", &row, format!("Made a link to the webhook {} for {label}", row.name)).await?;
    tx.commit().await?;
    Ok(NewLink { link: link.into(), url: ctx.site.link(&format!("/partner/{token}")) })
}

/// A link opens no other link.
fn require_member(caller: &Caller) -> Result<()> {
    match caller.actor {
        Actor::Partner { .. } => Err(Fault::forbidden(Scope::WebhooksWrite)),
        _ => Ok(()),
    }
}

/// The links to a subscription, newest first.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:write`, the store's.
pub async fn list(ctx: &Context, caller: &Caller, webhook: WebhookId) -> Result<Vec<PortalLink>> {
    caller.require(Scope::WebhooksWrite)?;
    require_member(caller)?;
    find(ctx, caller, webhook).await?;
    let rows = portal_link::list_portal_links(&ctx.store, caller.organization, webhook).await?;
    Ok(rows.into_iter().map(PortalLink::from).collect())
}

/// Takes a link back. It stops working at once.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:write`, the store's.
pub async fn revoke(ctx: &Context, caller: &Caller, webhook: WebhookId, id: PortalLinkId) -> Result<()> {
    caller.require(Scope::WebhooksWrite)?;
    require_member(caller)?;
    let row = find(ctx, caller, webhook).await?;
    let mut tx = ctx.store.begin().await?;
    if !portal_link::revoke_portal_link(&mut tx, caller.organization, webhook, id, ctx.clock.now()).await? {
        return Err(Fault::not_found("link"));
    }
    note(ctx, &mut tx, caller, "webhook.portal_link_revoke", &row, format!("Took back a link to the webhook {}", row.name)).await?;
    Ok(tx.commit().await?)
}

/// What a token opens: one subscription.
#[derive(Debug)]
pub struct Partner {
    /// The subscription as it is.
    pub webhook: Webhook,
    /// Whose it is.
    pub organization: String,
    /// Until when the link works.
    pub expires_at: DateTime<Utc>,
    ctx: Context,
    caller: Caller,
}

/// Opens a token, if it works.
///
/// # Errors
/// `NotFound` for a token that ran out, was taken back or never was; the store's.
pub async fn enter(ctx: &Context, token: &str, trace: Uuid, address: Option<IpAddr>) -> Result<Partner> {
    let gone = || Fault::new(ErrorCode::NotFound, "This link does not work any more. Ask who gave it to you for a new one.");
    let now = ctx.clock.now();
    let link = portal_link::find_portal_link(&ctx.store, &hash(token), now).await?.ok_or_else(gone)?;
    if link.used_at.is_none_or(|at| now - at >= TOUCH) {
        let mut tx = ctx.store.begin().await?;
        portal_link::touch_portal_link(&mut tx, link.id, now).await?;
        tx.commit().await?;
    }
    let organization = find_organization(&ctx.store, link.organization_id).await?.ok_or_else(gone)?;
    let caller = Caller {
        actor: Actor::Partner { id: link.id.0, name: format!("{} (partner link)", link.label) },
        organization: link.organization_id,
        trace,
        address,
    };
    let webhook = subscriptions::get(ctx, &caller, link.webhook_id).await?;
    Ok(Partner { webhook, organization: organization.name, expires_at: link.expires_at, ctx: ctx.clone(), caller })
}

impl Partner {
    /// The tries, newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn log(&self, filter: &AttemptFilter, page: PageQuery) -> Result<Page<Attempt>> {
        log::list(&self.ctx, &self.caller, self.webhook.id, filter, page).await
    }

    /// One try with the body that was sent.
    ///
    /// # Errors
    /// `NotFound`, the store's.
    pub async fn attempt(&self, id: Uuid) -> Result<AttemptWithBody> {
        log::get(&self.ctx, &self.caller, self.webhook.id, id).await
    }

    /// The statistics of some days.
    ///
    /// # Errors
    /// The store's.
    pub async fn stats(&self, days: u32) -> Result<Stats> {
        stats(&self.ctx, &self.caller, self.webhook.id, days).await
    }

    /// Sends a test event.
    ///
    /// # Errors
    /// `Conflict` for a subscription that is off, the store's.
    pub async fn test(&self, wait: Duration) -> Result<Tested> {
        test(&self.ctx, &self.caller, self.webhook.id, &TestIn::default(), wait).await
    }

    /// Sends one delivery again.
    ///
    /// # Errors
    /// `NotFound`, `Conflict` for a subscription that is off, the store's.
    pub async fn replay(&self, delivery: DeliveryId) -> Result<Replayed> {
        let input = ReplayIn { delivery_id: Some(delivery), ..ReplayIn::default() };
        replay(&self.ctx, &self.caller, self.webhook.id, &input).await
    }

    /// Sends again what failed in some days.
    ///
    /// # Errors
    /// `Conflict` for a subscription that is off, the store's.
    pub async fn replay_failed(&self, days: i64) -> Result<Replayed> {
        let since = Some(self.ctx.clock.now() - TimeDelta::days(days.clamp(1, 30)));
        replay(&self.ctx, &self.caller, self.webhook.id, &ReplayIn { since, ..ReplayIn::default() }).await
    }

    /// Changes the address, and nothing else.
    ///
    /// # Errors
    /// `Invalid` for an address that cannot be used, the store's.
    pub async fn set_url(&self, url: &str) -> Result<Webhook> {
        let input = WebhookIn { url: Some(url.to_owned()), ..WebhookIn::default() };
        subscriptions::patch(&self.ctx, &self.caller, self.webhook.id, &input).await
    }

    /// Replaces the secret.
    ///
    /// # Errors
    /// `Invalid`, the store's, the vault's.
    pub async fn rotate(&self, overlap_seconds: i64) -> Result<WebhookWithSecret> {
        let input = RotateIn { overlap_seconds: Some(overlap_seconds), secret: None };
        subscriptions::rotate_secret(&self.ctx, &self.caller, self.webhook.id, &input).await
    }
}
