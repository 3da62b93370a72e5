//! Automation: other programs act on what happens here.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, Paging, PagingStyle, endpoint, feature, limit, source, step};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[ZAPIER];

const ZAPIER: Entry = Entry {
    slug: "zapier",
    name: "Zapier",
    category: Category::Automation,
    auth_type: AuthType::None,
    summary: "Starts Zaps when applications, stages, messages or jobs change, and lets Zaps create and change records here.",
    endpoints: &[endpoint("hooks", "ZAPIER_HOOKS_URL", "https://hooks.zapier.com", "/zapier")],
    features: &[feature("triggers", "Start Zaps", &[]), feature("actions", "Let Zaps create and change records", &[])],
    capabilities: &[Capability::Automation],
    limits: &[
        limit("Deliveries to Zapier", "30 per second and 10,000 per 5 minutes."),
        limit("Answer time", "Zapier waits 30 seconds."),
        limit("Size of a delivery", "10 MB."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Page,
        page_records_max: Some(100),
        text: "Zapier reads the first page only, newest first, and remembers the ids that it has seen.",
    }),
    guide: &[
        step(
            "Create an API key",
            "In Hirewire choose Settings, API keys, New key. Name it Zapier and choose the scopes that your Zaps need. The key is shown once.",
        ),
        step(
            "Start a Zap",
            "In Zapier choose Create, Zaps, and as the trigger Webhooks by Zapier with the event Catch Hook. Copy the address that begins with https://hooks.zapier.com.",
        ),
        step(
            "Subscribe the address",
            "In Hirewire choose Webhooks, New webhook, enter the address, and choose the events that start the Zap. Then choose Send test, so that Zapier sees a sample.",
        ),
        step(
            "Add actions",
            "To change something in Hirewire, add the step Webhooks by Zapier with the event Custom Request, the address of the API, and the header Authorization with the value Bearer and your key.",
        ),
        step("Switch the Zap on", "Switch it on in Zapier. Its runs appear in the webhook's log here, with the answer that Zapier gave."),
    ],
    sources: &[
        source("Zapier developer documentation: REST hooks, deduplication, operating constraints, throttles (2024-10-17)"),
        source("zapier-platform-schema 19.1.0"),
    ],
    notes: &[
        "The address of a hook is its secret. Only addresses under https://hooks.zapier.com are accepted for Zapier.",
        "When Zapier answers 410, the Zap was deleted and the subscription ends.",
    ],
    ..Entry::BLANK
};
