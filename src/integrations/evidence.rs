//! What the last real call says about a connection: status, reason, and who is told when it changes.

use crate::context::Context;
use crate::domain::catalogue::AuthType;
use crate::domain::event::EventKind;
use crate::domain::status::{IntegrationStatus, Reason};
use crate::events::{self, NewEvent, Origin};
use crate::fault::Result;
use crate::providers::{Connection, Error, Quota};
use crate::store::Tx;
use crate::store::integration::{Evidence, IntegrationRow, update_evidence};
use crate::store::notification::{self, NotificationRow};

/// After so many failures in a row that might pass by themselves, the connection counts as broken.
const FAILURES_UNTIL_ERROR: i64 = 3;

/// The reason a person reads for a provider's error.
pub fn reason(error: &Error, provider: &str) -> Reason {
    Reason { code: error.code().to_owned(), message: error.sentence(provider), action: error.action().to_owned() }
}

/// Judges the outcome of a call.
pub(super) fn judge(row: &IntegrationRow, provider: &str, outcome: Result<(), &Error>, checked: bool) -> Evidence {
    let (status, reason_now, health_status) = match outcome {
        Ok(()) => (IntegrationStatus::Active, None, "healthy"),
        Err(
            error @ (Error::Unauthorized { .. }
            | Error::Forbidden { .. }
            | Error::Invalid { .. }
            | Error::Reconnect { .. }
            | Error::Misconfigured { .. }),
        ) => (IntegrationStatus::Error, Some(reason(error, provider)), "unhealthy"),
        // Being throttled is no fault of the connection.
        Err(Error::RateLimited { .. }) => (row.status, row.reason.as_ref().map(|reason| reason.0.clone()), "degraded"),
        Err(error) if row.failures_in_a_row + 1 >= FAILURES_UNTIL_ERROR => {
            (IntegrationStatus::Error, Some(reason(error, provider)), "unhealthy")
        }
        Err(_) => (row.status, row.reason.as_ref().map(|reason| reason.0.clone()), "degraded"),
    };
    Evidence {
        status,
        reason: reason_now,
        health_status,
        success: outcome.is_ok(),
        error: outcome.err().map(|error| error.sentence(provider)),
        quota: None,
        throttled_until: None,
        checked,
    }
}

/// What refused credentials mean where a person signed in: that the consent has ended.
pub(super) fn ended(row: &IntegrationRow, error: &Error) -> Option<Error> {
    match error {
        Error::Unauthorized { message } if row.auth_type == AuthType::Oauth2.as_str() => {
            Some(Error::Reconnect { message: message.clone() })
        }
        _ => None,
    }
}

/// Tells everyone in the organization, once until it works again.
async fn tell(ctx: &Context, tx: &mut Tx, row: &IntegrationRow, evidence: &Evidence) -> Result<()> {
    let key = format!("integration.error:{}", row.id);
    if evidence.status != IntegrationStatus::Error {
        notification::delete_notification(tx, row.organization_id, &key).await?;
        return Ok(());
    }
    let notice = NotificationRow {
        id: ctx.clock.new_id(),
        organization_id: row.organization_id,
        user_id: None,
        kind: "integration.error".to_owned(),
        level: "bad".to_owned(),
        title: format!("{} stopped working", row.name),
        body: evidence.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
        link: Some(format!("/integrations/{}", row.id)),
        dedupe_key: Some(key),
        created_at: ctx.clock.now(),
        read_at: None,
    };
    notification::insert_notification(tx, &notice).await?;
    Ok(())
}

/// Writes down how the last real call of an integration ended, and tells people when it broke or works again.
///
/// # Errors
/// The store's.
pub async fn note(
    ctx: &Context,
    tx: &mut Tx,
    row: &IntegrationRow,
    connection: &Connection,
    outcome: Result<(), &Error>,
    checked: bool,
) -> Result<()> {
    let provider = connection.entry.name;
    let ended = outcome.err().and_then(|error| ended(row, error));
    let outcome = ended.as_ref().map_or(outcome, Err);
    let mut evidence = judge(row, provider, outcome, checked);
    evidence.quota = connection
        .quota()
        .map(|quota: Quota| serde_json::json!({ "limit": quota.limit, "remaining": quota.remaining, "resetsAt": quota.resets_at }));
    evidence.throttled_until = connection.throttled_until();
    let now = ctx.clock.now();
    update_evidence(tx, row.id, &evidence, now).await?;
    if row.status == evidence.status || row.status == IntegrationStatus::Inactive {
        return Ok(());
    }
    tell(ctx, tx, row, &evidence).await?;
    let origin = Origin { organization: row.organization_id, kind: "system", name: "health".to_owned(), trace: ctx.clock.new_id() };
    let data = serde_json::json!({
        "integrationId": row.id, "provider": row.provider, "name": row.name, "status": evidence.status, "reason": evidence.reason,
    });
    let event = match (row.status, evidence.status) {
        (_, IntegrationStatus::Error) => Some((EventKind::IntegrationError, format!("{} stopped working", row.name))),
        (IntegrationStatus::Error, IntegrationStatus::Active) => {
            Some((EventKind::IntegrationRecovered, format!("{} works again", row.name)))
        }
        _ => None,
    };
    if let Some((kind, summary)) = event {
        let event = NewEvent { integration: Some(row.id), ..NewEvent::new(kind, summary, data) };
        events::record(ctx, tx, &origin, vec![event]).await?;
    }
    Ok(())
}
