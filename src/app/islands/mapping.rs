//! The lines of a mapping. Rendered by the server it is a plain form whose buttons reload the page with everything that was typed; in the
//! browser the lines are tried on a real record while they are typed.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::mapping_form::{Change, KINDS, Line, LineView, Offer, Tried, difference};

/// What the editor begins with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Start {
    /// The connection's id.
    pub integration: String,
    /// The kind of record.
    pub object: String,
    /// Which way the mapping applies.
    pub direction: String,
    /// The version the lines build on.
    pub base: i64,
    /// The lines.
    pub lines: Vec<Line>,
    /// The lines in force, for the difference.
    pub stored: Vec<Line>,
    /// Which way the ones in force apply.
    pub stored_direction: String,
    /// What the lines do to one real record.
    pub tried: Tried,
    /// Lines that might be wanted.
    pub offers: Vec<Offer>,
    /// Whether the reader may save.
    pub may_save: bool,
    /// The provider's name.
    pub provider: String,
}

/// A line being edited. Its key makes the names of its controls and stays when other lines go.
#[derive(Clone, Copy)]
struct Row {
    key: usize,
    source: RwSignal<String>,
    target: RwSignal<String>,
    changes: RwSignal<Vec<Change>>,
    view: RwSignal<LineView>,
}

impl Row {
    fn new(key: usize, line: Line, view: LineView) -> Self {
        Self {
            key,
            source: RwSignal::new(line.source),
            target: RwSignal::new(line.target),
            changes: RwSignal::new(line.changes),
            view: RwSignal::new(view),
        }
    }

    fn line(self) -> Line {
        Line { source: self.source.get(), target: self.target.get(), changes: self.changes.get() }.tidy()
    }
}

#[derive(Clone, Copy)]
struct Editing {
    rows: RwSignal<Vec<Row>>,
    next_key: StoredValue<usize>,
    sample: RwSignal<usize>,
    samples: RwSignal<usize>,
}

impl Editing {
    /// Puts a line at the end.
    fn add(self, line: Line) {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        self.rows.update(|rows| {
            // A line that waits for input makes room for one that has some.
            if !line.is_blank() {
                rows.retain(|row| !row.line().is_blank());
            }
            rows.push(Row::new(key, line, LineView::default()));
        });
    }
}

/// The editor.
#[island]
pub fn MappingEditor(
    /// What it begins with.
    start: Start,
) -> impl IntoView {
    let mut views = start.tried.lines.into_iter();
    let mut rows: Vec<Row> =
        start.lines.into_iter().enumerate().map(|(key, line)| Row::new(key, line, views.next().unwrap_or_default())).collect();
    if rows.is_empty() {
        rows.push(Row::new(0, Line::default(), LineView::default()));
    }
    let state = Editing {
        next_key: StoredValue::new(rows.len()),
        rows: RwSignal::new(rows),
        sample: RwSignal::new(start.tried.sample),
        samples: RwSignal::new(start.tried.samples),
    };
    let (integration, object, direction) = (start.integration, start.object, start.direction);
    try_while_typing(state, &integration, &object, &direction);
    let offers = RwSignal::new(start.offers);
    let (stored, is_turned) = (start.stored, start.stored_direction != direction && start.base > 0);
    let changed = Memo::new(move |_| {
        let now: Vec<Line> = state.rows.get().into_iter().map(Row::line).collect();
        (difference(&stored, &now), is_turned)
    });
    let (from, to) = if direction == "inbound" {
        (start.provider.clone(), "Hirewire".to_owned())
    } else {
        ("Hirewire".to_owned(), start.provider.clone())
    };
    let add = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        state.add(Line::default());
    };
    let page = format!("/integrations/{integration}/mapping");
    view! {
        <form class="mapping-form" method="get" action=page>
            <input type="hidden" name="integration" value=integration/>
            <input type="hidden" name="object" value=object/>
            <input type="hidden" name="oriented" value=direction.clone()/>
            <input type="hidden" name="base" value=start.base/>
            <input type="hidden" name="sample" value=move || state.sample.get()/>
            <div class="mapping-bar">
                // The first button of the form is the one that Enter presses.
                <button class="button small">"Try the lines"</button>
                <DirectionSelect direction/>
                <SampleBar state/>
            </div>
            <div class="mapping-head" aria-hidden="true">
                <span>{format!("From {from}")}</span>
                <span>"Changes"</span>
                <span>{format!("To {to}")}</span>
                <span>"In the sample record"</span>
            </div>
            <ol class="mapping-lines">
                <For each=move || state.rows.get() key=|row| row.key let:row>
                    <LineRow row state/>
                </For>
            </ol>
            <div class="button-row">
                <button class="button small" name="op" value="add" on:click=add>"Add a line"</button>
            </div>
            {start.may_save.then(|| view! { <SaveBar changed/> })}
            <OfferList offers state/>
        </form>
    }
}

