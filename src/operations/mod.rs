//! Running the program: its keys, its backups, its clean-up, and finding out what is wrong with it.

pub mod activity;
pub mod keys;
pub mod mail;
