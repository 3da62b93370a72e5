//! Payments: plans, checkout, the customer portal, invoices.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, source, step};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[STRIPE];

const STRIPE: Entry = Entry {
    slug: "stripe",
    name: "Stripe",
    category: Category::Payments,
    auth_type: AuthType::ApiKey,
    summary: "Sells plans through Stripe's checkout, opens the customer portal, and shows subscriptions and invoices.",
    endpoints: &[endpoint("api", "STRIPE_API_URL", "https://api.stripe.com", "/stripe")],
    fields: &[
        Field::secret(
            "secret_key",
            "Secret key",
            "A restricted key (rk_) or secret key (sk_) from Developers, API keys in the Stripe dashboard. Keys with test in their name only touch test data.",
        ),
        Field::secret(
            "webhook_secret",
            "Webhook signing secret",
            "It begins with whsec_ and stands on the page of the webhook endpoint in the Stripe dashboard. Without it, states are looked up instead of being told.",
        )
        .optional(),
    ],
    features: &[
        feature("subscriptions", "Plans, checkout and portal", &[]),
        feature("invoices", "Read invoices", &[]),
    ],
    capabilities: &[Capability::Billing, Capability::Inbound],
    limits: &[
        limit("Requests", "About 100 reads and 100 writes per second, 25 in a test account."),
        limit("Objects per page", "100 objects."),
        limit("Idempotency keys", "Remembered for 24 hours."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(100),
        text: "starting_after with the id of the last object, while has_more is true.",
    }),
    signature: Some(Signature {
        place: "Header Stripe-Signature (t= and v1=)",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "The timestamp, a full stop and the raw bytes of the body",
        key: "The whole signing secret, with whsec_",
        replay: "Timestamps older than 5 minutes are refused, and each event id is accepted once",
    }),
    guide: &[
        step("Choose test or live", "In the Stripe dashboard choose whether you work with test data or live data. Keys, prices and webhooks exist for each on its own."),
        step(
            "Create a restricted key",
            "Choose Developers, API keys, Create restricted key. Name it Hirewire and give write access to customers, subscriptions, checkout sessions and the customer portal, and read access to invoices, prices, products and events.",
        ),
        step("Copy the key", "Copy the key into the field on this page. Stripe shows a live key only once."),
        step("Save the portal's settings", "Choose Settings, Billing, Customer portal, and choose Save. Stripe refuses to open the portal until that was done once, in test and in live mode."),
        step(
            "Add the webhook",
            "Choose Developers, Webhooks, Add endpoint, enter the address that the connection's page shows, and select the events of checkout sessions, customer subscriptions and invoices. Copy the signing secret into the field on this page.",
        ),
    ],
    sources: &[
        source("stripe-python 16.1.0 (API version 2026-10-28.endive)"),
        source("Stripe documentation: idempotent requests"),
        source("Stripe OpenAPI fixtures (2026-08-21)"),
    ],
    notes: &[
        "A payment counts when Stripe's event says so, not when the customer comes back from the checkout page.",
        "The plans of this installation itself are billed with the key in STRIPE_SECRET_KEY, which the person who runs Hirewire sets.",
    ],
    ..Entry::BLANK
};
