//! Messages that came before there was a key to check them with: checked over their stored bytes once there is one.

use uuid::Uuid;

use super::{Payload, count, enqueue, receive};
use crate::context::Context;
use crate::domain::id::{IntegrationId, OrgId};
use crate::fault::Result;
use crate::integrations::connection;
use crate::providers::Verdict;
use crate::queue::{Outcome, Task};
use crate::store::inbound_event;
use crate::store::integration;

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
    let keys = connection::webhook_keys(ctx, id).await?;
    let provider = connection::provider(ctx, &row.provider)?;
    let (false, Some(inbound)) = (keys.is_empty(), provider.as_inbound()) else { return Ok(()) };
    let mut after = Uuid::nil();
    loop {
        let events = inbound_event::list_quarantined(&ctx.store, id, after, 100).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.id.0;
        for mut event in events {
            let headers = receive::headers_of(&event);
            let mut tx = ctx.store.begin().await?;
            let state = if inbound.verify(&headers, &event.body, &keys) == Verdict::Verified {
                "verified".clone_into(&mut event.verdict);
                let key = inbound.dedupe_key(&headers, &event.body);
                let is_known = match &key {
                    Some(key) => inbound_event::has_external_id(&mut tx, id, key).await?,
                    None => false,
                };
                event.external_id = key.filter(|_| !is_known);
                if is_known { "duplicate" } else { "received" }
            } else {
                "forged".clone_into(&mut event.verdict);
                event.error = Some("The signature does not verify with the key that was entered.".to_owned());
                "rejected"
            };
            state.clone_into(&mut event.state);
            if inbound_event::update_inbound_event(&mut tx, &event, "quarantined").await? && state == "received" {
                enqueue(ctx, &mut tx, &event, None).await?;
            }
            tx.commit().await?;
            count(&event.provider, state);
        }
        ctx.queue.wake();
    }
}
