//! The API as programs and browsers meet it: the real router over a fresh database, one file per subject.
//!
//! The suite runs on SQLite; with `TEST_DATABASE_URL` naming a PostgreSQL server it runs there.

mod support;

mod accounts;
mod api_keys;
mod chat;
mod cli;
mod dead_letters;
mod documents;
mod frame;
mod health;
mod idempotency;
mod inbound;
mod journey;
mod mapping;
mod oauth;
mod rate_limit;
mod receiving;
mod schema;
mod webhooks;
mod writes;
