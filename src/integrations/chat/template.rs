//! The words of a message: text with `{{fields}}`.

use serde_json::Value;

use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::id::OrgId;
use crate::providers::chat::Message;
use crate::store::event::EventRow;
use crate::store::record::{candidate, job};
use crate::store::{Result, organization};

/// What a rule begins with.
pub const DEFAULT: &str = "{{summary}}";
/// The longest template, in characters.
const LONGEST: usize = 2000;

/// The fields that every message has, and what they hold. `data.` and a path reach the rest of the event.
pub const FIELDS: &[(&str, &str)] = &[
    ("summary", "What happened, in a sentence"),
    ("event", "The event's name"),
    ("candidate", "The candidate's name"),
    ("job", "The job's title"),
    ("stage", "The stage the application is in"),
    ("status", "How the application, interview or offer stands"),
    ("source", "Where the application came from"),
    ("title", "What the interview is called"),
    ("starts_at", "When the interview begins"),
    ("organization", "Your organization's name"),
];

/// What a message is made of. Mail addresses, résumés and feedback are no part of it: a channel is a wider group than the interviewers.
#[derive(Debug, Clone, Default)]
pub(super) struct Material {
    pub summary: String,
    pub event: String,
    pub candidate: String,
    pub job: String,
    pub organization: String,
    pub link: Option<String>,
    pub data: Value,
}

impl Material {
    /// What there is to say about an event.
    pub(super) async fn of(ctx: &Context, event: &EventRow) -> Result<Self> {
        let org = event.organization_id;
        let candidate = match event.candidate_id {
            Some(id) => candidate::find_candidate(&ctx.store, org, id).await?,
            None => None,
        };
        let job = match event.job_id {
            Some(id) => job::find_job(&ctx.store, org, id).await?,
            None => None,
        };
        let path = match (event.application_id, event.candidate_id, event.job_id, event.integration_id) {
            (Some(id), ..) => Some(format!("/applications/{id}")),
            (_, Some(id), ..) => Some(format!("/candidates/{id}")),
            (_, _, Some(id), _) => Some(format!("/jobs/{id}")),
            (.., Some(id)) => Some(format!("/integrations/{id}")),
            _ => None,
        };
        Ok(Self {
            summary: event.summary.clone(),
            event: event.kind.as_str().to_owned(),
            candidate: candidate.map(|row| format!("{} {}", row.first_name, row.last_name).trim().to_owned()).unwrap_or_default(),
            job: job.map(|row| row.title).unwrap_or_default(),
            organization: name(ctx, org).await?,
            link: path.map(|path| ctx.site.link(&path)),
            data: event.data.0.clone(),
        })
    }

    fn field(&self, name: &str) -> String {
        let data = |path: &[&str]| text(path.iter().fold(&self.data, |value, key| &value[*key]));
        match name {
            "summary" => self.summary.clone(),
            "event" => self.event.clone(),
            "candidate" => self.candidate.clone(),
            "job" => self.job.clone(),
            "organization" => self.organization.clone(),
            "stage" => data(&["stage", "name"]),
            "status" => data(&["status"]),
            "source" => data(&["source"]),
            "title" => data(&["title"]),
            "starts_at" => data(&["startsAt"]),
            other => data(&other.strip_prefix("data.").unwrap_or_default().split('.').collect::<Vec<_>>()),
        }
    }

    /// The message in the rule's words.
    pub(super) fn message(&self, template: &str) -> Message {
        let mut words = String::new();
        for part in parts(template) {
            match part {
                Part::Text(text) => words.push_str(text),
                Part::Field(name) => words.push_str(&self.field(name)),
            }
        }
        let facts = [("Candidate", &self.candidate), ("Job", &self.job), ("Stage", &self.field("stage"))]
            .into_iter()
            // What the words say already is not said twice.
            .filter(|(_, value)| !value.is_empty() && !words.contains(value.as_str()))
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        Message { title: heading(&self.event), text: words, facts, link: self.link.clone().map(|url| ("Open in Hirewire".to_owned(), url)) }
    }
}

pub(super) async fn name(ctx: &Context, id: OrgId) -> Result<String> {
    Ok(organization::find_organization(&ctx.store, id).await?.map(|row| row.name).unwrap_or_default())
}

/// "Application: stage changed" for `application.stage_changed`.
fn heading(event: &str) -> String {
    let (group, what) = event.split_once('.').unwrap_or((event, ""));
    let mut text = format!("{group}: {}", what.replace('_', " "));
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        _ => String::new(),
    }
}

enum Part<'a> {
    Text(&'a str),
    Field(&'a str),
}

fn parts(template: &str) -> Vec<Part<'_>> {
    let (mut found, mut rest) = (Vec::new(), template);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        found.push(Part::Text(before));
        found.push(Part::Field(name.trim()));
        rest = behind;
    }
    found.push(Part::Text(rest));
    found
}

/// What is wrong with a template.
pub(super) fn check(template: &str) -> Option<FieldError> {
    let wrong = |detail: String| Some(FieldError { pointer: "/template".to_owned(), detail });
    if template.trim().is_empty() || template.chars().count() > LONGEST {
        return wrong(format!("A message has 1 to {LONGEST} characters."));
    }
    let is_known = |name: &str| {
        FIELDS.iter().any(|(known, _)| *known == name)
            || name
                .strip_prefix("data.")
                .is_some_and(|path| path.split('.').all(|key| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_')))
    };
    parts(template).iter().find_map(|part| match part {
        Part::Field(name) if !is_known(name) => {
            let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
            wrong(format!("There is no field {{{{{name}}}}}. The fields are {}, and data. with a path.", known.join(", ")))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_filled_and_nothing_is_said_twice() {
        let material = Material {
            summary: "Moved to Onsite".into(),
            event: "application.stage_changed".into(),
            candidate: "Ada Lovelace".into(),
            job: "Engineer".into(),
            organization: "Northwind".into(),
            link: Some("https://hire.example/applications/1".into()),
            data: json!({"stage": {"name": "Onsite"}, "deep": {"er": 3}, "secret": {"x": 1}}),
        };
        let message = material.message("{{ candidate }} is now in *{{stage}}* ({{data.deep.er}}){{data.secret}} {{data.none}}");
        assert_eq!(message.text, "Ada Lovelace is now in *Onsite* (3) ");
        assert_eq!(message.facts, [("Job".to_owned(), "Engineer".to_owned())]);
        assert_eq!(message.title, "Application: stage changed");
        assert!(message.link.is_some());
    }

    #[test]
    fn unknown_fields_are_named_before_anything_is_posted() {
        assert!(check(DEFAULT).is_none() && check("{{data.stage.name}} {{candidate}} {{").is_none());
        for template in ["{{email}}", "{{}}", "{{data.}}", "{{data.a..b}}", "", "  "] {
            assert!(check(template).is_some(), "{template}");
        }
        assert!(check(&"x".repeat(LONGEST + 1)).is_some());
    }
}
