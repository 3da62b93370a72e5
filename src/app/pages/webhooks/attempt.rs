//! One try in full: what was sent, what came back, where the time went.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::app::pages::ui::prelude::*;
use crate::webhooks::outbound::log::{Attempt, AttemptWithBody};
use crate::webhooks::outbound::timing::Timing;

/// A row of the log; `href` opens the try.
pub(super) fn row(attempt: Attempt, href: String, now: DateTime<Utc>) -> impl IntoView {
    let code = attempt.status_code.map_or_else(|| attempt.error_code.clone().unwrap_or_default(), |code| code.to_string());
    view! {
        <tr>
            <td data-label="Event" class="name"><a href=href>{attempt.event}</a></td>
            <td data-label="State"><StatusBadge status=attempt.state/></td>
            <td data-label="Answer"><code>{code}</code></td>
            <td data-label="Try" class="number">{attempt.attempt}</td>
            <td data-label="Took" class="number">{attempt.duration_ms.map(|ms| format!("{ms} ms"))}</td>
            <td data-label="When"><RelativeTime at=attempt.at now/></td>
        </tr>
    }
}

/// The heads of the log's table.
pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::new("Event"),
        Column::new("State"),
        Column::new("Answer"),
        Column::number("Try"),
        Column::number("Took"),
        Column::new("When"),
    ]
}

/// The try; `again` is the button that sends it again, or nothing.
pub(super) fn detail<Again: IntoView + 'static>(
    shown: AttemptWithBody,
    url: &str,
    again: Again,
    now: DateTime<Utc>,
) -> impl IntoView + use<Again> {
    let AttemptWithBody { attempt, request_body } = shown;
    let mut request = format!("POST {url}\n");
    for (name, value) in &attempt.request_headers {
        request.push_str(&format!("{name}: {value}\n"));
    }
    request.push('\n');
    request.push_str(request_body.as_deref().unwrap_or("(The content is not kept any more.)"));
    let mut response = attempt.status_code.map(|code| format!("HTTP {code}\n")).unwrap_or_default();
    for (name, value) in attempt.response_headers.iter().flatten() {
        response.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(body) = attempt.response_body.as_deref().filter(|body| !body.is_empty()) {
        response.push('\n');
        response.push_str(body);
    }
    let (at, state, next) = (attempt.at, attempt.state, attempt.next_attempt_at);
    let (message_id, address, error) = (attempt.message_id, attempt.address, attempt.error);
    let timing = attempt.timing.map(timing);
    view! {
        <div id="attempt"><Card title=format!("{}, try {}", attempt.event, attempt.attempt)>
                <Facts>
                    <Fact name="State"><StatusBadge status=state/></Fact>
                    <Fact name="When"><RelativeTime at now/></Fact>
                    <Fact name="Message"><code>{message_id}</code></Fact>
                    {address.map(|address| view! { <Fact name="Address"><code>{address}</code></Fact> })}
                    {timing.map(|text| view! { <Fact name="Time">{text}</Fact> })}
                    {error.map(|error| view! { <Fact name="What went wrong">{error}</Fact> })}
                    {next.map(|at| view! { <Fact name="Next try"><RelativeTime at now/></Fact> })}
                </Facts>
                <CodeBlock id="attempt-request" title="Request" code=request wrap=true/>
                {(!response.is_empty()).then(|| view! { <CodeBlock id="attempt-response" title="Answer (the first 4 kB)" code=response.clone() wrap=true/> })}
                {again}
        </Card></div>
    }
}

/// Where the time of a try went, in words.
fn timing(timing: Timing) -> String {
    let part = |name: &str, ms: Option<i64>| ms.map(|ms| format!("{name} {ms} ms"));
    let connection = if timing.reused { Some("on an open connection".to_owned()) } else { None };
    let parts = [
        part("name", timing.dns_ms),
        part("connection with encryption", timing.connect_ms),
        connection,
        part("first byte after", timing.first_byte_ms),
        Some(format!("{} ms in all", timing.total_ms)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
