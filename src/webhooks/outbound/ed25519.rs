//! Asymmetric signatures: Ed25519, `v1a` of Standard Webhooks. A receiver checks them with a public key and holds no secret.
//!
//! Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#asymmetric>

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How a private key begins.
const PRIVATE: &str = "whsk_";
/// How a public key begins.
const PUBLIC: &str = "whpk_";

/// A key that signs.
pub struct SigningKey {
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// A public key as JSON Web Key.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc8037>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The key's bytes, base64url.
    pub x: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// Always `EdDSA`.
    pub alg: String,
}

impl SigningKey {
    /// The key of 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { pair: Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed has 32 bytes") }
    }

    /// The private text of a seed: what is sealed.
    pub fn text(seed: &[u8; 32]) -> String {
        format!("{PRIVATE}{}", STANDARD.encode(seed))
    }

    /// Reads a private text.
    pub fn parse(text: &str) -> Option<Self> {
        let seed = Zeroizing::new(STANDARD.decode(text.strip_prefix(PRIVATE)?).ok()?);
        Ed25519KeyPair::from_seed_unchecked(&seed).ok().map(|pair| Self { pair })
    }

    /// The public key's text.
    pub fn public(&self) -> String {
        format!("{PUBLIC}{}", STANDARD.encode(self.pair.public_key()))
    }

    /// `v1a,` and the base64 signature of `id.timestamp.body`.
    pub fn sign(&self, message_id: &str, timestamp: i64, body: &[u8]) -> String {
        format!("v1a,{}", STANDARD.encode(self.pair.sign(&signed(message_id, &timestamp.to_string(), body))))
    }
}

fn signed(message_id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [message_id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

fn public_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(PUBLIC)?).ok().filter(|bytes| bytes.len() == 32)
}

/// A public key's text as JSON Web Key.
pub fn jwk(public: &str) -> Option<Jwk> {
    let x = URL_SAFE_NO_PAD.encode(public_bytes(public)?);
    Some(Jwk { kty: "OKP".to_owned(), crv: "Ed25519".to_owned(), x, usage: "sig".to_owned(), alg: "EdDSA".to_owned() })
}

/// Whether one of the space-separated `v1a` signatures fits.
pub fn is_signed(public: &str, message_id: &str, timestamp: &str, signatures: &str, body: &[u8]) -> bool {
    let Some(key) = public_bytes(public) else { return false };
    let key = UnparsedPublicKey::new(&ED25519, key);
    let message = signed(message_id, timestamp, body);
    let candidates = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1a,"));
    candidates.filter_map(|encoded| STANDARD.decode(encoded).ok()).any(|signature| key.verify(&message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_published_vector_comes_out() {
        // Source: RFC 8032, section 7.1, test 3 (two bytes).
        let seed: [u8; 32] =
            hex::decode("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7").expect("hex").try_into().expect("32 bytes");
        let key = SigningKey::from_seed(&seed);
        assert_eq!(
            public_bytes(&key.public()).map(hex::encode).as_deref(),
            Some("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
        );
        let signature = hex::encode(key.pair.sign(&[0xaf, 0x82]));
        assert_eq!(
            signature,
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        );
    }

    #[test]
    fn keys_are_read_back_and_hide_themselves() {
        let text = SigningKey::text(&[7; 32]);
        let key = SigningKey::parse(&text).expect("our own form");
        assert_eq!(key.public(), SigningKey::from_seed(&[7; 32]).public());
        assert!(!format!("{key:?}").contains(&text));
        assert_eq!(jwk(&key.public()).map(|jwk| (jwk.kty, jwk.crv)), Some(("OKP".to_owned(), "Ed25519".to_owned())));
        for wrong in ["", "whsk_", "whsk_AAAA", "whpk_AAAA", "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="] {
            assert!(SigningKey::parse(wrong).is_none(), "{wrong}");
            assert_eq!(jwk(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_changed_message_verifies(body in prop::collection::vec(any::<u8>(), 1..100), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let key = SigningKey::from_seed(&[3; 32]);
            let (public, signature) = (key.public(), key.sign("msg_1", 1_700_000_000, &body));
            let check = |id: &str, time: &str, signature: &str, body: &[u8]| is_signed(&public, id, time, signature, body);
            let several = format!("v1,AAAA {signature}");
            prop_assert!(check("msg_1", "1700000000", &several, &body));
            let mut changed = body.clone();
            let index = at.index(changed.len());
            changed[index] ^= 1 << bit;
            prop_assert!(!check("msg_1", "1700000000", &signature, &changed));
            prop_assert!(!check("msg_2", "1700000000", &signature, &body));
            prop_assert!(!check("msg_1", "1700000001", &signature, &body));
            prop_assert!(!check("msg_1", "1700000000", &signature.replacen("v1a,", "v1,", 1), &body));
            let other = SigningKey::from_seed(&[4; 32]).public();
            prop_assert!(!is_signed(&other, "msg_1", "1700000000", &signature, &body));
            let mut bytes = STANDARD.decode(&signature[4..]).expect("base64");
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            let flipped = format!("v1a,{}", STANDARD.encode(bytes));
            prop_assert!(!check("msg_1", "1700000000", &flipped, &body));
        }
    }
}