/// Tries the lines a moment after the last edit.
#[cfg(feature = "hydrate")]
fn try_while_typing(state: Editing, integration: &str, object: &str, direction: &str) {
    let (integration, object, direction) = (integration.to_owned(), object.to_owned(), direction.to_owned());
    // Counts edits, so that the answer to an older one does not replace a newer one's.
    let edit = StoredValue::new(0_u32);
    Effect::new(move |before: Option<()>| {
        let lines: Vec<Line> = state.rows.get().into_iter().map(Row::line).collect();
        let sample = state.sample.get();
        if before.is_none() {
            return;
        }
        let (integration, object, direction) = (integration.clone(), object.clone(), direction.clone());
        let this = edit.get_value().wrapping_add(1);
        edit.set_value(this);
        leptos::task::spawn_local(async move {
            gloo_timers::future::TimeoutFuture::new(250).await;
            if edit.try_get_value() != Some(this) {
                return;
            }
            let Ok(tried) = crate::app::actions::mapping::try_mapping(integration, object, direction, lines, sample).await else { return };
            if edit.try_get_value() == Some(this) {
                state.samples.set(tried.samples);
                for (row, view) in state.rows.get_untracked().into_iter().zip(tried.lines) {
                    row.view.set(view);
                }
            }
        });
    });
}

#[cfg(not(feature = "hydrate"))]
fn try_while_typing(_: Editing, _: &str, _: &str, _: &str) {}

/// Which way the mapping applies. Another way changes both columns over, which is the server's work.
#[component]
fn DirectionSelect(
    /// The way now.
    direction: String,
) -> impl IntoView {
    let options = [("inbound", "Into Hirewire"), ("outbound", "Out of Hirewire"), ("bidirectional", "Both ways")]
        .into_iter()
        .map(|(value, label)| view! { <option value=value selected=value == direction>{label}</option> })
        .collect::<Vec<_>>();
    let change = move |event: leptos::ev::Event| {
        #[cfg(feature = "hydrate")]
        if let Ok(Some(form)) = event_target::<web_sys::Element>(&event).closest("form") {
            use wasm_bindgen::JsCast;
            if let Ok(form) = form.dyn_into::<web_sys::HtmlFormElement>() {
                drop(form.request_submit());
            }
        }
        #[cfg(not(feature = "hydrate"))]
        drop(event);
    };
    view! {
        <label class="mapping-direction">
            <span>"Direction"</span>
            <select class="select" name="direction" autocomplete="off" on:change=change>{options}</select>
        </label>
    }
}

/// Which real record the lines are tried on.
#[component]
fn SampleBar(
    /// What is edited.
    state: Editing,
) -> impl IntoView {
    let step = move |event: leptos::ev::MouseEvent, to: usize| {
        event.prevent_default();
        state.sample.set(to);
    };
    let before = move || state.sample.get().saturating_sub(1);
    let after = move || (state.sample.get() + 1).min(state.samples.get().saturating_sub(1));
    let is_empty = move || state.samples.get() == 0;
    view! {
        <span class="mapping-sample">
            <button
                class="button quiet small"
                name="op"
                value=move || format!("sample-{}", before())
                on:click=move |event| step(event, before())
                disabled=move || state.sample.get() == 0
                aria-label="The record before"
            >"‹"</button>
            <span role="status">
                {move || if is_empty() { "No records to try the lines on".to_owned() } else { format!("Record {} of {}", state.sample.get() + 1, state.samples.get()) }}
            </span>
            <button
                class="button quiet small"
                name="op"
                value=move || format!("sample-{}", after())
                on:click=move |event| step(event, after())
                disabled=move || after() == state.sample.get()
                aria-label="The next record"
            >"›"</button>
        </span>
    }
}

