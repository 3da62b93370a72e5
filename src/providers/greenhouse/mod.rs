//! Greenhouse, on its Harvest v3 API (v1 and v2 were switched off on 31 August 2026) and its webhooks.
//!
//! Source: harvestdocs.greenhouse.io (v3), developers.greenhouse.io/webhooks.html, read 2026-11-21.

mod auth;
mod fields;
mod names;
mod records;
mod webhooks;
mod wire;
mod writes;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::mapping::FieldInfo;
use crate::domain::status::RecordKind;

use super::catalogue::{self, Entry};
use super::{
    Ats, BadRecord, Choice, Connection, Credentials, Error, IdPage, NewApplication, Page, PageFrom, Provider, Remote, Standing, Submitted,
    TokenSet, Verified, Visibility,
};

pub use webhooks::sign;

/// The catalogue's name of this provider.
pub const SLUG: &str = "greenhouse";

/// The name of the endpoint that the records are behind.
const API: &str = "api";

/// Most records on a page. Source: Harvest v3, "Pagination": `per_page` 1 to 500.
const PAGE_RECORDS_MAX: u16 = 500;

/// Most values in one `ids` or `*_ids` filter. Source: Harvest v3, "Filtering".
const FILTER_IDS_MAX: usize = 50;

/// The client id that the simulator takes.
pub const DEMO_CLIENT_ID: &str = "demo-greenhouse-client";

/// The client secret that the simulator takes.
pub const DEMO_CLIENT_SECRET: &str = "demo-greenhouse-secret";

/// Greenhouse.
#[derive(Debug, Clone, Copy)]
pub struct Greenhouse;

#[async_trait]
impl Provider for Greenhouse {
    fn entry(&self) -> &'static Entry {
        catalogue::find(SLUG).expect("the catalogue has an entry for every provider with code, which a test checks")
    }

    fn recognise(&self, credentials: &Credentials) -> Result<(), Error> {
        auth::recognise(credentials)
    }

    async fn obtain_token(&self, cx: &Connection) -> Result<TokenSet, Error> {
        auth::obtain_token(cx).await
    }

    async fn verify(&self, cx: &Connection) -> Result<Verified, Error> {
        auth::verify(cx).await
    }

    async fn ping(&self, cx: &Connection) -> Result<(), Error> {
        cx.get(API, "users").scope("harvest:users:list").query("per_page", "1").send().await?.json::<Vec<serde::de::IgnoredAny>>()?;
        Ok(())
    }

    fn as_ats(&self) -> Option<&dyn Ats> {
        Some(self)
    }
}

#[async_trait]
impl Ats for Greenhouse {
    fn objects(&self) -> &'static [RecordKind] {
        use RecordKind::{Application, Candidate, Department, Interview, Job, Offer, Person, Stage};
        &[Department, Person, Job, Stage, Candidate, Application, Interview, Offer]
    }

    async fn page(&self, cx: &Connection, kind: RecordKind, from: &PageFrom) -> Result<Page, Error> {
        records::page(cx, kind, from).await
    }

    async fn fetch(&self, cx: &Connection, kind: RecordKind, external_ids: &[String]) -> Result<Vec<Result<Remote, BadRecord>>, Error> {
        records::fetch(cx, kind, external_ids).await
    }

    async fn list_ids(&self, cx: &Connection, kind: RecordKind, cursor: Option<&str>) -> Result<IdPage, Error> {
        records::list_ids(cx, kind, cursor).await
    }

    async fn fields(&self, cx: &Connection, kind: RecordKind) -> Result<Vec<FieldInfo>, Error> {
        fields::fields(cx, kind).await
    }

    async fn rejection_reasons(&self, cx: &Connection) -> Result<Vec<Choice>, Error> {
        names::rejection_reasons(cx).await
    }

    async fn submit(&self, cx: &Connection, new: &NewApplication) -> Result<Submitted, Error> {
        writes::submit(cx, new).await
    }

    async fn find_submitted(&self, cx: &Connection, new: &NewApplication, since: DateTime<Utc>) -> Result<Option<Submitted>, Error> {
        writes::find_submitted(cx, new, since).await
    }

    fn read(&self, kind: RecordKind, raw: &serde_json::value::RawValue) -> Result<Remote, BadRecord> {
        records::read_one(kind, raw)
    }

    async fn move_stage(&self, cx: &Connection, application: &str, from_stage: &str, to_stage: &str) -> Result<(), Error> {
        writes::move_stage(cx, application, from_stage, to_stage).await
    }

    async fn reject(&self, cx: &Connection, application: &str, reason: Option<&str>, note: Option<&str>) -> Result<(), Error> {
        writes::reject(cx, application, reason, note).await
    }

    async fn hire(&self, cx: &Connection, application: &str, start_on: Option<NaiveDate>) -> Result<(), Error> {
        writes::hire(cx, application, start_on).await
    }

    async fn standing(&self, cx: &Connection, application: &str) -> Result<Option<Standing>, Error> {
        writes::standing(cx, application).await
    }

    async fn note(&self, cx: &Connection, candidate: &str, body: &str, visibility: Visibility) -> Result<String, Error> {
        writes::note(cx, candidate, body, visibility).await
    }

    async fn find_note(&self, cx: &Connection, candidate: &str, body: &str, since: DateTime<Utc>) -> Result<Option<String>, Error> {
        writes::find_note(cx, candidate, body, since).await
    }
}
