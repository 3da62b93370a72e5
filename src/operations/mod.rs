//! Running the program: the activity log, mail, its keys, its backups, its clean-up, and finding out what is wrong with it.

pub mod activity;
pub mod backup;
pub mod cleanup;
pub mod dead_letters;
pub mod doctor;
pub mod keys;
pub mod mail;
pub mod retention;
