//! Renewal, over both databases and against the simulated servers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::*;
use crate::caller::Caller;
use crate::config::{Config, Endpoints, sandbox_clients};
use crate::domain::id::IntegrationId;
use crate::domain::status::IntegrationStatus;
use crate::integrations::{connection, query, tokens};
use crate::operations::keys;
use crate::providers::catalogue;
use crate::sandbox::oauth::{Decision, Fault};
use crate::sandbox::{Options, Running, Sandbox};
use crate::store::Db;
use crate::store::integration::IntegrationRow;
use crate::store::page::PageQuery;
use crate::store::testing::{clock, on_databases};

struct Stage {
    ctx: Context,
    sandbox: Running,
    caller: Caller,
}

impl Stage {
    async fn new(db: &Db) -> Self {
        crate::install_crypto();
        let clock = clock();
        let options = Options { clock: clock.clone(), ..Options::default() };
        let sandbox = Sandbox::start(SocketAddr::from(([127, 0, 0, 1], 0)), &options).await.expect("a port is free");
        let mut config = Config::for_tests(std::path::Path::new("data"));
        config.endpoints = Endpoints::for_sandbox(&sandbox.url());
        config.oauth = sandbox_clients();
        let ctx = Context::with_config(db.clone(), clock, Arc::new(config));
        keys::load(&ctx).await.expect("a data key");
        let organization = crate::accounts::sign_up::ensure_organization(&ctx, "Northwind").await.expect("an organization");
        let caller = Caller::system(organization, "test", ctx.clock.new_id());
        Self { ctx, sandbox, caller }
    }

    /// Another process on the same database: nothing is shared but that.
    async fn another_process(&self) -> Context {
        let other = Context::with_config(self.ctx.store.clone(), self.ctx.clock.clone(), Arc::clone(&self.ctx.config));
        keys::load(&other).await.expect("the data keys");
        other
    }

    /// A connection of the provider, as one account.
    async fn connect(&self, slug: &str, account: &str) -> IntegrationId {
        let server = self.sandbox.sandbox.oauth.of(slug);
        server.sign_in_as(account);
        let binding = Binding::Session("somebody".to_owned());
        let row = crate::integrations::lifecycle::create(&self.ctx, &self.caller, slug, Some(account.to_owned()), None, None)
            .await
            .expect("a row");
        let input = StartInput { provider: slug.to_owned(), integration: Some(row.id), ..StartInput::default() };
        let started = start(&self.ctx, &self.caller, &binding, input).await.expect("it starts");
        let back = server.consent(&started.url, &Decision::Allow).expect("allowed");
        let get = |name: &str| back.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let arrival = Arrival { state: get("state"), code: get("code").map(Into::into), ..Arrival::default() };
        let asker = Asker { caller: Some(self.caller.clone()), binding: Some(binding), ..Asker::default() };
        match finish(&self.ctx, &asker, arrival).await {
            Ok(Landing::Connected(connected)) => connected.row.id,
            other => panic!("{other:?}"),
        }
    }

    async fn row(&self, id: IntegrationId) -> IntegrationRow {
        query::get(&self.ctx, &self.caller, id).await.expect("it is there")
    }

    async fn notices(&self) -> Vec<String> {
        let page = PageQuery { limit: 50, before: None };
        let list = crate::accounts::notifications::list(&self.ctx, &self.caller, false, page).await.expect("a list");
        list.rows.into_iter().map(|row| row.title).collect()
    }
}

#[tokio::test]
async fn two_processes_renew_a_hundred_connections_with_a_hundred_calls() {
    on_databases!(|db| {
        let stage = Stage::new(db).await;
        // With rotation a refresh token works once: a second call with it would be refused and end its connection.
        let server = stage.sandbox.sandbox.oauth.of("slack");
        server.rotate(true);
        for number in 0..100 {
            stage.connect("slack", &format!("Workspace {number}")).await;
        }
        assert_eq!(refresh::run_due(&stage.ctx).await.expect("nothing is due"), 0);
        stage.ctx.clock.advance(Duration::from_secs(12 * 3600 - 5 * 60));
        let other = stage.another_process().await;
        let (here, there) = tokio::join!(refresh::run_due(&stage.ctx), refresh::run_due(&other));
        let (here, there) = (here.expect("it runs"), there.expect("it runs"));
        // A turn that the other process has at that moment is left to it; whatever is left is taken by the next look.
        refresh::run_due(&stage.ctx).await.expect("it runs");
        assert_eq!(server.counts().refreshes, 100, "{here} here, {there} there");
        let rows = query::list(&stage.ctx, &stage.caller, None).await.expect("a list");
        assert!(
            rows.iter().all(|row| row.status == IntegrationStatus::Active
                && row.token_expires_at > Some(stage.ctx.clock.now() + TimeDelta::minutes(59)))
        );
    });
}

