//! Who belongs to which organization, with which role.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{Db, Result, Tx};
use crate::domain::id::{OrgId, UserId};
use crate::domain::role::Role;
use crate::{execute, on_read, on_tx};

/// A member of an organization.
#[derive(Clone, FromRow)]
pub struct MemberRow {
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    #[sqlx(try_from = "String")]
    pub role: Role,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for MemberRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberRow").field("user_id", &self.user_id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// One organization a person belongs to.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct MembershipRow {
    /// Which organization.
    pub organization_id: OrgId,
    /// Its name.
    pub organization_name: String,
    /// Their role in it.
    #[sqlx(try_from = "String")]
    pub role: Role,
}

/// Makes a person a member.
///
/// # Errors
/// [`super::Error::Conflict`] if they are one already.
pub async fn insert_membership(tx: &mut Tx, organization: OrgId, user: UserId, role: Role, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)";
    execute!(tx, SQL, organization, user, role.as_str(), now)?;
    Ok(())
}

const MEMBER: &str = "SELECT m.user_id, u.email, u.name, m.role, m.created_at FROM memberships m JOIN users u ON u.id = m.user_id \
     WHERE m.organization_id = $1 AND m.user_id = $2";

/// The members of an organization, by name.
///
/// # Errors
/// The store's.
pub async fn list_members(db: &Db, organization: OrgId) -> Result<Vec<MemberRow>> {
    const SQL: &str = "SELECT m.user_id, u.email, u.name, m.role, m.created_at FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE m.organization_id = $1 ORDER BY u.name, m.user_id";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(organization).fetch_all(c).await)?)
}

/// The addresses of an organization's members in these roles: to whom letters about it go.
///
/// # Errors
/// The store's.
pub async fn list_admin_addresses(tx: &mut Tx, organization: OrgId, roles: &[Role]) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = on_tx!(tx, |c| {
        let mut sql =
            sqlx::QueryBuilder::new("SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.organization_id = ");
        sql.push_bind(organization).push(" AND m.role IN (");
        let mut list = sql.separated(", ");
        for role in roles {
            list.push_bind(role.as_str());
        }
        sql.push(") ORDER BY m.user_id");
        sql.build_query_as().fetch_all(&mut *c).await
    })?;
    Ok(rows.into_iter().map(|row| row.0).collect())
}

/// One member.
///
/// # Errors
/// The store's.
pub async fn find_member(db: &Db, organization: OrgId, user: UserId) -> Result<Option<MemberRow>> {
    Ok(on_read!(db, |c| sqlx::query_as(MEMBER).bind(organization).bind(user).fetch_optional(c).await)?)
}

/// One member, as the transaction sees it.
///
/// # Errors
/// The store's.
pub async fn find_member_in(tx: &mut Tx, organization: OrgId, user: UserId) -> Result<Option<MemberRow>> {
    Ok(on_tx!(tx, |c| sqlx::query_as(MEMBER).bind(organization).bind(user).fetch_optional(&mut *c).await)?)
}

/// The organizations a person belongs to, by name.
///
/// # Errors
/// The store's.
pub async fn list_memberships(db: &Db, user: UserId) -> Result<Vec<MembershipRow>> {
    const SQL: &str = "SELECT m.organization_id, o.name AS organization_name, m.role FROM memberships m \
         JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 ORDER BY o.name, o.id";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(user).fetch_all(c).await)?)
}

/// How many owners the organization has. Lock it first ([`super::organization::lock_organization`]) to act on the answer.
///
/// # Errors
/// The store's.
pub async fn count_owners(tx: &mut Tx, organization: OrgId) -> Result<i64> {
    const SQL: &str = "SELECT COUNT(*) FROM memberships WHERE organization_id = $1 AND role = 'owner'";
    let (count,): (i64,) = on_tx!(tx, |c| sqlx::query_as(SQL).bind(organization).fetch_one(&mut *c).await)?;
    Ok(count)
}

/// Changes a member's role. Returns whether they are one.
///
/// # Errors
/// The store's.
pub async fn update_role(tx: &mut Tx, organization: OrgId, user: UserId, role: Role) -> Result<bool> {
    const SQL: &str = "UPDATE memberships SET role = $1 WHERE organization_id = $2 AND user_id = $3";
    Ok(execute!(tx, SQL, role.as_str(), organization, user)? > 0)
}

/// Ends a membership. Returns whether there was one.
///
/// # Errors
/// The store's.
pub async fn delete_membership(tx: &mut Tx, organization: OrgId, user: UserId) -> Result<bool> {
    const SQL: &str = "DELETE FROM memberships WHERE organization_id = $1 AND user_id = $2";
    Ok(execute!(tx, SQL, organization, user)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};
    use crate::store::user::{insert_user, tests::person};

    #[tokio::test]
    async fn members_belong_to_their_organization_only() {
        on_databases!(|db| {
            let clock = clock();
            let (one, other): (OrgId, OrgId) = (clock.new(), clock.new());
            let user = person(&clock, "robin@example.com");
            let mut tx = db.begin().await.expect("begins");
            for (id, name) in [(one, "One"), (other, "Other")] {
                insert_organization(&mut tx, id, name, clock.now()).await.expect("inserts");
            }
            insert_user(&mut tx, &user).await.expect("inserts");
            insert_membership(&mut tx, one, user.id, Role::Owner, clock.now()).await.expect("inserts");
            assert_eq!(count_owners(&mut tx, one).await.expect("counts"), 1);
            assert!(!update_role(&mut tx, other, user.id, Role::Admin).await.expect("nothing to change"));
            assert!(update_role(&mut tx, one, user.id, Role::Admin).await.expect("changes"));
            assert!(find_member_in(&mut tx, other, user.id).await.expect("reads").is_none());
            tx.commit().await.expect("commits");

            assert_eq!(find_member(db, one, user.id).await.expect("reads").map(|row| row.role), Some(Role::Admin));
            assert_eq!(list_members(db, one).await.expect("reads").len(), 1);
            assert!(list_members(db, other).await.expect("reads").is_empty());
            let mine = list_memberships(db, user.id).await.expect("reads");
            assert_eq!(mine, [MembershipRow { organization_id: one, organization_name: "One".into(), role: Role::Admin }]);

            let mut tx = db.begin().await.expect("begins");
            assert!(!delete_membership(&mut tx, other, user.id).await.expect("nothing to delete"));
            assert!(delete_membership(&mut tx, one, user.id).await.expect("deletes"));
        });
    }
}
