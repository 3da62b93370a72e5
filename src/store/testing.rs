//! Fresh databases for tests: a SQLite file always, PostgreSQL where `TEST_DATABASE_URL` names a server.

use chrono::{DateTime, TimeZone as _, Utc};
use sqlx::AssertSqlSafe;

use super::Db;
use crate::clock::Clock;

/// A database that goes when the test ends. Call [`TestDb::close`] at the end, so that PostgreSQL's is dropped.
pub(crate) struct TestDb {
    pub(crate) db: Db,
    folder: Option<tempfile::TempDir>,
    postgres: Option<(String, String)>,
}

impl TestDb {
    /// Closes the connections and removes the database.
    pub(crate) async fn close(self) {
        self.db.close().await;
        if let Some((server, name)) = self.postgres {
            let pool = sqlx::PgPool::connect(&server).await.expect("the test server answers");
            // Safe: the name is made here from a UUID.
            sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&pool).await.expect("the test database goes");
        }
        drop(self.folder);
    }
}

/// A migrated SQLite file.
pub(crate) async fn sqlite() -> TestDb {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let db = Db::open_sqlite(&folder.path().join("test.db"), 2).await.expect("the file opens");
    db.migrate().await.expect("the schema is made");
    TestDb { db, folder: Some(folder), postgres: None }
}

/// A migrated PostgreSQL database, if there is a server for tests.
pub(crate) async fn postgres() -> Option<TestDb> {
    let server = std::env::var("TEST_DATABASE_URL").ok()?;
    let name = format!("hirewire_{}", Clock::system().new_id().simple());
    let pool = sqlx::PgPool::connect(&server).await.expect("TEST_DATABASE_URL answers");
    // Safe: the name is made here from a UUID.
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.expect("a test database is made");
    pool.close().await;
    let mut url = url::Url::parse(&server).expect("TEST_DATABASE_URL is a URL");
    url.set_path(&name);
    let db = Db::open_postgres(url.as_str(), 4).await.expect("the test database opens");
    db.migrate().await.expect("the schema is made");
    Some(TestDb { db, folder: None, postgres: Some((server, name)) })
}

/// Every database at hand.
pub(crate) async fn databases() -> Vec<TestDb> {
    let mut all = vec![sqlite().await];
    all.extend(postgres().await);
    all
}

/// A fixed instant, and a clock that stands there.
pub(crate) fn clock() -> Clock {
    Clock::manual(start())
}

/// The instant tests begin at.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).single().expect("a valid instant")
}

/// Runs the body once per database at hand; `$db` is a `&Db`.
macro_rules! on_databases {
    (|$db:ident| $body:block) => {
        for test in $crate::store::testing::databases().await {
            {
                let $db = &test.db;
                $body
            }
            test.close().await;
        }
    };
}
pub(crate) use on_databases;
