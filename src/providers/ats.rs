//! What Hirewire asks of an applicant tracking system: pages of records in, changes out, and a way to look what became of a change.

use std::collections::HashSet;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::mapping::FieldInfo;
use crate::domain::status::{ApplicationStatus, RecordKind};

use super::remote::{Contact, CustomFields, Remote};
use super::{Connection, Error, Quota};

/// Where a page begins.
#[derive(Debug, Clone, Default)]
pub struct PageFrom {
    /// Only records changed at or after this.
    pub since: Option<DateTime<Utc>>,
    /// Only records changed at or before this.
    pub until: Option<DateTime<Utc>>,
    /// The cursor of the page before; the window is part of it.
    pub cursor: Option<String>,
    /// Records per page; the provider's maximum when not given.
    pub limit: Option<u16>,
}

/// A record that could not be read. The others of its page are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRecord {
    /// Its id, where that much could be read.
    pub external_id: Option<String>,
    /// What is wrong with it.
    pub message: String,
    /// The record as it came.
    pub raw: String,
}

/// One page of records.
#[derive(Debug)]
pub struct Page {
    /// The records in the provider's order.
    pub records: Vec<Result<Remote, BadRecord>>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<String>,
    /// The rate limit after this call.
    pub quota: Option<Quota>,
}

/// One page of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPage {
    /// The ids.
    pub ids: Vec<String>,
    /// The cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

/// Notices when a provider's pages lead in a circle.
#[derive(Debug, Default)]
pub struct LoopGuard(HashSet<String>);

impl LoopGuard {
    /// Takes in the next page's cursor.
    ///
    /// # Errors
    /// `Protocol` when this cursor was given before.
    pub fn check(&mut self, cursor: &str) -> Result<(), Error> {
        if self.0.insert(cursor.to_owned()) { Ok(()) } else { Err(Error::Protocol { message: "the pages lead in a circle".to_owned() }) }
    }
}

/// A file to hand over.
#[derive(Debug, Clone)]
pub struct Resume {
    /// File name with its ending.
    pub filename: String,
    /// Media type.
    pub content_type: String,
    /// The file.
    pub bytes: bytes::Bytes,
}

/// A person applying for a job.
#[derive(Debug, Clone, Default)]
pub struct NewApplication {
    /// An existing candidate over there; a new one is made without it.
    pub candidate_external_id: Option<String>,
    /// The job over there.
    pub job_external_id: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Mail addresses.
    pub emails: Vec<Contact>,
    /// Phone numbers.
    pub phones: Vec<Contact>,
    /// Present employer.
    pub company: Option<String>,
    /// Present title.
    pub title: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Customer's own fields of the candidate, by name key.
    pub custom_fields: CustomFields,
    /// The resume.
    pub resume: Option<Resume>,
}

/// What became of a submitted application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The candidate over there.
    pub candidate_external_id: String,
    /// The application over there; `None` when it was made but its id could not be read yet.
    pub application_external_id: Option<String>,
    /// What did not come through, in sentences: the resume, for example.
    pub warnings: Vec<String>,
}

/// Where an application stands over there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The stage; none when hired.
    pub stage: Option<String>,
    /// The status; `None` in a word we do not know.
    pub status: Option<ApplicationStatus>,
    /// The candidate.
    pub candidate: Option<String>,
    /// The job.
    pub job: Option<String>,
}

/// Who may see a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone who sees the candidate.
    Public,
    /// People with the right to private notes.
    Private,
    /// Administrators.
    AdminOnly,
}

/// Something to choose from, such as a rejection reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// Its id over there.
    pub external_id: String,
    /// What people call it.
    pub name: String,
}

/// An applicant tracking system.
///
/// Every change may end as [`Error::Unknown`]; the method to look with is named beside it. A change is never sent twice by this layer.
#[async_trait]
pub trait Ats: Send + Sync {
    /// The kinds a sync reads, in an order in which references point backwards.
    fn objects(&self) -> &'static [RecordKind];

