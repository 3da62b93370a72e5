//! Access tokens of stored integrations: one renewal at a time over all processes, stored before it is used.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::connection::{TOKENS, identity, store};
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::fault::{Fault, Result};
use crate::providers::{Connection, Error, Provider, TokenSet, Tokens, oauth};
use crate::random;
use crate::store::integration::TokenTimes;
use crate::store::{Tx, credential, integration, lease};

/// How long a renewal may take before another process may try.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Without a stated lifetime a token that can be renewed is taken to live this long.
const ASSUMED_LIFE: TimeDelta = TimeDelta::minutes(45);
/// A token is renewed at least this long before it ends, idle or not.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// Renewals spread over so much time before that.
const SPREAD: TimeDelta = TimeDelta::minutes(1);

/// Where new tokens of a connection come from.
pub enum Renewal {
    /// The credentials that were entered.
    Credentials,
    /// The refresh token of a person's consent; `None` if this server no longer has a client there.
    Grant(Option<Box<oauth::Client>>),
}

/// Tokens of one stored integration.
pub struct StoredTokens {
    ctx: Context,
    provider: Arc<dyn Provider>,
    organization: OrgId,
    integration: IntegrationId,
    renewal: Renewal,
    /// What was read last, so that a run of many calls opens the vault once.
    held: tokio::sync::Mutex<Option<TokenSet>>,
}

/// A token set as it is sealed.
#[derive(Serialize, Deserialize)]
struct Stored {
    access: String,
    refresh: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    scope: Option<String>,
    #[serde(default)]
    ends_at: Option<DateTime<Utc>>,
}

/// Which stored token does not do.
#[derive(Clone, Copy)]
enum Unless<'a> {
    /// One that is about to end.
    Ending,
    /// The one that was just refused, and one that is about to end.
    Refused(&'a SecretString),
    /// The one that ends then: it is due.
    EndsAt(Option<DateTime<Utc>>),
}

/// The stored tokens of an integration.
///
/// # Errors
/// A broken vault entry as [`crate::domain::error::ErrorCode::Internal`]; the store's.
pub(super) async fn read(ctx: &Context, id: IntegrationId) -> Result<Option<TokenSet>> {
    let Some(row) = credential::find_credential(&ctx.store, id, TOKENS).await? else { return Ok(None) };
    let plain = ctx.open(&row.sealed, &identity(row.id)).await?;
    let stored: Stored = serde_json::from_slice(plain.expose_secret()).map_err(Fault::internal)?;
    Ok(Some(TokenSet {
        access: stored.access.into(),
        refresh: stored.refresh.map(Into::into),
        expires_at: stored.expires_at,
        scope: stored.scope,
        ends_at: stored.ends_at,
    }))
}

/// Seals and stores tokens and notes their times. `by_grant` says whether they came from a person's consent.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`] if the integration was let go of meanwhile; the store's.
pub(super) async fn write(
    ctx: &Context,
    tx: &mut Tx,
    organization: OrgId,
    id: IntegrationId,
    token: &TokenSet,
    by_grant: bool,
) -> Result<()> {
    let stored = Stored {
        access: token.access.expose_secret().to_owned(),
        refresh: token.refresh.as_ref().map(|refresh| refresh.expose_secret().to_owned()),
        expires_at: token.expires_at,
        scope: token.scope.clone(),
        ends_at: token.ends_at,
    };
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&stored).map_err(Fault::internal)?);
    if !integration::update_token_times(tx, id, &times(ctx.clock.now(), token, by_grant)).await? {
        return Err(Fault::not_found("integration"));
    }
    store(ctx, tx, organization, id, TOKENS, &plain, token.expires_at).await
}

/// When a token ends, when it is renewed, and by when a person has to connect again.
fn times(now: DateTime<Utc>, token: &TokenSet, by_grant: bool) -> TokenTimes {
    let is_renewable = !by_grant || token.refresh.is_some();
    let refresh_at = token.expires_at.filter(|_| is_renewable).map(|end| {
        let life = (end - now).max(TimeDelta::zero());
        let ahead = AHEAD + SPREAD.min(life / 10);
        // A short life leaves no five minutes: three quarters of it, then.
        if life < AHEAD * 4 { end - life / 4 } else { end - ahead + (ahead - AHEAD) * i32::from(random::bytes::<1>()[0]) / 256 }
    });
    let reconnect_by = if !by_grant {
        None
    } else if is_renewable {
        token.ends_at
    } else {
        token.expires_at
    };
    TokenTimes { expires_at: token.expires_at, refresh_at, reconnect_by }
}

