//! The authorization-code flow as vendors do it: the address a person is sent to, the exchange of the code, renewing, taking back.
//!
//! Nothing is stored here and nobody is asked anything: `integrations::oauth` does that.

mod answer;
pub mod hosts;
mod refusal;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use oauth2::basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken,
    TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use url::Url;

use super::catalogue::{Entry, OauthClient, Revoke, TokenAuth};
use super::{Connection, Credentials, Error, Http, TokenSet};
use crate::clock::Clock;
use answer::Answer;
use refusal::Step;

/// The name, among a connection's credentials, of what picks its data centre's endpoints.
pub const VARIANT: &str = "data_centre";

/// A provider that people sign in to.
#[async_trait]
pub trait Oauth: Send + Sync {
    /// Who consented, and what has to be kept beside the tokens to make calls. The connection already has the token.
    ///
    /// # Errors
    /// Whatever keeps the provider from saying so.
    async fn settle(&self, cx: &Connection, grant: &Grant) -> Result<Settled, Error>;
}

impl<'c> AsyncHttpClient<'c> for Client {
    type Error = Error;
    type Future = BoxFuture<'c, Result<HttpResponse, Error>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// What is known once somebody consented.
#[derive(Debug, Default)]
pub struct Settled {
    /// Who we are over there, for people.
    pub account: Option<String>,
    /// What calls need besides the token; sealed with it.
    pub keep: Credentials,
}

/// What a token endpoint gave.
pub struct Grant {
    /// The tokens.
    pub token: TokenSet,
    /// The granted scopes; `None` when the answer names none.
    pub scopes: Option<Vec<String>>,
    /// Whatever else the answer holds. May hold secrets.
    pub rest: Map<String, Value>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}

/// Where to send a person.
#[derive(Debug)]
pub struct Authorization {
    /// The address.
    pub url: Url,
    /// What proves later that the code was asked for by us (PKCE), where the vendor takes it.
    pub verifier: Option<SecretString>,
}

/// The client this installation registered with a vendor, for one of its providers.
#[derive(Debug, Clone)]
pub struct Client {
    entry: &'static Entry,
    facts: &'static OauthClient,
    id: String,
    secret: SecretString,
    endpoints: BTreeMap<String, Url>,
    variant: String,
    http: Http,
    clock: Clock,
}

type Ready = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl Client {
    /// The client of this provider's vendor. `variant` picks the endpoints of one data centre; it is empty for the main one.
    pub fn new(
        entry: &'static Entry,
        facts: &'static OauthClient,
        (id, secret): (String, SecretString),
        endpoints: BTreeMap<String, Url>,
        variant: &str,
        http: Http,
        clock: Clock,
    ) -> Self {
        Self { entry, facts, id, secret, endpoints, variant: variant.to_owned(), http, clock }
    }

    /// The same client at another of the vendor's data centres.
    #[must_use]
    pub fn at(mut self, variant: &str) -> Self {
        variant.clone_into(&mut self.variant);
        self
    }

    /// The vendor's facts.
    pub const fn facts(&self) -> &'static OauthClient {
        self.facts
    }

    /// The name the authorization server should have in `iss`.
    pub fn issuer(&self) -> Option<String> {
        let own = || self.address("authorize").ok().map(|url| url.origin().ascii_serialization());
        self.facts.issuer.map(str::to_owned).or_else(own)
    }

    /// The address of a part of the flow: its own endpoint, or a path below the data centre's accounts server.
    fn address(&self, name: &str) -> Result<Url, Error> {
        if let Some(url) = self.endpoints.get(&format!("{name}{}", self.variant)).or_else(|| self.endpoints.get(name)) {
            return Ok(url.clone());
        }
        let path = match name {
            "authorize" => "/oauth/v2/auth",
            "revoke" => "/oauth/v2/token/revoke",
            _ => "/oauth/v2/token",
        };
        let mut url = self
            .endpoints
            .get(&format!("accounts{}", self.variant))
            .cloned()
            .ok_or_else(|| Error::Misconfigured { message: format!("The address {name} of {} is missing.", self.entry.name) })?;
        url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
        Ok(url)
    }

    /// The address a person is sent to, and the origin a form may lead to.
    ///
    /// # Errors
    /// `Misconfigured` when the catalogue has no such address.
    pub fn authorize_origin(&self) -> Result<String, Error> {
        Ok(self.address("authorize")?.origin().ascii_serialization())
    }

    fn ready(&self) -> Result<Ready, Error> {
        let client = oauth2::Client::new(ClientId::new(self.id.clone()))
            .set_client_secret(ClientSecret::new(self.secret.expose_secret().to_owned()))
            .set_auth_type(match self.facts.token_auth {
                TokenAuth::Body => AuthType::RequestBody,
                TokenAuth::Basic => AuthType::BasicAuth,
            })
            .set_auth_uri(AuthUrl::from_url(self.address("authorize")?))
            .set_token_uri(TokenUrl::from_url(self.address("token")?));
        Ok(client)
    }

    /// Where to send a person for these scopes. `again` asks them for consent even if they gave it once.
    ///
    /// # Errors
    /// `Misconfigured` when an address is missing.
    pub fn authorize(&self, redirect: &Url, state: &str, scopes: &[&str], again: bool) -> Result<Authorization, Error> {
        let client = self.ready()?.set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let mut request = client.authorize_url(|| CsrfToken::new(state.to_owned()));
        if !scopes.is_empty() {
            request = request.add_scope(Scope::new(scopes.join(self.facts.scope_separator)));
        }
        for (name, value) in self.facts.authorize_params {
            // Whoever unticked a permission gets to see the list again.
            let value = if *name == "prompt" && again { "consent" } else { value };
            request = request.add_extra_param(*name, value);
        }
        if !self.facts.pkce {
            return Ok(Authorization { url: request.url().0, verifier: None });
        }
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let url = request.set_pkce_challenge(challenge).url().0;
        Ok(Authorization { url, verifier: Some(SecretString::from(verifier.into_secret())) })
    }

