//! How long an organization keeps what it sent: the content of messages, and the log of deliveries and tries.
//!
//! Kept in the organization's settings; the hourly clean-up goes by it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::id::OrgId;
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::operations::activity::{self, Entry};
use crate::store::delivery::retention;
use crate::store::{Json, organization};

/// The name under which it stands in an organization's settings.
const KEY: &str = "webhookRetention";
/// The longest time that can be set, in days.
pub const MAX_DAYS: i64 = 3650;
/// Rows deleted in one transaction.
const STEP: i64 = 1000;
/// Transactions of one clean-up at most, for each kind of row: the next hour goes on.
const STEPS: usize = 200;

/// How long webhooks' history is kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Retention {
    /// The log: deliveries and tries with their answers, 1 to 3650 days.
    pub log_days: i64,
    /// The content of messages, 1 to 3650 days and no longer than the log. What waits to be sent is kept in any case.
    pub body_days: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { log_days: 90, body_days: 30 }
    }
}

impl Retention {
    fn of(settings: &Value) -> Self {
        settings.get(KEY).and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
    }

    fn check(self) -> Result<()> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: &str| errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
        for (pointer, days) in [("/logDays", self.log_days), ("/bodyDays", self.body_days)] {
            if !(1..=MAX_DAYS).contains(&days) {
                wrong(pointer, "Give 1 to 3650 days.");
            }
        }
        if self.body_days > self.log_days {
            wrong("/bodyDays", "The content cannot be kept longer than the log.");
        }
        Fault::invalid_fields(errors).map_or(Ok(()), Err)
    }
}

/// What the caller's organization keeps.
///
/// # Errors
/// `NotFound` if the organization was deleted, the store's.
pub async fn get(ctx: &Context, caller: &Caller) -> Result<Retention> {
    let row = organization::find_organization(&ctx.store, caller.organization).await?.ok_or_else(|| Fault::not_found("organization"))?;
    Ok(Retention::of(&row.settings.0))
}

/// Sets what the caller's organization keeps. What is older goes with the next clean-up.
///
/// # Errors
/// `Forbidden` without `organization:write`, `Invalid`, the store's.
pub async fn set(ctx: &Context, caller: &Caller, wanted: Retention) -> Result<Retention> {
    caller.require(Scope::OrganizationWrite)?;
    wanted.check()?;
    let now = ctx.clock.now();
    let mut tx = ctx.store.begin().await?;
    // Nobody else changes another setting meanwhile.
    organization::lock_organization(&mut tx, caller.organization).await?;
    let settings = organization::find_settings(&mut tx, caller.organization).await?.ok_or_else(|| Fault::not_found("organization"))?;
    let mut settings = settings.0;
    if let Some(settings) = settings.as_object_mut() {
        settings.insert(KEY.to_owned(), serde_json::to_value(wanted).map_err(Fault::internal)?);
    }
    organization::update_settings(&mut tx, caller.organization, &Json(settings), now).await?;
    let message = format!("Webhooks' log is kept for {} days now, the content of messages for {} days", wanted.log_days, wanted.body_days);
    let entry = Entry::new("organization.retention", message).subject("organization", caller.organization.0);
    activity::record(&mut tx, &ctx.clock, caller, entry).await?;
    tx.commit().await?;
    Ok(wanted)
}

/// Deletes what organizations no longer keep. Returns how many rows.
///
/// # Errors
/// The store's.
pub async fn clean(ctx: &Context) -> Result<u64> {
    let now = ctx.clock.now();
    let mut deleted = 0;
    let mut longest = Retention::default().log_days;
    for id in organization::list_organization_ids(&ctx.store).await? {
        let Some(row) = organization::find_organization(&ctx.store, id).await? else { continue };
        let keeps = Retention::of(&row.settings.0);
        longest = longest.max(keeps.log_days);
        let before = |days: i64| now - TimeDelta::days(days.clamp(1, MAX_DAYS));
        for what in
            [What::Bodies(before(keeps.body_days)), What::Attempts(before(keeps.log_days)), What::Deliveries(before(keeps.log_days))]
        {
            deleted += clean_one(ctx, id, what).await?;
        }
    }
    // Whose organization or subscription is gone.
    deleted += clean_one(ctx, OrgId(uuid::Uuid::nil()), What::Orphans(now - TimeDelta::days(longest))).await?;
    Ok(deleted)
}

#[derive(Clone, Copy)]
enum What {
    Bodies(DateTime<Utc>),
    Attempts(DateTime<Utc>),
    Deliveries(DateTime<Utc>),
    Orphans(DateTime<Utc>),
}

async fn clean_one(ctx: &Context, organization: OrgId, what: What) -> Result<u64> {
    let mut deleted = 0;
    for _ in 0..STEPS {
        let mut tx = ctx.store.begin().await?;
        let step = match what {
            What::Bodies(before) => retention::delete_old_bodies(&mut tx, organization, before, STEP).await?,
            What::Attempts(before) => retention::delete_old_attempts(&mut tx, organization, before, STEP).await?,
            What::Deliveries(before) => retention::delete_old_deliveries(&mut tx, organization, before, STEP).await?,
            What::Orphans(before) => retention::delete_orphaned_bodies(&mut tx, before, STEP).await?,
        };
        tx.commit().await?;
        deleted += step;
        if step < STEP.unsigned_abs() {
            break;
        }
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_read_with_defaults_and_checked() {
        assert_eq!(Retention::of(&json!({})), Retention { log_days: 90, body_days: 30 });
        assert_eq!(Retention::of(&json!({KEY: {"logDays": 400}})), Retention { log_days: 400, body_days: 30 });
        assert_eq!(Retention::of(&json!({KEY: "odd"})), Retention::default());
        assert!(Retention { log_days: 1, body_days: 1 }.check().is_ok());
        for wrong in [(0, 1), (3651, 1), (10, 0), (10, 11)] {
            assert!(Retention { log_days: wrong.0, body_days: wrong.1 }.check().is_err(), "{wrong:?}");
        }
    }
}