#[tokio::test]
async fn a_hundred_calls_at_once_renew_once() {
    on_databases!(|db| {
        let stage = Stage::new(db).await;
        let id = stage.connect("google_calendar", "robin@northwind.test").await;
        let row = stage.row(id).await;
        stage.ctx.clock.advance(Duration::from_secs(3600));
        let other = stage.another_process().await;
        let calls = (0..40).map(|number| {
            let (ctx, row) = (if number % 2 == 0 { stage.ctx.clone() } else { other.clone() }, row.clone());
            async move {
                let (provider, cx) = connection::open(&ctx, &row).await.expect("it opens");
                provider.ping(&cx).await
            }
        });
        let results = futures::future::join_all(calls).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        assert_eq!(stage.sandbox.sandbox.oauth.of("google_calendar").counts().refreshes, 1);
    });
}

#[tokio::test]
async fn failures_pass_and_an_ended_consent_stays() {
    on_databases!(|db| {
        let stage = Stage::new(db).await;
        let id = stage.connect("google_calendar", "robin@northwind.test").await;
        let server = stage.sandbox.sandbox.oauth.of("google_calendar");
        stage.ctx.clock.advance(Duration::from_secs(55 * 60));
        for fault in [
            Fault::Status { status: 500, retry_after: None },
            Fault::Status { status: 429, retry_after: Some(20) },
            Fault::Status { status: 429, retry_after: None },
            Fault::Garbage,
            Fault::Error { error: "temporarily_unavailable".to_owned() },
            Fault::Close,
        ] {
            server.fail(fault.clone(), 1);
            assert_eq!(refresh::run_due(&stage.ctx).await.expect("it runs"), 0, "{fault:?}");
            let row = stage.row(id).await;
            assert_eq!(row.status, IntegrationStatus::Active, "{fault:?}");
            let next = row.refresh_at.expect("it is tried again");
            assert!(next > stage.ctx.clock.now() && next < stage.ctx.clock.now() + TimeDelta::minutes(8), "{fault:?}");
            stage.ctx.clock.advance(Duration::from_secs(45));
        }
        assert_eq!(refresh::run_due(&stage.ctx).await.expect("it runs"), 1);
        // The operator's mistake is named as theirs, and mends itself.
        stage.ctx.clock.advance(Duration::from_secs(55 * 60));
        server.replace_secret("another");
        refresh::run_due(&stage.ctx).await.expect("it runs");
        let row = stage.row(id).await;
        let reason = row.reason.expect("a reason");
        assert_eq!((reason.0.code.as_str(), reason.0.action.as_str()), ("client_refused", "contact_admin"));
        server.replace_secret("demo-google-secret");
        stage.ctx.clock.advance(Duration::from_secs(15 * 60));
        assert_eq!(refresh::run_due(&stage.ctx).await.expect("it runs"), 1);
        crate::integrations::health::check(&stage.ctx, &stage.caller, id).await.expect("it is checked");
        assert_eq!(stage.row(id).await.status, IntegrationStatus::Active);

        server.withdraw();
        stage.ctx.clock.advance(Duration::from_secs(55 * 60));
        refresh::run_due(&stage.ctx).await.expect("it runs");
        let row = stage.row(id).await;
        assert_eq!((row.status, row.reason.map(|reason| reason.0.code)), (IntegrationStatus::Error, Some("reconnect".to_owned())));
        assert_eq!(row.refresh_at, None, "a person is needed: nothing is tried again");
        assert!(tokens::read(&stage.ctx, id).await.expect("readable").is_some(), "what is there is kept until they connect again");
        assert_eq!(stage.notices().await, ["robin@northwind.test stopped working"]);
    });
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_has_its_day() {
    on_databases!(|db| {
        let stage = Stage::new(db).await;
        let id = stage.connect("google_calendar", "robin@northwind.test").await;
        // As LinkedIn gives it to most apps: sixty days, and no way to renew.
        let mut token = tokens::read(&stage.ctx, id).await.expect("readable").expect("stored");
        token.refresh = None;
        token.expires_at = Some(stage.ctx.clock.now() + TimeDelta::days(60));
        let mut tx = stage.ctx.store.begin().await.expect("a transaction");
        tokens::write(&stage.ctx, &mut tx, stage.caller.organization, id, &token, true).await.expect("written");
        tx.commit().await.expect("stored");
        let row = stage.row(id).await;
        assert_eq!((row.refresh_at, row.reconnect_by), (None, token.expires_at));

        let day = Duration::from_secs(24 * 3600);
        let mut told = Vec::new();
        for _ in 0..61 {
            refresh::run_due(&stage.ctx).await.expect("it runs");
            refresh::remind(&stage.ctx).await.expect("it runs");
            refresh::remind(&stage.ctx).await.expect("it runs twice");
            told.push(stage.notices().await.len());
            stage.ctx.clock.advance(day);
        }
        assert_eq!((told[45], told[46], told[52], told[53], told[58], told[59]), (0, 1, 1, 2, 2, 3), "two weeks, a week, a day before");
        let row = stage.row(id).await;
        assert_eq!((row.status, row.reason.map(|reason| reason.0.code)), (IntegrationStatus::Error, Some("reconnect".to_owned())));
    });
}

#[tokio::test]
async fn what_is_let_go_of_leaves_no_token() {
    on_databases!(|db| {
        let stage = Stage::new(db).await;
        let first = stage.connect("google_calendar", "robin@northwind.test").await;
        let second = stage.connect("google_calendar", "robin@northwind.test").await;
        let server = stage.sandbox.sandbox.oauth.of("google_calendar");
        let let_go = async |id| crate::integrations::lifecycle::disconnect(&stage.ctx, &stage.caller, id).await.expect("it goes");
        let_go(first).await;
        assert_eq!(server.counts().revocations, 0, "the other connection of the same account lives by the same consent");
        assert!(tokens::read(&stage.ctx, first).await.expect("readable").is_none());
        // The provider is away: the tokens go all the same.
        let broken = Context::with_config(db.clone(), stage.ctx.clock.clone(), {
            let mut config = (*stage.ctx.config).clone();
            config.endpoints.set("google_calendar", "revoke", "http://127.0.0.1:9/revoke".parse().expect("an address"));
            Arc::new(config)
        });
        keys::load(&broken).await.expect("the data keys");
        crate::integrations::lifecycle::disconnect(&broken, &stage.caller, second).await.expect("it goes");
        assert!(tokens::read(&stage.ctx, second).await.expect("readable").is_none());
        let turn = tokens::Turn::take(&stage.ctx, second).await.expect("asked");
        assert!(turn.is_some(), "the turn was given back");
    });
}

#[tokio::test]
async fn every_vendor_goes_through_the_same_flow() {
    on_databases!(|db| {
        let stage = Stage::new(db).await;
        let slugs: Vec<&str> = catalogue::all().filter(|entry| entry.oauth.is_some()).map(|entry| entry.slug).collect();
        for slug in slugs {
            let entry = catalogue::find(slug).expect("in the catalogue");
            let server = stage.sandbox.sandbox.oauth.of(slug);
            server.rotate(true);
            let client = client(&stage.ctx, entry, "").expect("the simulators' clients are set");
            let redirect = redirect_address(&stage.ctx, entry).parse().expect("an address");
            let asked = client.authorize(&redirect, "state", &entry.all_scopes(), false).expect("an address");
            let back = server.consent(&asked.url, &Decision::Allow).unwrap_or_else(|error| panic!("{slug}: {error}"));
            let code = back
                .query_pairs()
                .find(|(key, _)| key == "code")
                .map(|(_, value)| value.into_owned())
                .unwrap_or_else(|| panic!("{slug}: {back}"));
            let grant = client
                .exchange(&code.clone().into(), asked.verifier.as_ref(), &redirect)
                .await
                .unwrap_or_else(|error| panic!("{slug}: {error}"));
            let token = grant.token;
            assert!(token.refresh.is_some(), "{slug}");
            let renewed = client.refresh(&token).await.unwrap_or_else(|error| panic!("{slug}: {error}")).token;
            assert!(renewed.refresh.is_some(), "{slug}");
            let old_again = client.refresh(&token).await;
            match entry.oauth.expect("it has one").family {
                "microsoft" | "docusign" | "slack" => assert!(matches!(old_again, Err(Error::Reconnect { .. })), "{slug}: {old_again:?}"),
                "dropbox_sign" => {}
                _ => assert!(old_again.is_ok(), "{slug}: {old_again:?}"),
            }
            let twice = client.exchange(&code.into(), asked.verifier.as_ref(), &redirect).await;
            assert!(matches!(twice, Err(Error::Invalid { .. })), "{slug}: {twice:?}");
            assert!(matches!(client.refresh(&renewed).await, Err(Error::Reconnect { .. })), "{slug}: a code used twice ends what it gave");
        }
    });
}
