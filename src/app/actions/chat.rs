//! Rules that bring events into chats: what the forms of their page post.

use leptos::prelude::*;

use crate::domain::id::{ChatRuleId, IntegrationId};
use crate::domain::ui_error::UiError;

/// Makes a rule. The channel's value holds its id and, behind a blank, its name.
#[server(prefix = "/fn", endpoint = "chat/create-rule")]
pub async fn create_rule(
    integration: IntegrationId,
    event: String,
    #[server(default)] channel: String,
    template: String,
) -> Result<(), UiError> {
    use crate::integrations::chat::{RuleInput, create};
    let (ctx, caller) = super::caller()?;
    let (id, name) = channel.split_once(' ').unwrap_or((channel.as_str(), ""));
    let input = RuleInput {
        integration: Some(integration),
        event,
        channel: Some(id.to_owned()),
        channel_name: Some(name.to_owned()),
        template: Some(template),
        ..RuleInput::default()
    };
    create(&ctx, &caller, input).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{integration}/messages?done=created"));
    Ok(())
}

/// Deletes a rule.
#[server(prefix = "/fn", endpoint = "chat/delete-rule")]
pub async fn delete_rule(id: ChatRuleId) -> Result<(), UiError> {
    let (ctx, caller) = super::caller()?;
    let row = crate::integrations::chat::delete(&ctx, &caller, id).await.map_err(super::failed)?;
    leptos_axum::redirect(&format!("/integrations/{}/messages?done=deleted", row.integration_id));
    Ok(())
}
