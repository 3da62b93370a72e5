//! Which connections an account of a provider belongs to, as the provider itself said when it was connected.

use chrono::{DateTime, Utc};

use super::{Db, Result, Tx};
use crate::domain::id::IntegrationId;
use crate::{execute, on_read};

/// Remembers that an account belongs to a connection. Only for what the provider said: whoever claims an account gets its messages.
///
/// # Errors
/// The store's.
pub async fn upsert_provider_account(
    tx: &mut Tx,
    provider: &str,
    account: &str,
    integration: IntegrationId,
    now: DateTime<Utc>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO provider_accounts (provider, account, integration_id, known_since) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (provider, account, integration_id) DO NOTHING";
    execute!(tx, SQL, provider, account, integration, now)?;
    Ok(())
}

/// Forgets the accounts of a connection.
///
/// # Errors
/// The store's.
pub async fn delete_provider_accounts(tx: &mut Tx, integration: IntegrationId) -> Result<u64> {
    const SQL: &str = "DELETE FROM provider_accounts WHERE integration_id = $1";
    execute!(tx, SQL, integration)
}

/// The connections of an account, oldest first.
///
/// # Errors
/// The store's.
pub async fn list_integrations_of_account(db: &Db, provider: &str, account: &str) -> Result<Vec<IntegrationId>> {
    const SQL: &str = "SELECT integration_id FROM provider_accounts WHERE provider = $1 AND account = $2 ORDER BY integration_id";
    let rows: Vec<(IntegrationId,)> = on_read!(db, |c| sqlx::query_as(SQL).bind(provider).bind(account).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
