//! Suggested lines: provider's fields that look like one of ours, by name and by what stands in them. A person decides.

use serde_json::Value;

use super::path::FieldPath;
use super::preview::Sides;
use super::targets::{self, CUSTOM, Shape};
use super::transform::{is_empty, text_of};
use crate::domain::mapping::{Direction, FieldInfo, Rule, Transform};

/// How alike two names must be, 0 to 1.
const ALIKE: f64 = 0.9;

/// A line that might be wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The line, in the direction's orientation.
    pub rule: Rule,
    /// How sure, 0 to 100.
    pub confidence: u8,
    /// Why, as a sentence.
    pub reason: String,
}

/// Other words for our fields, as providers use them.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("first_name", &["given_name", "forename", "preferred_first_name"]),
    ("last_name", &["family_name", "surname"]),
    ("name", &["full_name", "display_name", "preferred_name"]),
    ("title", &["job_title", "headline", "current_title", "position", "role", "designation"]),
    ("company", &["current_company", "employer", "organization", "account_name", "account"]),
    ("location", &["city", "address", "addresses", "mailing_city", "office", "location_address", "place"]),
    ("emails", &["email_addresses", "email_address", "primary_email"]),
    ("email", &["primary_email", "e_mail", "mail"]),
    ("phones", &["phone_numbers", "phone_number", "mobile", "telephone"]),
    ("phone", &["mobile", "telephone"]),
    ("websites", &["website_addresses", "social_media_addresses", "links", "urls", "website"]),
    ("tags", &["labels", "keywords", "skills"]),
    ("department", &["department_name", "team"]),
    ("requisition_id", &["requisition", "req_id", "reference", "job_code"]),
    ("description", &["notes", "content", "job_description", "body"]),
    ("source", &["source_name", "origin", "lead_source", "referrer"]),
    ("meeting_url", &["video_conferencing_url", "video_url", "conference_url", "join_url"]),
    ("starts_on", &["start_date", "starts_at", "first_day"]),
];

/// Lines for fields of ours that no rule fills yet, and for the customer's own fields that are in use.
pub fn suggest(sides: &Sides, rules: &[Rule], direction: Direction) -> Vec<Suggestion> {
    let (kind, records) = (sides.place.kind, sides.samples.as_slice());
    let is_inbound = direction == Direction::Inbound;
    let ours_taken = |name: &str| rules.iter().any(|rule| (if is_inbound { &rule.target_field } else { &rule.source_field }) == name);
    let theirs_taken = |name: &str| rules.iter().any(|rule| (if is_inbound { &rule.source_field } else { &rule.target_field }) == name);
    let usable: Vec<(&FieldInfo, usize)> = sides
        .provider
        .iter()
        .filter(|field| (is_inbound || field.info.writable) && !theirs_taken(&field.info.name))
        .map(|field| (&field.info, field.fill.percent()))
        .collect();
    let mut found = Vec::new();
    let mut taken_by_views: Vec<&str> = Vec::new();
    for target in targets::fields(kind).iter().filter(|target| target.writable && !ours_taken(target.name)) {
        let clash =
            target.view_of.iter().any(|real| ours_taken(real) || taken_by_views.contains(real)) || taken_by_views.contains(&target.name);
        if clash {
            continue;
        }
        let best = usable
            .iter()
            .filter_map(|(info, percent)| {
                let (score, why) = likeness(target.name, target.shape, info, records)?;
                // Between equals the one that is filled more often.
                #[expect(clippy::cast_precision_loss, reason = "a percentage is a small number")]
                let rank = score + (*percent as f64) / 1000.0;
                Some((rank, score, *info, *percent, why))
            })
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, score, info, percent, why)) = best {
            taken_by_views.extend(if target.view_of.is_empty() { std::slice::from_ref(&target.name) } else { target.view_of });
            found.push(line(target.name, info, score, percent, why, transforms(target.shape, info), is_inbound, records.len()));
        }
    }
    for (info, percent) in usable.iter().filter(|(info, percent)| info.custom && *percent > 0 && is_whole(&info.name)) {
        let key = info.name.trim_start_matches(CUSTOM).trim_end_matches(".value");
        let own = format!("{CUSTOM}{key}");
        if targets::find(kind, &own).is_some() && !ours_taken(&own) && !found.iter().any(|other| names(other, is_inbound) == info.name) {
            let why = "A field of your own that is in use";
            found.push(line(&own, info, 0.9, *percent, why, Vec::new(), is_inbound, records.len()));
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.confidence));
    found
}

