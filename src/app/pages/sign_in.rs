//! Signing in.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::outside::{Sheet, above, beside, me, outside};
use super::signed_in::{problem_text, redirect};
use super::ui::Tone;
use super::ui::button::{Button, Kind};
use super::ui::callout::Callout;
use super::ui::field::Field;
use crate::app::actions::accounts::SignIn;
use crate::domain::error::ErrorCode;
use crate::domain::ui_error::UiError;

/// `/sign-in`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let next = query.get("next").unwrap_or_default();
    let done = query.get("done");
    let action = ServerAction::<SignIn>::new();
    let error = action.value().get_untracked().and_then(Result::err);
    let me = me();
    if me.as_ref().is_some_and(|me| me.place.is_some()) {
        redirect(use_context::<leptos_axum::ResponseOptions>().as_ref(), "/");
    }
    outside(move |_| async move {
        let has_new_password = done.as_deref() == Some("password");
        let homeless = me.filter(|me| me.place.is_none()).map(|me| {
            let text = format!(
                "{} is signed in but belongs to no organization. Ask for an invitation, or sign in with another address.",
                me.email
            );
            view! { <Callout tone=Tone::Warning title=text/> }
        });
        let body = view! {
            {has_new_password.then(|| view! { <Callout tone=Tone::Good title="The new password is set. Sign in with it."/> })}
            {homeless}
            {above(error.as_ref(), sentence)}
            <ActionForm action=action attr:class="form">
                <input type="hidden" name="next" value=next/>
                <Field name="email" label="E-mail address" kind="email" autocomplete="username" error=beside(error.as_ref(), "email", "Enter your e-mail address.")/>
                <Field name="password" label="Password" kind="password" autocomplete="current-password" error=beside(error.as_ref(), "password", "Enter your password.")/>
                <Button label="Sign in" kind=Kind::Primary/>
            </ActionForm>
            <p><a href="/forgot-password">"Forgotten your password?"</a></p>
        };
        let aside = view! { <p>"New here? "<a href="/sign-up">"Create an organization"</a></p> };
        Ok(Sheet { title: "Sign in".into(), lead: "to your organization's hub".into(), body: body.into_any(), aside: aside.into_any() })
    })
}

fn sentence(error: &UiError) -> &'static str {
    match error.code {
        ErrorCode::Unauthenticated => "The e-mail address or the password is not right.",
        ErrorCode::RateLimited => "There were too many attempts. Wait a few minutes, then try again.",
        _ => problem_text(error),
    }
}
