//! Messages into chats: rules say which event goes to which channel, in which words.

mod post;
mod preview;
mod rules;
mod template;

pub use post::{QUEUE, register};
pub use preview::{Preview, preview};
pub use rules::{RuleInput, channels, create, delete, list, update};
pub use template::{DEFAULT, FIELDS};
