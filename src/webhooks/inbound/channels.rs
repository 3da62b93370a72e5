//! Channels that end by themselves: opened when a connection is made, renewed in time with an overlap, closed when it is let go of, and
//! an alert when one ends before it could be renewed.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::{Payload, QUEUE, url};
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::providers::channels::{Channel, NewChannel, Renewed};
use crate::providers::{Channels, Connection, Error, Key};
use crate::queue::{NewTask, Outcome, Task, backoff};
use crate::random;
use crate::store::channel::{self, ChannelRow};
use crate::store::integration::{self, IntegrationRow};
use crate::store::notification::{self, NotificationRow};
use crate::store::{Tx, provider_account};

pub(super) const TIMER: &str = "inbound.channels.timer";
pub(super) const LOOK_AFTER: &str = "inbound.channels";

/// How often it is looked for channels to renew.
const EVERY: TimeDelta = TimeDelta::minutes(1);
/// A channel is renewed after this share of its life, in percent: time enough for many tries.
const RENEW_AT_PERCENT: i32 = 80;
/// How long the old channel stays open after a new one took over.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// A channel that was being opened when the process died is not heard of again after so long.
const OPENING_FOR: TimeDelta = TimeDelta::minutes(10);
/// Longest wait between tries.
const WAIT_MAX: TimeDelta = TimeDelta::minutes(30);
/// Disconnecting waits so long for the provider.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);
/// So many connections are looked after in one round.
const ROUND: i64 = 500;

/// The task that looks for channels to renew and keeps itself going.
pub fn timer() -> NewTask {
    NewTask::new(QUEUE, TIMER, &()).unique(TIMER).tries(i64::MAX)
}

/// Opens, renews and closes what has to be, soon: after a connection was made or changed.
///
/// # Errors
/// The store's.
pub async fn look_after(ctx: &Context, tx: &mut Tx, organization: OrgId, id: IntegrationId) -> Result<()> {
    let task = NewTask::new(QUEUE, LOOK_AFTER, &Payload { organization, integration: id, event: None });
    // A lane of its own: messages do not wait for it, and it not for them.
    let task = task.lane(format!("channels:{id}")).unique(format!("channels:{id}")).organization(organization);
    ctx.queue.enqueue(tx, task).await?;
    Ok(())
}

/// The timer went off.
pub(super) async fn tick(ctx: &Context) -> Outcome {
    let now = ctx.clock.now();
    let due = async {
        let due = channel::list_integrations_with_due_channels(&ctx.store, now, ROUND).await?;
        let mut tx = ctx.store.begin().await?;
        for (organization, id) in due {
            look_after(ctx, &mut tx, organization, id).await?;
        }
        tx.commit().await?;
        Ok::<(), Fault>(())
    };
    if let Err(fault) = due.await {
        fault.log();
    }
    ctx.queue.wake();
    Outcome::Again(now + EVERY)
}

pub(super) async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else {
        return Outcome::Fail("The task names no integration.".to_owned());
    };
    match reconcile(ctx, payload.organization, payload.integration).await {
        Ok(()) => Outcome::Done,
        Err(fault) => {
            fault.log();
            Outcome::Retry(fault.detail)
        }
    }
}

/// The secrets of an integration's channels, each with the provider's id of its channel.
pub(super) async fn keys(ctx: &Context, id: IntegrationId) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    for row in channel::list_channels(&ctx.store, id).await? {
        let secret = connection::channel_secret(ctx, id, row.id).await?;
        keys.extend(secret.map(|secret| Key { secret, channel: row.external_id }));
    }
    Ok(keys)
}

/// Something told that a channel wants to be renewed, or is gone. Returns whether there is one.
pub(super) async fn told(ctx: &Context, row: &IntegrationRow, external_id: &str, is_gone: bool) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let is_ours = channel::update_channel_due(&mut tx, row.id, external_id, is_gone, ctx.clock.now()).await?;
    if is_ours {
        look_after(ctx, &mut tx, row.organization_id, row.id).await?;
    }
    tx.commit().await?;
    ctx.queue.wake();
    Ok(is_ours)
}

