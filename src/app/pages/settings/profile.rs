//! Name, time zone, theme and password.

use leptos::prelude::*;

use super::{Part, crumbs, done, head};
use crate::app::actions::accounts::{ChangePassword, SaveProfile};
use crate::app::pages::outside::{above, beside};
use crate::app::pages::sign_up::PASSWORD_HELP;
use crate::app::pages::signed_in::{Content, problem_text, signed_in, theme};
use crate::app::pages::ui::button::{Button, Kind};
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::field::{Choice, Field, Select};
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::theme::ThemeChoice;

/// `/settings/profile`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let (save, change) = (ServerAction::<SaveProfile>::new(), ServerAction::<ChangePassword>::new());
    let unsaved = save.value().get_untracked().and_then(Result::err);
    let refused = change.value().get_untracked().and_then(Result::err);
    let done = done(&[("saved", "Your profile is saved."), ("password", "The new password is set. Your other sessions are signed out.")]);
    let theme = theme();
    signed_in(NavItem::Settings, move |viewer| async move {
        let zones =
            std::iter::once(Choice::new("", "UTC")).chain(time_zones().into_iter().map(|name| Choice::new(name.clone(), name))).collect();
        let (name, email) = (viewer.me.name.clone(), viewer.me.email.clone());
        let (zone, username) = (viewer.me.time_zone.clone().unwrap_or_default(), email.clone());
        let body = view! {
            {head(&viewer, Part::Profile, "How you appear to your team, and how you sign in.", done)}
            <div class="stack">
                <Card title="Profile">
                    {above(unsaved.as_ref(), problem_text)}
                    <ActionForm action=save attr:class="form">
                        <Field name="name" label="Name" value=Some(name.into()) autocomplete="name" error=beside(unsaved.as_ref(), "name", "Enter a name of at most 100 characters.")/>
                        <Field name="email" label="E-mail address" kind="email" value=Some(email.into()) readonly=true required=false/>
                        <Select
                            name="time_zone"
                            label="Time zone"
                            choices=zones
                            value=Some(zone.into())
                            required=false
                            error=beside(unsaved.as_ref(), "timeZone", "Choose one of these.")
                        />
                        <div class="button-row"><Button label="Save" kind=Kind::Primary/></div>
                    </ActionForm>
                </Card>
                <Card title="Theme"><ThemeChoice theme/></Card>
                <Card title="Password" note="Your other sessions end when you change it.">
                    {above(refused.as_ref(), problem_text)}
                    <ActionForm action=change attr:class="form">
                        <input type="hidden" name="username" autocomplete="username" value=username/>
                        <Field name="current" label="Present password" kind="password" autocomplete="current-password" error=beside(refused.as_ref(), "currentPassword", "This is not your present password.")/>
                        <Field
                            name="chosen"
                            label="New password"
                            kind="password"
                            autocomplete="new-password"
                            minlength=Some(10)
                            help=Some(PASSWORD_HELP.into())
                            error=beside(refused.as_ref(), "newPassword", "Choose another password.")
                        />
                        <div class="button-row"><Button label="Change the password" kind=Kind::Primary/></div>
                    </ActionForm>
                </Card>
            </div>
        };
        Ok(Content::new("Your profile", body).crumbs(crumbs(Part::Profile)))
    })
}

/// The time zones of the system's database that name a place.
fn time_zones() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name.contains('/'))
        .filter(|name| !["Etc/", "SystemV/", "US/", "posix/", "right/"].iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    names.sort_unstable();
    names
}
