//! The web app: pages and their shared components rendered on the server, islands where a page must react, server functions for changes.

pub mod actions;
pub mod islands;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
