//! What belongs to a sign-in under way, sealed beside the hash of its state.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Binding, hash};
use crate::context::Context;
use crate::domain::id::{ApiKeyId, IntegrationId, OrgId};
use crate::fault::{Fault, Result};
use crate::random;
use crate::store::oauth_state::{self, OauthStateRow};

/// How long a person may take at the provider.
pub(super) const LIFE: TimeDelta = TimeDelta::minutes(10);
/// A person was sent to the provider.
pub(super) const CONNECT: &str = "connect";
/// A person came back and has to say that they want this.
pub(super) const CONFIRM: &str = "confirm";

/// What is remembered. Of the secrets, the verifier and (while a person is asked) the code.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub verifier: Option<String>,
    pub redirect_uri: Url,
    pub return_to: Option<String>,
    pub popup: bool,
    pub features: Vec<String>,
    pub scopes: Vec<String>,
    pub integration: Option<IntegrationId>,
    pub name: Option<String>,
    pub variant: String,
    /// The API key that began it.
    pub key: Option<ApiKeyId>,
    pub code: Option<String>,
}

/// A sign-in that was taken out.
pub(super) struct Taken {
    pub organization: OrgId,
    pub provider: String,
    pub binding: String,
    pub is_over: bool,
    pub pending: Pending,
}

/// Stores a sign-in and gives the secret that stands for it.
pub(super) async fn keep(
    ctx: &Context,
    organization: OrgId,
    purpose: &str,
    provider: &str,
    binding: &Binding,
    state: Option<String>,
    pending: &Pending,
) -> Result<String> {
    let state = state.unwrap_or_else(random::token);
    let state_hash = hash(&state);
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(pending).map_err(Fault::internal)?);
    let now = ctx.clock.now();
    let row = OauthStateRow {
        sealed: ctx.seal(&plain, &identity(&state_hash))?.bytes,
        state_hash,
        organization_id: Some(organization),
        purpose: purpose.to_owned(),
        provider: provider.to_owned(),
        binding: binding.text(),
        created_at: now,
        expires_at: now + LIFE,
    };
    let mut tx = ctx.store.begin().await?;
    oauth_state::insert_oauth_state(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(state)
}

/// Takes a sign-in out: from here on it is used up, whatever becomes of it.
pub(super) async fn take(ctx: &Context, purpose: &str, state: &str) -> Result<Option<Taken>> {
    let mut tx = ctx.store.begin().await?;
    let row = oauth_state::take_oauth_state(&mut tx, &hash(state), purpose).await?;
    tx.commit().await?;
    let Some(row) = row else { return Ok(None) };
    let Some(organization) = row.organization_id else { return Ok(None) };
    let plain = ctx.open(&row.sealed, &identity(&row.state_hash)).await?;
    let pending = serde_json::from_slice(plain.expose_secret()).map_err(Fault::internal)?;
    let is_over = row.expires_at <= ctx.clock.now();
    Ok(Some(Taken { organization, provider: row.provider, binding: row.binding, is_over, pending }))
}

fn identity(state_hash: &[u8]) -> String {
    format!("oauth_states/{}", hex::encode(state_hash))
}
