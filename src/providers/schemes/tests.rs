//! Every scheme against published vectors and against forgers.

mod mutations;

use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::*;
use crate::providers::catalogue;
use crate::providers::inbound::{Change, Key, Keys, Message, Reply, Verdict};
use crate::providers::signature;

/// The moment of most vectors.
const AT: i64 = 1_700_000_000;
const URL: &str = "https://hirewire.example/hooks/x";

/// A message that verifies, and which of its bytes the scheme covers.
#[derive(Clone)]
struct Sample {
    slug: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    keys: Keys,
    at: i64,
    /// Headers that prove; a change of any of them must not verify.
    proofs: &'static [&'static str],
    /// Whether a change of any byte of the body must not verify.
    covers_body: bool,
}

impl Sample {
    fn new(slug: &'static str, key: &str, headers: &[(&'static str, &str)], body: &str) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { slug, headers, body: body.into(), keys: Keys::new([key]), at: AT, proofs: &[], covers_body: true }
    }

    fn inbound(&self) -> &'static dyn Inbound {
        of(self.slug).expect("it has a scheme")
    }

    fn header_map(&self) -> Option<HeaderMap> {
        self.headers
            .iter()
            .map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).ok()?)))
            .collect()
    }

    fn on<T>(&self, look: impl FnOnce(&dyn Inbound, &Message<'_>) -> T) -> Option<T> {
        let headers = self.header_map()?;
        let received_at = DateTime::from_timestamp(self.at, 0).expect("a time");
        Some(look(self.inbound(), &Message { headers: &headers, query: None, body: &self.body, url: URL.into(), received_at }))
    }

    /// `None` where the headers cannot even be sent.
    fn verdict(&self) -> Option<Verdict> {
        self.on(|inbound, message| inbound.verify(message, &self.keys))
    }
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).expect("JSON")
}

