//! Members and invitations.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{Part, crumbs, done, head, role_choices, role_name, roles, session, shown_once};
use crate::accounts::{invitations, members};
use crate::app::actions::accounts::{ChangeRole, CreateResetLink, Invite, RemoveMember, WithdrawInvitation};
use crate::app::pages::outside::beside;
use crate::app::pages::signed_in::{Content, Viewer, problem_text, signed_in};
use crate::app::pages::ui::Tone;
use crate::app::pages::ui::avatar::Avatar;
use crate::app::pages::ui::button::{Button, Kind};
use crate::app::pages::ui::callout::Callout;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::confirm::{ConfirmDialog, Question};
use crate::app::pages::ui::field::{Field, Select};
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::icons::Icon;
use crate::app::pages::ui::menu::Menu;
use crate::app::pages::ui::table::{Column, Table};
use crate::app::pages::ui::time::RelativeTime;
use crate::domain::error::ErrorCode;
use crate::domain::role::Scope;
use crate::domain::ui_error::UiError;
use crate::store::invitation::InvitationRow;
use crate::store::membership::MemberRow;

#[derive(Clone, Copy)]
struct Actions {
    role: ServerAction<ChangeRole>,
    remove: ServerAction<RemoveMember>,
    reset: ServerAction<CreateResetLink>,
    invite: ServerAction<Invite>,
    withdraw: ServerAction<WithdrawInvitation>,
}

/// `/settings/members`.
#[component]
pub fn MembersPage() -> impl IntoView {
    let actions = Actions {
        role: ServerAction::new(),
        remove: ServerAction::new(),
        reset: ServerAction::new(),
        invite: ServerAction::new(),
        withdraw: ServerAction::new(),
    };
    let refused = actions.invite.value().get_untracked().and_then(Result::err);
    let failed = actions
        .role
        .value()
        .get_untracked()
        .and_then(Result::err)
        .or_else(|| actions.remove.value().get_untracked().and_then(Result::err))
        .or_else(|| actions.reset.value().get_untracked().and_then(Result::err))
        .or_else(|| actions.withdraw.value().get_untracked().and_then(Result::err));
    let done = done(&[
        ("mailed", "The invitation is on its way by mail."),
        ("invited", "The invitation is ready. Send the link yourself."),
        ("withdrawn", "The invitation is withdrawn. Its link does not work any more."),
        ("role", "The role is changed."),
        ("removed", "The member is removed."),
        ("reset", "The reset link is ready. Hand it over yourself."),
    ]);
    let session = session();
    signed_in(NavItem::Settings, move |viewer| async move {
        let rows = members::list(&viewer.ctx, &viewer.caller).await?;
        let open = invitations::list(&viewer.ctx, &viewer.caller).await?;
        let may_change = viewer.caller.may(Scope::MembersWrite);
        let link = shown_once(
            &viewer,
            session.clone(),
            "invitation",
            "This link is shown once",
            "Whoever opens it can join under the invited address. It works once, for seven days.",
        )
        .await?;
        let reset = shown_once(
            &viewer,
            session,
            "reset",
            "This link is shown once",
            "Whoever opens it sets the member's password. It works once, for an hour.",
        )
        .await?;
        let rows = rows.into_iter().map(|row| member(&viewer, row, actions)).collect::<Vec<_>>();
        let columns = vec![Column::new("Member"), Column::new("Role"), Column::new("Since"), Column::actions("Actions")];
        let has_open = !open.is_empty();
        let open = open.into_iter().map(|row| invitation(&viewer, row, actions)).collect::<Vec<_>>();
        let open_columns = vec![Column::new("Invited"), Column::new("Role"), Column::new("Until"), Column::actions("Actions")];
        let choices = role_choices(&viewer);
        let body = view! {
            {head(&viewer, Part::Members, "Who works in this organization, and what they may do.", done)}
            {failed.as_ref().map(|error| view! { <Callout tone=Tone::Bad title=sentence(error)/> })}
            {link}
            {reset}
            <div class="stack">
                <Card title="Members" flush=true>
                    <Table caption="Members" columns>{rows}</Table>
                </Card>
                {has_open.then(|| view! {
                    <Card title="Open invitations" flush=true>
                        <Table caption="Open invitations" columns=open_columns>{open}</Table>
                    </Card>
                })}
                {may_change.then(|| invite_form(choices, refused.as_ref(), actions))}
            </div>
        };
        Ok(Content::new("Members", body).crumbs(crumbs(Part::Members)))
    })
}

