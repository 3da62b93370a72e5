//! Outgoing webhooks: what leaves, to whom, signed how, tried how often.
//!
//! The rules know neither database nor network; `sender` is the only door through which a request leaves for a receiver.

pub mod breaker;
pub mod filter;
pub mod guard;
pub mod payload;
pub mod schedule;
pub mod sender;
pub mod sign;
