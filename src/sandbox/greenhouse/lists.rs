//! Lists: filters, pages and cursors, with the refusals the documents name.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::state::Row;
use super::world::{Kind, Meta};
use super::{FILTER_IDS_MAX, Refusal, Simulator};

/// Records per page when not asked for.
const PER_PAGE: usize = 100;

/// The rejection reasons that come with Greenhouse and are left out unless asked for.
const DEFAULT_REASONS: usize = 4;

/// The state of a listing: it travels in the cursor.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Listing {
    kind: String,
    per_page: usize,
    after: Option<i64>,
    era: u64,
    fields: Option<Vec<String>>,
    ids: Option<Vec<i64>>,
    created: Option<Window>,
    updated: Option<Window>,
    activity: Option<Window>,
    candidates: Option<Vec<i64>>,
    jobs: Option<Vec<i64>>,
    applications: Option<Vec<i64>>,
    status: Option<String>,
    email: Option<String>,
    include_defaults: bool,
}

/// A window in time: each bound may be there, inclusive or not.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Window {
    from: Option<(DateTime<Utc>, bool)>,
    to: Option<(DateTime<Utc>, bool)>,
}

impl Window {
    /// `gte|A|lte|B`; the operators are `gt`, `gte`, `lt`, `lte`.
    fn parse(field: &'static str, text: &str) -> Result<Self, Refusal> {
        let refused =
            || Refusal::invalid(field, "is not a valid date filter; use operator|value, for example gte|2026-01-01T00:00:00.000Z");
        let mut window = Self::default();
        let parts: Vec<&str> = text.split('|').collect();
        let (pairs, []) = parts.as_chunks::<2>() else { return Err(refused()) };
        for [operator, value] in pairs {
            let at = value.parse().map_err(|_| refused())?;
            match *operator {
                "gte" => window.from = Some((at, true)),
                "gt" => window.from = Some((at, false)),
                "lte" => window.to = Some((at, true)),
                "lt" => window.to = Some((at, false)),
                _ => return Err(refused()),
            }
        }
        Ok(window)
    }

    fn holds(self, at: Option<DateTime<Utc>>) -> bool {
        let Some(at) = at else { return false };
        self.from.is_none_or(|(from, inclusive)| at > from || (inclusive && at == from))
            && self.to.is_none_or(|(to, inclusive)| at < to || (inclusive && at == to))
    }
}

fn ids(field: &'static str, text: &str) -> Result<Vec<i64>, Refusal> {
    let ids: Vec<i64> = text
        .split(',')
        .map(|id| id.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| Refusal::invalid(field, "must be a comma-separated list of integers"))?;
    if ids.len() > FILTER_IDS_MAX {
        return Err(Refusal::invalid(field, format!("accepts at most {FILTER_IDS_MAX} values")));
    }
    Ok(ids)
}

impl Listing {
    fn parse(kind: Kind, query: &[(String, String)]) -> Result<Self, Refusal> {
        let mut listing = Self { kind: kind.path().to_owned(), per_page: PER_PAGE, ..Self::default() };
        for (name, value) in query {
            match (name.as_str(), kind) {
                ("per_page", _) => {
                    listing.per_page = value
                        .parse()
                        .ok()
                        .filter(|n| (1..=500).contains(n))
                        .ok_or_else(|| Refusal::invalid("per_page", "must be between 1 and 500"))?;
                }
                ("fields", _) => listing.fields = Some(value.split(',').map(|name| name.trim().to_owned()).collect()),
                ("ids", _) => listing.ids = Some(ids("ids", value)?),
                ("created_at", _) => listing.created = Some(Window::parse("created_at", value)?),
                ("updated_at", _) => listing.updated = Some(Window::parse("updated_at", value)?),
                ("last_activity_at", Kind::Candidates | Kind::Applications) => {
                    listing.activity = Some(Window::parse("last_activity_at", value)?)
                }
                ("candidate_ids", Kind::Applications | Kind::Offers | Kind::Notes | Kind::Attachments) => {
                    listing.candidates = Some(ids("candidate_ids", value)?)
                }
                ("job_ids", Kind::Applications | Kind::Openings | Kind::Stages | Kind::Interviews | Kind::Offers) => {
                    listing.jobs = Some(ids("job_ids", value)?)
                }
                ("application_ids", Kind::Interviews | Kind::Offers | Kind::Notes | Kind::Attachments) => {
                    listing.applications = Some(ids("application_ids", value)?)
                }
                ("status", Kind::Applications | Kind::Jobs) => listing.status = Some(value.clone()),
                ("email", Kind::Candidates) => listing.email = Some(value.to_ascii_lowercase()),
                ("include_defaults", Kind::Reasons) => listing.include_defaults = value == "true",
                // The simulated account has no service users besides its own.
                ("show_service_accounts", Kind::Users) => {}
                _ => return Err(Refusal::invalid("query", format!("{name} is not a permitted parameter"))),
            }
        }
        Ok(listing)
    }

