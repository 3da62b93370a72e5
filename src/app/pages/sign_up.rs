//! Creating an organization.

use leptos::prelude::*;

use super::outside::{Sheet, above, beside, me, outside};
use super::signed_in::{problem_text, redirect};
use super::ui::button::{Button, Kind};
use super::ui::field::Field;
use crate::app::actions::accounts::SignUp;

/// What a password must be; also said beside a refused one.
pub const PASSWORD_HELP: &str = "At least 10 characters, and not your address. A few words in a row are easy to remember.";

/// `/sign-up`.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let action = ServerAction::<SignUp>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    if me().is_some_and(|me| me.place.is_some()) {
        redirect(use_context::<leptos_axum::ResponseOptions>().as_ref(), "/");
    }
    outside(move |_| async move {
        let body = view! {
            {above(error.as_ref(), problem_text)}
            <ActionForm action=action attr:class="form">
                <Field name="organization" label="Organization" autocomplete="organization" error=beside(error.as_ref(), "organization", "Enter a name of at most 100 characters.")/>
                <Field name="name" label="Your name" autocomplete="name" error=beside(error.as_ref(), "name", "Enter a name of at most 100 characters.")/>
                <Field
                    name="email"
                    label="E-mail address"
                    kind="email"
                    autocomplete="username"
                    error=beside(error.as_ref(), "email", "This address cannot be used for a new account. If it is yours, sign in, or reset the password.")
                />
                <Field
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="new-password"
                    minlength=Some(10)
                    help=Some(PASSWORD_HELP.into())
                    error=beside(error.as_ref(), "password", "Choose another password.")
                />
                <Button label="Create the organization" kind=Kind::Primary/>
            </ActionForm>
        };
        let aside = view! { <p>"Already here? "<a href="/sign-in">"Sign in"</a></p> };
        Ok(Sheet {
            title: "Create an organization".into(),
            lead: "You become its owner and can invite your team afterwards.".into(),
            body: body.into_any(),
            aside: aside.into_any(),
        })
    })
}
