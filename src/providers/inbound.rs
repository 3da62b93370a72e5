//! Webhooks that a provider sends to us: is it genuine, was it here before, what does it change.

use reqwest::header::HeaderMap;
use secrecy::SecretString;

use crate::domain::status::RecordKind;

use super::Error;
use super::remote::Remote;

/// Whether a message is genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Signed with one of the keys.
    Verified,
    /// There is no key to check with.
    NoKey,
    /// It carries no signature.
    Missing,
    /// Its signature is wrong.
    Forged,
}

/// An answer given before anything is stored, to a provider's handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// Body.
    pub body: String,
}

/// What a message says has changed.
#[derive(Debug, Clone)]
pub enum Change {
    /// This is how the record is now, as far as stated.
    Upsert(Box<Remote>),
    /// The record is gone.
    Deleted {
        /// What it was.
        kind: RecordKind,
        /// Its id over there.
        external_id: String,
    },
    /// Two records became one.
    Merged {
        /// What they are.
        kind: RecordKind,
        /// The one that is gone.
        from: String,
        /// The one that remains.
        into: String,
    },
    /// The record changed; how, has to be asked.
    Refetch {
        /// What it is.
        kind: RecordKind,
        /// Its id over there.
        external_id: String,
    },
    /// Nothing that Hirewire keeps.
    Ignored {
        /// Why, as a sentence.
        reason: String,
    },
}

/// The webhooks of a provider.
pub trait Inbound: Send + Sync {
    /// The answer to a handshake that must be given at once; `None` for an ordinary message.
    fn handshake(&self, _headers: &HeaderMap, _query: Option<&str>, _body: &[u8]) -> Option<Reply> {
        None
    }

    /// Checks the signature over the raw bytes, in constant time.
    fn verify(&self, headers: &HeaderMap, body: &[u8], keys: &[SecretString]) -> Verdict;

    /// What makes this message the same as another one.
    fn dedupe_key(&self, headers: &HeaderMap, body: &[u8]) -> Option<String>;

    /// The provider's name of the event.
    fn event_name(&self, body: &[u8]) -> Option<String>;

    /// The status that tells the provider not to send it again.
    fn success_status(&self) -> u16 {
        200
    }

    /// What the message says, in an order in which references point backwards.
    ///
    /// # Errors
    /// `Protocol` when the body cannot be read.
    fn translate(&self, body: &[u8]) -> Result<Vec<Change>, Error>;
}
