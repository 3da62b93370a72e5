//! What people are told of a receiver: warnings on the way to being switched off, that it was, and that it works again. In the page and, where
//! this server sends mail, by letter to the owners and admins.

use super::payload::message_id;
use super::standing::Warning;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::OrgId;
use crate::domain::role::Role;
use crate::operations::activity::{self, Entry};
use crate::operations::mail::{self, Letter};
use crate::store::delivery::attempt::AttemptRow;
use crate::store::membership::list_admin_addresses;
use crate::store::notification::{NotificationRow, insert_notification};
use crate::store::{self, Tx, webhook};

/// One notice.
struct Notice {
    kind: &'static str,
    level: &'static str,
    title: String,
    body: String,
    key: String,
}

/// Tells people of a step on the way to being switched off; at the last one, switches the subscription off.
pub(super) async fn warned(ctx: &Context, tx: &mut Tx, attempt: &AttemptRow, warning: Warning) -> store::Result<()> {
    let (id, now) = (attempt.webhook_id, ctx.clock.now());
    let name = webhook::find_webhook_name(tx, id).await?.unwrap_or_default();
    let since = warning.since.format("%-d %B %Y %H:%M UTC");
    let key = format!("webhook.warning/{id}/{}/{}", warning.since.timestamp(), warning.percent);
    let last = last_try(attempt);
    let notice = if warning.is_last() {
        let reason = format!("Nothing arrived since {since}.");
        webhook::disable_webhook(tx, id, &reason, now).await?;
        note(ctx, tx, attempt, &reason).await?;
        Notice {
            kind: "webhook.disabled",
            level: "bad",
            title: format!("The webhook {name} was switched off"),
            body: format!("{reason} {last} What waits for it is kept: when the receiver works again, switch the webhook on."),
            key,
        }
    } else {
        let ends_at = warning.ends_at.format("%-d %B %Y %H:%M UTC");
        Notice {
            kind: "webhook.failing",
            level: "warning",
            title: format!("Nothing arrives at the webhook {name}"),
            body: format!(
                "Since {since} no message arrived. {last} If that goes on, the webhook is switched off on {ends_at} ({} % of the time until then is over).",
                warning.percent
            ),
            key,
        }
    };
    tell(ctx, tx, attempt, notice).await
}

/// Switches a subscription off whose receiver says that it is gone, and tells people. Returns whether it was on.
pub(super) async fn gone(ctx: &Context, tx: &mut Tx, attempt: &AttemptRow) -> store::Result<bool> {
    let (id, now) = (attempt.webhook_id, ctx.clock.now());
    let reason = "The receiver answered with status 410 (gone).";
    if !webhook::disable_webhook(tx, id, reason, now).await? {
        return Ok(false);
    }
    let name = webhook::find_webhook_name(tx, id).await?.unwrap_or_default();
    note(ctx, tx, attempt, reason).await?;
    let notice = Notice {
        kind: "webhook.disabled",
        level: "warning",
        title: format!("The webhook {name} was switched off"),
        body: format!("{reason} What waits for it is kept. Check the address, then switch the webhook on again."),
        key: format!("webhook.disabled/{id}/{}", now.timestamp()),
    };
    tell(ctx, tx, attempt, notice).await?;
    Ok(true)
}

/// Tells people who were warned that it works again.
pub(super) async fn recovered(ctx: &Context, tx: &mut Tx, attempt: &AttemptRow) -> store::Result<()> {
    let id = attempt.webhook_id;
    let name = webhook::find_webhook_name(tx, id).await?.unwrap_or_default();
    let notice = Notice {
        kind: "webhook.recovered",
        level: "info",
        title: format!("The webhook {name} works again"),
        body: format!("{} arrived. Messages that were given up meanwhile can be sent again from its log.", attempt.event_name),
        key: format!("webhook.recovered/{id}/{}", attempt.at.timestamp()),
    };
    tell(ctx, tx, attempt, notice).await
}

/// The last try in a sentence or two.
fn last_try(attempt: &AttemptRow) -> String {
    let error = attempt.error.as_deref().unwrap_or("It failed.");
    format!("The last try, {} ({}): {error}", attempt.event_name, message_id(attempt.event_id))
}

async fn note(ctx: &Context, tx: &mut Tx, attempt: &AttemptRow, reason: &str) -> store::Result<()> {
    let caller = Caller::system(attempt.organization_id, "webhooks", attempt.event_id.0);
    let entry = Entry::new("webhook.disable", format!("Switched a webhook off. {reason}"));
    activity::record(tx, &ctx.clock, &caller, entry.subject("webhook", attempt.webhook_id.0).failed()).await
}

async fn tell(ctx: &Context, tx: &mut Tx, attempt: &AttemptRow, notice: Notice) -> store::Result<()> {
    let path = format!("/webhooks/{}?attempt={}#attempt", attempt.webhook_id, attempt.id);
    let row = NotificationRow {
        id: ctx.clock.new_id(),
        organization_id: attempt.organization_id,
        user_id: None,
        kind: notice.kind.to_owned(),
        level: notice.level.to_owned(),
        title: notice.title,
        body: notice.body,
        link: Some(path.clone()),
        dedupe_key: Some(notice.key),
        created_at: ctx.clock.now(),
        read_at: None,
    };
    if insert_notification(tx, &row).await? {
        write_letters(ctx, tx, attempt.organization_id, &row, &path).await?;
    }
    Ok(())
}

async fn write_letters(ctx: &Context, tx: &mut Tx, organization: OrgId, notice: &NotificationRow, path: &str) -> store::Result<()> {
    if !ctx.site.sends_mail {
        return Ok(());
    }
    for to in list_admin_addresses(tx, organization, &[Role::Owner, Role::Admin]).await? {
        let letter = Letter {
            to,
            subject: notice.title.clone(),
            paragraphs: vec![notice.body.clone()],
            link: Some(("Look at the last try".to_owned(), ctx.site.link(path))),
            closing: Some("You get this letter because you are an owner or admin of the organization.".to_owned()),
        };
        if let Err(fault) = mail::enqueue(ctx, tx, Some(organization), &letter).await {
            // The outcome of the try is worth more than the letter.
            fault.log();
        }
    }
    Ok(())
}
