//! Taking a person who comes back from the provider.
//!
//! Whatever is wrong with the way they come back, the state they bring is used up, and nothing is sent anywhere before state,
//! browser and provider are known to fit.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::state::{self, CONFIRM, CONNECT, Pending, Taken};
use super::{Binding, client, grant, not_configured_fault, start, words};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::catalogue::AuthType;
use crate::domain::error::ErrorCode;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::integrations::connect::{self, Activation, Tested};
use crate::integrations::{connection, tokens};
use crate::operations::activity;
use crate::providers::catalogue::{self, Entry};
use crate::providers::oauth::{Grant, Settled, VARIANT, hosts};
use crate::providers::{Error, OneToken, Provider};
use crate::random;
use crate::store::integration::{self, IntegrationRow};
use crate::store::{api_key, organization};

/// What a person brings back.
#[derive(Debug, Default)]
pub struct Arrival {
    /// The provider that the address names, by slug or by its vendor's family; `None` if it names none.
    pub provider: Option<String>,
    /// What the sign-in is known by.
    pub state: Option<String>,
    /// What can be exchanged for tokens.
    pub code: Option<SecretString>,
    /// The provider's error.
    pub error: Option<String>,
    /// Who the authorization server says it is (RFC 9207).
    pub iss: Option<String>,
    /// The data centre's server (Zoho).
    pub accounts_server: Option<String>,
}

/// Who brings it.
#[derive(Debug, Default)]
pub struct Asker {
    /// Who calls, if that is known.
    pub caller: Option<Caller>,
    /// What they can prove to have.
    pub binding: Option<Binding>,
    /// Whether a page can be shown to them.
    pub is_browser: bool,
    /// The request.
    pub trace: Uuid,
    /// From where.
    pub address: Option<IpAddr>,
}

/// How it went.
#[derive(Debug)]
pub enum Landing {
    /// The tool is connected.
    Connected(Box<Connected>),
    /// A program began this and a person finished it at the provider: they have to say that they want this.
    Confirm {
        /// What their answer has to carry.
        token: String,
        /// What their browser has to keep meanwhile.
        browser: String,
        /// The provider.
        entry: &'static Entry,
        /// The organization that gets access.
        organization: String,
        /// The API key that began it.
        key: String,
    },
}

/// A tool that has just been connected.
#[derive(Debug)]
pub struct Connected {
    /// The integration.
    pub row: IntegrationRow,
    /// What is granted.
    pub tested: Tested,
    /// Where the person wanted to go.
    pub return_to: Option<String>,
    /// Whether their window is one of its own.
    pub popup: bool,
}

/// Why it did not work.
#[derive(Debug)]
pub struct Failure {
    /// A word of a closed set, for addresses and programs.
    pub reason: &'static str,
    /// The sentence.
    pub fault: Fault,
    /// The provider, if it is known.
    pub entry: Option<&'static Entry>,
    /// The integration that was to be connected again.
    pub integration: Option<IntegrationId>,
    /// Where the person wanted to go.
    pub return_to: Option<String>,
    /// Whether their window is one of its own.
    pub popup: bool,
}

impl Failure {
    fn new(reason: &'static str, fault: Fault) -> Self {
        Self { reason, fault, entry: None, integration: None, return_to: None, popup: false }
    }

    fn about(mut self, entry: &'static Entry, pending: &Pending) -> Self {
        self.entry = Some(entry);
        self.integration = pending.integration;
        self.return_to.clone_from(&pending.return_to);
        self.popup = pending.popup;
        self
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::new("failed", fault)
    }
}

/// Takes a person who comes back: checks that it is them, exchanges the code, stores the tokens, switches the connection on.
///
/// # Errors
/// [`Failure`], with the sentence that is also in the log.
pub async fn finish(ctx: &Context, asker: &Asker, arrival: Arrival) -> Result<Landing, Failure> {
    let named = arrival.provider.clone();
    let result = admit(ctx, asker, arrival).await;
    if let Err(failure) = &result
        && let Some(caller) = &asker.caller
    {
        let entry = failure.entry.or_else(|| named.as_deref().and_then(catalogue::find));
        note(ctx, caller, entry, failure.integration, &failure.fault.detail).await;
    }
    result
}

