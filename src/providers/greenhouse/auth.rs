//! Greenhouse's credentials: recognising them, exchanging them for a token, and testing what the token may do.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::super::{Connection, Credentials, Error, Permission, TokenSet, Verified};
use super::API;

/// What a person with an old key reads.
pub(super) const OLD_KEY: &str = "This is a Harvest v1 API key. Greenhouse switched those off on 31 August 2026. \
Create a new credential instead: in Greenhouse open Configure, Dev Center, API Credentials, choose Create new credentials with the type Harvest V3 (OAuth), \
and enter its client ID and client secret here.";

/// Checks that what was entered can be v3 credentials.
pub(super) fn recognise(credentials: &Credentials) -> Result<(), Error> {
    let filled = |name: &str| credentials.get(name).map(|value| value.expose_secret().trim()).filter(|text| !text.is_empty());
    let invalid = |field: &str, message: &str| Err(Error::Invalid { field: Some(field.to_owned()), message: message.to_owned() });
    // The old product's own word for its key, and the one the product's first documents show.
    for name in ["api_key", "apiKey", "harvest_api_key"] {
        if filled(name).is_some() && (filled("client_id").is_none() || filled("client_secret").is_none()) {
            return invalid(name, OLD_KEY);
        }
    }
    for name in ["client_id", "client_secret"] {
        match filled(name) {
            None if name == "client_id" => return invalid(name, "Enter the client ID of the Harvest V3 (OAuth) credential."),
            None => return invalid(name, "Enter the client secret of the Harvest V3 (OAuth) credential."),
            Some(text) if is_old_key(text) => return invalid(name, OLD_KEY),
            Some(_) => {}
        }
    }
    match filled("acting_user_id") {
        Some(id) if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) => {
            invalid("acting_user_id", "The acting user ID is the number of a Greenhouse user: digits only.")
        }
        _ => Ok(()),
    }
}

/// v1 keys are 20 or more hexadecimal digits, a hyphen and the number of the silo.
fn is_old_key(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(key, silo)| {
        key.len() >= 20
            && key.bytes().all(|b| b.is_ascii_hexdigit())
            && (1..=3).contains(&silo.len())
            && silo.bytes().all(|b| b.is_ascii_digit())
    })
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(deserialize_with = "secret")]
    access_token: SecretString,
    #[serde(default, deserialize_with = "optional_secret")]
    refresh_token: Option<SecretString>,
    // The documented field. Some accounts were seen to send the other one.
    expires_at: Option<DateTime<Utc>>,
    expires_in: Option<i64>,
    scope: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn optional_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// Exchanges client id and secret for a token.
///
/// Source: Harvest v3, "Authentication", client credentials.
pub(super) async fn obtain_token(cx: &Connection) -> Result<TokenSet, Error> {
    let missing = |name: &str| Error::Unauthorized { message: format!("{name} is missing") };
    let id = cx.credential("client_id").ok_or_else(|| missing("client_id"))?;
    let secret = cx.credential("client_secret").ok_or_else(|| missing("client_secret"))?;
    let mut form = vec![("grant_type", "client_credentials")];
    if let Some(user) = cx.credential("acting_user_id") {
        form.push(("sub", user.expose_secret().trim()));
    }
    // A token request changes nothing that anybody sees: it may be repeated like a read.
    let answer = cx.post_form("token", &form).basic(id, secret).send().await.map_err(|error| match error {
        // OAuth puts a wrong client into a 400 or 401 (RFC 6749, section 5.2).
        Error::Invalid { message, .. } | Error::Forbidden { message, .. } => Error::Unauthorized { message },
        Error::NotFound => Error::Unavailable { message: "the token address does not exist".to_owned() },
        other => other,
    })?;
    let token: TokenAnswer = answer.json()?;
    if token.access_token.expose_secret().is_empty() {
        return Err(Error::Protocol { message: "the token is empty".to_owned() });
    }
    let now = cx.clock.now();
    let expires_at = token.expires_at.or_else(|| now.checked_add_signed(TimeDelta::try_seconds(token.expires_in?)?));
    Ok(TokenSet { access: token.access_token, refresh: token.refresh_token, expires_at, scope: token.scope, ends_at: None })
}

struct Probe {
    path: &'static str,
    scope: &'static str,
    label: &'static str,
    required: bool,
}

const fn probe(path: &'static str, scope: &'static str, label: &'static str, required: bool) -> Probe {
    Probe { path, scope, label, required }
}

