//! Pages, one file each, and the components they share (`ui`). Server only.

pub mod connect;
pub mod gallery;
pub mod integration;
pub mod integrations;
pub mod mapping;
pub mod signed_in;
pub mod ui;
pub mod words;
