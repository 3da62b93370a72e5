//! The kinds of which there are few, and those that hang on applications.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::people::{CLOSE_REASONS, DEPARTMENTS, FIRST, JOBS, LAST, OFFICES, REASONS, SOURCES, STAGES};
use super::{At, Kind, USERS, World};

impl World {
    /// The smaller kinds, of which there are few.
    pub(super) fn record(&self, kind: Kind, number: usize) -> Value {
        let id = Self::id(kind, number);
        let born = self.today - TimeDelta::days(400) + TimeDelta::hours(number as i64);
        let (created, touched) = (At(born), At(born + TimeDelta::days(3)));
        match kind {
            Kind::Departments => {
                json!({"id": id, "name": DEPARTMENTS[number], "parent_id": null, "external_id": format!("D-{:02}", number + 1), "created_at": created, "updated_at": touched})
            }
            Kind::Offices => {
                let (name, location) = OFFICES[number];
                json!({"id": id, "name": name, "location": location, "parent_id": null, "primary_in_house_contact_user_id": Self::id(Kind::Users, number), "external_id": null, "created_at": created, "updated_at": touched})
            }
            Kind::Users => self.user(number, created, touched),
            Kind::Jobs => self.job(number),
            Kind::Openings => Self::opening(number, created, touched),
            Kind::Stages => {
                let (job, stage) = (number / STAGES.len(), number % STAGES.len());
                json!({"id": id, "name": STAGES[stage], "job_id": Self::id(Kind::Jobs, job), "sort_order": stage, "active": true, "created_at": created, "updated_at": touched})
            }
            Kind::Interviews => self.interview(number),
            Kind::Offers => self.offer(number),
            Kind::Reasons => {
                let (type_id, key, name) = if number == 2 || number == 3 {
                    (2, "THEY_REJECTED_US", "They rejected us")
                } else {
                    (1, "WE_REJECTED_THEM", "We rejected them")
                };
                json!({"id": id, "name": REASONS[number], "type": {"id": type_id, "key": key, "name": name}, "created_at": created, "updated_at": touched})
            }
            Kind::CloseReasons => json!({"id": id, "name": CLOSE_REASONS[number], "created_at": created, "updated_at": touched}),
            Kind::Sources => {
                json!({"id": id, "name": SOURCES[number], "type": {"id": number / 2 + 1, "name": if number == 2 { "Referral" } else { "Third-party boards" }}, "created_at": created, "updated_at": touched})
            }
            Kind::Candidates | Kind::Applications | Kind::Notes | Kind::Attachments => self.value(kind, number),
        }
    }

    fn user(&self, number: usize, created: At, touched: At) -> Value {
        let (first, last) = (FIRST[(number * 5 + 3) % FIRST.len()], LAST[(number * 7 + 2) % LAST.len()]);
        let email = format!("{}.{}@demo.example.com", first.1, last.1);
        let title = if number < 6 {
            "Recruiter"
        } else if number < 10 {
            "Recruiting Coordinator"
        } else {
            "Hiring Manager"
        };
        json!({
            "id": Self::id(Kind::Users, number), "first_name": first.0, "last_name": last.0, "name": format!("{} {}", first.0, last.0), "primary_email": email, "emails": [email],
            "job_title": title, "employee_id": format!("E{:04}", 1000 + number), "site_admin": number < 2, "deactivated": number == USERS - 1, "agency_id": null,
            "department_ids": [Self::id(Kind::Departments, number % DEPARTMENTS.len())], "office_ids": [Self::id(Kind::Offices, number % OFFICES.len())],
            "linked_candidate_ids": [], "interviewer_tags": [], "custom_fields": {}, "created_at": created, "updated_at": touched,
        })
    }

    fn job(&self, number: usize) -> Value {
        let (name, department, office, _) = JOBS[number];
        let is_template = number == JOBS.len() - 1;
        let status = match number {
            _ if is_template => "draft",
            11 | 20 => "draft",
            7 | 15 | 22 => "closed",
            _ => "open",
        };
        let created = self.today
            - TimeDelta::days(220 - number as i64 * 5)
            - TimeDelta::milliseconds((self.dice(Kind::Jobs, number, 30) % 80_000_000) as i64);
        let opened = created + TimeDelta::days(2);
        let closed = opened + TimeDelta::days(60);
        let touched = match status {
            "closed" => closed,
            "open" => opened,
            _ => created,
        };
        json!({
            "id": Self::id(Kind::Jobs, number), "name": name, "requisition_id": if is_template { Value::Null } else { json!(format!("REQ-{:03}", 100 + number)) }, "status": status,
            "department_id": Self::id(Kind::Departments, department), "office_ids": [Self::id(Kind::Offices, office)], "notes": format!("<p>{name} in {}.</p>", OFFICES[office].0),
            "confidential": false, "is_template": is_template, "copied_from_id": null,
            "custom_fields": {
                "employment_type": {"name": "Employment Type", "type": "single_select", "value": if number % 6 == 5 { "Contract" } else { "Full-time" }},
                "salary_range": {"name": "Salary Range", "type": "currency_range", "value": {"unit": "EUR", "min_value": format!("{}.0", 40_000 + number * 2000), "max_value": format!("{}.0", 60_000 + number * 2500)}},
            },
            "opened_at": (status != "draft").then_some(At(opened)), "closed_at": (status == "closed").then_some(At(closed)), "created_at": At(created), "updated_at": At(touched),
        })
    }

