//! Reads an encryption key as people write one.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// Why a text is not an encryption key. It does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{EXPECTED}, and this one has {characters} characters")]
pub struct KeyError {
    /// How many characters the text has.
    pub characters: usize,
}

/// Completes "It must be ...".
pub const EXPECTED: &str = "32 characters, or 32 bytes in base64 (44 characters) or in hexadecimal (64 characters)";

/// The 32 bytes of an encryption key: 32 characters taken as they are, or 32 bytes in hexadecimal or base64 (either
/// alphabet, with or without padding).
///
/// # Errors
/// [`KeyError`] for anything else; 32 characters that are more than 32 bytes in UTF-8 are refused too.
pub fn parse_encryption_key(text: &str) -> Result<[u8; 32], KeyError> {
    // The lengths do not overlap (32; 64; 43 or 44), so no text can be read in two ways.
    let bytes = match text.len() {
        32 => Some(text.as_bytes().to_vec()),
        64 => hex::decode(text).ok(),
        43 | 44 => [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].iter().find_map(|engine| engine.decode(text).ok()),
        _ => None,
    };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| KeyError { characters: text.chars().count() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_each_form() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37 + 200) as u8);
        for text in
            [hex::encode(bytes), hex::encode_upper(bytes), STANDARD.encode(bytes), STANDARD_NO_PAD.encode(bytes), URL_SAFE.encode(bytes)]
        {
            assert_eq!(parse_encryption_key(&text), Ok(bytes), "{text}");
        }
        assert_eq!(parse_encryption_key("0123456789abcdef0123456789ABCDEF"), Ok(*b"0123456789abcdef0123456789ABCDEF"));
        assert_eq!(parse_encryption_key("a key with spaces, 32 characters"), Ok(*b"a key with spaces, 32 characters"));
    }

    #[test]
    fn anything_else_is_refused() {
        let wrong = [
            "",
            "short",
            "your-32-character-encryption-key-here",
            "0123456789abcdef0123456789abcde",
            "0123456789abcdef0123456789abcdef0",
            // 32 characters of two bytes each, and 64 that are not hexadecimal.
            "éééééééééééééééééééééééééééééééé",
            "zz23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            // 44 characters that are not base64 of 32 bytes.
            "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ];
        for text in wrong {
            assert_eq!(parse_encryption_key(text), Err(KeyError { characters: text.chars().count() }), "{text}");
        }
    }

    #[test]
    fn the_error_does_not_repeat_the_key() {
        let error = parse_encryption_key("hunter2").expect_err("too short").to_string();
        assert!(error.contains("7 characters") && !error.contains("hunter2"), "{error}");
    }
}
