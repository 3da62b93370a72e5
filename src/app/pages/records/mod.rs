//! The hiring records: jobs, candidates, applications, interviews.

use std::collections::HashMap;

use leptos::prelude::*;
use serde_json::Value;

use super::signed_in::Viewer;
use super::ui::prelude::*;
use crate::domain::id::IntegrationId;
use crate::fault::Result;
use crate::providers::catalogue;
use crate::store::integration::list_integrations;
use crate::store::link::LinkRow;
use crate::store::record::candidate::CandidateRow;

pub mod applications;
mod board;
pub mod candidate;
pub mod candidates;
pub mod decide;
pub mod interviews;
pub mod job;
pub mod jobs;
pub mod timeline;

/// How many rows a page of a list has.
const PAGE: u32 = 50;

/// What the last form did.
fn flash(done: &str) -> impl IntoView + use<> {
    let (tone, text) = match done {
        "moved" => (Tone::Good, "Moved."),
        "rejected" => (Tone::Good, "Rejected. No mail was sent."),
        "hired" => (Tone::Good, "Hired."),
        "noted" => (Tone::Good, "The note is written."),
        "retried" => (Tone::Good, "Tried again."),
        "sent" => (Tone::Info, "On its way to the connected system. It shows here as soon as that has answered."),
        _ => (Tone::Info, ""),
    };
    view! { <FlashRegion>{(!text.is_empty()).then(|| view! { <Flash tone text/> })}</FlashRegion> }
}

/// What people call a candidate.
pub fn name_of(row: &CandidateRow) -> String {
    let name = format!("{} {}", row.first_name, row.last_name);
    let name = name.trim();
    if name.is_empty() { "No name".to_owned() } else { name.to_owned() }
}

/// "Designer at Example", or the part of it that is known.
pub fn occupation(row: &CandidateRow) -> Option<String> {
    match (row.title.as_deref(), row.company.as_deref()) {
        (Some(title), Some(company)) => Some(format!("{title} at {company}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

/// A provider's name; its slug if this version does not know it.
pub fn provider_name(slug: &str) -> String {
    catalogue::find(slug).map_or_else(|| slug.to_owned(), |entry| entry.name.to_owned())
}

/// The connections by id, to say where something came from.
///
/// # Errors
/// The store's.
pub async fn sources(viewer: &Viewer) -> Result<HashMap<IntegrationId, Source>> {
    let rows = list_integrations(&viewer.ctx.store, viewer.caller.organization, None).await?;
    Ok(rows.into_iter().map(|row| (row.id, Source { name: provider_name(&row.provider).into(), slug: row.provider.into() })).collect())
}

/// The same record in the connected systems, each with a link where there is a page.
pub fn links_view(links: &[LinkRow]) -> impl IntoView + use<> {
    let items = links
        .iter()
        .map(|link| {
            let name = provider_name(&link.provider);
            let mark = view! { <Monogram slug=link.provider.clone() name=name.clone() size=Size::Small/> };
            let number = link.external_id.clone();
            let place = match link.url.clone() {
                Some(url) => view! { <a href=url rel="noreferrer">{format!("Open in {name}")}</a> }.into_any(),
                None => view! { <span>{name}</span> }.into_any(),
            };
            view! { <li class="row">{mark}{place}<code class="meta">{number}</code></li> }
        })
        .collect::<Vec<_>>();
    view! { <ul class="stack tight">{items}</ul> }
}

/// A customer's own field as text; nothing for what is empty.
pub fn field_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(true) => Some("Yes".to_owned()),
        Value::Bool(false) => Some("No".to_owned()),
        Value::Number(number) => Some(plain_number(&number.to_string())),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Array(values) => {
            let texts: Vec<String> = values.iter().filter_map(field_text).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
        Value::Object(map) => {
            let unit = map.get("unit").and_then(field_text).unwrap_or_default();
            let amount = |name: &str| map.get(name).and_then(amount_text);
            match (amount("min_value"), amount("max_value")) {
                (Some(least), Some(most)) => return Some(format!("{least}–{most} {unit}").trim().to_owned()),
                (Some(least), None) => return Some(format!("from {least} {unit}").trim().to_owned()),
                (None, Some(most)) => return Some(format!("up to {most} {unit}").trim().to_owned()),
                (None, None) => {}
            }
            if let Some(amount) = amount("amount").or_else(|| amount("value")).filter(|_| !unit.is_empty()) {
                return Some(format!("{amount} {unit}"));
            }
            match map.get("value").or_else(|| map.get("name")) {
                Some(inner) => field_text(inner),
                None => Some(value.to_string()).filter(|_| !map.is_empty()),
            }
        }
    }
}

/// A number without the fraction that is none: "5.0" becomes "5".
fn plain_number(text: &str) -> String {
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

/// An amount with its thousands apart; systems send it as a number or as text.
fn amount_text(value: &Value) -> Option<String> {
    let text = plain_number(&field_text(value)?);
    Some(text.parse().map_or(text, super::words::count))
}

/// A field's name as people read it: "salary_range" becomes "Salary range".
pub fn field_label(name: &str) -> String {
    super::words::capitalized(name.replace(['_', '-'], " ").trim())
}

/// The customer's own fields that have a value: name and text.
pub fn fields_of(value: &Value) -> Vec<(String, String)> {
    let Value::Object(map) = value else { return Vec::new() };
    map.iter().filter_map(|(name, value)| Some((field_label(name), field_text(value)?))).collect()
}

/// Contacts as stored: the values.
pub fn contacts_of(value: &Value) -> Vec<String> {
    let Value::Array(values) = value else { return Vec::new() };
    values
        .iter()
        .filter_map(|contact| contact.get("value").unwrap_or(contact).as_str())
        .map(str::to_owned)
        .filter(|text| !text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_said_plainly() {
        for (value, text) in [
            (json!(null), None),
            (json!(""), None),
            (json!(true), Some("Yes")),
            (json!(12.5), Some("12.5")),
            (json!(["a", null, "b"]), Some("a, b")),
            (json!({"amount": 60000, "unit": "EUR"}), Some("60,000 EUR")),
            (json!({"min_value": "82000.0", "max_value": 112_500.5, "unit": "EUR"}), Some("82,000–112500.5 EUR")),
            (json!(5.0), Some("5")),
            (json!({"value": "60", "unit": "EUR"}), Some("60 EUR")),
            (json!({"name": "Robin"}), Some("Robin")),
            (json!({}), None),
        ] {
            assert_eq!(field_text(&value).as_deref(), text, "{value}");
        }
        assert_eq!(field_label("salary_range"), "Salary range");
        assert_eq!(
            contacts_of(&json!([{"value": "a@example.com", "type": "work"}, "b@example.com", {"value": ""}])),
            ["a@example.com", "b@example.com"]
        );
    }
}
