use super::refusal::{Step, error};
use super::*;
use crate::providers::HttpOptions;
use crate::providers::catalogue::{self, CLIENTS};

fn client(slug: &str, variant: &str) -> Client {
    let entry = catalogue::find(slug).expect("in the catalogue");
    let facts = entry.oauth.expect("people sign in there");
    let endpoints = entry
        .endpoints
        .iter()
        .filter_map(|endpoint| {
            Some((endpoint.name.to_owned(), endpoint.default?.replace("{tenant}", "common").parse().expect("an address")))
        })
        .collect();
    let http = Http::new(&HttpOptions::default()).expect("a client");
    Client::new(entry, facts, ("our-id".to_owned(), "our-secret".into()), endpoints, variant, http, Clock::system())
}

fn query(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[test]
fn people_are_sent_with_what_each_vendor_documents() {
    let redirect: Url = "https://hire.example/oauth/google_calendar/callback".parse().expect("an address");
    let google = client("google_calendar", "").authorize(&redirect, "st4te", &["openid", "a"], false).expect("an address");
    let sent = query(&google.url);
    assert!(google.url.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
    assert_eq!(sent["response_type"], "code");
    assert_eq!((sent["client_id"].as_str(), sent["redirect_uri"].as_str()), ("our-id", redirect.as_str()));
    assert_eq!((sent["scope"].as_str(), sent["state"].as_str()), ("openid a", "st4te"));
    assert_eq!(
        (sent["access_type"].as_str(), sent["prompt"].as_str(), sent["code_challenge_method"].as_str()),
        ("offline", "consent", "S256")
    );
    let verifier = google.verifier.expect("Google takes PKCE");
    assert!((43..=128).contains(&verifier.expose_secret().len()));
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.expose_secret().to_owned()));
    assert_eq!(sent["code_challenge"], challenge.as_str());
    assert!(!google.url.as_str().contains("our-secret"));

    let slack = query(&client("slack", "").authorize(&redirect, "s", &["chat:write", "commands"], false).expect("an address").url);
    assert_eq!(slack["scope"], "chat:write,commands");
    let microsoft =
        |again| query(&client("outlook_calendar", "").authorize(&redirect, "s", &["User.Read"], again).expect("an address").url);
    assert_eq!(microsoft(false)["prompt"], "select_account");
    assert_eq!(microsoft(true)["prompt"], "consent");
    let zoho = client("zoho_crm", "_eu").authorize(&redirect, "s", &["x"], false).expect("an address");
    assert!(zoho.url.as_str().starts_with("https://accounts.zoho.eu/oauth/v2/auth?"), "{}", zoho.url);
    assert!(client("docusign", "_demo").authorize(&redirect, "s", &["x"], false).expect("an address").url.as_str().contains("account-d"));
}

#[test]
fn only_an_ended_consent_asks_for_a_person() {
    for client in CLIENTS {
        for code in ["invalid_grant", "interaction_required", "token_revoked"] {
            assert!(matches!(error(client, "It", code, Step::Refresh), Error::Reconnect { .. }), "{code}");
        }
        for code in ["invalid_client", "redirect_uri_mismatch", "invalid_scope"] {
            for step in [Step::Refresh, Step::Exchange] {
                let error = error(client, "It", code, step);
                assert!(matches!(error, Error::Misconfigured { .. }), "{code}");
                assert_eq!(error.action(), "contact_admin");
            }
        }
        for code in ["temporarily_unavailable", "server_error", "something_new", "<script>"] {
            let error = error(client, "It", code, Step::Refresh);
            assert!(error.is_retryable(), "{code}");
            assert!(!error.to_string().contains('<'));
        }
        assert!(matches!(error(client, "It", "invalid_grant", Step::Exchange), Error::Invalid { .. }));
    }
}
