//! Electronic signature: offer letters out, their state and the signed document in.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, own_endpoint, source, step};
use super::oauth;

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[DOCUSIGN, DROPBOX_SIGN];

const DOCUSIGN: Entry = Entry {
    slug: "docusign",
    name: "DocuSign",
    category: Category::Esign,
    auth_type: AuthType::Oauth2,
    summary: "Sends offer letters for signature, follows who has signed, and keeps the signed document with the offer.",
    endpoints: &[
        endpoint("authorize", "DOCUSIGN_AUTHORIZE_URL", "https://account.docusign.com/oauth/auth", "/docusign/oauth/auth"),
        endpoint("token", "DOCUSIGN_TOKEN_URL", "https://account.docusign.com/oauth/token", "/docusign/oauth/token"),
        endpoint("userinfo", "DOCUSIGN_USERINFO_URL", "https://account.docusign.com/oauth/userinfo", "/docusign/oauth/userinfo"),
        endpoint("authorize_demo", "DOCUSIGN_AUTHORIZE_DEMO_URL", "https://account-d.docusign.com/oauth/auth", "/docusign/oauth/auth"),
        endpoint("token_demo", "DOCUSIGN_TOKEN_DEMO_URL", "https://account-d.docusign.com/oauth/token", "/docusign/oauth/token"),
        endpoint("userinfo_demo", "DOCUSIGN_USERINFO_DEMO_URL", "https://account-d.docusign.com/oauth/userinfo", "/docusign/oauth/userinfo"),
        own_endpoint("api", "DOCUSIGN_API_URL", "/docusign/restapi/v2.1"),
    ],
    oauth: Some(&oauth::DOCUSIGN),
    fields: &[
        Field::select(
            "environment",
            "Environment",
            "A demo account is a world of its own: envelopes sent there are not binding, and its keys do not work in production.",
            &[("production", "Production"), ("demo", "Demo")],
        ),
        Field::secret(
            "connect_key",
            "Connect HMAC key",
            "The key that DocuSign shows under Settings, Connect, Connect Keys. Notifications that are not signed with it are refused; without a key the state is looked up every 15 minutes.",
        )
        .optional(),
    ],
    base_scopes: &["signature", "extended"],
    features: &[feature("offers", "Send offers and fetch signed documents", &["signature"])],
    capabilities: &[Capability::Esign, Capability::Inbound],
    limits: &[
        limit("Requests", "3,000 per hour and account, and 500 per 30 seconds (200 in demo)."),
        limit("Looking up one envelope", "Once per 15 minutes."),
        limit("Connection", "Ends after 30 days without use. Hirewire refreshes it before that."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Offset,
        page_records_max: None,
        text: "start_position and count, until nextUri is empty.",
    }),
    signature: Some(Signature {
        place: "Headers X-DocuSign-Signature-1 and following, one per key",
        algorithm: "HMAC-SHA256, base64",
        message: "The raw bytes of the body",
        key: "The Connect key exactly as DocuSign shows it",
        replay: "Envelope, event and time are accepted once, and the envelope is read again",
    }),
    guide: &[
        step(
            "Create an integration key",
            "In DocuSign choose Settings, Integrations, Apps and Keys, Add App and Integration Key. Name it Hirewire and choose Authorization Code Grant.",
        ),
        step(
            "Add secret and redirect",
            "In the app choose Add Secret Key and copy it, and add the redirect address that the connect page shows. The person who runs Hirewire sets the integration key and the secret as DOCUSIGN_CLIENT_ID and DOCUSIGN_CLIENT_SECRET.",
        ),
        step("Go live", "A new key works only in the demo environment. Once it has been used there, ask DocuSign for the go-live review of the key to use it in production."),
        step(
            "Create a Connect key",
            "Choose Settings, Connect, Connect Keys, Add Secret Key, and enter the key here. It lets Hirewire tell real notifications from forged ones.",
        ),
        step("Connect", "Choose the environment, then Connect, and sign in as a user who may send envelopes. If you have several accounts, choose the one that offers are sent from."),
    ],
    sources: &[
        source("DocuSign eSignature REST v2.1, official OpenAPI document"),
        source("DocuSign documentation: API resource limits, user info endpoint, Connect"),
        source("Manually authenticating HMAC signatures (DocuSign)"),
    ],
    notes: &[
        "DocuSign remembers the transaction id of an envelope for 7 days. A send whose answer was lost is looked up before it is tried again.",
        "A Connect configuration that fails for 14 days is switched off by DocuSign.",
    ],
    ..Entry::BLANK
};

