//! One candidate: who, where they stand, and everything that happened over every system.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::timeline::{About, Beside, chips, entries, group};
use super::{contacts_of, fields_of, flash, links_view, name_of, occupation, sources};
use crate::app::actions::applications::{AddNote, MoveStage};
use crate::app::actions::dead_letters::RetryLetter;
use crate::app::pages::signed_in::{Content, Viewer, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::app::pages::words::{counted, day, hour};
use crate::domain::id::CandidateId;
use crate::domain::role::Scope;
use crate::domain::status::{ApplicationStatus, InterviewStatus, OfferStatus};
use crate::fault::{Fault, Result};
use crate::records::applications::Around;
use crate::records::{applications, candidates, interviews, messages, offers, timeline};
use crate::store::dead_letter::{DeadLetterRow, list_open_of_records};
use crate::store::event::EventFilter;
use crate::store::link::list_links_by_local;
use crate::store::page::PageQuery;
use crate::store::record::application::{ApplicationFilter, ApplicationRow};
use crate::store::record::interview::{InterviewFilter, InterviewRow};
use crate::store::record::message::MessageFilter;
use crate::store::record::offer::{OfferFilter, OfferRow};

/// What stands beside an application.
struct Dossier {
    row: ApplicationRow,
    interviews: Vec<InterviewRow>,
    offers: Vec<OfferRow>,
}

/// `/candidates/{id}`.
#[component]
pub fn CandidatePage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let show = query.get("show").unwrap_or_default();
    let cursor = query.get("cursor").and_then(|text| text.parse().ok());
    let done = query.get("done").unwrap_or_default();
    let note = ServerAction::<AddNote>::new();
    let (note_error, move_error) = (
        note.value().get_untracked().and_then(Result::err),
        ServerAction::<MoveStage>::new().value().get_untracked().and_then(Result::err),
    );
    let retry_error = ServerAction::<RetryLetter>::new().value().get_untracked().and_then(Result::err);
    signed_in(NavItem::Candidates, move |viewer| async move {
        let id: CandidateId = id.parse().map_err(|_| Fault::not_found("candidate"))?;
        let (ctx, caller, now) = (&viewer.ctx, &viewer.caller, viewer.now);
        let candidate = candidates::get(ctx, caller, id).await?;
        let dossiers = dossiers(&viewer, id).await?;
        let around = applications::around(ctx, caller, dossiers.iter().map(|one| &one.row)).await?;
        let filter = EventFilter { candidate: Some(id), group: group(&show), ..EventFilter::default() };
        let events = timeline::list(ctx, caller, filter, PageQuery { limit: 50, before: cursor }).await?;
        let beside = Beside::load(&viewer, &events.rows, About::Candidate).await?;
        let notes = MessageFilter { candidate: Some(id) };
        let notes = messages::list(ctx, caller, &notes, PageQuery { limit: 20, before: None }).await?.rows;
        let mut locals = vec![id.0];
        locals.extend(dossiers.iter().map(|one| one.row.id.0));
        let stuck = list_open_of_records(&ctx.store, caller.organization, &locals).await?;
        let links = list_links_by_local(&ctx.store, caller.organization, &[id.0]).await?;

        let name = name_of(&candidate.row);
        let path = format!("/candidates/{id}");
        let active: Vec<&Dossier> = dossiers.iter().filter(|one| one.row.status == ApplicationStatus::Active).collect();
        let next_step = dossiers
            .iter()
            .flat_map(|one| &one.interviews)
            .filter(|interview| interview.status == InterviewStatus::Scheduled)
            .filter_map(|interview| interview.starts_at.filter(|at| *at > now).map(|at| (at, interview.title.clone())))
            .min();
        let lead = [occupation(&candidate.row), candidate.row.location.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let standing = match active.as_slice() {
            [] => None,
            [one] => Some(one.row.stage_name.clone().unwrap_or_else(|| "In process".to_owned())),
            many => Some(format!("In process for {}", counted(i64::try_from(many.len()).unwrap_or_default(), "job", "jobs"))),
        };
        let last_status = dossiers.first().map(|one| one.row.status);
        let zone = viewer.me.time_zone.clone();
        let step = next_step.map(|(at, title)| {
            let text = format!("Next: {title} on {} at {}", day(at, zone.as_deref()), hour(at, zone.as_deref()));
            view! { <p class="row next-step">{Icon::Calendar.view()}<span>{text}</span></p> }
        });
        let number = i64::try_from(dossiers.len()).unwrap_or_default();
        let has_applications = !dossiers.is_empty();
        let cards = dossiers.iter().map(|one| application_view(&viewer, one, &around)).collect::<Vec<_>>();
        let stuck_view = stuck_view(&viewer, stuck).await?;
        let has_events = !events.rows.is_empty();
        let next = events.next.map(|next| format!("{path}?show={show}&cursor={next}#timeline").into());
        let event_views = entries(&viewer, &events.rows, &beside);
        let has_notes = !notes.is_empty();
        let note_views = notes
            .into_iter()
            .map(|note| {
                let author = if note.row.author.is_empty() { "Somebody".to_owned() } else { note.row.author.clone() };
                let kind = match note.row.visibility.as_str() {
                    "admin_only" => "only admins see it",
                    "private" => "the hiring team sees it",
                    _ => "everybody sees it",
                };
                view! {
                    <li class="note">
                        <p class="note-head"><Avatar name=author.clone() size=Size::Small/><span class="strong">{author}</span><span class="meta"><RelativeTime at=note.row.created_at now/></span></p>
                        <p class="note-body">{note.row.body}</p>
                        <p class="meta">{super::super::words::capitalized(&note.row.kind)}", "{kind}</p>
                    </li>
                }
            })
            .collect::<Vec<_>>();
        let about = about_view(&candidate.row);
        let has_links = !links.is_empty();
        let links = links_view(&links);
        let mark_name = name.clone();
        let may_write = caller.may(Scope::RecordsWrite);
        let visibilities =
            vec![Choice::new("private", "The hiring team"), Choice::new("public", "Everybody"), Choice::new("admin_only", "Admins only")];
        let write_note = may_write.then(|| {
            view! {
                <ActionForm action=note attr:class="stack tight">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextArea name="body" label="New note" rows=2/>
                    {problem(note_error)}
                    <div class="row"><Select name="visibility" label="Who sees it" choices=visibilities bare=true/><Button label="Add the note" small=true/></div>
                </ActionForm>
            }
        });
        let body = view! {
            {flash(&done)}
            {problem(move_error.or(retry_error))}
            <PageHead
                title=name.clone()
                mark=move || view! { <Avatar name=mark_name size=Size::Large/> }
                badge=move || match (standing, last_status) {
                    (Some(text), _) => view! { <Badge tone=Tone::Info icon=Icon::Play label=text/> }.into_any(),
                    (None, Some(status)) => view! { <StatusBadge status/> }.into_any(),
                    (None, None) => ().into_any(),
                }
                lead=move || lead
            />
            {step}
            <div class="with-panel">
                <div class="stack loose">
                    <section class="card">
                        <header class="card-head"><div><h2>"Applications"</h2><p>{counted(number, "application", "applications")}</p></div></header>
                        {if has_applications {
                            view! { <ul class="dossiers">{cards}</ul> }.into_any()
                        } else {
                            view! { <div class="card-body"><p class="muted">"No application. This person is known as a prospect."</p></div> }.into_any()
                        }}
                    </section>
                    <section class="card" id="timeline">
                        <header class="card-head"><div><h2>"Timeline"</h2><p>"Everything that happened, over every connected system."</p></div></header>
                        <div class="card-body">
                            <Chips label="What to show" chips=chips(&path, &show)/>
                            {if has_events {
                                view! { <Timeline>{stuck_view}{event_views}</Timeline> }.into_any()
                            } else {
                                view! { {stuck_view}<p class="muted">"Nothing of this kind happened yet."</p> }.into_any()
                            }}
                            <Pagination next/>
                        </div>
                    </section>
                </div>
                <div class="stack">
                    {about}
                    <Card title="Notes">
                        {write_note}
                        {if has_notes {
                            view! { <ul class="notes">{note_views}</ul> }.into_any()
                        } else {
                            view! { <p class="muted">"No note yet."</p> }.into_any()
                        }}
                    </Card>
                    {has_links.then(|| view! { <Card title="In other systems">{links}</Card> })}
                </div>
            </div>
        };
        Ok(Content::new(name.clone(), body).crumbs(vec![Crumb::here(name)]))
    })
}

/// The applications with their interviews and offers, newest first.
async fn dossiers(viewer: &Viewer, id: CandidateId) -> Result<Vec<Dossier>> {
    let (ctx, caller) = (&viewer.ctx, &viewer.caller);
    let filter = ApplicationFilter { candidate: Some(id), ..ApplicationFilter::default() };
    let rows = applications::list(ctx, caller, &filter, PageQuery { limit: 20, before: None }).await?.rows;
    let mut dossiers = Vec::with_capacity(rows.len());
    for one in rows {
        let few = PageQuery { limit: 20, before: None };
        let filter = InterviewFilter { application: Some(one.row.id), ..InterviewFilter::default() };
        let interviews = interviews::list(ctx, caller, &filter, few).await?.rows.into_iter().map(|one| one.row).collect();
        let filter = OfferFilter { application: Some(one.row.id) };
        let offers = offers::list(ctx, caller, &filter, few).await?.rows.into_iter().map(|one| one.row).collect();
        dossiers.push(Dossier { row: one.row, interviews, offers });
    }
    Ok(dossiers)
}

/// One application: for what, how far, what is planned.
fn application_view(viewer: &Viewer, one: &Dossier, around: &Around) -> impl IntoView + use<> {
    let now = viewer.now;
    let zone = viewer.me.time_zone.as_deref();
    let row = &one.row;
    let job = row.job_id.and_then(|id| around.jobs.get(&id));
    let title = match job {
        Some(job) => view! { <a href=format!("/jobs/{}", job.id)>{job.title.clone()}</a> }.into_any(),
        None => "Without a job".into_any(),
    };
    let stages = row.job_id.and_then(|id| around.stages.get(&id)).map(Vec::as_slice).unwrap_or_default();
    let at = stages.iter().position(|stage| Some(stage.id) == row.stage_id);
    let is_active = row.status == ApplicationStatus::Active;
    let track = (is_active && !stages.is_empty()).then(|| {
        let steps = stages
            .iter()
            .enumerate()
            .map(|(index, stage)| {
                let (class, current) = match at {
                    Some(at) if index < at => ("done", None),
                    Some(at) if index == at => ("now", Some("step")),
                    _ => ("ahead", None),
                };
                view! { <li class=class aria-current=current title=stage.name.clone()><span>{stage.name.clone()}</span></li> }
            })
            .collect::<Vec<_>>();
        view! { <ol class="track">{steps}</ol> }
    });
    let since = row.stage_entered_at.filter(|_| is_active);
    let status = row.status;
    let ended = match row.status {
        ApplicationStatus::Rejected => row.rejected_at,
        ApplicationStatus::Hired => row.hired_at,
        _ => None,
    };
    let interviews = one
        .interviews
        .iter()
        .map(|interview| {
            let status = interview.status;
            let when = interview.starts_at.map(|at| format!("{}, {}", day(at, zone), hour(at, zone)));
            view! { <li class="row"><StatusBadge status/><span>{interview.title.clone()}</span><span class="meta">{when}</span></li> }
        })
        .collect::<Vec<_>>();
    let offers = one
        .offers
        .iter()
        .map(|offer| {
            let status: OfferStatus = offer.status;
            let starts = offer.starts_on.clone().map(|day| format!("starts {day}"));
            view! { <li class="row"><StatusBadge status/><span>"Offer, version "{offer.version}</span><span class="meta">{starts}</span></li> }
        })
        .collect::<Vec<_>>();
    let has_more = !one.interviews.is_empty() || !one.offers.is_empty();
    let fields = fields_of(&row.custom_fields.0).into_iter().map(|(name, value)| view! { <Fact name>{value}</Fact> }).collect::<Vec<_>>();
    let has_fields = !fields.is_empty();
    let may_write = viewer.caller.may(Scope::RecordsWrite) && is_active;
    let choices: Vec<Choice> = stages
        .iter()
        .filter(|stage| Some(stage.id) != row.stage_id)
        .map(|stage| Choice::new(stage.id.to_string(), stage.name.clone()))
        .collect();
    let following = at.and_then(|at| stages.get(at + 1)).map(|stage| stage.id.to_string().into());
    let id = row.id;
    let decide = may_write.then(|| {
        view! {
            <div class="decide">
                {(!choices.is_empty()).then(|| view! {
                    <form class="row" method="post" action=MoveStage::url()>
                        <input type="hidden" name="id" value=id.to_string()/>
                        <label class="visually-hidden" for=format!("stage-{id}")>"Move to"</label>
                        <StageSelect id=format!("stage-{id}") choices value=following/>
                        <Button label="Move" small=true/>
                    </form>
                })}
                <span class="row">
                    <LinkButton href=format!("/applications/{id}/hire") label="Hire" small=true kind=Kind::Quiet/>
                    <LinkButton href=format!("/applications/{id}/reject") label="Reject" small=true kind=Kind::Quiet/>
                </span>
            </div>
        }
    });
    let (source, reason, applied) = (row.source.clone(), row.rejection_reason.clone(), row.applied_at);
    view! {
        <li class="dossier" id=format!("application-{}", row.id)>
            <div class="dossier-head">
                <h3>{title}</h3>
                <StatusBadge status/>
                <span class="meta">"applied "<RelativeTime at=applied now/>{source.map(|source| format!(" through {source}"))}</span>
            </div>
            {track}
            <p class="meta">
                {row.stage_name.clone().filter(|_| is_active).map(|stage| view! { <span class="strong">{stage}</span>" " })}
                {since.map(|at| view! { "entered "<RelativeTime at now/> })}
                {ended.map(|at| view! { <RelativeTime at now/> })}
                {reason.map(|reason| format!(", reason: {reason}"))}
            </p>
            {has_more.then(|| view! { <ul class="stack tight">{interviews}{offers}</ul> })}
            {has_fields.then(|| view! { <Facts>{fields}</Facts> })}
            {decide}
        </li>
    }
}

/// The stages to choose from. Its `id` is its own: a page has one for each application.
#[component]
fn StageSelect(id: String, choices: Vec<Choice>, value: Option<Text>) -> impl IntoView {
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = value.as_ref() == Some(&choice.value);
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect::<Vec<_>>();
    view! { <select class="select small" id=id name="stage">{options}</select> }
}

/// What gave up about this person, on top of the timeline, with the way to mend it.
async fn stuck_view(viewer: &Viewer, rows: Vec<DeadLetterRow>) -> Result<Vec<AnyView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let now = viewer.now;
    let may_change = viewer.caller.may(Scope::IntegrationsWrite);
    let sources = sources(viewer).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let source = row.integration_id.and_then(|id| sources.get(&id).cloned());
            let text = super::super::dead_letters::what(&row);
            let id = row.id;
            view! {
                <Event icon=Icon::Warning tone=Tone::Bad text at=row.created_at now source>
                    <p>{row.message}</p>
                    {may_change.then(|| view! { <form method="post" action=RetryLetter::url()><input type="hidden" name="id" value=id.to_string()/><Button label="Try again" small=true/></form> })}
                </Event>
            }
            .into_any()
        })
        .collect())
}

