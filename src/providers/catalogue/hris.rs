//! Human resources: a hired candidate becomes an employee record.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::ats::{
    BAMBOOHR_KEY, BAMBOOHR_SUBDOMAIN, WORKDAY_CLIENT_ID, WORKDAY_CLIENT_SECRET, WORKDAY_HOST, WORKDAY_REFRESH_TOKEN, WORKDAY_TENANT,
};
use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, own_endpoint, source, step};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[BAMBOOHR, WORKDAY, RIPPLING];

const BAMBOOHR: Entry = Entry {
    slug: "bamboohr_hris",
    name: "BambooHR",
    category: Category::Hris,
    auth_type: AuthType::ApiKey,
    summary: "Creates an employee when a candidate is hired, and brings employees, departments and managers in.",
    endpoints: &[endpoint("api", "BAMBOOHR_HRIS_API_URL", "https://api.bamboohr.com/api/gateway.php", "/bamboohr_hris/gateway")],
    fields: &[BAMBOOHR_SUBDOMAIN, BAMBOOHR_KEY],
    features: &[
        feature(
            "employees_in",
            "Read employees and departments",
            &["employee", "employee:name", "employee:job", "employee:contact", "employee_directory", "field", "user", "company:info"],
        ),
        feature("new_hires", "Create employees for hired candidates", &["employee.write", "employee:job.write"]),
        feature("webhooks", "Receive employee changes at once", &["webhooks", "webhooks.write"]),
    ],
    capabilities: &[Capability::Hris, Capability::Inbound],
    limits: &[
        limit("Requests", "BambooHR publishes no number. It answers 429 with Retry-After since 2026-09-16; 503 now means that it is down."),
        limit("Fields in one request", "400 fields of an employee."),
        limit("Records per page", "100 employees."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(100),
        text: "The directory comes whole. Changes come as a list since the stamp called latest of the previous answer.",
    }),
    signature: Some(Signature {
        place: "Header X-BambooHR-Signature",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "The raw bytes of the body followed by the text of X-BambooHR-Timestamp",
        key: "The private key that BambooHR returned when the webhook was created",
        replay: "The age of X-BambooHR-Timestamp is checked where it can be read",
    }),
    guide: &[
        step(
            "Choose the user",
            "The key acts as the user who makes it. Sign in to BambooHR as a user who may see all employees and add new ones. Fields that the user cannot see are missing here without a warning from BambooHR.",
        ),
        step("Create a key", "Choose your picture, then API Keys, then Add New Key. Name it Hirewire and choose Generate Key."),
        step("Copy the key", "Copy the key into the field on this page. BambooHR does not show it again."),
        step("Enter the company domain", "In https://acme.bamboohr.com the company domain is acme."),
        step(
            "Share the directory",
            "If the test reports that the directory is closed, choose Settings, Company Directory in BambooHR and allow it for the key's user.",
        ),
    ],
    sources: &[
        source("BambooHR public OpenAPI document and Python SDK (commit 3d4de06 of 2026-06-01)"),
        source("BambooHR: Planned Changes to the API (2026-09-10)"),
        source("BambooHR: Webhooks"),
    ],
    notes: &[
        "BambooHR never repeats a webhook that was answered with 4xx. Hirewire answers 5xx while it cannot store one, so that it comes again.",
        "There are no idempotency keys. Hirewire looks for the work e-mail before it creates an employee.",
        "Creating an employee causes a created and an updated event; both are counted as one change.",
    ],
    ..Entry::BLANK
};

