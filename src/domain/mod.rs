//! What both halves speak: identifiers, value types, events and error codes.
//!
//! Plain serde types only. No I/O, no clock, no randomness, nothing of a provider and nothing secret belongs here.

pub mod catalogue;
pub mod error;
pub mod event;
pub mod id;
pub mod mapping;
pub mod mapping_form;
pub mod role;
pub mod status;
pub mod ui_error;