    /// Exchanges the code of a redirect for tokens.
    ///
    /// # Errors
    /// `Invalid` when the code does not count (any more); `Misconfigured`; `Unavailable`, `RateLimited`, `Protocol`.
    pub async fn exchange(&self, code: &SecretString, verifier: Option<&SecretString>, redirect: &Url) -> Result<Grant, Error> {
        let client = self.ready()?.set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
        let mut request = client.exchange_code(AuthorizationCode::new(code.expose_secret().to_owned()));
        if let Some(verifier) = verifier {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose_secret().to_owned()));
        }
        let answer = request.request_async(self).await.map_err(|error| self.failed(error, Step::Exchange))?;
        Ok(self.grant(answer, None))
    }

    /// Gets a new access token. The refresh token of the answer, where there is one, takes the old one's place.
    ///
    /// # Errors
    /// `Reconnect` when the consent has ended; `Misconfigured`; `Unavailable`, `RateLimited`, `Protocol`.
    pub async fn refresh(&self, token: &TokenSet) -> Result<Grant, Error> {
        let Some(refresh) = &token.refresh else {
            return Err(Error::Reconnect { message: "it has run out and cannot be renewed".to_owned() });
        };
        let client = self.ready()?;
        let refresh_token = RefreshToken::new(refresh.expose_secret().to_owned());
        let request = client.exchange_refresh_token(&refresh_token);
        let answer = request.request_async(self).await.map_err(|error| self.failed(error, Step::Refresh))?;
        Ok(self.grant(answer, Some(token)))
    }

    /// Takes the tokens back at the vendor. Returns whether the vendor has a call for it.
    ///
    /// # Errors
    /// Whatever kept it from being done; the tokens are to be forgotten all the same.
    pub async fn revoke(&self, token: &TokenSet) -> Result<bool, Error> {
        let post = |url: &Url| oauth2::http::Request::post(url.as_str()).header("accept", "application/json");
        let form = "application/x-www-form-urlencoded";
        // The longer-lived of the two takes the other one with it.
        let secret = token.refresh.as_ref().unwrap_or(&token.access).expose_secret();
        let pair = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", secret).finish();
        let mut url = match self.facts.revoke {
            Revoke::None => return Ok(false),
            _ => self.address("revoke")?,
        };
        let request = match self.facts.revoke {
            Revoke::Bearer => post(&url)
                .header("authorization", format!("Bearer {}", token.access.expose_secret()))
                .header("content-type", form)
                .body(Vec::new()),
            Revoke::Query => {
                url.set_query(Some(&pair));
                post(&url).header("content-type", form).body(Vec::new())
            }
            Revoke::Form | Revoke::None => post(&url).header("content-type", form).body(pair.into_bytes()),
        };
        let request = request.map_err(|_| Error::Protocol { message: "the token cannot be sent".to_owned() })?;
        let answer = self.send(request).await?;
        let said = serde_json::from_slice::<Value>(answer.body()).unwrap_or_default();
        let refused = said.get("error").and_then(Value::as_str);
        match refused {
            // Gone already is as good.
            Some("invalid_token" | "token_revoked" | "invalid_auth" | "invalid_code" | "account_inactive") => Ok(true),
            None if answer.status().is_success() => Ok(true),
            other => Err(Error::Protocol { message: refusal::word(other.unwrap_or("no reason")) }),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        self.http.exchange(self.entry.slug, request, self.clock.now()).await.map(answer::with_honest_status)
    }

    fn failed(&self, error: RequestTokenError<Error, BasicErrorResponse>, step: Step) -> Error {
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(refusal) => refusal::error(self.facts, self.entry.name, refusal.error().as_ref(), step),
            RequestTokenError::Parse(error, _) => Error::Protocol { message: format!("the token's answer has no usable {}", error.path()) },
            RequestTokenError::Other(_) => Error::Protocol { message: "the token's answer is empty".to_owned() },
        }
    }

    fn grant(&self, answer: Answer, before: Option<&TokenSet>) -> Grant {
        let after = |seconds: Option<u64>| self.later(seconds);
        let refresh = answer.refresh_token().map(|token| SecretString::from(token.secret().clone()));
        let access = SecretString::from(answer.access_token().secret().clone());
        let expires_at = after(answer.expires_in().map(|life| life.as_secs()));
        // Where the end is not repeated it has not moved (LinkedIn counts from the consent), unless the token is a new one.
        let kept = before.filter(|_| refresh.is_none() || !matches!(self.facts.refresh, super::catalogue::Refresh::Rotates));
        let ends_at = after(answer.refresh_token_expires_in).or_else(|| kept.and_then(|before| before.ends_at));
        let scopes = answer.scopes();
        let token = TokenSet {
            access,
            refresh: refresh.or_else(|| before.and_then(|before| before.refresh.clone())),
            expires_at,
            scope: scopes.as_ref().map(|scopes| scopes.join(" ")).or_else(|| before.and_then(|before| before.scope.clone())),
            ends_at,
        };
        Grant { token, scopes, rest: answer.rest }
    }

    fn later(&self, seconds: Option<u64>) -> Option<DateTime<Utc>> {
        self.clock.now().checked_add_signed(TimeDelta::try_seconds(i64::try_from(seconds?).ok()?)?)
    }
}
