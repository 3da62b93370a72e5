//! Everything the mapping page shows: both sides, the draft with what each line does to a real record, suggestions.

use serde_json::Value;

use super::fields::ProviderFields;
use super::form::{self, Draft};
use super::path::FieldPath;
use super::preview::{self, Sides, apply, samples, sides};
use super::service::{Mapping, Place, Which, place};
use super::suggest::suggest;
use super::transform::is_empty;
use super::{discover, targets, validate};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::FieldError;
use crate::domain::mapping::{Direction, FieldInfo};
use crate::domain::mapping_form::{Line, LineView, Offer, Tried};
use crate::domain::role::Scope;
use crate::domain::status::RecordKind;
use crate::fault::Result;

/// What the page shows.
#[derive(Debug)]
pub struct Editor {
    /// Both sides' fields.
    pub sides: Sides,
    /// The mapping in force.
    pub stored: Mapping,
    /// The mapping being edited: the draft that was handed in, or the stored one.
    pub draft: Draft,
    /// What the draft's lines do to one real record.
    pub tried: Tried,
    /// Lines that might be wanted.
    pub offers: Vec<Offer>,
}

/// Loads what the page shows.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`].
pub async fn load(ctx: &Context, caller: &Caller, which: &Which, kind: RecordKind, draft: Option<Draft>) -> Result<Editor> {
    let sides = sides(ctx, caller, which, kind, false).await?;
    let stored = sides.place.current(ctx).await?;
    let mut draft = draft.unwrap_or_else(|| Draft {
        direction: stored.direction,
        base: stored.version,
        lines: form::lines(&stored.rules),
        sample: 0,
        take: None,
    });
    let fields = sides.provider_fields();
    let ground = Ground { place: &sides.place, fields: &fields, records: &sides.samples };
    let mut offers = offers(&sides, ground, &draft);
    if let Some(target) = draft.take.take()
        && let Some(place) = offers.iter().position(|offer| offer.line.target == target)
    {
        draft.lines.retain(|line| !line.is_blank());
        draft.lines.push(offers.remove(place).line);
    }
    let tried = run(ctx, caller, ground, draft.direction, &draft.lines, draft.sample).await?;
    Ok(Editor { sides, stored, draft, tried, offers })
}

fn offers(sides: &Sides, ground: Ground<'_>, draft: &Draft) -> Vec<Offer> {
    let (rules, _, _) = form::rules(&draft.lines);
    let offer = |one: super::suggest::Suggestion| {
        let line = form::lines(std::slice::from_ref(&one.rule)).remove(0);
        let (source, target) = labels(ground, draft.direction, &line);
        Offer { line, label: format!("{source} → {target}"), reason: one.reason, confidence: one.confidence }
    };
    suggest(sides, &rules, draft.direction).into_iter().map(offer).collect()
}

/// Tries lines on one real record.
///
/// # Errors
/// [`crate::domain::error::ErrorCode::Forbidden`], [`crate::domain::error::ErrorCode::NotFound`].
pub async fn try_lines(
    ctx: &Context,
    caller: &Caller,
    which: &Which,
    kind: RecordKind,
    direction: Direction,
    lines: &[Line],
    sample: usize,
) -> Result<Tried> {
    let place = place(ctx, caller, which, kind).await?;
    let (fields, records) = place.provider_fields(ctx, false).await?;
    run(ctx, caller, Ground { place: &place, fields: &fields, records: &records }, direction, lines, sample).await
}

/// What lines are held against.
#[derive(Clone, Copy)]
struct Ground<'a> {
    place: &'a Place,
    fields: &'a ProviderFields,
    /// The provider's records that arrived last.
    records: &'a [Value],
}

async fn run(ctx: &Context, caller: &Caller, ground: Ground<'_>, direction: Direction, lines: &[Line], sample: usize) -> Result<Tried> {
    let kind = ground.place.kind;
    let (rules, places, mut problems) = form::rules(lines);
    problems.extend(validate::check(&rules, direction, kind, ground.fields));
    // Values of records are for those who may read records.
    let records =
        if caller.may(Scope::RecordsRead) { samples(ctx, ground.place, direction, preview::RECORDS_MAX).await? } else { Vec::new() };
    let sample = sample.min(records.len().saturating_sub(1));
    let shown = apply(&rules, direction, kind, records.get(sample).map_or(&[], std::slice::from_ref));
    let values = shown.into_iter().next().map(|record| record.values).unwrap_or_default();
    let mut views = vec![LineView::default(); lines.len()];
    for (index, place) in places.into_iter().enumerate() {
        let (source_label, target_label) = labels(ground, direction, &lines[place]);
        let value = values.get(index);
        let text = |value: &Value| if is_empty(value) { "—".to_owned() } else { discover::short(value) };
        let problem = |name: &str| find(&problems, index, name);
        views[place] = LineView {
            source_label,
            target_label,
            percent: percent(ground, direction, &lines[place]),
            before: value.map_or_else(String::new, |value| text(&value.before)),
            after: value.map_or_else(String::new, |value| text(&value.after)),
            // What is wrong with the line itself stands at its field.
            error: value.and_then(|value| value.error.clone()).filter(|_| !problems.iter().any(|other| is_about(other, index))),
            source_problem: problem("sourceField"),
            target_problem: problem("targetField"),
            changes_problem: problem("transforms"),
        };
    }
    Ok(Tried { lines: views, sample, samples: records.len() })
}

fn is_about(problem: &FieldError, index: usize) -> bool {
    problem.pointer.strip_prefix(&format!("/mappings/{index}")).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn find(problems: &[FieldError], index: usize, name: &str) -> Option<String> {
    let prefix = format!("/mappings/{index}/{name}");
    problems.iter().find(|problem| problem.pointer.starts_with(&prefix)).map(|problem| problem.detail.clone())
}

fn provider_side(direction: Direction, line: &Line) -> &str {
    if direction == Direction::Inbound { &line.source } else { &line.target }
}

fn percent(ground: Ground<'_>, direction: Direction, line: &Line) -> Option<u8> {
    let path = provider_side(direction, line).trim();
    let is_known = !ground.records.is_empty() && FieldPath::parse(path).is_ok();
    is_known.then(|| u8::try_from(discover::fill(path, ground.records, false).percent()).unwrap_or(100))
}

/// What people call the two ends of a line.
fn labels(ground: Ground<'_>, direction: Direction, line: &Line) -> (String, String) {
    let theirs = |name: &str| ground.fields.find(name.trim()).map(|field: &FieldInfo| field.label.clone()).unwrap_or_default();
    let ours = |name: &str| {
        let name = name.trim();
        match targets::find(ground.place.kind, name) {
            Some(_) if name.starts_with(targets::CUSTOM) => targets::humanize(&name[targets::CUSTOM.len()..]),
            Some(target) => target.label.to_owned(),
            None => String::new(),
        }
    };
    if direction == Direction::Inbound { (theirs(&line.source), ours(&line.target)) } else { (ours(&line.source), theirs(&line.target)) }
}
