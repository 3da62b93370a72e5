//! What the schemes of signed webhooks share: message authentication codes, comparison in constant time, several keys at once, ages.
//!
//! Each provider's own scheme is in its `webhooks.rs`; which provider has one stands in [`super::schemes`].

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::inbound::{Key, Keys, Message, Verdict};

/// HMAC-SHA256 over the parts, one after the other.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC key has any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The same in lower-case hexadecimal.
pub fn hmac_sha256_hex(key: &[u8], parts: &[&[u8]]) -> String {
    hex::encode(hmac_sha256(key, parts))
}

/// HMAC-SHA1, for the one provider that still signs with it.
pub fn hmac_sha1(key: &[u8], body: &[u8]) -> Vec<u8> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    ring::hmac::sign(&key, body).as_ref().to_vec()
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
pub fn is_same(expected: &[u8], given: &[u8]) -> bool {
    expected.ct_eq(given).into()
}

/// The verdict of a message that carries no signature: without a key it may still get one.
pub fn unsigned(keys: &Keys) -> Verdict {
    if keys.is_empty() { Verdict::NoKey } else { Verdict::Missing }
}

/// Whether one of the keys made the signature. Every key is tried, so that time tells nothing about which one did.
pub fn check(keys: &Keys, is_made_with: impl Fn(&[u8]) -> bool) -> Verdict {
    check_keys(keys, |key| is_made_with(key.secret.expose_secret().as_bytes()))
}

/// The same, where it matters which channel a key belongs to.
pub fn check_keys(keys: &Keys, is_made_with: impl Fn(&Key) -> bool) -> Verdict {
    if keys.is_empty() {
        return Verdict::NoKey;
    }
    let matches = keys.secrets.iter().fold(subtle::Choice::from(0), |matches, key| matches | u8::from(is_made_with(key)).into());
    if matches.into() { Verdict::Verified } else { Verdict::Forged }
}

/// How old a message may be, and how far in the future (clocks differ).
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Into the past.
    pub past: TimeDelta,
    /// Into the future.
    pub future: TimeDelta,
}

impl Window {
    /// Five minutes either way.
    pub const FIVE_MINUTES: Self = Self { past: TimeDelta::minutes(5), future: TimeDelta::minutes(5) };

    /// A genuine message outside of the window is stale. Only genuine ones: a forged one stays forged.
    pub fn apply(self, verdict: Verdict, signed_at: DateTime<Utc>, message: &Message<'_>) -> Verdict {
        let age = message.received_at - signed_at;
        if verdict == Verdict::Verified && (age > self.past || -age > self.future) { Verdict::Stale } else { verdict }
    }
}

/// A time from the digits of a Unix time in seconds. Nothing but digits: what is signed is the text.
pub fn unix_seconds(text: &str) -> Option<DateTime<Utc>> {
    let is_plain = !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| DateTime::from_timestamp(text.parse().ok()?, 0)).flatten()
}

/// A key for messages that have no id of their own: the hash of what makes them what they are.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_ones_of_the_standards() {
        // RFC 4231, test case 2; RFC 2202, test case 2.
        assert_eq!(
            hmac_sha256_hex(b"Jefe", &[b"what do ya want ", b"for nothing?"]),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(hex::encode(hmac_sha1(b"Jefe", b"what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn unix_times_are_digits_and_nothing_else() {
        assert_eq!(unix_seconds("1700000000").map(|at| at.timestamp()), Some(1_700_000_000));
        for text in ["", "+1700000000", "-1", " 1700000000", "1700000000.0", "17000000001234567890", "١٧"] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }

    #[test]
    fn fingerprints_do_not_run_together() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
    }
}
