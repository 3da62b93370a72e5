//! Analytics: events from the server, page tags, the funnel.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, Field, endpoint, feature, limit, source, step};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[GOOGLE_ANALYTICS, MIXPANEL];

const GOOGLE_ANALYTICS: Entry = Entry {
    slug: "google_analytics",
    name: "Google Analytics 4",
    category: Category::Analytics,
    auth_type: AuthType::ApiKey,
    summary: "Counts job views, applications and hires in your Google Analytics property, without names or addresses.",
    endpoints: &[
        endpoint("collect", "GOOGLE_ANALYTICS_COLLECT_URL", "https://www.google-analytics.com/mp/collect", "/google_analytics/mp/collect"),
        endpoint(
            "collect_eu",
            "GOOGLE_ANALYTICS_COLLECT_EU_URL",
            "https://region1.google-analytics.com/mp/collect",
            "/google_analytics/mp/collect",
        ),
        endpoint(
            "debug",
            "GOOGLE_ANALYTICS_DEBUG_URL",
            "https://www.google-analytics.com/debug/mp/collect",
            "/google_analytics/debug/mp/collect",
        ),
    ],
    fields: &[
        Field::text("measurement_id", "Measurement ID", "It begins with G- and stands at the top of the data stream's page."),
        Field::secret("api_secret", "API secret", "Create it on the data stream's page under Measurement Protocol API secrets."),
        Field::select(
            "region",
            "Region",
            "Where events are received. Choose the European Union if your rules ask for it.",
            &[("global", "Worldwide"), ("eu", "European Union")],
        ),
    ],
    features: &[feature("events", "Send events from the server", &[]), feature("page_tag", "Put the tag on public job pages", &[])],
    capabilities: &[Capability::Analytics],
    limits: &[
        limit("Events per request", "25 events, and 130 kB."),
        limit("Parameters of an event", "25 parameters, values up to 100 characters."),
        limit("Age of an event", "72 hours."),
    ],
    guide: &[
        step(
            "Open the data stream",
            "In Google Analytics choose Admin, Data collection and modification, Data streams, and then your web stream.",
        ),
        step("Copy the measurement ID", "It stands at the top right of the page and begins with G-."),
        step(
            "Create an API secret",
            "On the same page choose Measurement Protocol API secrets, confirm the terms, choose Create, name it Hirewire, and copy the value.",
        ),
        step(
            "Look at the first events",
            "Choose Test here, then open Admin, DebugView in Google Analytics. The test event appears within a minute. That is the only proof: Google accepts every event, even with a wrong secret.",
        ),
    ],
    sources: &[
        source("Google Analytics: Measurement Protocol reference, sending and validating events"),
        source("Google Analytics help: event collection limits"),
    ],
    notes: &[
        "Google answers with success whatever it is sent. The test checks the form of an event, not the secret.",
        "Names, addresses and phone numbers are never sent.",
        "Google does not recognise repeated events, so an event whose fate is unknown is not sent again.",
    ],
    ..Entry::BLANK
};

const MIXPANEL: Entry = Entry {
    slug: "mixpanel",
    name: "Mixpanel",
    category: Category::Analytics,
    auth_type: AuthType::Basic,
    summary: "Sends job views, applications and hires as events to your Mixpanel project, each exactly once.",
    endpoints: &[
        endpoint("api", "MIXPANEL_API_URL", "https://api.mixpanel.com", "/mixpanel"),
        endpoint("api_eu", "MIXPANEL_API_EU_URL", "https://api-eu.mixpanel.com", "/mixpanel"),
        endpoint("api_in", "MIXPANEL_API_IN_URL", "https://api-in.mixpanel.com", "/mixpanel"),
    ],
    fields: &[
        Field::select(
            "region",
            "Data residency",
            "Where the project keeps its data, as Project Settings, Overview says. With the wrong one Mixpanel accepts events and loses them.",
            &[("us", "United States"), ("eu", "European Union"), ("in", "India")],
        ),
        Field::text("project_id", "Project ID", "The number under Project Settings, Overview."),
        Field::text(
            "service_account",
            "Service account",
            "The user name of a service account with the role Admin or Owner in the project.",
        ),
        Field::secret("service_account_secret", "Service account secret", "Mixpanel shows it once, when the service account is created."),
        Field::secret("project_token", "Project token", "Under Project Settings, Access Keys. Only needed to keep profiles of people.")
            .optional(),
    ],
    features: &[feature("events", "Send events from the server", &[]), feature("profiles", "Keep profiles of users", &[])],
    capabilities: &[Capability::Analytics],
    limits: &[
        limit("Events per request", "2,000 events, and 10 MB."),
        limit("Events of a project", "About 30,000 per second."),
        limit("Properties of an event", "255 properties."),
    ],
    guide: &[
        step(
            "Open the project's settings",
            "In Mixpanel choose the gear at the top right, then Project Settings, and copy the project ID. Data residency stands on the same page.",
        ),
        step(
            "Create a service account",
            "Choose Organization Settings, Service Accounts, Add Service Account. Name it Hirewire, give it the role Admin, and add the project.",
        ),
        step("Copy name and secret", "Copy user name and secret into the fields on this page. The secret is shown once."),
        step("Test", "Choose Test. A wrong account, secret or project is named at once."),
    ],
    sources: &[
        source("Mixpanel documentation: import events, track event, event deduplication (2026-08-21)"),
        source("Mixpanel Python SDK 5.4.1"),
    ],
    notes: &[
        "Every event carries an insert id, so that a repeated try is counted once in reports. Raw exports may show it twice.",
        "When Mixpanel refuses some events of a request, the others are kept; the refused ones are listed with their reason.",
    ],
    ..Entry::BLANK
};