    /// One page of a kind.
    ///
    /// # Errors
    /// `CursorExpired` when the window has to be read from its start, `Protocol` when the page leads to itself, and every read error.
    async fn page(&self, cx: &Connection, kind: RecordKind, from: &PageFrom) -> Result<Page, Error>;

    /// These records now. Ids that do not exist are left out.
    ///
    /// # Errors
    /// Every read error.
    async fn fetch(&self, cx: &Connection, kind: RecordKind, external_ids: &[String]) -> Result<Vec<Result<Remote, BadRecord>>, Error>;

    /// The ids of everything that exists, page by page, to find what was deleted.
    ///
    /// # Errors
    /// As [`Ats::page`].
    async fn list_ids(&self, cx: &Connection, kind: RecordKind, cursor: Option<&str>) -> Result<IdPage, Error>;

    /// The fields that can be mapped, the customer's own among them.
    ///
    /// # Errors
    /// Every read error.
    async fn fields(&self, cx: &Connection, kind: RecordKind) -> Result<Vec<FieldInfo>, Error>;

    /// The rejection reasons to choose from.
    ///
    /// # Errors
    /// Every read error.
    async fn rejection_reasons(&self, cx: &Connection) -> Result<Vec<Choice>, Error>;

    /// Makes a candidate (unless one is named) and an application.
    ///
    /// # Errors
    /// `Unknown`: look with [`Ats::find_submitted`].
    async fn submit(&self, cx: &Connection, new: &NewApplication) -> Result<Submitted, Error>;

    /// Looks for what [`Ats::submit`] makes: an application to the same job, made at or after `since`, of the candidate it names or
    /// else of a new one with the same address.
    ///
    /// # Errors
    /// Every read error.
    async fn find_submitted(&self, cx: &Connection, new: &NewApplication, since: DateTime<Utc>) -> Result<Option<Submitted>, Error>;

    /// Reads a record as it came, without a call. Names that would have to be looked up are left out, so the record is partial.
    ///
    /// # Errors
    /// The record, if it cannot be read.
    fn read(&self, kind: RecordKind, raw: &serde_json::value::RawValue) -> Result<Remote, BadRecord>;

    /// Moves an application from the stage it is believed to be in.
    ///
    /// # Errors
    /// `Conflict` when it is in another stage; `Unknown`: look with [`Ats::standing`].
    async fn move_stage(&self, cx: &Connection, application: &str, from_stage: &str, to_stage: &str) -> Result<(), Error>;

    /// Rejects an application. No mail is sent to the candidate.
    ///
    /// # Errors
    /// `Conflict` when it is already rejected or hired; `Unknown`: look with [`Ats::standing`].
    async fn reject(&self, cx: &Connection, application: &str, reason: Option<&str>, note: Option<&str>) -> Result<(), Error>;

    /// Hires the candidate.
    ///
    /// # Errors
    /// `Conflict` when it is rejected or hired, or nothing is open; `Unknown`: look with [`Ats::standing`].
    async fn hire(&self, cx: &Connection, application: &str, start_on: Option<NaiveDate>) -> Result<(), Error>;

    /// Where an application stands now; `None` when it does not exist.
    ///
    /// # Errors
    /// Every read error.
    async fn standing(&self, cx: &Connection, application: &str) -> Result<Option<Standing>, Error>;

    /// Writes a note and gives its id.
    ///
    /// # Errors
    /// `Unknown`: look with [`Ats::find_note`].
    async fn note(&self, cx: &Connection, candidate: &str, body: &str, visibility: Visibility) -> Result<String, Error>;

    /// Looks for a note with this very text, written at or after `since`.
    ///
    /// # Errors
    /// Every read error.
    async fn find_note(&self, cx: &Connection, candidate: &str, body: &str, since: DateTime<Utc>) -> Result<Option<String>, Error>;
}