/// Contacts, tags and the customer's own fields.
fn about_view(row: &crate::store::record::candidate::CandidateRow) -> impl IntoView + use<> {
    let emails = contacts_of(&row.emails.0);
    let phones = contacts_of(&row.phones.0);
    let websites = contacts_of(&row.websites.0);
    let fields = fields_of(&row.custom_fields.0);
    let tags = row.tags.0.clone();
    let is_empty = emails.is_empty() && phones.is_empty() && websites.is_empty() && fields.is_empty() && tags.is_empty();
    let lines = |values: Vec<String>, scheme: &'static str| {
        values.into_iter().map(|value| view! { <a class="line" href=format!("{scheme}{value}")>{value.clone()}</a> }).collect::<Vec<_>>()
    };
    let mails = (!emails.is_empty()).then(|| view! { <Fact name="Mail">{lines(emails, "mailto:")}</Fact> });
    let calls = (!phones.is_empty()).then(|| view! { <Fact name="Phone">{lines(phones, "tel:")}</Fact> });
    let sites = (!websites.is_empty()).then(|| {
        let sites = websites
            .into_iter()
            .map(|site| {
                // Only addresses of the web become links: the text comes from outside.
                let is_web = site.starts_with("https://") || site.starts_with("http://");
                if is_web {
                    view! { <a class="line" href=site.clone() rel="noreferrer nofollow">{site.clone()}</a> }.into_any()
                } else {
                    view! { <span class="line">{site}</span> }.into_any()
                }
            })
            .collect::<Vec<_>>();
        view! { <Fact name="Web">{sites}</Fact> }
    });
    let tags = (!tags.is_empty()).then(|| {
        let tags = tags.into_iter().map(|label| view! { <Tag label/> }).collect::<Vec<_>>();
        view! { <Fact name="Tags"><span class="row">{tags}</span></Fact> }
    });
    let fields = fields.into_iter().map(|(name, value)| view! { <Fact name>{value}</Fact> }).collect::<Vec<_>>();
    view! {
        <Card title="About">
            <Facts stacked=true>{mails}{calls}{sites}{tags}{fields}</Facts>
            {is_empty.then(|| view! { <p class="muted">"Nothing more is known."</p> })}
        </Card>
    }
}
