//! Buttons, and links that look like them.

use leptos::prelude::*;

use super::{Text, icons::Icon};

/// How much a button wants to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The one main action of a page or form.
    Primary,
    /// Any other action.
    #[default]
    Secondary,
    /// Loses something.
    Danger,
    /// Actions in rows and bars.
    Quiet,
}

/// The classes of a button; the browser half's markup uses the same names.
const fn class(kind: Kind, small: bool) -> &'static str {
    match (kind, small) {
        (Kind::Primary, false) => "button primary",
        (Kind::Primary, true) => "button primary small",
        (Kind::Secondary, false) => "button",
        (Kind::Secondary, true) => "button small",
        (Kind::Danger, false) => "button danger",
        (Kind::Danger, true) => "button danger small",
        (Kind::Quiet, false) => "button quiet",
        (Kind::Quiet, true) => "button quiet small",
    }
}

const fn icon_class(small: bool) -> &'static str {
    if small { "button quiet icon-only small" } else { "button quiet icon-only" }
}

/// A button. It sends its form, unless `opens` names a dialog.
#[component]
pub fn Button(
    /// A verb and what it acts on.
    #[prop(into)]
    label: Text,
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: Kind,
    /// For rows and bars.
    #[prop(optional)]
    small: bool,
    /// Before the label.
    #[prop(default = None)]
    icon: Option<Icon>,
    /// At work: shows a turning mark and says so.
    #[prop(optional)]
    busy: bool,
    /// Cannot be pressed; say why beside it.
    #[prop(optional)]
    disabled: bool,
    /// Name sent with the form.
    #[prop(optional, into)]
    name: Option<Text>,
    /// Value sent with the form.
    #[prop(optional, into)]
    value: Option<Text>,
    /// Address that takes the form instead of the form's own.
    #[prop(optional, into)]
    formaction: Option<Text>,
    /// The `id` of the dialog it opens.
    #[prop(optional, into)]
    opens: Option<Text>,
) -> impl IntoView {
    let (r#type, command) = if opens.is_some() { ("button", Some("show-modal")) } else { ("submit", None) };
    view! {
        <button
            class=class(kind, small)
            type=r#type
            name=name
            value=value
            formaction=formaction
            disabled=disabled
            aria-busy=busy.then_some("true")
            command=command
            commandfor=opens
        >
            {icon.map(Icon::view)}
            {label}
        </button>
    }
}

/// A link that looks like a button: it leads somewhere and changes nothing.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: Text,
    /// What is found there.
    #[prop(into)]
    label: Text,
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: Kind,
    /// For rows and bars.
    #[prop(optional)]
    small: bool,
    /// Before the label.
    #[prop(default = None)]
    icon: Option<Icon>,
) -> impl IntoView {
    view! {
        <a class=class(kind, small) href=href>
            {icon.map(Icon::view)}
            {label}
        </a>
    }
}

/// A button of an icon alone; its label is read out and shown on hover.
#[component]
pub fn IconButton(
    /// What it shows.
    icon: Icon,
    /// What it does.
    #[prop(into)]
    label: Text,
    /// For rows.
    #[prop(optional)]
    small: bool,
    /// Name sent with the form.
    #[prop(optional, into)]
    name: Option<Text>,
    /// Value sent with the form.
    #[prop(optional, into)]
    value: Option<Text>,
) -> impl IntoView {
    view! {
        <button class=icon_class(small) type="submit" name=name value=value title=label.clone() aria-label=label>
            {icon.view()}
        </button>
    }
}

/// A link of an icon alone.
#[component]
pub fn IconLink(
    /// Where it leads.
    #[prop(into)]
    href: Text,
    /// What it shows.
    icon: Icon,
    /// What is found there.
    #[prop(into)]
    label: Text,
    /// For rows.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    view! {
        <a class=icon_class(small) href=href title=label.clone() aria-label=label>
            {icon.view()}
        </a>
    }
}
