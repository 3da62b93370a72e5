//! What every entry must fulfil.

use std::collections::{BTreeSet, HashSet};

use url::Url;

use crate::domain::catalogue::{AuthType, FieldKind};

use super::*;

/// The slugs of the API's contract.
const MAIN: &[&str] = &[
    "greenhouse",
    "lever",
    "workday",
    "bamboohr",
    "bamboohr_hris",
    "workday_hris",
    "rippling",
    "google_calendar",
    "outlook_calendar",
    "gmail",
    "outlook_mail",
    "slack",
    "microsoft_teams",
    "linkedin",
    "linkedin_profile",
    "indeed",
    "glassdoor",
    "docusign",
    "dropbox_sign",
    "zoho_crm",
    "stripe",
    "google_analytics",
    "mixpanel",
    "zapier",
];

const PLANNED: &[&str] = &[
    "salesforce",
    "hubspot",
    "pipedrive",
    "adp",
    "smartrecruiters",
    "icims",
    "taleo",
    "hackerrank",
    "codility",
    "testgorilla",
    "checkr",
    "goodhire",
    "sterling",
    "zoom",
    "hirevue",
    "jobberman",
    "brightermonday",
];

fn is_snake_case(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn the_slugs_are_those_of_the_contract() {
    let slugs: Vec<&str> = all().map(|entry| entry.slug).collect();
    assert_eq!(slugs.len(), slugs.iter().collect::<HashSet<_>>().len(), "a slug stands twice");
    let main: BTreeSet<&str> = all().filter(|entry| !entry.planned).map(|entry| entry.slug).collect();
    let planned: BTreeSet<&str> = all().filter(|entry| entry.planned).map(|entry| entry.slug).collect();
    assert_eq!(main, MAIN.iter().copied().collect());
    assert_eq!(planned, PLANNED.iter().copied().collect());
}

#[test]
fn every_connectable_entry_is_complete() {
    for entry in all().filter(|entry| !entry.planned) {
        let slug = entry.slug;
        assert!((3..=8).contains(&entry.guide.len()), "{slug}: guide");
        assert!(!entry.fields.is_empty() || entry.oauth.is_some() || entry.auth_type == AuthType::None, "{slug}: nothing to connect with");
        assert!(entry.auth_type != AuthType::Oauth2 || entry.oauth.is_some(), "{slug}: consent without a client");
        assert!(!entry.capabilities.is_empty(), "{slug}: capabilities");
        assert!(!entry.limits.is_empty(), "{slug}: limits");
        assert!(!entry.features.is_empty(), "{slug}: features");
        assert!(!entry.sources.is_empty(), "{slug}: sources");
        let secrets = matches!(entry.auth_type, AuthType::ApiKey | AuthType::Basic | AuthType::ClientCredentials | AuthType::WebhookUrl);
        assert!(!secrets || entry.fields.iter().any(|field| field.secret), "{slug}: no field holds the secret");
    }
}

#[test]
fn endpoints_follow_the_pattern() {
    let mut names = HashSet::new();
    for entry in all() {
        for endpoint in entry.endpoints {
            let env = format!("{}_{}_URL", entry.slug, endpoint.name).to_uppercase();
            assert_eq!(endpoint.env, env);
            assert!(names.insert(endpoint.env), "{env} stands twice");
            assert!(
                endpoint.sandbox_path.starts_with(&format!("/{}", entry.slug)) && !endpoint.sandbox_path.ends_with('/'),
                "{env}: {}",
                endpoint.sandbox_path
            );
            if let Some(default) = endpoint.default {
                let url = Url::parse(&default.replace("{tenant}", "common")).expect("an address");
                assert_eq!(url.scheme(), "https", "{env}");
                assert!(!default.ends_with('/'), "{env}");
                assert!(!default.contains("{tenant}") || entry.oauth.is_some_and(|client| client.default_tenant.is_some()), "{env}");
            }
        }
        if entry.oauth.is_some() && entry.slug != "zoho_crm" {
            assert!(entry.endpoint("authorize").is_some() && entry.endpoint("token").is_some(), "{}", entry.slug);
        }
    }
}

#[test]
fn names_are_unique_within_an_entry() {
    for entry in all() {
        let fields: HashSet<&str> = entry.fields.iter().map(|field| field.name).collect();
        assert_eq!(fields.len(), entry.fields.len(), "{}: fields", entry.slug);
        let features: HashSet<&str> = entry.features.iter().map(|feature| feature.key).collect();
        assert_eq!(features.len(), entry.features.len(), "{}: features", entry.slug);
        assert!(is_snake_case(entry.slug));
        assert!(fields.iter().chain(&features).all(|name| is_snake_case(name)), "{}", entry.slug);
        for field in entry.fields {
            assert_eq!(field.kind == FieldKind::Select, !field.options.is_empty(), "{}.{}", entry.slug, field.name);
            assert_eq!(field.kind == FieldKind::Password, field.secret, "{}.{}", entry.slug, field.name);
        }
    }
}

#[test]
fn texts_are_plain_sentences() {
    for entry in all() {
        let sentences = std::iter::once(entry.summary)
            .chain(entry.fields.iter().map(|field| field.help))
            .chain(entry.limits.iter().map(|limit| limit.value))
            .chain(entry.guide.iter().map(|step| step.text))
            .chain(entry.paging.iter().map(|paging| paging.text))
            .chain(entry.notes.iter().copied());
        for text in sentences {
            assert!(text.ends_with('.') && !text.ends_with(".."), "{}: no full stop: {text}", entry.slug);
            assert!(!text.contains('!') && !text.contains("  "), "{}: {text}", entry.slug);
        }
        let words = entry.fields.iter().map(|field| field.label).chain(entry.features.iter().map(|feature| feature.name));
        for text in words.chain(entry.guide.iter().map(|step| step.title)).chain(entry.limits.iter().map(|limit| limit.what)) {
            assert!(!text.is_empty() && !text.ends_with('.') && !text.contains('!'), "{}: {text}", entry.slug);
        }
    }
}

#[test]
fn short_names_are_found() {
    let cases = [
        ("zoho", "zoho_crm"),
        ("google-calendar", "google_calendar"),
        ("Google-Calendar", "google_calendar"),
        ("outlook", "outlook_calendar"),
        ("hellosign", "dropbox_sign"),
        ("teams", "microsoft_teams"),
        ("ga4", "google_analytics"),
        ("bamboohr-hris", "bamboohr_hris"),
        (" greenhouse ", "greenhouse"),
    ];
    for (name, slug) in cases {
        assert_eq!(find(name).map(|entry| entry.slug), Some(slug), "{name}");
    }
    for slug in MAIN.iter().chain(PLANNED) {
        assert_eq!(find(slug).map(|entry| entry.slug), Some(*slug));
    }
    assert!(find("").is_none() && find("monster").is_none());
}

#[test]
fn scopes_are_joined_once_each() {
    let slack = find("slack").expect("in the catalogue");
    assert_eq!(slack.scopes_for(&["notifications"]), ["chat:write", "chat:write.public"]);
    assert_eq!(slack.scopes_for::<&str>(&[]), [] as [&str; 0]);
    let zoho = find("zoho").expect("in the catalogue");
    let scopes = zoho.scopes_for(&["contacts", "leads", "unknown"]);
    assert_eq!(scopes.len(), scopes.iter().collect::<HashSet<_>>().len());
    assert!(scopes.starts_with(&["ZohoCRM.org.READ"]));
    assert!(scopes.len() < zoho.all_scopes().len());
}

#[test]
fn monograms_are_short_and_differ() {
    let mark = |slug: &str| find(slug).expect("in the catalogue").monogram();
    assert_eq!(mark("greenhouse").0, "Gr");
    assert_eq!(mark("google_calendar").0, "GC");
    assert_eq!(mark("icims").0, "Ic");
    assert_ne!(mark("gmail"), mark("google_calendar"));
    for entry in all() {
        let (letters, hue) = entry.monogram();
        assert!((1..=2).contains(&letters.chars().count()) && hue < 360, "{}", entry.slug);
    }
}

#[test]
fn clients_are_unique_and_used() {
    let families: HashSet<&str> = CLIENTS.iter().map(|client| client.family).collect();
    assert_eq!(families.len(), CLIENTS.len());
    for client in CLIENTS {
        assert!(!client.id_env.is_empty() && !client.secret_env.is_empty() && !client.redirect_env.is_empty(), "{}", client.family);
        assert!(all().any(|entry| entry.oauth == Some(*client)), "{}", client.family);
        assert_eq!(super::client(client.family), Some(*client));
    }
}
