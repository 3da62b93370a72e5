//! What no single process can show about itself: the real program, killed, cut off and starved, and what is left afterwards.
//!
//! The suite runs on SQLite; with `TEST_DATABASE_URL` naming a PostgreSQL server it runs there. Where PostgreSQL's programs are installed, a
//! cluster of the test's own is stopped and started again.

mod database_away;
mod full_disk;
mod killed;
mod support;
mod syncing;
