//! Applicant tracking systems.

use crate::domain::catalogue::{AuthType, Capability, Category, FieldKind};

use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, source, step};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[GREENHOUSE];

const GREENHOUSE: Entry = Entry {
    slug: "greenhouse",
    name: "Greenhouse",
    category: Category::Ats,
    auth_type: AuthType::ClientCredentials,
    summary: "Brings jobs, candidates, applications, interviews and offers in, and sends applications, stage changes, rejections, hires and notes back.",
    endpoints: &[
        endpoint("api", "GREENHOUSE_API_URL", "https://harvest.greenhouse.io/v3", "/greenhouse/v3"),
        endpoint("token", "GREENHOUSE_TOKEN_URL", "https://auth.greenhouse.io/token", "/greenhouse/token"),
    ],
    fields: &[
        Field::text("client_id", "Client ID", "Greenhouse shows it when you create a Harvest V3 (OAuth) credential under Configure, Dev Center, API Credentials."),
        Field::secret("client_secret", "Client secret", "Greenhouse shows it once, next to the client ID. If it is lost, create a new secret on the same page."),
        Field::text(
            "acting_user_id",
            "Acting user ID",
            "The number of the Greenhouse user that changes are made as. That user must be a Site Admin. Leave it empty to use the service user that Greenhouse made for the credential.",
        )
        .kind(FieldKind::Number)
        .optional(),
        Field::secret(
            "webhook_secret",
            "Webhook secret key",
            "The secret key that you enter for each webhook in Greenhouse. Without it, changes arrive with the next scheduled sync instead of at once.",
        )
        .optional(),
    ],
    features: &[
        feature(
            "sync_in",
            "Read jobs, candidates, applications, interviews and offers",
            &[
                "harvest:jobs:list",
                "harvest:job_posts:list",
                "harvest:openings:list",
                "harvest:candidates:list",
                "harvest:applications:list",
                "harvest:job_interview_stages:list",
                "harvest:interviews:list",
                "harvest:offers:list",
                "harvest:users:list",
                "harvest:departments:list",
                "harvest:offices:list",
                "harvest:sources:list",
                "harvest:rejection_reasons:list",
                "harvest:close_reasons:list",
            ],
        ),
        feature(
            "submit_applications",
            "Create candidates and applications",
            &["harvest:candidates:create", "harvest:candidates:update", "harvest:applications:create", "harvest:applications:update", "harvest:attachments:create"],
        ),
        feature(
            "move_applications",
            "Move, reject and hire",
            &["harvest:applications:move", "harvest:applications:reject", "harvest:applications:unreject", "harvest:applications:hire"],
        ),
        feature("notes", "Write notes", &["harvest:notes:list", "harvest:notes:create"]),
    ],
    capabilities: &[Capability::Ats, Capability::Inbound],
    limits: &[
        limit("Requests", "A fixed window of 30 seconds per account. The number stands in X-RateLimit-Limit; Hirewire keeps to 50 requests per 30 seconds until it has read it."),
        limit("Too many requests", "Greenhouse answers 429 with Retry-After in seconds; the sync waits that long."),
        limit("Records per page", "500 records."),
        limit("Ids in one filter", "50 ids."),
    ],
    paging: Some(Paging {
        style: PagingStyle::LinkHeader,
        page_records_max: Some(500),
        text: "The Link header names the next page. Its cursor must be the only parameter of that request; a cursor that has expired answers 422 and the window starts again.",
    }),
    signature: Some(Signature {
        place: "Header Signature: sha256, a space, then the hexadecimal value",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "The raw bytes of the body",
        key: "The webhook's secret key",
        replay: "Greenhouse-Event-ID is accepted once",
    }),
    guide: &[
        step(
            "Check your permission",
            "Sign in to Greenhouse as a user with the permission \"Can manage ALL organization's API Credentials\". Without it the next page does not appear.",
        ),
        step("Open the credentials page", "Choose Configure, the gear at the top right, then Dev Center, then API Credential Management."),
        step(
            "Create a credential",
            "Choose Create new API credentials and the type Harvest V3 (OAuth). Give it a name that you will recognise, such as Hirewire. Keys of the older Harvest type no longer work.",
        ),
        step(
            "Choose the scopes",
            "Tick the list scopes of jobs, candidates, applications, job interview stages, interviews, offers, users, departments and offices. For changes made in Hirewire, also tick create and update for candidates and applications, move, reject and hire for applications, and create for notes.",
        ),
        step("Copy id and secret", "Copy the client ID and the client secret into the fields on this page. Greenhouse shows the secret only once."),
        step(
            "Choose the acting user",
            "Lists are only open to a Site Admin. If your service user is not one, enter the ID of a user who is; it is the number at the end of that user's address under Configure, Users.",
        ),
        step(
            "Add the webhooks",
            "After connecting, choose Configure, Dev Center, Web Hooks, Web Hooks again, and create one per event with the address and the secret key that the connection's page shows. Greenhouse sends a ping when you save; if it is not answered, the webhook is saved as disabled and must be enabled by hand.",
        ),
    ],
    sources: &[
        source("Greenhouse API documentation, webhooks (commit 0c37c31 of 2026-01-20)"),
        source("Harvest v3: connector manifest and documentation of Airbyte's Greenhouse source, 1.4.0"),
        source("Migrate your Greenhouse connection to v3 (Workato)"),
    ],
    notes: &[
        "Harvest v1 and v2 were switched off on 2026-08-31. A key that was made for them cannot be used; create a Harvest V3 (OAuth) credential instead.",
        "A stage move can send mail to the candidate through the transition rules of your Greenhouse account.",
        "Greenhouse has no idempotency keys. When a change was sent and no answer came back, Hirewire reads the record before it tries again.",
    ],
    ..Entry::BLANK
};
