//! What a rule would post.

use serde_json::{Value, json};

use super::rules::{RuleInput, read};
use super::template::{self, Material};
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::event::{self, EventKind};
use crate::domain::role::Scope;
use crate::fault::Result;
use crate::integrations::{connection, query};
use crate::providers::chat::Message;
use crate::store::event::{EventFilter, list_events};
use crate::store::page::PageQuery;
use crate::webhooks::outbound::{catalogue, filter::Filter};

/// A message that was not sent.
#[derive(Debug)]
pub struct Preview {
    /// What it says.
    pub message: Message,
    /// The same in the provider's form.
    pub body: Value,
    /// Whether it is made of something that really happened.
    pub is_real: bool,
    /// Whether the rule's filter lets it through.
    pub is_wanted: bool,
}

/// Makes a rule's message of the last such event, or of an example where there was none yet. Nothing is stored or sent.
///
/// # Errors
/// As [`super::create`].
pub async fn preview(ctx: &Context, caller: &Caller, input: RuleInput) -> Result<Preview> {
    caller.require(Scope::IntegrationsRead)?;
    let row = read(ctx, caller, input, ctx.clock.new()).await?;
    let integration = query::get(ctx, caller, row.integration_id).await?;
    let provider = connection::provider(ctx, &integration.provider)?;
    let kind = event::resolve(&row.event).unwrap_or(EventKind::ApplicationCreated);
    let page = PageQuery { limit: 1, before: None };
    let last = list_events(&ctx.store, caller.organization, EventFilter { kind: Some(kind), ..EventFilter::default() }, page).await?;
    let (material, is_real) = match last.rows.first() {
        Some(event) => (Material::of(ctx, event).await?, true),
        None => {
            let material = Material {
                summary: catalogue::info(kind).description,
                event: kind.as_str().to_owned(),
                candidate: "Ada Lovelace".to_owned(),
                job: "Software engineer".to_owned(),
                organization: template::name(ctx, caller.organization).await?,
                link: Some(ctx.site.link("/candidates")),
                data: catalogue::example(kind),
            };
            (material, false)
        }
    };
    let message = material.message(&row.template);
    let body = provider.as_chat().map(|chat| chat.render(&message)).unwrap_or_default();
    let is_wanted = wants(row.filter.as_ref().map(|filter| &filter.0), kind.as_str(), &material.data);
    Ok(Preview { message, body, is_real, is_wanted })
}

/// Whether a filter lets an event through. It sees what a webhook's filter sees.
pub(super) fn wants(filter: Option<&Value>, event: &str, data: &Value) -> bool {
    let Some(filter) = filter else { return true };
    Filter::parse(filter, "").is_ok_and(|filter| filter.matches(&json!({"event": event, "data": data})))
}
