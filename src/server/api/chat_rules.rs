//! Rules that bring events into chats.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::json::{ValidJson, ValidQuery};
use super::list::ListOut;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::id::{ChatRuleId, IntegrationId};
use crate::integrations::chat::{self, RuleInput};
use crate::providers::chat::Channel;
use crate::server::problem::Problem;
use crate::server::state::AppState;
use crate::store::chat_rule::ChatRuleRow;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(preview)).routes(routes!(update, remove)).routes(routes!(channels))
}

/// Which event goes to which channel, in which words.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChatRuleOut {
    id: ChatRuleId,
    integration_id: IntegrationId,
    name: String,
    event: String,
    filter: Option<Value>,
    channel: Option<String>,
    channel_name: Option<String>,
    template: String,
    is_active: bool,
    /// When something was last posted.
    posted_at: Option<DateTime<Utc>>,
    /// Why the last message was not posted.
    error: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ChatRuleRow> for ChatRuleOut {
    fn from(row: ChatRuleRow) -> Self {
        Self {
            id: row.id,
            integration_id: row.integration_id,
            name: row.name,
            event: row.event,
            filter: row.filter.map(|filter| filter.0),
            channel: row.channel,
            channel_name: row.channel_name,
            template: row.template,
            is_active: row.is_active,
            posted_at: row.posted_at,
            error: row.error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
struct ChatRuleIn {
    /// Through which connection; a change keeps it.
    #[serde(alias = "integration_id")]
    integration_id: Option<IntegrationId>,
    name: Option<String>,
    /// An event's name, as in `GET /webhook-events`.
    event: String,
    /// As a webhook's filter.
    filter: Option<Value>,
    /// The channel's id, as in `GET /integrations/{id}/channels`.
    channel: Option<String>,
    #[serde(alias = "channel_name")]
    channel_name: Option<String>,
    /// Text with fields such as `{{candidate}}`, `{{job}}`, `{{stage}}`, `{{summary}}` and `{{data.status}}`.
    template: Option<String>,
    #[serde(alias = "is_active")]
    is_active: Option<bool>,
}

impl From<ChatRuleIn> for RuleInput {
    fn from(input: ChatRuleIn) -> Self {
        Self {
            integration: input.integration_id,
            name: input.name,
            event: input.event,
            filter: input.filter,
            channel: input.channel,
            channel_name: input.channel_name,
            template: input.template,
            is_active: input.is_active,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RulesQuery {
    /// Only of this connection.
    #[serde(alias = "integrationId")]
    integration_id: Option<IntegrationId>,
}

#[utoipa::path(get, path = "/chat-rules", tag = "Chat", summary = "List the rules that bring events into chats", params(RulesQuery),
    responses((status = 200, body = ListOut<ChatRuleOut>)))]
async fn list(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(filter): ValidQuery<RulesQuery>,
) -> Result<Json<ListOut<ChatRuleOut>>, Problem> {
    let rows = chat::list(&ctx, &caller, filter.integration_id).await?;
    Ok(Json(ListOut { data: rows.into_iter().map(Into::into).collect(), next_cursor: None }))
}

#[utoipa::path(post, path = "/chat-rules", tag = "Chat", summary = "Bring an event into a chat", request_body = ChatRuleIn,
    responses((status = 201, body = ChatRuleOut), (status = 404), (status = 422)))]
async fn create(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<ChatRuleIn>,
) -> Result<(StatusCode, Json<ChatRuleOut>), Problem> {
    Ok((StatusCode::CREATED, Json(chat::create(&ctx, &caller, input.into()).await?.into())))
}

#[utoipa::path(put, path = "/chat-rules/{id}", tag = "Chat", summary = "Change a rule as a whole", params(("id" = ChatRuleId, Path)),
    request_body = ChatRuleIn, responses((status = 200, body = ChatRuleOut), (status = 404), (status = 422)))]
async fn update(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<ChatRuleId>,
    ValidJson(input): ValidJson<ChatRuleIn>,
) -> Result<Json<ChatRuleOut>, Problem> {
    Ok(Json(chat::update(&ctx, &caller, id, input.into()).await?.into()))
}

#[utoipa::path(delete, path = "/chat-rules/{id}", tag = "Chat", summary = "Delete a rule", params(("id" = ChatRuleId, Path)),
    responses((status = 204), (status = 404)))]
async fn remove(State(ctx): State<Context>, caller: Caller, Params(id): Params<ChatRuleId>) -> Result<StatusCode, Problem> {
    chat::delete(&ctx, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a rule would post.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChatPreviewOut {
    title: String,
    text: String,
    /// The message as the chat gets it.
    #[schema(value_type = Object)]
    body: Value,
    /// Whether it is made of the last such event, and not of an example.
    is_real: bool,
    /// Whether the filter lets that event through.
    matches: bool,
}

#[utoipa::path(post, path = "/chat-rules/preview", tag = "Chat", summary = "See what a rule would post, without posting it", request_body = ChatRuleIn,
    responses((status = 200, body = ChatPreviewOut), (status = 404), (status = 422)))]
async fn preview(
    State(ctx): State<Context>,
    caller: Caller,
    ValidJson(input): ValidJson<ChatRuleIn>,
) -> Result<Json<ChatPreviewOut>, Problem> {
    let preview = chat::preview(&ctx, &caller, input.into()).await?;
    Ok(Json(ChatPreviewOut {
        title: preview.message.title,
        text: preview.message.text,
        body: preview.body,
        is_real: preview.is_real,
        matches: preview.is_wanted,
    }))
}

/// A channel that messages can go to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChatChannelOut {
    id: String,
    name: String,
    is_private: bool,
    /// Whether the app is in it.
    is_member: bool,
}

impl From<Channel> for ChatChannelOut {
    fn from(channel: Channel) -> Self {
        let Channel { id, name, is_private, is_member } = channel;
        Self { id, name, is_private, is_member }
    }
}

#[utoipa::path(get, path = "/integrations/{id}/channels", tag = "Chat", summary = "List the channels a connection reaches", params(("id" = IntegrationId, Path)),
    responses((status = 200, body = ListOut<ChatChannelOut>), (status = 404), (status = 409, description = "`unsupported`: this is no chat")))]
async fn channels(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
) -> Result<Json<ListOut<ChatChannelOut>>, Problem> {
    let list = chat::channels(&ctx, &caller, id).await?;
    Ok(Json(ListOut { data: list.into_iter().map(Into::into).collect(), next_cursor: None }))
}