fn google() -> Value {
    serde_json::from_str(include_str!("google_tokens.json")).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// One genuine message for each provider, from the vectors where there are some.
fn samples() -> Vec<Sample> {
    let vectors = vectors();
    let of = |name: &str| vectors["vectors"].as_array().expect("a list").iter().find(|one| one["provider"] == name).expect("there").clone();
    let from = |slug, header, one: &Value| {
        let key = text(if one["secret"].is_null() { &one["key"] } else { &one["secret"] });
        Sample::new(slug, key, &[(header, text(&one["expected"]))], text(&one["body"]))
    };
    let (stripe, docusign, linkedin, indeed) = (of("stripe"), of("docusign_connect"), of("linkedin_event"), of("indeed_apply"));
    let (lever, bamboo, greenhouse, slack) = (of("lever"), of("bamboohr"), of("greenhouse"), of("slack"));
    let sign = of("dropbox_sign");
    let sign_event = json!({
        "event": {
            "event_time": sign["event_time"], "event_type": sign["event_type"], "event_hash": sign["expected"],
            "event_metadata": { "related_signature_id": "s1" },
        },
        "signature_request": { "signature_request_id": "r1" },
        "account_guid": "guid",
    });
    let multipart = format!("--xyz\r\ncontent-disposition: form-data; name=\"json\"\r\n\r\n{sign_event}\r\n--xyz--\r\n");
    let bamboo_headers = &bamboo["header"];
    let zoho =
        json!({"token": "t0k3n", "channel_id": "105", "module": "Contacts", "operation": "insert", "ids": ["2", "1"], "server_time": 1});
    let graph =
        json!({"value": [{"subscriptionId": "sub-1", "clientState": "state-1", "changeType": "updated", "resource": "me/events/1"}]});
    let push = json!({"message": {"data": "eyJlbWFpbEFkZHJlc3MiOiJBZGFAZXhhbXBsZS5jb20iLCJoaXN0b3J5SWQiOiI5In0=", "messageId": "77"}, "subscription": "s"});
    let tokens = google();
    let channel = |secret: &str, id: &str| Keys::new([Key { secret: secret.to_owned().into(), channel: Some(id.to_owned()) }]);
    let mut gmail = Sample::new(
        "gmail",
        "push@project.iam.gserviceaccount.com",
        &[("authorization", &format!("Bearer {}", text(&tokens["token"])))],
        &push.to_string(),
    );
    gmail.keys.published = Some(tokens["published"].to_string().into());
    vec![
        Sample { proofs: &["stripe-signature"], ..from("stripe", "stripe-signature", &stripe) },
        Sample { proofs: &["x-docusign-signature-1"], ..from("docusign", "x-docusign-signature-1", &docusign) },
        Sample { proofs: &["x-li-signature"], ..from("linkedin", "x-li-signature", &linkedin) },
        Sample { proofs: &["x-indeed-signature"], ..from("indeed", "x-indeed-signature", &indeed) },
        Sample {
            at: 1_763_719_200,
            proofs: &["x-bamboohr-signature", "x-bamboohr-timestamp"],
            ..Sample::new(
                "bamboohr_hris",
                text(&bamboo["key"]),
                &[
                    ("x-bamboohr-timestamp", text(&bamboo_headers["X-BambooHR-Timestamp"])),
                    ("x-bamboohr-signature", text(&bamboo_headers["X-BambooHR-Signature"])),
                ],
                text(&bamboo["body"]),
            )
        },
        Sample {
            proofs: &["signature"],
            ..Sample::new(
                "greenhouse",
                text(&greenhouse["key"]),
                &[("signature", text(&greenhouse["header"]["Signature"]))],
                text(&greenhouse["body"]),
            )
        },
        Sample {
            at: text(&slack["timestamp"]).parse().expect("a number"),
            proofs: &["x-slack-signature", "x-slack-request-timestamp"],
            ..Sample::new(
                "slack",
                text(&slack["secret"]),
                &[
                    ("x-slack-request-timestamp", text(&slack["timestamp"])),
                    ("x-slack-signature", text(&slack["signature"])),
                    ("content-type", "application/x-www-form-urlencoded"),
                ],
                text(&slack["body"]),
            )
        },
        Sample { at: 1_763_719_205, covers_body: false, ..Sample::new("lever", text(&lever["key"]), &[], text(&lever["body"])) },
        Sample {
            at: 1_348_177_760,
            covers_body: false,
            ..Sample::new("dropbox_sign", text(&sign["secret"]), &[("content-type", "multipart/form-data; boundary=xyz")], &multipart)
        },
        Sample { covers_body: false, keys: channel("t0k3n", "105"), ..Sample::new("zoho_crm", "", &[], &zoho.to_string()) },
        Sample { covers_body: false, keys: channel("state-1", "sub-1"), ..Sample::new("outlook_calendar", "", &[], &graph.to_string()) },
        Sample {
            covers_body: false,
            proofs: &["x-goog-channel-token", "x-goog-channel-id"],
            keys: channel("ch-token", "ch-1"),
            ..Sample::new(
                "google_calendar",
                "",
                &[
                    ("x-goog-channel-id", "ch-1"),
                    ("x-goog-channel-token", "ch-token"),
                    ("x-goog-message-number", "7"),
                    ("x-goog-resource-state", "exists"),
                ],
                "",
            )
        },
        Sample {
            proofs: &["x-rippling-signature"],
            ..Sample::new(
                "rippling",
                "partner",
                &[(
                    "x-rippling-signature",
                    &signature::hmac_sha256_hex(b"partner", &[br#"{"event":"employee.updated","company_id":"c1"}"#]),
                )],
                r#"{"event":"employee.updated","company_id":"c1"}"#,
            )
        },
        Sample { covers_body: false, proofs: &["authorization"], ..gmail },
    ]
}

fn sample(slug: &str) -> Sample {
    samples().into_iter().find(|sample| sample.slug == slug).expect("there is one")
}

#[test]
fn the_table_and_the_catalogue_name_the_same_providers() {
    let mut said: Vec<&str> =
        catalogue::all().filter(|entry| entry.signature.is_some() && !entry.planned).map(|entry| entry.slug).collect();
    said.sort_unstable();
    let known: Vec<&str> = all().map(|(slug, _)| slug).collect();
    assert_eq!(known, said);
    for (slug, inbound) in all() {
        let entry = catalogue::find(slug).expect("in the catalogue");
        for field in inbound.key_fields().iter().filter(|field| **field != "webhook_secret") {
            assert!(entry.field(field).is_some_and(|field| field.secret), "{slug} {field}");
        }
        if let Some(name) = inbound.published_keys() {
            assert!(entry.endpoint(name).is_some(), "{slug} {name}");
        }
        assert!(samples().iter().any(|sample| sample.slug == slug) || slug == "outlook_mail", "{slug} has no sample");
    }
}

#[test]
fn genuine_messages_verify_also_while_a_key_is_replaced() {
    for sample in samples() {
        assert_eq!(sample.verdict(), Some(Verdict::Verified), "{}", sample.slug);
        let mut more = sample.clone();
        more.keys.secrets.insert(0, "another".into());
        more.keys.secrets.push("a third".into());
        assert_eq!(more.verdict(), Some(Verdict::Verified), "{}", sample.slug);
    }
}

#[test]
fn without_the_key_nothing_verifies() {
    for sample in samples() {
        let none = Sample { keys: Keys { secrets: Vec::new(), ..sample.keys.clone() }, ..sample.clone() };
        assert_eq!(none.verdict(), Some(Verdict::NoKey), "{}", sample.slug);
        let other = Sample { keys: Keys { secrets: vec!["another".into()], ..sample.keys.clone() }, ..sample.clone() };
        assert_eq!(other.verdict(), Some(Verdict::Forged), "{}", sample.slug);
        let blank = Sample { headers: Vec::new(), body: Vec::new(), ..sample.clone() };
        assert_eq!(blank.verdict(), Some(Verdict::Missing), "{}", sample.slug);
    }
}

#[test]
fn truncated_and_rewritten_bodies_do_not_verify() {
    for sample in samples().into_iter().filter(|sample| sample.covers_body) {
        for length in 0..sample.body.len() {
            let cut = Sample { body: sample.body[..length].to_vec(), ..sample.clone() };
            assert_ne!(cut.verdict(), Some(Verdict::Verified), "{} {length}", sample.slug);
        }
        if let Ok(value) = serde_json::from_slice::<Value>(&sample.body) {
            let rewritten = Sample { body: serde_json::to_vec_pretty(&value).expect("JSON"), ..sample.clone() };
            assert_eq!(rewritten.verdict(), Some(Verdict::Forged), "{}", sample.slug);
        }
    }
}

#[test]
fn old_messages_and_those_from_the_future_are_stale() {
    for (slug, past_s, future_s) in [
        ("stripe", 300, 300),
        ("slack", 300, 300),
        ("bamboohr_hris", 4 * 3600, 600),
        ("lever", 48 * 3600, 600),
        ("dropbox_sign", 7 * 86_400, 600),
        ("gmail", 3500 + 300, 100 + 300),
    ] {
        let sample = sample(slug);
        let signed = match slug {
            "slack" | "stripe" | "gmail" => sample.at,
            "dropbox_sign" => 1_348_177_752,
            _ => 1_763_719_200,
        };
        for (at, want) in [
            (signed + past_s, Verdict::Verified),
            (signed + past_s + 1, Verdict::Stale),
            (signed - future_s + 1, Verdict::Verified),
            (signed - future_s - 1, Verdict::Stale),
        ] {
            assert_eq!(Sample { at, ..sample.clone() }.verdict(), Some(want), "{slug} {}", at - signed);
        }
        let mut forged = Sample { at: signed + past_s + 1, ..sample };
        forged.keys.secrets = vec!["another".into()];
        assert_eq!(forged.verdict(), Some(Verdict::Forged), "{slug}: a forged message does not become stale");
    }
}

#[test]
fn every_vector_of_slack_verifies() {
    for one in vectors()["slack"].as_array().expect("a list") {
        let sample = Sample {
            at: text(&one["timestamp"]).parse().expect("a number"),
            ..Sample::new(
                "slack",
                text(&one["secret"]),
                &[("x-slack-request-timestamp", text(&one["timestamp"])), ("x-slack-signature", text(&one["signature"]))],
                text(&one["body"]),
            )
        };
        assert_eq!(sample.verdict(), Some(Verdict::Verified), "{}", text(&one["body"]));
    }
}

#[test]
fn a_key_counts_for_its_own_channel_only() {
    for slug in ["zoho_crm", "outlook_calendar", "google_calendar"] {
        let mut sample = sample(slug);
        sample.keys.secrets[0].channel = Some("another".to_owned());
        assert_eq!(sample.verdict(), Some(Verdict::Forged), "{slug}");
        sample.keys.secrets[0].channel = None;
        assert_eq!(sample.verdict(), Some(Verdict::Verified), "{slug}: before we know the provider's id of it");
    }
    let mut mixed = sample("outlook_calendar");
    let one: Value = serde_json::from_slice(&mixed.body).expect("JSON");
    let mut other = one["value"][0].clone();
    other["clientState"] = json!("guess");
    mixed.body = json!({ "value": [one["value"][0], other] }).to_string().into_bytes();
    assert_eq!(mixed.verdict(), Some(Verdict::Forged), "one that is not ours");
}

#[test]
fn tokens_of_google_must_be_for_us_and_from_our_own_account() {
    let tokens = google();
    for name in ["unverified_email", "foreign_issuer"] {
        let mut sample = sample("gmail");
        sample.headers[0].1 = format!("Bearer {}", text(&tokens[name]));
        assert_eq!(sample.verdict(), Some(Verdict::Forged), "{name}");
    }
    let sample = sample("gmail");
    let headers = sample.header_map().expect("headers");
    let received_at = DateTime::from_timestamp(AT, 0).expect("a time");
    let elsewhere =
        Message { headers: &headers, query: None, body: &sample.body, url: "https://other.example/hooks/x".into(), received_at };
    assert_eq!(sample.inbound().verify(&elsewhere, &sample.keys), Verdict::Forged);
    let unpublished = Sample { keys: Keys { published: None, ..sample.keys.clone() }, ..sample.clone() };
    assert_eq!(unpublished.verdict(), Some(Verdict::Forged));
    assert_eq!(sample.on(|inbound, message| inbound.account(message)).flatten().as_deref(), Some("ada@example.com"));
}

#[test]
fn headers_that_come_twice_prove_nothing() {
    for sample in samples() {
        for proof in sample.proofs {
            let mut headers = sample.header_map().expect("headers");
            headers.append(HeaderName::from_static(proof), HeaderValue::from_static("second"));
            let received_at = DateTime::from_timestamp(sample.at, 0).expect("a time");
            let message = Message { headers: &headers, query: None, body: &sample.body, url: URL.into(), received_at };
            assert_ne!(sample.inbound().verify(&message, &sample.keys), Verdict::Verified, "{} {proof}", sample.slug);
        }
    }
    let mut two = sample("stripe");
    two.headers[0].1.push_str(",t=1700000001");
    assert_eq!(two.verdict(), Some(Verdict::Missing), "which time is signed is left open");
    let mut rolled = sample("stripe");
    rolled.headers[0].1.push_str(",v1=00,v0=11");
    assert_eq!(rolled.verdict(), Some(Verdict::Verified), "two signatures while a secret is replaced");
}

fn handshake(
    slug: &str,
    query: Option<&str>,
    headers: &[(&'static str, &str)],
    body: &str,
    key: Option<&str>,
    at: i64,
) -> Option<Result<Reply, Verdict>> {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))).collect();
    let received_at: DateTime<Utc> = DateTime::from_timestamp(at, 0).expect("a time");
    let message = Message { headers: &headers, query, body: body.as_bytes(), url: URL.into(), received_at };
    of(slug).expect("a scheme").handshake(&message, &Keys::new(key))
}

#[test]
fn handshakes_are_answered_as_each_provider_wants_it() {
    assert_eq!(
        handshake("outlook_mail", Some("validationToken=Validation%3A+Testing%20%C3%A9"), &[], "", None, AT),
        Some(Ok(Reply::text("Validation: Testing é")))
    );
    assert_eq!(handshake("outlook_mail", None, &[], "{}", None, AT), None);

    let vector =
        vectors()["vectors"].as_array().expect("a list").iter().find(|one| one["provider"] == "linkedin_challenge").expect("there").clone();
    let query = format!("challengeCode={}", text(&vector["challengeCode"]));
    let want = json!({ "challengeCode": vector["challengeCode"], "challengeResponse": vector["expected_challengeResponse"] });
    assert_eq!(handshake("linkedin", Some(&query), &[], "", Some(text(&vector["secret"])), AT), Some(Ok(Reply::json(&want))));
    assert_eq!(handshake("linkedin", Some(&query), &[], "", None, AT), Some(Err(Verdict::NoKey)));
    assert_eq!(handshake("linkedin", Some("challengeCode=%3Cscript%3E"), &[], "", Some("s"), AT), Some(Err(Verdict::Forged)));

    let body = r#"{"type":"url_verification","token":"x","challenge":"3eZbrw1aB"}"#;
    let at = 1_763_720_000;
    let signature = slack::sign(b"hirewire-test-signing-secret", at, body.as_bytes());
    let headers = [("x-slack-request-timestamp", "1763720000"), ("x-slack-signature", signature.as_str())];
    let key = Some("hirewire-test-signing-secret");
    assert_eq!(handshake("slack", None, &headers, body, key, at), Some(Ok(Reply::text("3eZbrw1aB"))));
    assert_eq!(handshake("slack", None, &headers, body, None, at), Some(Ok(Reply::text("3eZbrw1aB"))), "before there is a key");
    assert_eq!(handshake("slack", None, &headers, body, Some("another"), at), Some(Err(Verdict::Forged)));
    assert_eq!(handshake("slack", None, &headers, body, key, at + 301), Some(Err(Verdict::Stale)));
    assert_eq!(handshake("slack", None, &[], body, key, at), Some(Err(Verdict::Missing)));
    assert_eq!(handshake("slack", None, &headers, r#"{"type":"event_callback","challenge":"x"}"#, key, at), None);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(handshake("slack", None, &form, "ssl_check=1&token=x", None, at), Some(Ok(Reply::empty(200))));
}

#[test]
fn replies_are_what_each_provider_waits_for() {
    assert_eq!(of("dropbox_sign").expect("there").reply(), Reply::text("Hello API Event Received"));
    assert_eq!(of("outlook_calendar").expect("there").reply().status, 202);
    assert_eq!(of("greenhouse").expect("there").reply(), Reply::empty(200));
}

#[test]
fn messages_are_told_apart_by_what_the_provider_gives() {
    let key = |sample: &Sample| sample.on(|inbound, message| inbound.dedupe_key(message)).flatten();
    let name = |slug: &str| sample(slug).on(|inbound, message| inbound.event_name(message)).flatten();
    for slug in [
        "stripe",
        "docusign",
        "linkedin",
        "indeed",
        "bamboohr_hris",
        "slack",
        "lever",
        "dropbox_sign",
        "zoho_crm",
        "google_calendar",
        "gmail",
    ] {
        assert!(key(&sample(slug)).is_some_and(|key| !key.is_empty() && key.len() <= 200), "{slug}");
    }
    assert_eq!(key(&sample("stripe")).as_deref(), Some("evt_1"));
    assert_eq!(key(&sample("google_calendar")).as_deref(), Some("ch-1:7"));
    assert_eq!(key(&sample("outlook_calendar")), None);
    let mut sorted = sample("zoho_crm");
    sorted.body = String::from_utf8(sorted.body).expect("text").replace(r#"["2","1"]"#, r#"["1","2"]"#).into_bytes();
    assert_eq!(key(&sorted), key(&sample("zoho_crm")));
    for (slug, want) in [
        ("stripe", "invoice.paid"),
        ("slack", "/webhook-collect"),
        ("lever", "candidateStageChange"),
        ("dropbox_sign", "signature_request_sent"),
        ("zoho_crm", "Contacts.insert"),
        ("outlook_calendar", "updated"),
        ("google_calendar", "exists"),
        ("bamboohr_hris", "employee.updated"),
        ("rippling", "employee.updated"),
    ] {
        assert_eq!(name(slug).as_deref(), Some(want), "{slug}");
    }
    let account = |slug: &str| sample(slug).on(|inbound, message| inbound.account(message)).flatten();
    assert_eq!(account("slack").as_deref(), Some("T1DC2JH3J"));
    assert_eq!(account("dropbox_sign").as_deref(), Some("guid"));
}

#[test]
fn an_unsigned_form_of_rippling_is_a_hint_until_there_is_a_secret() {
    let form = Sample::new(
        "rippling",
        "x",
        &[("content-type", "application/x-www-form-urlencoded")],
        "event_name=employee.created&company_id=c1&id=5",
    );
    let hint = Sample { keys: Keys::default(), ..form.clone() };
    assert_eq!(hint.verdict(), Some(Verdict::Hint));
    assert_eq!(form.verdict(), Some(Verdict::Missing));
    assert_eq!(hint.on(|inbound, message| inbound.account(message)).flatten().as_deref(), Some("c1"));
}

#[test]
fn what_messages_say_is_a_hint_to_read_again() {
    let changes = |slug: &str| sample(slug).on(|inbound, message| inbound.translate(message)).expect("headers").expect("readable");
    for slug in [
        "stripe",
        "docusign",
        "linkedin",
        "bamboohr_hris",
        "dropbox_sign",
        "zoho_crm",
        "outlook_calendar",
        "google_calendar",
        "gmail",
        "rippling",
    ] {
        assert!(matches!(changes(slug)[..], [Change::Sync { .. }]), "{slug}");
    }
    assert!(
        matches!(&changes("lever")[..], [Change::Refetch { external_id, .. }] if external_id == "2087af84-f146-4535-9368-2309e33e049f")
    );
    let mut gone = sample("outlook_calendar");
    gone.body = br#"{"value":[{"subscriptionId":"sub-1","clientState":"s","lifecycleEvent":"subscriptionRemoved"},{"subscriptionId":"sub-2","clientState":"s","lifecycleEvent":"reauthorizationRequired"}]}"#.to_vec();
    let changes = gone.on(|inbound, message| inbound.translate(message)).expect("headers").expect("readable");
    assert!(matches!(&changes[..], [
        Change::Channel { is_gone: true, .. }, Change::Channel { is_gone: false, external_id }, Change::Sync { .. },
    ] if external_id == "sub-2"));
}