async fn admit(ctx: &Context, asker: &Asker, arrival: Arrival) -> Result<Landing, Failure> {
    let unknown = || {
        Failure::new(
            "state_unknown",
            Fault::new(
                ErrorCode::Invalid,
                "This sign-in is not known here: it was finished before, or it was not started here. Start again.",
            ),
        )
    };
    let state = arrival.state.as_deref().filter(|state| !state.is_empty()).ok_or_else(unknown)?;
    let taken = state::take(ctx, CONNECT, state).await?.ok_or_else(unknown)?;
    let entry = connect::entry(&taken.provider)?;
    let Taken { organization, binding, is_over, pending, .. } = taken;
    let fail = |reason, fault| Failure::new(reason, fault).about(entry, &pending);

    // Until it is known that they began it, a stranger learns nothing of it: not even where they wanted to go.
    let is_theirs = asker.binding.as_ref().is_some_and(|own| own.text() == binding);
    let by_key = pending.key.is_some();
    let may_ask = by_key && asker.is_browser;
    if !is_theirs && !may_ask {
        let text = "This sign-in was started in another browser or by somebody else, so nothing was connected. Start it here again.";
        let mut failure = Failure::new("other_session", Fault::new(ErrorCode::Forbidden, text));
        failure.entry = asker.caller.as_ref().filter(|caller| caller.organization == organization).map(|_| entry);
        return Err(failure);
    }
    if is_over {
        let text = format!("The sign-in at {} took more than ten minutes. Nothing was connected. Start again.", entry.name);
        return Err(fail("state_expired", Fault::new(ErrorCode::Invalid, text)));
    }
    let mixed_up = || {
        let text = format!("The answer did not come from {}, where this sign-in was started. Nothing was sent. Start again.", entry.name);
        fail("provider_mismatch", Fault::new(ErrorCode::Invalid, text))
    };
    if arrival.provider.as_deref().is_some_and(|named| !is_of(entry, named)) {
        return Err(mixed_up());
    }
    let client = client(ctx, entry, &pending.variant).ok_or_else(|| fail("not_configured", not_configured_fault(entry)))?;
    if arrival.iss.is_some() && arrival.iss != client.issuer() {
        return Err(mixed_up());
    }
    if let Some(code) = arrival.error.as_deref().filter(|code| !code.is_empty()) {
        let (reason, fault) = words::refusal(entry, code);
        return Err(fail(reason, fault));
    }
    let Some(code) = arrival.code else {
        let text = format!("{} sent no code, so nothing was connected. Start again.", entry.name);
        return Err(fail("code_missing", Fault::new(ErrorCode::Invalid, text)));
    };
    let mut pending = pending;
    if let Some(server) = arrival.accounts_server.as_deref() {
        match hosts::data_centre(entry, server) {
            Ok(variant) => variant.clone_into(&mut pending.variant),
            // The simulators stand at one address for every data centre.
            Err(_) if ctx.config.endpoints.sandbox().is_some_and(|sandbox| server.starts_with(sandbox.as_str())) => {}
            Err(error) => {
                let fault = Fault::new(ErrorCode::Invalid, error.sentence(entry.name));
                return Err(Failure::new("provider_mismatch", fault).about(entry, &pending));
            }
        }
    }
    if by_key && !is_theirs {
        return ask(ctx, organization, entry, pending, code).await;
    }
    let caller = asker.caller.clone().filter(|caller| caller.organization == organization).ok_or_else(unknown)?;
    complete(ctx, &caller, entry, pending, &code).await
}

/// Has the person say that they want to give this organization access: they may have been sent by a stranger.
async fn ask(
    ctx: &Context,
    organization: OrgId,
    entry: &'static Entry,
    mut pending: Pending,
    code: SecretString,
) -> Result<Landing, Failure> {
    let Some(key) = pending.key else { return Err(Fault::not_found("sign-in").into()) };
    let known = api_key::find_key(&ctx.store, organization, key).await.map_err(Fault::from)?;
    let name = known.map(|row| row.name).unwrap_or_default();
    let place = organization::find_organization(&ctx.store, organization).await.map_err(Fault::from)?;
    pending.code = Some(secrecy::ExposeSecret::expose_secret(&code).to_owned());
    let browser = random::token();
    let token = state::keep(ctx, organization, CONFIRM, entry.slug, &Binding::Browser(browser.clone()), None, &pending).await?;
    Ok(Landing::Confirm { token, browser, entry, organization: place.map(|row| row.name).unwrap_or_default(), key: name })
}

