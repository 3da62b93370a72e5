//! One job: what it is, how its pipeline stands, what happened.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::timeline::{About, Beside, entries};
use super::{fields_of, links_view};
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{count, counted};
use crate::domain::id::JobId;
use crate::domain::status::ApplicationStatus;
use crate::fault::Fault;
use crate::records::{jobs, timeline};
use crate::store::event::EventFilter;
use crate::store::page::PageQuery;
use crate::store::record::count_by_stage;

/// `/jobs/{id}`.
#[component]
pub fn JobPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let cursor = use_query_map().get_untracked().get("cursor").and_then(|text| text.parse().ok());
    signed_in(NavItem::Jobs, move |viewer| async move {
        let id: JobId = id.parse().map_err(|_| Fault::not_found("job"))?;
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let job = jobs::get(ctx, caller, id).await?;
        let stages = jobs::stages(ctx, caller, &[id]).await?;
        let counts = count_by_stage(&ctx.store, caller.organization, id).await?;
        let filter = EventFilter { job: Some(id), ..EventFilter::default() };
        let events = timeline::list(ctx, caller, filter, PageQuery { limit: 30, before: cursor }).await?;
        let beside = Beside::load(&viewer, &events.rows, About::Job).await?;

        let of = |status: ApplicationStatus| {
            counts.iter().filter(|(_, word, _)| word == status.as_str()).map(|(_, _, number)| number).sum::<i64>()
        };
        let [active, hired, rejected, withdrawn] =
            [ApplicationStatus::Active, ApplicationStatus::Hired, ApplicationStatus::Rejected, ApplicationStatus::Withdrawn].map(of);
        let most = stages.iter().map(|stage| in_stage(&counts, &stage.name)).max().unwrap_or_default().max(1);
        let steps = stages
            .iter()
            .map(|stage| {
                let number = in_stage(&counts, &stage.name);
                let width = 100.0 * number as f64 / most as f64;
                let bar = format!("<rect class=\"accent\" width=\"{width:.1}\" height=\"1\"/>");
                view! {
                    <li>
                        <span class="truncate">{stage.name.clone()}</span>
                        <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" inner_html=bar></svg>
                        <b>{count(number)}</b>
                    </li>
                }
            })
            .collect::<Vec<_>>();
        let has_steps = !steps.is_empty();
        let status = job.row.status;
        let lead = [job.row.department.clone(), job.row.location.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let fields = fields_of(&job.row.custom_fields.0);
        let fields = fields.into_iter().map(|(name, value)| view! { <Fact name>{value}</Fact> }).collect::<Vec<_>>();
        let description = job.row.description.as_deref().map(plain_text).filter(|text| !text.is_empty());
        let description = description.map(|text| {
            let paragraphs = text.split("\n").map(|line| view! { <p>{line.to_owned()}</p> }).collect::<Vec<_>>();
            view! { <Card title="Description"><div class="stack tight reading">{paragraphs}</div></Card> }
        });
        let has_links = !job.links.is_empty();
        let links = links_view(&job.links);
        let next = events.next.map(|next| format!("/jobs/{id}?cursor={next}#timeline").into());
        let has_events = !events.rows.is_empty();
        let events = entries(&viewer, &events.rows, &beside);
        let (opened, closed, number) = (job.row.opened_at, job.row.closed_at, job.row.requisition_id.clone());
        let body = view! {
            <PageHead title=job.row.title.clone() badge=move || view! { <StatusBadge status/> } lead=move || lead>
                <LinkButton href=format!("/applications?job={id}") label="Open the board" kind=Kind::Primary/>
            </PageHead>
            <div class="with-panel">
                <div class="stack loose">
                    <Card title="Pipeline" note=counted(active, "person in process", "people in process")>
                        {if has_steps {
                            view! { <ol class="pipeline">{steps}</ol> }.into_any()
                        } else {
                            view! { <p class="muted">"This job has no steps yet."</p> }.into_any()
                        }}
                        <RatioBar parts=vec![
                            Part { label: "In process".into(), value: unsigned(active), tone: Tone::Accent },
                            Part { label: "Hired".into(), value: unsigned(hired), tone: Tone::Good },
                            Part { label: "Rejected".into(), value: unsigned(rejected), tone: Tone::Neutral },
                            Part { label: "Withdrawn".into(), value: unsigned(withdrawn), tone: Tone::Warning },
                        ]/>
                    </Card>
                    {description}
                    <section class="card" id="timeline">
                        <header class="card-head"><div><h2>"Timeline"</h2></div></header>
                        <div class="card-body">
                            {if has_events {
                                view! { <Timeline>{events}</Timeline> }.into_any()
                            } else {
                                view! { <p class="muted">"Nothing happened with this job yet."</p> }.into_any()
                            }}
                            <Pagination next/>
                        </div>
                    </section>
                </div>
                <div class="stack">
                    <Card title="About">
                        <Facts stacked=true>
                            {number.map(|number| view! { <Fact name="Requisition"><code>{number}</code></Fact> })}
                            {opened.map(|at| view! { <Fact name="Opened"><RelativeTime at now/></Fact> })}
                            {closed.map(|at| view! { <Fact name="Closed"><RelativeTime at now/></Fact> })}
                            {fields}
                            <Fact name="Changed"><RelativeTime at=job.row.updated_at now/></Fact>
                        </Facts>
                    </Card>
                    {has_links.then(|| view! { <Card title="In other systems">{links}</Card> })}
                </div>
            </div>
        };
        Ok(Content::new(job.row.title.clone(), body).crumbs(vec![Crumb::here(job.row.title)]))
    })
}

/// How many people in process stand in a step.
fn in_stage(counts: &[(Option<String>, String, i64)], stage: &str) -> i64 {
    let active = ApplicationStatus::Active.as_str();
    counts.iter().filter(|(name, status, _)| name.as_deref() == Some(stage) && status == active).map(|(_, _, number)| number).sum()
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The words of an HTML text, a line for each block. It is shown as text, so nothing in it can act.
pub(super) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let Some(end) = rest[start..].find('>') else {
            rest = "";
            break;
        };
        let tag = rest[start + 1..start + end].trim_start_matches('/').to_ascii_lowercase();
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        match name.as_str() {
            "p" | "div" | "br" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "tr" => text.push('\n'),
            "li" if !rest[start..].starts_with("</") => text.push_str("\n• "),
            _ => {}
        }
        rest = &rest[start + end + 1..];
    }
    text.push_str(rest);
    let text = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .into_iter()
        .fold(text, |text, (entity, letter)| text.replace(entity, letter));
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_lines() {
        for (html, text) in [
            ("<p>One &amp; two</p><p>Three</p>", "One & two\nThree"),
            ("<ul><li>First</li><li><b>Second</b></li></ul>", "• First\n• Second"),
            ("plain", "plain"),
            ("<script>alert(1)</script>", "alert(1)"),
            ("cut <off", "cut"),
            ("&lt;b&gt;", "<b>"),
        ] {
            assert_eq!(plain_text(html), text, "{html}");
        }
    }
}
