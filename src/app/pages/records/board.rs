//! The board of a job: a column per step, a card per person in process.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::applications::Asked;
use super::name_of;
use crate::app::actions::applications::MoveStage;
use crate::app::pages::signed_in::Viewer;
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::counted;
use crate::domain::role::Scope;
use crate::domain::status::ApplicationStatus;
use crate::fault::Result;
use crate::records::applications::{self, Around};
use crate::records::jobs;
use crate::store::page::PageQuery;
use crate::store::record::application::{ApplicationFilter, ApplicationRow};
use crate::store::record::count_by_stage;
use crate::store::record::job::JobRow;
use crate::store::record::stage::StageRow;

/// How many cards a column shows; the list has the others.
const CARDS: u32 = 25;

/// The board.
pub(super) async fn view(viewer: &Viewer, job: &JobRow, asked: &Asked) -> Result<AnyView> {
    let (ctx, caller) = (&viewer.ctx, &viewer.caller);
    let stages = jobs::stages(ctx, caller, &[job.id]).await?;
    let counts = count_by_stage(&ctx.store, caller.organization, job.id).await?;
    let mut columns = Vec::with_capacity(stages.len());
    for stage in &stages {
        let filter = ApplicationFilter {
            job: Some(job.id),
            stage: Some(stage.id),
            status: Some(ApplicationStatus::Active),
            ..ApplicationFilter::default()
        };
        let page = applications::list(ctx, caller, &filter, PageQuery { limit: CARDS, before: None }).await?;
        let rows: Vec<ApplicationRow> = page.rows.into_iter().map(|one| one.row).collect();
        columns.push((stage.clone(), rows, page.next.is_some()));
    }
    let around = applications::around(ctx, caller, columns.iter().flat_map(|(_, rows, _)| rows)).await?;
    let number =
        |status: ApplicationStatus| counts.iter().filter(|(_, word, _)| word == status.as_str()).map(|(_, _, number)| number).sum::<i64>();
    let ended = [ApplicationStatus::Hired, ApplicationStatus::Rejected, ApplicationStatus::Withdrawn]
        .into_iter()
        .filter(|status| number(*status) > 0)
        .map(|status| {
            let label = format!("{} {}", number(status), status.look().2.to_lowercase());
            view! { <a href=asked.link(Some(job.id), Some(status), true)>{label}</a> }
        })
        .collect::<Vec<_>>();
    let has_ended = !ended.is_empty();
    let is_empty = stages.is_empty();
    let active = number(ApplicationStatus::Active);
    // Without the right there is nowhere to move a card.
    let movable: &[StageRow] = if caller.may(Scope::RecordsWrite) { &stages } else { &[] };
    let views = columns
        .iter()
        .map(|(stage, rows, has_more)| {
            let total = counts
                .iter()
                .filter(|(name, status, _)| name.as_deref() == Some(stage.name.as_str()) && status == ApplicationStatus::Active.as_str())
                .map(|(_, _, number)| number)
                .sum::<i64>();
            let cards = rows.iter().map(|row| card(row, &around, movable, viewer.now)).collect::<Vec<_>>();
            let is_empty = cards.is_empty();
            let heading = format!("stage-{}", stage.id);
            view! {
                <section class="lane" aria-labelledby=heading.clone()>
                    <h2 class="lane-head" id=heading.clone()><span class="truncate">{stage.name.clone()}</span><Count value=u64::try_from(total).unwrap_or_default()/></h2>
                    {if is_empty {
                        view! { <p class="lane-empty">"Nobody"</p> }.into_any()
                    } else {
                        view! { <ul class="lane-cards">{cards}</ul> }.into_any()
                    }}
                    {has_more.then(|| view! { <a class="meta" href=asked.link(Some(job.id), Some(ApplicationStatus::Active), true)>"Show all in the list"</a> })}
                </section>
            }
        })
        .collect::<Vec<_>>();
    Ok(view! {
        <p class="row meta">
            <span>{counted(active, "person in process", "people in process")}</span>
            {has_ended.then_some(ended)}
        </p>
        {if is_empty {
            view! { <Empty icon=Icon::Inbox title="This job has no steps" text="The steps of a job come from the applicant tracking system. They arrive with its next sync."/> }.into_any()
        } else {
            view! { <div class="board" role="region" aria-label="Board" tabindex="0">{views}</div> }.into_any()
        }}
    }
    .into_any())
}

fn card(row: &ApplicationRow, around: &Around, stages: &[StageRow], now: DateTime<Utc>) -> impl IntoView + use<> {
    let name = around.candidates.get(&row.candidate_id).map_or_else(|| "No name".to_owned(), name_of);
    let company = around.candidates.get(&row.candidate_id).and_then(super::occupation);
    let since = row.stage_entered_at.unwrap_or(row.applied_at);
    let days = (now - since).num_days();
    // After a month in one step people have begun to ask.
    let age_class = if days >= 30 { "lane-age warning" } else { "lane-age" };
    let age = match days {
        ..1 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    // One form, a button for each stage: it works without a script, and a board of two hundred cards stays small.
    let steps = stages
        .iter()
        .filter(|stage| Some(stage.id) != row.stage_id)
        .map(|stage| view! { <button class="menu-item" name="stage" value=stage.id.to_string()>{Icon::ArrowRight.view()}{stage.name.clone()}</button> })
        .collect::<Vec<_>>();
    let href = format!("/candidates/{}#application-{}", row.candidate_id, row.id);
    let id = row.id;
    let menu = (!stages.is_empty()).then(|| {
        view! {
            <Menu label=format!("Move {name}") small=true>
                <form method="post" action=MoveStage::url()>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <p class="menu-note">"Move to"</p>
                    {steps}
                </form>
                <hr class="menu-line"/>
                <MenuLink href=format!("/applications/{id}/hire") label="Hire…" icon=Icon::CheckCircle/>
                <MenuLink href=format!("/applications/{id}/reject") label="Reject…" icon=Icon::CrossCircle danger=true/>
            </Menu>
        }
    });
    view! {
        <li class="lane-card" id=format!("card-{id}")>
            <div class="lane-top">
                <div class="who"><Avatar name=name.clone() size=Size::Small/><span><a href=href>{name.clone()}</a><span class="meta">{company}</span></span></div>
                {menu}
            </div>
            <p class="lane-foot"><span class="truncate">{row.source.clone()}</span><span class=age_class title=format!("In this stage since {}", exact(since))>{Icon::Clock.view()}{age}</span></p>
        </li>
    }
}
