//! Job boards: publish, update, remove, count.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Endpoint, Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, source, step};
use super::oauth::LINKEDIN;

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[LINKEDIN_PAGE, INDEED, GLASSDOOR];

const LINKEDIN_ENDPOINTS: &[Endpoint] = &[
    endpoint("authorize", "LINKEDIN_AUTHORIZE_URL", "https://www.linkedin.com/oauth/v2/authorization", "/linkedin/oauth/v2/authorization"),
    endpoint("token", "LINKEDIN_TOKEN_URL", "https://www.linkedin.com/oauth/v2/accessToken", "/linkedin/oauth/v2/accessToken"),
    endpoint(
        "introspect",
        "LINKEDIN_INTROSPECT_URL",
        "https://www.linkedin.com/oauth/v2/introspectToken",
        "/linkedin/oauth/v2/introspectToken",
    ),
    endpoint("api", "LINKEDIN_API_URL", "https://api.linkedin.com/rest", "/linkedin/rest"),
];

const LINKEDIN_PAGE: Entry = Entry {
    slug: "linkedin",
    name: "LinkedIn",
    category: Category::JobBoard,
    auth_type: AuthType::Oauth2,
    summary: "Publishes jobs as posts of your company page, and shows their likes, comments, shares and impressions.",
    endpoints: LINKEDIN_ENDPOINTS,
    oauth: Some(&LINKEDIN),
    features: &[
        feature("publish", "Publish and remove posts of the company page", &["w_organization_social", "r_organization_social"]),
        feature("statistics", "Find your pages and read statistics", &["rw_organization_admin"]),
    ],
    capabilities: &[Capability::JobBoard, Capability::Inbound],
    limits: &[
        limit(
            "Requests",
            "Daily limits per app and person, reset at 00:00 UTC. The numbers stand in LinkedIn's developer portal under Analytics.",
        ),
        limit("Text of a post", "3,000 characters."),
        limit(
            "Connection",
            "60 days. LinkedIn refreshes only for apps that it has approved; otherwise you are asked to reconnect in time.",
        ),
    ],
    paging: Some(Paging {
        style: PagingStyle::Offset,
        page_records_max: Some(100),
        text: "start and count, until fewer elements arrive than were asked for.",
    }),
    signature: Some(Signature {
        place: "Header X-LI-Signature",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "The text hmacsha256= followed by the raw bytes of the body",
        key: "The app's client secret",
        replay: "Each notificationId is accepted once",
    }),
    guide: &[
        step(
            "Create a LinkedIn app",
            "Open linkedin.com/developers/apps and choose Create app. Choose your company page; an administrator of the page must confirm the app.",
        ),
        step(
            "Ask for the product",
            "On the tab Products, request access to Community Management API. LinkedIn reviews the request; until then nothing can be published.",
        ),
        step(
            "Set id, secret and redirect",
            "On the tab Auth, add the redirect address that the connect page shows, and copy the client ID and the secret. The person who runs Hirewire sets them as LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET.",
        ),
        step(
            "Check your role on the page",
            "The person who connects must be an administrator or content administrator of the company page.",
        ),
        step("Connect", "Choose Connect here, sign in to LinkedIn and allow the access. Then choose the page that jobs are posted on."),
    ],
    sources: &[
        source(
            "LinkedIn documentation on Microsoft Learn: Posts API, little Text Format, organization share statistics, programmatic refresh tokens, webhook validation, versioning",
        ),
        source("LinkedIn OpenID configuration"),
    ],
    notes: &[
        "These are posts of your page, not paid job advertisements; those are open to LinkedIn's contract partners only.",
        "LinkedIn refuses the same text twice. Change the text before you post a job again.",
        "LinkedIn retires a version of its API about a year after it came out. The installation warns before that day.",
    ],
    ..Entry::BLANK
};

