//! Webhooks as Greenhouse sends them: the old words, escaped JSON, the signature over the very bytes.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::providers::greenhouse::sign;
use crate::providers::{Error, Http, HttpOptions};

use super::world::Kind;
use super::{DEMO_WEBHOOK_SECRET, Simulator};

/// A webhook to be sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Webhook {
    /// The event: `candidate_stage_change`, `ping`, ...
    pub action: String,
    /// Where to.
    pub url: String,
    /// The secret key; the demo's when not given.
    #[serde(default)]
    pub secret: Option<String>,
    /// The record it is about.
    #[serde(default)]
    pub id: Option<i64>,
    /// The other record, for a merge.
    #[serde(default)]
    pub into: Option<i64>,
    /// The delivery's id; a new one when not given.
    #[serde(default)]
    pub event_id: Option<String>,
    /// A payload instead of the one made from the account.
    #[serde(default)]
    pub payload: Option<Value>,
}

/// How a webhook was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivered {
    /// The answer's status.
    pub status: u16,
    /// The delivery's id.
    pub event_id: String,
}

/// JSON with `<`, `>`, `&` and everything outside ASCII written as `\uXXXX`, as Greenhouse writes it before it signs.
fn escaped(body: &Value) -> String {
    let plain = body.to_string();
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii() && !matches!(c, '<' | '>' | '&') {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

impl Simulator {
    /// Sends one webhook and tells how it was answered.
    ///
    /// # Errors
    /// `Unavailable` when nobody answers, `NotFound` when the record does not exist.
    pub async fn send(&self, send: &Webhook) -> Result<Delivered, Error> {
        let payload = match &send.payload {
            Some(payload) => payload.clone(),
            None => self.payload(send).ok_or(Error::NotFound)?,
        };
        let body = escaped(&json!({"action": send.action, "payload": payload}));
        let secret = send.secret.as_deref().unwrap_or(DEMO_WEBHOOK_SECRET);
        let event_id = send.event_id.clone().unwrap_or_else(|| {
            let mut account = self.account();
            account.events += 1;
            format!("sim-{}-{}", self.0.clock.now().timestamp_millis(), account.events)
        });
        let http = match self.0.http.get() {
            Some(http) => http,
            None => {
                let http = Http::new(&HttpOptions { user_agent: "Greenhouse Hooks".to_owned(), ..HttpOptions::default() })?;
                self.0.http.get_or_init(|| http)
            }
        };
        let request = http
            .raw()
            .post(&send.url)
            .header("content-type", "application/json")
            .header("signature", sign(secret.as_bytes(), body.as_bytes()));
        let response = request.header("greenhouse-event-id", &event_id).body(body).send().await;
        let response = response.map_err(|_| Error::Unavailable { message: "nobody answered the webhook".to_owned() })?;
        Ok(Delivered { status: response.status().as_u16(), event_id })
    }

    /// Tells every subscriber, in the background.
    pub(super) fn notify(&self, action: &str, kind: Kind, id: i64) {
        debug_assert!(self.record(kind, id).is_some(), "what is announced exists");
        let targets = self.account().targets.clone();
        for target in targets {
            let (simulator, action) = (self.clone(), action.to_owned());
            tokio::spawn(async move {
                let send = Webhook {
                    action,
                    url: target.url,
                    secret: Some(target.secret),
                    id: Some(id),
                    into: None,
                    event_id: None,
                    payload: None,
                };
                if let Err(error) = simulator.send(&send).await {
                    tracing::warn!(%error, "a simulated webhook was not delivered");
                }
            });
        }
    }

    /// The payload of an event about a record of the account.
    fn payload(&self, send: &Webhook) -> Option<Value> {
        let id = |kind| send.id.unwrap_or_else(|| self.id(kind, 0));
        Some(match send.action.as_str() {
            "ping" => json!({"web_hook_id": 1}),
            "new_candidate_application"
            | "new_prospect_application"
            | "application_updated"
            | "candidate_stage_change"
            | "reject_candidate"
            | "unreject_candidate"
            | "hire_candidate"
            | "unhire_candidate" => json!({"application": self.application(id(Kind::Applications))?}),
            "update_candidate" => json!({"candidate": self.candidate(id(Kind::Candidates))?}),
            "delete_application" => {
                let application = self.record(Kind::Applications, id(Kind::Applications))?;
                json!({"application": {"id": application["id"], "candidate_id": application["candidate_id"], "job_id": application["job_id"], "prospect": application["prospect"]}})
            }
            "delete_candidate" => {
                let candidate = self.record(Kind::Candidates, id(Kind::Candidates))?;
                let applications = self.applications_of(id(Kind::Candidates));
                json!({"person": {"id": candidate["id"], "first_name": candidate["first_name"], "last_name": candidate["last_name"], "deleted_application_ids": applications}})
            }
            "merge_candidate" => json!({"person": {"id": id(Kind::Candidates), "new_candidate_id": send.into?}}),
            "candidate_anonymized" => json!({"candidate_id": id(Kind::Candidates), "anonymized_fields": ["full_name"]}),
            "offer_created" | "offer_approved" | "offer_updated" => self.offer(id(Kind::Offers))?,
            "offer_deleted" => json!({"offer": {"id": id(Kind::Offers)}}),
            "job_created" | "job_updated" | "job_approved" => json!({"job": self.job(id(Kind::Jobs))?}),
            "job_deleted" => json!({"job": {"id": id(Kind::Jobs)}}),
            "job_interview_stage_deleted" => json!({"job_interview_stage": {"id": id(Kind::Stages)}}),
            "department_deleted" => json!({"department": {"id": id(Kind::Departments)}}),
            "office_deleted" => json!({"office": {"id": id(Kind::Offices)}}),
            "interview_deleted" => json!({"interview": {"id": id(Kind::Interviews)}}),
            "scorecard_deleted" => json!({"scorecard": {"id": send.id.unwrap_or(1)}}),
            _ => return None,
        })
    }

    fn named(&self, kind: Kind, id: &Value) -> Value {
        id.as_i64().and_then(|id| self.record(kind, id)).map_or(Value::Null, |record| json!({"id": record["id"], "name": record["name"]}))
    }

    fn user(&self, id: &Value) -> Value {
        let user = id.as_i64().and_then(|id| self.record(Kind::Users, id));
        user.map_or(
            Value::Null,
            |user| json!({"id": user["id"], "email": user["primary_email"], "name": user["name"], "employee_id": user["employee_id"]}),
        )
    }

    fn application(&self, id: i64) -> Option<Value> {
        let a = self.record(Kind::Applications, id)?;
        let candidate = a["candidate_id"].as_i64()?;
        let status = if a["status"] == "in_process" { json!("active") } else { a["status"].clone() };
        let mut stage = self.named(Kind::Stages, &a["stage_id"]);
        if let Some(stage) = stage.as_object_mut() {
            stage.insert("interviews".to_owned(), json!([]));
        }
        let mut reason = self.named(Kind::Reasons, &a["rejection_reason_id"]);
        if let Some(reason) = reason.as_object_mut() {
            reason.insert("type".to_owned(), json!({"id": 1, "name": "We rejected them"}));
        }
        let jobs: Vec<Value> = a["job_id"].as_i64().and_then(|job| self.job(job)).into_iter().collect();
        Some(json!({
            "id": a["id"], "rejected_at": a["rejected_at"], "prospect": a["prospect"], "status": status, "applied_at": a["created_at"], "last_activity_at": a["last_activity_at"],
            "url": format!("https://app.greenhouse.io/people/{candidate}?application_id={id}"), "source": self.named(Kind::Sources, &a["source_id"]), "credited_to": null,
            "rejection_reason": reason, "rejection_details": null, "current_stage": stage, "custom_fields": a["custom_fields"], "candidate": self.candidate(candidate)?, "jobs": jobs,
        }))
    }

    fn candidate(&self, id: i64) -> Option<Value> {
        let c = self.record(Kind::Candidates, id)?;
        let applications = self.applications_of(id);
        let first = applications.first().and_then(|id| self.record(Kind::Applications, *id)).unwrap_or_default();
        Some(json!({
            "id": c["id"], "first_name": c["first_name"], "last_name": c["last_name"], "title": c["title"], "company": c["company"], "created_at": c["created_at"], "external_id": null,
            "photo_url": null, "url": format!("https://app.greenhouse.io/people/{id}"), "is_private": c["private"], "can_email": c["can_email"], "phone_numbers": c["phone_numbers"],
            "email_addresses": c["email_addresses"], "addresses": c["addresses"], "website_addresses": c["website_addresses"], "social_media_addresses": c["social_media_addresses"],
            "educations": [], "employments": [], "recruiter": self.user(&first["recruiter_id"]), "coordinator": self.user(&first["coordinator_id"]), "attachments": [],
            "tags": c["tags"], "custom_fields": c["custom_fields"],
        }))
    }

    fn job(&self, id: i64) -> Option<Value> {
        let j = self.record(Kind::Jobs, id)?;
        let departments: Vec<Value> = [self.named(Kind::Departments, &j["department_id"])].into_iter().filter(Value::is_object).collect();
        let offices: Vec<Value> = j["office_ids"].as_array()?.iter().filter_map(|id| self.record(Kind::Offices, id.as_i64()?)).collect();
        let offices: Vec<Value> = offices
            .iter()
            .map(|office| json!({"id": office["id"], "name": office["name"], "location": office["location"], "external_id": null}))
            .collect();
        Some(json!({
            "id": j["id"], "name": j["name"], "requisition_id": j["requisition_id"], "notes": j["notes"], "confidential": j["confidential"], "job_post_id": null, "status": j["status"],
            "created_by_id": self.id(Kind::Users, 0), "created_at": j["created_at"], "opened_at": j["opened_at"], "closed_at": j["closed_at"],
            "url": format!("https://app.greenhouse.io/sdash/{id}"), "departments": departments, "offices": offices, "custom_fields": j["custom_fields"],
        }))
    }

    fn offer(&self, id: i64) -> Option<Value> {
        let o = self.record(Kind::Offers, id)?;
        Some(json!({
            "id": o["id"], "application_id": o["application_id"], "job_id": o["job_id"], "user_id": self.id(Kind::Users, 0), "version": o["version"], "sent_on": o["sent_on"],
            "resolved_at": o["resolved_at"], "start_date": o["starts_on"], "notes": null, "offer_status": o["status"], "custom_fields": o["custom_fields"],
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_escaped_as_greenhouse_escapes_them() {
        assert_eq!(escaped(&json!({"a": "R&D <é> 🙂 \"x\""})), r#"{"a":"R\u0026D \u003c\u00e9\u003e \ud83d\ude42 \"x\""}"#);
    }
}
