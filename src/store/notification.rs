//! Notices to the people of an organization: to one of them, or to all.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::page::{Page, PageQuery};
use super::{Db, Result, Tx};
use crate::domain::id::{OrgId, UserId};
use crate::{execute, on_read};
use uuid::Uuid;

/// A notice.
#[derive(Debug, Clone, FromRow)]
pub struct NotificationRow {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: OrgId,
    /// To whom; `None` is everyone in the organization.
    pub user_id: Option<UserId>,
    /// What it is about, e.g. `integration.error`.
    pub kind: String,
    /// `info`, `warning` or `bad`.
    pub level: String,
    /// A few words.
    pub title: String,
    /// One or two sentences.
    pub body: String,
    /// Where to mend it: a path of ours.
    pub link: Option<String>,
    /// At most one notice of the organization has this key.
    pub dedupe_key: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When somebody read it.
    pub read_at: Option<DateTime<Utc>>,
}

/// Inserts a notice, unless one with its key exists. Returns whether it was inserted.
///
/// # Errors
/// The store's.
pub async fn insert_notification(tx: &mut Tx, row: &NotificationRow) -> Result<bool> {
    const SQL: &str = "INSERT INTO notifications (id, organization_id, user_id, kind, level, title, body, link, dedupe_key, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (organization_id, dedupe_key) DO NOTHING";
    let inserted = execute!(
        tx,
        SQL,
        row.id,
        row.organization_id,
        row.user_id,
        &row.kind,
        &row.level,
        &row.title,
        &row.body,
        &row.link,
        &row.dedupe_key,
        row.created_at
    )?;
    Ok(inserted > 0)
}

/// What this person sees of the organization's notices, newest first. Without a person: those to everyone.
///
/// # Errors
/// The store's.
pub async fn list_notifications(
    db: &Db,
    organization: OrgId,
    user: Option<UserId>,
    unread_only: bool,
    page: PageQuery,
) -> Result<Page<NotificationRow>> {
    const ALL: &str = "SELECT id, organization_id, user_id, kind, level, title, body, link, dedupe_key, created_at, read_at \
         FROM notifications WHERE organization_id = $1 AND (user_id IS NULL OR user_id = $2) AND id < $3 ORDER BY id DESC LIMIT $4";
    const UNREAD: &str = "SELECT id, organization_id, user_id, kind, level, title, body, link, dedupe_key, created_at, read_at \
         FROM notifications WHERE organization_id = $1 AND (user_id IS NULL OR user_id = $2) AND id < $3 AND read_at IS NULL \
         ORDER BY id DESC LIMIT $4";
    let sql = if unread_only { UNREAD } else { ALL };
    let rows = on_read!(db, |c| sqlx::query_as(sql)
        .bind(organization)
        .bind(user)
        .bind(page.before_id())
        .bind(page.fetch_limit())
        .fetch_all(c)
        .await)?;
    Ok(page.finish(rows, |row: &NotificationRow| row.id))
}

/// How many notices this person has not read.
///
/// # Errors
/// The store's.
pub async fn count_unread(db: &Db, organization: OrgId, user: Option<UserId>) -> Result<i64> {
    const SQL: &str =
        "SELECT COUNT(*) FROM notifications WHERE organization_id = $1 AND (user_id IS NULL OR user_id = $2) AND read_at IS NULL";
    let (count,): (i64,) = on_read!(db, |c| sqlx::query_as(SQL).bind(organization).bind(user).fetch_one(c).await)?;
    Ok(count)
}

/// Marks a notice read. Returns whether this person sees such a notice.
///
/// # Errors
/// The store's.
pub async fn update_read(tx: &mut Tx, organization: OrgId, user: Option<UserId>, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    const SQL: &str = "UPDATE notifications SET read_at = COALESCE(read_at, $1) \
         WHERE organization_id = $2 AND (user_id IS NULL OR user_id = $3) AND id = $4";
    Ok(execute!(tx, SQL, now, organization, user, id)? > 0)
}

