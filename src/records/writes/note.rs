//! Notes on candidates.

use serde_json::json;

use super::{Change, Subject, Written, send, target, written};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::EventKind;
use crate::domain::id::{CandidateId, MessageId};
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::events::{self, NewEvent, Origin};
use crate::fault::{Fault, Result};
use crate::operations::activity;
use crate::providers::Visibility;
use crate::records::{Linked, candidates, messages};
use crate::store::record::message::{MessageRow, upsert_messages};

/// Longest note, in characters.
const NOTE_CHARS: usize = 50_000;

/// Writes a note on a candidate, in the connected system first where one has them. Private unless said otherwise.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::NotFound`]; [`crate::domain::error::ErrorCode::Invalid`] for a text that is missing or too long;
/// the provider's refusal.
pub async fn note(
    ctx: &Context,
    caller: &Caller,
    id: CandidateId,
    body: &str,
    visibility: Option<Visibility>,
) -> Result<Written<Linked<MessageRow>>> {
    caller.require(Scope::RecordsWrite)?;
    let body = body.trim();
    if body.is_empty() || body.chars().count() > NOTE_CHARS {
        return Err(Fault::invalid("/body", "A note has 1 to 50,000 characters."));
    }
    let visibility = visibility.unwrap_or(Visibility::Private);
    let candidate = candidates::get(ctx, caller, id).await?;
    let Some(target) = target(ctx, caller.organization, &candidate.links, RecordKind::Candidate).await? else {
        return Ok(Written::Done(here(ctx, caller, id, body, visibility).await?));
    };
    let change =
        Change::Note { candidate: target.external_id.clone(), body: body.to_owned(), visibility, author: caller.name().to_owned() };
    let row = send(ctx, caller, &target, Subject { candidate: Some(id), ..Subject::default() }, change).await?;
    let made = row.result.as_ref().and_then(|result| result.0["localId"].as_str()?.parse::<MessageId>().ok());
    written(row, async { messages::get(ctx, caller, made.ok_or_else(|| Fault::not_found("message"))?).await }).await
}

/// The same for a candidate that lives here alone.
async fn here(ctx: &Context, caller: &Caller, id: CandidateId, body: &str, visibility: Visibility) -> Result<Linked<MessageRow>> {
    let now = ctx.clock.now();
    let row = MessageRow {
        id: ctx.clock.new(),
        organization_id: caller.organization,
        candidate_id: id,
        application_id: None,
        kind: "note".to_owned(),
        body: body.to_owned(),
        visibility: match visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
            Visibility::AdminOnly => "admin_only",
        }
        .to_owned(),
        author: caller.name().to_owned(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let data = json!({ "messageId": row.id, "candidateId": id, "applicationId": null, "kind": row.kind, "author": row.author });
    let event = NewEvent { candidate: Some(id), ..NewEvent::new(EventKind::MessageReceived, format!("A note by {}", row.author), data) };
    let entry = activity::Entry::new("candidate.note", "A note was written.").subject("candidate", id.0);
    let mut tx = ctx.store.begin().await?;
    upsert_messages(&mut tx, std::slice::from_ref(&row)).await?;
    events::record(ctx, &mut tx, &Origin::from(caller), vec![event]).await?;
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    ctx.queue.wake();
    messages::get(ctx, caller, row.id).await
}
