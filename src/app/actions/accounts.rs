//! Changes to accounts: what the forms of sign-in and of the settings post.

use leptos::prelude::*;

use crate::domain::id::{ApiKeyId, InvitationId, OrgId, UserId};
use crate::domain::role::Role;
use crate::domain::ui_error::UiError;

/// Signs in, then leads to where the person was going.
#[server(prefix = "/fn", endpoint = "auth/sign-in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<(), UiError> {
    use crate::accounts::{sessions, sign_in};
    let asker = super::asker()?;
    let input = sign_in::SignIn { email, password: password.into() };
    let who = sign_in::sign_in(&asker.ctx, &input, &asker.visitor).await.map_err(super::failed)?;
    sessions::begin(&asker.ctx, &asker.session, who, &asker.visitor).await.map_err(super::failed)?;
    leptos_axum::redirect(super::local_path(&next));
    Ok(())
}

/// Makes an organization and its owner, and signs them in.
#[server(prefix = "/fn", endpoint = "auth/sign-up")]
pub async fn sign_up(organization: String, name: String, email: String, password: String) -> Result<(), UiError> {
    use crate::accounts::{sessions, sign_up};
    let asker = super::asker()?;
    let input = sign_up::SignUp { organization, name, email, password: password.into() };
    let who = sign_up::sign_up(&asker.ctx, &input, &asker.visitor).await.map_err(super::failed)?;
    sessions::begin(&asker.ctx, &asker.session, who, &asker.visitor).await.map_err(super::failed)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Asks for a letter with a reset link.
#[server(prefix = "/fn", endpoint = "auth/forgot-password")]
pub async fn forgot_password(email: String) -> Result<(), UiError> {
    let asker = super::asker()?;
    crate::accounts::reset::request(&asker.ctx, &email, &asker.visitor).await.map_err(super::failed)?;
    leptos_axum::redirect("/forgot-password?done=asked");
    Ok(())
}

/// Sets a new password with a reset link.
#[server(prefix = "/fn", endpoint = "auth/reset-password")]
pub async fn reset_password(token: String, password: String) -> Result<(), UiError> {
    let asker = super::asker()?;
    crate::accounts::reset::complete(&asker.ctx, &token, &password.into(), &asker.visitor).await.map_err(super::failed)?;
    leptos_axum::redirect("/sign-in?done=password");
    Ok(())
}

/// Accepts an invitation as a new person, and signs them in.
#[server(prefix = "/fn", endpoint = "auth/accept-invitation")]
pub async fn accept_invitation(token: String, name: String, password: String) -> Result<(), UiError> {
    use crate::accounts::{invitations, sessions};
    let asker = super::asker()?;
    let who = invitations::accept_as_new(&asker.ctx, &token, &name, &password.into(), &asker.visitor).await.map_err(super::failed)?;
    sessions::begin(&asker.ctx, &asker.session, who, &asker.visitor).await.map_err(super::failed)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Accepts an invitation as the signed-in person.
#[server(prefix = "/fn", endpoint = "accounts/join")]
pub async fn join(token: String) -> Result<(), UiError> {
    use crate::accounts::{invitations, sessions};
    let asker = super::asker()?;
    let me = asker.me()?;
    let who = invitations::accept_as(&asker.ctx, &token, &me, &asker.visitor).await.map_err(super::failed)?;
    if let Some(organization) = who.organization {
        sessions::switch(&asker.ctx, &asker.session, &me, organization).await.map_err(super::failed)?;
    }
    leptos_axum::redirect("/");
    Ok(())
}

/// Shows another of the person's organizations.
#[server(prefix = "/fn", endpoint = "accounts/switch")]
pub async fn switch_organization(organization: OrgId) -> Result<(), UiError> {
    let asker = super::asker()?;
    crate::accounts::sessions::switch(&asker.ctx, &asker.session, &*asker.me()?, organization).await.map_err(super::failed)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Renames the organization.
#[server(prefix = "/fn", endpoint = "accounts/organization")]
pub async fn rename_organization(name: String) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::organization::rename(&ctx, &caller, &name).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings?done=saved");
    Ok(())
}

/// Invites an address; an open invitation to it is sent again.
#[server(prefix = "/fn", endpoint = "accounts/invite")]
pub async fn invite(email: String, role: Role) -> Result<(), UiError> {
    use crate::accounts::{invitations, sessions};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let invited = invitations::create(&ctx, &caller, &email, role).await.map_err(super::failed)?;
    sessions::stash(&ctx, &asker.session, "invitation", &invited.link).await.map_err(super::failed)?;
    leptos_axum::redirect(if invited.is_mailed { "/settings/members?done=mailed" } else { "/settings/members?done=invited" });
    Ok(())
}

/// Withdraws an invitation.
#[server(prefix = "/fn", endpoint = "accounts/withdraw-invitation")]
pub async fn withdraw_invitation(id: InvitationId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::invitations::revoke(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/members?done=withdrawn");
    Ok(())
}

/// Gives a member another role.
#[server(prefix = "/fn", endpoint = "accounts/change-role")]
pub async fn change_role(user: UserId, role: Role) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::members::change_role(&ctx, &caller, user, role).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/members?done=role");
    Ok(())
}

/// Removes a member, or lets somebody leave.
#[server(prefix = "/fn", endpoint = "accounts/remove-member")]
pub async fn remove_member(user: UserId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::members::remove(&ctx, &caller, user).await.map_err(super::failed)?;
    leptos_axum::redirect(if caller.user_id() == Some(user) { "/sign-in" } else { "/settings/members?done=removed" });
    Ok(())
}

/// Makes a password reset link for a member.
#[server(prefix = "/fn", endpoint = "accounts/reset-link")]
pub async fn create_reset_link(user: UserId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let link = crate::accounts::reset::create_link(&ctx, &caller, user).await.map_err(super::failed)?;
    crate::accounts::sessions::stash(&ctx, &asker.session, "reset", &link).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/members?done=reset");
    Ok(())
}

/// Makes an API key; it is shown once, on the next page.
#[server(prefix = "/fn", endpoint = "accounts/create-api-key")]
pub async fn create_api_key(
    name: String,
    #[server(default)] scopes: Vec<String>,
    #[server(default)] networks: String,
    #[server(default)] days: String,
) -> Result<(), UiError> {
    use secrecy::ExposeSecret as _;

    use crate::accounts::{api_keys, sessions};
    let (ctx, caller) = super::caller()?;
    let asker = super::asker()?;
    let expires_at = match days.trim() {
        "" | "never" => None,
        days => {
            let days = days.parse::<u16>().map_err(|_| super::wrong("expiresAt"))?;
            Some(ctx.clock.now() + chrono::TimeDelta::days(days.into()))
        }
    };
    let allowed_networks = networks.split([',', '\n', ' ', '\r']).filter(|text| !text.is_empty()).map(str::to_owned).collect();
    let input = api_keys::NewKey { name, scopes, allowed_networks, expires_at };
    let created = api_keys::create(&ctx, &caller, &input).await.map_err(super::failed)?;
    sessions::stash(&ctx, &asker.session, "api_key", created.key.expose_secret()).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/keys?done=created");
    Ok(())
}

/// Revokes an API key.
#[server(prefix = "/fn", endpoint = "accounts/revoke-api-key")]
pub async fn revoke_api_key(id: ApiKeyId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    crate::accounts::api_keys::revoke(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/keys?done=revoked");
    Ok(())
}

/// Ends one of the person's own sessions.
#[server(prefix = "/fn", endpoint = "accounts/revoke-session")]
pub async fn revoke_session(id: String) -> Result<(), UiError> {
    let asker = super::asker()?;
    crate::accounts::sessions::revoke(&asker.ctx, &*asker.me()?, &asker.visitor, &id).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/sessions?done=ended");
    Ok(())
}

/// Ends the person's other sessions.
#[server(prefix = "/fn", endpoint = "accounts/revoke-other-sessions")]
pub async fn revoke_other_sessions() -> Result<(), UiError> {
    let asker = super::asker()?;
    crate::accounts::sessions::revoke_others(&asker.ctx, &*asker.me()?, &asker.visitor).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/sessions?done=ended");
    Ok(())
}

/// Changes name and time zone.
#[server(prefix = "/fn", endpoint = "accounts/profile")]
pub async fn save_profile(name: String, #[server(default)] time_zone: String) -> Result<(), UiError> {
    let asker = super::asker()?;
    let me = asker.me()?;
    crate::accounts::profile::update(&asker.ctx, &me, &asker.visitor, &name, &time_zone).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/profile?done=saved");
    Ok(())
}

/// Changes the password, knowing the present one.
#[server(prefix = "/fn", endpoint = "accounts/password")]
pub async fn change_password(current: String, chosen: String) -> Result<(), UiError> {
    use crate::accounts::profile;
    let asker = super::asker()?;
    let me = asker.me()?;
    profile::change_password(&asker.ctx, &me, &asker.visitor, &current.into(), &chosen.into()).await.map_err(super::failed)?;
    leptos_axum::redirect("/settings/profile?done=password");
    Ok(())
}
