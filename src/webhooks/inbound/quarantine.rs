//! Messages that came before there was a key to check them with: checked over their stored bytes once there is one.

use uuid::Uuid;

use super::{Payload, count, enqueue, keys, receive, stored};
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::fault::Result;
use crate::providers::{Verdict, schemes};
use crate::queue::{Outcome, Task};
use crate::store::integration;
use crate::store::{inbound_count, inbound_event};

pub(super) async fn run(ctx: &Context, task: &Task) -> Outcome {
    let Ok(payload) = serde_json::from_str::<Payload>(&task.payload) else {
        return Outcome::Fail("The task names no integration.".to_owned());
    };
    match check(ctx, payload.organization, payload.integration).await {
        Ok(()) => Outcome::Done,
        Err(fault) => {
            fault.log();
            Outcome::Retry(fault.detail)
        }
    }
}

async fn check(ctx: &Context, organization: OrgId, id: IntegrationId) -> Result<()> {
    let Some(row) = integration::find_integration(&ctx.store, organization, id).await? else { return Ok(()) };
    let Some(inbound) = schemes::of(&row.provider) else { return Ok(()) };
    let keys = keys::of(ctx, &row.provider, inbound, Some(id)).await?;
    if keys.is_empty() {
        return Ok(());
    }
    let mut after = Uuid::nil();
    loop {
        let events = inbound_event::list_quarantined(&ctx.store, id, after, 100).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.id.0;
        for mut event in events {
            let headers = stored::headers_of(&event);
            let message = stored::message(ctx, &event, &headers);
            let verdict = inbound.verify(&message, &keys);
            let key = receive::dedupe_key(inbound, &message);
            drop(message);
            let mut tx = ctx.store.begin().await?;
            verdict.as_str().clone_into(&mut event.verdict);
            let state = if verdict.is_accepted() {
                let is_known = match &key {
                    Some(key) => inbound_event::has_external_id(&mut tx, id, key).await?,
                    None => false,
                };
                event.external_id = key.filter(|_| !is_known);
                if is_known { "duplicate" } else { "received" }
            } else {
                event.error = Some(match verdict {
                    Verdict::Stale => "It was too old, or from the future, when it came.".to_owned(),
                    Verdict::Missing => "It carries no signature.".to_owned(),
                    _ => "The signature does not verify with the key that was entered.".to_owned(),
                });
                "rejected"
            };
            state.clone_into(&mut event.state);
            if inbound_event::update_inbound_event(&mut tx, &event, "quarantined").await? {
                if state == "received" {
                    enqueue(ctx, &mut tx, &event, None).await?;
                } else {
                    let outcome = if state == "duplicate" { state } else { verdict.as_str() };
                    inbound_count::add_inbound_count(&mut tx, &event.provider, Some(id), ctx.clock.now().date_naive(), outcome).await?;
                }
            }
            tx.commit().await?;
            count(&event.provider, state);
        }
        ctx.queue.wake();
    }
}
