//! Hirewire: a self-hosted integration hub for hiring teams.
//!
//! One crate, two halves: `ssr` is the server, `hydrate` the browser's islands. See `docs/architecture.md`.

pub mod domain;

#[cfg(feature = "ssr")]
pub mod providers;
