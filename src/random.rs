//! The one source of randomness, from the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;

/// Random bytes fit for keys and tokens.
#[expect(clippy::disallowed_methods, reason = "this is the home of rand::rng, a cryptographically secure generator seeded by the system")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill(&mut bytes[..]);
    bytes
}

/// A token of 256 bits, as 43 URL-safe characters.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// A number in `0.0..1.0`, for jitter.
#[expect(clippy::disallowed_methods, reason = "this is the home of rand::rng")]
pub fn fraction() -> f64 {
    rand::rng().random::<f64>()
}
