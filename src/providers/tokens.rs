//! Access tokens: how a connection gets one, and the in-memory holder that fetches it once for everybody who waits.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::{Connection, Error, Provider};

/// A token is renewed this long before it ends, so that none dies on its way.
const EARLY: TimeDelta = TimeDelta::minutes(5);

/// What a token endpoint gave.
#[derive(Debug, Clone)]
pub struct TokenSet {
    /// The bearer token.
    pub access: SecretString,
    /// The token to renew it with, where the provider gives one.
    pub refresh: Option<SecretString>,
    /// When the access token ends; `None` when the provider does not say.
    pub expires_at: Option<DateTime<Utc>>,
    /// The granted scopes as the provider wrote them.
    pub scope: Option<String>,
    /// When renewing ends and a person has to consent again; `None` when the provider does not say.
    pub ends_at: Option<DateTime<Utc>>,
}

impl TokenSet {
    /// Whether the token can still be used for a call that starts now.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end - EARLY > now)
    }
}

/// Where a connection's bearer token comes from.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The token for the next call. `refused` is the one that a 401 has just answered: it must not be given again.
    ///
    /// # Errors
    /// `Unauthorized` when the credentials are refused; otherwise whatever kept the token endpoint from answering.
    async fn bearer(&self, cx: &Connection, refused: Option<&SecretString>) -> Result<SecretString, Error>;
}

/// For providers whose calls carry no bearer token.
#[derive(Debug, Clone, Copy)]
pub struct NoTokens;

#[async_trait]
impl Tokens for NoTokens {
    async fn bearer(&self, _: &Connection, _: Option<&SecretString>) -> Result<SecretString, Error> {
        Err(Error::Unauthorized { message: "this connection has no token".to_owned() })
    }
}

/// One token that is at hand, for the calls right after somebody consented.
pub struct OneToken(pub SecretString);

#[async_trait]
impl Tokens for OneToken {
    async fn bearer(&self, _: &Connection, refused: Option<&SecretString>) -> Result<SecretString, Error> {
        match refused {
            None => Ok(self.0.clone()),
            Some(_) => Err(Error::Unauthorized { message: "the new token is refused".to_owned() }),
        }
    }
}

/// Tokens from the connection's own client id and secret, kept in memory. Any number of calls at once fetch one token.
pub struct ClientCredentials {
    provider: Arc<dyn Provider>,
    held: Mutex<Option<TokenSet>>,
}

impl ClientCredentials {
    /// An empty holder; the first call fetches a token.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self { provider, held: Mutex::new(None) }
    }
}

#[async_trait]
impl Tokens for ClientCredentials {
    async fn bearer(&self, cx: &Connection, refused: Option<&SecretString>) -> Result<SecretString, Error> {
        // The lock is held over the request on purpose: whoever comes second waits for the first one's token.
        let mut held = self.held.lock().await;
        if let Some(token) = held.as_ref() {
            let is_refused = refused.is_some_and(|refused| refused.expose_secret() == token.access.expose_secret());
            if !is_refused && token.is_fresh(cx.clock.now()) {
                return Ok(token.access.clone());
            }
        }
        *held = None;
        let token = self.provider.obtain_token(cx).await?;
        let access = token.access.clone();
        *held = Some(token);
        Ok(access)
    }
}
