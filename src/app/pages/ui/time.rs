//! Times as people say them, with the exact time at hand.

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use leptos::prelude::*;

use super::Text;

/// "just now", "2 min ago", "in 5 min", "3 h ago", "4 days ago", "12 Nov", "12 Nov 2025".
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> Text {
    let seconds = (now - at).num_seconds();
    let amount = seconds.unsigned_abs();
    let said = match amount {
        0..=9 => return if seconds < 0 { "in a moment".into() } else { "just now".into() },
        10..=59 => format!("{amount} s"),
        60..=3_599 => format!("{} min", amount / 60),
        3_600..=86_399 => format!("{} h", amount / 3_600),
        86_400..=172_799 => "1 day".to_owned(),
        172_800..=604_799 => format!("{} days", amount / 86_400),
        _ if at.year() == now.year() => return at.format("%-d %b").to_string().into(),
        _ => return at.format("%-d %b %Y").to_string().into(),
    };
    if seconds < 0 { format!("in {said}").into() } else { format!("{said} ago").into() }
}

/// "21 Nov 2026, 14:03:22 UTC".
pub fn exact(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M:%S UTC").to_string()
}

/// A time as people say it; the exact one is in the title and in `datetime`.
#[component]
pub fn RelativeTime(
    /// When.
    at: DateTime<Utc>,
    /// When the page is rendered.
    now: DateTime<Utc>,
) -> impl IntoView {
    view! { <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true) title=exact(at)>{relative(at, now)}</time> }
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, TimeZone};

    use super::*;

    #[test]
    fn says_times_like_a_person() {
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 14, 0, 0).single().expect("a valid time");
        for (seconds, expected) in [
            (0, "just now"),
            (30, "30 s ago"),
            (125, "2 min ago"),
            (-300, "in 5 min"),
            (3 * 3_600, "3 h ago"),
            (30 * 3_600, "1 day ago"),
            (4 * 86_400, "4 days ago"),
            (20 * 86_400, "1 Nov"),
            (400 * 86_400, "17 Oct 2025"),
        ] {
            assert_eq!(relative(now - Duration::seconds(seconds), now), expected);
        }
        assert_eq!(exact(now), "21 Nov 2026, 14:00:00 UTC");
    }
}
