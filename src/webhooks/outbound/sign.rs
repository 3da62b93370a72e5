//! Signatures: what a receiver checks to know that a message is ours, whole and fresh.
//!
//! Every message carries two. `X-Webhook-Signature` is the lower-case hex HMAC-SHA256 of the body's bytes. `webhook-signature` follows
//! Standard Webhooks and covers id and time too, so an old message cannot be sent again by somebody else.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::Sha256;

use super::ed25519::SigningKey;
use crate::domain::id::WebhookId;

/// How a secret of ours begins.
const PREFIX: &str = "whsec_";

/// How far a message's time may be from the receiver's clock, in seconds, both ways.
pub const TOLERANCE_SECONDS: i64 = 5 * 60;

/// Header with the event's name.
pub const EVENT_HEADER: &str = "x-webhook-event";
/// Header with the subscription's id.
pub const WEBHOOK_ID_HEADER: &str = "x-webhook-id";
/// Header with the hex signature of the body.
pub const HEX_HEADER: &str = "x-webhook-signature";
/// Header with the message's id.
pub const ID_HEADER: &str = "webhook-id";
/// Header with the time of the try, in Unix seconds.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header with the Standard Webhooks signatures.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// The secret of a subscription: the text its owner keeps, and the key bytes behind it.
pub struct Secret {
    text: SecretString,
    key: SecretBox<Vec<u8>>,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Fewer than 8 or more than 256 bytes.
    #[error("Give a secret of 8 to 256 characters.")]
    Length,
    /// What follows `whsec_` is not base64.
    #[error("A secret that begins with whsec_ must go on in base64.")]
    NotBase64,
    /// What follows `whsec_` has fewer than 24 or more than 64 bytes.
    #[error("A secret that begins with whsec_ must stand for 24 to 64 bytes.")]
    KeyLength,
    /// A control character would be lost or changed on its way into a receiver's configuration.
    #[error("A secret may not contain control characters.")]
    Control,
}

impl Secret {
    /// A new secret from 32 random bytes.
    pub fn from_random(random: [u8; 32]) -> Self {
        let text = format!("{PREFIX}{}", STANDARD.encode(random));
        Self { text: text.into(), key: SecretBox::new(Box::new(random.to_vec())) }
    }

    /// Reads a secret: `whsec_` and base64 stand for the bytes encoded there, any other text for its own UTF-8 bytes.
    ///
    /// # Errors
    /// [`SecretError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if text.len() < 8 || text.len() > 256 {
            return Err(SecretError::Length);
        }
        if text.chars().any(char::is_control) {
            return Err(SecretError::Control);
        }
        let key = match text.strip_prefix(PREFIX) {
            Some(encoded) => {
                let key = STANDARD.decode(encoded).map_err(|_| SecretError::NotBase64)?;
                if !(24..=64).contains(&key.len()) {
                    return Err(SecretError::KeyLength);
                }
                key
            }
            None => text.as_bytes().to_vec(),
        };
        Ok(Self { text: text.to_owned().into(), key: SecretBox::new(Box::new(key)) })
    }

    /// The text to show once and to seal.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.key.expose_secret()).expect("HMAC takes a key of any length")
    }

    /// Lower-case hex HMAC-SHA256 of the body.
    pub fn sign_hex(&self, body: &[u8]) -> String {
        hex::encode(self.mac().chain_update(body).finalize().into_bytes())
    }

    /// `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`.
    pub fn sign_standard(&self, message_id: &str, timestamp: i64, body: &[u8]) -> String {
        format!("v1,{}", STANDARD.encode(self.standard_mac(message_id, &timestamp.to_string(), body).finalize().into_bytes()))
    }

    fn standard_mac(&self, message_id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        self.mac().chain_update(message_id).chain_update(b".").chain_update(timestamp).chain_update(b".").chain_update(body)
    }
}

/// What one generation of a subscription's secrets signs with.
#[derive(Debug)]
pub struct Signer {
    /// The shared secret.
    pub secret: Secret,
    /// The private key, where messages are signed with one.
    pub key: Option<SigningKey>,
}

/// What identifies one message on its way to one subscription.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The event's name as the subscription uses it.
    pub event: &'a str,
    /// The subscription.
    pub webhook: WebhookId,
    /// `msg_...`: the receiver's idempotency key.
    pub message_id: &'a str,
    /// The time of this try.
    pub at: DateTime<Utc>,
    /// The exact bytes.
    pub body: &'a [u8],
}

