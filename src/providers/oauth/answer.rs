//! What token endpoints answer, with the ways in which vendors differ from the standard.

use std::time::Duration;

use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, HttpResponse, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// A token's answer. `token_type` is not looked at: some vendors leave it out, Slack says `bot`, and what a call carries is the
/// vendor's rule anyway.
#[derive(Serialize, Deserialize)]
pub(super) struct Answer {
    access_token: AccessToken,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "seconds", alias = "x_refresh_token_expires_in")]
    pub(super) refresh_token_expires_in: Option<u64>,
    /// As the vendor wrote it: with blanks, commas, or as a list.
    #[serde(default)]
    pub(super) scope: Option<Value>,
    /// Everything else. May hold secrets, so it is in no `Debug`.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("expires_in", &self.expires_in).field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl Answer {
    /// The granted scopes; `None` if the answer names none, which means: those that were asked for.
    pub(super) fn scopes(&self) -> Option<Vec<String>> {
        let split = |text: &str| text.split([' ', ',']).filter(|scope| !scope.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        match self.scope.as_ref()? {
            Value::String(text) => Some(split(text)),
            Value::Array(items) => Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
            _ => None,
        }
    }
}

impl TokenResponse for Answer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        None
    }
}

/// Whole seconds, also where they stand in quotes. More than ten years is taken for "does not end".
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let seconds = match Option::<Value>::deserialize(deserializer)? {
        Some(Value::Number(number)) => number.as_u64().or_else(|| number.as_f64().map(|seconds| seconds.max(0.0) as u64)),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(seconds.filter(|seconds| *seconds < 315_360_000))
}

/// Some vendors answer a refusal with 200 and an `error`. Gives it the status that the standard has for it.
pub(super) fn with_honest_status(mut response: HttpResponse) -> HttpResponse {
    if response.status().is_success() {
        let body = serde_json::from_slice::<Value>(response.body()).ok();
        let is_refusal = body.is_some_and(|body| body.get("access_token").is_none() && body.get("error").is_some());
        // Any 2xx is an answer; the library knows 200 only.
        *response.status_mut() = if is_refusal { oauth2::http::StatusCode::BAD_REQUEST } else { oauth2::http::StatusCode::OK };
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Answer {
        serde_json::from_str(text).expect("an answer")
    }

    #[test]
    fn scopes_are_read_in_every_spelling() {
        for text in [r#""a b c""#, r#""a,b,c""#, r#""a, b c""#, r#"["a","b","c"]"#] {
            assert_eq!(read(&format!(r#"{{"access_token":"t","scope":{text}}}"#)).scopes().expect("named"), ["a", "b", "c"], "{text}");
        }
        assert_eq!(read(r#"{"access_token":"t"}"#).scopes(), None);
    }

    #[test]
    fn times_are_read_in_every_spelling_and_secrets_stay_out_of_the_log() {
        let answer = read(
            r#"{"access_token":"s3cret","refresh_token":"r3fresh","expires_in":"3600","refresh_token_expires_in":604799,"id_token":"j.w.t"}"#,
        );
        assert_eq!((answer.expires_in, answer.refresh_token_expires_in), (Some(3600), Some(604_799)));
        assert_eq!(read(r#"{"access_token":"t","expires_in":null}"#).expires_in, None);
        let shown = format!("{answer:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("r3fresh") && !shown.contains("j.w.t"), "{shown}");
    }

    #[test]
    fn a_refusal_with_status_200_is_one() {
        let status = |body: &str| with_honest_status(HttpResponse::new(body.as_bytes().to_vec())).status().as_u16();
        assert_eq!(status(r#"{"ok":false,"error":"invalid_code"}"#), 400);
        assert_eq!(status(r#"{"access_token":"t"}"#), 200);
        assert_eq!(status("nonsense"), 200);
    }
}
