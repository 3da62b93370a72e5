//! Applications: a board by stage for one job, a list for all.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{PAGE, board, flash, name_of};
use crate::app::actions::applications::MoveStage;
use crate::app::pages::signed_in::{Content, Viewer, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::address;
use crate::domain::id::{ApplicationId, JobId};
use crate::domain::status::{ApplicationStatus, JobStatus};
use crate::fault::{Fault, Result};
use crate::records::{applications, jobs};
use crate::store::page::PageQuery;
use crate::store::record::application::ApplicationFilter;
use crate::store::record::job::{JobFilter, JobRow};

/// What the address asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) job: Option<JobId>,
    pub(super) status: Option<ApplicationStatus>,
    pub(super) as_list: bool,
    cursor: Option<uuid::Uuid>,
}

impl Asked {
    /// The address of the same page with another choice.
    pub(super) fn link(&self, job: Option<JobId>, status: Option<ApplicationStatus>, as_list: bool) -> String {
        let job = job.map(|job| job.to_string()).unwrap_or_default();
        let status = status.map(ApplicationStatus::as_str).unwrap_or_default();
        address("/applications", &[("job", &job), ("status", status), ("view", if as_list { "list" } else { "" })])
    }
}

/// `/applications`.
#[component]
pub fn Applications() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let asked = Asked {
        job: query.get("job").and_then(|text| text.parse().ok()),
        status: query.get("status").and_then(|text| text.parse().ok()),
        as_list: query.get("view").as_deref() == Some("list"),
        cursor: query.get("cursor").and_then(|text| text.parse().ok()),
    };
    let done = query.get("done").unwrap_or_default();
    let error = ServerAction::<MoveStage>::new().value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Applications, move |viewer| async move {
        let (ctx, caller) = (&viewer.ctx, &viewer.caller);
        let open = JobFilter { status: Some(JobStatus::Open), search: None };
        let mut choices: Vec<JobRow> =
            jobs::list(ctx, caller, &open, PageQuery { limit: 200, before: None }).await?.rows.into_iter().map(|job| job.row).collect();
        choices.sort_by_cached_key(|job| job.title.to_lowercase());
        let chosen = match asked.job {
            Some(id) => Some(jobs::get(ctx, caller, id).await?.row),
            None => None,
        };
        if let Some(chosen) = &chosen
            && !choices.iter().any(|job| job.id == chosen.id)
        {
            choices.insert(0, chosen.clone());
        }
        let options = std::iter::once(Choice::new("", "Every job"))
            .chain(choices.iter().map(|job| Choice::new(job.id.to_string(), job.title.clone())))
            .collect();
        let statuses = std::iter::once(Choice::new("", "Every status"))
            .chain(ApplicationStatus::ALL.iter().map(|status| Choice::new(status.as_str(), status.look().2)))
            .collect();
        let is_board = chosen.is_some() && !asked.as_list;
        let shown = match &chosen {
            Some(job) if is_board => board::view(&viewer, job, &asked).await?,
            _ => list(&viewer, &asked).await?,
        };
        let tabs = chosen.as_ref().map(|job| {
            let tabs = vec![
                Tab::new("Board", asked.link(Some(job.id), None, false), is_board),
                Tab::new("List", asked.link(Some(job.id), asked.status, true), !is_board),
            ];
            view! { <Tabs label="How to show them" tabs/> }
        });
        let job_value = asked.job.map(|job| job.to_string().into());
        let status_value = asked.status.map(|status| status.as_str().into());
        let title = chosen.as_ref().map_or_else(|| "Applications".to_owned(), |job| format!("Applications for {}", job.title));
        let is_list_of_one = chosen.is_some() && !is_board;
        let body = view! {
            {flash(&done)}
            {problem(error)}
            <PageHead title="Applications" lead=move || if is_board { "Who stands where for this job." } else { "Who applied for what. Choose a job to see its board." }/>
            <Toolbar action="/applications" label="Choose applications">
                <Select name="job" label="Job" choices=options value=job_value required=false bare=true/>
                {(!is_board).then(|| view! { <Select name="status" label="Status" choices=statuses value=status_value required=false bare=true/> })}
                {is_list_of_one.then(|| view! { <input type="hidden" name="view" value="list"/> })}
                <Button label="Show"/>
            </Toolbar>
            {tabs}
            {shown}
        };
        let content = Content::new(title, body);
        Ok(match chosen {
            Some(job) => content.crumbs(vec![Crumb::here(job.title)]),
            None => content,
        })
    })
}

