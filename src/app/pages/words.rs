//! Numbers and names as pages say them.

use chrono::{DateTime, Utc};

/// A number with thousands apart: `12,345`.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The time of day, in UTC: `14:03:22`.
pub fn clock_time(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S UTC").to_string()
}

/// A kind of record in the plural.
pub fn plural(object: &str) -> String {
    match object {
        "person" => "people".to_owned(),
        other => format!("{other}s"),
    }
}

/// A length of time: `820 ms`, `12 s`, `3 min`.
pub fn duration_ms(ms: i64) -> String {
    match ms {
        ..1_000 => format!("{} ms", ms.max(0)),
        1_000..60_000 => format!("{:.1} s", ms as f64 / 1000.0),
        60_000..3_600_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

/// A number with its word: "1 job", "1,204 jobs".
pub fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A text with its first letter in upper case.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// An address with its query, without the pairs that are empty.
pub fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A time in a zone; in UTC if the zone is not known.
fn zoned(at: DateTime<Utc>, zone: Option<&str>) -> jiff::Zoned {
    let zone = zone.and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.timestamp_micros()).unwrap_or_default().to_zoned(zone)
}

/// A day in the reader's zone: "Mon 23 Nov".
pub fn day(at: DateTime<Utc>, zone: Option<&str>) -> String {
    zoned(at, zone).strftime("%a %-d %b").to_string()
}

/// A time of day in the reader's zone: "14:00".
pub fn hour(at: DateTime<Utc>, zone: Option<&str>) -> String {
    zoned(at, zone).strftime("%H:%M").to_string()
}

/// When the reader's day began, and when the next one does.
pub fn today(now: DateTime<Utc>, zone: Option<&str>) -> (DateTime<Utc>, DateTime<Utc>) {
    let bounds = || {
        let start = zoned(now, zone).start_of_day().ok()?;
        let end = start.tomorrow().ok()?.start_of_day().ok()?;
        let utc = |at: &jiff::Zoned| DateTime::from_timestamp_micros(at.timestamp().as_microsecond());
        Some((utc(&start)?, utc(&end)?))
    };
    bounds().unwrap_or((now, now + chrono::TimeDelta::days(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-12_345, "-12,345")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn durations_have_the_unit_people_expect() {
        for (ms, text) in [(820, "820 ms"), (1_240, "1.2 s"), (61_000, "1 min"), (7_200_000, "2 h")] {
            assert_eq!(duration_ms(ms), text);
        }
    }

    #[test]
    fn times_stand_in_the_readers_zone() {
        let at = DateTime::parse_from_rfc3339("2026-11-23T23:30:00Z").expect("a time").with_timezone(&Utc);
        assert_eq!((day(at, None), hour(at, None)), ("Mon 23 Nov".to_owned(), "23:30".to_owned()));
        assert_eq!((day(at, Some("Europe/Paris")), hour(at, Some("Europe/Paris"))), ("Tue 24 Nov".to_owned(), "00:30".to_owned()));
        assert_eq!(hour(at, Some("Nowhere/At all")), "23:30");
        let (from, until) = today(at, Some("Europe/Paris"));
        assert_eq!(
            (from.to_rfc3339(), until.to_rfc3339()),
            ("2026-11-23T23:00:00+00:00".to_owned(), "2026-11-24T23:00:00+00:00".to_owned())
        );
    }

    #[test]
    fn addresses_leave_out_what_is_empty() {
        assert_eq!(address("/jobs", &[("q", ""), ("status", "")]), "/jobs");
        assert_eq!(address("/jobs", &[("q", "a b&c"), ("status", "open")]), "/jobs?q=a+b%26c&status=open");
    }
}
