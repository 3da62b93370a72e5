//! Which local records the references of a page mean.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use crate::domain::id::{ApplicationId, CandidateId, IntegrationId, JobId, OrgId};
use crate::domain::status::RecordKind;
use crate::providers::{Remote, RemoteData};
use crate::store::link::list_link_ids;
use crate::store::record::application::list_application_parents;
use crate::store::record::department::list_department_names;
use crate::store::{self, Db};

/// Local ids by kind and external id.
#[derive(Debug, Default)]
pub struct References {
    ids: HashMap<(RecordKind, String), Uuid>,
    departments: HashMap<Uuid, String>,
    applications: HashMap<Uuid, (CandidateId, Option<JobId>)>,
    templates: HashSet<String>,
}

impl References {
    /// Looks up everything a page refers to: one query for each kind referred to.
    ///
    /// # Errors
    /// The store's.
    pub async fn resolve(db: &Db, organization: OrgId, integration: IntegrationId, records: &[Remote]) -> store::Result<Self> {
        let mut wanted: HashMap<RecordKind, BTreeSet<&str>> = HashMap::new();
        for record in records {
            for (kind, external_id, _) in referred(&record.data) {
                wanted.entry(kind).or_default().insert(external_id);
            }
        }
        let mut found = Self::default();
        for (kind, ids) in wanted {
            let ids: Vec<&str> = ids.into_iter().collect();
            for (external_id, local_id) in list_link_ids(db, integration, kind, &ids).await? {
                found.ids.insert((kind, external_id), local_id);
            }
        }
        if found.ids.keys().any(|(kind, _)| *kind == RecordKind::Department) {
            found.departments = list_department_names(db, organization).await?.into_iter().collect();
        }
        let applications: Vec<Uuid> =
            found.ids.iter().filter(|((kind, _), _)| *kind == RecordKind::Application).map(|(_, id)| *id).collect();
        found.applications = list_application_parents(db, organization, &applications)
            .await?
            .into_iter()
            .map(|(id, candidate, job)| (id, (candidate, job)))
            .collect();
        Ok(found)
    }

    /// Whose an application is, and for which job.
    pub(super) fn parents(&self, application: ApplicationId) -> Option<(CandidateId, Option<JobId>)> {
        self.applications.get(&application.0).copied()
    }

    /// The name of a department.
    pub(super) fn department_name(&self, id: Option<Uuid>) -> Option<String> {
        self.departments.get(&id?).cloned()
    }

    /// The required parents of a page that are not known here: to be fetched before the page is taken in.
    pub fn missing(&self, records: &[Remote]) -> Vec<(RecordKind, String)> {
        let missing: BTreeSet<(RecordKind, String)> = records
            .iter()
            .flat_map(|record| referred(&record.data))
            .filter(|(kind, id, is_required)| *is_required && !self.ids.contains_key(&(*kind, (*id).to_owned())))
            .map(|(kind, id, _)| (kind, id.to_owned()))
            .collect();
        missing.into_iter().collect()
    }

    /// Names jobs that are patterns for new jobs: what belongs to them is left out, too.
    pub fn leave_out(&mut self, templates: impl IntoIterator<Item = String>) {
        self.templates.extend(templates);
    }

    /// Whether a record is left out: a pattern for new jobs, or a step of one.
    pub(super) fn leaves_out(&self, data: &RemoteData) -> bool {
        match data {
            RemoteData::Job(job) => job.is_template == Some(true),
            RemoteData::Stage(stage) => stage.job.as_ref().is_some_and(|job| self.templates.contains(job)),
            _ => false,
        }
    }

    /// The local id of a reference.
    pub(super) fn get(&self, kind: RecordKind, external_id: Option<&str>) -> Option<Uuid> {
        self.ids.get(&(kind, external_id?.to_owned())).copied()
    }

    /// The local id of a reference that must be known.
    pub(super) fn need(&self, kind: RecordKind, external_id: Option<&str>) -> Result<Uuid, String> {
        let external_id = external_id.ok_or_else(|| format!("The record names no {kind}."))?;
        self.get(kind, Some(external_id))
            .ok_or_else(|| format!("It belongs to the {kind} {external_id}, which does not exist there any more."))
    }
}

/// What a record refers to: kind, external id, and whether it cannot be taken in without it.
fn referred(data: &RemoteData) -> Vec<(RecordKind, &str, bool)> {
    let mut list: Vec<(RecordKind, Option<&str>, bool)> = Vec::new();
    match data {
        RemoteData::Job(job) => list.push((RecordKind::Department, job.department.as_deref(), false)),
        RemoteData::Stage(stage) => list.push((RecordKind::Job, stage.job.as_deref(), true)),
        RemoteData::Application(application) => {
            list.push((RecordKind::Candidate, application.candidate.as_deref(), true));
            list.push((RecordKind::Job, application.job.as_deref(), false));
            list.push((RecordKind::Stage, application.stage.as_deref(), false));
        }
        RemoteData::Interview(interview) => list.push((RecordKind::Application, interview.application.as_deref(), true)),
        RemoteData::Offer(offer) => list.push((RecordKind::Application, offer.application.as_deref(), true)),
        RemoteData::Message(message) => {
            list.push((RecordKind::Candidate, message.candidate.as_deref(), true));
            list.push((RecordKind::Application, message.application.as_deref(), false));
        }
        RemoteData::Department(_) | RemoteData::Person(_) | RemoteData::Candidate(_) => {}
    }
    list.into_iter().filter_map(|(kind, id, is_required)| Some((kind, id?, is_required))).collect()
}