/// Takes the word of a person who was asked.
///
/// # Errors
/// [`Failure`].
pub async fn confirm(ctx: &Context, asker: &Asker, token: &str) -> Result<Landing, Failure> {
    let unknown = || {
        Failure::new(
            "state_unknown",
            Fault::new(ErrorCode::Invalid, "This question was answered before, or too much time has passed. Start again."),
        )
    };
    let taken = state::take(ctx, CONFIRM, token).await?.ok_or_else(unknown)?;
    let is_theirs = asker.binding.as_ref().is_some_and(|own| own.text() == taken.binding);
    if !is_theirs || taken.is_over {
        return Err(unknown());
    }
    let entry = connect::entry(&taken.provider)?;
    let mut pending = taken.pending;
    let (Some(key), Some(code)) = (pending.key, pending.code.take()) else { return Err(unknown()) };
    let now = ctx.clock.now();
    let row = api_key::find_key(&ctx.store, taken.organization, key).await.map_err(Fault::from)?;
    let Some(row) = row.filter(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|end| end > now)) else {
        let text = "The API key that began this sign-in does not count any more. Nothing was connected.";
        return Err(Failure::new("other_session", Fault::new(ErrorCode::Forbidden, text)).about(entry, &pending));
    };
    // Its rights were looked at when it began this.
    let actor = Actor::ApiKey { id: key, name: row.name, scopes: Some(vec![Scope::IntegrationsWrite]) };
    let caller = Caller { actor, organization: taken.organization, trace: asker.trace, address: asker.address };
    let result = complete(ctx, &caller, entry, pending, &code.into()).await;
    if let Err(failure) = &result {
        note(ctx, &caller, failure.entry, failure.integration, &failure.fault.detail).await;
    }
    result
}

/// Whether a name in an address means this provider: its slug, another spelling of it, or its vendor's family.
fn is_of(entry: &'static Entry, named: &str) -> bool {
    let is_family = entry.oauth.is_some_and(|facts| facts.family == named);
    is_family || catalogue::find(named).is_some_and(|found| found.slug == entry.slug)
}

async fn complete(
    ctx: &Context,
    caller: &Caller,
    entry: &'static Entry,
    pending: Pending,
    code: &SecretString,
) -> Result<Landing, Failure> {
    match connect_with(ctx, caller, entry, &pending, code).await {
        Ok((row, tested)) => {
            Ok(Landing::Connected(Box::new(Connected { row, tested, return_to: pending.return_to, popup: pending.popup })))
        }
        Err((reason, fault)) => Err(Failure::new(reason, fault).about(entry, &pending)),
    }
}

type Refused = (&'static str, Fault);

async fn connect_with(
    ctx: &Context,
    caller: &Caller,
    entry: &'static Entry,
    pending: &Pending,
    code: &SecretString,
) -> Result<(IntegrationRow, Tested), Refused> {
    let ours = |fault: Fault| ("failed", fault);
    let theirs = |error: Error| ("provider_refused", fault(entry, &error));
    caller.require(Scope::IntegrationsWrite).map_err(ours)?;
    let provider = connection::provider(ctx, entry.slug).map_err(ours)?;
    let client = client(ctx, entry, &pending.variant).ok_or_else(|| ("not_configured", not_configured_fault(entry)))?;
    let existing = connect::existing(ctx, caller, entry, pending.integration).await.map_err(ours)?;

    let started = Instant::now();
    let verifier = pending.verifier.clone().map(SecretString::from);
    let given = client.exchange(code, verifier.as_ref(), &pending.redirect_uri).await.map_err(theirs)?;
    let fresh_id = ctx.clock.new();
    let id = existing.as_ref().map_or(fresh_id, |row| row.id);
    let settled = settle(ctx, &provider, id, existing.as_ref(), pending, &given).await.map_err(theirs)?;
    let duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);

    // Another account is another connection: this one's records and history belong to whom they came from.
    let is_other =
        existing.as_ref().is_some_and(|row| row.account.is_some() && settled.account.is_some() && row.account != settled.account);
    let existing = match existing {
        Some(row) if is_other && pending.integration.is_some() => {
            let (before, now) = (row.account.unwrap_or_default(), settled.account.unwrap_or_default());
            let text = format!(
                "This connection belongs to {before}, but you signed in as {now}. Nothing was changed. Choose Continue again and sign in as {before}, or connect {now} as a connection of its own."
            );
            return Err(("other_account", Fault::new(ErrorCode::Conflict, text)));
        }
        Some(_) if is_other => None,
        other => other,
    };
    let id = existing.as_ref().map_or(fresh_id, |row| row.id);
    store(ctx, caller, &provider, Given { id, existing, pending, given, settled, duration_ms }).await.map_err(ours)
}

