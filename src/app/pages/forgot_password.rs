//! Asking for a letter with a reset link. The answer is the same for every address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::outside::{Sheet, above, beside, outside};
use super::signed_in::problem_text;
use super::ui::Tone;
use super::ui::button::{Button, Kind};
use super::ui::callout::Callout;
use super::ui::field::Field;
use crate::app::actions::accounts::ForgotPassword;

/// `/forgot-password`.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let was_asked = use_query_map().get_untracked().get("done").as_deref() == Some("asked");
    let action = ServerAction::<ForgotPassword>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    outside(move |ctx| async move {
        let body = if !ctx.site.sends_mail {
            view! {
                <Callout title="This server sends no mail.">
                    <p>"Ask an owner or admin of your organization for a reset link. They find it under Settings, Members."</p>
                </Callout>
            }
            .into_any()
        } else if was_asked {
            view! {
                <Callout tone=Tone::Good title="If the address has an account, a letter is on its way.">
                    <p>"The link in it works once, for an hour. Look into the spam folder if nothing comes."</p>
                </Callout>
            }
            .into_any()
        } else {
            view! {
                {above(error.as_ref(), problem_text)}
                <ActionForm action=action attr:class="form">
                    <Field name="email" label="E-mail address" kind="email" autocomplete="username" error=beside(error.as_ref(), "email", "Enter a whole e-mail address.")/>
                    <Button label="Send a reset link" kind=Kind::Primary/>
                </ActionForm>
            }
            .into_any()
        };
        let aside = view! { <p><a href="/sign-in">"Back to sign-in"</a></p> };
        Ok(Sheet {
            title: "Set a new password".into(),
            lead: "We send a link to the address of your account.".into(),
            body,
            aside: aside.into_any(),
        })
    })
}
