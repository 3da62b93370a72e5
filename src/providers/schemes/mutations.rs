//! Whatever is changed in a genuine message, it verifies no more; and nothing that comes makes a scheme panic.

use chrono::TimeDelta;

use super::*;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    #[test]
    fn no_changed_body_header_or_time_verifies(which: proptest::sample::Index, place: proptest::sample::Index, bit in 0u8..8, in_body: bool) {
        let all = samples();
        let mut sample = all[which.index(all.len())].clone();
        if in_body || sample.proofs.is_empty() {
            if !sample.covers_body {
                return Ok(());
            }
            let at = place.index(sample.body.len());
            sample.body[at] ^= 1 << bit;
        } else {
            let name = sample.proofs[place.index(sample.proofs.len())];
            let (_, value) = sample.headers.iter_mut().find(|(header, _)| *header == name).expect("a proof");
            let mut bytes = std::mem::take(value).into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
            // Stripe's other schemes are ignored, and so is what stands between them.
            *value = changed;
        }
        proptest::prop_assert_ne!(sample.verdict(), Some(Verdict::Verified), "{}", sample.slug);
    }

    #[test]
    fn no_changed_part_of_a_body_that_proves_itself_verifies(slug in proptest::sample::select(vec!["lever", "dropbox_sign"]), place: proptest::sample::Index, digit in 0u8..10) {
        let mut sample = sample(slug);
        let text = String::from_utf8(sample.body.clone()).expect("text");
        let fields: &[&str] = if slug == "lever" { &["\"token\":\"", "\"triggeredAt\":", "\"signature\":\""] } else { &["\"event_time\":\"", "\"event_type\":\"", "\"event_hash\":\""] };
        let field = fields[place.index(fields.len())];
        let from = text.find(field).expect("the field") + field.len();
        let length = text[from..].find(['"', ',', '}']).expect("its end");
        let at = from + place.index(length);
        proptest::prop_assume!(sample.body[at] != b'0' + digit);
        sample.body[at] = b'0' + digit;
        proptest::prop_assert_ne!(sample.verdict(), Some(Verdict::Verified), "{} {}", slug, field);
    }

    #[test]
    fn nothing_that_comes_makes_a_scheme_panic(body: Vec<u8>, kind in "[ -~]{0,60}", query in "[ -~]{0,60}") {
        let headers: HeaderMap = [
            ("content-type", kind.as_str()), ("authorization", "Bearer a.b.c"), ("stripe-signature", kind.as_str()), ("x-slack-signature", "v0="),
            ("x-slack-request-timestamp", kind.as_str()), ("x-goog-channel-id", kind.as_str()), ("x-bamboohr-timestamp", kind.as_str()),
        ].into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("printable"))).collect();
        let multipart: HeaderMap = [(HeaderName::from_static("content-type"), HeaderValue::from_static("multipart/form-data; boundary=a"))].into_iter().collect();
        for headers in [&headers, &multipart] {
            let message = Message { headers, query: Some(&query), body: &body, url: URL.into(), received_at: DateTime::UNIX_EPOCH + TimeDelta::days(20_000) };
            for (slug, inbound) in all() {
                let keys = Keys { published: Some("{}".into()), ..Keys::new(["key"]) };
                proptest::prop_assert_ne!(inbound.verify(&message, &keys), Verdict::Verified, "{}", slug);
                let _ = (inbound.handshake(&message, &keys), inbound.dedupe_key(&message), inbound.event_name(&message));
                let _ = (inbound.translate(&message), inbound.account(&message));
            }
        }
    }
}
