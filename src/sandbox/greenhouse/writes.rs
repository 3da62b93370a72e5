//! Changes: new candidates, applications, notes and files; moving, rejecting and hiring. Each is checked as the documents say.

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::state::Write;
use super::world::{Kind, Meta};
use super::{Actor, Refusal, Simulator, answer};

fn required<'a>(body: &'a Value, field: &'static str) -> Result<&'a Value, Refusal> {
    body.get(field).filter(|value| !value.is_null() && value.as_str() != Some("")).ok_or_else(|| Refusal::invalid(field, "is required"))
}

fn number(body: &Value, field: &'static str) -> Result<i64, Refusal> {
    required(body, field)?.as_i64().ok_or_else(|| Refusal::invalid(field, "must be an integer"))
}

fn text<'a>(body: &'a Value, field: &'static str) -> Result<&'a str, Refusal> {
    required(body, field)?.as_str().ok_or_else(|| Refusal::invalid(field, "must be a string"))
}

/// A list of the body, or an empty one.
fn list(body: &Value, field: &'static str) -> Result<Value, Refusal> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(json!([])),
        Some(list @ Value::Array(_)) => Ok(list.clone()),
        Some(_) => Err(Refusal::invalid(field, "must be an array")),
    }
}

impl Simulator {
    fn accept(&self, method: &Method, path: &str, body: &Value) {
        let at = self.0.clock.now();
        self.account().writes.push(Write { at, call: format!("{method} {path}"), body: body.clone() });
    }

    fn existing(&self, kind: Kind, id: i64, field: &'static str) -> Result<Value, Refusal> {
        self.record(kind, id).ok_or_else(|| Refusal::invalid(field, "does not exist"))
    }

    /// Makes a record.
    pub(super) fn create(&self, kind: Kind, actor: Actor, body: &Value) -> Result<Response, Refusal> {
        let made = match kind {
            Kind::Candidates => self.create_candidate(body)?,
            Kind::Applications => self.create_application(body)?,
            Kind::Notes => self.create_note(actor, body)?,
            Kind::Attachments => self.create_attachment(body)?,
            _ => return Err(Refusal::not_found()),
        };
        self.accept(&Method::POST, kind.path(), body);
        Ok(answer(StatusCode::CREATED, &made))
    }

    fn create_candidate(&self, body: &Value) -> Result<Value, Refusal> {
        let (first, last) = (text(body, "first_name")?, text(body, "last_name")?);
        let job = match body.get("application") {
            None | Some(Value::Null) => None,
            Some(application) => Some(self.open_job(number(application, "job_id")?)?),
        };
        for email in list(body, "email_addresses")?.as_array().into_iter().flatten() {
            if !email.get("value").and_then(Value::as_str).is_some_and(|value| value.contains('@')) {
                return Err(Refusal::invalid("email_addresses", "must be valid e-mail addresses"));
            }
        }
        let now = self.stamp();
        let optional = |name: &str| body.get(name).cloned().unwrap_or(Value::Null);
        let candidate = self.make(
            Kind::Candidates,
            json!({
                "first_name": first, "last_name": last, "preferred_name": optional("preferred_name"), "company": optional("company"), "title": optional("title"),
                "email_addresses": list(body, "email_addresses")?, "phone_numbers": list(body, "phone_numbers")?, "addresses": list(body, "addresses")?,
                "website_addresses": list(body, "website_addresses")?, "social_media_addresses": list(body, "social_media_addresses")?, "tags": list(body, "tags")?,
                "private": body.get("private").and_then(Value::as_bool).unwrap_or(false), "can_email": true, "linked_user_ids": [], "time_zone": null,
                "custom_fields": custom_fields(body), "last_activity_at": now, "created_at": now, "updated_at": now,
            }),
        );
        if let Some(job) = job {
            let application = body.get("application").cloned().unwrap_or_default();
            self.make_application(&candidate["id"], &job, &application);
        }
        Ok(candidate)
    }

