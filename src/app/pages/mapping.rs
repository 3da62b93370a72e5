//! The field mapping of one integration: its lines with what they do to a real record, suggestions, versions.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use url::form_urlencoded;

use super::integration::{Part, crumbs, head, load};
use super::signed_in::{Content, Viewer, problem, signed_in};
use super::ui::Tone;
use super::ui::badge::Tag;
use super::ui::button::Button;
use super::ui::callout::Callout;
use super::ui::flash::{Flash, FlashRegion};
use super::ui::frame::NavItem;
use super::ui::tabs::{Tab, Tabs};
use super::ui::time::RelativeTime;
use super::words::plural;
use crate::app::actions::mapping::{RestoreMapping, SaveMapping};
use crate::app::islands::mapping::{MappingEditor, Start};
use crate::domain::mapping::{Direction, FieldInfo, Rule};
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::domain::ui_error::UiError;
use crate::fault::Result;
use crate::mapping::editor::{self, Editor};
use crate::mapping::form::{self, Draft};
use crate::mapping::versions::{self, Difference, Version};
use crate::mapping::{self, Which, targets};

/// The page at `/integrations/{id}/mapping`. What is being edited stands in its address, so that it works without a script.
#[component]
pub fn IntegrationMapping() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let query = use_context::<axum::http::request::Parts>().and_then(|parts| parts.uri.query().map(str::to_owned)).unwrap_or_default();
    let failed = ServerAction::<SaveMapping>::new().value().get_untracked().and_then(Result::err);
    let failed = failed.or_else(|| ServerAction::<RestoreMapping>::new().value().get_untracked().and_then(Result::err));
    signed_in(NavItem::Integrations, move |viewer| async move { show(viewer, &id, &query, failed).await })
}

async fn show(viewer: Viewer, id: &str, query: &str, failed: Option<UiError>) -> Result<Content> {
    let (row, entry) = load(&viewer, id).await?;
    let asked = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let kind = mapping::kind(asked("object").as_deref())?;
    let which = Which::Integration(row.id);
    let page = editor::load(&viewer.ctx, &viewer.caller, &which, kind, Draft::parse(query)).await?;
    let all = versions::list(&viewer.ctx, &viewer.caller, &which, kind).await?;
    let may_save = viewer.caller.may(Scope::IntegrationsWrite);
    let news = news(&page, asked("saved").as_deref(), asked("restored").as_deref(), asked("refused").as_deref());
    let base = format!("/integrations/{}/mapping", row.id);
    let tabs = targets::OBJECTS
        .iter()
        .map(|object| Tab::new(targets::humanize(&plural(object.as_str())), format!("{base}?object={object}"), *object == kind))
        .collect::<Vec<_>>();
    let note = page.sides.note.clone();
    let lists = lists(&page);
    let history = history(&viewer, &row.id.to_string(), kind, all, may_save);
    let start = start(page, may_save);
    let body = view! {
        {head(&viewer, &row, entry, Part::Mapping)}
        <div class="mapping-page">
            <Tabs label="Kinds of records" tabs/>
            {problem(failed)}
            {news}
            {note.map(|note| view! { <Callout tone=Tone::Warning title="The list of fields may not be complete"><p>{note}</p></Callout> })}
            {lists}
            <MappingEditor start/>
            {history}
        </div>
    };
    Ok(Content::new(format!("Mapping of {}", row.name), body).crumbs(crumbs(&row, Some("Mapping"))))
}

/// What the last action did, and what stands between the lines and being saved.
fn news(page: &Editor, saved: Option<&str>, restored: Option<&str>, refused: Option<&str>) -> impl IntoView + use<> {
    let done =
        saved.and_then(|version| version.parse::<i64>().ok()).map(|version| match restored.and_then(|old| old.parse::<i64>().ok()) {
            Some(old) => format!("Version {old} is back, as version {version}. Records that change use it from the next sync on."),
            None => format!("Saved as version {version}. Records that change use it from the next sync on."),
        });
    let runs = format!("/integrations/{}/runs", page.stored.integration);
    let (newest, base) = (page.stored.version, page.draft.base);
    let open = format!("/integrations/{}/mapping?object={}", page.stored.integration, page.stored.kind);
    let is_old = page.draft.base != page.stored.version;
    let is_wrong = page
        .tried
        .lines
        .iter()
        .any(|line| line.source_problem.is_some() || line.target_problem.is_some() || line.changes_problem.is_some());
    let why = refused.filter(|_| !is_old).map(|code| match (code, is_wrong) {
        ("provider_unavailable", _) => {
            "The tool could not be asked which fields it has, and no records arrived yet. Test the connection, then save again."
        }
        (_, true) => "Correct the marked lines, then save again.",
        (_, false) => "Two lines fill the same field, or a note is too long. Change one of them, then save again.",
    });
    view! {
        <FlashRegion>{done.map(|text| view! { <Flash text link=Some((runs.into(), "Read everything again".into()))/> })}</FlashRegion>
        {is_old.then(|| view! {
            <Callout tone=Tone::Bad title="Somebody saved another version in the meantime">
                <p>{format!("Version {} is in force; these lines build on version {}. Note your changes, then open the newest version and make them there.", newest, base)}</p>
                <p><a href=open>"Open the newest version"</a></p>
            </Callout>
        })}
        {why.map(|why| view! { <Callout tone=Tone::Bad title="Nothing was saved"><p>{why}</p></Callout> })}
    }
}

