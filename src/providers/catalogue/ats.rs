//! Applicant tracking systems.

use crate::domain::catalogue::{AuthType, Capability, Category, FieldKind};

use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, own_endpoint, source, step};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[GREENHOUSE, LEVER, WORKDAY, BAMBOOHR];

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

const LEVER: Entry = Entry {
    slug: "lever",
    name: "Lever",
    category: Category::Ats,
    auth_type: AuthType::ApiKey,
    summary: "Brings postings and opportunities in, and sends candidates, stage changes, archive reasons and notes back.",
    endpoints: &[
        endpoint("api", "LEVER_API_URL", "https://api.lever.co/v1", "/lever/v1"),
        endpoint("api_eu", "LEVER_API_EU_URL", "https://api.eu.lever.co/v1", "/lever/v1"),
        endpoint("postings", "LEVER_POSTINGS_URL", "https://api.lever.co/v0/postings", "/lever/v0/postings"),
        endpoint("postings_eu", "LEVER_POSTINGS_EU_URL", "https://api.eu.lever.co/v0/postings", "/lever/v0/postings"),
    ],
    fields: &[
        Field::secret("api_key", "API key", "A Super Admin creates it in Lever under Settings, Integrations and API, API credentials."),
        Field::select(
            "region",
            "Region",
            "Where your Lever account lives. Accounts whose address begins with hire.eu.lever.co are in Europe.",
            &[("global", "Global (hire.lever.co)"), ("eu", "Europe (hire.eu.lever.co)")],
        ),
        Field::text(
            "perform_as_email",
            "Acting user's e-mail",
            "The e-mail of the Lever user in whose name candidates, stage changes and notes are written. Lever asks for one on most changes.",
        ),
        Field::secret(
            "webhook_token",
            "Webhook signature token",
            "Only if you created the webhooks by hand: the signature token that Lever shows under Settings, Integrations and API, Webhooks. For webhooks that Hirewire creates it is filled in by itself.",
        )
        .optional(),
    ],
    features: &[
        feature(
            "sync_in",
            "Read postings, opportunities and interviews",
            &[
                "postings:read:admin",
                "opportunities:read:admin",
                "applications:read:admin",
                "contact:read:admin",
                "stages:read:admin",
                "archive_reasons:read:admin",
                "interviews:read:admin",
                "offers:read:admin",
                "requisitions:read:admin",
                "users:read:admin",
                "tags:read:admin",
                "sources:read:admin",
                "files:read:admin",
            ],
        ),
        feature("move_applications", "Create, move, archive and hire", &["opportunities:write:admin"]),
        feature("notes", "Write notes", &["notes:write:admin"]),
        feature("webhooks", "Receive changes at once", &["webhooks:read:admin", "webhooks:write:admin"]),
    ],
    capabilities: &[Capability::Ats, Capability::Inbound],
    limits: &[
        limit("Requests", "10 requests per second and key, with bursts up to 20."),
        limit("Applications through the public form", "2 per second and site; more are answered 429 and must be sent again."),
        limit("Records per page", "100 records."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(100),
        text: "The body's next is sent back as offset, exactly as received, while hasNext is true.",
    }),
    signature: Some(Signature {
        place: "Field signature in the body",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "The body's token followed by triggeredAt; the record itself is not covered and is read again",
        key: "The webhook's signature token",
        replay: "Each token is accepted once",
    }),
    guide: &[
        step("Sign in as a Super Admin", "Only a Super Admin can create API keys in Lever."),
        step("Open the credentials page", "Choose your picture at the top right, then Settings, then Integrations and API, then API credentials."),
        step(
            "Create a key",
            "Choose Generate new key and name it Hirewire. Tick read for postings, opportunities, applications, contacts, stages, archive reasons, interviews, offers, requisitions, users, tags, sources and files. For changes made in Hirewire, also tick write for opportunities, notes and webhooks.",
        ),
        step(
            "Decide about confidential records",
            "Confidential postings and candidates stay invisible unless the key allows confidential data. That can only be chosen while the key is created.",
        ),
        step("Copy the key", "Copy the key into the field on this page before you close the window. Lever does not show it again."),
        step("Name the acting user", "Enter the e-mail of an active Lever user whose name may stand on changes that come from Hirewire."),
    ],
    sources: &[
        source("Lever postings API (commit f61aac5 of 2026-04-23)"),
        source("Lever developer support pages"),
        source("Lever Data API client in Go, transcribed from the vendor's documentation"),
    ],
    notes: &[
        "A Lever opportunity is an application here, and a Lever contact is a candidate.",
        "Lever knows hired and rejected only as archive reasons of two types. Choose the reasons on the mapping page.",
        "There are no webhooks for postings. Jobs are refreshed with each scheduled sync.",
    ],
    ..Entry::BLANK
};

