//! Webhooks that providers send to us: kept on disk before they are answered, checked over their raw bytes, dealt with in order.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::domain::id::{InboundEventId, IntegrationId, OrgId};
use crate::fault::Result;
use crate::queue::{NewTask, Worker};
use crate::store::inbound_event::InboundEventRow;
use crate::store::integration::IntegrationRow;
use crate::store::{self, Tx};

mod apply;
pub mod catch_up;
pub mod channels;
mod keys;
mod overview;
mod process;
mod quarantine;
mod receive;
mod replay;
mod stored;

#[cfg(test)]
mod tests;

pub use keys::set_key;
pub use overview::{Overview, ProviderUnrouted, overview, unrouted, unrouted_by_provider};
pub use receive::{Incoming, Receipt, handshake, receive};
pub use replay::{get, list, replay};
pub use stored::{path, shown_body, shown_headers};

/// The queue of webhooks that came in.
pub const QUEUE: &str = "inbound";
const PROCESS: &str = "inbound.process";
const RELEASE: &str = "inbound.release";

#[derive(Serialize, Deserialize)]
struct Payload {
    organization: OrgId,
    integration: IntegrationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<InboundEventId>,
}

/// Registers what deals with webhooks with the worker of [`QUEUE`].
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let (run, give_up, release) = (ctx.clone(), ctx.clone(), ctx.clone());
    let (timer, look_after) = (ctx.clone(), ctx.clone());
    worker
        // One at a time for each connection, so that their order is kept.
        .handle(PROCESS, 1, move |task| {
            let ctx = run.clone();
            async move { process::run(&ctx, &task).await }
        })
        .on_give_up(PROCESS, move |task, error| {
            let ctx = give_up.clone();
            async move { process::gave_up(&ctx, &task, &error).await }
        })
        .handle(RELEASE, 1, move |task| {
            let ctx = release.clone();
            async move { quarantine::run(&ctx, &task).await }
        })
        .handle(channels::TIMER, 1, move |_| {
            let ctx = timer.clone();
            async move { channels::tick(&ctx).await }
        })
        .handle(channels::LOOK_AFTER, 1, move |task| {
            let ctx = look_after.clone();
            async move { channels::run(&ctx, &task).await }
        })
}

/// The address to enter at the provider, so that its webhooks reach this integration.
pub fn url(ctx: &Context, row: &IntegrationRow) -> String {
    format!("{}/hooks/{}/{}", ctx.site.public_url, row.provider, row.id)
}

/// The address to enter where a provider's app has one address for all its accounts.
pub fn shared_url(ctx: &Context, slug: &str) -> String {
    ctx.site.link(&format!("/hooks/{slug}"))
}

/// Looks once more at what came while there was no key to check it with: called when a key is entered.
///
/// # Errors
/// The store's.
pub async fn release(ctx: &Context, tx: &mut Tx, organization: OrgId, integration: IntegrationId) -> Result<()> {
    let task = NewTask::new(QUEUE, RELEASE, &Payload { organization, integration, event: None })
        .lane(lane(integration))
        .organization(organization);
    ctx.queue.enqueue(tx, task).await?;
    Ok(())
}

fn lane(integration: IntegrationId) -> String {
    format!("integration:{integration}")
}

/// Lets a worker deal with a webhook.
async fn enqueue(ctx: &Context, tx: &mut Tx, row: &InboundEventRow, at: Option<DateTime<Utc>>) -> store::Result<()> {
    let (Some(organization), Some(integration)) = (row.organization_id, row.integration_id) else { return Ok(()) };
    let mut task = NewTask::new(QUEUE, PROCESS, &Payload { organization, integration, event: Some(row.id) })
        .lane(lane(integration))
        .organization(organization)
        .trace(row.trace_id);
    task.run_at = at;
    ctx.queue.enqueue(tx, task).await?;
    Ok(())
}

fn count(provider: &str, outcome: &'static str) {
    metrics::counter!("hirewire_inbound_events_total", "provider" => provider.to_owned(), "outcome" => outcome).increment(1);
}
