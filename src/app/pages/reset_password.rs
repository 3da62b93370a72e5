//! Setting a new password with a reset link.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::outside::{Sheet, above, beside, outside};
use super::sign_up::PASSWORD_HELP;
use super::signed_in::problem_text;
use super::ui::button::{Button, Kind};
use super::ui::field::Field;
use crate::accounts::reset;
use crate::app::actions::accounts::ResetPassword;

/// `/reset-password/{token}`.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let token = use_params_map().get_untracked().get("token").unwrap_or_default();
    let action = ServerAction::<ResetPassword>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    outside(move |ctx| async move {
        reset::check(&ctx, &token).await?;
        let body = view! {
            {above(error.as_ref(), problem_text)}
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="token" value=token/>
                <Field
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    minlength=Some(10)
                    help=Some(PASSWORD_HELP.into())
                    error=beside(error.as_ref(), "password", "Choose another password.")
                />
                <Button label="Set the password" kind=Kind::Primary/>
            </ActionForm>
        };
        Ok(Sheet {
            title: "Set a new password".into(),
            lead: "You are signed out everywhere and sign in with the new one.".into(),
            body: body.into_any(),
            aside: ().into_any(),
        })
    })
}
