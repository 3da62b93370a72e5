//! Tests of the signature and of every event.

use chrono::NaiveDate;

use super::*;

const KEY: &str = "gh-secret-key";
// Published test vector; the body's escapes are part of what is signed.
const BODY: &str = r#"{"action":"candidate_stage_change","payload":{"application":{"id":265277,"status":"active","current_stage":{"id":71416,"name":"R\u0026D \u003cPhone\u003e"}}}}"#;
const SIGNATURE: &str = "sha256 c47687af60a70796dbe589dfca018ff751c7147978eab45f03c92753fab202f4";

use reqwest::header::HeaderMap;

fn headers(signature: &str) -> HeaderMap {
    [(
        reqwest::header::HeaderName::from_static("signature"),
        reqwest::header::HeaderValue::from_bytes(signature.as_bytes()).expect("a header"),
    )]
    .into_iter()
    .collect()
}

fn keys(keys: &[&str]) -> Keys {
    Keys::new(keys.iter().copied())
}

fn message<'a>(headers: &'a HeaderMap, body: &'a [u8]) -> Message<'a> {
    Message { headers, query: None, body, url: "https://hirewire.example/hooks/greenhouse".into(), received_at: DateTime::UNIX_EPOCH }
}

fn translated(body: &[u8]) -> Result<Vec<Change>, Error> {
    Greenhouse.translate(&message(&HeaderMap::new(), body))
}

fn verdict(headers: &HeaderMap, body: &[u8], keys: &Keys) -> Verdict {
    Greenhouse.verify(&message(headers, body), keys)
}

fn changes(body: &str) -> Vec<Change> {
    translated(body.as_bytes()).expect("a readable message")
}

#[test]
fn the_published_signature_verifies_with_any_of_the_keys() {
    let verify = |signature: &str, names: &[&str]| verdict(&headers(signature), BODY.as_bytes(), &keys(names));
    assert_eq!(verify(SIGNATURE, &[KEY]), Verdict::Verified);
    assert_eq!(verify(SIGNATURE, &["old", KEY]), Verdict::Verified);
    assert_eq!(verify(SIGNATURE, &["old"]), Verdict::Forged);
    assert_eq!(verify(SIGNATURE, &[]), Verdict::NoKey);
    assert_eq!(verify(&SIGNATURE.replace("sha256 ", "sha256="), &[KEY]), Verdict::Forged);
    assert_eq!(verify(&SIGNATURE.to_uppercase(), &[KEY]), Verdict::Forged);
    assert_eq!(verify("", &[KEY]), Verdict::Forged);
    assert_eq!(verdict(&HeaderMap::new(), BODY.as_bytes(), &keys(&[KEY])), Verdict::Missing);
}

#[test]
fn the_same_json_written_otherwise_does_not_verify() {
    let rewritten = serde_json::from_str::<serde_json::Value>(BODY).expect("JSON").to_string();
    assert_ne!(rewritten, BODY);
    assert_eq!(verdict(&headers(SIGNATURE), rewritten.as_bytes(), &keys(&[KEY])), Verdict::Forged);
}

proptest::proptest! {
    #[test]
    fn no_changed_body_or_signature_verifies(at in 0usize..160, bit in 0u8..8, in_body: bool) {
        let (mut body, mut signature) = (BODY.as_bytes().to_vec(), SIGNATURE.as_bytes().to_vec());
        let bytes = if in_body { &mut body } else { &mut signature };
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        let Ok(value) = reqwest::header::HeaderValue::from_bytes(&signature) else { return Ok(()) };
        let headers: HeaderMap = [(reqwest::header::HeaderName::from_static("signature"), value)].into_iter().collect();
        let verdict = verdict(&headers, &body, &keys(&[KEY]));
        proptest::prop_assert!(matches!(verdict, Verdict::Forged | Verdict::Missing));
    }

    #[test]
    fn no_body_makes_the_translation_panic(body: Vec<u8>) {
        let _ = translated(&body);
    }
}

#[test]
fn a_stage_change_says_where_the_application_is_now() {
    let changes = changes(BODY);
    let Some(Change::Upsert(remote)) = changes.last() else { panic!("an upsert") };
    assert!(remote.partial && remote.raw.is_none());
    let RemoteData::Application(data) = &remote.data else { panic!("an application") };
    assert_eq!((data.stage.as_deref(), data.stage_name.as_deref()), (Some("71416"), Some("R&D <Phone>")));
    assert_eq!(data.status, Some(ApplicationStatus::Active));
    assert_eq!(data.candidate, None);
}

#[test]
fn the_v1_words_and_the_v3_words_are_the_same_status() {
    for word in ["active", "in_process"] {
        assert_eq!(wire::application_status(word), Some(ApplicationStatus::Active));
    }
    assert_eq!(wire::application_status("paused"), None);
}

