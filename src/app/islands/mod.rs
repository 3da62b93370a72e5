//! The views the browser compiles, one file per island. An island must earn its bytes.

pub mod comfort;
pub mod mapping;
pub mod run_progress;
