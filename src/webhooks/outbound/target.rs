//! A subscription as it is used for sending: read from its row, the sealed parts opened.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;
use zeroize::Zeroizing;

use super::ed25519::SigningKey;
use super::schedule::Schedule;
use super::sign::{self, Message, Secret, Signer};
use crate::context::Context;
use crate::domain::id::{OrgId, WebhookId};
use crate::fault::Fault;
use crate::store::webhook::WebhookRow;
use crate::vault;

/// What stands in a log or an answer for a value that is confidential.
pub const MASK: &str = "********";

/// What `sealed_secret` holds.
#[derive(Serialize, Deserialize)]
pub struct Sealable {
    /// The secret's text.
    pub secret: String,
    /// The values of the confidential headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The private Ed25519 key, where messages are signed with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_key: Option<String>,
}

impl fmt::Debug for Sealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealable([REDACTED])")
    }
}

impl Drop for Sealable {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        self.secret.zeroize();
        self.headers.values_mut().for_each(zeroize::Zeroize::zeroize);
        self.signing_key.zeroize();
    }
}

impl Sealable {
    /// Seals it for a subscription.
    ///
    /// # Errors
    /// The vault's.
    pub fn seal(&self, ctx: &Context, id: WebhookId) -> Result<vault::Sealed, vault::Error> {
        let plain = Zeroizing::new(serde_json::to_vec(self).expect("texts and a map of text"));
        ctx.seal(&plain, &identity(id))
    }

    /// Opens what a subscription's row holds.
    ///
    /// # Errors
    /// The vault's; the store's while it looks for a key that another process made.
    pub async fn open(ctx: &Context, id: WebhookId, sealed: &[u8]) -> Result<Self, Fault> {
        let plain = ctx.open(sealed, &identity(id)).await?;
        Ok(serde_json::from_slice(plain.expose_secret()).map_err(|_| vault::Error::Unreadable)?)
    }
}

/// What the seals of a subscription are bound to.
fn identity(id: WebhookId) -> String {
    format!("webhooks/{id}/secret")
}

/// A stored value that breaks a rule, so that nothing can be sent.
fn stored(what: &str) -> Fault {
    Fault::internal(format!("the stored {what} is not valid"))
}

fn signer(sealed: &Sealable) -> Result<Signer, Fault> {
    let secret = Secret::parse(&sealed.secret).map_err(|_| stored("secret"))?;
    let key = sealed.signing_key.as_deref().map(|text| SigningKey::parse(text).ok_or_else(|| stored("signing key"))).transpose()?;
    Ok(Signer { secret, key })
}

/// A subscription, ready to send.
#[derive(Debug)]
pub struct Target {
    /// Its id.
    pub id: WebhookId,
    /// Whose.
    pub organization: OrgId,
    /// The version of the row it was read from.
    pub version: DateTime<Utc>,
    /// Where to.
    pub url: Url,
    /// When tries are repeated.
    pub schedule: Schedule,
    /// How long one may take.
    pub timeout: Duration,
    /// How many run at once.
    pub max_in_flight: usize,
    /// How many messages leave in a second at most.
    pub rate: Option<u32>,
    /// After how long without any success it is switched off.
    pub disable_after: Option<TimeDelta>,
    /// Whether order is kept.
    pub ordered: bool,
    signer: Signer,
    old_signer: Option<(Signer, DateTime<Utc>)>,
    headers: Vec<(String, String, bool)>,
}

impl Target {
    /// Reads a row.
    ///
    /// # Errors
    /// The vault's, or an internal one: nothing can be sent to this subscription.
    pub async fn open(ctx: &Context, row: &WebhookRow) -> Result<Self, Fault> {
        let sealed = Sealable::open(ctx, row.id, &row.sealed_secret).await?;
        let current = signer(&sealed)?;
        let old_signer = match (&row.sealed_old_secret, row.old_secret_until) {
            (Some(old), Some(until)) => {
                let old = Sealable::open(ctx, row.id, old).await?;
                Some((signer(&old)?, until))
            }
            _ => None,
        };
        let headers = row
            .headers
            .iter()
            .filter_map(|(name, value)| match value {
                Some(value) => Some((name.clone(), value.clone(), false)),
                None => sealed.headers.get(name).map(|value| (name.clone(), value.clone(), true)),
            })
            .collect();
        let retries = u32::try_from(row.retry_attempts).map_err(|_| stored("number of retries"))?;
        Ok(Self {
            id: row.id,
            organization: row.organization_id,
            version: row.updated_at,
            url: Url::parse(&row.url).map_err(|_| stored("URL"))?,
            schedule: Schedule::new(retries, row.retry_schedule.as_ref().map(|waits| waits.0.clone()))
                .map_err(|_| stored("retry schedule"))?,
            timeout: Duration::from_millis(u64::try_from(row.timeout_ms).map_err(|_| stored("time-out"))?),
            max_in_flight: usize::try_from(row.max_in_flight).unwrap_or(1).max(1),
            rate: row.rate_per_second.and_then(|rate| u32::try_from(rate).ok()),
            disable_after: (row.disable_after_days > 0).then(|| TimeDelta::days(row.disable_after_days)),
            ordered: row.ordered,
            signer: current,
            old_signer,
            headers,
        })
    }

    /// Every header of one try, and the same as the log may show them.
    pub fn headers(
        &self,
        event: &str,
        message_id: &str,
        at: DateTime<Utc>,
        body: &[u8],
    ) -> (Vec<(String, String)>, BTreeMap<String, String>) {
        let previous = self.old_signer.as_ref().filter(|(_, until)| at < *until).map(|(signer, _)| signer);
        let message = Message { event, webhook: self.id, message_id, at, body };
        let signed = sign::headers(message, &self.signer, previous).into_iter().map(|(name, value)| (name.to_owned(), value));
        let sent: Vec<(String, String)> = signed.chain(self.headers.iter().map(|(name, value, _)| (name.clone(), value.clone()))).collect();
        let mut shown: BTreeMap<String, String> = sent.iter().cloned().collect();
        for (name, _, _) in self.headers.iter().filter(|(_, _, is_confidential)| *is_confidential) {
            shown.insert(name.clone(), MASK.to_owned());
        }
        (sent, shown)
    }
}
