//! `/partner/{token}`: what somebody outside sees of the one subscription their link opens.

use axum::http::request::Parts;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

use super::attempt;
use super::figures::plots;
use super::list::state_badge;
use crate::accounts::{Visitor, sessions};
use crate::app::actions::partner::{PartnerAddress, PartnerReplay, PartnerReplayFailed, PartnerRotate, PartnerTest};
use crate::app::pages::outside::beside;
use crate::app::pages::settings::session;
use crate::app::pages::signed_in::{problem, theme};
use crate::app::pages::ui::plain::{CandidateFrame, PlainFrame};
use crate::app::pages::ui::prelude::*;
use crate::app::shell::{Document, Head};
use crate::context::Context;
use crate::domain::ui_error::UiError;
use crate::fault::{Fault, Result};
use crate::store::delivery::attempt::AttemptFilter;
use crate::store::page::PageQuery;
use crate::webhooks::outbound::portal::{self, Partner};

/// What the page was asked for.
struct Asked {
    token: String,
    done: Option<String>,
    state: Option<String>,
    cursor: Option<Uuid>,
    open: Option<Uuid>,
    secret: Option<String>,
    error: Option<UiError>,
}

/// The partner's page.
#[component]
pub fn PartnerPage() -> impl IntoView {
    let token = use_params_map().get_untracked().get("token").unwrap_or_default();
    let query = use_query_map().get_untracked();
    let (ctx, session, response, theme) = (use_context::<Context>(), session(), use_context::<ResponseOptions>(), theme());
    let visitor = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Visitor>().cloned());
    let actions = Actions::new();
    let id = |name: &str| query.get(name).and_then(|text| text.parse().ok());
    let asked = Asked {
        token,
        done: query.get("done"),
        state: query.get("state"),
        cursor: id("cursor"),
        open: id("attempt"),
        secret: None,
        error: actions.error(),
    };
    Suspend::new(async move {
        let loaded = async {
            let ctx = ctx.ok_or_else(|| Fault::internal("a page was rendered without its context"))?;
            let (trace, address) = visitor.map_or((Uuid::nil(), None), |visitor| (visitor.trace, visitor.address));
            let partner = portal::enter(&ctx, &asked.token, trace, address).await?;
            let secret = match session {
                Some(session) => sessions::take(&ctx, &session, "partner_secret").await?,
                None => None,
            };
            let now = ctx.clock.now();
            Ok::<_, Fault>((
                partner.organization.clone(),
                partner.webhook.name.clone(),
                page(partner, Asked { secret, ..asked }, actions, now).await?,
            ))
        };
        match loaded.await {
            Ok((organization, name, body)) => {
                let head = Head::new(format!("{name} – {organization}"), theme);
                view! { <Document head><CandidateFrame organization title=name>{body}</CandidateFrame></Document> }.into_any()
            }
            Err(fault) => {
                fault.log();
                if let Some(response) = response {
                    response.set_status(axum::http::StatusCode::from_u16(fault.code.status()).unwrap_or_default());
                }
                let title = fault.code.title();
                view! { <Document head=Head::new(title, theme)><PlainFrame title><p>{fault.detail.clone()}</p></PlainFrame></Document> }
                    .into_any()
            }
        }
    })
}

/// The forms of the page.
#[derive(Clone, Copy)]
struct Actions {
    test: ServerAction<PartnerTest>,
    replay: ServerAction<PartnerReplay>,
    replay_failed: ServerAction<PartnerReplayFailed>,
    address: ServerAction<PartnerAddress>,
    rotate: ServerAction<PartnerRotate>,
}

impl Actions {
    fn new() -> Self {
        Self {
            test: ServerAction::new(),
            replay: ServerAction::new(),
            replay_failed: ServerAction::new(),
            address: ServerAction::new(),
            rotate: ServerAction::new(),
        }
    }

    /// What went wrong with the form that was just sent.
    fn error(self) -> Option<UiError> {
        let values = [
            self.test.value().get_untracked(),
            self.replay.value().get_untracked(),
            self.replay_failed.value().get_untracked(),
            self.address.value().get_untracked(),
            self.rotate.value().get_untracked(),
        ];
        values.into_iter().flatten().find_map(Result::err)
    }
}

