//! Outgoing webhooks: what leaves, to whom, signed how, tried how often.
//!
//! The rules know neither database nor network: [`sign`], [`schedule`], [`filter`], [`breaker`], [`pace`], [`payload`], [`guard`]. [`sender`] is the
//! only door through which a request leaves for a receiver. Services: [`subscriptions`], [`publish`], [`trial`], [`log`], [`stats`], [`replay`], [`portal`].
//! [`deliver`] is the worker, with [`lane`], [`target`] and [`finish`] as its parts. [`catalogue`] describes the events. [`measure`] is for benchmarks.

pub mod breaker;
pub mod catalogue;
pub mod deliver;
pub mod ed25519;
pub mod fan_out;
pub mod filter;
pub mod finish;
pub mod group;
pub mod guard;
pub mod lane;
pub mod log;
pub mod measure;
mod notices;
pub mod pace;
pub mod payload;
pub mod portal;
pub mod publish;
pub mod replay;
pub mod schedule;
pub mod sender;
pub mod settings;
pub mod sign;
pub mod snippets;
mod standing;
pub mod stats;
pub mod subscriptions;
pub mod target;
#[cfg(test)]
mod tests;
pub mod timing;
pub mod trial;
