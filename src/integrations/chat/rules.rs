//! The rules themselves.

use serde_json::Value;

use super::template;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::error::{ErrorCode, FieldError};
use crate::domain::event;
use crate::domain::id::{ChatRuleId, IntegrationId};
use crate::domain::role::Scope;
use crate::fault::{Fault, Result};
use crate::integrations::{connection, evidence, query};
use crate::operations::activity;
use crate::providers::chat::Channel;
use crate::store::Json;
use crate::store::chat_rule::{self, ChatRuleRow};
use crate::webhooks::outbound::filter::Filter;

/// A rule as a person gives it.
#[derive(Debug, Clone, Default)]
pub struct RuleInput {
    /// Through which connection.
    pub integration: Option<IntegrationId>,
    /// What people call it; made of event and channel otherwise.
    pub name: Option<String>,
    /// The event, by any of its names.
    pub event: String,
    /// Which of them, by content.
    pub filter: Option<Value>,
    /// The channel's id.
    pub channel: Option<String>,
    /// Its name.
    pub channel_name: Option<String>,
    /// The words; the event's own sentence otherwise.
    pub template: Option<String>,
    /// Whether anything is posted.
    pub is_active: Option<bool>,
}

/// The rules of the organization, or of one connection.
///
/// # Errors
/// [`ErrorCode::Forbidden`].
pub async fn list(ctx: &Context, caller: &Caller, integration: Option<IntegrationId>) -> Result<Vec<ChatRuleRow>> {
    caller.require(Scope::IntegrationsRead)?;
    Ok(chat_rule::list_chat_rules(&ctx.store, caller.organization, integration).await?)
}

/// Makes a rule.
///
/// # Errors
/// [`ErrorCode::Invalid`] naming the field; [`ErrorCode::NotFound`].
pub async fn create(ctx: &Context, caller: &Caller, input: RuleInput) -> Result<ChatRuleRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let id = ctx.clock.new();
    let row = read(ctx, caller, input, id).await?;
    let mut tx = ctx.store.begin().await?;
    chat_rule::insert_chat_rule(&mut tx, &row).await?;
    note(ctx, &mut tx, caller, &row, "chat_rule.create", "was made").await?;
    tx.commit().await?;
    Ok(row)
}

/// Changes a rule as a whole.
///
/// # Errors
/// As [`create`].
pub async fn update(ctx: &Context, caller: &Caller, id: ChatRuleId, mut input: RuleInput) -> Result<ChatRuleRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let before = find(ctx, caller, id).await?;
    input.integration = Some(before.integration_id);
    let mut row = read(ctx, caller, input, id).await?;
    row.created_at = before.created_at;
    row.posted_at = before.posted_at;
    let mut tx = ctx.store.begin().await?;
    chat_rule::update_chat_rule(&mut tx, &row).await?;
    note(ctx, &mut tx, caller, &row, "chat_rule.update", "was changed").await?;
    tx.commit().await?;
    Ok(row)
}

/// Deletes a rule.
///
/// # Errors
/// [`ErrorCode::NotFound`].
pub async fn delete(ctx: &Context, caller: &Caller, id: ChatRuleId) -> Result<ChatRuleRow> {
    caller.require(Scope::IntegrationsWrite)?;
    let row = find(ctx, caller, id).await?;
    let mut tx = ctx.store.begin().await?;
    chat_rule::delete_chat_rule(&mut tx, caller.organization, id).await?;
    note(ctx, &mut tx, caller, &row, "chat_rule.delete", "was deleted").await?;
    tx.commit().await?;
    Ok(row)
}

async fn find(ctx: &Context, caller: &Caller, id: ChatRuleId) -> Result<ChatRuleRow> {
    chat_rule::find_chat_rule(&ctx.store, caller.organization, id).await?.ok_or_else(|| Fault::not_found("rule"))
}

