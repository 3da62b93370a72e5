//! Providers that are announced: shown in the catalogue so that people see them coming. Nothing can be connected.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::Entry;

/// The entries of every category that are planned.
pub(super) static ENTRIES: &[Entry] = &[
    planned(
        "smartrecruiters",
        "SmartRecruiters",
        Category::Ats,
        AuthType::ApiKey,
        &[Capability::Ats, Capability::Inbound],
        "Jobs, candidates and applications both ways.",
    ),
    planned(
        "icims",
        "iCIMS",
        Category::Ats,
        AuthType::ClientCredentials,
        &[Capability::Ats],
        "Jobs, candidates and applications both ways.",
    ),
    planned("taleo", "Oracle Taleo", Category::Ats, AuthType::Basic, &[Capability::Ats], "Requisitions and candidates in."),
    planned("adp", "ADP", Category::Hris, AuthType::ClientCredentials, &[Capability::Hris], "A hired candidate becomes a worker record."),
    planned(
        "salesforce",
        "Salesforce",
        Category::Crm,
        AuthType::Oauth2,
        &[Capability::Crm],
        "Contacts both ways with a mapping of your own.",
    ),
    planned(
        "hubspot",
        "HubSpot",
        Category::Crm,
        AuthType::Oauth2,
        &[Capability::Crm, Capability::Inbound],
        "Contacts both ways with a mapping of your own.",
    ),
    planned(
        "pipedrive",
        "Pipedrive",
        Category::Crm,
        AuthType::Oauth2,
        &[Capability::Crm, Capability::Inbound],
        "Persons both ways with a mapping of your own.",
    ),
    planned("jobberman", "Jobberman", Category::JobBoard, AuthType::None, &[Capability::JobBoard], "Publishes jobs through a feed."),
    planned(
        "brightermonday",
        "BrighterMonday",
        Category::JobBoard,
        AuthType::None,
        &[Capability::JobBoard],
        "Publishes jobs through a feed.",
    ),
    planned(
        "hackerrank",
        "HackerRank",
        Category::Assessment,
        AuthType::ApiKey,
        &[Capability::Inbound],
        "Sends coding tests and keeps their results with the application.",
    ),
    planned(
        "codility",
        "Codility",
        Category::Assessment,
        AuthType::ApiKey,
        &[Capability::Inbound],
        "Sends coding tests and keeps their results with the application.",
    ),
    planned(
        "testgorilla",
        "TestGorilla",
        Category::Assessment,
        AuthType::ApiKey,
        &[Capability::Inbound],
        "Sends skill tests and keeps their results with the application.",
    ),
    planned(
        "checkr",
        "Checkr",
        Category::BackgroundCheck,
        AuthType::Basic,
        &[Capability::Inbound],
        "Orders background checks and follows their state.",
    ),
    planned(
        "goodhire",
        "GoodHire",
        Category::BackgroundCheck,
        AuthType::ApiKey,
        &[Capability::Inbound],
        "Orders background checks and follows their state.",
    ),
    planned(
        "sterling",
        "Sterling",
        Category::BackgroundCheck,
        AuthType::ClientCredentials,
        &[Capability::Inbound],
        "Orders background checks and follows their state.",
    ),
    planned("zoom", "Zoom", Category::Video, AuthType::Oauth2, &[Capability::Inbound], "Makes the meeting link of an interview."),
    planned(
        "hirevue",
        "HireVue",
        Category::Video,
        AuthType::ClientCredentials,
        &[Capability::Inbound],
        "Invites candidates to recorded interviews and keeps the result.",
    ),
];

const fn planned(
    slug: &'static str,
    name: &'static str,
    category: Category,
    auth_type: AuthType,
    capabilities: &'static [Capability],
    summary: &'static str,
) -> Entry {
    Entry { slug, name, category, auth_type, capabilities, summary, planned: true, ..Entry::BLANK }
}
