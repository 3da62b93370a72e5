//! A database of the test's own.

use std::path::Path;

use hirewire::clock::Clock;
use hirewire::store::Db;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// An empty database with our schema. It goes with this value.
pub struct Database {
    /// The open database.
    pub db: Db,
    folder: TempDir,
    postgres: Option<(String, String)>,
}

impl Database {
    /// A folder for the test's files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// A SQLite file, or a PostgreSQL database where `TEST_DATABASE_URL` names a server.
pub async fn fresh() -> Database {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
        let db = Db::open_sqlite(&folder.path().join("test.db"), 4).await.expect("the file opens");
        db.migrate().await.expect("the schema is made");
        return Database { db, folder, postgres: None };
    };
    let name = format!("hirewire_{}", Clock::system().new_id().simple());
    run(&server, format!("CREATE DATABASE {name}")).await;
    let mut url = url::Url::parse(&server).expect("TEST_DATABASE_URL is a URL");
    url.set_path(&name);
    let db = Db::open_postgres(url.as_str(), 4).await.expect("the test database opens");
    db.migrate().await.expect("the schema is made");
    Database { db, folder, postgres: Some((server, name)) }
}

async fn run(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.expect("TEST_DATABASE_URL answers");
    // Safe: made here, from a UUID.
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("the statement works");
    let _ = connection.close().await;
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.postgres.take() else { return };
        // The test's own runtime cannot be waited for here.
        let gone = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(run(&server, format!("DROP DATABASE {name} WITH (FORCE)")));
        });
        let _ = gone.join();
    }
}