/// Fields and documents that Workday's recruiting and staffing sides share.
pub(super) const WORKDAY_HOST: Field = Field::text(
    "host",
    "Web services host",
    "The host name in the token endpoint that Workday shows under View API Clients, for example wd5-services1.myworkday.com. It ends with workday.com or myworkday.com.",
);
pub(super) const WORKDAY_TENANT: Field =
    Field::text("tenant", "Tenant", "Your tenant's name. It is the part after the host in the address of your Workday pages.");
pub(super) const WORKDAY_CLIENT_ID: Field =
    Field::text("client_id", "Client ID", "Workday shows it when you register the API client, and later under View API Clients.");
pub(super) const WORKDAY_CLIENT_SECRET: Field =
    Field::secret("client_secret", "Client secret", "Workday shows it once, when you register the API client.");
pub(super) const WORKDAY_REFRESH_TOKEN: Field = Field::secret(
    "refresh_token",
    "Refresh token",
    "Create it with Manage Refresh Tokens for Integrations in the API client's menu, for the integration system user. Choose a token that does not expire.",
);

const WORKDAY: Entry = Entry {
    slug: "workday",
    name: "Workday Recruiting",
    category: Category::Ats,
    auth_type: AuthType::ClientCredentials,
    summary: "Brings job postings and interviews in, candidates and applications through a report of yours, and sends prospects back.",
    endpoints: &[
        own_endpoint("token", "WORKDAY_TOKEN_URL", "/workday/ccx/oauth2"),
        own_endpoint("api", "WORKDAY_API_URL", "/workday/ccx/api"),
        own_endpoint("report", "WORKDAY_REPORT_URL", "/workday/ccx/service/customreport2"),
    ],
    fields: &[
        WORKDAY_HOST,
        WORKDAY_TENANT,
        WORKDAY_CLIENT_ID,
        WORKDAY_CLIENT_SECRET,
        WORKDAY_REFRESH_TOKEN,
        Field::text(
            "applications_report",
            "Applications report",
            "Owner and name of a report as a web service that lists job applications, written as owner/name. Without it only job postings and interviews arrive.",
        )
        .optional(),
    ],
    features: &[
        feature("sync_in", "Read job postings and interviews", &["Recruiting", "Tenant Non-Configurable"]),
        feature("applications_report", "Read candidates and applications through a report", &["Recruiting", "System"]),
        feature("prospects", "Create prospects", &["Recruiting"]),
    ],
    capabilities: &[Capability::Ats],
    limits: &[
        limit("Requests", "Workday publishes no number. Hirewire sends at most 2 requests at a time and slows down on 429."),
        limit("Records per page", "100 records."),
        limit("Reports", "A report comes whole in one answer; there are no pages."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Offset,
        page_records_max: Some(100),
        text: "Limit and offset, until offset reaches the body's total.",
    }),
    guide: &[
        step(
            "Create an integration system user",
            "In Workday search for Create Integration System User. Tick Do Not Allow UI Sessions and leave the session time-out at 0.",
        ),
        step(
            "Give it access",
            "Create an integration system security group, add the user, and grant the group Get access to the recruiting domains (job postings, candidates, interviews). Then run Activate Pending Security Policy Changes.",
        ),
        step(
            "Register the API client",
            "Search for Register API Client for Integrations. Name it Hirewire, tick Non-Expiring Refresh Tokens, and choose the scopes Recruiting, Staffing, Tenant Non-Configurable and Organizations and Roles. Tick Include Workday Owned Scope.",
        ),
        step("Copy id and secret", "Copy the client ID and the client secret from the confirmation page. The secret is shown only once."),
        step(
            "Create the refresh token",
            "In the menu of the API client choose API Client, Manage Refresh Tokens for Integrations, select the integration system user, and generate a new refresh token.",
        ),
        step(
            "Find host and tenant",
            "Search for View API Clients. The token endpoint there reads https://host/ccx/oauth2/tenant/token; enter its host and its tenant here.",
        ),
        step(
            "Share a report for applications",
            "To bring candidates and applications in, create an advanced report over job applications, enable it as a web service, share it with the integration system user, and add a prompt for the date of the last change. Enter its owner and name.",
        ),
    ],
    sources: &[
        source("Workday REST services, Recruiting v4 (surface counted on 2026-04-18)"),
        source("Workday Staffing REST v6, OpenAPI document"),
        source("Obtaining connection values for Workday (IBM)"),
    ],
    notes: &[
        "Workday's REST services have no stage moves, rejections or hires, and no webhooks. Changes are looked for every 15 to 60 minutes.",
        "A user without the right domain sees empty lists and no error. The connection test fetches one record and warns if there is none.",
        "Preview and sandbox tenants are refreshed from production every week, which removes clients and tokens made there.",
    ],
    ..Entry::BLANK
};

