//! Signing up: a new organization and its owner. Also what the command line uses to make people.
//!
//! Without a letter to the address, a sign-up cannot hide that the address has an account. It is therefore counted per network, as
//! sign-ins are, and does the same work in both cases.

use secrecy::SecretString;

use super::sessions::SignedIn;
use super::{Visitor, check_email, check_name, password, throttle};
use crate::caller::{Actor, Caller};
use crate::context::Context;
use crate::domain::id::{OrgId, UserId};
use crate::domain::role::Role;
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::store::user::{self, UserRow};
use crate::store::{self, membership, organization};

/// What a person types.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The organization's name.
    pub organization: String,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: SecretString,
}

/// Makes an organization and its owner. Begin a session with the answer.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming the fields, [`crate::domain::error::ErrorCode::RateLimited`] after too many
/// attempts from one address.
pub async fn sign_up(ctx: &Context, input: &SignUp, visitor: &Visitor) -> Result<SignedIn> {
    let mut errors = Vec::new();
    check_name("/organization", "the organization's name", &input.organization, &mut errors);
    check_name("/name", "your name", &input.name, &mut errors);
    let email = check_email("/email", &input.email, &mut errors);
    password::check("/password", &input.password, &email, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let by_address: Vec<_> = throttle::address(ctx, "sign-up", visitor).into_iter().collect();
    throttle::admit(ctx, &by_address).await?;
    let hash = password::hash(&input.password).await?;

    let organization: OrgId = ctx.clock.new();
    let owner = new_user(ctx, email, input.name.trim(), hash);
    let mut tx = ctx.store.begin().await?;
    if user::find_user_by_email_in(&mut tx, &owner.email).await?.is_some() {
        return Err(taken());
    }
    insert_organization(ctx, &mut tx, organization, input.organization.trim()).await?;
    insert_user(&mut tx, &owner).await?;
    membership::insert_membership(&mut tx, organization, owner.id, Role::Owner, ctx.clock.now()).await?;
    let actor = Actor::User { id: owner.id, name: owner.name.clone(), role: Role::Owner };
    let caller = Caller { actor, organization, trace: visitor.trace, address: visitor.address };
    let entry = Entry::new("organization.created", format!("{} created the organization {}.", owner.name, input.organization.trim()))
        .subject("organization", organization.0);
    activity::record(&mut tx, &ctx.clock, &caller, entry).await?;
    tx.commit().await?;
    Ok(SignedIn { user: owner.id, organization: Some(organization) })
}

/// Makes a member from the command line: the organization and the person are made if they do not exist yet. An existing person keeps
/// their password.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming the fields, [`crate::domain::error::ErrorCode::Conflict`] if they are a member.
pub async fn add_member(ctx: &Context, input: &SignUp, role: Role) -> Result<SignedIn> {
    let mut errors = Vec::new();
    check_name("/organization", "the organization's name", &input.organization, &mut errors);
    check_name("/name", "the person's name", &input.name, &mut errors);
    let email = check_email("/email", &input.email, &mut errors);
    password::check("/password", &input.password, &email, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    let hash = password::hash(&input.password).await?;
    let name = input.organization.trim();
    let existing = organization::find_organization_by_name(&ctx.store, name).await?;
    let organization = existing.as_ref().map_or_else(|| ctx.clock.new(), |row| row.id);
    let mut tx = ctx.store.begin().await?;
    if existing.is_none() {
        insert_organization(ctx, &mut tx, organization, name).await?;
    }
    let person = match user::find_user_by_email_in(&mut tx, &email).await? {
        Some(person) => person,
        None => {
            let person = new_user(ctx, email, input.name.trim(), hash);
            insert_user(&mut tx, &person).await?;
            person
        }
    };
    match membership::insert_membership(&mut tx, organization, person.id, role, ctx.clock.now()).await {
        Err(store::Error::Conflict(_)) => return Err(Fault::conflict("This person is a member already.")),
        done => done?,
    }
    let caller = Caller::system(organization, "command line", ctx.clock.new_id());
    let entry =
        Entry::new("member.added", format!("{} was added as {role} from the command line.", person.name)).subject("user", person.id.0);
    activity::record(&mut tx, &ctx.clock, &caller, entry).await?;
    tx.commit().await?;
    Ok(SignedIn { user: person.id, organization: Some(organization) })
}

/// Makes an organization without members, if there is none of this name, and says which it is. For the command line.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] if the name is not one.
pub async fn ensure_organization(ctx: &Context, name: &str) -> Result<OrgId> {
    let mut errors = Vec::new();
    check_name("/organization", "the organization's name", name, &mut errors);
    if let Some(fault) = Fault::invalid_fields(errors) {
        return Err(fault);
    }
    if let Some(row) = organization::find_organization_by_name(&ctx.store, name.trim()).await? {
        return Ok(row.id);
    }
    let id = ctx.clock.new();
    let mut tx = ctx.store.begin().await?;
    insert_organization(ctx, &mut tx, id, name.trim()).await?;
    let caller = Caller::system(id, "command line", ctx.clock.new_id());
    let entry = Entry::new("organization.created", format!("The organization {} was created from the command line.", name.trim()));
    activity::record(&mut tx, &ctx.clock, &caller, entry.subject("organization", id.0)).await?;
    tx.commit().await?;
    Ok(id)
}

async fn insert_organization(ctx: &Context, tx: &mut store::Tx, id: OrgId, name: &str) -> Result<()> {
    Ok(organization::insert_organization(tx, id, name, ctx.clock.now()).await?)
}

/// A new person, not stored yet.
pub(super) fn new_user(ctx: &Context, email: String, name: &str, password_hash: String) -> UserRow {
    let now = ctx.clock.now();
    UserRow {
        id: ctx.clock.new::<UserId>(),
        email,
        name: name.to_owned(),
        password_hash: Some(password_hash),
        kind: "member".to_owned(),
        theme: None,
        time_zone: None,
        locale: None,
        created_at: now,
        updated_at: now,
    }
}

/// Stores a new person.
pub(super) async fn insert_user(tx: &mut store::Tx, person: &UserRow) -> Result<()> {
    match user::insert_user(tx, person).await {
        Err(store::Error::Conflict(_)) => Err(taken()),
        done => Ok(done?),
    }
}

fn taken() -> Fault {
    Fault::invalid("/email", "This address cannot be used for a new account. If it is yours, sign in, or reset the password.")
}
