//! API keys: `hw_` and 43 random characters. The whole key is shown once; a hash is stored, and the first characters to know it by.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use secrecy::SecretString;

use super::{check_name, token_hash};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::id::ApiKeyId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::identity::KeyIdentity;
use crate::operations::activity::{self, Entry};
use crate::random;
use crate::store::Json;
use crate::store::api_key::{self, ApiKeyRow};

/// What a key begins with.
const MARK: &str = "hw_";
/// How many characters of it are kept to know it by: eight of the 43 random ones.
const SHOWN: usize = 11;
/// Every right.
pub const ALL: &str = "*";

/// What a new key shall be.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// Its rights by name, or `*`.
    pub scopes: Vec<String>,
    /// Networks or addresses it may be used from; none means anywhere.
    pub allowed_networks: Vec<String>,
    /// Until when it works; `None` means until it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A new key, whole for the only time.
#[derive(Debug, Clone)]
pub struct Created {
    /// What is stored.
    pub row: ApiKeyRow,
    /// The key.
    pub key: SecretString,
}

/// The organization's keys that were not revoked, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `keys:write`.
pub async fn list(ctx: &Context, caller: &Caller) -> Result<Vec<ApiKeyRow>> {
    caller.require(Scope::KeysWrite)?;
    Ok(api_key::list_keys(&ctx.store, caller.organization).await?)
}

/// One key, revoked or not.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `keys:write`, [`ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: ApiKeyId) -> Result<ApiKeyRow> {
    caller.require(Scope::KeysWrite)?;
    api_key::find_key(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("API key"))
}

/// Makes a key. It can have no right that the caller lacks.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `keys:write` or a given right, [`ErrorCode::Invalid`] naming fields.
pub async fn create(ctx: &Context, caller: &Caller, input: &NewKey) -> Result<Created> {
    caller.require(Scope::KeysWrite)?;
    let now = ctx.clock.now();
    let mut errors = Vec::new();
    check_name("/name", "a name for the key", &input.name, &mut errors);
    let scopes = check_scopes(&input.scopes, &mut errors);
    let allowed_networks = check_networks(&input.allowed_networks, &mut errors);
    if input.expires_at.is_some_and(|at| at <= now) {
        errors.push(FieldError { pointer: "/expiresAt".to_owned(), detail: "Choose a time in the future.".to_owned() });
    }
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let wanted = rights(&scopes);
    for scope in wanted.as_deref().unwrap_or(Scope::ALL) {
        caller.require(*scope)?;
    }

    let key = format!("{MARK}{}", random::token());
    let row = ApiKeyRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        name: input.name.trim().to_owned(),
        prefix: key[..SHOWN].to_owned(),
        scopes: Json(scopes),
        allowed_networks: Json(allowed_networks),
        created_by: caller.user_id(),
        created_at: now,
        expires_at: input.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let mut tx = ctx.store.begin().await?;
    api_key::insert_key(&mut tx, &row, &token_hash(&key)).await?;
    let entry = Entry::new("api_key.created", format!("The API key {} ({}…) was created.", row.name, row.prefix))
        .subject("api_key", row.id.0)
        .details(serde_json::json!({"scopes": row.scopes.0, "allowedNetworks": row.allowed_networks.0, "expiresAt": row.expires_at}));
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    Ok(Created { row, key: SecretString::from(key) })
}

/// Revokes a key, at once in this process and within seconds in others.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`] without `keys:write`, [`ErrorCode::NotFound`].
pub async fn revoke(ctx: &Context, caller: &Caller, id: ApiKeyId) -> Result<()> {
    let row = get(ctx, caller, id).await?;
    let mut tx = ctx.store.begin().await?;
    if !api_key::revoke_key(&mut tx, caller.organization, id, ctx.clock.now()).await? {
        return Err(Fault::not_found("API key"));
    }
    let entry = Entry::new("api_key.revoked", format!("The API key {} ({}…) was revoked.", row.name, row.prefix));
    activity::record(&mut tx, &ctx.clock, caller, entry.subject("api_key", id.0)).await?;
    tx.commit().await?;
    ctx.identities.forget();
    Ok(())
}

/// Which key this is, if it works. Remembered for a few seconds.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Unavailable`] if the database is away.
pub async fn look_up(ctx: &Context, key: &str) -> Result<Option<Arc<KeyIdentity>>> {
    if !key.starts_with(MARK) || key.len() != MARK.len() + 43 {
        return Ok(None);
    }
    let (hash, now) = (token_hash(key), ctx.clock.now());
    let read = async { Ok::<_, Fault>(api_key::find_key_by_hash(&ctx.store, &hash, now).await?.map(identity)) };
    let found = ctx.identities.key(hash, read).await?;
    Ok(found.filter(|key| key.expires_at.is_none_or(|at| at > now)))
}

