//! Customer relationship management: contacts both ways.

use crate::domain::catalogue::{AuthType, Capability, Category};

use super::entry::{Endpoint, Entry, Field, Paging, PagingStyle, Signature, endpoint, feature, limit, source, step};
use super::oauth::ZOHO;

/// The entries of this category.
pub(super) static ENTRIES: &[Entry] = &[ZOHO_CRM];

/// Accounts and API hosts of every data centre: the only hosts that the client secret and tokens may be sent to.
const ZOHO_ENDPOINTS: &[Endpoint] = &[
    endpoint("accounts", "ZOHO_CRM_ACCOUNTS_URL", "https://accounts.zoho.com", "/zoho_crm/accounts"),
    endpoint("accounts_eu", "ZOHO_CRM_ACCOUNTS_EU_URL", "https://accounts.zoho.eu", "/zoho_crm/accounts"),
    endpoint("accounts_in", "ZOHO_CRM_ACCOUNTS_IN_URL", "https://accounts.zoho.in", "/zoho_crm/accounts"),
    endpoint("accounts_au", "ZOHO_CRM_ACCOUNTS_AU_URL", "https://accounts.zoho.com.au", "/zoho_crm/accounts"),
    endpoint("accounts_jp", "ZOHO_CRM_ACCOUNTS_JP_URL", "https://accounts.zoho.jp", "/zoho_crm/accounts"),
    endpoint("accounts_cn", "ZOHO_CRM_ACCOUNTS_CN_URL", "https://accounts.zoho.com.cn", "/zoho_crm/accounts"),
    endpoint("accounts_sa", "ZOHO_CRM_ACCOUNTS_SA_URL", "https://accounts.zoho.sa", "/zoho_crm/accounts"),
    endpoint("accounts_ca", "ZOHO_CRM_ACCOUNTS_CA_URL", "https://accounts.zohocloud.ca", "/zoho_crm/accounts"),
    endpoint("api", "ZOHO_CRM_API_URL", "https://www.zohoapis.com", "/zoho_crm/api"),
    endpoint("api_eu", "ZOHO_CRM_API_EU_URL", "https://www.zohoapis.eu", "/zoho_crm/api"),
    endpoint("api_in", "ZOHO_CRM_API_IN_URL", "https://www.zohoapis.in", "/zoho_crm/api"),
    endpoint("api_au", "ZOHO_CRM_API_AU_URL", "https://www.zohoapis.com.au", "/zoho_crm/api"),
    endpoint("api_jp", "ZOHO_CRM_API_JP_URL", "https://www.zohoapis.jp", "/zoho_crm/api"),
    endpoint("api_cn", "ZOHO_CRM_API_CN_URL", "https://www.zohoapis.com.cn", "/zoho_crm/api"),
    endpoint("api_sa", "ZOHO_CRM_API_SA_URL", "https://www.zohoapis.sa", "/zoho_crm/api"),
    endpoint("api_ca", "ZOHO_CRM_API_CA_URL", "https://www.zohoapis.ca", "/zoho_crm/api"),
];

const ZOHO_CRM: Entry = Entry {
    slug: "zoho_crm",
    name: "Zoho CRM",
    category: Category::Crm,
    auth_type: AuthType::Oauth2,
    summary: "Keeps candidates and Zoho contacts or leads in step, both ways, with a mapping of your own.",
    endpoints: ZOHO_ENDPOINTS,
    oauth: Some(&ZOHO),
    fields: &[Field::select(
        "module",
        "Module",
        "Whether candidates are kept as contacts or as leads in Zoho CRM.",
        &[("Contacts", "Contacts"), ("Leads", "Leads")],
    )
    .optional()],
    base_scopes: &["ZohoCRM.org.READ", "ZohoCRM.users.READ"],
    features: &[
        feature(
            "contacts",
            "Contacts both ways",
            &[
                "ZohoCRM.modules.contacts.ALL",
                "ZohoCRM.settings.fields.READ",
                "ZohoCRM.settings.modules.READ",
                "ZohoCRM.settings.layouts.READ",
                "ZohoCRM.coql.READ",
            ],
        ),
        feature(
            "leads",
            "Leads both ways",
            &["ZohoCRM.modules.leads.ALL", "ZohoCRM.settings.fields.READ", "ZohoCRM.settings.modules.READ", "ZohoCRM.coql.READ"],
        ),
        feature("notifications", "Receive changes at once", &["ZohoCRM.notifications.ALL"]),
    ],
    capabilities: &[Capability::Crm, Capability::Inbound],
    limits: &[
        limit("Credits", "5,000 per day for Free, from 50,000 for the other editions; most calls cost 1, ten written records cost 1."),
        limit("Requests at the same time", "5 to 25 by edition, and 10 for searches and large writes."),
        limit("Records per page", "200 records."),
        limit("Records per write", "100 records."),
        limit("Token requests", "10 per 10 minutes and connection."),
    ],
    paging: Some(Paging {
        style: PagingStyle::Cursor,
        page_records_max: Some(200),
        text: "Page numbers for the first 2,000 records, then info.next_page_token without a page number, until more_records is false. A token lasts 24 hours.",
    }),
    signature: Some(Signature {
        place: "Field token in the body",
        algorithm: "None; a shared secret is compared",
        message: "Nothing is signed and the body holds ids only; the records are read again",
        key: "A random value per channel",
        replay: "The same channel, operation, ids and time are accepted once",
    }),
    guide: &[
        step("Open the API console", "Open api-console.zoho.com and choose Add Client, then Server-based Applications."),
        step(
            "Enter the addresses",
            "Name the client Hirewire, enter the address of this installation as homepage, and add the redirect address that the connect page shows.",
        ),
        step(
            "Allow all data centres",
            "Open the client, choose the tab Settings, and switch on the data centres in which your people have their accounts.",
        ),
        step(
            "Set id and secret",
            "On the tab Client Secret copy both values. The person who runs Hirewire sets them as ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET.",
        ),
        step("Connect", "Choose Connect here, sign in to Zoho and choose Accept. Your data centre is recognised by itself."),
    ],
    sources: &[
        source("Zoho CRM v8 OpenAPI documents"),
        source("Zoho documentation: refresh access token, multi data centre support, API limits, notification APIs"),
    ],
    notes: &[
        "Zoho keeps at most 20 connections per user and client; the 21st silently ends the oldest.",
        "Notification channels live for at most a week and are renewed before that. Changes are also looked for on a schedule.",
        "Writes use upsert by e-mail, so that a repeated try makes no second contact.",
    ],
    ..Entry::BLANK
};