const DROPBOX_SIGN: Entry = Entry {
    slug: "dropbox_sign",
    name: "Dropbox Sign",
    category: Category::Esign,
    auth_type: AuthType::ApiKey,
    alternatives: &[AuthType::Oauth2],
    summary: "Sends offer letters for signature, follows who has signed, and keeps the signed document with the offer.",
    endpoints: &[
        endpoint("authorize", "DROPBOX_SIGN_AUTHORIZE_URL", "https://app.hellosign.com/oauth/authorize", "/dropbox_sign/oauth/authorize"),
        endpoint("token", "DROPBOX_SIGN_TOKEN_URL", "https://app.hellosign.com/oauth/token", "/dropbox_sign/oauth/token"),
        endpoint("api", "DROPBOX_SIGN_API_URL", "https://api.hellosign.com/v3", "/dropbox_sign/v3"),
    ],
    oauth: Some(&oauth::DROPBOX_SIGN),
    fields: &[
        Field::secret(
            "api_key",
            "API key",
            "The primary key under Settings, API in Dropbox Sign. It also checks the events that Dropbox Sign sends.",
        ),
        Field::text(
            "client_id",
            "API app's client ID",
            "Only if you have an API app of your own: requests made under it send their events to the app's address.",
        )
        .optional(),
        Field::select(
            "mode",
            "Mode",
            "In test mode documents carry a watermark, bind nobody and cost nothing.",
            &[("live", "Live"), ("test", "Test")],
        ),
    ],
    features: &[feature("offers", "Send offers and fetch signed documents", &["basic_account_info", "request_signature"])],
    capabilities: &[Capability::Esign, Capability::Inbound],
    limits: &[
        limit("Requests", "100 per minute and account."),
        limit("Sending and files", "25 per minute and account."),
        limit("Test mode", "10 per minute."),
        limit("Requests per page", "100 signature requests."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Page,
        page_records_max: Some(100),
        text: "Page numbers, until list_info.num_pages is reached.",
    }),
    signature: Some(Signature {
        place: "Field event.event_hash in the form field json",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "event_time followed by event_type; the request itself is not covered and is read again",
        key: "The account's primary API key",
        replay: "Each event_hash is accepted once per request and signature",
    }),
    guide: &[
        step("Open the API settings", "Sign in to Dropbox Sign as an administrator and choose Settings, then API."),
        step(
            "Copy the primary key",
            "Under API Keys choose Reveal key, or Create key, and copy the key that is marked as primary into the field on this page.",
        ),
        step(
            "Set the event address",
            "After connecting, enter the address that the connection's page shows under Account callback, and choose Test. Dropbox Sign expects one fixed answer, which Hirewire gives.",
        ),
        step("Try it without obligation", "Choose the mode Test for the first offers. Their documents carry a watermark and bind nobody."),
    ],
    sources: &[
        source("Dropbox Sign OpenAPI document"),
        source("Dropbox Sign documentation: Events Walkthrough, Callbacks and Events"),
        source("Which API requests count against the Dropbox Sign API request limit (Dropbox help)"),
    ],
    notes: &[
        "Making another key primary changes what events are signed with. Enter the new key here at the same time.",
        "Signed files are ready a little later than the signature; Hirewire fetches them when Dropbox Sign says so.",
    ],
    ..Entry::BLANK
};