/// Shared with the HRIS side of BambooHR: one key opens both.
pub(super) const BAMBOOHR_SUBDOMAIN: Field =
    Field::text("subdomain", "Company domain", "The part before .bamboohr.com in the address of your BambooHR pages.");
pub(super) const BAMBOOHR_KEY: Field = Field::secret(
    "api_key",
    "API key",
    "In BambooHR choose your picture, then API Keys, then Add New Key. The key sees and changes what its user may see and change.",
);

const BAMBOOHR: Entry = Entry {
    slug: "bamboohr",
    name: "BambooHR Applicant Tracking",
    category: Category::Ats,
    auth_type: AuthType::ApiKey,
    summary: "Brings job openings and applications in, and sends new applications, status changes and comments back.",
    endpoints: &[endpoint("api", "BAMBOOHR_API_URL", "https://api.bamboohr.com/api/gateway.php", "/bamboohr/gateway")],
    fields: &[BAMBOOHR_SUBDOMAIN, BAMBOOHR_KEY],
    features: &[
        feature("sync_in", "Read job openings and applications", &[]),
        feature("submit_applications", "Create job openings and applications", &[]),
        feature("move_applications", "Change an application's status", &[]),
        feature("notes", "Write comments", &[]),
    ],
    capabilities: &[Capability::Ats],
    limits: &[
        limit(
            "Requests",
            "BambooHR publishes no number. It answers 429 with Retry-After, and did so with 503 before 2026-09-16; both are obeyed.",
        ),
        limit("Changes", "Lists can be narrowed to new applications only. Open applications are read again to notice status changes."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Page,
        page_records_max: None,
        text: "Page numbers, until paginationComplete is true. Job openings come in one list.",
    }),
    guide: &[
        step(
            "Choose the user",
            "The key acts as the user who makes it. Sign in to BambooHR as a user with access to the applicant tracking settings, best one that belongs to no person who may leave.",
        ),
        step(
            "Create a key",
            "Choose your picture at the lower left or top right, then API Keys, then Add New Key. Name it Hirewire and choose Generate Key.",
        ),
        step("Copy the key", "Copy the key into the field on this page. BambooHR does not show it again."),
        step(
            "Enter the company domain",
            "Look at the address of your BambooHR pages. In https://acme.bamboohr.com the company domain is acme.",
        ),
    ],
    sources: &[
        source("BambooHR public OpenAPI document and Python SDK (commit 3d4de06 of 2026-06-01)"),
        source("BambooHR: Planned Changes to the API"),
        source("BambooHR: Technical Overview"),
    ],
    notes: &[
        "BambooHR sends no webhooks about applicants. Changes are noticed by the scheduled sync.",
        "Job openings cannot be changed through the public API, only created.",
        "If the key's user is disabled, the key stops working at once.",
    ],
    ..Entry::BLANK
};
