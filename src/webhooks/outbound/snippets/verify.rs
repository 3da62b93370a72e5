// Cargo.toml: base64 = "0.22", hmac = "0.13", sha2 = "0.11"
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const TOLERANCE_SECONDS: u64 = 5 * 60;

/// `body` is the raw bytes as they came: do not parse and write them again. `now` is in seconds since 1970.
pub fn verify(secret: &str, id: &str, timestamp: &str, signatures: &str, body: &[u8], now: i64) -> bool {
    let Ok(at) = timestamp.parse::<i64>() else { return false };
    if now.abs_diff(at) > TOLERANCE_SECONDS {
        return false;
    }
    let key = match secret.strip_prefix("whsec_").map(|encoded| STANDARD.decode(encoded)) {
        Some(Ok(key)) => key,
        Some(Err(_)) => return false,
        None => secret.as_bytes().to_vec(),
    };
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(&key) else { return false };
    let mac = mac.chain_update(id).chain_update(".").chain_update(timestamp).chain_update(".").chain_update(body);
    let mut given = signatures.split(' ').filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok());
    given.any(|signature| mac.clone().verify_slice(&signature).is_ok())
}