/// One end of a line: a field's path with what people call it, or what is wrong with it.
#[component]
fn End(
    /// The line's key.
    line: usize,
    /// `source` or `target`.
    name: &'static str,
    /// What it is, read out.
    label: &'static str,
    /// The path.
    value: RwSignal<String>,
    /// What is shown beside it.
    view: RwSignal<LineView>,
) -> impl IntoView {
    let id = format!("line-{line}-{name}");
    let is_source = name == "source";
    let problem = move || view.with(|view| if is_source { view.source_problem.clone() } else { view.target_problem.clone() });
    let called = move || view.with(|view| if is_source { view.source_label.clone() } else { view.target_label.clone() });
    view! {
        <input
            class="input mono"
            name=format!("lines[{line}][{name}]")
            list=if is_source { "source-fields" } else { "target-fields" }
            autocomplete="off"
            spellcheck="false"
            maxlength="200"
            aria-label=format!("{label}, line {}", line + 1)
            aria-describedby=id.clone()
            aria-invalid=move || problem().is_some().then_some("true")
            value=value.get_untracked()
            on:input=move |event| value.set(event_target_value(&event))
        />
        <p id=id class=move || if problem().is_some() { "field-error" } else { "meta" }>{move || problem().unwrap_or_else(called)}</p>
    }
}

/// One line.
#[component]
fn LineRow(
    /// The line.
    row: Row,
    /// What is edited.
    state: Editing,
) -> impl IntoView {
    let (key, view) = (row.key, row.view);
    let remove = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        state.rows.update(|rows| rows.retain(|other| other.key != key));
    };
    let fill = move || {
        view.with(|view| view.percent).map(|percent| {
            view! {
                <span class="mapping-fill">
                    <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width=percent.to_string() height="1"></rect></svg>
                    <span>{format!("filled on {percent} %")}</span>
                </span>
            }
        })
    };
    let after = move || {
        let (after, error) = view.with(|view| (view.after.clone(), view.error.clone()));
        let class = if error.is_some() { "field-error" } else { "mono after" };
        view! { <span class=class>{error.unwrap_or(after)}</span> }
    };
    view! {
        <li class="mapping-line">
            <div class="mapping-end">
                <End line=key name="source" label="Source field" value=row.source view/>
                {fill}
            </div>
            <div class="mapping-chain">
                <Chain row/>
                {move || view.with(|view| view.changes_problem.clone()).map(|problem| view! { <p class="field-error">{problem}</p> })}
            </div>
            <div class="mapping-end">
                <End line=key name="target" label="Target field" value=row.target view/>
            </div>
            <div class="mapping-try">
                <span class="mono before">{move || view.with(|view| view.before.clone())}</span>
                {after}
            </div>
            <button class="button quiet small mapping-remove" name="op" value=format!("remove-{key}") on:click=remove aria-label=format!("Remove line {}", key + 1)>"×"</button>
        </li>
    }
}

const fn counts(change: &Change) -> bool {
    !change.kind.is_empty()
}

/// The changes of a line, and one more to choose.
#[component]
fn Chain(
    /// The line.
    row: Row,
) -> impl IntoView {
    let (key, changes) = (row.key, row.changes);
    // Only the kinds decide which controls there are: typing into one must not rebuild it.
    let kinds = Memo::new(move |_| {
        let kinds =
            changes.with(|changes| changes.iter().filter(|change| counts(change)).map(|change| change.kind.clone()).collect::<Vec<_>>());
        kinds.into_iter().chain([String::new()]).collect::<Vec<_>>()
    });
    let choose = move |place: usize, kind: String| {
        changes.update(|changes| {
            changes.retain(counts);
            match (kind.is_empty(), place < changes.len()) {
                (true, true) => drop(changes.remove(place)),
                (true, false) => {}
                (false, true) => changes[place] = Change { kind, ..Change::default() },
                (false, false) => changes.push(Change { kind, ..Change::default() }),
            }
        });
    };
    let one = move |place: usize, kind: String| {
        let (first, second) = KINDS.iter().find(|(name, ..)| *name == kind).map_or(("", ""), |(_, _, first, second)| (*first, *second));
        let empty = if kind.is_empty() { "Add a change" } else { "No change" };
        let options = KINDS
            .iter()
            .map(|(name, label, ..)| view! { <option value=*name selected=*name == kind>{*label}</option> })
            .collect::<Vec<_>>();
        view! {
            <div class="mapping-change">
                <select
                    class="select"
                    name=format!("lines[{key}][changes][{place}][kind]")
                    autocomplete="off"
                    aria-label=format!("Change {}, line {}", place + 1, key + 1)
                    on:change=move |event| choose(place, event_target_value(&event))
                >
                    <option value="">{empty}</option>
                    {options}
                </select>
                {(!first.is_empty()).then(|| view! { <Setting row place name="a" label=first/> })}
                {(!second.is_empty()).then(|| view! { <Setting row place name="b" label=second/> })}
            </div>
        }
    };
    move || kinds.get().into_iter().enumerate().map(|(place, kind)| one(place, kind)).collect::<Vec<_>>()
}

