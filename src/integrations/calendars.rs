//! The calendars that connected accounts have.

use super::{connection, evidence};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::ErrorCode;
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::domain::status::IntegrationStatus;
use crate::fault::{Fault, Result};
use crate::providers::CalendarInfo;
use crate::store::integration::{self, IntegrationRow};

/// The calendars of one connection, or of every connection that works.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Unsupported`] for a connection without calendars; the provider's refusal as
/// [`ErrorCode::ProviderRejected`] or [`ErrorCode::ProviderUnavailable`].
pub async fn list(ctx: &Context, caller: &Caller, id: Option<IntegrationId>) -> Result<Vec<(IntegrationRow, Vec<CalendarInfo>)>> {
    caller.require(Scope::IntegrationsRead)?;
    let rows = match id {
        Some(id) => {
            let row = integration::find_integration(&ctx.store, caller.organization, id).await?;
            vec![row.ok_or_else(|| Fault::not_found("integration"))?]
        }
        None => {
            let rows = integration::list_integrations(&ctx.store, caller.organization, None).await?;
            let has_calendars = |row: &IntegrationRow| ctx.providers.get(&row.provider).is_some_and(|one| one.as_calendar().is_some());
            rows.into_iter().filter(|row| row.status == IntegrationStatus::Active && has_calendars(row)).collect()
        }
    };
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let (provider, cx) = connection::open(ctx, &row).await?;
        let calendar =
            provider.as_calendar().ok_or_else(|| Fault::new(ErrorCode::Unsupported, format!("{} has no calendars.", cx.entry.name)))?;
        let outcome = calendar.calendars(&cx).await;
        // A missing permission is the person's choice, not a broken connection.
        if !matches!(outcome, Err(crate::providers::Error::Forbidden { .. })) {
            let mut tx = ctx.store.begin().await?;
            evidence::note(ctx, &mut tx, &row, &cx, outcome.as_ref().map(drop), false).await?;
            tx.commit().await?;
            ctx.queue.wake();
        }
        let list = outcome.map_err(|error| {
            let error = evidence::ended(&row, &error).unwrap_or(error);
            let code = if error.is_retryable() { ErrorCode::ProviderUnavailable } else { ErrorCode::ProviderRejected };
            let mut fault = Fault::new(code, error.sentence(cx.entry.name));
            fault.retry_after = error.retry_after();
            fault
        })?;
        all.push((row, list));
    }
    Ok(all)
}
