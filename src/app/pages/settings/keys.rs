//! API keys.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{Part, crumbs, done, head, session, shown_once};
use crate::accounts::api_keys;
use crate::app::actions::accounts::{CreateApiKey, RevokeApiKey};
use crate::app::pages::outside::beside;
use crate::app::pages::signed_in::{Content, Viewer, problem_text, signed_in};
use crate::app::pages::ui::Tone;
use crate::app::pages::ui::badge::Tag;
use crate::app::pages::ui::button::{Button, Kind};
use crate::app::pages::ui::callout::Callout;
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::confirm::{ConfirmDialog, Question};
use crate::app::pages::ui::field::{Checkbox, Choice, Field, Select, TextArea};
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::table::{Column, EmptyRow, Table};
use crate::app::pages::ui::time::RelativeTime;
use crate::domain::role::Scope;
use crate::domain::ui_error::UiError;
use crate::store::api_key::ApiKeyRow;

/// `/settings/keys`.
#[component]
pub fn KeysPage() -> impl IntoView {
    let (create, revoke) = (ServerAction::<CreateApiKey>::new(), ServerAction::<RevokeApiKey>::new());
    let refused = create.value().get_untracked().and_then(Result::err);
    let failed = revoke.value().get_untracked().and_then(Result::err);
    let done = done(&[("created", "The key is made."), ("revoked", "The key is revoked. It does not work any more.")]);
    let session = session();
    signed_in(NavItem::Settings, move |viewer| async move {
        let rows = api_keys::list(&viewer.ctx, &viewer.caller).await?;
        let key = shown_once(
            &viewer,
            session,
            "api_key",
            "Copy this key now. It is shown once",
            "Send it as \"Authorization: Bearer\" with each request. Only a hash of it is stored here.",
        )
        .await?;
        let is_empty = rows.is_empty();
        let rows = rows.into_iter().map(|row| key_row(&viewer, row)).collect::<Vec<_>>();
        let columns = vec![
            Column::new("Key"),
            Column::new("Rights"),
            Column::new("From"),
            Column::new("Last used"),
            Column::new("Ends"),
            Column::actions("Actions"),
        ];
        let body = view! {
            {head(&viewer, Part::Keys, "Keys for programs that call the API in this organization's name.", done)}
            {failed.as_ref().map(|error| view! { <Callout tone=Tone::Bad title=problem_text(error)/> })}
            {key}
            <div class="stack">
                <Card title="Keys" flush=true>
                    <Table caption="API keys" columns>
                        {rows}
                        {is_empty.then(|| view! { <EmptyRow columns=6 text="There is no key yet. Make one below, then read the API reference."/> })}
                    </Table>
                </Card>
                {create_form(refused, create)}
            </div>
        };
        Ok(Content::new("API keys", body).crumbs(crumbs(Part::Keys)))
    })
}

fn key_row(viewer: &Viewer, row: ApiKeyRow) -> impl IntoView + use<> {
    let now = viewer.now;
    let scopes = row
        .scopes
        .0
        .into_iter()
        .map(|scope| view! { <Tag label=if scope == api_keys::ALL { "everything".to_owned() } else { scope }/> })
        .collect::<Vec<_>>();
    let networks = if row.allowed_networks.0.is_empty() { "anywhere".to_owned() } else { row.allowed_networks.0.join(", ") };
    let time = |at: Option<chrono::DateTime<chrono::Utc>>, none: &'static str| match at {
        Some(at) => view! { <RelativeTime at now/> }.into_any(),
        None => none.into_any(),
    };
    let dialog = format!("revoke-{}", row.id);
    let question = Question {
        title: format!("Revoke {}?", row.name).into(),
        text: "Programs that use it are refused from now on. This cannot be undone; they need a new key.".into(),
        action: RevokeApiKey::url().into(),
        fields: vec![("id".into(), row.id.to_string().into())],
        button: format!("Revoke {}", row.name).into(),
        typed: None,
    };
    view! {
        <tr>
            <td class="name" data-label="Key"><span class="strong">{row.name.clone()}</span><p class="meta"><code>{row.prefix}"…"</code></p></td>
            <td data-label="Rights" class="wide"><span class="row">{scopes}</span></td>
            <td data-label="From">{networks}</td>
            <td data-label="Last used">{time(row.last_used_at, "never")}</td>
            <td data-label="Ends">{time(row.expires_at, "never")}</td>
            <td class="actions">
                <Button label="Revoke" kind=Kind::Danger small=true opens=dialog.clone()/>
                <ConfirmDialog id=dialog question/>
            </td>
        </tr>
    }
}

fn create_form(refused: Option<UiError>, create: ServerAction<CreateApiKey>) -> impl IntoView + use<> {
    let other =
        refused.as_ref().filter(|error| error.fields.is_empty()).map(|error| view! { <Callout tone=Tone::Bad title=problem_text(error)/> });
    let wrong_scopes = refused
        .as_ref()
        .filter(|error| error.fields.iter().any(|field| field.starts_with("scopes")))
        .map(|_| view! { <Callout tone=Tone::Bad title="Choose at least one right."/> });
    let wrong_networks = refused
        .as_ref()
        .filter(|error| error.fields.iter().any(|field| field.starts_with("allowedNetworks")))
        .map(|_| "Enter addresses or networks, such as 203.0.113.7 or 203.0.113.0/24, one a line.".into());
    let scopes = Scope::ALL
        .iter()
        .map(|scope| view! { <Checkbox name="scopes[]" value=scope.as_str() label=scope.as_str() help=Some(meaning(*scope).into())/> })
        .collect::<Vec<_>>();
    let until = vec![
        Choice::new("30", "30 days"),
        Choice::new("90", "90 days"),
        Choice::new("365", "a year"),
        Choice::new("never", "until it is revoked"),
    ];
    view! {
        <Card title="Make a key" note="Give it only the rights its program needs.">
            {other}
            <ActionForm action=create attr:class="form full">
                <Field name="name" label="Name" help=Some("The program that uses it.".into()) error=beside(refused.as_ref(), "name", "Enter a name of at most 100 characters.")/>
                <fieldset class="fieldset">
                    <legend>"Rights"</legend>
                    {wrong_scopes}
                    <Checkbox name="scopes[]" value="*" label="Everything" help=Some("All rights, now and later.".into())/>
                    <div class="checks columns">{scopes}</div>
                </fieldset>
                <Select name="days" label="Works for" choices=until value=Some("90".into()) error=beside(refused.as_ref(), "expiresAt", "Choose one of these.")/>
                <TextArea name="networks" label="Only from" rows=2 required=false mono=true help=Some("Addresses or networks, one a line. Empty means from anywhere.".into()) error=wrong_networks/>
                <div class="button-row"><Button label="Make the key" kind=Kind::Primary/></div>
            </ActionForm>
        </Card>
    }
}

const fn meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::IntegrationsRead => "See connections, health and activity.",
        Scope::IntegrationsWrite => "Connect, change, test, sync and map.",
        Scope::RecordsRead => "See jobs, candidates, applications, interviews and offers.",
        Scope::RecordsWrite => "Change them.",
        Scope::WebhooksRead => "See subscriptions and their logs.",
        Scope::WebhooksWrite => "Change subscriptions, test and replay.",
        Scope::EventsWrite => "Publish events.",
        Scope::AuditRead => "See the activity log.",
        Scope::MembersRead => "See members and invitations.",
        Scope::MembersWrite => "Invite, change roles and remove members.",
        Scope::KeysWrite => "See, make and revoke API keys.",
        Scope::OrganizationWrite => "Change the organization's settings.",
    }
}
