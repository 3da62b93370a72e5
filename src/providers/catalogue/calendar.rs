//! Calendars: free/busy, interviews with a meeting link, changes both ways.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, Paging, PagingStyle, Signature, Source, Step, endpoint, feature, limit, source, step};
use super::oauth::{GOOGLE, MICROSOFT};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[GOOGLE_CALENDAR, OUTLOOK_CALENDAR];

/// The end of every Google guide: the same app serves calendar and mail.
pub(super) const GOOGLE_CLIENT_STEP: Step = step(
    "Create the OAuth client",
    "Choose APIs and Services, Credentials, Create credentials, OAuth client ID, type Web application. Add the redirect address that the connect page shows under Authorized redirect URIs. The person who runs Hirewire sets the client ID and the secret as GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.",
);
/// How a Microsoft app is registered, for calendar and mail.
pub(super) const MICROSOFT_APP_STEP: Step = step(
    "Register an app",
    "Open entra.microsoft.com as an administrator and choose Applications, App registrations, New registration. Name it Hirewire, choose the account types that may connect, and add a redirect address of type Web with the value that the connect page shows.",
);
pub(super) const MICROSOFT_SECRET_STEP: Step = step(
    "Create a client secret",
    "Choose Certificates and secrets, New client secret, and copy its value (not its ID). The person who runs Hirewire sets the application ID and the secret as MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET, and MICROSOFT_TENANT_ID if only one organization may connect.",
);
pub(super) const MICROSOFT_NOTIFICATIONS: Signature = Signature {
    place: "Field clientState of each notification",
    algorithm: "None; a shared secret is compared",
    message: "Nothing is signed; the record is read again",
    key: "A random value per subscription",
    replay: "Notifications are hints and may repeat without harm",
};
pub(super) const MICROSOFT_SOURCES: &[Source] = &[
    source("Microsoft Graph documentation: calendar, mail, change notifications, throttling limits"),
    source("Microsoft identity platform: authorization code flow, refresh tokens, error codes"),
];

const GOOGLE_CALENDAR: Entry = Entry {
    slug: "google_calendar",
    name: "Google Calendar",
    category: Category::Calendar,
    auth_type: AuthType::Oauth2,
    summary: "Reads who is busy, books interviews with a Meet link and invitations, and follows changes made in the calendar.",
    endpoints: &[
        endpoint(
            "authorize",
            "GOOGLE_CALENDAR_AUTHORIZE_URL",
            "https://accounts.google.com/o/oauth2/v2/auth",
            "/google_calendar/authorize",
        ),
        endpoint("token", "GOOGLE_CALENDAR_TOKEN_URL", "https://oauth2.googleapis.com/token", "/google_calendar/token"),
        endpoint("revoke", "GOOGLE_CALENDAR_REVOKE_URL", "https://oauth2.googleapis.com/revoke", "/google_calendar/revoke"),
        endpoint("userinfo", "GOOGLE_CALENDAR_USERINFO_URL", "https://www.googleapis.com/oauth2/v2/userinfo", "/google_calendar/userinfo"),
        endpoint("api", "GOOGLE_CALENDAR_API_URL", "https://www.googleapis.com/calendar/v3", "/google_calendar/v3"),
    ],
    oauth: Some(&GOOGLE),
    base_scopes: &["openid", "https://www.googleapis.com/auth/userinfo.email"],
    features: &[
        feature("free_busy", "Read busy times", &["https://www.googleapis.com/auth/calendar.freebusy"]),
        feature("events", "Book, move and cancel interviews", &["https://www.googleapis.com/auth/calendar.events"]),
        feature("choose_calendar", "Choose among several calendars", &["https://www.googleapis.com/auth/calendar.calendarlist.readonly"]),
    ],
    capabilities: &[Capability::Calendar, Capability::Inbound],
    limits: &[
        limit("Requests of the installation", "10,000 requests per minute and Google project."),
        limit("Requests of one person", "600 requests per minute."),
        limit("Guests", "200 guests; beyond that their answers are not passed on."),
        limit("Events per page", "2,500 events."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(2500),
        text: "nextPageToken until it is missing. The last page holds the token for the next incremental sync; 410 means that it has expired and everything is read again.",
    }),
    signature: Some(Signature {
        place: "Header X-Goog-Channel-Token",
        algorithm: "None; a shared secret is compared",
        message: "Nothing is signed and the body is empty; the calendar is read again",
        key: "A random value per channel",
        replay: "Message numbers that were seen are dropped",
    }),
    guide: &[
        step(
            "Create a Google Cloud project",
            "Open console.cloud.google.com, create a project, choose APIs and Services, Library, and enable the Google Calendar API.",
        ),
        step(
            "Fill in the consent screen",
            "Choose APIs and Services, OAuth consent screen. Choose Internal if only people of your own Google Workspace will connect. With External, publish the app: while it is in testing, Google ends every connection after 7 days.",
        ),
        GOOGLE_CLIENT_STEP,
        step(
            "Connect",
            "Choose Connect here, pick the Google account whose calendar is to be used, and leave every box ticked on Google's page.",
        ),
        step(
            "Choose the calendar",
            "After connecting, choose the calendar that interviews are booked in. The main calendar is preselected.",
        ),
    ],
    sources: &[
        source("Google Calendar API: discovery document, revision 20261030"),
        source("Google Calendar API guides: push notifications, synchronization, usage limits, errors"),
        source("Using OAuth 2.0 for Web Server Applications (Google)"),
    ],
    notes: &[
        "People can untick single permissions on Google's page. The connection then shows what is missing and a button that asks for it.",
        "Google allows 100 connections per account and client; the 101st silently ends the oldest.",
        "Push channels cannot be renewed. Hirewire opens a new one before the old one ends, and also reads changes on a schedule.",
    ],
    ..Entry::BLANK
};

