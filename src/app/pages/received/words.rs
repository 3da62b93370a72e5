//! States, verdicts and outcomes of received messages, in words.

use serde_json::Value;

use crate::app::pages::ui::Tone;
use crate::app::pages::ui::icons::Icon;
use crate::app::pages::words::capitalized;

/// Every state a message of an organization can be in, in the order of a filter.
pub const STATES: &[&str] = &["received", "processed", "ignored", "failed", "quarantined", "rejected", "duplicate"];

/// A state in words.
pub fn state(state: &str) -> (Tone, Icon, &'static str) {
    match state {
        "received" => (Tone::Info, Icon::Clock, "Waiting"),
        "processed" => (Tone::Good, Icon::CheckCircle, "Dealt with"),
        "ignored" => (Tone::Neutral, Icon::MinusCircle, "Nothing to do"),
        "failed" => (Tone::Bad, Icon::CrossCircle, "Failed"),
        "quarantined" => (Tone::Warning, Icon::Pause, "Waits for a key"),
        "rejected" => (Tone::Bad, Icon::CrossCircle, "Refused"),
        "duplicate" => (Tone::Neutral, Icon::MinusCircle, "Came twice"),
        _ => (Tone::Neutral, Icon::MinusCircle, "Nobody’s"),
    }
}

/// What will become of a message of which nothing has become yet.
pub fn not_yet(state: &str) -> &'static str {
    match state {
        "received" => "It is dealt with in its turn.",
        "quarantined" => "It is checked as soon as the key is entered.",
        "duplicate" => "Nothing was changed a second time.",
        _ => "",
    }
}

/// A verdict, as a sentence.
pub fn verdict(verdict: &str) -> &'static str {
    match verdict {
        "verified" => "Genuine: it verifies over the bytes that came.",
        "hint" => "Unproven: the provider signs nothing, so it only leads to reading again.",
        "no_key" => "Not checked yet: there is no key to check it with.",
        "missing" => "Refused: it carries no signature.",
        "stale" => "Refused: it is signed rightly, but too old or from the future.",
        "forged" => "Refused: its signature does not verify with the key that is stored.",
        _ => "Nobody’s: it names no connection.",
    }
}

/// A counted outcome: "12 with a wrong signature".
pub fn counted(outcome: &str) -> &'static str {
    match outcome {
        "forged" => "with a wrong signature",
        "missing" => "without a signature",
        "stale" => "too old or from the future",
        "duplicate" => "that had come before",
        "not_kept" => "too many to keep without a key",
        "unrouted" => "for no connection",
        _ => "of another kind",
    }
}

/// What became of one thing that a message says, in words: the sentence, and what it is about.
pub fn outcome(change: &Value) -> String {
    let text = |name: &str| change[name].as_str();
    let about = match (text("object"), text("externalId")) {
        (Some(object), Some(id)) => format!("{} {id}", capitalized(object)),
        (None, Some(id)) => format!("Channel {id}"),
        _ => String::new(),
    };
    let words = match text("outcome").unwrap_or_default() {
        "created" => "was new and is taken in",
        "updated" => "was changed",
        "unchanged" => "was known like this already",
        "deleted" => "was deleted",
        "unknown" => "is not known here",
        "not_found" => "does not exist over there any more",
        "merged" => "was merged into another",
        "failed" => "could not be taken",
        "channel_renewed" => "is renewed",
        "channel_reopened" => "is gone and opened again",
        "sync_started" => "A sync began.",
        "still_works" => "The connection was tried, and works.",
        "no_longer_works" => "The connection was tried, and does not work any more.",
        "noted" => "Noted; it needs nothing more now.",
        _ => "Nothing was changed.",
    };
    let said = if about.is_empty() { words.to_owned() } else { format!("{about} {words}.") };
    match text("reason").or_else(|| text("error")) {
        Some(reason) => format!("{reason} {said}"),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outcomes_are_sentences() {
        for (change, want) in [
            (json!({"object": "candidate", "externalId": "7", "outcome": "updated"}), "Candidate 7 was changed."),
            (json!({"outcome": "ignored", "reason": "Offices are not kept here."}), "Offices are not kept here. Nothing was changed."),
            (json!({"outcome": "sync_started", "reason": "The calendar changed."}), "The calendar changed. A sync began."),
            (json!({"externalId": "sub", "outcome": "channel_reopened"}), "Channel sub is gone and opened again."),
        ] {
            assert_eq!(outcome(&change), want);
        }
    }
}
