//! `/webhooks/{id}/figures`: how much arrives, how fast, at which try.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::head::{Part, crumbs, head, load};
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::webhooks::outbound::stats::{Stats as Counted, stats};

/// The plots of one receiver.
#[component]
pub fn WebhookFigures() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let days = use_query_map().get_untracked().get("days").and_then(|text| text.parse().ok()).unwrap_or(30_u32);
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let webhook = load(&viewer, &id).await?;
        let counted = stats(&viewer.ctx, &viewer.caller, webhook.id, days).await?;
        let chips = [(7, "7 days"), (30, "30 days"), (90, "90 days")]
            .into_iter()
            .map(|(wanted, label)| Chip {
                label: label.into(),
                href: format!("/webhooks/{}/figures?days={wanted}", webhook.id).into(),
                is_current: counted.days == wanted,
            })
            .collect();
        let body = view! {
            {head(&viewer, &webhook, Part::Figures)}
            <Chips label="Span" chips/>
            {plots(&counted)}
        };
        Ok(Content::new(format!("Figures of {}", webhook.name), body).crumbs(crumbs(&webhook, Part::Figures)))
    })
}

/// Success by day, latency by day, tries.
pub(super) fn plots(counted: &Counted) -> impl IntoView + use<> {
    let unsigned = |count: i64| u64::try_from(count).unwrap_or_default();
    let series = vec![
        Series { label: "Arrived".into(), tone: Tone::Good },
        Series { label: "Waiting".into(), tone: Tone::Info },
        Series { label: "Given up".into(), tone: Tone::Bad },
    ];
    let days = counted
        .by_day
        .iter()
        .map(|day| Day {
            label: day.day.clone().into(),
            counts: vec![unsigned(day.succeeded), unsigned(day.pending), unsigned(day.failed)],
        })
        .collect();
    let measured: Vec<_> = counted.by_day.iter().filter_map(|day| day.latency_ms.map(|latency| (day.day.clone(), latency))).collect();
    let (from, to) = (measured.first().map(|(day, _)| day.clone()), measured.last().map(|(day, _)| day.clone()));
    let points: Vec<LatencyPoint> = measured
        .into_iter()
        .map(|(_, latency)| LatencyPoint { p50_ms: unsigned(latency.p50), p95_ms: unsigned(latency.p95), p99_ms: unsigned(latency.p99) })
        .collect();
    let latency = if points.is_empty() {
        view! { <p class="meta">"No answer was measured in this time."</p> }.into_any()
    } else {
        view! { <LatencyBands title="How long answers took" points from=from.unwrap_or_default() to=to.unwrap_or_default()/> }.into_any()
    };
    let arrived: i64 = counted.by_try.iter().map(|tries| tries.deliveries).sum();
    let most = counted.by_try.iter().map(|tries| tries.attempt).max().unwrap_or(1).max(4);
    let bars = (1..=most)
        .map(|attempt| {
            let count = counted.by_try.iter().find(|tries| tries.attempt == attempt).map_or(0, |tries| tries.deliveries);
            Day { label: format!("Try {attempt}").into(), counts: vec![unsigned(count)] }
        })
        .collect();
    let first = counted.by_try.iter().find(|tries| tries.attempt == 1).map_or(0, |tries| tries.deliveries);
    let share = if arrived > 0 {
        format!("{:.1} % arrived at the first try.", first as f64 * 100.0 / arrived as f64)
    } else {
        "Nothing arrived yet.".to_owned()
    };
    let rate = counted
        .success_rate
        .map_or_else(|| "Nothing was finished yet.".to_owned(), |rate| format!("{:.2} % of what is finished arrived.", rate * 100.0));
    let tries = number(unsigned(counted.attempts));
    view! {
        <Card title="Success" note=rate><DayBars title="Deliveries by day" series days/></Card>
        <Card title="Latency" note="How long answers took, by day, over the latest 10,000 tries.">{latency}</Card>
        <Card title="Tries" note=format!("{share} {tries} tries in all.")>
            <DayBars title="Deliveries by the try they arrived at" series=vec![Series { label: "Arrived".into(), tone: Tone::Good }] days=bars unit="try"/>
        </Card>
    }
}