/// What a connection reads, in the order of the page. Without the first ones it has nothing to do.
const PROBES: &[Probe] = &[
    probe("jobs", "harvest:jobs:list", "Read jobs", true),
    probe("candidates", "harvest:candidates:list", "Read candidates", true),
    probe("applications", "harvest:applications:list", "Read applications", true),
    probe("job_interview_stages", "harvest:job_interview_stages:list", "Read stages", true),
    probe("users", "harvest:users:list", "Read users", true),
    probe("departments", "harvest:departments:list", "Read departments", true),
    probe("interviews", "harvest:interviews:list", "Read interviews", true),
    probe("offers", "harvest:offers:list", "Read offers", true),
    probe("offices", "harvest:offices:list", "Read offices", false),
    probe("sources", "harvest:sources:list", "Read sources", false),
    probe("rejection_reasons", "harvest:rejection_reasons:list", "Read rejection reasons", false),
    probe("openings", "harvest:openings:list", "Read openings", false),
    probe("notes", "harvest:notes:list", "Read notes", false),
];

#[derive(Deserialize)]
struct ActingUser {
    name: Option<String>,
    site_admin: Option<bool>,
}

/// Tries every list with one record and names what is missing.
pub(super) async fn verify(cx: &Connection) -> Result<Verified, Error> {
    // One first, alone: with refused credentials thirteen sign-ins at once would look like an attack.
    let mut permissions = vec![try_one(cx, &PROBES[0]).await?];
    for few in PROBES[1..].chunks(4) {
        permissions.extend(futures::future::try_join_all(few.iter().map(|probe| try_one(cx, probe))).await?);
    }
    let mut account = None;
    if let Some(user) = cx.credential("acting_user_id") {
        let users =
            cx.get(API, "users").scope("harvest:users:list").query("ids", user.expose_secret().trim()).query("per_page", "1").send().await;
        if let Some(user) = users.ok().and_then(|answer| answer.json::<Vec<ActingUser>>().ok()).and_then(|users| users.into_iter().next()) {
            account = user.name;
            if user.site_admin == Some(false) {
                permissions.insert(0, role(false));
            }
        }
    }
    // Lists are for Site Admins. Where everything is refused, the role is the likelier cause than thirteen missing scopes.
    if permissions.iter().all(|permission| !permission.ok) && permissions.first().is_some_and(|first| first.key != "site_admin") {
        permissions.insert(0, role(false));
    }
    Ok(Verified { account, permissions })
}

fn role(ok: bool) -> Permission {
    Permission {
        key: "site_admin".to_owned(),
        label: "Site Admin".to_owned(),
        ok,
        required: true,
        message: (!ok).then(|| {
            "Greenhouse gives lists to a Site Admin only. Make the acting user a Site Admin, or enter the ID of one who is.".to_owned()
        }),
    }
}

async fn try_one(cx: &Connection, probe: &Probe) -> Result<Permission, Error> {
    let message = match cx.get(API, probe.path).scope(probe.scope).query("per_page", "1").send().await {
        Ok(answer) => {
            answer.json::<Vec<serde::de::IgnoredAny>>()?;
            None
        }
        Err(Error::Forbidden { message, .. }) if message.to_ascii_lowercase().contains("site admin") => Some(
            "Greenhouse gives this list to a Site Admin only. Make the acting user a Site Admin, or enter the ID of one who is.".to_owned(),
        ),
        Err(Error::Forbidden { .. }) => {
            Some(format!("Add the scope {} to the credential in Greenhouse, under Configure, Dev Center, API Credentials.", probe.scope))
        }
        Err(error) => return Err(error),
    };
    Ok(Permission { key: probe.scope.to_owned(), label: probe.label.to_owned(), ok: message.is_none(), required: probe.required, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(pairs: &[(&str, &str)]) -> Credentials {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect()
    }

    #[test]
    fn an_old_key_is_recognised_wherever_it_was_pasted() {
        let old = "a7183e1b7e9ab09b8a5cfa87d1934c3c-3";
        for pairs in [
            vec![("api_key", "your_greenhouse_api_key")],
            vec![("api_key", old), ("client_id", "abc")],
            vec![("client_id", old), ("client_secret", "x")],
            vec![("client_id", "abc"), ("client_secret", old)],
        ] {
            let error = recognise(&credentials(&pairs)).expect_err("an old key");
            assert!(error.sentence("Greenhouse").contains("Harvest V3 (OAuth)"), "{error}");
            assert_eq!(error.action(), "edit_credentials");
        }
    }

    #[test]
    fn new_credentials_are_taken_and_missing_ones_named() {
        assert_eq!(recognise(&credentials(&[("client_id", "abc-12"), ("client_secret", "deadbeefdeadbeefdeadbeef")])), Ok(()));
        assert_eq!(recognise(&credentials(&[("client_id", "a"), ("client_secret", "b"), ("acting_user_id", " 4080 ")])), Ok(()));
        for (pairs, field) in [
            (vec![], "client_id"),
            (vec![("client_id", " ")], "client_id"),
            (vec![("client_id", "a")], "client_secret"),
            (vec![("client_id", "a"), ("client_secret", "b"), ("acting_user_id", "jane@example.com")], "acting_user_id"),
        ] {
            let Err(Error::Invalid { field: Some(found), .. }) = recognise(&credentials(&pairs)) else { panic!("{pairs:?}") };
            assert_eq!(found, field);
        }
    }
}
