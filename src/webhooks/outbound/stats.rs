//! Statistics of a subscription: how much arrives, how fast.

use std::collections::BTreeMap;

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::subscriptions::find;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::WebhookId;
use crate::domain::role::Scope;
use crate::fault::Result;
use crate::store::delivery::history::{count_attempts, count_by_day, count_by_try, list_durations};

/// How many of the latest attempts the percentiles are taken from.
const SAMPLE: i64 = 10_000;

/// A subscription's deliveries over some days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Over how many days.
    pub days: u32,
    /// Deliveries.
    pub total: i64,
    /// That arrived.
    pub succeeded: i64,
    /// That were given up.
    pub failed: i64,
    /// That wait for a try.
    pub pending: i64,
    /// The share of the finished ones that arrived, 0 to 1; `null` before the first is finished.
    pub success_rate: Option<f64>,
    /// Tries.
    pub attempts: i64,
    /// How long answers took, over the latest 10,000 tries; `null` without any.
    pub latency_ms: Option<Latency>,
    /// The same by day in UTC, the earliest first, days without deliveries included.
    pub by_day: Vec<Day>,
    /// At which try deliveries arrived, the first try first.
    pub by_try: Vec<Tries>,
}

/// Percentiles, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Latency {
    /// Half were faster.
    pub p50: i64,
    /// 95 of 100 were.
    pub p95: i64,
    /// 99 of 100 were.
    pub p99: i64,
}

/// One day's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Day {
    /// `2026-01-31`.
    pub day: String,
    /// That arrived.
    pub succeeded: i64,
    /// That were given up.
    pub failed: i64,
    /// That wait for a try.
    pub pending: i64,
    /// How long answers took on that day; `null` without any.
    pub latency_ms: Option<Latency>,
}

/// At which try deliveries arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tries {
    /// Which try, from 1.
    pub attempt: i64,
    /// How many arrived with it.
    pub deliveries: i64,
}

impl Day {
    fn empty(day: String) -> Self {
        Self { day, succeeded: 0, failed: 0, pending: 0, latency_ms: None }
    }
}

impl Latency {
    /// From durations in any order.
    fn of(mut durations: Vec<i64>) -> Option<Self> {
        durations.sort_unstable();
        let last = durations.len().checked_sub(1)?;
        // Nearest rank.
        let at = |percent: usize| durations[(durations.len() * percent).div_ceil(100).saturating_sub(1).min(last)];
        Some(Self { p50: at(50), p95: at(95), p99: at(99) })
    }
}

/// The statistics of the last `days` days (1 to 90), today included.
///
/// # Errors
/// `NotFound`, `Forbidden` without `webhooks:read`, the store's.
pub async fn stats(ctx: &Context, caller: &Caller, id: WebhookId, days: u32) -> Result<Stats> {
    caller.require(Scope::WebhooksRead)?;
    find(ctx, caller, id).await?;
    let days = days.clamp(1, 90);
    let today = ctx.clock.now().date_naive();
    let first = today - Duration::days(i64::from(days) - 1);
    let since = first.and_time(chrono::NaiveTime::MIN).and_utc();
    let mut by_day: BTreeMap<String, Day> =
        first.iter_days().take(days as usize).map(|day| day.to_string()).map(|day| (day.clone(), Day::empty(day))).collect();
    let (mut succeeded, mut failed, mut pending) = (0, 0, 0);
    for count in count_by_day(&ctx.store, caller.organization, id, since).await? {
        let day = by_day.entry(count.day.clone()).or_insert_with(|| Day::empty(count.day.clone()));
        let (total, of_day) = match count.state.as_str() {
            "succeeded" => (&mut succeeded, &mut day.succeeded),
            "failed" => (&mut failed, &mut day.failed),
            _ => (&mut pending, &mut day.pending),
        };
        *total += count.deliveries;
        *of_day += count.deliveries;
    }
    let finished = succeeded + failed;
    let durations = list_durations(&ctx.store, caller.organization, id, since, SAMPLE).await?;
    let mut of_days: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (at, ms) in &durations {
        of_days.entry(at.date_naive().to_string()).or_default().push(*ms);
    }
    for (day, durations) in of_days {
        if let Some(of_day) = by_day.get_mut(&day) {
            of_day.latency_ms = Latency::of(durations);
        }
    }
    let by_try = count_by_try(&ctx.store, caller.organization, id, since).await?;
    Ok(Stats {
        days,
        total: finished + pending,
        succeeded,
        failed,
        pending,
        success_rate: (finished > 0).then(|| succeeded as f64 / finished as f64),
        attempts: count_attempts(&ctx.store, caller.organization, id, since).await?,
        latency_ms: Latency::of(durations.into_iter().map(|(_, ms)| ms).collect()),
        by_day: by_day.into_values().collect(),
        by_try: by_try.into_iter().map(|row| Tries { attempt: row.attempts, deliveries: row.deliveries }).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        assert_eq!(Latency::of(vec![]), None);
        assert_eq!(Latency::of(vec![7]), Some(Latency { p50: 7, p95: 7, p99: 7 }));
        assert_eq!(Latency::of((1..=100).rev().collect()), Some(Latency { p50: 50, p95: 95, p99: 99 }));
        assert_eq!(Latency::of((1..=1000).collect()), Some(Latency { p50: 500, p95: 950, p99: 990 }));
    }
}
