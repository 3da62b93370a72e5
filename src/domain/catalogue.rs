//! The types of the provider catalogue: what a provider is, what it needs and what it can do here.
//!
//! The entries themselves are data of the server (`providers::catalogue`).

use serde::{Deserialize, Serialize};

use super::role::{UnknownText, text_enum};

text_enum! {
    /// The kind of tool, as the catalogue page groups them.
    Category {
        /// Applicant tracking.
        Ats = "ats",
        /// Human resources.
        Hris = "hris",
        /// Calendars.
        Calendar = "calendar",
        /// Mail.
        Mail = "mail",
        /// Chat.
        Chat = "chat",
        /// Job boards.
        JobBoard = "job_board",
        /// A candidate's own profile.
        Profile = "profile",
        /// Electronic signature.
        Esign = "esign",
        /// Customer relationship management.
        Crm = "crm",
        /// Payments.
        Payments = "payments",
        /// Analytics.
        Analytics = "analytics",
        /// Automation.
        Automation = "automation",
        /// Skill tests.
        Assessment = "assessment",
        /// Background checks.
        BackgroundCheck = "background_check",
        /// Video interviews.
        Video = "video",
    }
}

text_enum! {
    /// How a connection proves itself to the provider.
    AuthType {
        /// A person consents in the browser.
        Oauth2 = "oauth2",
        /// A key the customer pastes.
        ApiKey = "api_key",
        /// User name and password, or a key used as one.
        Basic = "basic",
        /// Client id and secret of the customer, exchanged for tokens without a person.
        ClientCredentials = "client_credentials",
        /// An incoming-webhook address that is itself the secret.
        WebhookUrl = "webhook_url",
        /// Nothing.
        None = "none",
    }
}

text_enum! {
    /// Whether a provider can be connected in this version.
    Availability {
        /// Yes.
        Available = "available",
        /// In the catalogue so that people see it coming.
        Planned = "planned",
    }
}

text_enum! {
    /// How a field of the connect form is entered.
    FieldKind {
        /// One line of text.
        Text = "text",
        /// A secret; never shown again.
        Password = "password",
        /// An https address.
        Url = "url",
        /// A whole number.
        Number = "number",
        /// One of a list.
        Select = "select",
    }
}

text_enum! {
    /// What a connection can do.
    Capability {
        /// Jobs, candidates, applications in.
        Ats = "ats",
        /// Employees, departments.
        Hris = "hris",
        /// Contacts.
        Crm = "crm",
        /// Free/busy and events.
        Calendar = "calendar",
        /// Send and read mail.
        Mail = "mail",
        /// Messages to channels.
        Chat = "chat",
        /// Publish jobs.
        JobBoard = "job_board",
        /// Offer letters.
        Esign = "esign",
        /// Events for analysis.
        Analytics = "analytics",
        /// Plans and invoices.
        Billing = "billing",
        /// Webhooks in.
        Inbound = "inbound",
        /// A candidate's profile.
        Profile = "profile",
        /// Hooks for automation tools.
        Automation = "automation",
    }
}