/// Marks everything this person sees read. Returns how many notices that were.
///
/// # Errors
/// The store's.
pub async fn update_all_read(tx: &mut Tx, organization: OrgId, user: Option<UserId>, now: DateTime<Utc>) -> Result<u64> {
    const SQL: &str =
        "UPDATE notifications SET read_at = $1 WHERE organization_id = $2 AND (user_id IS NULL OR user_id = $3) AND read_at IS NULL";
    execute!(tx, SQL, now, organization, user)
}

/// Deletes the notice with this key: the trouble it told of is over. Returns whether there was one.
///
/// # Errors
/// The store's.
pub async fn delete_notification(tx: &mut Tx, organization: OrgId, dedupe_key: &str) -> Result<bool> {
    Ok(execute!(tx, "DELETE FROM notifications WHERE organization_id = $1 AND dedupe_key = $2", organization, dedupe_key)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::organization::insert_organization;
    use crate::store::testing::{clock, on_databases};
    use crate::store::user::{insert_user, tests::person};

    #[tokio::test]
    async fn a_notice_is_seen_by_whom_it_is_for() {
        on_databases!(|db| {
            let clock = clock();
            let (one, other): (OrgId, OrgId) = (clock.new(), clock.new());
            let (robin, sam) = (person(&clock, "robin@example.com"), person(&clock, "sam@example.com"));
            let notice = |user: Option<UserId>, key: &str| NotificationRow {
                id: clock.new_id(),
                organization_id: one,
                user_id: user,
                kind: "integration.error".to_owned(),
                level: "bad".to_owned(),
                title: "Greenhouse needs you".to_owned(),
                body: "It refused the sign-in.".to_owned(),
                link: Some("/integrations".to_owned()),
                dedupe_key: Some(key.to_owned()),
                created_at: clock.now(),
                read_at: None,
            };
            let mut tx = db.begin().await.expect("begins");
            insert_organization(&mut tx, one, "One", clock.now()).await.expect("inserts");
            insert_organization(&mut tx, other, "Other", clock.now()).await.expect("inserts");
            insert_user(&mut tx, &robin).await.expect("inserts");
            insert_user(&mut tx, &sam).await.expect("inserts");
            assert!(insert_notification(&mut tx, &notice(None, "a")).await.expect("inserts"));
            assert!(!insert_notification(&mut tx, &notice(None, "a")).await.expect("is there already"));
            let to_robin = notice(Some(robin.id), "b");
            assert!(insert_notification(&mut tx, &to_robin).await.expect("inserts"));
            tx.commit().await.expect("commits");

            assert_eq!(count_unread(db, one, Some(robin.id)).await.expect("counts"), 2);
            assert_eq!(count_unread(db, one, Some(sam.id)).await.expect("counts"), 1);
            assert_eq!(count_unread(db, other, Some(robin.id)).await.expect("counts"), 0);
            let first = PageQuery { limit: 1, before: None };
            let page = list_notifications(db, one, Some(robin.id), false, first).await.expect("reads");
            assert!(page.rows.len() == 1 && page.next.is_some());

            let mut tx = db.begin().await.expect("begins");
            assert!(!update_read(&mut tx, one, Some(sam.id), to_robin.id, clock.now()).await.expect("not theirs"));
            assert!(!update_read(&mut tx, other, Some(robin.id), to_robin.id, clock.now()).await.expect("not there"));
            assert!(update_read(&mut tx, one, Some(robin.id), to_robin.id, clock.now()).await.expect("marks"));
            assert_eq!(update_all_read(&mut tx, one, Some(robin.id), clock.now()).await.expect("marks"), 1);
            assert!(delete_notification(&mut tx, one, "a").await.expect("deletes"));
            tx.commit().await.expect("commits");
            let unread = list_notifications(db, one, Some(robin.id), true, PageQuery::default()).await.expect("reads");
            assert!(unread.rows.is_empty());
        });
    }
}
