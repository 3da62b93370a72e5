//! The hiring records: taking them in from connected systems, reading and changing them.

pub mod ingest;
