//! Accepting an invitation: as a new person, or as one who has an account.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::outside::{Sheet, above, beside, me, outside};
use super::sign_up::PASSWORD_HELP;
use super::signed_in::problem_text;
use super::ui::button::{Button, Kind, LinkButton};
use super::ui::field::Field;
use crate::accounts::invitations;
use crate::app::actions::accounts::{AcceptInvitation, Join};

/// `/invitations/{token}`.
#[component]
pub fn AcceptInvitationPage() -> impl IntoView {
    let token = use_params_map().get_untracked().get("token").unwrap_or_default();
    let (accept, join) = (ServerAction::<AcceptInvitation>::new(), ServerAction::<Join>::new());
    let error = accept.value().get_untracked().and_then(Result::err).or_else(|| join.value().get_untracked().and_then(Result::err));
    let me = me();
    outside(move |ctx| async move {
        let offer = invitations::find(&ctx, &token).await?;
        let email = offer.email.clone();
        let label = format!("Join {}", offer.organization);
        let title = label.clone();
        let failed = above(error.as_ref(), problem_text);
        let body = match me {
            Some(me) if me.email == offer.email => view! {
                <ActionForm action=join attr:class="form">
                    <input type="hidden" name="token" value=token/>
                    <p>"You are signed in as "{email}"."</p>
                    <Button label kind=Kind::Primary/>
                </ActionForm>
            }
            .into_any(),
            Some(me) => view! {
                <p>"The invitation is for "{email}". You are signed in as "{me.email.clone()}"."</p>
                <form method="post" action="/sign-out" class="form">
                    <input type="hidden" name="next" value=format!("/invitations/{token}")/>
                    <Button label="Sign out"/>
                </form>
            }
            .into_any(),
            None if offer.has_account => view! {
                <p>{email}" has an account. Sign in with it to join."</p>
                <LinkButton href=format!("/sign-in?next=/invitations/{token}") label="Sign in" kind=Kind::Primary/>
            }
            .into_any(),
            None => view! {
                <ActionForm action=accept attr:class="form">
                    <input type="hidden" name="token" value=token/>
                    // Password managers keep the password under this address.
                    <Field name="username" label="E-mail address" kind="email" value=Some(email.into()) autocomplete="username" readonly=true/>
                    <Field name="name" label="Your name" autocomplete="name" error=beside(error.as_ref(), "name", "Enter a name of at most 100 characters.")/>
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="new-password"
                        minlength=Some(10)
                        help=Some(PASSWORD_HELP.into())
                        error=beside(error.as_ref(), "password", "Choose another password.")
                    />
                    <Button label kind=Kind::Primary/>
                </ActionForm>
            }
            .into_any(),
        };
        let body = view! { {failed}{body} };
        Ok(Sheet {
            title: title.into(),
            lead: format!("You are invited as {}.", offer.role).into(),
            body: body.into_any(),
            aside: ().into_any(),
        })
    })
}
