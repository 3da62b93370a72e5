//! Pages, one file each, and the components they share (`ui`). Server only.

pub mod accept_invitation;
pub mod activity;
pub mod alerts;
pub mod connect;
pub mod dashboard;
pub mod dead_letters;
pub mod design;
pub mod forgot_password;
pub mod gallery;
pub mod integration;
pub mod integrations;
pub mod mapping;
pub mod outside;
pub mod received;
pub mod records;
pub mod reset_password;
pub mod search;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod signed_in;
pub mod ui;
pub mod webhooks;
pub mod words;