async fn list(viewer: &Viewer, asked: &Asked) -> Result<AnyView> {
    let now = viewer.now;
    let filter = ApplicationFilter { job: asked.job, status: asked.status, ..ApplicationFilter::default() };
    let page = applications::list(&viewer.ctx, &viewer.caller, &filter, PageQuery { limit: PAGE, before: asked.cursor }).await?;
    let around = applications::around(&viewer.ctx, &viewer.caller, page.rows.iter().map(|one| &one.row)).await?;
    let here = asked.link(asked.job, asked.status, asked.as_list);
    let next = page.next.map(|next| format!("{here}{}cursor={next}", if here.contains('?') { '&' } else { '?' }).into());
    let previous = asked.cursor.is_some().then(|| here.into());
    let is_empty = page.rows.is_empty();
    if is_empty && asked.job.is_none() && asked.status.is_none() && asked.cursor.is_none() {
        return Ok(view! {
            <Empty icon=Icon::Inbox title="No applications yet" text="Who applies for what stands here, with the step they are in. Connect your applicant tracking system to begin.">
                <LinkButton href="/integrations" label="Connect a tool" kind=Kind::Primary/>
            </Empty>
        }
        .into_any());
    }
    let rows = page
        .rows
        .into_iter()
        .map(|one| {
            let row = one.row;
            let name = around.candidates.get(&row.candidate_id).map_or_else(|| "No name".to_owned(), name_of);
            let job = row.job_id.and_then(|id| around.jobs.get(&id)).map(|job| (format!("/jobs/{}", job.id), job.title.clone()));
            let status = row.status;
            let since = row.stage_entered_at.unwrap_or(row.applied_at);
            view! {
                <tr>
                    <td class="name">
                        <div class="who"><Avatar name=name.clone() size=Size::Small/><a href=format!("/candidates/{}#application-{}", row.candidate_id, row.id)>{name}</a></div>
                    </td>
                    <td data-label="Job">{job.map(|(href, title)| view! { <a href=href>{title}</a> })}</td>
                    <td data-label="Status"><StatusBadge status/></td>
                    <td data-label="Stage">{row.stage_name}</td>
                    <td data-label="Source">{row.source}</td>
                    <td data-label="In stage since"><RelativeTime at=since now/></td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let columns = vec![
        Column::new("Candidate"),
        Column::new("Job"),
        Column::new("Status"),
        Column::new("Stage"),
        Column::new("Source"),
        Column::new("In stage since"),
    ];
    Ok(view! {
        <Table caption="Applications" columns>
            {rows}
            {is_empty.then(|| view! { <EmptyRow columns=6 text="No application matches. Choose another job or status."/> })}
        </Table>
        <Pagination previous next/>
    }
    .into_any())
}

/// `/applications/{id}`: leads to the candidate, where the application stands.
#[component]
pub fn ApplicationPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    signed_in(NavItem::Applications, move |viewer| async move {
        let id: ApplicationId = id.parse().map_err(|_| Fault::not_found("application"))?;
        let row = applications::get(&viewer.ctx, &viewer.caller, id).await?.row;
        let href = format!("/candidates/{}#application-{id}", row.candidate_id);
        let link = href.clone();
        let body = view! { <h1>"Application"</h1><p><a href=link>"Go to the candidate"</a></p> };
        Ok(Content::new("Application", body).leading_to(href))
    })
}
