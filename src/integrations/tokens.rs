//! Access tokens of stored integrations: one refresh at a time over all processes, stored before it is used.

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
use crate::providers::{Connection, Error, Provider, TokenSet, Tokens};
use crate::store::{credential, integration, lease};

/// How long a refresh may take before another process may try.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Without a stated lifetime a token is taken to live this long.
const ASSUMED_LIFE: TimeDelta = TimeDelta::minutes(45);

/// Tokens of one stored integration.
pub struct StoredTokens {
    ctx: Context,
    provider: Arc<dyn Provider>,
    organization: OrgId,
    integration: IntegrationId,
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
}

impl StoredTokens {
    /// The tokens of this integration.
    pub fn new(ctx: Context, provider: Arc<dyn Provider>, organization: OrgId, integration: IntegrationId) -> Self {
        Self { ctx, provider, organization, integration, held: tokio::sync::Mutex::new(None) }
    }

    async fn read(&self) -> Result<Option<TokenSet>> {
        let Some(row) = credential::find_credential(&self.ctx.store, self.integration, TOKENS).await? else { return Ok(None) };
        let plain = self.ctx.open(&row.sealed, &identity(row.id)).await?;
        let stored: Stored = serde_json::from_slice(plain.expose_secret()).map_err(Fault::internal)?;
        Ok(Some(TokenSet {
            access: stored.access.into(),
            refresh: stored.refresh.map(Into::into),
            expires_at: stored.expires_at,
            scope: stored.scope,
        }))
    }

    async fn write(&self, token: &TokenSet) -> Result<()> {
        let stored = Stored {
            access: token.access.expose_secret().to_owned(),
            refresh: token.refresh.as_ref().map(|refresh| refresh.expose_secret().to_owned()),
            expires_at: token.expires_at,
            scope: token.scope.clone(),
        };
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&stored).map_err(Fault::internal)?);
        let mut tx = self.ctx.store.begin().await?;
        store(&self.ctx, &mut tx, self.organization, self.integration, TOKENS, &plain, token.expires_at).await?;
        integration::update_token_expiry(&mut tx, self.integration, token.expires_at).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn usable(&self, refused: Option<&SecretString>) -> Result<Option<TokenSet>> {
        let is_refused = |token: &TokenSet| refused.is_some_and(|refused| refused.expose_secret() == token.access.expose_secret());
        Ok(self.read().await?.filter(|token| token.is_fresh(self.ctx.clock.now()) && !is_refused(token)))
    }

    /// Gets a new token, or the one somebody else got meanwhile.
    async fn renew(&self, cx: &Connection, refused: Option<&SecretString>) -> Result<TokenSet, Error> {
        let lease_name = format!("token:{}", self.integration);
        let owner = self.ctx.clock.new_id().to_string();
        for _ in 0..300 {
            if let Some(token) = self.usable(refused).await.map_err(|fault| local(&fault))? {
                return Ok(token);
            }
            let now = self.ctx.clock.now();
            let taken = async {
                let mut tx = self.ctx.store.begin().await?;
                let taken = lease::acquire_lease(&mut tx, &lease_name, &owner, now, now + LEASE).await?;
                tx.commit().await.map(|()| taken)
            };
            if taken.await.map_err(|error| local(&error.into()))? {
                let result = self.obtain(cx, refused).await;
                let release = async {
                    let mut tx = self.ctx.store.begin().await?;
                    lease::release_lease(&mut tx, &lease_name, &owner).await?;
                    tx.commit().await
                };
                if let Err(error) = release.await {
                    tracing::warn!(%error, "a refresh lease was not given back; it runs out by itself");
                }
                return result;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Err(Error::Unavailable { message: "another process did not finish renewing the sign-in".to_owned() })
    }

    async fn obtain(&self, cx: &Connection, refused: Option<&SecretString>) -> Result<TokenSet, Error> {
        // Somebody may have finished between our look and our lease.
        if let Some(token) = self.usable(refused).await.map_err(|fault| local(&fault))? {
            return Ok(token);
        }
        let mut token = self.provider.obtain_token(cx).await?;
        token.expires_at = token.expires_at.or(Some(self.ctx.clock.now() + ASSUMED_LIFE));
        self.write(&token).await.map_err(|fault| local(&fault))?;
        Ok(token)
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
        let token = self.renew(cx, refused).await?;
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