fn invite_form(choices: Vec<crate::app::pages::ui::field::Choice>, refused: Option<&UiError>, actions: Actions) -> impl IntoView + use<> {
    let email_error = refused
        .filter(|error| error.code == ErrorCode::Conflict)
        .map(|_| "This person is a member already.".into())
        .or_else(|| beside(refused, "email", "Enter a whole e-mail address."));
    let other = refused.filter(|error| error.fields.is_empty()).map(|error| view! { <Callout tone=Tone::Bad title=sentence(error)/> });
    view! {
        <Card title="Invite somebody" note="They get a link that works once, for seven days.">
            {other}
            <ActionForm action=actions.invite attr:class="form">
                <div class="form-pair">
                    <Field name="email" label="E-mail address" kind="email" error=email_error/>
                    <Select name="role" label="Role" choices value=Some("recruiter".into()) help=Some("Owners and admins manage everything, recruiters do the hiring work, interviewers read what they interview for.".into())/>
                </div>
                <div class="button-row"><Button label="Invite" kind=Kind::Primary/></div>
            </ActionForm>
        </Card>
    }
}

fn member(viewer: &Viewer, row: MemberRow, actions: Actions) -> impl IntoView + use<> {
    let is_me = row.user_id == viewer.me.user;
    let may_manage = viewer.caller.may(Scope::MembersWrite) && viewer.role().may_manage(row.role);
    let id = row.user_id.to_string();
    let (menu_label, role_label) = (format!("More actions for {}", row.name), format!("Role of {}", row.name));
    let role = if may_manage {
        let options = roles(viewer)
            .map(|role| view! { <option value=role.as_str() selected=role == row.role>{role_name(role)}</option> })
            .collect::<Vec<_>>();
        let id = id.clone();
        view! {
            <ActionForm action=actions.role attr:class="button-row">
                <input type="hidden" name="user" value=id/>
                <select class="select" name="role" aria-label=role_label>{options}</select>
                <Button label="Change" small=true/>
            </ActionForm>
        }
        .into_any()
    } else {
        role_name(row.role).into_any()
    };
    let menu = (may_manage || is_me).then(|| {
        let (reset_id, dialog, opens) = (id.clone(), format!("remove-{id}"), format!("remove-{id}"));
        let remove = if is_me { "Leave the organization" } else { "Remove from the organization" };
        let question = Question {
            title: if is_me { "Leave the organization?".into() } else { format!("Remove {}?", row.name).into() },
            text: if is_me {
                "You lose access at once. To come back you need an invitation.".into()
            } else {
                format!("{} loses access at once and is signed out. What they did stays in the activity log.", row.name).into()
            },
            action: RemoveMember::url().into(),
            fields: vec![("user".into(), id.clone().into())],
            button: if is_me { "Leave".into() } else { format!("Remove {}", row.name).into() },
            typed: None,
        };
        view! {
            <Menu label=menu_label small=true>
                {(may_manage && !is_me).then(|| view! {
                    <ActionForm action=actions.reset>
                        <input type="hidden" name="user" value=reset_id/>
                        <button class="menu-item">{Icon::Key.view()}"Make a password reset link"</button>
                    </ActionForm>
                })}
                <button class="menu-item danger" type="button" command="show-modal" commandfor=opens>{Icon::Trash.view()}{remove}</button>
            </Menu>
            <ConfirmDialog id=dialog question/>
        }
    });
    view! {
        <tr>
            <td class="name" data-label="Member">
                <div class="who">
                    <Avatar name=row.name.clone()/>
                    <span><span class="strong">{row.name}{is_me.then_some(" (you)")}</span><span class="meta">{row.email}</span></span>
                </div>
            </td>
            <td data-label="Role" class="wide">{role}</td>
            <td data-label="Since"><RelativeTime at=row.created_at now=viewer.now/></td>
            <td class="actions">{menu}</td>
        </tr>
    }
}

fn invitation(viewer: &Viewer, row: InvitationRow, actions: Actions) -> impl IntoView + use<> {
    let may_manage = viewer.caller.may(Scope::MembersWrite) && viewer.role().may_manage(row.role);
    let ran_out = row.expires_at <= viewer.now;
    let (id, email, role) = (row.id.to_string(), row.email.clone(), row.role);
    let actions = may_manage.then(|| {
        view! {
            <div class="button-row">
                <ActionForm action=actions.invite>
                    <input type="hidden" name="email" value=email/>
                    <input type="hidden" name="role" value=role.as_str()/>
                    <Button label="Send again" small=true/>
                </ActionForm>
                <ActionForm action=actions.withdraw>
                    <input type="hidden" name="id" value=id/>
                    <Button label="Withdraw" kind=Kind::Quiet small=true/>
                </ActionForm>
            </div>
        }
    });
    view! {
        <tr>
            <td class="name" data-label="Invited">{row.email}</td>
            <td data-label="Role">{role_name(row.role)}</td>
            <td data-label="Until">
                {if ran_out {
                    view! { <span>"Ran out"</span> }.into_any()
                } else {
                    view! { <RelativeTime at=row.expires_at now=viewer.now/> }.into_any()
                }}
            </td>
            <td class="actions">{actions}</td>
        </tr>
    }
}

fn sentence(error: &UiError) -> &'static str {
    match error.code {
        ErrorCode::Conflict => {
            "This is not possible now: the last owner stays an owner, and people who also belong to another organization reset their password by mail."
        }
        ErrorCode::NotFound => "This is gone already.",
        _ => problem_text(error),
    }
}
