//! Field mapping: which field goes to which, and how its value is changed on the way.
//!
//! Inbound a rule reads a field of the provider's raw record and fills one of ours; outbound and in both directions a rule reads one of
//! ours and fills the provider's, and what comes in goes through the same rules reversed. Every saved version is kept.

pub mod apply;
pub mod discover;
pub mod editor;
pub mod fields;
pub mod form;
pub mod in_force;
pub mod local;
pub mod path;
pub mod preview;
pub mod service;
pub mod suggest;
pub mod targets;
pub mod transform;
pub mod validate;
pub mod versions;

pub use apply::{ApplyError, Compiled, reverse_rules};
pub use in_force::{in_force, in_force_outbound};
pub use preview::{Preview, Sides, preview, sides};
pub use service::{Mapping, Place, Save, Which, get, kind, place, save};
