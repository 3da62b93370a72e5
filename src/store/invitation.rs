//! Invitations to join an organization. Only the token's hash is stored.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::domain::id::{InvitationId, OrgId, UserId};
use crate::domain::role::Role;
use crate::{execute, on_read, on_tx};

/// An invitation that was not accepted yet.
#[derive(Clone, FromRow)]
pub struct InvitationRow {
    /// Its id.
    pub id: InvitationId,
    /// To which organization.
    pub organization_id: OrgId,
    /// Whom.
    pub email: String,
    /// As what.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// By whom; `None` if not by a person.
    pub invited_by: Option<UserId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for InvitationRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InvitationRow").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// Inserts an invitation; an open one to the same address is replaced.
///
/// # Errors
/// The store's.
pub async fn insert_invitation(tx: &mut Tx, row: &InvitationRow, token_hash: &[u8]) -> Result<()> {
    const DELETE: &str = "DELETE FROM invitations WHERE organization_id = $1 AND email = $2 AND accepted_at IS NULL";
    const INSERT: &str = "INSERT INTO invitations (id, organization_id, email, role, token_hash, invited_by, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute!(tx, DELETE, row.organization_id, &row.email)?;
    execute!(
        tx,
        INSERT,
        row.id,
        row.organization_id,
        &row.email,
        row.role.as_str(),
        token_hash,
        row.invited_by,
        row.created_at,
        row.expires_at
    )?;
    Ok(())
}

/// The open invitations of an organization, newest first; ones that ran out are among them, so that they can be sent again.
///
/// # Errors
/// The store's.
pub async fn list_invitations(db: &Db, organization: OrgId) -> Result<Vec<InvitationRow>> {
    const SQL: &str = "SELECT id, organization_id, email, role, invited_by, created_at, expires_at FROM invitations \
         WHERE organization_id = $1 AND accepted_at IS NULL ORDER BY id DESC";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_all(c).await)?)
}

/// An open invitation of an organization.
///
/// # Errors
/// The store's.
pub async fn find_invitation(db: &Db, organization: OrgId, id: InvitationId) -> Result<Option<InvitationRow>> {
    const SQL: &str = "SELECT id, organization_id, email, role, invited_by, created_at, expires_at FROM invitations \
         WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(id).fetch_optional(c).await)?)
}

/// The invitation with this token, if it can still be accepted. The token is the proof, hence no organization.
///
/// # Errors
/// The store's.
pub async fn find_invitation_by_token(db: &Db, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<InvitationRow>> {
    const SQL: &str = "SELECT id, organization_id, email, role, invited_by, created_at, expires_at FROM invitations \
         WHERE token_hash = $1 AND accepted_at IS NULL AND expires_at > $2";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(token_hash).bind(now).fetch_optional(c).await)?)
}

/// Marks the invitation with this token accepted and returns it. Of two at once, one gets it.
///
/// # Errors
/// The store's.
pub async fn accept_invitation(tx: &mut Tx, token_hash: &[u8], now: DateTime<Utc>) -> Result<Option<InvitationRow>> {
    const SQL: &str = "UPDATE invitations SET accepted_at = $1 WHERE token_hash = $2 AND accepted_at IS NULL AND expires_at > $1 \
         RETURNING id, organization_id, email, role, invited_by, created_at, expires_at";
    Ok(on_tx!(tx, |c| sqlx::query_as(SQL).bind(now).bind(token_hash).fetch_optional(&mut *c).await)?)
}

/// Withdraws an open invitation. Returns whether there was one.
///
/// # Errors
/// The store's.
pub async fn delete_invitation(tx: &mut Tx, organization: OrgId, id: InvitationId) -> Result<bool> {
    const SQL: &str = "DELETE FROM invitations WHERE organization_id = $1 AND id = $2 AND accepted_at IS NULL";
    Ok(execute!(tx, SQL, organization, id)? > 0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};

    #[tokio::test]
    async fn an_invitation_is_accepted_once_and_in_time() {
        on_databases!(|db| {
            let clock = clock();
            let (one, other): (OrgId, OrgId) = (clock.new(), clock.new());
            let invitation = |email: &str| InvitationRow {
                id: clock.new(),
                organization_id: one,
                email: email.to_owned(),
                role: Role::Recruiter,
                invited_by: None,
                created_at: clock.now(),
                expires_at: clock.now() + Duration::from_secs(60),
            };
            let mut tx = db.begin().await.expect("begins");
            insert_organization(&mut tx, one, "One", clock.now()).await.expect("inserts");
            insert_organization(&mut tx, other, "Other", clock.now()).await.expect("inserts");
            insert_invitation(&mut tx, &invitation("a@example.com"), b"old").await.expect("inserts");
            let row = invitation("a@example.com");
            insert_invitation(&mut tx, &row, b"new").await.expect("replaces");
            insert_invitation(&mut tx, &invitation("b@example.com"), b"late").await.expect("inserts");
            assert!(accept_invitation(&mut tx, b"old", clock.now()).await.expect("reads").is_none(), "replaced");
            tx.commit().await.expect("commits");

            assert_eq!(list_invitations(db, one).await.expect("reads").len(), 2);
            assert!(list_invitations(db, other).await.expect("reads").is_empty());
            assert!(find_invitation(db, other, row.id).await.expect("reads").is_none());
            assert!(find_invitation(db, one, row.id).await.expect("reads").is_some());
            assert!(find_invitation_by_token(db, b"new", clock.now()).await.expect("reads").is_some());

            let mut tx = db.begin().await.expect("begins");
            assert!(!delete_invitation(&mut tx, other, row.id).await.expect("nothing to delete"));
            assert!(accept_invitation(&mut tx, b"new", clock.now()).await.expect("accepts").is_some());
            assert!(accept_invitation(&mut tx, b"new", clock.now()).await.expect("reads").is_none(), "used");
            clock.advance(Duration::from_secs(61));
            assert!(accept_invitation(&mut tx, b"late", clock.now()).await.expect("reads").is_none(), "ran out");
        });
    }
}
