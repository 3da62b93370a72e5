//! The list of jobs.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::PAGE;
use crate::app::pages::signed_in::{Content, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{address, count};
use crate::domain::id::JobId;
use crate::domain::status::{ApplicationStatus, JobStatus};
use crate::records::jobs;
use crate::store::page::PageQuery;
use crate::store::record::application::count_applications_of_jobs;
use crate::store::record::job::JobFilter;

/// `/jobs`.
#[component]
pub fn Jobs() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let search = query.get("q").unwrap_or_default().trim().to_owned();
    let status_word = query.get("status").unwrap_or_default();
    let status: Option<JobStatus> = status_word.parse().ok();
    let cursor = query.get("cursor").and_then(|text| text.parse().ok());
    signed_in(NavItem::Jobs, move |viewer| async move {
        let filter = JobFilter { status, search: Some(search.clone()).filter(|text| !text.is_empty()) };
        let page = jobs::list(&viewer.ctx, &viewer.caller, &filter, PageQuery { limit: PAGE, before: cursor }).await?;
        let ids: Vec<JobId> = page.rows.iter().map(|job| job.row.id).collect();
        let mut active: HashMap<JobId, (i64, i64)> = HashMap::new();
        for (job, status, number) in count_applications_of_jobs(&viewer.ctx.store, viewer.caller.organization, &ids).await? {
            let entry = active.entry(job).or_default();
            entry.1 += number;
            if status == ApplicationStatus::Active.as_str() {
                entry.0 += number;
            }
        }
        let now = viewer.now;
        let word = status.map(JobStatus::as_str).unwrap_or_default();
        let link = |status: &str| address("/jobs", &[("q", &search), ("status", status)]);
        let mut chips = vec![Chip { label: "All".into(), href: link("").into(), is_current: status.is_none() }];
        for one in [JobStatus::Open, JobStatus::Draft, JobStatus::Closed] {
            chips.push(Chip { label: one.look().2.into(), href: link(one.as_str()).into(), is_current: status == Some(one) });
        }
        let next = page.next.map(|next| address("/jobs", &[("q", &search), ("status", word), ("cursor", &next.to_string())]).into());
        let previous = cursor.is_some().then(|| link(word).into());
        let is_filtered = status.is_some() || !search.is_empty() || cursor.is_some();
        let is_empty = page.rows.is_empty();
        let rows = page
            .rows
            .into_iter()
            .map(|job| {
                let (in_process, all) = active.get(&job.row.id).copied().unwrap_or_default();
                let status = job.row.status;
                let opened = job.row.opened_at;
                view! {
                    <tr>
                        <td class="name"><a href=format!("/jobs/{}", job.row.id)>{job.row.title}</a>{job.row.requisition_id.map(|number| view! { " "<code class="meta">{number}</code> })}</td>
                        <td data-label="Status"><StatusBadge status/></td>
                        <td data-label="Department">{job.row.department}</td>
                        <td data-label="Location">{job.row.location}</td>
                        <td data-label="In process" class="number">{count(in_process)}</td>
                        <td data-label="Applications" class="number">{count(all)}</td>
                        <td data-label="Opened">{opened.map(|at| view! { <RelativeTime at now/> })}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let columns = vec![
            Column::new("Job"),
            Column::new("Status"),
            Column::new("Department"),
            Column::new("Location"),
            Column::number("In process"),
            Column::number("Applications"),
            Column::new("Opened"),
        ];
        let list = if is_empty && !is_filtered {
            view! {
                <Empty icon=Icon::Briefcase title="No jobs yet" text="The jobs of your applicant tracking system stand here, with who applies for them. Connect it to begin.">
                    <LinkButton href="/integrations" label="Connect a tool" kind=Kind::Primary/>
                </Empty>
            }
            .into_any()
        } else {
            view! {
                <Table caption="Jobs" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=7 text="No job matches. Try another word or status."/> })}
                </Table>
            }
            .into_any()
        };
        let body = view! {
            <PageHead title="Jobs" lead=|| "Openings of every connected system, and how many people are in process for each."/>
            <div class="filters">
                <Toolbar action="/jobs" label="Find a job">
                    {status.map(|status| view! { <input type="hidden" name="status" value=status.as_str()/> })}
                    <SearchField label="Search jobs" value=search.clone()/>
                </Toolbar>
                <Chips label="Status" chips/>
            </div>
            {list}
            <Pagination previous next/>
        };
        Ok(Content::new("Jobs", body))
    })
}
