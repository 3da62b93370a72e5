//! Where the reader is signed in.

use leptos::prelude::*;

use super::{Part, crumbs, done, head};
use crate::accounts::sessions::{self, OwnSession};
use crate::app::actions::accounts::{RevokeOtherSessions, RevokeSession};
use crate::app::pages::signed_in::{Content, Viewer, problem_text, signed_in};
use crate::app::pages::ui::Tone;
use crate::app::pages::ui::badge::Badge;
use crate::app::pages::ui::button::Button;
use crate::app::pages::ui::callout::Callout;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::icons::Icon;
use crate::app::pages::ui::table::{Column, Table};
use crate::app::pages::ui::time::RelativeTime;

/// `/settings/sessions`.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let (revoke, others) = (ServerAction::<RevokeSession>::new(), ServerAction::<RevokeOtherSessions>::new());
    let failed = revoke.value().get_untracked().and_then(Result::err).or_else(|| others.value().get_untracked().and_then(Result::err));
    let done = done(&[("ended", "Signed out there.")]);
    signed_in(NavItem::Settings, move |viewer| async move {
        let rows = sessions::list(&viewer.ctx, &viewer.me).await?;
        let has_others = rows.len() > 1;
        let rows = rows.into_iter().map(|row| session(&viewer, row, revoke)).collect::<Vec<_>>();
        let columns = vec![
            Column::new("Browser"),
            Column::new("Address"),
            Column::new("Signed in"),
            Column::new("Last used"),
            Column::actions("Actions"),
        ];
        let body = view! {
            {head(&viewer, Part::Sessions, "Every browser you are signed in with.", done)}
            {failed.as_ref().map(|error| view! { <Callout tone=Tone::Bad title=problem_text(error)/> })}
            <div class="stack">
                <Card title="Sessions" flush=true>
                    <Table caption="Your sessions" columns>{rows}</Table>
                </Card>
                {has_others.then(|| view! {
                    <ActionForm action=others><Button label="Sign out everywhere else" icon=Some(Icon::SignOut)/></ActionForm>
                })}
            </div>
        };
        Ok(Content::new("Your sessions", body).crumbs(crumbs(Part::Sessions)))
    })
}

fn session(viewer: &Viewer, session: OwnSession, revoke: ServerAction<RevokeSession>) -> impl IntoView + use<> {
    let row = session.row;
    let action = if session.is_current {
        view! { <Badge tone=Tone::Good icon=Icon::Check label="This one"/> }.into_any()
    } else {
        view! {
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=row.id/>
                <Button label="Sign out" small=true/>
            </ActionForm>
        }
        .into_any()
    };
    let agent = row.user_agent.as_deref().map_or_else(|| "Unknown".to_owned(), browser);
    view! {
        <tr>
            <td class="name" data-label="Browser" title=row.user_agent>{agent}</td>
            <td data-label="Address"><code>{row.address}</code></td>
            <td data-label="Signed in"><RelativeTime at=row.created_at now=viewer.now/></td>
            <td data-label="Last used"><RelativeTime at=row.seen_at now=viewer.now/></td>
            <td class="actions">{action}</td>
        </tr>
    }
}

/// A browser and its system in two words, from what it calls itself.
fn browser(agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Order matters: most browsers also name those they came from.
    let name = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_named_in_two_words() {
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Windows");
        assert_eq!(browser(&format!("{chrome} Edg/140.0.0.0")), "Edge on Windows");
        assert_eq!(browser("Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"), "Firefox on Linux");
        assert_eq!(browser("curl/8.5.0"), "curl");
        assert_eq!(browser("something of our own"), "something of our own");
    }
}