#[test]
fn deletions_merges_and_pings_are_understood() {
    let text = |changes: &[Change]| {
        changes
            .iter()
            .map(|change| match change {
                Change::Deleted { kind, external_id } => format!("-{kind} {external_id}"),
                Change::Merged { from, into, .. } => format!("{from}>{into}"),
                Change::Refetch { kind, external_id } => format!("?{kind} {external_id}"),
                Change::Upsert(remote) => format!("+{} {}", remote.kind, remote.external_id),
                Change::Ignored { .. } => "ignored".to_owned(),
                other => format!("{other:?}"),
            })
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (body, want) in [
        (r#"{"action":"ping","payload":{"web_hook_id":7}}"#, "ignored"),
        (r#"{"action":"ping"}"#, "ignored"),
        (
            r#"{"action":"delete_candidate","payload":{"person":{"id":1,"deleted_application_ids":[5,6]}}}"#,
            "-application 5 -application 6 -candidate 1",
        ),
        (r#"{"action":"merge_candidate","payload":{"person":{"id":1,"new_candidate_id":2}}}"#, "1>2 ?candidate 2"),
        (r#"{"action":"candidate_anonymized","payload":{"candidate_id":3,"anonymized_fields":["full_name"]}}"#, "?candidate 3"),
        (
            r#"{"action":"job_created","payload":{"job":{"id":4,"name":"X","departments":[{"id":9,"name":"D"}],"custom_fields":[]}}}"#,
            "+department 9 +job 4",
        ),
        (r#"{"action":"something_new","payload":{}}"#, "ignored"),
    ] {
        assert_eq!(text(&changes(body)), want, "{body}");
    }
    for body in
        ["", "[]", "{}", r#"{"action":"job_deleted","payload":null}"#, r#"{"action":"merge_candidate","payload":{"person":{"id":1}}}"#]
    {
        assert!(matches!(translated(body.as_bytes()), Err(Error::Protocol { .. })), "{body}");
    }
}

#[test]
fn a_delivery_is_known_by_its_event_id() {
    let mut headers = HeaderMap::new();
    assert_eq!(Greenhouse.dedupe_key(&message(&headers, b"{}")), None);
    headers.insert("greenhouse-event-id", "42".parse().expect("a header"));
    assert_eq!(Greenhouse.dedupe_key(&message(&headers, b"{}")).as_deref(), Some("42"));
    assert_eq!(Greenhouse.event_name(&message(&headers, BODY.as_bytes())).as_deref(), Some("candidate_stage_change"));
    assert_eq!(Greenhouse.reply(), super::super::super::inbound::Reply::empty(200));
}

/// Where Greenhouse's own example bodies lie, when they lie beside the repository.
fn official_examples() -> Option<serde_json::Map<String, serde_json::Value>> {
    let shared = std::env::var("HIREWIRE_SHARED").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").to_owned());
    let text = std::fs::read_to_string(format!("{shared}/specs/greenhouse/webhook-payload-examples.json")).ok()?;
    serde_json::from_str(&text).ok()
}

#[test]
fn every_official_example_translates() {
    let Some(examples) = official_examples() else {
        eprintln!("the official example bodies are not here: set HIREWIRE_SHARED to the folder that holds specs/");
        return;
    };
    assert_eq!(examples.len(), 29);
    for (action, body) in &examples {
        let body = body.to_string();
        let changes = translated(body.as_bytes()).unwrap_or_else(|error| panic!("{action}: {error}"));
        assert!(!changes.is_empty(), "{action}");
        assert!(!changes.iter().any(|change| matches!(change, Change::Ignored { reason } if reason.contains("does not know"))), "{action}");
        for change in &changes {
            if let Change::Upsert(remote) = change {
                assert!(remote.partial && !remote.external_id.is_empty(), "{action}");
            }
        }
    }
    let of = |action: &str| translated(examples[action].to_string().as_bytes()).expect("readable");
    let hired = of("hire_candidate");
    let found = |kind| {
        hired.iter().find_map(|change| match change {
            Change::Upsert(remote) if remote.kind == kind => Some(remote.data.clone()),
            _ => None,
        })
    };
    let Some(RemoteData::Application(application)) = found(RecordKind::Application) else { panic!("an application") };
    assert_eq!(application.status, Some(ApplicationStatus::Hired));
    assert_eq!(application.job.as_deref(), Some("323753"));
    let Some(RemoteData::Offer(offer)) = found(RecordKind::Offer) else { panic!("an offer") };
    assert_eq!(offer.application.as_deref(), Some("46194062"));
    let Some(Change::Upsert(offer)) = of("offer_created").pop() else { panic!("an upsert") };
    let RemoteData::Offer(offer) = offer.data else { panic!("an offer") };
    assert_eq!((offer.starts_on, offer.status), (NaiveDate::from_ymd_opt(2013, 4, 15), Some(OfferStatus::Accepted)));
}
