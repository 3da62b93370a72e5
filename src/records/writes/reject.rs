//! Turning an application down.

use super::stage::{require_active, subject};
use super::{Change, Written, local, send, target, written};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::event::EventKind;
use crate::domain::id::ApplicationId;
use crate::domain::role::Scope;
use crate::domain::status::{ApplicationStatus, RecordKind};
use crate::fault::{Fault, Result};
use crate::integrations::connection;
use crate::providers::{Choice, Error};
use crate::records::{Linked, applications};
use crate::store::integration::IntegrationRow;
use crate::store::record::application::ApplicationRow;

/// Longest note that goes with a rejection, in characters.
const NOTE_CHARS: usize = 10_000;

/// Rejects an application, in the connected system first where one has it. No mail is sent to the candidate.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Invalid`] for a reason that is not one of the system's; [`ErrorCode::Conflict`] when it is no
/// longer in process or another change of it is on its way; the provider's refusal.
pub async fn reject(
    ctx: &Context,
    caller: &Caller,
    id: ApplicationId,
    reason: Option<String>,
    note: Option<String>,
) -> Result<Written<Linked<ApplicationRow>>> {
    caller.require(Scope::RecordsWrite)?;
    let given = |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let (reason, note) = (given(reason), given(note));
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE_CHARS) {
        return Err(Fault::invalid("/note", "A note has at most 10,000 characters."));
    }
    let application = applications::get(ctx, caller, id).await?;
    require_active(&application.row)?;
    let Some(target) = target(ctx, caller.organization, &application.links, RecordKind::Application).await? else {
        let mut row = application.row.clone();
        row.status = ApplicationStatus::Rejected;
        row.rejected_at = Some(ctx.clock.now());
        row.rejection_reason = reason;
        let row = local::change(ctx, caller, &application.row, row, EventKind::ApplicationRejected, "Rejected".to_owned()).await?;
        return Ok(Written::Done(row));
    };
    let reason = match reason {
        None => None,
        Some(text) => Some(find(&list(ctx, &target.integration).await?, &text, &target.integration.name)?),
    };
    let change = Change::Reject { application: target.external_id.clone(), reason, note };
    let row = send(ctx, caller, &target, subject(&application.row), change).await?;
    written(row, applications::get(ctx, caller, id)).await
}

/// The reasons an application can be rejected for; none in particular when it lives here alone.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::ProviderUnavailable`].
pub async fn reasons(ctx: &Context, caller: &Caller, id: ApplicationId) -> Result<Vec<Choice>> {
    let application = applications::get(ctx, caller, id).await?;
    match target(ctx, caller.organization, &application.links, RecordKind::Application).await? {
        Some(target) => list(ctx, &target.integration).await,
        None => Ok(Vec::new()),
    }
}

async fn list(ctx: &Context, integration: &IntegrationRow) -> Result<Vec<Choice>> {
    let (provider, cx) = connection::open(ctx, integration).await?;
    let Some(ats) = provider.as_ats() else { return Ok(Vec::new()) };
    ats.rejection_reasons(&cx).await.map_err(|error: Error| {
        let code = if error.is_retryable() { ErrorCode::ProviderUnavailable } else { ErrorCode::ProviderRejected };
        let mut fault = Fault::new(code, error.sentence(cx.entry.name));
        fault.retry_after = error.retry_after();
        fault
    })
}

/// The reason of this id or name.
fn find(choices: &[Choice], text: &str, name: &str) -> Result<Choice> {
    choices
        .iter()
        .find(|choice| choice.external_id == text)
        .or_else(|| choices.iter().find(|choice| choice.name.to_lowercase() == text.to_lowercase()))
        .cloned()
        .ok_or_else(|| {
            let known: Vec<&str> = choices.iter().take(20).map(|choice| choice.name.as_str()).collect();
            Fault::invalid("/reason", format!("{name} has no such reason. Its reasons are: {}.", known.join(", ")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_found_by_id_and_by_name() {
        let choice = |id: &str, name: &str| Choice { external_id: id.to_owned(), name: name.to_owned() };
        let choices = [choice("1", "Not enough experience"), choice("2", "Hired someone else")];
        assert_eq!(find(&choices, "2", "Greenhouse").expect("an id").name, "Hired someone else");
        assert_eq!(find(&choices, "not enough EXPERIENCE", "Greenhouse").expect("a name").external_id, "1");
        let fault = find(&choices, "3", "Greenhouse").expect_err("unknown");
        assert_eq!(fault.fields[0].pointer, "/reason");
        assert!(fault.detail.contains("Hired someone else"), "{}", fault.detail);
    }
}
