//! The `Link` header (RFC 8288), as far as paging needs it.

use reqwest::header::HeaderMap;
use url::Url;

use super::Error;

/// The `cursor` of the address with `rel="next"`; `None` on the last page.
///
/// Only the cursor is taken out of the address, and only if the address points back to `endpoint`'s origin: a token must never travel
/// to a host that an answer names.
///
/// # Errors
/// `Protocol` when the next address is of another origin, or carries no cursor.
pub fn next_cursor(headers: &HeaderMap, endpoint: &Url) -> Result<Option<String>, Error> {
    let protocol = |message: &str| Err(Error::Protocol { message: message.to_owned() });
    for value in headers.get_all("link") {
        let Ok(text) = value.to_str() else { continue };
        let Some(target) = target(text, "next") else { continue };
        let Ok(url) = endpoint.join(target) else { return protocol("the next page's address is not valid") };
        if url.origin() != endpoint.origin() {
            return protocol("the next page's address points to another host");
        }
        return match url.query_pairs().find(|(name, _)| name == "cursor") {
            Some((_, cursor)) if !cursor.is_empty() => Ok(Some(cursor.into_owned())),
            _ => protocol("the next page's address has no cursor"),
        };
    }
    Ok(None)
}

/// The target of the first link with this relation.
fn target<'a>(header: &'a str, relation: &str) -> Option<&'a str> {
    let mut rest = header;
    while let Some(open) = rest.find('<') {
        let close = rest[open..].find('>')? + open;
        let target = &rest[open + 1..close];
        rest = &rest[close + 1..];
        let parameters = &rest[..rest.find('<').unwrap_or(rest.len())];
        let matches = parameters.split([';', ',']).filter_map(|part| part.split_once('=')).any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("rel")
                && value.trim().trim_matches('"').split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case(relation))
        });
        if matches {
            return Some(target);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str) -> Result<Option<String>, Error> {
        let headers = [(reqwest::header::LINK, link.parse().expect("a header"))].into_iter().collect();
        next_cursor(&headers, &"https://harvest.greenhouse.io/v3".parse().expect("an address"))
    }

    #[test]
    fn the_cursor_of_the_next_page_is_found() {
        let own = "https://harvest.greenhouse.io/v3/jobs";
        for (link, want) in [
            (format!("<{own}?cursor=abc>; rel=\"next\""), Some("abc")),
            (format!("<{own}?cursor=p%2Bq%3D%3D>; rel=next"), Some("p+q==")),
            (format!("<{own}?cursor=1>; rel=\"prev\", <{own}?cursor=2>; rel=\"next\""), Some("2")),
            (format!("<{own}?cursor=2>; title=\"a\"; rel=\"last next\""), Some("2")),
            ("</v3/jobs?cursor=rel>; rel=\"next\"".to_owned(), Some("rel")),
            (format!("<{own}?cursor=1>; rel=\"prev\""), None),
            (String::new(), None),
            ("<broken".to_owned(), None),
        ] {
            assert_eq!(next(&link).expect(&link).as_deref(), want, "{link}");
        }
    }

    #[test]
    fn another_origin_is_never_followed() {
        for link in [
            "<https://evil.example/v3/jobs?cursor=a>; rel=\"next\"",
            "<http://harvest.greenhouse.io/v3/jobs?cursor=a>; rel=\"next\"",
            "<https://harvest.greenhouse.io:8443/v3/jobs?cursor=a>; rel=\"next\"",
            "<https://harvest.greenhouse.io@evil.example/v3/jobs?cursor=a>; rel=\"next\"",
            "<//evil.example/v3?cursor=a>; rel=\"next\"",
            "<https://harvest.greenhouse.io/v3/jobs?page=2>; rel=\"next\"",
        ] {
            assert!(matches!(next(link), Err(Error::Protocol { .. })), "{link}");
        }
    }
}
