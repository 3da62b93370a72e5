//! The provider catalogue: one constant entry per provider, and nothing that acts.
//!
//! An entry says what a provider is, what a connection needs, which addresses, scopes and limits it has and how a person
//! sets it up. Whether it can be connected in this build is the registry's to say, because only the registry knows
//! which code exists. Adding a provider starts with an entry in the file of its category.

mod analytics;
mod ats;
mod automation;
mod calendar;
mod chat;
mod crm;
mod entry;
mod esign;
mod hris;
mod job_boards;
mod mail;
mod oauth;
mod payments;
mod planned;
mod profile;
#[cfg(test)]
mod tests;

pub use entry::{Endpoint, Entry, Feature, Field, Limit, Paging, PagingStyle, Signature, Source, Step};
pub use oauth::{CLIENTS, OauthClient, Refresh, Revoke, TokenAuth, client};

/// The files, in the order in which the catalogue page lists the categories.
static FILES: &[&[Entry]] = &[
    ats::ENTRIES,
    hris::ENTRIES,
    calendar::ENTRIES,
    mail::ENTRIES,
    chat::ENTRIES,
    job_boards::ENTRIES,
    profile::ENTRIES,
    esign::ENTRIES,
    crm::ENTRIES,
    payments::ENTRIES,
    analytics::ENTRIES,
    automation::ENTRIES,
    planned::ENTRIES,
];

/// Short names that people and older programs use; hyphens count as underscores before this list is read.
const ALIASES: &[(&str, &str)] = &[
    ("zoho", "zoho_crm"),
    ("outlook", "outlook_calendar"),
    ("hellosign", "dropbox_sign"),
    ("teams", "microsoft_teams"),
    ("ga4", "google_analytics"),
];

/// Every entry, by category, the planned ones last.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    FILES.iter().copied().flatten()
}

/// The entry of this slug. Hyphens for underscores, upper case and the well-known short names are accepted.
pub fn find(name: &str) -> Option<&'static Entry> {
    let slug = name.trim().to_ascii_lowercase().replace('-', "_");
    let slug = ALIASES.iter().find(|(alias, _)| *alias == slug).map_or(slug.as_str(), |(_, slug)| slug);
    all().find(|entry| entry.slug == slug)
}