/// Notes that a key was used: at most once a minute, beside the request.
pub fn note_use(ctx: &Context, key: &KeyIdentity) {
    let now = ctx.clock.now();
    if !ctx.identities.should_note_use(key.id, now) {
        return;
    }
    let (ctx, organization, id) = (ctx.clone(), key.organization, key.id);
    tokio::spawn(async move {
        let noted = async {
            let mut tx = ctx.store.begin().await?;
            api_key::update_last_used(&mut tx, organization, id, now).await?;
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::debug!(%error, "a key's use could not be noted");
        }
    });
}

/// What the stored names of rights stand for; `None` is every right. Names this program does not know count for nothing.
pub fn rights(scopes: &[String]) -> Option<Vec<Scope>> {
    if scopes.iter().any(|scope| scope == ALL) {
        return None;
    }
    Some(scopes.iter().filter_map(|scope| scope.parse().ok()).collect())
}

fn identity(row: ApiKeyRow) -> KeyIdentity {
    // A stored network that cannot be read must not turn "from there only" into "from anywhere".
    let networks: Vec<IpNet> = row.allowed_networks.0.iter().filter_map(|text| network(text)).collect();
    let is_unreadable = networks.len() != row.allowed_networks.0.len();
    KeyIdentity {
        id: row.id,
        organization: row.organization_id,
        name: row.name,
        scopes: if is_unreadable { Some(Vec::new()) } else { rights(&row.scopes.0) },
        networks,
        expires_at: row.expires_at,
    }
}

fn check_scopes(scopes: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    let mut checked: Vec<String> = scopes.iter().map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect();
    checked.sort_unstable();
    checked.dedup();
    if checked.is_empty() {
        errors.push(FieldError { pointer: "/scopes".to_owned(), detail: "Choose at least one right.".to_owned() });
    }
    for (place, scope) in scopes.iter().enumerate() {
        let scope = scope.trim();
        if !scope.is_empty() && scope != ALL && scope.parse::<Scope>().is_err() {
            let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
            errors.push(FieldError {
                pointer: format!("/scopes/{place}"),
                detail: format!("This is not a right. Rights are {} and *.", known.join(", ")),
            });
        }
    }
    if checked.iter().any(|scope| scope == ALL) { vec![ALL.to_owned()] } else { checked }
}

fn check_networks(networks: &[String], errors: &mut Vec<FieldError>) -> Vec<String> {
    let mut checked = Vec::new();
    for (place, text) in networks.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        match network(text.trim()) {
            Some(network) => checked.push(network.to_string()),
            None => errors.push(FieldError {
                pointer: format!("/allowedNetworks/{place}"),
                detail: "Enter an address or a network, such as 203.0.113.7 or 203.0.113.0/24.".to_owned(),
            }),
        }
    }
    if checked.len() > 50 {
        errors.push(FieldError { pointer: "/allowedNetworks".to_owned(), detail: "Use at most 50 networks.".to_owned() });
    }
    checked
}

fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().map(|network| network.trunc()).ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn rights_are_checked_and_the_star_swallows_the_rest() {
        let mut errors = Vec::new();
        assert_eq!(check_scopes(&texts(&["records:read", "*"]), &mut errors), ["*"]);
        assert_eq!(check_scopes(&texts(&["records:read", "records:read"]), &mut errors), ["records:read"]);
        assert!(errors.is_empty());
        check_scopes(&texts(&["records:read", "records:destroy"]), &mut errors);
        check_scopes(&[], &mut errors);
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/scopes/1", "/scopes"]);
        assert_eq!(rights(&texts(&["*"])), None);
        assert_eq!(rights(&texts(&["records:read", "of another program"])), Some(vec![Scope::RecordsRead]));
    }

    #[test]
    fn networks_are_checked_and_written_alike() {
        let mut errors = Vec::new();
        let checked = check_networks(&texts(&["203.0.113.7", " 203.0.113.9/24 ", "", "2001:db8::1"]), &mut errors);
        assert_eq!(checked, ["203.0.113.7/32", "203.0.113.0/24", "2001:db8::1/128"]);
        assert!(errors.is_empty());
        check_networks(&texts(&["203.0.113.0/24", "office"]), &mut errors);
        assert_eq!(errors[0].pointer, "/allowedNetworks/1");
    }
}
