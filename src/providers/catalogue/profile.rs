//! A candidate's own profile.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Entry, endpoint, feature, limit, source, step};
use super::oauth::LINKEDIN;

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[LINKEDIN_PROFILE];

const LINKEDIN_PROFILE: Entry = Entry {
    slug: "linkedin_profile",
    name: "LinkedIn Profile",
    category: Category::Profile,
    auth_type: AuthType::Oauth2,
    summary: "Lets candidates fill in name, picture and e-mail from LinkedIn and decide what is shared.",
    endpoints: &[
        endpoint(
            "authorize",
            "LINKEDIN_PROFILE_AUTHORIZE_URL",
            "https://www.linkedin.com/oauth/v2/authorization",
            "/linkedin_profile/oauth/v2/authorization",
        ),
        endpoint(
            "token",
            "LINKEDIN_PROFILE_TOKEN_URL",
            "https://www.linkedin.com/oauth/v2/accessToken",
            "/linkedin_profile/oauth/v2/accessToken",
        ),
        endpoint("userinfo", "LINKEDIN_PROFILE_USERINFO_URL", "https://api.linkedin.com/v2/userinfo", "/linkedin_profile/v2/userinfo"),
        endpoint("keys", "LINKEDIN_PROFILE_KEYS_URL", "https://www.linkedin.com/oauth/openid/jwks", "/linkedin_profile/oauth/openid/jwks"),
    ],
    oauth: Some(&LINKEDIN),
    base_scopes: &["openid", "profile"],
    features: &[feature("profile", "Read name and picture", &[]), feature("email", "Read the e-mail address", &["email"])],
    capabilities: &[Capability::Profile],
    limits: &[
        limit("Requests", "Daily limits per app and person, reset at 00:00 UTC."),
        limit("Connection", "60 days, then the candidate is asked to connect again."),
    ],
    guide: &[
        step(
            "Create a LinkedIn app",
            "Open linkedin.com/developers/apps and choose Create app, or take the app of the company page. An administrator of the page confirms it.",
        ),
        step("Add the product", "On the tab Products, add Sign In with LinkedIn using OpenID Connect. It is available at once."),
        step(
            "Set id, secret and redirect",
            "On the tab Auth, add the redirect address that the connect page shows, and copy the client ID and the secret. The person who runs Hirewire sets them as LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET.",
        ),
        step(
            "Let candidates connect",
            "Candidates find Connect LinkedIn on their own page. They choose what is shared and how often it is refreshed.",
        ),
    ],
    sources: &[
        source("LinkedIn OpenID configuration"),
        source("LinkedIn documentation on Microsoft Learn: Sign In with LinkedIn using OpenID Connect"),
    ],
    notes: &[
        "LinkedIn shares name, picture, language and e-mail. Positions, skills and the profile's address are not part of it.",
        "The address of the picture expires, so the picture is fetched again with each refresh.",
    ],
    ..Entry::BLANK
};
