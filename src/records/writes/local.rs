//! Changes of applications that no connected system has.

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::events::Origin;
use crate::fault::Result;
use crate::operations::activity;
use crate::records::{Linked, applications};
use crate::store::record::application::ApplicationRow;

/// Writes the changed application, its event and its entry in the activity log.
pub(super) async fn change(
    ctx: &Context,
    caller: &Caller,
    before: &ApplicationRow,
    mut row: ApplicationRow,
    kind: EventKind,
    summary: String,
) -> Result<Linked<ApplicationRow>> {
    row.last_activity_at = Some(ctx.clock.now());
    row.updated_at = ctx.clock.now();
    let mut event = applications::event(kind, summary.clone(), &row);
    match kind {
        EventKind::ApplicationStageChanged => {
            event.data["previousStage"] = serde_json::json!({ "id": before.stage_id, "name": before.stage_name });
        }
        EventKind::ApplicationRejected => event.data["rejectionReason"] = serde_json::json!(row.rejection_reason),
        _ => {}
    }
    let action = match kind {
        EventKind::ApplicationRejected => "application.reject",
        EventKind::ApplicationHired => "application.hire",
        _ => "application.move",
    };
    let mut tx = ctx.store.begin().await?;
    applications::apply(ctx, &mut tx, &Origin::from(caller), &row, event).await?;
    activity::record(&mut tx, &ctx.clock, caller, activity::Entry::new(action, summary).subject("application", row.id.0)).await?;
    tx.commit().await?;
    ctx.queue.wake();
    applications::get(ctx, caller, row.id).await
}