/// The headers of one try, content type included, in a fixed order.
///
/// `current` signs everything; `previous` adds its own signatures to `webhook-signature` while a secret rotates.
pub fn headers(message: Message<'_>, current: &Signer, previous: Option<&Signer>) -> Vec<(&'static str, String)> {
    let timestamp = message.at.timestamp();
    let signers = [Some(current), previous];
    let shared = signers.iter().flatten().map(|signer| signer.secret.sign_standard(message.message_id, timestamp, message.body));
    let keys = signers.iter().flatten().filter_map(|signer| signer.key.as_ref());
    let asymmetric = keys.map(|key| key.sign(message.message_id, timestamp, message.body));
    let signatures = shared.chain(asymmetric).collect::<Vec<_>>().join(" ");
    vec![
        ("content-type", "application/json".to_owned()),
        (EVENT_HEADER, message.event.to_owned()),
        (WEBHOOK_ID_HEADER, message.webhook.to_string()),
        (HEX_HEADER, current.secret.sign_hex(message.body)),
        (ID_HEADER, message.message_id.to_owned()),
        (TIMESTAMP_HEADER, timestamp.to_string()),
        (SIGNATURE_HEADER, signatures),
    ]
}

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The time is not a number of seconds.
    #[error("the timestamp is not a number")]
    BadTimestamp,
    /// More than [`TOLERANCE_SECONDS`] old or ahead.
    #[error("the timestamp is too far from the present")]
    Stale,
    /// No signature fits.
    #[error("no signature fits")]
    NoMatch,
}

/// Checks a message as a receiver does, by Standard Webhooks.
///
/// # Errors
/// [`VerifyError`] says why the message is not to be trusted.
pub fn verify_standard(
    secret: &Secret,
    message_id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), VerifyError> {
    let seconds = parse_seconds(timestamp).ok_or(VerifyError::BadTimestamp)?;
    if now.timestamp().abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(VerifyError::Stale);
    }
    // Signed is the text of the header, not the number it stands for.
    let fits = signatures
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .filter_map(|encoded| STANDARD.decode(encoded).ok())
        .any(|tag| secret.standard_mac(message_id, timestamp, body).verify_slice(&tag).is_ok());
    if fits { Ok(()) } else { Err(VerifyError::NoMatch) }
}

/// Checks the hex signature of a body.
///
/// # Errors
/// [`VerifyError::NoMatch`] when it does not fit.
pub fn verify_hex(secret: &Secret, signature: &str, body: &[u8]) -> Result<(), VerifyError> {
    let mut tag = [0; 32];
    // Upper case decodes to the same bytes, but is not what we send.
    if signature.bytes().any(|byte| byte.is_ascii_uppercase()) || hex::decode_to_slice(signature, &mut tag).is_err() {
        return Err(VerifyError::NoMatch);
    }
    secret.mac().chain_update(body).verify_slice(&tag).map_err(|_| VerifyError::NoMatch)
}

