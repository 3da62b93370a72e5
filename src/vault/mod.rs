//! Envelope encryption of credentials: what a secret is sealed with, and how keys change while the program runs.
//!
//! The *master key* (`ENCRYPTION_KEY`) wraps *data keys*; data keys seal secrets with AES-256-GCM. Every sealed value names its data
//! key and is bound to the row it belongs to (associated data), so a value copied to another row does not open. Rotation makes a new
//! data key, then re-seals row after row while everything runs; a process that meets a key id it does not know loads the keys again.
//! Where keys and sealed values are stored is not decided here: see `operations::keys` and `store::vault_key`.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

use crate::random;

/// A failure of the vault. None of them says anything about the secret.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Error {
    /// The value was sealed under a data key that is not loaded.
    #[error("the value was sealed with key {0}, which is not known here")]
    UnknownKey(String),
    /// The value was changed, cut, or belongs to another row.
    #[error("a stored secret cannot be opened; enter it again")]
    Unreadable,
    /// The master key does not open the data keys.
    #[error(
        "ENCRYPTION_KEY does not open this database's keys: it is not the key the database was made with (wanted key {wanted}, got {got})"
    )]
    WrongMasterKey {
        /// Fingerprint of the master key that wrapped the data keys.
        wanted: String,
        /// Fingerprint of the one that was given.
        got: String,
    },
    /// No data key is active yet.
    #[error("the vault has no key yet")]
    Empty,
}

/// A 256-bit key. Zeroed when dropped, never printed.
#[derive(Clone)]
pub struct Key(Arc<SecretBox<[u8; 32]>>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.fingerprint())
    }
}

impl Key {
    /// A key from its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Arc::new(SecretBox::new(Box::new(bytes))))
    }

    /// A new random key.
    pub fn generate() -> Self {
        Self::new(random::bytes())
    }

    /// Eight hex digits that tell keys apart and give nothing away.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::new().chain_update(b"hirewire key fingerprint\0").chain_update(self.0.expose_secret()).finalize();
        hex::encode(&digest[..4])
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.0.expose_secret().into())
    }

    fn encrypt(&self, plain: &[u8], identity: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random::bytes();
        let body =
            self.cipher().encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: identity }).expect("AES-GCM fails only past 64 GiB");
        [nonce.as_slice(), &body].concat()
    }

    fn decrypt(&self, sealed: &[u8], identity: &[u8]) -> Option<Vec<u8>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE>()?;
        self.cipher().decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: identity }).ok()
    }
}

const NONCE: usize = 12;
const VERSION: u8 = 1;
const KEY_ID: usize = 8;

/// A data key as it is stored: wrapped by a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// The data key's fingerprint.
    pub id: String,
    /// The key, encrypted.
    pub wrapped: Vec<u8>,
    /// Fingerprint of the master key that wrapped it.
    pub wrapped_by: String,
}

/// Wraps a data key for storing.
pub fn wrap(master: &Key, data: &Key) -> WrappedKey {
    let id = data.fingerprint();
    WrappedKey { wrapped: master.encrypt(data.0.expose_secret(), id.as_bytes()), wrapped_by: master.fingerprint(), id }
}

/// Opens a wrapped data key.
///
/// # Errors
/// [`Error::WrongMasterKey`] if it was wrapped by another master key.
pub fn unwrap(master: &Key, key: &WrappedKey) -> Result<Key, Error> {
    let wrong = || Error::WrongMasterKey { wanted: key.wrapped_by.clone(), got: master.fingerprint() };
    let plain = zeroize::Zeroizing::new(master.decrypt(&key.wrapped, key.id.as_bytes()).ok_or_else(wrong)?);
    let bytes: [u8; 32] = plain.as_slice().try_into().map_err(|_| wrong())?;
    Ok(Key::new(bytes))
}

/// Seals and opens secrets with the loaded data keys. Cheap to clone; clones share the keys.
#[derive(Debug, Clone, Default)]
pub struct Vault(Arc<RwLock<Keyring>>);

#[derive(Debug, Default)]
struct Keyring {
    active: Option<String>,
    keys: HashMap<String, Key>,
}

/// A sealed secret: what a row stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The data key it is sealed with.
    pub key_id: String,
    /// Version, key id, nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