async fn settle(
    ctx: &Context,
    provider: &Arc<dyn Provider>,
    id: IntegrationId,
    existing: Option<&IntegrationRow>,
    pending: &Pending,
    given: &Grant,
) -> Result<Settled, Error> {
    let entry = provider.entry();
    let oauth = provider.as_oauth().ok_or_else(|| Error::Invalid { field: None, message: "Nobody signs in there.".to_owned() })?;
    let config = existing.map_or(Value::Null, |row| row.config.0.clone());
    let place = [(VARIANT.to_owned(), pending.variant.clone().into())].into();
    let cx = connection::build(ctx, entry, id, place, config).map_err(|fault| Error::Invalid { field: None, message: fault.detail })?;
    let mut settled = oauth.settle(&cx.with_tokens(Arc::new(OneToken(given.token.access.clone()))), given).await?;
    if !pending.variant.is_empty() {
        settled.keep.entry(VARIANT.to_owned()).or_insert_with(|| pending.variant.clone().into());
    }
    Ok(settled)
}

struct Given<'a> {
    id: IntegrationId,
    existing: Option<IntegrationRow>,
    pending: &'a Pending,
    given: Grant,
    settled: Settled,
    duration_ms: i64,
}

/// Stores tokens and what calls need beside them, and switches the connection on, in one transaction.
async fn store(ctx: &Context, caller: &Caller, provider: &Arc<dyn Provider>, all: Given<'_>) -> Result<(IntegrationRow, Tested)> {
    let Given { id, existing, pending, given, settled, duration_ms } = all;
    let entry = provider.entry();
    let mut token = given.token;
    let (granted, missing) = grant::compare(&pending.scopes, given.scopes, &token);
    token.scope.get_or_insert_with(|| granted.join(" "));
    let mut config = existing.as_ref().map_or_else(|| Value::Object(serde_json::Map::new()), |row| row.config.0.clone());
    if let Some(config) = config.as_object_mut() {
        config.insert("features".to_owned(), Value::from(pending.features.clone()));
    }
    // A renewal with the old consent that is under way must not write over the new one.
    let turn = tokens::Turn::wait(ctx, id).await?;
    let stored = async {
        let mut tx = ctx.store.begin().await?;
        if existing.is_none() {
            let name = pending.name.clone().unwrap_or_else(|| entry.name.to_owned());
            integration::insert_integration(&mut tx, &connect::fresh(ctx, caller, id, entry, name, config.clone())).await?;
        }
        integration::update_auth(&mut tx, id, AuthType::Oauth2.as_str(), &config).await?;
        connection::write(ctx, &mut tx, caller.organization, id, &settled.keep).await?;
        tokens::write(ctx, &mut tx, caller.organization, id, &token, true).await?;
        let is_new = existing.is_none();
        let account = settled.account.as_deref();
        let activation = Activation { entry, id, is_new, account, granted: granted.clone(), missing, duration_ms };
        connect::activate(ctx, &mut tx, caller, provider, activation).await?;
        Ok::<_, Fault>(tx.commit().await?)
    };
    let stored = stored.await;
    turn.give_back().await;
    stored?;
    ctx.queue.wake();
    let row = integration::find_integration(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("integration"))?;
    let features = start::chosen(&row).unwrap_or_default();
    Ok((row, Tested { account: settled.account, permissions: grant::permissions(entry, &features, &granted) }))
}

fn fault(entry: &Entry, error: &Error) -> Fault {
    let code = match error {
        Error::Misconfigured { .. } => ErrorCode::ProviderNotConfigured,
        error if error.is_retryable() => ErrorCode::ProviderUnavailable,
        _ => ErrorCode::ProviderRejected,
    };
    let mut fault = Fault::new(code, error.sentence(entry.name));
    fault.retry_after = error.retry_after();
    fault
}

/// Writes down that a sign-in failed. The connect page shows the sentence to whom it belongs.
async fn note(ctx: &Context, caller: &Caller, entry: Option<&'static Entry>, integration: Option<IntegrationId>, sentence: &str) {
    let noted = async {
        let mut tx = ctx.store.begin().await?;
        let mut line = activity::Entry::new("integration.connect", sentence).failed();
        line.integration_id = integration;
        line.provider = entry.map(|entry| entry.slug.to_owned());
        activity::record(&mut tx, &ctx.clock, caller, line).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "a failed sign-in could not be written down");
    }
}