    fn needs_meta(&self) -> bool {
        self.created.is_some()
            || self.updated.is_some()
            || self.activity.is_some()
            || self.candidates.is_some()
            || self.jobs.is_some()
            || self.applications.is_some()
            || self.status.is_some()
    }

    fn passes(&self, meta: &Meta) -> bool {
        let within = |window: Option<Window>, at| window.is_none_or(|window| window.holds(at));
        let among = |ids: &Option<Vec<i64>>, id: Option<i64>| ids.as_ref().is_none_or(|ids| id.is_some_and(|id| ids.contains(&id)));
        within(self.created, meta.created_at)
            && within(self.updated, meta.updated_at)
            && within(self.activity, meta.last_activity_at)
            && among(&self.candidates, meta.candidate)
            && among(&self.jobs, meta.job)
            && among(&self.applications, meta.application)
            && self.status.as_ref().is_none_or(|status| meta.status.as_ref() == Some(status))
    }
}

impl Simulator {
    /// Answers a list.
    pub(super) fn list(&self, kind: Kind, query: &str, base: &str) -> Result<Response, Refusal> {
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut listing = match query.iter().find(|(name, _)| name == "cursor") {
            None => Listing::parse(kind, &query)?,
            Some(_) if query.len() > 1 => return Err(Refusal::invalid("cursor", "must be the only parameter when it is given")),
            Some((_, cursor)) => self.resume(kind, cursor)?,
        };
        let world = &self.0.world;
        let passes = |id: i64, meta: &dyn Fn() -> Meta, changed: Option<&Value>| {
            if listing.ids.as_ref().is_some_and(|ids| !ids.contains(&id)) {
                return false;
            }
            if kind == Kind::Reasons && !listing.include_defaults && listing.ids.is_none() && id < self.id(kind, DEFAULT_REASONS) {
                return false;
            }
            if let Some(email) = &listing.email {
                let fits = match changed {
                    Some(record) => Meta::of(record).emails.contains(email),
                    None => super::world::World::number(kind, id).is_some_and(|number| world.email(number) == *email),
                };
                if !fits {
                    return false;
                }
            }
            !listing.needs_meta() || listing.passes(&meta())
        };
        let (rows, has_more) = self.rows(kind, listing.after, listing.per_page, &passes);
        let last = rows.last().map(|(id, _)| *id);
        let body = self.render(kind, &rows, listing.fields.as_deref());
        let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if has_more {
            listing.after = last;
            listing.era = self.account().cursor_era;
            let cursor = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&listing).unwrap_or_default());
            if let Ok(link) = HeaderValue::from_str(&format!("<{base}/{}?cursor={cursor}>; rel=\"next\"", kind.path())) {
                response.headers_mut().insert(header::LINK, link);
            }
        }
        Ok(response)
    }

    fn resume(&self, kind: Kind, cursor: &str) -> Result<Listing, Refusal> {
        let listing = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice::<Listing>(&bytes).ok());
        match listing {
            Some(listing) if listing.kind == kind.path() && listing.era == self.account().cursor_era => Ok(listing),
            _ => Err(Refusal::invalid("cursor", "is invalid or has expired")),
        }
    }

    fn render(&self, kind: Kind, rows: &[(i64, Row)], fields: Option<&[String]>) -> Vec<u8> {
        let mut out = Vec::with_capacity(rows.len() * 1200 + 2);
        out.push(b'[');
        for (place, (id, row)) in rows.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            match (fields, row) {
                (None, Row::Generated(number)) => self.0.world.write(kind, *number, &mut out),
                (None, Row::Changed(record)) => out.extend_from_slice(record.to_string().as_bytes()),
                (Some([only]), _) if only == "id" => out.extend_from_slice(format!("{{\"id\":{id}}}").as_bytes()),
                (Some(fields), row) => {
                    let mut record = match row {
                        Row::Generated(number) => self.0.world.value(kind, *number),
                        Row::Changed(record) => record.clone(),
                    };
                    if let Some(record) = record.as_object_mut() {
                        record.retain(|name, _| fields.contains(name));
                    }
                    out.extend_from_slice(record.to_string().as_bytes());
                }
            }
        }
        out.push(b']');
        out
    }
}
