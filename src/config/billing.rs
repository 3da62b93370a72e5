//! The Stripe account that this installation bills its own organizations with.

use secrecy::{ExposeSecret, SecretString};

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "stripe.secret_key",
        &["STRIPE_SECRET_KEY"],
        "text",
        "The secret or restricted key of the account that plans are billed with.",
    )
    .secret(),
    Setting::new("stripe.webhook_secret", &["STRIPE_WEBHOOK_SECRET"], "text", "The signing secret of that account's webhook endpoint.")
        .secret(),
];

/// The Stripe account that plans are billed with.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// Secret or restricted key.
    pub secret_key: SecretString,
    /// Signing secret of the webhook endpoint.
    pub webhook_secret: Option<SecretString>,
}

impl StripeConfig {
    pub(super) fn read(reader: &Reader) -> Result<Option<Self>, ConfigError> {
        let prefixed = |prefixes: &'static [&'static str]| {
            move |text: &str| prefixes.iter().any(|prefix| text.starts_with(prefix)).then(|| SecretString::from(text))
        };
        let secret_key = reader.parsed("stripe.secret_key", "a key that begins with sk_ or rk_", prefixed(&["sk_", "rk_"]))?;
        let webhook_secret = reader.parsed("stripe.webhook_secret", "a secret that begins with whsec_", prefixed(&["whsec_"]))?;
        Ok(secret_key.filter(|key| !key.expose_secret().is_empty()).map(|secret_key| Self { secret_key, webhook_secret }))
    }
}