/// Closes every channel at the provider, as far as it answers soon: before a connection is let go of. What stays open there ends by itself,
/// and its messages find nobody.
///
/// # Errors
/// The store's.
pub async fn close_all(ctx: &Context, row: &IntegrationRow) -> Result<()> {
    let rows = channel::list_channels(&ctx.store, row.id).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let Ok((provider, cx)) = connection::open(ctx, row).await else { return Ok(()) };
    let Some(channels) = provider.as_channels() else { return Ok(()) };
    let all = async {
        for row in &rows {
            if let Some(channel) = as_open(row, ctx.clock.now())
                && let Err(error) = channels.close(&cx, &channel).await
            {
                tracing::warn!(provider = row.provider, integration.id = %row.integration_id, error.code = error.code(), "a channel could not be closed");
            }
        }
    };
    if tokio::time::timeout(CLOSE_WITHIN, all).await.is_err() {
        tracing::warn!(provider = row.provider, integration.id = %row.id, "the provider took too long to close its channels");
    }
    Ok(())
}

/// Erases what is left of an integration's channels and accounts.
///
/// # Errors
/// The store's.
pub async fn forget(tx: &mut Tx, id: IntegrationId) -> Result<()> {
    channel::delete_channels(tx, id).await?;
    provider_account::delete_provider_accounts(tx, id).await?;
    Ok(())
}

fn as_open(row: &ChannelRow, until: DateTime<Utc>) -> Option<Channel> {
    let external_id = row.external_id.clone()?;
    Some(Channel { external_id, resource_id: row.resource_id.clone(), resource: row.resource.clone(), until })
}

/// Makes the channels what they should be. Ends early, without an error, where the provider keeps it from going on: it is tried again.
async fn reconcile(ctx: &Context, organization: OrgId, id: IntegrationId) -> Result<()> {
    let Some(row) = integration::find_integration(&ctx.store, organization, id).await? else { return Ok(()) };
    let mut known = channel::list_channels(&ctx.store, id).await?;
    let is_on = row.status != IntegrationStatus::Inactive && row.connected_at.is_some();
    if !is_on && known.is_empty() {
        return Ok(());
    }
    let Ok((provider, cx)) = connection::open(ctx, &row).await else { return lapse(ctx, &row, &mut known).await };
    let Some(channels) = provider.as_channels() else { return Ok(()) };
    let desk = Desk { ctx, row: &row, cx: &cx, channels };
    lapse(ctx, &row, &mut known).await?;
    let wanted = if is_on {
        match channels.resources(&cx).await {
            Ok(wanted) => wanted,
            Err(error) => return desk.put_off(&mut known, &error).await,
        }
    } else {
        Vec::new()
    };
    let now = ctx.clock.now();
    for row in &mut known {
        let is_wanted = wanted.contains(&row.resource);
        match row.state.as_str() {
            "opening" if now - row.created_at > OPENING_FOR => desk.forget(row).await?,
            "closing" if row.renew_at <= now || !is_on => desk.close(row).await?,
            "open" if !is_wanted => desk.close(row).await?,
            "lapsed" if !is_wanted => desk.forget(row).await?,
            "open" if row.renew_at <= now => desk.renew(row).await?,
            _ => {}
        }
    }
    for resource in wanted {
        let known = channel::list_channels(&ctx.store, id).await?;
        if !known.iter().any(|row| row.resource == resource && matches!(row.state.as_str(), "open" | "opening")) {
            let lapsed: Vec<&ChannelRow> = known.iter().filter(|row| row.resource == resource && row.state == "lapsed").collect();
            if lapsed.iter().all(|row| row.renew_at <= now) {
                desk.open(&resource, lapsed, false).await?;
            }
        }
    }
    Ok(())
}

/// Writes down which channels ended although they should not have, and tells people.
async fn lapse(ctx: &Context, row: &IntegrationRow, known: &mut [ChannelRow]) -> Result<()> {
    let now = ctx.clock.now();
    for one in known.iter_mut().filter(|one| one.state == "open" && one.expires_at.is_some_and(|end| end <= now)) {
        "lapsed".clone_into(&mut one.state);
        one.updated_at = now;
        let mut tx = ctx.store.begin().await?;
        channel::upsert_channel(&mut tx, one).await?;
        alert(ctx, &mut tx, row).await?;
        tx.commit().await?;
        metrics::counter!("hirewire_channels_lapsed_total", "provider" => row.provider.clone()).increment(1);
        tracing::warn!(provider = row.provider, integration.id = %row.id, "a channel ended before it could be renewed");
    }
    Ok(())
}

