//! Server functions, one file per area. Their bodies exist on the server only; the browser has stubs.

pub mod integrations;
pub mod mapping;

#[cfg(feature = "ssr")]
mod request;

#[cfg(feature = "ssr")]
use request::{caller, failed};
