//! `/webhooks/{id}/signing`: how messages are signed, how a receiver checks them, and new keys.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::head::{Part, crumbs, head, load};
use crate::app::actions::webhooks::{RotateWebhookSecret, SignAsymmetric};
use crate::app::pages::settings::{session, shown_once};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::domain::role::Scope;
use crate::fault::Result;
use crate::webhooks::outbound::snippets;

/// Signing and checking.
#[component]
pub fn WebhookSigning() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let session = session();
    let (rotate, asymmetric) = (ServerAction::<RotateWebhookSecret>::new(), ServerAction::<SignAsymmetric>::new());
    let errors = [rotate.value().get_untracked(), asymmetric.value().get_untracked()];
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let webhook = load(&viewer, &id).await?;
        let wid = webhook.id;
        let secret = shown_once(
            &viewer,
            session,
            "webhook",
            "Copy the secret now. It is shown once",
            "The receiver needs it to check the signatures.",
        )
        .await?;
        let flash = match done.as_deref() {
            Some("rotated") => Some("The secret was changed."),
            Some("saved") => Some("Saved."),
            _ => None,
        };
        let error = errors.into_iter().flatten().find_map(Result::err);
        let secret_error = error
            .as_ref()
            .filter(|error| error.is_about("secret"))
            .map(|_| Text::from("Give 8 to 256 characters; what follows whsec_ must be base64 of 24 to 64 bytes."));
        let may_change = viewer.caller.may(Scope::WebhooksWrite);
        let until = webhook.old_secret_until.filter(|until| viewer.now < *until);
        let keys_url = viewer.ctx.site.link(&format!("/api/v1/webhook-keys/{wid}"));
        let public_key = webhook.public_key.clone();
        let has_key = public_key.is_some();
        let change = may_change.then(|| {
            let overlaps = vec![
                Choice::new("0", "Not at all: the old one is known to others"),
                Choice::new("3600", "One hour"),
                Choice::new("86400", "One day"),
                Choice::new("259200", "Three days"),
                Choice::new("604800", "Seven days"),
            ];
            view! {
                <Card title="New secret" note="The new one is shown once. While both sign, a receiver that knows either takes the messages.">
                    <ActionForm action=rotate attr:class="form">
                        <input type="hidden" name="id" value=wid.to_string()/>
                        <Select name="overlap" label="How long the old one signs too" choices=overlaps value=Some("86400".into())/>
                        <Field name="secret" label="Your own secret" required=false mono=true error=secret_error help=Some("A new one is made if you leave it empty.".into())/>
                        <div class="button-row"><Button label="Change the secret" icon=Some(Icon::Key)/></div>
                    </ActionForm>
                </Card>
            }
        });
        let key_button = may_change.then(|| {
            view! {
                <ActionForm action=asymmetric>
                    <input type="hidden" name="id" value=wid.to_string()/>
                    <input type="hidden" name="enabled" value=(!has_key).to_string()/>
                    <Button label=if has_key { "Stop signing with it" } else { "Sign with a private key too" }/>
                </ActionForm>
            }
        });
        let key_facts = public_key.map(|key| {
            view! {
                <Facts>
                    <Fact name="Public key"><Copyable text=key/></Fact>
                    <Fact name="Published at"><Copyable text=keys_url/></Fact>
                </Facts>
            }
        });
        let programs = snippets::ALL
            .iter()
            .map(|snippet| {
                view! {
                    <details class="card">
                        <summary class="card-head">{snippet.title}</summary>
                        <div class="card-body"><CodeBlock id=format!("code-{}", snippet.name) title=snippet.title code=snippet.code/></div>
                    </details>
                }
            })
            .collect::<Vec<_>>();
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &webhook, Part::Signing)}
            {problem(error.filter(|error| error.fields.is_empty()))}
            {secret}
            <Card title="How messages are signed">
                <Facts>
                    <Fact name="webhook-id">"The message's id, the same on every try and every replay."</Fact>
                    <Fact name="webhook-timestamp">"When this try was made, in seconds since 1970. Refuse what is older than five minutes."</Fact>
                    <Fact name="webhook-signature">"v1, and the base64 HMAC-SHA256 of id, timestamp and body, joined by dots, under the secret. Several are separated by spaces."</Fact>
                    <Fact name="X-Webhook-Signature">"The lower-case hex HMAC-SHA256 of the body alone, under the newest secret."</Fact>
                    <Fact name="Key">"What follows whsec_, base64-decoded. A secret without it stands for its own bytes."</Fact>
                    {until.map(|until| view! { <Fact name="Old secret">"It signs too until "{exact(until)}"."</Fact> })}
                </Facts>
            </Card>
            <Card title="Private key" note="Optional: Ed25519 (v1a). The receiver checks with a public key and holds no secret.">
                <div class="stack">{key_facts}{key_button}</div>
            </Card>
            {change}
            <h2>"Check a message"</h2>
            {programs}
        };
        Ok(Content::new(format!("Signing of {}", webhook.name), body).crumbs(crumbs(&webhook, Part::Signing)))
    })
}