/// Tells people, once, that a connection has no channel although it should.
async fn alert(ctx: &Context, tx: &mut Tx, row: &IntegrationRow) -> Result<()> {
    let notice = NotificationRow {
        id: ctx.clock.new_id(),
        organization_id: row.organization_id,
        user_id: None,
        kind: "channel.lapsed".to_owned(),
        level: "warning".to_owned(),
        title: format!("{} does not tell of changes at once", row.name),
        body: "Its channel ended, or could not be opened. Changes still arrive with the scheduled sync, and Hirewire goes on trying to open one."
            .to_owned(),
        link: Some(format!("/integrations/{}/webhooks", row.id)),
        dedupe_key: Some(alert_key(row.id)),
        created_at: ctx.clock.now(),
        read_at: None,
    };
    notification::insert_notification(tx, &notice).await?;
    Ok(())
}

fn alert_key(id: IntegrationId) -> String {
    format!("channels:{id}")
}

/// A connection whose channels are looked after.
struct Desk<'a> {
    ctx: &'a Context,
    row: &'a IntegrationRow,
    cx: &'a Connection,
    channels: &'a dyn Channels,
}

impl Desk<'_> {
    async fn save(&self, row: &mut ChannelRow) -> Result<()> {
        row.updated_at = self.ctx.clock.now();
        let mut tx = self.ctx.store.begin().await?;
        channel::upsert_channel(&mut tx, row).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn forget(&self, row: &ChannelRow) -> Result<()> {
        let mut tx = self.ctx.store.begin().await?;
        channel::delete_channel(&mut tx, row.id).await?;
        connection::forget_channel_secret(&mut tx, row.integration_id, row.id).await?;
        tx.commit().await?;
        Ok(())
    }

    fn until(&self) -> DateTime<Utc> {
        self.ctx.clock.now() + TimeDelta::from_std(self.channels.lifetime()).unwrap_or(TimeDelta::days(1))
    }

    /// When a channel is renewed that ends then.
    fn renew_at(&self, expires_at: DateTime<Utc>) -> DateTime<Utc> {
        let now = self.ctx.clock.now();
        now + ((expires_at - now) * RENEW_AT_PERCENT / 100).max(TimeDelta::seconds(1))
    }

    /// Opens a channel for a resource, in place of those that lapsed, or beside one that goes on for a while.
    async fn open(&self, resource: &str, lapsed: Vec<&ChannelRow>, is_beside: bool) -> Result<()> {
        let (ctx, now) = (self.ctx, self.ctx.clock.now());
        let new = NewChannel {
            id: ctx.clock.new_id(),
            resource: resource.to_owned(),
            address: url(ctx, self.row),
            secret: SecretString::from(random::token()),
            until: self.until(),
        };
        let mut row = ChannelRow {
            id: new.id,
            organization_id: self.row.organization_id,
            integration_id: self.row.id,
            provider: self.row.provider.clone(),
            resource: resource.to_owned(),
            state: "opening".to_owned(),
            external_id: None,
            resource_id: None,
            expires_at: None,
            renew_at: now + OPENING_FOR,
            failures: 0,
            error: None,
            created_at: now,
            updated_at: now,
        };
        // Before it is asked for: the provider may try the address, and send, before it answers.
        let mut tx = ctx.store.begin().await?;
        channel::upsert_channel(&mut tx, &row).await?;
        connection::store_channel_secret(ctx, &mut tx, self.row, new.id, &new.secret).await?;
        tx.commit().await?;
        match self.channels.open(self.cx, &new).await {
            Ok(opened) => {
                row.renew_at = self.renew_at(opened.expires_at);
                "open".clone_into(&mut row.state);
                row.external_id = Some(opened.external_id);
                row.resource_id = opened.resource_id;
                row.expires_at = Some(opened.expires_at);
                self.save(&mut row).await?;
                for old in lapsed {
                    self.forget(old).await?;
                }
                let mut tx = ctx.store.begin().await?;
                notification::delete_notification(&mut tx, self.row.organization_id, &alert_key(self.row.id)).await?;
                tx.commit().await?;
                Ok(())
            }
            Err(error) => {
                if !is_beside {
                    let mut tx = ctx.store.begin().await?;
                    alert(ctx, &mut tx, self.row).await?;
                    tx.commit().await?;
                }
                // One row remembers the failures: the one that lapsed, or this one in its place.
                match lapsed.into_iter().next() {
                    Some(old) => {
                        self.forget(&row).await?;
                        self.fail(&mut old.clone(), &error).await
                    }
                    None => {
                        "lapsed".clone_into(&mut row.state);
                        row.expires_at = Some(now);
                        self.fail(&mut row, &error).await
                    }
                }
            }
        }
    }

    async fn renew(&self, row: &mut ChannelRow) -> Result<()> {
        let Some(open) = as_open(row, self.until()) else { return self.forget(row).await };
        match self.channels.renew(self.cx, &open).await {
            Ok(Renewed::Until(end)) => {
                row.expires_at = Some(end);
                row.renew_at = self.renew_at(end);
                row.failures = 0;
                row.error = None;
                self.save(row).await
            }
            Ok(Renewed::Replace) => {
                // The old one goes on until the new one is open, and a little longer.
                let before = channel::list_channels(&self.ctx.store, row.integration_id).await?.len();
                self.open(&row.resource, Vec::new(), true).await?;
                let now = channel::list_channels(&self.ctx.store, row.integration_id).await?;
                let newest = now.iter().rev().find(|one| one.resource == row.resource && one.id != row.id);
                match newest {
                    Some(new) if new.state == "open" && now.len() > before => {
                        "closing".clone_into(&mut row.state);
                        row.renew_at = self.ctx.clock.now() + OVERLAP;
                        self.save(row).await
                    }
                    Some(failed) => {
                        let (message, error_at) = (failed.error.clone(), failed.renew_at);
                        self.forget(failed).await?;
                        row.failures += 1;
                        row.error = message;
                        row.renew_at = error_at;
                        self.save(row).await
                    }
                    None => Ok(()),
                }
            }
            Err(Error::NotFound) => {
                // Gone over there: the rest of the round opens a new one.
                self.forget(row).await
            }
            Err(error) => self.fail(row, &error).await,
        }
    }

    async fn close(&self, row: &mut ChannelRow) -> Result<()> {
        let Some(open) = as_open(row, self.ctx.clock.now()) else { return self.forget(row).await };
        let is_over = row.expires_at.is_some_and(|end| end <= self.ctx.clock.now());
        match self.channels.close(self.cx, &open).await {
            Ok(()) | Err(Error::NotFound) => self.forget(row).await,
            Err(_) if is_over => self.forget(row).await,
            Err(error) => {
                "closing".clone_into(&mut row.state);
                self.fail(row, &error).await
            }
        }
    }

    /// Writes down that something did not work, and when it is tried again.
    async fn fail(&self, row: &mut ChannelRow, error: &Error) -> Result<()> {
        row.failures += 1;
        row.error = Some(error.sentence(self.cx.entry.name));
        let wait = error.retry_after().unwrap_or_else(|| backoff::exponential(row.failures + 5, random::fraction()));
        row.renew_at = self.ctx.clock.now() + TimeDelta::from_std(wait).unwrap_or(WAIT_MAX).min(WAIT_MAX);
        self.save(row).await
    }

    /// Nothing can be asked for at the moment.
    async fn put_off(&self, known: &mut [ChannelRow], error: &Error) -> Result<()> {
        let now = self.ctx.clock.now();
        for row in known.iter_mut().filter(|row| row.renew_at <= now) {
            self.fail(row, error).await?;
        }
        if known.is_empty() {
            return Err(Fault::new(crate::domain::error::ErrorCode::ProviderUnavailable, error.sentence(self.cx.entry.name)));
        }
        Ok(())
    }
}