    fn opening(number: usize, created: At, touched: At) -> Value {
        let (mut job, mut place) = (0, number);
        while place >= JOBS[job].3 {
            place -= JOBS[job].3;
            job += 1;
        }
        json!({
            "id": Self::id(Kind::Openings, number), "job_id": Self::id(Kind::Jobs, job), "opening_id": format!("{}-{}", 100 + job, place + 1), "open": true, "application_id": null, "close_reason_id": null,
            "target_start_on": null, "sort_order": place, "opened_at": created, "closed_at": null, "custom_fields": {}, "created_at": created, "updated_at": touched,
        })
    }

    fn interview(&self, number: usize) -> Value {
        let application = number * 3;
        let course = self.course(application);
        let (born, _) = self.application_times(application);
        let dice = self.dice(Kind::Interviews, number, 40);
        // From thirty days back to ten days ahead, on the half hour of a working day.
        let hours = (dice % (40 * 24)) as i64 - 30 * 24;
        let day = (self.today + TimeDelta::hours(hours)).date_naive();
        let starts = day.and_hms_opt(8 + (dice % 9) as u32, if dice.is_multiple_of(2) { 0 } else { 30 }, 0).unwrap_or_default().and_utc();
        let ends = starts + TimeDelta::minutes(if dice.is_multiple_of(3) { 30 } else { 60 });
        let status = if starts > self.today {
            "scheduled"
        } else if dice.is_multiple_of(4) {
            "awaiting_feedback"
        } else {
            "complete"
        };
        let (unscheduled, touched) = (dice % 10 == 9, starts.min(self.today).max(born));
        let job = course.job.unwrap_or(0);
        json!({
            "id": Self::id(Kind::Interviews, number), "application_id": Self::id(Kind::Applications, application), "job_id": Self::id(Kind::Jobs, job),
            "job_interview_id": 90_000_000 + (job * STAGES.len() + course.stage.unwrap_or(2)) as i64, "status": if unscheduled { "to_be_scheduled" } else { status },
            "starts_at": (!unscheduled).then_some(At(starts)), "ends_at": (!unscheduled).then_some(At(ends)), "all_day_start_on": null, "all_day_end_on": null,
            "location": dice.is_multiple_of(3).then_some("Room Ada"), "video_conferencing_url": (!dice.is_multiple_of(3)).then(|| format!("https://meet.example.com/{:x}", dice >> 40)),
            "organizer_id": Self::id(Kind::Users, 6 + (dice % 4) as usize), "external_event_id": null, "scheduled_at": (!unscheduled).then_some(At(born)), "availability_received_at": null,
            "created_at": At(born), "updated_at": At(touched),
        })
    }

    fn offer(&self, number: usize) -> Value {
        let application = number * 12;
        let course = self.course(application);
        let (born, touched) = self.application_times(application);
        let dice = self.dice(Kind::Offers, number, 50);
        let is_hired = course.status == "hired";
        let is_sent = is_hired || dice.is_multiple_of(2);
        json!({
            "id": Self::id(Kind::Offers, number), "application_id": Self::id(Kind::Applications, application), "candidate_id": Self::id(Kind::Candidates, course.candidate),
            "job_id": course.job.map(|job| Self::id(Kind::Jobs, job)), "opening_id": null, "version": 1, "status": if is_hired { "Accepted" } else { "Created" },
            "sent_on": is_sent.then(|| touched.date_naive()), "starts_on": (touched + TimeDelta::days(45)).date_naive(), "resolved_at": is_hired.then_some(At(touched)),
            "custom_fields": {"sign_on_bonus": {"name": "Sign-on Bonus", "type": "currency", "value": {"unit": "EUR", "amount": format!("{}.0", dice % 5 * 1000)}}},
            "created_at": At(born), "updated_at": At(touched),
        })
    }
}
