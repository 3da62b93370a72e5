//! What is kept how long: bodies and the log of an organization's deliveries. Deleted in small steps, so that nobody waits long for the writer.

use chrono::{DateTime, Utc};

use super::first_id_at;
use crate::domain::id::OrgId;
use crate::store::{Result, Tx};
use crate::{execute, on_tx};

/// Deletes up to `limit` attempts that began before a time. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_attempts(tx: &mut Tx, organization: OrgId, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    const SQL: &str = "DELETE FROM attempts WHERE id IN (SELECT a.id FROM webhooks w JOIN attempts a ON a.webhook_id = w.id \
                       WHERE w.organization_id = $1 AND a.id < $2 LIMIT $3)";
    execute!(tx, SQL, organization, first_id_at(before), limit)
}

/// Deletes up to `limit` deliveries made before a time that are finished. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_old_deliveries(tx: &mut Tx, organization: OrgId, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    const SQL: &str = "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM webhooks w JOIN deliveries d ON d.webhook_id = w.id \
                       WHERE w.organization_id = $1 AND d.id < $2 AND d.state <> 'pending' LIMIT $3)";
    execute!(tx, SQL, organization, first_id_at(before), limit)
}

/// Deletes the bodies of up to `limit` events before a time that nothing waits to send and nobody sent again since. Returns how many bodies.
///
/// # Errors
/// The store's.
pub async fn delete_old_bodies(tx: &mut Tx, organization: OrgId, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    const SQL: &str = "DELETE FROM event_bodies WHERE event_id IN (SELECT b.event_id FROM event_bodies b WHERE b.event_id < $2 \
                       AND EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = b.event_id AND d.organization_id = $1) \
                       AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = b.event_id AND (d.state = 'pending' OR d.id >= $2)) LIMIT $3)";
    execute!(tx, SQL, organization, first_id_at(before), limit)
}

/// Deletes up to `limit` bodies from before a time to which no delivery belongs any more, whosever they were. Returns how many.
///
/// # Errors
/// The store's.
pub async fn delete_orphaned_bodies(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    const SQL: &str = "SELECT b.event_id FROM event_bodies b WHERE b.event_id < $1 \
                       AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = b.event_id) LIMIT $2";
    let rows: Vec<(uuid::Uuid,)> = on_tx!(tx, |c| sqlx::query_as(SQL).bind(first_id_at(before)).bind(limit).fetch_all(&mut *c).await)?;
    let mut deleted = 0;
    for (id,) in rows {
        deleted += execute!(tx, "DELETE FROM event_bodies WHERE event_id = $1", id)?;
    }
    Ok(deleted)
}