/// One setting of a change.
#[component]
fn Setting(
    /// The line.
    row: Row,
    /// Which change.
    place: usize,
    /// `a` or `b`.
    name: &'static str,
    /// What it is.
    label: &'static str,
) -> impl IntoView {
    let (key, is_first) = (row.key, name == "a");
    let value = row.changes.with_untracked(|changes| {
        let change = changes.iter().filter(|change| counts(change)).nth(place);
        change.map(|change| if is_first { change.a.clone() } else { change.b.clone() }).unwrap_or_default()
    });
    let set = move |text: String| {
        row.changes.update(|changes| {
            if let Some(change) = changes.iter_mut().filter(|change| counts(change)).nth(place) {
                *(if is_first { &mut change.a } else { &mut change.b }) = text;
            }
        });
    };
    view! {
        <label class="mapping-setting">
            <span>{label}</span>
            <input
                class="input mono"
                name=format!("lines[{key}][changes][{place}][{name}]")
                autocomplete="off"
                value=value
                on:input=move |event| set(event_target_value(&event))
            />
        </label>
    }
}

/// Suggested lines.
#[component]
fn OfferList(
    /// All that are left.
    offers: RwSignal<Vec<Offer>>,
    /// What is edited.
    state: Editing,
) -> impl IntoView {
    let one = move |offer: Offer| {
        let target = format!("take-{}", offer.line.target);
        let line = offer.line;
        let take = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            offers.update(|offers| offers.retain(|other| other.line != line));
            state.add(line.clone());
        };
        view! {
            <li>
                <span class="strong">{offer.label.clone()}</span>
                <span class="meta">{offer.reason}</span>
                <button class="button small" name="op" value=target on:click=take aria-label=format!("Use it: {}", offer.label)>"Use it"</button>
            </li>
        }
    };
    move || {
        let left = offers.get();
        (!left.is_empty()).then(|| {
            view! {
                <section class="mapping-offers" aria-labelledby="offers-title">
                    <h2 id="offers-title">"Suggestions"</h2>
                    <p class="meta">"Found by names and values. A suggestion does nothing until you use it and save."</p>
                    <ul>{left.into_iter().map(one).collect::<Vec<_>>()}</ul>
                </section>
            }
        })
    }
}

/// What is not saved yet, and saving it.
#[component]
fn SaveBar(
    /// How many lines are changed, added, removed; and whether the direction is another one.
    changed: Memo<((usize, usize, usize), bool)>,
) -> impl IntoView {
    let words = move || {
        let ((changed, added, removed), is_turned) = changed.get();
        let parts = [(changed, "changed"), (added, "added"), (removed, "removed")].into_iter().filter(|(many, _)| *many > 0);
        let mut parts: Vec<String> = parts.map(|(many, what)| format!("{many} {what}")).collect();
        if is_turned {
            parts.push("another direction".to_owned());
        }
        if parts.is_empty() { "Everything is saved.".to_owned() } else { format!("Not saved yet: {}.", parts.join(", ")) }
    };
    view! {
        <div class="save-bar">
            <span role="status">{words}</span>
            <label class="mapping-note">
                <span>"Note"</span>
                <input class="input" name="note" maxlength="200" autocomplete="off" placeholder="Why, for the list of versions"/>
            </label>
            <button class="button primary" formaction="/fn/mapping/save" formmethod="post">"Save the mapping"</button>
        </div>
    }
}
