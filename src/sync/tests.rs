//! Runs against the simulated Greenhouse over real HTTP, on every database at hand.

mod faults;

use std::collections::BTreeMap;
use std::sync::Arc;

use secrecy::SecretString;

use super::*;
use crate::caller::Actor;
use crate::clock::Clock;
use crate::config::{Config, Endpoints};
use crate::domain::event::EventKind;
use crate::domain::id::ApplicationId;
use crate::domain::role::Role;
use crate::domain::status::RecordKind;
use crate::integrations::connect::{self, ConnectInput};
use crate::sandbox::{self, Options, Running, Sandbox};
use crate::store::Db;
use crate::store::event::{EventFilter, list_events};
use crate::store::record::count_records;
use crate::store::testing::{clock, on_databases, start};

/// An organization with a simulated Greenhouse to connect.
pub(crate) struct Set {
    pub(crate) ctx: Context,
    pub(crate) caller: Caller,
    pub(crate) sandbox: Running,
}

pub(crate) async fn set(db: &Db) -> Set {
    let clock: Clock = clock();
    let options = Options { clock: clock.clone(), today: Some(start()), rate_limit: false, ..Options::default() };
    let sandbox = Sandbox::start(([127, 0, 0, 1], 0).into(), &options).await.expect("a port is free");
    let mut ctx = Context::for_tests(db.clone(), clock.clone());
    let mut config = Config::clone(&ctx.config);
    config.endpoints = Endpoints::for_sandbox(&sandbox.url());
    ctx.config = Arc::new(config);
    let organization: OrgId = clock.new();
    let mut tx = db.begin().await.expect("a transaction");
    crate::store::organization::insert_organization(&mut tx, organization, "Acme", clock.now()).await.expect("an organization");
    tx.commit().await.expect("commits");
    let caller = Caller {
        actor: Actor::User { id: clock.new(), name: "Ada".to_owned(), role: Role::Owner },
        organization,
        trace: clock.new_id(),
        address: None,
    };
    Set { ctx, caller, sandbox }
}

impl Set {
    pub(crate) async fn connect(&self) -> IntegrationId {
        self.connect_with(&[]).await
    }

    /// Connects with more than the two credentials it takes to read.
    pub(crate) async fn connect_with(&self, more: &[(&str, &str)]) -> IntegrationId {
        let two = [("client_id", sandbox::greenhouse::DEMO_CLIENT_ID), ("client_secret", sandbox::greenhouse::DEMO_CLIENT_SECRET)];
        let all = two.iter().chain(more);
        let credentials: BTreeMap<String, SecretString> =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into())).collect();
        let input = ConnectInput { provider: "greenhouse".to_owned(), credentials, config: None, name: None, integration: None };
        connect::connect(&self.ctx, &self.caller, input).await.expect("the demo credentials are right").0.id
    }

    /// Runs what is due.
    pub(crate) async fn work(&self) {
        let worker = register(&self.ctx, Worker::new(self.ctx.queue.clone(), QUEUE, "test", 4));
        worker.drain().await;
    }

    /// The local id of a record over there.
    pub(crate) async fn local<T: From<uuid::Uuid>>(&self, id: IntegrationId, kind: RecordKind, external_id: i64) -> T {
        let link = crate::store::link::find_link(&self.ctx.store, id, kind, &external_id.to_string()).await.expect("reads");
        link.expect("it is linked").local_id.into()
    }

    /// The events of one kind about an application, newest first: actor and summary.
    pub(crate) async fn events(&self, kind: EventKind, application: Option<ApplicationId>) -> Vec<(String, String)> {
        let filter = EventFilter { application, kind: Some(kind), ..EventFilter::default() };
        let page = list_events(&self.ctx.store, self.caller.organization, filter, PageQuery { limit: 200, before: None }).await;
        page.expect("reads").rows.into_iter().map(|event| (event.actor_name, event.summary)).collect()
    }

    pub(crate) async fn last_run(&self, id: IntegrationId) -> RunRow {
        list(&self.ctx, &self.caller, Some(id), PageQuery::default()).await.expect("runs").rows.remove(0)
    }
}

#[tokio::test]
async fn a_new_connection_reads_everything_and_a_second_run_changes_nothing() {
    on_databases!(|db| {
        let set = set(db).await;
        let id = set.connect().await;
        set.work().await;
        let first = set.last_run(id).await;
        assert_eq!((first.state, first.error.as_deref(), first.failed), (RunState::Succeeded, None, 0));
        assert!(first.created > 400, "{first:?}");
        let organization = set.caller.organization;
        assert_eq!(count_records(db, organization, RecordKind::Candidate).await.expect("a count"), 180);
        for kind in [
            RecordKind::Job,
            RecordKind::Application,
            RecordKind::Stage,
            RecordKind::Interview,
            RecordKind::Offer,
            RecordKind::Department,
            RecordKind::Person,
        ] {
            assert!(count_records(db, organization, kind).await.expect("a count") > 0, "{kind}");
        }
        let run = super::start(&set.ctx, &set.caller, id, RunKind::Full, None).await.expect("a run");
        set.work().await;
        let second = get(&set.ctx, &set.caller, run.id).await.expect("the run");
        assert_eq!((second.state, second.created, second.updated, second.deleted), (RunState::Succeeded, 0, 0, 0));
        assert_eq!(second.unchanged, second.records);
        drop(set.sandbox);
    });
}