async fn note(
    ctx: &Context,
    tx: &mut crate::store::Tx,
    caller: &Caller,
    row: &ChatRuleRow,
    action: &'static str,
    what: &str,
) -> Result<()> {
    let entry = activity::Entry::new(action, format!("The rule {} {what}", row.name));
    let entry = match crate::store::integration::find_integration(&ctx.store, caller.organization, row.integration_id).await? {
        Some(integration) => entry.integration(integration.id, integration.provider),
        None => entry,
    };
    Ok(activity::record(tx, &ctx.clock, caller, entry).await?)
}

/// Checks what a person gave.
pub(super) async fn read(ctx: &Context, caller: &Caller, input: RuleInput, id: ChatRuleId) -> Result<ChatRuleRow> {
    let mut wrong = Vec::new();
    let mut problem = |pointer: &str, detail: &str| wrong.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
    let Some(integration) = input.integration else {
        return Err(Fault::invalid("/integrationId", "Say through which connection messages go."));
    };
    let integration = query::get(ctx, caller, integration).await?;
    let provider = connection::provider(ctx, &integration.provider)?;
    if provider.as_chat().is_none() {
        return Err(Fault::invalid("/integrationId", format!("{} is no chat.", integration.name)));
    }
    let kind = event::resolve(input.event.trim());
    if kind.is_none() {
        problem("/event", "There is no event of this name. See GET /webhook-events.");
    }
    let has_channels = integration.auth_type == crate::domain::catalogue::AuthType::Oauth2.as_str();
    let channel = input.channel.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if has_channels && channel.is_none() {
        problem("/channel", "Choose a channel.");
    }
    if channel.as_ref().is_some_and(|text| text.len() > 200) {
        problem("/channel", "This is no channel's id.");
    }
    let filter = input.filter.filter(|filter| !filter.is_null());
    if let Some(filter) = &filter
        && let Err(errors) = Filter::parse(filter, "/filter")
    {
        wrong.extend(errors);
    }
    let template = input.template.unwrap_or_else(|| template::DEFAULT.to_owned());
    wrong.extend(template::check(&template));
    if let Some(fault) = Fault::invalid_fields(wrong) {
        return Err(fault);
    }
    let event = kind.map(|kind| kind.as_str()).unwrap_or_default().to_owned();
    let channel_name = input.channel_name.map(|name| name.trim().chars().take(100).collect::<String>()).filter(|name| !name.is_empty());
    let to = channel_name.clone().or_else(|| channel.clone()).unwrap_or_else(|| integration.name.clone());
    let name = input.name.map(|name| name.trim().chars().take(100).collect::<String>()).filter(|name| !name.is_empty());
    let now = ctx.clock.now();
    Ok(ChatRuleRow {
        id,
        organization_id: caller.organization,
        integration_id: integration.id,
        name: name.unwrap_or_else(|| format!("{event} to {to}")),
        event,
        filter: filter.map(Json),
        channel: channel.filter(|_| has_channels),
        channel_name,
        template,
        is_active: input.is_active.unwrap_or(true),
        posted_at: None,
        error: None,
        created_at: now,
        updated_at: now,
    })
}

/// The channels that a connection reaches; none where it stands for one channel.
///
/// # Errors
/// [`ErrorCode::NotFound`]; [`ErrorCode::Unsupported`]; the provider's refusal.
pub async fn channels(ctx: &Context, caller: &Caller, id: IntegrationId) -> Result<Vec<Channel>> {
    caller.require(Scope::IntegrationsRead)?;
    let row = query::get(ctx, caller, id).await?;
    let (provider, cx) = connection::open(ctx, &row).await?;
    let chat = provider.as_chat().ok_or_else(|| Fault::new(ErrorCode::Unsupported, format!("{} is no chat.", row.name)))?;
    chat.channels(&cx).await.map_err(|error| {
        let error = evidence::ended(&row, &error).unwrap_or(error);
        let code = if error.is_retryable() { ErrorCode::ProviderUnavailable } else { ErrorCode::ProviderRejected };
        let mut fault = Fault::new(code, error.sentence(cx.entry.name));
        fault.retry_after = error.retry_after();
        fault
    })
}
