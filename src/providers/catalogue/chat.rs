//! Chat: notifications per event and channel, an activity feed, messages of one's own.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, source, step};
use super::oauth::{MICROSOFT, SLACK};

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[SLACK_ENTRY, TEAMS];

const SLACK_ENTRY: Entry = Entry {
    slug: "slack",
    name: "Slack",
    category: Category::Chat,
    auth_type: AuthType::Oauth2,
    alternatives: &[AuthType::WebhookUrl],
    summary: "Posts what happens to candidates and interviews into the channels you choose, and answers a slash command.",
    endpoints: &[
        endpoint("authorize", "SLACK_AUTHORIZE_URL", "https://slack.com/oauth/v2/authorize", "/slack/oauth/v2/authorize"),
        endpoint("token", "SLACK_TOKEN_URL", "https://slack.com/api/oauth.v2.access", "/slack/api/oauth.v2.access"),
        endpoint("revoke", "SLACK_REVOKE_URL", "https://slack.com/api/auth.revoke", "/slack/api/auth.revoke"),
        endpoint("api", "SLACK_API_URL", "https://slack.com/api", "/slack/api"),
        endpoint("hooks", "SLACK_HOOKS_URL", "https://hooks.slack.com/services", "/slack/services"),
    ],
    oauth: Some(&SLACK),
    fields: &[
        Field::secret(
            "webhook_url",
            "Incoming webhook address",
            "Only for the simple way without an app of your own: the address that Slack gives for one channel. It begins with https://hooks.slack.com/services/.",
        )
        .optional(),
    ],
    features: &[
        feature("notifications", "Post messages", &["chat:write", "chat:write.public"]),
        feature("channels", "Choose channels", &["channels:read", "groups:read"]),
        feature("people", "Mention people and write to them", &["users:read", "users:read.email", "im:write"]),
        feature("commands", "Answer a slash command", &["commands"]),
    ],
    capabilities: &[Capability::Chat, Capability::Inbound],
    limits: &[
        limit("Messages", "About 1 message per second and channel."),
        limit("Other calls", "20 to 100 per minute, method and workspace; 429 with Retry-After is obeyed."),
        limit("Blocks of a message", "50 blocks; a section holds 3,000 characters."),
        limit("Answer to Slack", "Within 3 seconds."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(1000),
        text: "response_metadata.next_cursor until it is empty. A page may be short before the end.",
    }),
    signature: Some(Signature {
        place: "Headers X-Slack-Signature (v0=) and X-Slack-Request-Timestamp",
        algorithm: "HMAC-SHA256, hexadecimal",
        message: "v0, a colon, the timestamp, a colon and the raw bytes of the body",
        key: "The app's signing secret",
        replay: "Timestamps older than 5 minutes are refused, and each event_id is accepted once",
    }),
    guide: &[
        step("Create a Slack app", "Open api.slack.com/apps, choose Create New App, From scratch, name it Hirewire and choose your workspace."),
        step(
            "Set redirect and scopes",
            "Under OAuth and Permissions add the redirect address that the connect page shows, and add the bot scopes chat:write, chat:write.public, channels:read, groups:read, users:read, users:read.email, im:write and commands.",
        ),
        step(
            "Set id and secrets",
            "Under Basic Information, App Credentials, copy the client ID, the client secret and the signing secret. The person who runs Hirewire sets them as SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and SLACK_SIGNING_SECRET.",
        ),
        step(
            "Subscribe to events",
            "Under Event Subscriptions switch events on, enter the address that the connect page shows, and add the bot events app_uninstalled and tokens_revoked, so that a removed app is noticed at once.",
        ),
        step("Connect", "Choose Connect here and allow the app in Slack. Some workspaces ask an administrator to approve it first."),
        step("Invite the app to private channels", "In a private channel write /invite @Hirewire. Public channels need no invitation."),
        step(
            "Or take the simple way",
            "Without an app of your own: add the app Incoming WebHooks to one channel in Slack, copy its address and enter it here. Such messages can be neither changed nor put in a thread.",
        ),
    ],
    sources: &[
        source("Slack documentation: rate limits, installing with OAuth, token rotation, verifying requests, Events API, incoming webhooks"),
        source("slack-sdk 3.47.0 and slack-bolt 1.30.0"),
    ],
    notes: &[
        "Members of a channel are often a wider group than the interviewers. Messages carry no mail address, résumé or feedback.",
        "Slack has no idempotency key. A message whose fate is unknown is not sent twice.",
    ],
    ..Entry::BLANK
};

const TEAMS: Entry = Entry {
    slug: "microsoft_teams",
    name: "Microsoft Teams",
    category: Category::Chat,
    auth_type: AuthType::WebhookUrl,
    alternatives: &[AuthType::Oauth2],
    summary: "Posts what happens to candidates and interviews as cards into the channels you choose.",
    endpoints: &[
        endpoint(
            "authorize",
            "MICROSOFT_TEAMS_AUTHORIZE_URL",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
            "/microsoft_teams/authorize",
        ),
        endpoint(
            "token",
            "MICROSOFT_TEAMS_TOKEN_URL",
            "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            "/microsoft_teams/token",
        ),
        endpoint("api", "MICROSOFT_TEAMS_API_URL", "https://graph.microsoft.com/v1.0", "/microsoft_teams/v1.0"),
    ],
    oauth: Some(&MICROSOFT),
    fields: &[Field::secret(
        "webhook_url",
        "Workflow address",
        "The address that the workflow shows under When a Teams webhook request is received. It contains its own permission, so keep it to yourself.",
    )],
    base_scopes: &["openid", "profile", "offline_access", "User.Read"],
    features: &[
        feature("notifications", "Post cards through a workflow", &[]),
        feature(
            "channel_messages",
            "Post as yourself, edit and answer in threads",
            &["ChannelMessage.Send", "Team.ReadBasic.All", "Channel.ReadBasic.All"],
        ),
    ],
    capabilities: &[Capability::Chat],
    limits: &[
        limit("Messages through a workflow", "About 4 requests per second."),
        limit("Size of a message", "28 KB; Hirewire keeps cards under 25 KB."),
        limit("Messages as yourself", "3,000 messages per day and channel."),
    ],
    guide: &[
        step(
            "Open the channel's workflows",
            "In Teams, open the menu of the channel (the three dots beside its name) and choose Workflows.",
        ),
        step(
            "Choose the template",
            "Choose Post to a channel when a webhook request is received, name it Hirewire, and confirm team and channel.",
        ),
        step(
            "Allow anyone to call it",
            "If you are asked who can trigger the flow, choose Anyone. The address itself is the permission; with any other choice Microsoft answers 401.",
        ),
        step(
            "Copy the address",
            "Copy the address that is shown at the end into the field on this page, and choose Test. A card appears in the channel.",
        ),
        step(
            "Share the ownership",
            "A workflow belongs to the person who made it and stops when that person leaves. Open it in Power Automate and add a second owner.",
        ),
    ],
    sources: &[
        source("Microsoft Teams documentation: webhooks and connectors, with the deprecation notice"),
        source("Microsoft Graph documentation: send chatMessage in channel, throttling limits"),
    ],
    notes: &[
        "The older Office 365 connectors, whose addresses contain webhook.office.com, were switched off in May 2026. Create a workflow instead.",
        "Microsoft accepts a message before it is shown and gives it no id. A card that a workflow drops later is not reported back.",
    ],
    ..Entry::BLANK
};
