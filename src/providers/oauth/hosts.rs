//! Which hosts codes, client secrets and tokens may be sent to.
//!
//! Some vendors name the host in a redirect or in an answer. Whoever can write such a redirect could name a host of theirs and be
//! handed our client's secret, so a name only ever picks from what the catalogue lists.

use url::Url;

use super::super::catalogue::Entry;
use super::super::{Connection, Error};

/// Hosts of DocuSign's accounts, below which every account's `base_uri` lies.
pub const DOCUSIGN: &[&str] = &["docusign.net", "docusign.com"];
/// Hosts of Workday's web services and of its sign-in pages.
pub const WORKDAY: &[&str] = &["workday.com", "myworkday.com"];

/// What tells a data centre's endpoints apart: `_eu` picks `accounts_eu` and `api_eu`, nothing picks `accounts` and `api`.
pub type Variant = &'static str;

/// The data centre whose accounts server is at this address, as the redirect names it.
///
/// # Errors
/// `Invalid` if it is none of the catalogue's.
pub fn data_centre(entry: &'static Entry, named: &str) -> Result<Variant, Error> {
    let refuse = || Error::Invalid {
        field: None,
        message: format!("{} sent you back from a server that is not one of its own. Nothing was sent there. Start again.", entry.name),
    };
    let named: Url = named.parse().map_err(|_| refuse())?;
    let is_bare = named.username().is_empty() && named.password().is_none() && named.query().is_none() && named.fragment().is_none();
    entry
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.name.starts_with("accounts"))
        .find(|endpoint| {
            is_bare
                && endpoint.default.and_then(|address| address.parse::<Url>().ok()).is_some_and(|known| known.origin() == named.origin())
        })
        .map(|endpoint| endpoint.name.trim_start_matches("accounts"))
        .ok_or_else(refuse)
}

/// The data centre whose API is at the address that a token's answer names.
///
/// # Errors
/// `Protocol` if it is none of the catalogue's.
pub fn api_centre(entry: &'static Entry, named: &str) -> Result<Variant, Error> {
    let named: Option<Url> = named.parse().ok();
    entry
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.name == "api" || endpoint.name.starts_with("api_"))
        .find(|endpoint| {
            let known = endpoint.default.and_then(|address| address.parse::<Url>().ok());
            known.zip(named.as_ref()).is_some_and(|(known, named)| known.origin() == named.origin())
        })
        .map(|endpoint| endpoint.name.trim_start_matches("api"))
        .ok_or_else(|| Error::Protocol { message: "the token belongs to a server that is not listed".to_owned() })
}

/// An address of an account's own, if its host is one of these or lies below one of them.
///
/// # Errors
/// `Invalid` saying what is expected.
pub fn own_host(vendor: &str, hosts: &[&str], text: &str) -> Result<Url, Error> {
    let refuse = || Error::Invalid {
        field: None,
        message: format!("This is no address of {vendor}. It begins with https:// and its host ends in {}.", hosts.join(" or ")),
    };
    let url: Url = text.trim().parse().map_err(|_| refuse())?;
    let host = url.host_str().ok_or_else(refuse)?.to_ascii_lowercase();
    let is_known = hosts.iter().any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')));
    let is_plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    if is_known && is_plain { Ok(url) } else { Err(refuse()) }
}

/// A tenant's name, as it may become part of a path.
///
/// # Errors
/// `Invalid` naming the field.
pub fn tenant(field: &str, text: &str) -> Result<String, Error> {
    let text = text.trim();
    let is_plain = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_plain {
        return Ok(text.to_owned());
    }
    Err(Error::Invalid { field: Some(field.to_owned()), message: "A tenant's name has letters, digits, _ and - only.".to_owned() })
}

/// The name of an endpoint in the connection's data centre.
pub fn endpoint(cx: &Connection, name: &str) -> String {
    use secrecy::ExposeSecret;
    let variant = cx.credential(super::VARIANT).map(|variant| variant.expose_secret().to_owned()).unwrap_or_default();
    format!("{name}{variant}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::catalogue;

    #[test]
    fn only_listed_accounts_servers_are_spoken_to() {
        let zoho = catalogue::find("zoho_crm").expect("in the catalogue");
        for (named, variant) in [
            ("https://accounts.zoho.com", ""),
            ("https://accounts.zoho.eu", "_eu"),
            ("https://accounts.zoho.com.au/", "_au"),
            ("https://accounts.zohocloud.ca", "_ca"),
        ] {
            assert_eq!(data_centre(zoho, named).expect(named), variant);
        }
        for named in [
            "https://accounts.zoho.com.evil.example",
            "https://accounts.zoho.eu@evil.example",
            "https://user@accounts.zoho.eu",
            "http://accounts.zoho.eu",
            "https://accounts.zoho.eu:8443",
            "https://accounts.zoho.eu?to=evil",
            "//evil.example",
            "",
        ] {
            assert!(data_centre(zoho, named).is_err(), "{named}");
        }
        assert_eq!(api_centre(zoho, "https://www.zohoapis.in").expect("listed"), "_in");
        assert!(api_centre(zoho, "https://www.zohoapis.evil").is_err());
    }

    #[test]
    fn an_accounts_own_host_is_the_vendors() {
        for text in ["https://na3.docusign.net", "https://eu.docusign.net/restapi", "https://demo.docusign.net"] {
            assert!(own_host("DocuSign", DOCUSIGN, text).is_ok(), "{text}");
        }
        for text in [
            "https://docusign.net.evil.example",
            "https://evildocusign.net",
            "http://na3.docusign.net",
            "https://na3.docusign.net:444",
            "https://a@na3.docusign.net",
            "https://169.254.169.254",
            "na3.docusign.net",
        ] {
            assert!(own_host("DocuSign", DOCUSIGN, text).is_err(), "{text}");
        }
        assert!(own_host("Workday", WORKDAY, "https://wd2-impl-services1.workday.com").is_ok());
        assert_eq!(tenant("tenant", " acme_dpt1 ").expect("plain"), "acme_dpt1");
        for text in ["", "../acme", "acme/v1", "acme?x"] {
            assert!(tenant("tenant", text).is_err(), "{text}");
        }
    }
}
