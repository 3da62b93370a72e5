//! Integrations: connecting a tool, keeping its credentials, knowing by evidence whether it works, and letting go of it.

pub mod calendars;
pub mod chat;
pub mod connect;
pub mod connection;
pub mod evidence;
pub mod health;
pub mod lifecycle;
pub mod oauth;
pub mod query;
pub mod tokens;

pub use connection::open;
