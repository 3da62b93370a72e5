//! Turning an application down and hiring: a page each, as both end it.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::name_of;
use crate::app::actions::applications::{Hire, Reject};
use crate::app::pages::signed_in::{Content, Viewer, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::id::ApplicationId;
use crate::domain::role::Scope;
use crate::domain::status::ApplicationStatus;
use crate::fault::{Fault, Result};
use crate::records::{applications, candidates, jobs, writes};
use crate::store::record::application::ApplicationRow;

/// An application with the names people know it by.
struct Subject {
    row: ApplicationRow,
    name: String,
    job: String,
}

async fn load(viewer: &Viewer, id: &str) -> Result<Subject> {
    let (ctx, caller) = (&viewer.ctx, &viewer.caller);
    caller.require(Scope::RecordsWrite)?;
    let id: ApplicationId = id.parse().map_err(|_| Fault::not_found("application"))?;
    let row = applications::get(ctx, caller, id).await?.row;
    let name = name_of(&candidates::get(ctx, caller, row.candidate_id).await?.row);
    let job = match row.job_id {
        Some(job) => jobs::get(ctx, caller, job).await?.row.title,
        None => "no job in particular".to_owned(),
    };
    Ok(Subject { row, name, job })
}

fn back(subject: &Subject) -> String {
    format!("/candidates/{}#application-{}", subject.row.candidate_id, subject.row.id)
}

fn crumbs(subject: &Subject, here: &'static str) -> Vec<Crumb> {
    vec![Crumb::link(subject.name.clone(), back(subject)), Crumb::here(here)]
}

/// An application that has ended has nothing more to decide.
fn ended(subject: &Subject) -> Option<impl IntoView + use<>> {
    let status = subject.row.status;
    let href = back(subject);
    (status != ApplicationStatus::Active).then(|| {
        view! {
            <Callout tone=Tone::Info title="This application has ended already">
                <div class="button-row"><StatusBadge status/><LinkButton href label="Back to the candidate"/></div>
            </Callout>
        }
    })
}

/// `/applications/{id}/reject`.
#[component]
pub fn RejectPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let action = ServerAction::<Reject>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Candidates, move |viewer| async move {
        let subject = load(&viewer, &id).await?;
        let is_active = subject.row.status == ApplicationStatus::Active;
        // The reasons are the connected system's own. Without an answer one can still reject, without a reason.
        let reasons = if is_active { writes::reasons(&viewer.ctx, &viewer.caller, subject.row.id).await } else { Ok(Vec::new()) };
        let is_cut_off = reasons.is_err();
        let reasons = reasons.unwrap_or_default();
        let choices: Vec<Choice> = std::iter::once(Choice::new("", "No reason"))
            .chain(reasons.into_iter().map(|reason| Choice::new(reason.external_id, reason.name)))
            .collect();
        let has_reasons = choices.len() > 1;
        let title = format!("Reject {}", subject.name);
        let lead = format!("The application for {} ends. No mail is sent to the candidate.", subject.job);
        let href = back(&subject);
        let label = title.clone();
        let id = subject.row.id.to_string();
        let form = is_active.then(|| {
            view! {
                <Card>
                    <ActionForm action attr:class="form">
                        <input type="hidden" name="id" value=id/>
                        {has_reasons.then(|| view! { <Select name="reason" label="Reason" choices required=false/> })}
                        <TextArea name="note" label="Note" required=false help=Some("Stands with the rejection; the candidate does not see it.".into())/>
                        <div class="button-row"><Button label kind=Kind::Danger/><LinkButton href label="Keep it"/></div>
                    </ActionForm>
                </Card>
            }
        });
        let crumbs = crumbs(&subject, "Reject");
        let body = view! {
            <PageHead title=title.clone() lead=move || lead/>
            {problem(error)}
            {ended(&subject)}
            {is_cut_off.then(|| view! { <Callout tone=Tone::Warning title="The reasons could not be read from the connected system">"You can reject without one, or try again in a minute."</Callout> })}
            {form}
        };
        Ok(Content::new(title, body).crumbs(crumbs))
    })
}

/// `/applications/{id}/hire`.
#[component]
pub fn HirePage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let action = ServerAction::<Hire>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Candidates, move |viewer| async move {
        let subject = load(&viewer, &id).await?;
        let is_active = subject.row.status == ApplicationStatus::Active;
        let title = format!("Hire {}", subject.name);
        let lead = format!("The application for {} ends as hired, here and in the connected system.", subject.job);
        let date_error = error.as_ref().filter(|error| error.is_about("startOn")).map(|_| "Enter a day.".into());
        let href = back(&subject);
        let label = title.clone();
        let id = subject.row.id.to_string();
        let form = is_active.then(|| {
            view! {
                <Card>
                    <ActionForm action attr:class="form">
                        <input type="hidden" name="id" value=id/>
                        <Field name="start_on" label="First day" kind="date" required=false error=date_error/>
                        <div class="button-row"><Button label kind=Kind::Primary/><LinkButton href label="Not yet"/></div>
                    </ActionForm>
                </Card>
            }
        });
        let crumbs = crumbs(&subject, "Hire");
        let body = view! {
            <PageHead title=title.clone() lead=move || lead/>
            {problem(error)}
            {ended(&subject)}
            {form}
        };
        Ok(Content::new(title, body).crumbs(crumbs))
    })
}