/// Whether this is a field itself and not a part of its value.
fn is_whole(name: &str) -> bool {
    name.strip_prefix(CUSTOM).is_some_and(|rest| !rest.trim_end_matches(".value").contains('.'))
}

fn names(suggestion: &Suggestion, is_inbound: bool) -> &str {
    if is_inbound { &suggestion.rule.source_field } else { &suggestion.rule.target_field }
}

#[expect(clippy::too_many_arguments, reason = "one line is put together from all of them, in one place")]
fn line(
    ours: &str,
    info: &FieldInfo,
    score: f64,
    percent: usize,
    why: &str,
    transforms: Vec<Transform>,
    is_inbound: bool,
    records: usize,
) -> Suggestion {
    let (source, target) = if is_inbound { (info.name.clone(), ours.to_owned()) } else { (ours.to_owned(), info.name.clone()) };
    let reason = if records == 0 { format!("{why}.") } else { format!("{why}, filled on {percent} % of {records} records.") };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the score is between 0 and 1")]
    let confidence = (score * 100.0).clamp(0.0, 100.0) as u8;
    let transforms = if is_inbound { transforms } else { Vec::new() };
    Suggestion { rule: Rule { source_field: source, target_field: target, transforms }, confidence, reason }
}

/// How much a field of the provider's is like one of ours, and why.
fn likeness(ours: &str, shape: Shape, info: &FieldInfo, records: &[Value]) -> Option<(f64, &'static str)> {
    if !fits(shape, info) {
        return None;
    }
    let name = plain(info.name.trim_end_matches(".0.value").trim_end_matches(".value").trim_start_matches(CUSTOM));
    let label = plain(&info.label);
    let wanted = plain(ours);
    if name == wanted {
        return Some((1.0, "Has the same name"));
    }
    let synonyms = SYNONYMS.iter().find(|(field, _)| *field == ours).map_or([].as_slice(), |(_, words)| *words);
    if synonyms.iter().any(|word| plain(word) == name || plain(word) == label) {
        return Some((0.95, "Is another word for it"));
    }
    let alike = strsim::jaro_winkler(&name, &wanted).max(strsim::jaro_winkler(&label, &wanted));
    if alike >= ALIKE {
        return Some((alike * 0.95, "Has a similar name"));
    }
    let looks = match ours {
        "email" | "emails" => looks_like(info, records, |text| text.split_once('@').is_some_and(|(_, host)| host.contains('.'))),
        "phone" | "phones" => looks_like(info, records, |text| {
            let digits = text.chars().filter(char::is_ascii_digit).count();
            text.starts_with('+') && (7..=15).contains(&digits)
        }),
        "websites" | "meeting_url" => looks_like(info, records, |text| text.starts_with("https://") || text.starts_with("http://")),
        _ => false,
    };
    looks.then_some((0.8, "Its values look like it"))
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn fits(shape: Shape, info: &FieldInfo) -> bool {
    match (shape, info.kind.as_str()) {
        (_, "any") | (Shape::Any, _) => true,
        (Shape::Text, kind) => matches!(kind, "string" | "number"),
        (Shape::Date | Shape::DateTime, kind) => matches!(kind, "date" | "datetime"),
        (Shape::Number, kind) => kind == "number",
        // The whole list, not the projection of one of its parts.
        (Shape::Contacts | Shape::Texts, kind) => {
            kind == "list" && !info.name.contains('.') || info.custom && matches!(kind, "list" | "string")
        }
    }
}

/// Every value looks like it, and there are some.
fn looks_like(info: &FieldInfo, records: &[Value], test: impl Fn(&str) -> bool) -> bool {
    let Ok(path) = FieldPath::parse(&info.name) else { return false };
    let values: Vec<String> =
        records.iter().filter_map(|record| path.get(record)).filter(|value| !is_empty(value)).filter_map(|value| text_of(&value)).collect();
    !values.is_empty() && values.iter().all(|text| test(text.trim()))
}

fn transforms(shape: Shape, info: &FieldInfo) -> Vec<Transform> {
    match (shape, info.kind.as_str()) {
        (Shape::Text, "string") => vec![Transform::Trim],
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
pub(super) mod tests;
