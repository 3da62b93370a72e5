//! Webhooks in both directions.
//!
//! [`outbound`] tells subscribed receivers what happened here; it sends exact bytes, signed, and never loses an accepted event.
//! What providers send to us is another module's subject.

pub mod outbound;
