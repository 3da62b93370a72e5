//! `/webhooks/{id}/partners`: links with which somebody outside manages this one subscription.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::head::{Part, crumbs, head, load};
use crate::app::actions::webhooks::{MakePartnerLink, RevokePartnerLink};
use crate::app::pages::outside::beside;
use crate::app::pages::settings::{session, shown_once};
use crate::app::pages::signed_in::{Content, problem, signed_in};
use crate::app::pages::ui::prelude::*;
use crate::fault::Result;
use crate::webhooks::outbound::portal;

/// Links for partners.
#[component]
pub fn WebhookPartners() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let done = use_query_map().get_untracked().get("done");
    let session = session();
    let (make, revoke) = (ServerAction::<MakePartnerLink>::new(), ServerAction::<RevokePartnerLink>::new());
    let errors = [make.value().get_untracked(), revoke.value().get_untracked()];
    signed_in(NavItem::Webhooks, move |viewer| async move {
        let webhook = load(&viewer, &id).await?;
        let now = viewer.now;
        let links = portal::list(&viewer.ctx, &viewer.caller, webhook.id).await?;
        let link = shown_once(
            &viewer,
            session,
            "partner_link",
            "Copy the link now. It is shown once",
            "Whoever has it manages this webhook until it runs out: hand it over the way you would a password.",
        )
        .await?;
        let flash = match done.as_deref() {
            Some("made") => Some("The link was made."),
            Some("revoked") => Some("The link was taken back. It does not work any more."),
            _ => None,
        };
        let error = errors.into_iter().flatten().find_map(Result::err);
        let label_error = beside(error.as_ref(), "label", "Say for whom it is, in at most 100 characters.");
        let wid = webhook.id;
        let is_empty = links.is_empty();
        let rows = links
            .into_iter()
            .map(|link| {
                let (tone, icon, label) = match (link.revoked_at, link.is_open(now)) {
                    (Some(_), _) => (Tone::Neutral, Icon::MinusCircle, "Taken back"),
                    (None, true) => (Tone::Good, Icon::CheckCircle, "Works"),
                    (None, false) => (Tone::Neutral, Icon::MinusCircle, "Ran out"),
                };
                let used = link.used_at.map_or_else(|| view! { "Not yet" }.into_any(), |at| view! { <RelativeTime at now/> }.into_any());
                view! {
                    <tr>
                        <td class="name" data-label="For">{link.label.clone()}<p class="meta">"by "{link.created_by.clone()}</p></td>
                        <td data-label="State"><Badge tone icon label/></td>
                        <td data-label="Until">{exact(link.expires_at)}</td>
                        <td data-label="Last used">{used}</td>
                        <td class="actions">
                            {link.is_open(now).then(|| view! {
                                <ActionForm action=revoke>
                                    <input type="hidden" name="id" value=wid.to_string()/>
                                    <input type="hidden" name="link" value=link.id.to_string()/>
                                    <Button label="Take back" small=true/>
                                </ActionForm>
                            })}
                        </td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let hours = vec![
            Choice::new("24", "One day"),
            Choice::new("72", "Three days"),
            Choice::new("168", "Seven days"),
            Choice::new("720", "30 days"),
        ];
        let columns =
            vec![Column::new("For"), Column::new("State"), Column::new("Until"), Column::new("Last used"), Column::actions("Actions")];
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {head(&viewer, &webhook, Part::Partners)}
            {problem(error.filter(|error| error.fields.is_empty()))}
            {link}
            <Card title="A link for a partner" note="With it somebody without an account sees this webhook's log, sends messages again, sends test events, changes the address and the secret. Nothing else of yours can be reached with it.">
                <ActionForm action=make attr:class="form">
                    <input type="hidden" name="id" value=wid.to_string()/>
                    <Field name="label" label="For whom" error=label_error/>
                    <Select name="hours" label="How long it works" choices=hours value=Some("168".into())/>
                    <div class="button-row"><Button label="Make a link" kind=Kind::Primary icon=Some(Icon::Plus)/></div>
                </ActionForm>
            </Card>
            <Card title="Links" flush=true>
                <Table caption="Links for partners" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=5 text="Nobody has a link."/> })}
                </Table>
            </Card>
        };
        Ok(Content::new(format!("Partners of {}", webhook.name), body).crumbs(crumbs(&webhook, Part::Partners)))
    })
}