const WORKDAY: Entry = Entry {
    slug: "workday_hris",
    name: "Workday",
    category: Category::Hris,
    auth_type: AuthType::ClientCredentials,
    summary: "Brings workers, departments and locations in, and hands hired candidates over as a file for your Workday import.",
    endpoints: &[
        own_endpoint("token", "WORKDAY_HRIS_TOKEN_URL", "/workday_hris/ccx/oauth2"),
        own_endpoint("api", "WORKDAY_HRIS_API_URL", "/workday_hris/ccx/api"),
        own_endpoint("report", "WORKDAY_HRIS_REPORT_URL", "/workday_hris/ccx/service/customreport2"),
    ],
    fields: &[
        WORKDAY_HOST,
        WORKDAY_TENANT,
        WORKDAY_CLIENT_ID,
        WORKDAY_CLIENT_SECRET,
        WORKDAY_REFRESH_TOKEN,
        Field::text(
            "workers_report",
            "Workers report",
            "Owner and name of a report as a web service that lists workers, written as owner/name. With it the fields of the report are brought in instead of the few that the REST service has.",
        )
        .optional(),
    ],
    features: &[
        feature("employees_in", "Read workers and supervisory organizations", &["Staffing", "Organizations and Roles"]),
        feature("workers_report", "Read workers through a report", &["Staffing", "System"]),
    ],
    capabilities: &[Capability::Hris],
    limits: &[
        limit("Requests", "Workday publishes no number. Hirewire sends at most 2 requests at a time and slows down on 429."),
        limit("Records per page", "100 workers."),
        limit("Changes", "Workday cannot be asked for changes only. Every sync reads the whole list and compares."),
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
            "Create an integration system security group with the user in it, grant it Get access to the domain Worker Data: Public Worker Reports, and run Activate Pending Security Policy Changes.",
        ),
        step(
            "Register the API client",
            "Search for Register API Client for Integrations. Name it Hirewire, tick Non-Expiring Refresh Tokens, and choose the scopes Staffing, Organizations and Roles and Tenant Non-Configurable.",
        ),
        step("Copy id and secret", "Copy the client ID and the client secret from the confirmation page. The secret is shown only once."),
        step(
            "Create the refresh token",
            "In the menu of the API client choose API Client, Manage Refresh Tokens for Integrations, select the integration system user, and generate a new refresh token.",
        ),
        step("Find host and tenant", "Search for View API Clients. The token endpoint there reads https://host/ccx/oauth2/tenant/token."),
    ],
    sources: &[
        source("Workday Staffing REST v6, OpenAPI document"),
        source("Obtaining data from Workday using RaaS reports (ServiceNow)"),
        source("Workday reports as a service (Workato)"),
    ],
    notes: &[
        "Workday's REST services cannot hire a new worker. The hand-over is a file that your Workday team imports, or the Ready for Hire step in Workday Recruiting.",
        "If the test says that the integration user sees no workers, the security domain is missing, not the password.",
    ],
    ..Entry::BLANK
};

const RIPPLING: Entry = Entry {
    slug: "rippling",
    name: "Rippling",
    category: Category::Hris,
    auth_type: AuthType::ApiKey,
    summary: "Brings workers, departments and teams in, and hands hired candidates over for onboarding where your plan allows it.",
    endpoints: &[
        endpoint("api", "RIPPLING_API_URL", "https://rest.ripplingapis.com", "/rippling/rest"),
        endpoint("platform", "RIPPLING_PLATFORM_URL", "https://api.rippling.com/platform/api", "/rippling/platform"),
    ],
    fields: &[
        Field::secret("api_token", "API token", "An admin creates it in Rippling under Settings, Company Settings, API Access."),
        Field::secret(
            "webhook_secret",
            "Webhook secret",
            "Only for Rippling partners whose app sends signed webhooks: the secret that Rippling gave you. Without it, changes arrive with the scheduled sync.",
        )
        .optional(),
    ],
    features: &[
        feature(
            "employees_in",
            "Read workers, departments and teams",
            &[
                "companies.read",
                "workers.read",
                "users.read",
                "departments.read",
                "teams.read",
                "titles.read",
                "work-locations.read",
                "employment-types.read",
            ],
        ),
        feature("recruiting_in", "Read requisitions, candidates and applications", &["job-requisitions.read", "candidates.read", "candidate-applications.read"]),
        feature("new_hires", "Hand hired candidates over", &["draft-hires.read-write"]),
    ],
    capabilities: &[Capability::Hris, Capability::Inbound],
    limits: &[
        limit("Requests", "Rippling publishes no number. 429 is obeyed, with Retry-After where it is sent."),
        limit("Entitlements", "Workers, companies and departments need API Tier 1; requisitions, candidates and applications need API Tier 2."),
        limit("Answer time", "Large lists can take a minute. Hirewire waits 60 seconds and tries again."),
    ],
    paging: Some(Paging {
        style: PagingStyle::NextUrl,
        page_records_max: None,
        text: "The body's next_link names the next page and is followed as it stands; without one the list has ended.",
    }),
    signature: Some(Signature {
        place: "Header X-Rippling-Signature, for partner apps that have a secret",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "The raw bytes of the body",
        key: "The secret of the partner app",
        replay: "A webhook is only a hint: the record is read again before anything changes",
    }),
    guide: &[
        step("Sign in as an admin", "You need the permission to manage API access in Rippling."),
        step("Open the token page", "Choose Settings, then Company Settings, then API Access, then Create API token."),
        step(
            "Choose the scopes",
            "Name the token Hirewire and tick read for companies, workers, users, departments, teams, titles, work locations and employment types. Tick draft hires if candidates are to be handed over.",
        ),
        step("Copy the token", "Copy the token into the field on this page. Rippling shows it once."),
        step(
            "Keep the owner",
            "The token stops working when the person who made it leaves the company. Use an account that stays.",
        ),
    ],
    sources: &[
        source("Rippling Platform API, OpenAPI document (SDK commit b8e6a5f of 2026-04-30)"),
        source("Rippling Base API v1 documentation (commit 412d4b3 of 2021-07-06)"),
    ],
    notes: &[
        "Fields without a scope come back empty and not as an error. The first sync notes which were redacted.",
        "Draft hires are marked as internal testing in Rippling's own description. Ask Rippling to enable them for your company.",
        "Rippling sends webhooks only to partner apps.",
    ],
    ..Entry::BLANK
};
