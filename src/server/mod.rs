//! HTTP: every route in one place, problem bodies, limits, and the pages' frame.
//!
//! No SQL, no provider calls and no business rules: a handler takes its inputs apart, calls one service and answers.

pub mod api;
pub mod assets;
pub mod auth;
pub mod health;
pub mod hooks;
pub mod middleware;
pub mod oauth;
pub mod pages;
pub mod problem;
pub mod request;
pub mod router;
pub mod state;

pub use problem::Problem;
pub use router::router;
pub use state::{AppState, Settings};