    fn create_application(&self, body: &Value) -> Result<Value, Refusal> {
        let candidate = self.existing(Kind::Candidates, number(body, "candidate_id")?, "candidate_id")?;
        let job = self.open_job(number(body, "job_id")?)?;
        let application = self.make_application(&candidate["id"], &job, body);
        let id = application["id"].as_i64().unwrap_or_default();
        self.notify("new_candidate_application", Kind::Applications, id);
        Ok(application)
    }

    fn open_job(&self, id: i64) -> Result<Value, Refusal> {
        let job = self.existing(Kind::Jobs, id, "job_id")?;
        if job["is_template"] == true || job["status"] != "open" {
            return Err(Refusal::invalid("job_id", "is not open for applications"));
        }
        Ok(job)
    }

    fn make_application(&self, candidate: &Value, job: &Value, wanted: &Value) -> Value {
        let stages = self.stages_of(job["id"].as_i64().unwrap_or_default());
        let wanted_stage = wanted.get("initial_stage_id").and_then(Value::as_i64);
        let stage =
            stages.iter().find(|stage| stage["id"].as_i64() == wanted_stage).or_else(|| stages.first()).cloned().unwrap_or_default();
        let now = self.stamp();
        let optional = |name: &str| wanted.get(name).cloned().unwrap_or(Value::Null);
        let application = self.make(
            Kind::Applications,
            json!({
                "candidate_id": candidate, "job_id": job["id"], "job_post_id": null, "status": "in_process", "stage_id": stage["id"], "stage_name": stage["name"],
                "job_interview_stage_id": stage["id"], "prospect": false, "prospective_job_ids": [], "source_id": optional("source_id"), "referrer_id": null,
                "recruiter_id": optional("recruiter_id"), "coordinator_id": optional("coordinator_id"), "rejection_reason_id": null, "rejected_at": null, "needs_decision": false,
                "location_address": null, "answers": [], "custom_fields": {}, "last_activity_at": now, "created_at": now, "updated_at": now,
            }),
        );
        if wanted.get("candidate_id").is_none() {
            self.notify("new_candidate_application", Kind::Applications, application["id"].as_i64().unwrap_or_default());
        }
        application
    }

    /// The steps of a job's pipeline in order.
    pub(super) fn stages_of(&self, job: i64) -> Vec<Value> {
        let (rows, _) = self.rows(Kind::Stages, None, usize::MAX, &|_, meta, _| meta().job == Some(job));
        let mut stages: Vec<Value> = rows.into_iter().filter_map(|(id, _)| self.record(Kind::Stages, id)).collect();
        stages.sort_by_key(|stage| stage["sort_order"].as_i64());
        stages
    }

    fn create_note(&self, actor: Actor, body: &Value) -> Result<Value, Refusal> {
        let candidate = number(body, "candidate_id")?;
        self.existing(Kind::Candidates, candidate, "candidate_id")?;
        let visibility = match body.get("visibility").and_then(Value::as_str).unwrap_or("public") {
            "public" => "publicly_visible",
            "private" => "privately_visible",
            "admin_only" => "admin_only_visible",
            _ => return Err(Refusal::invalid("visibility", "must be public, private or admin_only")),
        };
        let kind = text(body, "note_type")?;
        if !["NOTE", "ACTIVITY", "EMAIL"].contains(&kind) {
            return Err(Refusal::invalid("note_type", "must be NOTE, ACTIVITY or EMAIL"));
        }
        let now = self.stamp();
        Ok(self.make(
            Kind::Notes,
            json!({
                "candidate_id": candidate, "application_id": body.get("application_id").cloned().unwrap_or(Value::Null), "user_id": actor, "body": text(body, "body")?,
                "body_with_tags": text(body, "body")?, "subject": null, "type": kind, "visibility": visibility, "created_at": now, "updated_at": now,
            }),
        ))
    }