/// The fields to choose from, offered by the browser while a name is typed.
fn lists(page: &Editor) -> impl IntoView + use<> {
    let is_inbound = page.draft.direction == Direction::Inbound;
    let option = |info: &FieldInfo, more: String| view! { <option value=info.name.clone()>{format!("{}{more}", info.label)}</option> };
    let theirs = page
        .sides
        .provider
        .iter()
        .filter(|field| is_inbound || field.info.writable)
        .map(|field| {
            option(&field.info, if field.fill.of == 0 { String::new() } else { format!(" · filled on {} %", field.fill.percent()) })
        })
        .collect::<Vec<_>>();
    let ours = page
        .sides
        .local
        .iter()
        .filter(|field| field.writable || page.draft.direction == Direction::Outbound)
        .map(|field| option(field, String::new()))
        .collect::<Vec<_>>();
    let (theirs_id, ours_id) = if is_inbound { ("source-fields", "target-fields") } else { ("target-fields", "source-fields") };
    view! { <datalist id=theirs_id>{theirs}</datalist><datalist id=ours_id>{ours}</datalist> }
}

fn start(page: Editor, may_save: bool) -> Start {
    Start {
        integration: page.stored.integration.to_string(),
        object: page.stored.kind.as_str().to_owned(),
        direction: page.draft.direction.as_str().to_owned(),
        base: page.draft.base,
        stored: form::lines(&page.stored.rules),
        stored_direction: page.stored.direction.as_str().to_owned(),
        lines: page.draft.lines,
        tried: page.tried,
        offers: page.offers,
        may_save,
        provider: page.sides.provider_name,
    }
}

/// The versions, in a drawer.
fn history(viewer: &Viewer, integration: &str, kind: RecordKind, all: Vec<Version>, may_save: bool) -> impl IntoView + use<> {
    let now = viewer.now;
    let count = all.len();
    let one = |version: Version| {
        let number = version.mapping.version;
        let restore = (may_save && !version.is_in_force).then(|| {
            view! {
                <form method="post" action="/fn/mapping/restore">
                    <input type="hidden" name="integration" value=integration.to_owned()/>
                    <input type="hidden" name="object" value=kind.as_str()/>
                    <input type="hidden" name="version" value=number/>
                    <Button label=format!("Restore version {number}") small=true/>
                </form>
            }
        });
        view! {
            <li>
                <div class="grow">
                    <p>
                        <span class="strong">{format!("Version {number}")}</span>
                        {version.is_in_force.then(|| view! { " "<Tag label="In force"/> })}
                    </p>
                    <p class="meta">
                        {version.mapping.created_by.unwrap_or_default()}" "
                        {version.mapping.created_at.map(|at| view! { <RelativeTime at now/> })}
                        {version.mapping.note.map(|note| format!(" · {note}"))}
                    </p>
                    <ul class="mapping-diff">{version.changes.into_iter().map(difference).collect::<Vec<_>>()}</ul>
                </div>
                {restore}
            </li>
        }
    };
    let versions = all.into_iter().map(one).collect::<Vec<_>>();
    (count > 0).then(|| {
        view! {
            <details class="card mapping-versions" id="versions">
                <summary class="card-head"><span class="strong">{if count == 1 { "1 version".to_owned() } else { format!("{count} versions") }}</span></summary>
                <ul class="list">{versions}</ul>
            </details>
        }
    })
}

/// One difference between a version and the one before it.
fn difference(one: Difference) -> impl IntoView {
    let words = |rule: &Rule| {
        let changes: Vec<&str> = rule.transforms.iter().map(crate::domain::mapping::Transform::name).collect();
        let chain = if changes.is_empty() { String::new() } else { format!(" ({})", changes.join(", ")) };
        format!("{} → {}{chain}", rule.source_field, rule.target_field)
    };
    let (class, sign, text) = match (&one.before, &one.after) {
        (None, Some(after)) => ("good", "Added", words(after)),
        (Some(before), None) => ("bad", "Removed", words(before)),
        (_, Some(after)) => ("info", "Changed", words(after)),
        (None, None) => ("neutral", "", one.target_field),
    };
    view! { <li class=class><span class="meta">{sign}</span>" "<span class="mono">{text}</span></li> }
}
