//! Taking in single records of a connected system, with the parents they need: for webhooks, for what a change made over there,
//! and for records that are tried once more.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ingest::{self, Overlay, References, Source, Taken};
use crate::context::Context;
use crate::domain::status::RecordKind;
use crate::events::Origin;
use crate::fault::Fault;
use crate::providers::{self, Ats, Connection, Remote, RemoteData};
use crate::store;
use crate::store::integration::IntegrationRow;

/// Why a record could not be taken in.
#[derive(Debug)]
pub enum Error {
    /// The provider.
    Provider(providers::Error),
    /// Our side.
    Fault(Fault),
}

impl From<providers::Error> for Error {
    fn from(error: providers::Error) -> Self {
        Self::Provider(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Fault(error.into())
    }
}

/// Result of taking in.
pub type Result<T> = std::result::Result<T, Error>;

/// A connection to take single records in through.
pub struct Pull<'a> {
    /// The services.
    pub ctx: &'a Context,
    /// The integration.
    pub row: &'a IntegrationRow,
    /// The same, open for calls.
    pub cx: &'a Connection,
    /// Its provider.
    pub ats: &'a dyn Ats,
    /// Ties everything that follows together.
    pub trace: Uuid,
    /// Who made the change over there, if it was somebody here.
    pub actor: Option<Origin>,
    /// When reading began.
    pub began: DateTime<Utc>,
}

impl std::fmt::Debug for Pull<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pull").field("integration", &self.row.id).finish_non_exhaustive()
    }
}

impl Pull<'_> {
    /// Where records of a kind come from, with the mapping in force.
    ///
    /// # Errors
    /// The mapping's.
    pub async fn source(&self, kind: RecordKind) -> Result<Source> {
        let overlay = crate::mapping::in_force(self.ctx, self.row.organization_id, self.row.id, kind).await?;
        Ok(Source {
            organization: self.row.organization_id,
            integration: self.row.id,
            provider: self.cx.entry.name,
            trace: self.trace,
            overlay: overlay.map(|mapping| mapping as Arc<dyn Overlay>),
            actor: self.actor.clone(),
            began: Some(self.began),
        })
    }

    /// One record as it is over there now; `None` when it does not exist.
    ///
    /// # Errors
    /// Every read error; `Protocol` when it cannot be read.
    pub async fn fetch(&self, kind: RecordKind, external_id: &str) -> Result<Option<Remote>> {
        let found = match self.ats.fetch(self.cx, kind, &[external_id.to_owned()]).await {
            Err(providers::Error::NotFound) => return Ok(None),
            other => other?,
        };
        match found.into_iter().next() {
            None => Ok(None),
            Some(Ok(remote)) => Ok(Some(remote)),
            Some(Err(bad)) => Err(Error::Provider(providers::Error::Protocol { message: bad.message })),
        }
    }

    /// Looks up what records refer to, and brings in parents that are missing here.
    ///
    /// # Errors
    /// Every read error, and the store's.
    pub async fn resolve(&self, records: &[Remote]) -> Result<References> {
        let (db, organization, integration) = (&self.ctx.store, self.row.organization_id, self.row.id);
        let references = References::resolve(db, organization, integration, records).await?;
        let missing = references.missing(records);
        if missing.is_empty() {
            return Ok(references);
        }
        let mut left_out = Vec::new();
        for kind in [RecordKind::Job, RecordKind::Candidate, RecordKind::Application] {
            let ids: Vec<String> = missing.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect();
            if ids.is_empty() {
                continue;
            }
            let parents: Vec<Remote> = self.ats.fetch(self.cx, kind, &ids).await?.into_iter().filter_map(std::result::Result::ok).collect();
            left_out.extend(templates(&parents));
            // An application's own candidate may be missing, too.
            Box::pin(self.take(parents)).await?;
        }
        let mut references = References::resolve(db, organization, integration, records).await?;
        references.leave_out(left_out);
        Ok(references)
    }

    /// Takes records of one kind in, in a transaction of their own.
    ///
    /// # Errors
    /// Every read error, and the store's.
    pub async fn take(&self, records: Vec<Remote>) -> Result<Taken> {
        let Some(kind) = records.first().map(|record| record.kind) else { return Ok(Taken::default()) };
        let source = self.source(kind).await?;
        let references = self.resolve(&records).await?;
        let mut tx = self.ctx.store.begin().await?;
        let taken = ingest::take(self.ctx, &mut tx, &source, kind, records, &references).await?;
        tx.commit().await?;
        self.ctx.queue.wake();
        Ok(taken)
    }
}

/// The external ids of jobs that are only patterns for new jobs.
pub fn templates(records: &[Remote]) -> Vec<String> {
    records
        .iter()
        .filter(|record| matches!(&record.data, RemoteData::Job(job) if job.is_template == Some(true)))
        .map(|record| record.external_id.clone())
        .collect()
}