const INDEED: Entry = Entry {
    slug: "indeed",
    name: "Indeed",
    category: Category::JobBoard,
    auth_type: AuthType::ClientCredentials,
    alternatives: &[AuthType::None],
    summary: "Publishes jobs through a feed or, for Indeed partners, at once, takes applications in, and reports their outcome back.",
    endpoints: &[
        endpoint("token", "INDEED_TOKEN_URL", "https://apis.indeed.com/oauth/v2/tokens", "/indeed/oauth/v2/tokens"),
        endpoint("api", "INDEED_API_URL", "https://apis.indeed.com/graphql", "/indeed/graphql"),
    ],
    fields: &[
        Field::text(
            "source_name",
            "Company name on Indeed",
            "The name under which your jobs appear. Keep it the same; Indeed recognises your jobs by it.",
        ),
        Field::text(
            "client_id",
            "Client ID",
            "Only for Indeed partners: from the app in Indeed's Partner Console. Leave it empty to publish through the feed.",
        )
        .optional(),
        Field::secret("client_secret", "Client secret", "Only for Indeed partners: from the app in Indeed's Partner Console.").optional(),
        Field::text(
            "apply_token",
            "Indeed Apply API token",
            "Only if candidates apply on Indeed itself: the token that Indeed issued for Indeed Apply.",
        )
        .optional(),
        Field::secret(
            "apply_secret",
            "Indeed Apply secret",
            "The secret that belongs to the Indeed Apply token. Applications that come in are checked with it.",
        )
        .optional(),
    ],
    features: &[
        feature("feed", "Publish through the XML feed", &[]),
        feature("job_sync", "Publish at once (partners)", &["employer_access"]),
        feature("apply", "Receive applications made on Indeed", &[]),
        feature("dispositions", "Report outcomes back (partners)", &["employer_access"]),
    ],
    capabilities: &[Capability::JobBoard, Capability::Inbound],
    limits: &[
        limit("One job per request", "150 per second and 80,000 per hour."),
        limit("Outcomes", "25 per request."),
        limit("Description of a job", "65,000 bytes."),
        limit("Feed", "It holds every job of the employer; a job that is missing from it is taken down."),
    ],
    signature: Some(Signature {
        place: "Header X-Indeed-Signature",
        algorithm: "HMAC-SHA1, base64",
        message: "The raw bytes of the body",
        key: "The Indeed Apply secret",
        replay: "Each application id is accepted once",
    }),
    guide: &[
        step(
            "Choose the way",
            "Employers publish through the XML feed and need no account for it. Partners of Indeed with a signed agreement can publish at once.",
        ),
        step("Enter the company name", "Enter the name exactly as it stands on your Indeed company page, and choose Connect."),
        step(
            "Hand over the feed",
            "Copy the feed's address from the connection's page and send it to your Indeed contact, or enter it under Job feeds in your Indeed employer account. The feed must hold all jobs of your career page.",
        ),
        step(
            "For partners: enter the app",
            "In Indeed's Partner Console open Manage app credentials, choose your app, and copy client ID and client secret into the fields on this page.",
        ),
        step(
            "For Indeed Apply: enter token and secret",
            "Enter the pair that Indeed issued for Indeed Apply. Applications then arrive at the address that the feed carries for each job.",
        ),
    ],
    sources: &[source(
        "Indeed documentation: Job Sync API, Disposition Sync API, Indeed Apply application delivery, XML feed reference, error reference",
    )],
    notes: &[
        "Success means that Indeed has received the job. It appears after moderation, minutes to hours later.",
        "Indeed asks partners to report the outcome of every application since April 2025.",
        "Candidates' addresses may be Indeed aliases that differ from one application to the next.",
    ],
    ..Entry::BLANK
};

const GLASSDOOR: Entry = Entry {
    slug: "glassdoor",
    name: "Glassdoor",
    category: Category::JobBoard,
    auth_type: AuthType::None,
    summary: "Publishes jobs through the same feed as Indeed, which delivers them to Glassdoor.",
    endpoints: &[],
    fields: &[
        Field::text(
            "company_name",
            "Company name on Glassdoor",
            "The name of your Glassdoor company page. The feed carries it, so that jobs land on the right page.",
        ),
        Field::text(
            "employer_id",
            "Glassdoor employer ID",
            "The number behind EI_IE in the address of your Glassdoor company page. It is used for the link on the job's page.",
        )
        .optional(),
    ],
    features: &[feature("feed", "Publish through the XML feed", &[])],
    capabilities: &[Capability::JobBoard],
    limits: &[
        limit("Delivery", "Through Indeed; Glassdoor has no interface of its own for new integrations."),
        limit("Delay", "Depends on when Indeed reads the feed and passes jobs on; Glassdoor publishes no figure."),
    ],
    guide: &[
        step("Enter the company name", "Open your company page on Glassdoor and enter its name exactly as it stands there."),
        step("Connect Indeed", "Glassdoor takes its jobs from Indeed. Connect Indeed first if you have not done so."),
        step(
            "Hand over the feed",
            "Copy the feed's address from the connection's page and give it to your Indeed contact, with the wish that jobs appear on Glassdoor.",
        ),
        step(
            "Check the result",
            "Look for one of your jobs on Glassdoor after Indeed shows it. If it is missing, ask Indeed's employer support.",
        ),
    ],
    sources: &[source("Indeed documentation: XML feed reference")],
    notes: &["Glassdoor's partner interface is closed to new keys. There are no statistics and no applications from Glassdoor itself."],
    ..Entry::BLANK
};
