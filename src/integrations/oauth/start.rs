//! Sending a person to the provider.

use url::Url;

use super::state::{self, CONNECT, Pending};
use super::{Binding, client, not_configured_fault, redirect_address, returns};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::catalogue::Category;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::integrations::{connect, connection};
use crate::providers::catalogue::Entry;
use crate::providers::oauth::VARIANT;
use crate::random;
use crate::store::integration::IntegrationRow;

/// What to connect, and how.
#[derive(Debug, Default)]
pub struct StartInput {
    /// The provider's slug, in any spelling the catalogue knows.
    pub provider: String,
    /// Which existing integration is connected again; the provider's own if there is one, otherwise a new one.
    pub integration: Option<IntegrationId>,
    /// What is switched on; what was switched on before, or everything, otherwise.
    pub features: Option<Vec<String>>,
    /// Where the person goes afterwards.
    pub return_to: Option<String>,
    /// Whether it happens in a window of its own, which closes afterwards.
    pub popup: bool,
    /// What people here call it; the provider's name otherwise.
    pub name: Option<String>,
    /// Which of the vendor's worlds: `demo` at DocuSign.
    pub environment: Option<String>,
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Started {
    /// Where to send the person.
    pub url: Url,
    /// What they come back with.
    pub state: String,
    /// The provider.
    pub entry: &'static Entry,
}

/// Makes the address that a person is sent to.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::ProviderPlanned`]; [`ErrorCode::ProviderNotConfigured`] naming the variables;
/// [`ErrorCode::Invalid`] naming the field.
pub async fn start(ctx: &Context, caller: &Caller, binding: &Binding, input: StartInput) -> Result<Started> {
    caller.require(Scope::IntegrationsWrite)?;
    let entry = connect::entry(&input.provider)?;
    if let Some(switch) = switched_off(ctx, entry) {
        let text = format!("This server does not offer this: {switch} is set to false in its configuration.");
        return Err(Fault::new(ErrorCode::FeatureDisabled, text));
    }
    let provider = connection::provider(ctx, entry.slug)?;
    if provider.as_oauth().is_none() {
        return Err(Fault::invalid(
            "/provider",
            format!("{} is connected with credentials, not by signing in: POST them to /integrations/{}/connect.", entry.name, entry.slug),
        ));
    }
    let existing = connect::existing(ctx, caller, entry, input.integration).await?;
    let variant = match input.environment.as_deref() {
        None | Some("" | "production") => known_variant(ctx, existing.as_ref()).await?,
        Some(other) => variant_of(entry, other)?,
    };
    let client = client(ctx, entry, &variant).ok_or_else(|| not_configured_fault(entry))?;
    let features = features(entry, existing.as_ref(), input.features)?;
    let return_to = returns::check(ctx, input.return_to)?;
    let redirect_uri: Url = redirect_address(ctx, entry).parse().map_err(Fault::internal)?;
    let scopes = entry.scopes_for(&features);
    let state = random::token();
    let again = existing.as_ref().is_some_and(|row| row.connected_at.is_some());
    let authorization = client.authorize(&redirect_uri, &state, &scopes, again).map_err(Fault::internal)?;
    let pending = Pending {
        verifier: authorization.verifier.as_ref().map(|verifier| secrecy::ExposeSecret::expose_secret(verifier).to_owned()),
        redirect_uri,
        return_to,
        popup: input.popup,
        scopes: scopes.into_iter().map(str::to_owned).collect(),
        features,
        integration: input.integration,
        name: input.name.map(|name| name.trim().chars().take(100).collect::<String>()).filter(|name| !name.is_empty()),
        variant,
        key: match binding {
            Binding::Key(id) => Some(*id),
            _ => None,
        },
        code: None,
    };
    state::keep(ctx, caller.organization, CONNECT, entry.slug, binding, Some(state.clone()), &pending).await?;
    Ok(Started { url: authorization.url, state, entry })
}

/// The switch of the configuration that turns this provider off: bodies name providers too, not addresses alone.
fn switched_off(ctx: &Context, entry: &Entry) -> Option<&'static str> {
    let features = &ctx.config.features;
    match entry.category {
        Category::Calendar if !features.calendar => Some("ENABLE_CALENDAR_INTEGRATION"),
        Category::Ats if !features.ats => Some("ENABLE_ATS_INTEGRATION"),
        _ if entry.slug.starts_with("linkedin") && !features.linkedin => Some("ENABLE_LINKEDIN_INTEGRATION"),
        _ => None,
    }
}

/// What is switched on: as asked, else as before, else everything.
fn features(entry: &'static Entry, existing: Option<&IntegrationRow>, asked: Option<Vec<String>>) -> Result<Vec<String>> {
    if let Some(asked) = asked {
        let unknown = asked.iter().filter(|key| entry.feature(key).is_none());
        let known: Vec<&str> = entry.features.iter().map(|feature| feature.key).collect();
        let wrong = unknown
            .map(|key| FieldError {
                pointer: "/features".to_owned(),
                detail: format!("{} has no feature {key}. Its features are {}.", entry.name, known.join(", ")),
            })
            .collect();
        return match Fault::invalid_fields(wrong) {
            Some(fault) => Err(fault),
            None => Ok(asked),
        };
    }
    Ok(existing.and_then(chosen).unwrap_or_else(|| entry.features.iter().map(|feature| feature.key.to_owned()).collect()))
}

/// The features that an integration is set up for, if they were ever chosen.
pub(super) fn chosen(row: &IntegrationRow) -> Option<Vec<String>> {
    let list = row.config.0.get("features")?.as_array()?;
    Some(list.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect())
}

async fn known_variant(ctx: &Context, existing: Option<&IntegrationRow>) -> Result<String> {
    let Some(row) = existing else { return Ok(String::new()) };
    let credentials = connection::read(ctx, row.id).await?.unwrap_or_default();
    Ok(credentials.get(VARIANT).map(|variant| secrecy::ExposeSecret::expose_secret(variant).to_owned()).unwrap_or_default())
}

fn variant_of(entry: &Entry, name: &str) -> Result<String> {
    let variant = format!("_{name}");
    let is_known = ["authorize", "accounts"].iter().any(|endpoint| entry.endpoint(&format!("{endpoint}{variant}")).is_some());
    if is_known { Ok(variant) } else { Err(Fault::new(ErrorCode::Invalid, format!("{} has no environment of this name.", entry.name))) }
}