async fn page(partner: Partner, asked: Asked, actions: Actions, now: chrono::DateTime<chrono::Utc>) -> Result<AnyView> {
    let base = format!("/partner/{}", asked.token);
    let state = asked.state.as_deref().and_then(|text| text.parse().ok());
    let filter = AttemptFilter { state, ..AttemptFilter::default() };
    let log = partner.log(&filter, PageQuery { limit: 25, before: asked.cursor }).await?;
    let counted = partner.stats(30).await?;
    let opened = match asked.open {
        Some(id) => partner.attempt(id).await.ok(),
        None => None,
    };
    let webhook = partner.webhook;
    // Each form carries the token.
    let token = || view! { <input type="hidden" name="token" value=asked.token.clone()/> };
    let (for_again, for_test, for_failed, for_address, for_rotate) = (token(), token(), token(), token(), token());
    let flash = match asked.done.as_deref() {
        Some("tested") => Some("The test event was sent. Its try is in the log."),
        Some("replayed") => Some("On its way again, with the same id and the same bytes."),
        Some("saved") => Some("The address was changed."),
        Some("rotated") => Some("The secret was changed."),
        _ => None,
    };
    let suffix = asked.state.as_deref().filter(|_| state.is_some()).map(|state| format!("&state={state}")).unwrap_or_default();
    let chips = [("All", None), ("Failed", Some("failed")), ("Delivered", Some("succeeded"))]
        .into_iter()
        .map(|(label, wanted)| Chip {
            label: label.into(),
            href: wanted.map_or_else(|| base.clone(), |wanted| format!("{base}?state={wanted}")).into(),
            is_current: asked.state.as_deref() == wanted,
        })
        .collect();
    let next = log.next.map(|next| format!("{base}?cursor={next}{suffix}").into());
    let is_empty = log.rows.is_empty();
    let rows = log
        .rows
        .into_iter()
        .map(|shown| {
            let href = format!("{base}?attempt={}{suffix}#attempt", shown.id);
            attempt::row(shown, href, now)
        })
        .collect::<Vec<_>>();
    let detail = opened.map(|shown| {
        let delivery = shown.attempt.delivery_id;
        let again = view! {
            <ActionForm action=actions.replay>
                {for_again}
                <input type="hidden" name="delivery" value=delivery.to_string()/>
                <Button label="Send again" icon=Some(Icon::Refresh)/>
            </ActionForm>
        };
        attempt::detail(shown, &webhook.url, again, now)
    });
    let url_error =
        beside(asked.error.as_ref(), "url", "This address cannot be used. It must be an https address that is not a private one.");
    let overlaps = vec![
        Choice::new("0", "Not at all"),
        Choice::new("3600", "One hour"),
        Choice::new("86400", "One day"),
        Choice::new("604800", "Seven days"),
    ];
    let secret = asked.secret.map(|secret| {
        view! { <Callout tone=Tone::Warning title="Copy the secret now. It is shown once"><p><Copyable text=secret/></p></Callout> }
    });
    let off = (!webhook.is_active).then(|| {
        let reason = webhook.disabled_reason.clone().unwrap_or_default();
        view! { <Callout tone=Tone::Warning title="This webhook is switched off"><p>{reason}" Whoever gave you the link can switch it on."</p></Callout> }
    });
    let events = if webhook.events.iter().any(|name| name == "*") { "every event".to_owned() } else { webhook.events.join(", ") };
    let (badge, url, is_active) = (state_badge(&webhook), Text::from(webhook.url.clone()), webhook.is_active);
    let body = view! {
        <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
        {problem(asked.error.filter(|error| error.fields.is_empty()))}
        {secret}
        {off}
        <Facts>
            <Fact name="State">{badge}</Fact>
            <Fact name="Events">{events}</Fact>
            <Fact name="This link works until">{exact(partner.expires_at)}</Fact>
        </Facts>
        <div class="button-row">
            <ActionForm action=actions.test>
                {for_test}
                <Button label="Send test event" kind=Kind::Primary icon=Some(Icon::Bolt) disabled=!is_active/>
            </ActionForm>
            <ActionForm action=actions.replay_failed>
                {for_failed}
                <input type="hidden" name="days" value="7"/>
                <Button label="Send again what failed in seven days" icon=Some(Icon::Refresh) disabled=!is_active/>
            </ActionForm>
        </div>
        {detail}
        <Chips label="State" chips/>
        <Card flush=true>
            <Table caption="Tries" columns=attempt::columns()>
                {rows}
                {is_empty.then(|| view! { <EmptyRow columns=6 text="No try here."/> })}
            </Table>
        </Card>
        <Pagination next/>
        {plots(&counted)}
        <Card title="Address">
            <ActionForm action=actions.address attr:class="form">
                {for_address}
                <Field name="url" label="Where messages go" kind="url" value=Some(url) error=url_error mono=true help=Some("Messages that wait go to the new address.".into())/>
                <div class="button-row"><Button label="Change the address"/></div>
            </ActionForm>
        </Card>
        <Card title="Secret" note="The new one is shown once.">
            <ActionForm action=actions.rotate attr:class="form">
                {for_rotate}
                <Select name="overlap" label="How long the old one signs too" choices=overlaps value=Some("86400".into())/>
                <div class="button-row"><Button label="Change the secret" icon=Some(Icon::Key)/></div>
            </ActionForm>
        </Card>
    };
    Ok(body.into_any())
}
