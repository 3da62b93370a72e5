//! Where a person goes when they come back: a page of ours, or a page that the operator allowed.

use url::Url;

use crate::context::Context;
use crate::fault::{Fault, Result};

/// Checks where a person is to go afterwards. A path of ours, or an address of an allowed origin; nothing else is ever followed.
pub(super) fn check(ctx: &Context, return_to: Option<String>) -> Result<Option<String>> {
    let Some(text) = return_to.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    if is_path(&text) || is_allowed(ctx, &text) {
        return Ok(Some(text));
    }
    Err(Fault::invalid(
        "/returnTo",
        "Give a path of this server that begins with one slash, or an address of an origin in ALLOWED_ORIGINS.",
    ))
}

/// One slash, then nothing that a browser could take for another host.
fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.starts_with("//") && text.len() <= 2000 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
}

fn is_allowed(ctx: &Context, text: &str) -> bool {
    let Ok(url) = text.parse::<Url>() else { return false };
    // Without this, `https://us@evil` and its like would have to be thought about.
    if !matches!(url.scheme(), "https" | "http") || !url.username().is_empty() || url.password().is_some() || text.contains('\\') {
        return false;
    }
    let own = ctx.site.public_url.parse::<Url>().ok().map(|own| own.origin());
    let allowed = ctx.config.server.allowed_origins.iter().filter_map(|origin| origin.parse::<Url>().ok().map(|url| url.origin()));
    own.into_iter().chain(allowed).any(|origin| origin.is_tuple() && origin == url.origin())
}

/// Where to go with good news.
pub fn returned_to(return_to: Option<&str>, integration: &str, provider: &str) -> String {
    match return_to {
        None => format!("/integrations/{integration}?done=connected"),
        Some(to) => with(to, &[("connected", provider), ("integration", integration)]),
    }
}

/// Where to go with bad news. The address holds a word of a closed set; the sentence is read from the log, as anybody can write an address.
pub fn failed_at(return_to: Option<&str>, provider: Option<&str>, integration: Option<&str>, reason: &str) -> String {
    match (return_to, provider) {
        (Some(to), provider) => with(to, &[("error", reason), ("provider", provider.unwrap_or_default())]),
        (None, Some(provider)) => {
            let query = integration.map(|id| format!("&integration={id}")).unwrap_or_default();
            format!("/integrations/connect/{provider}?failed={reason}{query}")
        }
        (None, None) => format!("/integrations?failed={reason}"),
    }
}

fn with(to: &str, pairs: &[(&str, &str)]) -> String {
    let (before, fragment) = to.split_once('#').map_or((to, ""), |(before, fragment)| (before, fragment));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let glue = if before.contains('?') { '&' } else { '?' };
    let fragment = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    format!("{before}{glue}{query}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_slash_and_plain_characters_make_a_path_of_ours() {
        for path in ["/", "/integrations?x=1", "/a/b#c"] {
            assert!(is_path(path), "{path}");
        }
        for text in
            ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\r\nX: y", "/a b", "/é", "", "a"]
        {
            assert!(!is_path(text), "{text}");
        }
    }

    #[test]
    fn news_is_added_to_what_is_there() {
        assert_eq!(with("/a?x=1#top", &[("connected", "slack")]), "/a?x=1&connected=slack#top");
        assert_eq!(with("https://app.example/b", &[("error", "access_denied")]), "https://app.example/b?error=access_denied");
    }
}
