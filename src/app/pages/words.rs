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
}
