//! Passwords: what is accepted, and argon2id.

use std::sync::LazyLock;

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier as _, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::domain::error::FieldError;
use crate::fault::{Fault, Result};
use crate::random;

/// The shortest password, in characters.
pub const SHORTEST: usize = 10;
/// The longest, in characters: hashing has a price.
pub const LONGEST: usize = 200;

/// Memory in KiB, passes and lanes: 19 MiB, 2, 1.
/// Source: <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// As many at once as there are processors, so that a rush of sign-ins takes neither all memory nor every thread.
static AT_ONCE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));

/// Checks a new password: 10 to 200 characters, not the address, not one character over and over.
pub fn check(pointer: &str, password: &SecretString, email: &str, errors: &mut Vec<FieldError>) {
    let text = password.expose_secret();
    let length = text.chars().count();
    let local = email.split('@').next().unwrap_or_default();
    let detail = if length < SHORTEST {
        format!("Use at least {SHORTEST} characters. A few words in a row are easy to remember and hard to guess.")
    } else if length > LONGEST {
        format!("Use at most {LONGEST} characters.")
    } else if !email.is_empty() && (text.eq_ignore_ascii_case(email) || text.eq_ignore_ascii_case(local)) {
        "Use something else than the e-mail address.".to_owned()
    } else if text.chars().all(|c| text.starts_with(c)) {
        "Use more than one character over and over.".to_owned()
    } else {
        return;
    };
    errors.push(FieldError { pointer: pointer.to_owned(), detail });
}

/// Hashes a password, as a PHC string.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Internal`] if hashing fails.
pub async fn hash(password: &SecretString) -> Result<String> {
    let password = password.clone();
    on_a_thread(move || {
        let salt: [u8; 16] = random::bytes();
        let hash: PasswordHash = hasher()
            .hash_password_with_salt(password.expose_secret().as_bytes(), &salt)
            .map_err(|error| Fault::internal(error.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password is the one behind the hash. Without a hash it takes as long and the answer is no, so that nobody learns
/// from the time whether an account exists.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Internal`] if hashing fails.
pub async fn verify(password: &SecretString, hash: Option<&str>) -> Result<bool> {
    let Some(hash) = hash.map(str::to_owned) else {
        self::hash(password).await?;
        return Ok(false);
    };
    let password = password.clone();
    on_a_thread(move || Ok(hasher().verify_password(password.expose_secret().as_bytes(), hash.as_str()).is_ok())).await
}

/// Whether the hash was made with other costs than today's and should be made anew at the next sign-in.
pub fn is_outdated(hash: &str) -> bool {
    let (memory, passes, lanes) = COST;
    !hash.starts_with(&format!("$argon2id$v=19$m={memory},t={passes},p={lanes}$"))
}

fn hasher() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).expect("the costs are within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _permit = AT_ONCE.acquire().await.map_err(Fault::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Fault::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(password: &str) -> usize {
        let mut errors = Vec::new();
        check("/password", &SecretString::from(password), "robin.itani@example.com", &mut errors);
        errors.len()
    }

    #[test]
    fn short_long_and_obvious_passwords_are_refused() {
        assert_eq!(problems("correct horse"), 0);
        assert_eq!(problems("ééééééééaé"), 0, "characters count, not bytes");
        for wrong in ["short", "Robin.Itani@example.com", "robin.itani", "aaaaaaaaaaaa", &"ab".repeat(101)] {
            assert_eq!(problems(wrong), 1, "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let password = SecretString::from("correct horse");
        let hash = hash(&password).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!is_outdated(&hash) && is_outdated("$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA"));
        assert!(verify(&password, Some(&hash)).await.expect("verifies"));
        assert!(!verify(&SecretString::from("wrong horse"), Some(&hash)).await.expect("verifies"));
        assert!(!verify(&password, None).await.expect("verifies"));
        assert!(!verify(&password, Some("not a hash")).await.expect("verifies"));
    }
}
