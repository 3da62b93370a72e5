//! The web app: pages rendered on the server, islands where a page must react, server functions for changes.

#[cfg(feature = "ssr")]
pub mod routes;
