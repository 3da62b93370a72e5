//! Form fields: label, control, help and error tied together.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// The `aria-describedby` of a control with help and error.
fn described_by(id: &str, help: bool, error: bool) -> Option<String> {
    match (help, error) {
        (false, false) => None,
        (true, false) => Some(format!("{id}-help")),
        (false, true) => Some(format!("{id}-error")),
        (true, true) => Some(format!("{id}-error {id}-help")),
    }
}

fn label_view(id: String, label: Text, required: bool) -> impl IntoView {
    view! {
        <label for=id>
            {label}
            {(!required).then(|| view! { <span class="optional">" (optional)"</span> })}
        </label>
    }
}

fn help_view(id: &str, help: Option<Text>) -> impl IntoView + use<> {
    help.map(|help| view! { <p class="field-help" id=format!("{id}-help")>{help}</p> })
}

fn error_view(id: &str, error: Option<Text>) -> impl IntoView + use<> {
    error.map(|error| view! { <p class="field-error" id=format!("{id}-error")>{Icon::Warning.view()}<span>{error}</span></p> })
}

/// One line of input.
#[component]
pub fn Field(
    /// The name sent with the form; also makes the `id`.
    #[prop(into)]
    name: Text,
    /// What is asked.
    #[prop(into)]
    label: Text,
    /// The input's type: `text`, `email`, `password`, `url`, `number`, `search`, `datetime-local`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What is filled in.
    #[prop(default = None)]
    value: Option<Text>,
    /// Where to find it, or what it is for.
    #[prop(default = None)]
    help: Option<Text>,
    /// What is wrong with what was sent.
    #[prop(default = None)]
    error: Option<Text>,
    /// Fields are required unless said otherwise.
    #[prop(default = true)]
    required: bool,
    /// The `autocomplete` token, so that the browser can fill it in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// An example, never the label.
    #[prop(default = None)]
    placeholder: Option<Text>,
    /// For ids, keys and addresses.
    #[prop(optional)]
    mono: bool,
    /// Shown but not changed.
    #[prop(optional)]
    readonly: bool,
    /// Least number of characters.
    #[prop(default = None)]
    minlength: Option<u32>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let describes = described_by(&id, help.is_some(), error.is_some());
    view! {
        <div class="field">
            {label_view(id.clone(), label, required || readonly)}
            <input
                class=if mono { "input mono" } else { "input" }
                id=id.clone()
                name=name
                type=kind
                value=value
                placeholder=placeholder
                autocomplete=autocomplete
                required=required
                readonly=readonly
                minlength=minlength
                spellcheck=mono.then_some("false")
                aria-describedby=describes
                aria-invalid=error.is_some().then_some("true")
            />
            {error_view(&id, error)}
            {help_view(&id, help)}
        </div>
    }
}

/// Several lines of input. It grows with what is typed.
#[component]
pub fn TextArea(
    /// The name sent with the form; also makes the `id`.
    #[prop(into)]
    name: Text,
    /// What is asked.
    #[prop(into)]
    label: Text,
    /// What is filled in.
    #[prop(default = None)]
    value: Option<Text>,
    /// Where to find it, or what it is for.
    #[prop(default = None)]
    help: Option<Text>,
    /// What is wrong with what was sent.
    #[prop(default = None)]
    error: Option<Text>,
    /// Fields are required unless said otherwise.
    #[prop(default = true)]
    required: bool,
    /// For JSON and other code.
    #[prop(optional)]
    mono: bool,
    /// Lines shown at first.
    #[prop(default = 4)]
    rows: u32,
) -> impl IntoView {
    let id = format!("field-{name}");
    let describes = described_by(&id, help.is_some(), error.is_some());
    view! {
        <div class="field">
            {label_view(id.clone(), label, required)}
            <textarea
                class=if mono { "textarea mono" } else { "textarea" }
                id=id.clone()
                name=name
                rows=rows
                required=required
                spellcheck=mono.then_some("false")
                aria-describedby=describes
                aria-invalid=error.is_some().then_some("true")
                // As inner HTML: a text area would show the comments that mark where a text ends.
                inner_html=html_escape::encode_text(&value.unwrap_or_default()).into_owned()
            ></textarea>
            {error_view(&id, error)}
            {help_view(&id, help)}
        </div>
    }
}

/// One entry of a select.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: Text,
    /// What is shown.
    pub label: Text,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<Text>, label: impl Into<Text>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One of a few.
#[component]
pub fn Select(
    /// The name sent with the form; also makes the `id`.
    #[prop(into)]
    name: Text,
    /// What is asked.
    #[prop(into)]
    label: Text,
    /// What can be chosen.
    choices: Vec<Choice>,
    /// The value chosen now.
    #[prop(default = None)]
    value: Option<Text>,
    /// What the choice means.
    #[prop(default = None)]
    help: Option<Text>,
    /// What is wrong with what was sent.
    #[prop(default = None)]
    error: Option<Text>,
    /// Fields are required unless said otherwise.
    #[prop(default = true)]
    required: bool,
    /// Only the control, for bars of filters; the label is still read out.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let describes = described_by(&id, help.is_some(), error.is_some());
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = value.as_ref() == Some(&choice.value);
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect::<Vec<_>>();
    let control = view! {
        <select
            class="select"
            id=id.clone()
            name=name
            required=required
            aria-label=bare.then(|| label.clone())
            aria-describedby=describes
            aria-invalid=error.is_some().then_some("true")
        >
            {options}
        </select>
    };
    if bare {
        return control.into_any();
    }
    view! {
        <div class="field">
            {label_view(id.clone(), label, required)}
            {control}
            {error_view(&id, error)}
            {help_view(&id, help)}
        </div>
    }
    .into_any()
}

/// Yes or no; or, with `radio`, one of a group of the same name.
#[component]
pub fn Checkbox(
    /// The name sent with the form.
    #[prop(into)]
    name: Text,
    /// What is agreed to.
    #[prop(into)]
    label: Text,
    /// The value sent when ticked.
    #[prop(into, default = Text::Borrowed("true"))]
    value: Text,
    /// Whether it is ticked.
    #[prop(optional)]
    checked: bool,
    /// What follows from it.
    #[prop(default = None)]
    help: Option<Text>,
    /// What is wrong with what was sent.
    #[prop(default = None)]
    error: Option<Text>,
    /// One of a group.
    #[prop(optional)]
    radio: bool,
    /// Must be ticked.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let id = format!("field-{name}-{value}");
    let describes = described_by(&id, help.is_some(), error.is_some());
    view! {
        <div class="check">
            <input
                id=id.clone()
                type=if radio { "radio" } else { "checkbox" }
                name=name
                value=value
                checked=checked
                required=required
                aria-describedby=describes
                aria-invalid=error.is_some().then_some("true")
            />
            <label for=id.clone()>{label}</label>
            {error_view(&id, error)}
            {help_view(&id, help)}
        </div>
    }
}
