//! Webhooks in both directions.
//!
//! [`outbound`] tells subscribed receivers what happened here; it sends exact bytes, signed, and never loses an accepted event.
//! [`inbound`] keeps what providers send before it answers, checks it over its bytes, and deals with it in order.

pub mod inbound;
pub mod outbound;
