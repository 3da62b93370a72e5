//! The mail server for invitations, password resets and alerts.

use lettre::message::Mailbox;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "smtp.url",
        &["SMTP_URL"],
        "address",
        "The mail server as one address: smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465. Use it or smtp.host, not both.",
    )
    .secret(),
    Setting::new("smtp.host", &["SMTP_HOST"], "host name", "The mail server. Without one, no mail is sent and an admin copies the links."),
    Setting::new("smtp.port", &["SMTP_PORT"], "port", "Its port. Without it, 587 for STARTTLS, 465 for TLS from the start, 25 for none."),
    Setting::new("smtp.user", &["SMTP_USER"], "text", "The user name at the mail server."),
    Setting::new("smtp.password", &["SMTP_PASSWORD"], "text", "The password at the mail server.").secret(),
    Setting::new("smtp.from", &["SMTP_FROM"], "mail address", "Whom mail comes from: hirewire@example.com or Acme Hiring <hiring@example.com>."),
    Setting::new("smtp.tls", &["SMTP_TLS"], "starttls, implicit or none", "How the connection is encrypted. Without it, what smtp.url says, else starttls."),
];

/// The mail server.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Host name.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name; without one nobody signs in.
    pub user: Option<String>,
    /// Password.
    pub password: Option<SecretString>,
    /// Whom mail comes from.
    pub from: Mailbox,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Begins in the clear and must switch to TLS.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// Not at all; for a server on the same machine.
    None,
}

impl SmtpTls {
    const fn port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

/// What the one-address form says.
struct Address {
    host: String,
    port: Option<u16>,
    user: Option<String>,
    password: Option<SecretString>,
    tls: SmtpTls,
}

impl SmtpConfig {
    pub(super) fn read(reader: &Reader) -> Result<Option<Self>, ConfigError> {
        let address =
            reader.parsed("smtp.url", "an address such as smtp://user:password@host:587 or smtps://user:password@host:465", parse)?;
        let host = reader.text("smtp.host");
        if address.is_some() && host.is_some() {
            return Err(ConfigError::Conflict("Both smtp.url (SMTP_URL) and smtp.host (SMTP_HOST) are set. Keep one of them.".to_owned()));
        }
        let tls = reader.parsed("smtp.tls", "starttls, implicit or none", |text| match text {
            "starttls" => Some(SmtpTls::StartTls),
            "implicit" => Some(SmtpTls::Implicit),
            "none" => Some(SmtpTls::None),
            _ => None,
        })?;
        let port = reader.parsed("smtp.port", "a port from 1 to 65535", |text| text.parse().ok().filter(|port| *port > 0))?;
        let from =
            reader.parsed("smtp.from", "a mail address, such as hirewire@example.com or Acme Hiring <hiring@example.com>", |text| {
                text.parse::<Mailbox>().ok()
            })?;
        let (user, password) = (reader.text("smtp.user"), reader.secret("smtp.password"));
        let address = match (address, host) {
            (Some(address), _) => address,
            (None, Some(host)) => Address { host, port: None, user: None, password: None, tls: SmtpTls::StartTls },
            (None, None) => return Ok(None),
        };
        let tls = tls.unwrap_or(address.tls);
        let from = from.ok_or_else(|| {
            ConfigError::Conflict(
                "A mail server is set but smtp.from (SMTP_FROM) is missing. Set the address that mail comes from.".to_owned(),
            )
        })?;
        let (user, password) = (user.or(address.user), password.or(address.password));
        if user.is_some() != password.as_ref().is_some_and(|password| !password.expose_secret().is_empty()) {
            return Err(ConfigError::Conflict(
                "The mail server has a user name or a password but not both. Set smtp.user and smtp.password, or neither.".to_owned(),
            ));
        }
        Ok(Some(Self { host: address.host, port: port.or(address.port).unwrap_or(tls.port()), user, password, from, tls }))
    }
}

fn parse(text: &str) -> Option<Address> {
    let url = Url::parse(text).ok()?;
    let tls = match url.scheme() {
        "smtp" => SmtpTls::StartTls,
        "smtps" => SmtpTls::Implicit,
        _ => return None,
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() {
        return None;
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
    let user = if url.username().is_empty() { None } else { Some(decode(url.username())?) };
    let password = match url.password() {
        Some(password) => Some(SecretString::from(decode(password)?)),
        None => None,
    };
    Some(Address { host: url.host_str()?.to_owned(), port: url.port(), user, password, tls })
}
