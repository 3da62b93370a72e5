//! Mail: send, read, threads, attachments.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::calendar::{GOOGLE_CLIENT_STEP, MICROSOFT_APP_STEP, MICROSOFT_NOTIFICATIONS, MICROSOFT_SECRET_STEP, MICROSOFT_SOURCES};
use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, source, step};
use super::oauth::{GOOGLE, MICROSOFT};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[GMAIL, OUTLOOK_MAIL];

const GMAIL: Entry = Entry {
    slug: "gmail",
    name: "Gmail",
    category: Category::Mail,
    auth_type: AuthType::Oauth2,
    summary: "Sends mail to candidates from your own address, and keeps their answers on the timeline.",
    endpoints: &[
        endpoint("authorize", "GMAIL_AUTHORIZE_URL", "https://accounts.google.com/o/oauth2/v2/auth", "/gmail/authorize"),
        endpoint("token", "GMAIL_TOKEN_URL", "https://oauth2.googleapis.com/token", "/gmail/token"),
        endpoint("revoke", "GMAIL_REVOKE_URL", "https://oauth2.googleapis.com/revoke", "/gmail/revoke"),
        endpoint("userinfo", "GMAIL_USERINFO_URL", "https://www.googleapis.com/oauth2/v2/userinfo", "/gmail/userinfo"),
        endpoint("api", "GMAIL_API_URL", "https://gmail.googleapis.com/gmail/v1", "/gmail/v1"),
        endpoint("upload", "GMAIL_UPLOAD_URL", "https://gmail.googleapis.com/upload/gmail/v1", "/gmail/upload/v1"),
        endpoint("certs", "GMAIL_CERTS_URL", "https://www.googleapis.com/oauth2/v3/certs", "/gmail/certs"),
    ],
    oauth: Some(&GOOGLE),
    fields: &[
        Field::text(
            "pubsub_topic",
            "Pub/Sub topic",
            "The full name of a topic in the same Google project, such as projects/acme/topics/gmail. Without it new mail is looked for every few minutes.",
        )
        .optional(),
    ],
    base_scopes: &["openid", "https://www.googleapis.com/auth/userinfo.email"],
    features: &[
        feature("send", "Send mail", &["https://www.googleapis.com/auth/gmail.send"]),
        feature("read", "Read mail with candidates", &["https://www.googleapis.com/auth/gmail.readonly"]),
    ],
    capabilities: &[Capability::Mail, Capability::Inbound],
    limits: &[
        limit("Quota of one person", "6,000 units per minute; sending costs 100 units, reading a message 20."),
        limit("Mails per day", "About 500 for a consumer account, 2,000 for Google Workspace."),
        limit("Size of a mail", "35 MiB with attachments."),
        limit("Messages per page", "500 messages."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(500),
        text: "nextPageToken until it is missing. Changes since a history id; 404 means that it is too old and everything is read again.",
    }),
    signature: Some(Signature {
        place: "Header Authorization: Bearer, of Google Pub/Sub",
        algorithm: "RS256 (a signed token)",
        message: "The token's issuer, audience, service account and expiry",
        key: "Google's published keys",
        replay: "Each Pub/Sub message id is accepted once, and older history ids are ignored",
    }),
    guide: &[
        step(
            "Create a Google Cloud project",
            "Open console.cloud.google.com, create a project or take the one of the calendar, choose APIs and Services, Library, and enable the Gmail API.",
        ),
        step(
            "Fill in the consent screen",
            "Choose APIs and Services, OAuth consent screen. Choose Internal if only people of your own Google Workspace will connect: reading mail is a restricted permission, and an External app needs Google's yearly security assessment for it.",
        ),
        GOOGLE_CLIENT_STEP,
        step(
            "Prepare push messages, if you want them",
            "Create a Pub/Sub topic, give gmail-api-push@system.gserviceaccount.com the role Pub/Sub Publisher on it, and add a push subscription with authentication that points to the address on the connection's page. Enter the topic's name here.",
        ),
        step("Connect", "Choose the features you want, then Connect, and sign in with the account that mail is sent from. If only sending is switched on, the mailbox is never read."),
    ],
    sources: &[
        source("Gmail API: discovery document, revision 20261005"),
        source("Gmail API guides: usage limits, push notifications, synchronization, scopes"),
        source("Authentication for push subscriptions (Google Cloud)"),
    ],
    notes: &[
        "Gmail has no idempotency key. After a time-out Hirewire looks for its own Message-ID before it sends again; with the send permission alone it cannot look, and asks you.",
        "A new password ends the connection, because it has a Gmail permission.",
        "Watching a mailbox lasts 7 days and is renewed every day.",
    ],
    ..Entry::BLANK
};

const OUTLOOK_MAIL: Entry = Entry {
    slug: "outlook_mail",
    name: "Microsoft Outlook Mail",
    category: Category::Mail,
    auth_type: AuthType::Oauth2,
    summary: "Sends mail to candidates from your own address, and keeps their answers on the timeline.",
    endpoints: &[
        endpoint(
            "authorize",
            "OUTLOOK_MAIL_AUTHORIZE_URL",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
            "/outlook_mail/authorize",
        ),
        endpoint("token", "OUTLOOK_MAIL_TOKEN_URL", "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", "/outlook_mail/token"),
        endpoint("api", "OUTLOOK_MAIL_API_URL", "https://graph.microsoft.com/v1.0", "/outlook_mail/v1.0"),
    ],
    oauth: Some(&MICROSOFT),
    base_scopes: &["openid", "profile", "email", "offline_access", "User.Read"],
    features: &[
        feature("send", "Send mail", &["Mail.Send", "Mail.ReadWrite"]),
        feature("read", "Read mail with candidates", &["Mail.Read"]),
    ],
    capabilities: &[Capability::Mail, Capability::Inbound],
    limits: &[
        limit("Requests of one mailbox", "10,000 requests per 10 minutes, and 4 at the same time."),
        limit("Sending", "About 30 messages per minute and 10,000 recipients per day and mailbox."),
        limit("Attachments", "Under 3 MB in one piece, up to 150 MB in an upload session."),
    ],
    paging: Some(Paging {
        style: PagingStyle::NextUrl,
        page_records_max: None,
        text: "@odata.nextLink is followed as it stands. The last page holds @odata.deltaLink for the next sync.",
    }),
    signature: Some(MICROSOFT_NOTIFICATIONS),
    guide: &[
        MICROSOFT_APP_STEP,
        step(
            "Add the permissions",
            "Choose API permissions, Add a permission, Microsoft Graph, Delegated permissions, and tick offline_access, User.Read, Mail.Send and Mail.ReadWrite, and Mail.Read if answers are to be read. Choose Grant admin consent if your organization asks for approval.",
        ),
        MICROSOFT_SECRET_STEP,
        step("Connect", "Choose the features you want, then Connect, and sign in with the account that mail is sent from."),
    ],
    sources: MICROSOFT_SOURCES,
    notes: &[
        "Hirewire makes a draft first and sends that, so that a repeated try cannot send the mail twice.",
        "A mail that Microsoft has accepted is not yet delivered; a bounce arrives as an answer.",
    ],
    ..Entry::BLANK
};