/// The right to change the tokens of one integration, held by one piece of work over all processes.
pub(super) struct Turn {
    ctx: Context,
    name: String,
    owner: String,
}

impl Turn {
    /// Takes the turn if nobody has it.
    pub(super) async fn take(ctx: &Context, id: IntegrationId) -> Result<Option<Self>> {
        let turn = Self { ctx: ctx.clone(), name: format!("token:{id}"), owner: ctx.clock.new_id().to_string() };
        let now = ctx.clock.now();
        let mut tx = ctx.store.begin().await?;
        let taken = lease::acquire_lease(&mut tx, &turn.name, &turn.owner, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(taken.then_some(turn))
    }

    /// Waits for the turn, at most a minute.
    pub(super) async fn wait(ctx: &Context, id: IntegrationId) -> Result<Self> {
        for _ in 0..300 {
            if let Some(turn) = Self::take(ctx, id).await? {
                return Ok(turn);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(Fault::conflict("The sign-in of this connection is being renewed and did not finish. Try again in a minute."))
    }

    /// Gives the turn back.
    pub(super) async fn give_back(self) {
        let release = async {
            let mut tx = self.ctx.store.begin().await?;
            lease::release_lease(&mut tx, &self.name, &self.owner).await?;
            tx.commit().await
        };
        if let Err(error) = release.await {
            tracing::warn!(%error, "a renewal's lease was not given back; it runs out by itself");
        }
    }
}

impl StoredTokens {
    /// The tokens of this integration.
    pub fn new(ctx: Context, provider: Arc<dyn Provider>, organization: OrgId, integration: IntegrationId, renewal: Renewal) -> Self {
        Self { ctx, provider, organization, integration, renewal, held: tokio::sync::Mutex::new(None) }
    }

    async fn usable(&self, unless: Unless<'_>) -> Result<Option<TokenSet>> {
        let now = self.ctx.clock.now();
        Ok(read(&self.ctx, self.integration).await?.filter(|token| match unless {
            Unless::Ending => token.is_fresh(now),
            Unless::Refused(refused) => token.is_fresh(now) && refused.expose_secret() != token.access.expose_secret(),
            Unless::EndsAt(end) => token.is_fresh(now) && token.expires_at != end,
        }))
    }

    /// Renews the token that ends then, unless somebody else does it at this moment or did it before. Returns whether it was renewed here.
    ///
    /// # Errors
    /// As [`Tokens::bearer`].
    pub(super) async fn renew_due(&self, cx: &Connection, ends_at: Option<DateTime<Utc>>) -> Result<bool, Error> {
        let unless = Unless::EndsAt(ends_at);
        if self.usable(unless).await.map_err(|fault| local(&fault))?.is_some() {
            return Ok(false);
        }
        let Some(turn) = Turn::take(&self.ctx, self.integration).await.map_err(|fault| local(&fault))? else { return Ok(false) };
        let result = self.obtain(cx, unless).await;
        turn.give_back().await;
        result.map(|(_, is_new)| is_new)
    }

    /// Gets a new token, or the one somebody else got meanwhile.
    async fn renew(&self, cx: &Connection, unless: Unless<'_>) -> Result<TokenSet, Error> {
        for _ in 0..300 {
            if let Some(token) = self.usable(unless).await.map_err(|fault| local(&fault))? {
                return Ok(token);
            }
            if let Some(turn) = Turn::take(&self.ctx, self.integration).await.map_err(|fault| local(&fault))? {
                let result = self.obtain(cx, unless).await;
                turn.give_back().await;
                return result.map(|(token, _)| token);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(Error::Unavailable { message: "another process did not finish renewing the sign-in".to_owned() })
    }

    async fn obtain(&self, cx: &Connection, unless: Unless<'_>) -> Result<(TokenSet, bool), Error> {
        // Somebody may have finished between our look and our turn.
        if let Some(token) = self.usable(unless).await.map_err(|fault| local(&fault))? {
            return Ok((token, false));
        }
        let mut token = match &self.renewal {
            Renewal::Credentials => self.provider.obtain_token(cx).await?,
            Renewal::Grant(client) => {
                let old = read(&self.ctx, self.integration).await.map_err(|fault| local(&fault))?;
                let old = old.ok_or_else(|| Error::Reconnect { message: "nothing is stored for it".to_owned() })?;
                let client = client.as_ref().ok_or_else(|| super::oauth::not_configured(cx.entry))?;
                client.refresh(&old).await?.token
            }
        };
        token.expires_at = token.expires_at.or(Some(self.ctx.clock.now() + ASSUMED_LIFE));
        self.keep(&token).await.map_err(|fault| local(&fault))?;
        Ok((token, true))
    }

    /// Stores a token before anybody uses it. The old one may be worth nothing by now, so a database that is busy is asked again.
    async fn keep(&self, token: &TokenSet) -> Result<()> {
        let by_grant = matches!(self.renewal, Renewal::Grant(_));
        let mut wait = Duration::from_millis(100);
        loop {
            let stored = async {
                let mut tx = self.ctx.store.begin().await?;
                write(&self.ctx, &mut tx, self.organization, self.integration, token, by_grant).await?;
                Ok::<_, Fault>(tx.commit().await?)
            };
            match stored.await {
                Err(fault) if fault.code == crate::domain::error::ErrorCode::Unavailable && wait < Duration::from_secs(5) => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                result => return result,
            }
        }
    }
}

#[async_trait]
impl Tokens for StoredTokens {
    async fn bearer(&self, cx: &Connection, refused: Option<&SecretString>) -> Result<SecretString, Error> {
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref() {
            let is_refused = refused.is_some_and(|refused| refused.expose_secret() == token.access.expose_secret());
            if !is_refused && token.is_fresh(self.ctx.clock.now()) {
                return Ok(token.access.clone());
            }
        }
        *held = None;
        let unless = match refused {
            Some(refused) => Unless::Refused(refused),
            None => Unless::Ending,
        };
        let token = self.renew(cx, unless).await?;
        let access = token.access.clone();
        *held = Some(token);
        Ok(access)
    }
}

/// A failure on our side, while a token was fetched: worth another try, and no fault of the credentials.
fn local(fault: &Fault) -> Error {
    fault.log();
    Error::Unavailable { message: "the sign-in could not be stored here".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(life: Option<TimeDelta>, refresh: bool, ends: Option<TimeDelta>, now: DateTime<Utc>) -> TokenSet {
        TokenSet {
            access: "a".into(),
            refresh: refresh.then(|| "r".into()),
            expires_at: life.map(|life| now + life),
            scope: None,
            ends_at: ends.map(|life| now + life),
        }
    }

    #[test]
    fn tokens_are_renewed_five_minutes_early_and_spread() {
        let now: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().expect("an instant");
        let mut seen = std::collections::HashSet::new();
        for _ in 0..64 {
            let times = times(now, &token(Some(TimeDelta::hours(1)), true, None, now), true);
            let at = times.refresh_at.expect("it can be renewed");
            assert!((now + TimeDelta::minutes(54)..=now + TimeDelta::minutes(55)).contains(&at), "{at}");
            assert_eq!(times.reconnect_by, None);
            seen.insert(at);
        }
        assert!(seen.len() > 8, "a thousand connections made at once are not renewed at once");
        let short = times(now, &token(Some(TimeDelta::minutes(4)), true, None, now), true);
        assert_eq!(short.refresh_at, Some(now + TimeDelta::minutes(3)));
    }

    #[test]
    fn who_cannot_renew_has_a_day_to_reconnect_by() {
        let now: DateTime<Utc> = "2026-09-01T08:00:00Z".parse().expect("an instant");
        let sixty = TimeDelta::days(60);
        let linkedin = times(now, &token(Some(sixty), false, None, now), true);
        assert_eq!((linkedin.refresh_at, linkedin.reconnect_by), (None, Some(now + sixty)));
        let approved = times(now, &token(Some(sixty), true, Some(TimeDelta::days(365)), now), true);
        assert_eq!(approved.reconnect_by, Some(now + TimeDelta::days(365)));
        assert!(approved.refresh_at.is_some());
        let slack = times(now, &token(None, false, None, now), true);
        assert_eq!(slack, TokenTimes::default());
        let entered = times(now, &token(Some(TimeDelta::hours(1)), false, None, now), false);
        assert!(entered.refresh_at.is_some() && entered.reconnect_by.is_none());
    }
}
