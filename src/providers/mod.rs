//! Everything that speaks to the outside tools: what they are (`catalogue`) and the code that calls them.

pub mod catalogue;
