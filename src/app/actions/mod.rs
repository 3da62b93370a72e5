//! Server functions, one file per area. Their bodies exist on the server only; the browser has stubs.

pub mod accounts;
pub mod alerts;
pub mod applications;
pub mod chat;
pub mod dead_letters;
pub mod integrations;
pub mod mapping;
pub mod partner;
pub mod received;
#[expect(clippy::too_many_arguments, reason = "one argument per field of the form")]
pub mod webhooks;

#[cfg(feature = "ssr")]
mod asker;
#[cfg(feature = "ssr")]
mod request;

#[cfg(feature = "ssr")]
use asker::{asker, local_path, wrong};
#[cfg(feature = "ssr")]
use request::{back, caller, failed};
