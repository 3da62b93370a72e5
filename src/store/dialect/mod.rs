//! What only one of the two databases can say: claiming with `FOR UPDATE SKIP LOCKED`, backups, listening.

pub mod maintenance;

/// The clause that lets several processes claim rows side by side; SQLite has one writer and needs none.
pub fn skip_locked(db: &super::Db) -> &'static str {
    match db {
        super::Db::Sqlite { .. } => "",
        super::Db::Postgres(_) => " FOR UPDATE SKIP LOCKED",
    }
}

/// Wakes other processes. Outside any transaction: PostgreSQL serializes committing notifiers.
///
/// # Errors
/// The store's.
pub async fn notify(db: &super::Db) -> super::Result<()> {
    if let super::Db::Postgres(pool) = db {
        sqlx::query("SELECT pg_notify('hirewire', '')").execute(pool).await?;
    }
    Ok(())
}

/// Calls `woken` whenever another process notifies, until `stop`. Does nothing with SQLite. Reconnects by itself.
pub async fn listen(db: &super::Db, stop: tokio_util::sync::CancellationToken, woken: impl Fn()) {
    let super::Db::Postgres(pool) = db else { return };
    while !stop.is_cancelled() {
        if let Ok(mut listener) = sqlx::postgres::PgListener::connect_with(pool).await
            && listener.listen("hirewire").await.is_ok()
        {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    heard = listener.recv() => if heard.is_ok() { woken() } else { break },
                }
            }
        }
        tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(std::time::Duration::from_secs(2)) => {} }
    }
}

/// Makes transactions that take in records of one connection take turns. SQLite's one writer does so already.
///
/// # Errors
/// The store's.
pub async fn lock_integration(tx: &mut super::Tx, id: crate::domain::id::IntegrationId) -> super::Result<()> {
    if let super::Tx::Postgres(tx) = tx {
        sqlx::query("SELECT id FROM integrations WHERE id = $1 FOR NO KEY UPDATE").bind(id).execute(&mut **tx).await?;
    }
    Ok(())
}

/// The same clause as [`skip_locked`], inside a transaction.
pub const fn skip_locked_in(tx: &super::Tx) -> &'static str {
    match tx {
        super::Tx::Sqlite(_) => "",
        super::Tx::Postgres(_) => " FOR UPDATE SKIP LOCKED",
    }
}

/// An expression for the day, in UTC, of a column with a time: `2026-01-31`.
pub fn utc_day(db: &super::Db, column: &'static str) -> String {
    match db {
        // Times are RFC 3339 in UTC there.
        super::Db::Sqlite { .. } => format!("substr({column}, 1, 10)"),
        super::Db::Postgres(_) => format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"),
    }
}