const OUTLOOK_CALENDAR: Entry = Entry {
    slug: "outlook_calendar",
    name: "Microsoft Outlook Calendar",
    category: Category::Calendar,
    auth_type: AuthType::Oauth2,
    summary: "Reads who is busy, books interviews with a Teams link and invitations, and follows changes made in the calendar.",
    endpoints: &[
        endpoint(
            "authorize",
            "OUTLOOK_CALENDAR_AUTHORIZE_URL",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
            "/outlook_calendar/authorize",
        ),
        endpoint(
            "token",
            "OUTLOOK_CALENDAR_TOKEN_URL",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            "/outlook_calendar/token",
        ),
        endpoint("api", "OUTLOOK_CALENDAR_API_URL", "https://graph.microsoft.com/v1.0", "/outlook_calendar/v1.0"),
    ],
    oauth: Some(&MICROSOFT),
    base_scopes: &["openid", "profile", "email", "offline_access", "User.Read"],
    features: &[
        feature("free_busy", "Read busy times", &["Calendars.ReadBasic"]),
        feature("events", "Book, move and cancel interviews", &["Calendars.ReadWrite"]),
        feature("working_hours", "Read time zone and working hours", &["MailboxSettings.Read"]),
        feature("suggest_times", "Ask Microsoft for suggested times", &["Calendars.Read.Shared"]),
    ],
    capabilities: &[Capability::Calendar, Capability::Inbound],
    limits: &[
        limit("Requests of one mailbox", "10,000 requests per 10 minutes, and 4 at the same time."),
        limit("Guests", "500 guests."),
        limit("Notifications", "A subscription lives for less than 7 days and is renewed before that."),
        limit("Events per page", "1,000 events."),
    ],
    paging: Some(Paging {
        style: PagingStyle::NextUrl,
        page_records_max: Some(1000),
        text: "@odata.nextLink is followed as it stands. The last page holds @odata.deltaLink for the next sync; it is bound to its range of dates.",
    }),
    signature: Some(MICROSOFT_NOTIFICATIONS),
    guide: &[
        MICROSOFT_APP_STEP,
        step(
            "Add the permissions",
            "Choose API permissions, Add a permission, Microsoft Graph, Delegated permissions, and tick offline_access, User.Read, Calendars.ReadWrite, Calendars.ReadBasic, Calendars.Read.Shared and MailboxSettings.Read. Choose Grant admin consent if your organization asks for approval.",
        ),
        MICROSOFT_SECRET_STEP,
        step("Connect", "Choose Connect here and sign in with the account whose calendar is to be used."),
        step(
            "Mind the secret's end",
            "A client secret ends after at most 24 months. Put a reminder in your calendar to create a new one before that.",
        ),
    ],
    sources: MICROSOFT_SOURCES,
    notes: &[
        "Microsoft always sends invitations when an event has guests. There is no silent change of time or title.",
        "Personal Microsoft accounts have no free/busy of other people and no Teams link for interviews.",
        "Overwriting the text of an event turns its Teams meeting off. Hirewire changes only its own part of it.",
    ],
    ..Entry::BLANK
};
