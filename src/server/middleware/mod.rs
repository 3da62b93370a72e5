//! What happens around every request, from the outside in: see [`super::router`] for the order.

pub mod address;
pub mod body_limit;
pub mod errors;
pub mod features;
pub mod headers;
pub mod idempotency;
pub mod rate_limit;
pub mod trace;
