//! How many messages of providers were refused, came twice, or were nobody's: per connection and day.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Db, Result, Tx};
use crate::domain::id::IntegrationId;
use crate::{execute, on_read};

fn key(integration: Option<IntegrationId>) -> Uuid {
    integration.map_or(Uuid::nil(), |id| id.0)
}

/// Counts one message.
///
/// # Errors
/// The store's.
pub async fn add_inbound_count(
    tx: &mut Tx,
    provider: &str,
    integration: Option<IntegrationId>,
    day: NaiveDate,
    outcome: &str,
) -> Result<()> {
    const SQL: &str = "INSERT INTO inbound_counts (provider, integration_id, day, outcome, messages) VALUES ($1, $2, $3, $4, 1) \
                       ON CONFLICT (integration_id, provider, day, outcome) DO UPDATE SET messages = inbound_counts.messages + 1";
    execute!(tx, SQL, provider, key(integration), day.to_string(), outcome)?;
    Ok(())
}

/// How many messages of a connection (or, without one, of nobody's) had each outcome since a day.
///
/// # Errors
/// The store's.
pub async fn list_inbound_counts(
    db: &Db,
    provider: &str,
    integration: Option<IntegrationId>,
    since: NaiveDate,
) -> Result<Vec<(String, i64)>> {
    const SQL: &str = "SELECT outcome, CAST(SUM(messages) AS BIGINT) FROM inbound_counts WHERE provider = $1 AND integration_id = $2 AND day >= $3 \
                       GROUP BY outcome ORDER BY outcome";
    Ok(on_read!(db, |c| sqlx::query_as(SQL).bind(provider).bind(key(integration)).bind(since.to_string()).fetch_all(c).await)?)
}

/// Forgets the counts of days before this one.
///
/// # Errors
/// The store's.
pub async fn delete_old_inbound_counts(tx: &mut Tx, before: NaiveDate) -> Result<u64> {
    const SQL: &str = "DELETE FROM inbound_counts WHERE day < $1";
    execute!(tx, SQL, before.to_string())
}
