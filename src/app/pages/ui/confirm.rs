//! Asking before something is lost: a dialog, and the same question as a page.
//!
//! `Button` with `opens` shows the dialog without a script. Where a list has many rows, link to the page instead.

use leptos::prelude::*;

use super::{
    Text,
    button::{Button, Kind, LinkButton},
    field::Field,
};

/// The fields both forms of the question share.
#[derive(Debug, Clone)]
pub struct Question {
    /// "Disconnect Greenhouse?"
    pub title: Text,
    /// What will be lost and what stays, in plain sentences.
    pub text: Text,
    /// Where the answer is sent.
    pub action: Text,
    /// Hidden fields: names and values.
    pub fields: Vec<(Text, Text)>,
    /// The verb: "Disconnect Greenhouse".
    pub button: Text,
    /// The name to be typed, only when it cannot be undone.
    pub typed: Option<Text>,
}

impl Question {
    fn fields_view(fields: Vec<(Text, Text)>, typed: Option<Text>) -> impl IntoView {
        let hidden = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect::<Vec<_>>();
        let typed = typed.map(|name| view! { <Field name="confirm" label=format!("Type \u{201c}{name}\u{201d} to go on")/> });
        (hidden, typed)
    }
}

/// The question as a dialog. Escape and a press beside it close it.
#[component]
pub fn ConfirmDialog(
    /// The dialog's `id`, named by the button's `opens`.
    #[prop(into)]
    id: Text,
    /// What is asked.
    question: Question,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    view! {
        <dialog class="dialog" id=id aria-labelledby=title_id closedby="any">
            <form class="dialog-body" method="post" action=question.action>
                <h2 id=title_id.clone()>{question.title}</h2>
                <p>{question.text}</p>
                {Question::fields_view(question.fields, question.typed)}
                <div class="dialog-foot">
                    <button class="button" type="submit" formmethod="dialog" formnovalidate=true>"Keep it"</button>
                    <Button label=question.button kind=Kind::Danger/>
                </div>
            </form>
        </dialog>
    }
}

/// The question as the content of a page.
#[component]
pub fn ConfirmPage(
    /// What is asked.
    question: Question,
    /// Where "Keep it" leads.
    #[prop(into)]
    back: Text,
) -> impl IntoView {
    view! {
        <form class="confirm-page form" method="post" action=question.action>
            <h1>{question.title}</h1>
            <p>{question.text}</p>
            {Question::fields_view(question.fields, question.typed)}
            <div class="dialog-foot">
                <LinkButton href=back label="Keep it"/>
                <Button label=question.button kind=Kind::Danger/>
            </div>
        </form>
    }
}