/// Plain decimal seconds: no sign, no blanks, no leading zero.
fn parse_seconds(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::webhooks::outbound::ed25519::is_signed;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn now() -> DateTime<Utc> {
        Utc.timestamp_opt(AT, 0).single().expect("a valid time")
    }

    fn secret() -> Secret {
        Secret::parse(SECRET).expect("the published secret")
    }

    #[test]
    fn the_published_vector_comes_out() {
        // Source: the test vectors of the Standard Webhooks libraries.
        assert_eq!(secret().sign_standard(ID, AT, BODY), SIGNATURE);
        assert_eq!(verify_standard(&secret(), ID, &AT.to_string(), SIGNATURE, BODY, now()), Ok(()));
    }

    #[test]
    fn a_given_secret_is_its_own_bytes() {
        // Computed with `printf '{}' | openssl dgst -sha256 -hmac webhook_secret`.
        let secret = Secret::parse("webhook_secret").expect("the seeds' secret");
        assert_eq!(secret.sign_hex(b"{}"), "5ca154a7bca48ffeab2f5bc684a2c9521c96e6033887c22542f8bb7db02acde1");
    }

    #[test]
    fn secrets_are_validated() {
        let short = format!("whsec_{}", STANDARD.encode([1; 23]));
        let long = format!("whsec_{}", STANDARD.encode([1; 65]));
        for (text, error) in [
            ("", SecretError::Length),
            ("1234567", SecretError::Length),
            ("whsec_test_secret", SecretError::NotBase64),
            (short.as_str(), SecretError::KeyLength),
            (long.as_str(), SecretError::KeyLength),
            ("line\nline", SecretError::Control),
            ("x".repeat(257).as_str(), SecretError::Length),
        ] {
            assert_eq!(Secret::parse(text).expect_err(text), error, "{text}");
        }
        for text in ["12345678", "webhook_secret", SECRET, &format!("whsec_{}", STANDARD.encode([1; 64]))] {
            assert_eq!(Secret::parse(text).expect("valid").text().expose_secret(), text);
        }
    }

    #[test]
    fn a_generated_secret_reads_back_and_hides_itself() {
        let secret = Secret::from_random([9; 32]);
        let again = Secret::parse(secret.text().expose_secret()).expect("our own form");
        assert_eq!(secret.sign_hex(BODY), again.sign_hex(BODY));
        assert_eq!(format!("{secret:?}"), "Secret([REDACTED])");
    }

    #[test]
    fn the_headers_are_those_of_the_contract() {
        let webhook = WebhookId(Uuid::from_u128(1));
        let message = Message { event: "job.created", webhook, message_id: ID, at: now(), body: BODY };
        let old = Signer { secret: Secret::parse("webhook_secret").expect("valid"), key: None };
        let key = SigningKey::from_seed(&[5; 32]);
        let (public, asymmetric) = (key.public(), key.sign(ID, AT, BODY));
        let headers = headers(message, &Signer { secret: secret(), key: Some(key) }, Some(&old));
        let old = old.secret;
        let get = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str()).expect(name);
        assert_eq!(get("content-type"), "application/json");
        assert_eq!(get("x-webhook-event"), "job.created");
        assert_eq!(get("x-webhook-id"), webhook.to_string());
        assert_eq!(get("webhook-id"), ID);
        assert_eq!(get("webhook-timestamp"), "1614265330");
        let both = get("webhook-signature");
        assert_eq!(both, format!("{SIGNATURE} {} {asymmetric}", old.sign_standard(ID, AT, BODY)));
        assert!(is_signed(&public, ID, "1614265330", both, BODY));
        for each in [&secret(), &old] {
            assert_eq!(verify_standard(each, ID, "1614265330", both, BODY, now()), Ok(()));
        }
        assert_eq!(verify_hex(&secret(), get("x-webhook-signature"), BODY), Ok(()));
        assert_eq!(verify_hex(&old, get("x-webhook-signature"), BODY), Err(VerifyError::NoMatch));
    }

    #[test]
    fn old_and_early_messages_are_refused() {
        let at = AT.to_string();
        for (seconds, expected) in [(300, Ok(())), (-300, Ok(())), (301, Err(VerifyError::Stale)), (-301, Err(VerifyError::Stale))] {
            assert_eq!(
                verify_standard(&secret(), ID, &at, SIGNATURE, BODY, now() + chrono::Duration::seconds(seconds)),
                expected,
                "{seconds}"
            );
        }
        for text in ["", "soon", "+1614265330", " 1614265330", "01614265330", "1614265330.0", "99999999999999999999"] {
            assert_eq!(verify_standard(&secret(), ID, text, SIGNATURE, BODY, now()), Err(VerifyError::BadTimestamp), "{text}");
        }
    }

    /// Flips one bit somewhere in the bytes.
    fn flipped(bytes: &[u8], at: prop::sample::Index, bit: u8) -> Vec<u8> {
        let mut out = bytes.to_vec();
        let at = at.index(out.len());
        out[at] ^= 1 << bit;
        out
    }

    proptest! {
        #[test]
        fn no_changed_message_verifies(
            body in prop::collection::vec(any::<u8>(), 1..200), key in any::<[u8; 32]>(),
            at in any::<prop::sample::Index>(), bit in 0u8..8, which in 0..4, seconds in 1i64..300,
        ) {
            let secret = Secret::from_random(key);
            let (mut body, mut id, mut time) = (body, ID.to_owned(), AT);
            let mut standard = secret.sign_standard(&id, time, &body);
            let mut hexed = secret.sign_hex(&body);
            prop_assert_eq!(verify_standard(&secret, &id, &time.to_string(), &standard, &body, now()), Ok(()));
            prop_assert_eq!(verify_hex(&secret, &hexed, &body), Ok(()));
            match which {
                0 => {
                    body = flipped(&body, at, bit);
                    prop_assert_eq!(verify_hex(&secret, &hexed, &body), Err(VerifyError::NoMatch));
                }
                1 => time += seconds,
                2 => id = String::from_utf8_lossy(&flipped(id.as_bytes(), at, bit)).into_owned(),
                _ => {
                    standard = String::from_utf8_lossy(&flipped(standard.as_bytes(), at, bit)).into_owned();
                    hexed = String::from_utf8_lossy(&flipped(hexed.as_bytes(), at, bit)).into_owned();
                    prop_assert_eq!(verify_hex(&secret, &hexed, &body), Err(VerifyError::NoMatch));
                }
            }
            prop_assert_eq!(verify_standard(&secret, &id, &time.to_string(), &standard, &body, now()), Err(VerifyError::NoMatch));
        }

        #[test]
        fn another_key_or_a_truncated_signature_never_verifies(body in prop::collection::vec(any::<u8>(), 0..100), cut in 1usize..44) {
            let secret = Secret::from_random([3; 32]);
            let signature = secret.sign_standard(ID, AT, &body);
            let time = AT.to_string();
            prop_assert!(verify_standard(&Secret::from_random([4; 32]), ID, &time, &signature, &body, now()).is_err());
            prop_assert!(verify_standard(&secret, ID, &time, &signature[..signature.len() - cut], &body, now()).is_err());
            prop_assert!(verify_hex(&secret, &secret.sign_hex(&body)[cut..], &body).is_err());
        }
    }
}
