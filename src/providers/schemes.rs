//! Which provider sends webhooks, and whose code checks them: one line per provider.
//!
//! A scheme needs nothing but the message and the keys, so it stands here before the rest of its provider is written: each is a
//! `webhooks.rs` in the provider's folder, named here by its path, and belongs to this module.

use super::Inbound;
use super::greenhouse::Greenhouse;

#[path = "bamboohr/webhooks.rs"]
pub mod bamboohr;
#[path = "docusign/webhooks.rs"]
pub mod docusign;
#[path = "dropbox_sign/webhooks.rs"]
pub mod dropbox_sign;
#[path = "gmail/webhooks.rs"]
pub mod gmail;
#[path = "google_calendar/webhooks.rs"]
pub mod google_calendar;
#[path = "indeed/webhooks.rs"]
pub mod indeed;
#[path = "lever/webhooks.rs"]
pub mod lever;
#[path = "linkedin/webhooks.rs"]
pub mod linkedin;
#[path = "microsoft/webhooks.rs"]
pub mod microsoft;
#[path = "rippling/webhooks.rs"]
pub mod rippling;
#[path = "slack/webhooks.rs"]
pub mod slack;
#[path = "stripe/webhooks.rs"]
pub mod stripe;
#[path = "zoho_crm/webhooks.rs"]
pub mod zoho_crm;

#[cfg(test)]
#[path = "schemes/tests.rs"]
mod tests;

/// Every provider that sends webhooks.
static SCHEMES: &[(&str, &dyn Inbound)] = &[
    ("bamboohr_hris", &bamboohr::Webhooks),
    ("docusign", &docusign::Webhooks),
    ("dropbox_sign", &dropbox_sign::Webhooks),
    ("gmail", &gmail::Webhooks),
    ("google_calendar", &google_calendar::Webhooks),
    ("greenhouse", &Greenhouse),
    ("indeed", &indeed::Webhooks),
    ("lever", &lever::Webhooks),
    ("linkedin", &linkedin::Webhooks),
    ("outlook_calendar", &microsoft::Webhooks),
    ("outlook_mail", &microsoft::Webhooks),
    ("rippling", &rippling::Webhooks),
    ("slack", &slack::Webhooks),
    ("stripe", &stripe::Webhooks),
    ("zoho_crm", &zoho_crm::Webhooks),
];

/// How a provider's webhooks are checked and read; `None` if it sends none.
pub fn of(slug: &str) -> Option<&'static dyn Inbound> {
    SCHEMES.iter().find(|(name, _)| *name == slug).map(|(_, inbound)| *inbound)
}

/// Every provider that sends webhooks, by slug.
pub fn all() -> impl Iterator<Item = (&'static str, &'static dyn Inbound)> {
    SCHEMES.iter().copied()
}

/// A body that cannot be read, as an error that says where.
fn unreadable(error: &serde_json::Error) -> super::Error {
    super::Error::Protocol { message: format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column()) }
}