    fn create_attachment(&self, body: &Value) -> Result<Value, Refusal> {
        let candidate = number(body, "candidate_id")?;
        self.existing(Kind::Candidates, candidate, "candidate_id")?;
        if body.get("content").is_none() && body.get("url").is_none() {
            return Err(Refusal::invalid("content", "or url is required"));
        }
        let now = self.stamp();
        Ok(self.make(
            Kind::Attachments,
            json!({
                "candidate_id": candidate, "application_id": body.get("application_id").cloned().unwrap_or(Value::Null), "filename": text(body, "filename")?,
                "type": text(body, "type")?, "url": "https://files.example.com/attachment", "created_at": now, "updated_at": now,
            }),
        ))
    }

    /// Changes a record.
    pub(super) fn update(&self, kind: Kind, id: i64, body: &Value) -> Result<Response, Refusal> {
        const CANDIDATE: &[&str] =
            &["first_name", "last_name", "preferred_name", "company", "title", "email_addresses", "phone_numbers", "addresses", "tags"];
        let allowed = match kind {
            Kind::Candidates => CANDIDATE,
            Kind::Jobs => &["name", "notes", "department_id", "office_ids"],
            Kind::Applications => &["source_id", "recruiter_id", "coordinator_id"],
            _ => return Err(Refusal::not_found()),
        };
        if self.record(kind, id).is_none() {
            return Err(Refusal::not_found());
        }
        let mut fields = json!({});
        for (name, value) in body.as_object().into_iter().flatten() {
            if name != "custom_fields" && !allowed.contains(&name.as_str()) {
                return Err(Refusal::invalid("body", format!("{name} cannot be changed")));
            }
            if name != "custom_fields" {
                fields[name] = value.clone();
            }
        }
        let record = self.change(kind, id, &fields).ok_or_else(Refusal::not_found)?;
        self.accept(&Method::PATCH, &format!("{}/{id}", kind.path()), body);
        match kind {
            Kind::Candidates => self.notify("update_candidate", kind, id),
            Kind::Jobs => self.notify("job_updated", kind, id),
            _ => self.notify("application_updated", kind, id),
        }
        Ok(answer(StatusCode::OK, &record))
    }

    /// Moves, rejects, takes back or hires.
    pub(super) fn act(&self, id: i64, action: &str, body: &Value) -> Result<Response, Refusal> {
        let application = self.record(Kind::Applications, id).ok_or_else(Refusal::not_found)?;
        let status = application["status"].as_str().unwrap_or_default();
        let must_be = |wanted: &str| {
            if status == wanted { Ok(()) } else { Err(Refusal::invalid("status", format!("The application is {status}, not {wanted}"))) }
        };
        let response = match action {
            "move" => {
                must_be("in_process")?;
                self.move_application(&application, body)?;
                StatusCode::NO_CONTENT.into_response()
            }
            "reject" => {
                must_be("in_process")?;
                let reason = match body.get("rejection_reason_id") {
                    None | Some(Value::Null) => Value::Null,
                    Some(_) => self.existing(Kind::Reasons, number(body, "rejection_reason_id")?, "rejection_reason_id")?["id"].clone(),
                };
                let fields = json!({"status": "rejected", "rejected_at": self.stamp(), "rejection_reason_id": reason, "stage_id": null, "stage_name": null, "job_interview_stage_id": null});
                answer(StatusCode::OK, &self.change(Kind::Applications, id, &fields).unwrap_or_default())
            }
            "unreject" => {
                must_be("rejected")?;
                let stages = self.stages_of(application["job_id"].as_i64().unwrap_or_default());
                let stage = stages.first().cloned().unwrap_or_default();
                let fields = json!({"status": "in_process", "rejected_at": null, "rejection_reason_id": null, "stage_id": stage["id"], "stage_name": stage["name"], "job_interview_stage_id": stage["id"]});
                answer(StatusCode::OK, &self.change(Kind::Applications, id, &fields).unwrap_or_default())
            }
            _ => {
                must_be("in_process")?;
                self.hire(&application, body)?;
                StatusCode::NO_CONTENT.into_response()
            }
        };
        self.accept(&Method::POST, &format!("applications/{id}/{action}"), body);
        let event = match action {
            "move" => "candidate_stage_change",
            "reject" => "reject_candidate",
            "unreject" => "unreject_candidate",
            _ => "hire_candidate",
        };
        self.notify(event, Kind::Applications, id);
        Ok(response)
    }

