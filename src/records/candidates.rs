//! Candidates.

use serde_json::{Value, json};

use super::{Linked, custom_fields, link_page, link_rows};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::event::EventKind;
use crate::domain::id::CandidateId;
use crate::domain::role::Scope;
use crate::events::{self, NewEvent, Origin};
use crate::fault::{Fault, Result};
use crate::providers::Contact;
use crate::store::Json;
use crate::store::page::{Page, PageQuery};
use crate::store::record::candidate::{self, CandidateFilter, CandidateRow};

/// A page of candidates, newest first.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, filter: &CandidateFilter, page: PageQuery) -> Result<Page<Linked<CandidateRow>>> {
    caller.require(Scope::RecordsRead)?;
    let rows = candidate::list_candidates(&ctx.store, caller.organization, filter, page).await?;
    link_page(ctx, caller.organization, rows, |row| row.id.0).await
}

/// One candidate.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`].
pub async fn get(ctx: &Context, caller: &Caller, id: CandidateId) -> Result<Linked<CandidateRow>> {
    caller.require(Scope::RecordsRead)?;
    let missing = || Fault::not_found("candidate");
    let row =
        candidate::find_candidate(&ctx.store, caller.organization, id).await?.filter(|row| row.deleted_at.is_none()).ok_or_else(missing)?;
    link_rows(ctx, caller.organization, vec![row], |row| row.id.0).await?.pop().ok_or_else(missing)
}

/// What a candidate is created with, or changed to. `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct CandidateInput {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Present title.
    pub title: Option<String>,
    /// Present employer.
    pub company: Option<String>,
    /// Where they live.
    pub location: Option<String>,
    /// Mail addresses; replaces all of them.
    pub emails: Option<Vec<Contact>>,
    /// Phone numbers; replaces all of them.
    pub phones: Option<Vec<Contact>>,
    /// Tags; replaces all of them.
    pub tags: Option<Vec<String>>,
    /// The customer's own fields; replaces all of them.
    pub custom_fields: Option<Value>,
}

/// Creates a candidate here.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Invalid`] naming the field.
pub async fn create(ctx: &Context, caller: &Caller, input: CandidateInput) -> Result<Linked<CandidateRow>> {
    caller.require(Scope::RecordsWrite)?;
    let now = ctx.clock.now();
    let row = CandidateRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        first_name: String::new(),
        last_name: String::new(),
        title: None,
        company: None,
        location: None,
        emails: Json(json!([])),
        phones: Json(json!([])),
        websites: Json(json!([])),
        tags: Json(Vec::new()),
        custom_fields: Json(json!({})),
        search_text: String::new(),
        last_activity_at: Some(now),
        anonymized_at: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    save(ctx, caller, true, row, input).await
}

/// Changes a candidate here.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Invalid`] naming the field.
pub async fn update(ctx: &Context, caller: &Caller, id: CandidateId, input: CandidateInput) -> Result<Linked<CandidateRow>> {
    caller.require(Scope::RecordsWrite)?;
    let row = get(ctx, caller, id).await?.row;
    save(ctx, caller, false, CandidateRow { updated_at: ctx.clock.now(), ..row }, input).await
}

async fn save(ctx: &Context, caller: &Caller, is_new: bool, mut row: CandidateRow, input: CandidateInput) -> Result<Linked<CandidateRow>> {
    let mut wrong = Vec::new();
    row.first_name = input.first_name.map_or(row.first_name, |name| name.trim().to_owned());
    row.last_name = input.last_name.map_or(row.last_name, |name| name.trim().to_owned());
    if row.first_name.is_empty() && row.last_name.is_empty() {
        wrong.push(FieldError { pointer: "/lastName".to_owned(), detail: "A candidate has a first or a last name.".to_owned() });
    }
    row.title = input.title.or(row.title);
    row.company = input.company.or(row.company);
    row.location = input.location.or(row.location);
    if let Some(emails) = input.emails {
        for (at, email) in emails.iter().enumerate() {
            if !email_address::EmailAddress::is_valid(&email.value) {
                wrong.push(FieldError { pointer: format!("/emails/{at}/value"), detail: "This is not a mail address.".to_owned() });
            }
        }
        row.emails = Json(json!(emails));
    }
    if let Some(phones) = input.phones {
        row.phones = Json(json!(phones));
    }
    if let Some(tags) = input.tags {
        row.tags = Json(tags);
    }
    if let Some(fields) = input.custom_fields {
        row.custom_fields = custom_fields(Some(fields), &mut wrong);
    }
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    super::ingest::index_candidate(&mut row);
    let name = format!("{} {}", row.first_name, row.last_name);
    let (kind, summary) = if is_new {
        (EventKind::CandidateCreated, format!("{} was added", name.trim()))
    } else {
        (EventKind::CandidateUpdated, format!("{}\u{2019}s data changed", name.trim()))
    };
    let data = json!({
        "candidateId": row.id, "firstName": row.first_name, "lastName": row.last_name, "title": row.title, "company": row.company,
        "emails": row.emails, "tags": row.tags,
    });
    let event = NewEvent { candidate: Some(row.id), ..NewEvent::new(kind, summary, data) };
    let mut tx = ctx.store.begin().await?;
    candidate::upsert_candidates(&mut tx, std::slice::from_ref(&row)).await?;
    events::record(ctx, &mut tx, &Origin::from(caller), vec![event]).await?;
    tx.commit().await?;
    ctx.queue.wake();
    get(ctx, caller, row.id).await
}