impl Vault {
    /// Replaces the loaded data keys. New values are sealed with `active`.
    pub fn load(&self, keys: impl IntoIterator<Item = Key>, active: &Key) {
        let mut ring = Keyring { active: Some(active.fingerprint()), keys: keys.into_iter().map(|key| (key.fingerprint(), key)).collect() };
        ring.keys.insert(active.fingerprint(), active.clone());
        *self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner) = ring;
    }

    /// The id of the key new values are sealed with.
    pub fn active_key_id(&self) -> Option<String> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner).active.clone()
    }

    /// Seals a secret for one row. `identity` names table, row and column, e.g. `credentials/<id>/tokens`.
    ///
    /// # Errors
    /// [`Error::Empty`] before the first key is loaded.
    pub fn seal(&self, plain: &[u8], identity: &str) -> Result<Sealed, Error> {
        let ring = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key_id = ring.active.clone().ok_or(Error::Empty)?;
        let key = ring.keys.get(&key_id).ok_or(Error::Empty)?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(key_id.as_bytes());
        bytes.extend(key.encrypt(plain, identity.as_bytes()));
        Ok(Sealed { key_id, bytes })
    }

    /// Opens a sealed secret of one row.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] if its data key is not loaded (load the keys again), [`Error::Unreadable`] if it was tampered with.
    pub fn open(&self, sealed: &[u8], identity: &str) -> Result<SecretBox<[u8]>, Error> {
        let (&version, rest) = sealed.split_first().ok_or(Error::Unreadable)?;
        let (key_id, body) = rest.split_at_checked(KEY_ID).ok_or(Error::Unreadable)?;
        let key_id = std::str::from_utf8(key_id).map_err(|_| Error::Unreadable)?;
        if version != VERSION || !key_id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::Unreadable);
        }
        let ring = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let key = ring.keys.get(key_id).ok_or_else(|| Error::UnknownKey(key_id.to_owned()))?;
        let plain = key.decrypt(body, identity.as_bytes()).ok_or(Error::Unreadable)?;
        Ok(SecretBox::new(plain.into_boxed_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> (Vault, Key) {
        let key = Key::generate();
        let vault = Vault::default();
        vault.load([], &key);
        (vault, key)
    }

    #[test]
    fn a_value_opens_only_in_its_own_row() {
        let (vault, _) = vault();
        let sealed = vault.seal(b"secret", "credentials/1").expect("a key is loaded");
        assert_eq!(vault.open(&sealed.bytes, "credentials/1").expect("same row").expose_secret(), b"secret");
        assert_eq!(vault.open(&sealed.bytes, "credentials/2").err(), Some(Error::Unreadable));
    }

    #[test]
    fn a_changed_or_cut_value_does_not_open() {
        let (vault, _) = vault();
        let sealed = vault.seal(b"secret", "row").expect("a key is loaded").bytes;
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.open(&changed, "row").is_err(), "byte {at}");
            assert!(vault.open(&sealed[..at], "row").is_err(), "cut at {at}");
        }
    }

    #[test]
    fn old_values_open_after_a_rotation_and_new_ones_use_the_new_key() {
        let (vault, old) = vault();
        let before = vault.seal(b"secret", "row").expect("a key is loaded");
        let new = Key::generate();
        vault.load([old], &new);
        let after = vault.seal(b"secret", "row").expect("a key is loaded");
        assert_ne!(before.key_id, after.key_id);
        assert!(vault.open(&before.bytes, "row").is_ok() && vault.open(&after.bytes, "row").is_ok());
    }

    #[test]
    fn an_unknown_key_is_named() {
        let (one, _) = vault();
        let (other, _) = vault();
        let sealed = one.seal(b"secret", "row").expect("a key is loaded");
        assert_eq!(other.open(&sealed.bytes, "row").err(), Some(Error::UnknownKey(sealed.key_id)));
    }

    #[test]
    fn a_wrong_master_key_is_found_and_named() {
        let (master, data) = (Key::generate(), Key::generate());
        let wrapped = wrap(&master, &data);
        assert_eq!(unwrap(&master, &wrapped).expect("right key").fingerprint(), data.fingerprint());
        let wrong = Key::generate();
        assert_eq!(unwrap(&wrong, &wrapped).err(), Some(Error::WrongMasterKey { wanted: master.fingerprint(), got: wrong.fingerprint() }));
    }

    #[test]
    fn no_key_is_printed() {
        let key = Key::new([7; 32]);
        assert_eq!(format!("{key:?}"), format!("Key({})", key.fingerprint()));
    }
}