    fn move_application(&self, application: &Value, body: &Value) -> Result<(), Refusal> {
        let from = number(body, "from_stage_id")?;
        if application["stage_id"].as_i64() != Some(from) {
            return Err(Refusal::invalid("from_stage_id", "does not match the application's current stage"));
        }
        if body.get("to_stage_id").is_some() == body.get("to_job_id").is_some() {
            return Err(Refusal::invalid("to_stage_id", "Exactly one of to_stage_id and to_job_id is required"));
        }
        let (job, stage) = if body.get("to_job_id").is_some() {
            let job = self.open_job(number(body, "to_job_id")?)?;
            let stage = self.stages_of(job["id"].as_i64().unwrap_or_default()).into_iter().next().unwrap_or_default();
            (job["id"].clone(), stage)
        } else {
            let stage = self.existing(Kind::Stages, number(body, "to_stage_id")?, "to_stage_id")?;
            if stage["job_id"] != application["job_id"] {
                return Err(Refusal::invalid("to_stage_id", "belongs to another job"));
            }
            (application["job_id"].clone(), stage)
        };
        let fields = json!({"job_id": job, "stage_id": stage["id"], "stage_name": stage["name"], "job_interview_stage_id": stage["id"]});
        self.change(Kind::Applications, application["id"].as_i64().unwrap_or_default(), &fields);
        Ok(())
    }

    fn hire(&self, application: &Value, body: &Value) -> Result<(), Refusal> {
        if let Some(day) = body.get("start_date").filter(|day| !day.is_null())
            && day.as_str().and_then(|day| day.parse::<chrono::NaiveDate>().ok()).is_none()
        {
            return Err(Refusal::invalid("start_date", "must be YYYY-MM-DD"));
        }
        let job = application["job_id"].as_i64().ok_or_else(|| Refusal::invalid("status", "A prospect cannot be hired"))?;
        let (rows, _) = self.rows(Kind::Openings, None, usize::MAX, &|_, meta, _| meta().job == Some(job));
        let open: Vec<Value> =
            rows.into_iter().filter_map(|(id, _)| self.record(Kind::Openings, id)).filter(|opening| opening["open"] == true).collect();
        let opening = match (body.get("opening_id").and_then(Value::as_i64), open.as_slice()) {
            (_, []) => return Err(Refusal::invalid("opening_id", "The job has no open opening")),
            (None, [only]) => only,
            (None, _) => return Err(Refusal::invalid("opening_id", "is required when more than one opening is open")),
            (Some(id), open) => open
                .iter()
                .find(|opening| opening["id"] == id)
                .ok_or_else(|| Refusal::invalid("opening_id", "is not an open opening of this job"))?,
        };
        let now = self.stamp();
        self.change(
            Kind::Openings,
            opening["id"].as_i64().unwrap_or_default(),
            &json!({"open": false, "application_id": application["id"], "closed_at": now}),
        );
        if open.len() == 1 {
            self.change(Kind::Jobs, job, &json!({"status": "closed", "closed_at": now}));
        }
        let fields = json!({"status": "hired", "stage_id": null, "stage_name": null, "job_interview_stage_id": null});
        self.change(Kind::Applications, application["id"].as_i64().unwrap_or_default(), &fields);
        Ok(())
    }

    /// Applications of a candidate, for webhooks.
    pub(super) fn applications_of(&self, candidate: i64) -> Vec<i64> {
        let (rows, _) =
            self.rows(Kind::Applications, None, usize::MAX, &|_, meta: &dyn Fn() -> Meta, _| meta().candidate == Some(candidate));
        rows.into_iter().map(|(id, _)| id).collect()
    }
}

/// Written as `{key: value}`, read back as `{key: {name, type, value}}`.
fn custom_fields(body: &Value) -> Value {
    let fields = body.get("custom_fields").and_then(Value::as_object).into_iter().flatten();
    let field =
        |(key, value): (&String, &Value)| (key.clone(), json!({"name": key.replace('_', " "), "type": "short_text", "value": value}));
    Value::Object(fields.map(field).collect())
}
