//! Pages, one file each, and the components they share (`ui`). Server only.

pub mod gallery;
pub mod ui;
