//! Roles of members and scopes of API keys, and what each role may do.

use serde::{Deserialize, Serialize};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stored and transmitted text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownText;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(UnknownText(stringify!($name))) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownText;
            fn try_from(text: String) -> Result<Self, UnknownText> {
                text.parse()
            }
        }
    };
}
pub(crate) use text_enum;

/// A text that is none of an enum's values. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownText(pub &'static str);

impl std::fmt::Display for UnknownText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a known {}", self.0)
    }
}

impl std::error::Error for UnknownText {}

text_enum! {
    /// What a member is in an organization. Ordered from most to least.
    Role {
        /// Everything, including deleting the organization and naming owners.
        Owner = "owner",
        /// Everything but owners.
        Admin = "admin",
        /// Hiring work: records, syncs, mappings, webhooks' logs.
        Recruiter = "recruiter",
        /// Reads what they interview for.
        Interviewer = "interviewer",
    }
}

text_enum! {
    /// A right of a caller. API keys carry a list of them; `*` stands for all.
    Scope {
        /// See connections, catalogue, health, activity.
        IntegrationsRead = "integrations:read",
        /// Connect, change, test, disconnect, sync, map.
        IntegrationsWrite = "integrations:write",
        /// See jobs, candidates, applications, interviews, offers.
        RecordsRead = "records:read",
        /// Change them.
        RecordsWrite = "records:write",
        /// See subscriptions and their logs.
        WebhooksRead = "webhooks:read",
        /// Change subscriptions, test, replay.
        WebhooksWrite = "webhooks:write",
        /// Publish events of one's own.
        EventsWrite = "events:write",
        /// See the audit log.
        AuditRead = "audit:read",
        /// See members and invitations.
        MembersRead = "members:read",
        /// Invite, change roles, remove members.
        MembersWrite = "members:write",
        /// See and make API keys.
        KeysWrite = "keys:write",
        /// Change the organization's own settings.
        OrganizationWrite = "organization:write",
    }
}

impl Role {
    /// Whether a member with this role has the right.
    pub const fn may(self, scope: Scope) -> bool {
        use Scope::*;
        match self {
            Self::Owner | Self::Admin => true,
            Self::Recruiter => matches!(
                scope,
                IntegrationsRead | IntegrationsWrite | RecordsRead | RecordsWrite | WebhooksRead | EventsWrite | AuditRead | MembersRead
            ),
            Self::Interviewer => matches!(scope, IntegrationsRead | RecordsRead | MembersRead),
        }
    }

    /// Whether a member with this role may give, change or take away the other role.
    pub const fn may_manage(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(other, Self::Owner),
            _ => false,
        }
    }
}
