//! The hiring records: taking them in from connected systems, reading and changing them.

use std::collections::HashMap;

use uuid::Uuid;

use crate::context::Context;
use crate::domain::id::OrgId;
use crate::fault::Result;
use crate::store::link::{LinkRow, list_links_by_local};
use crate::store::page::Page;

pub mod applications;
pub mod candidates;
pub mod ingest;
pub mod interviews;
pub mod jobs;
pub mod messages;
pub mod offers;
pub mod pull;
pub mod timeline;
pub mod writes;

/// A record with the systems that have it, too.
#[derive(Debug, Clone)]
pub struct Linked<T> {
    /// The record.
    pub row: T,
    /// Where else it is.
    pub links: Vec<LinkRow>,
}

/// Adds the links to a page of records: one query for the whole page.
async fn link_page<T>(ctx: &Context, organization: OrgId, page: Page<T>, id: impl Fn(&T) -> Uuid) -> Result<Page<Linked<T>>> {
    let next = page.next;
    let rows = link_rows(ctx, organization, page.rows, id).await?;
    Ok(Page { rows, next })
}

async fn link_rows<T>(ctx: &Context, organization: OrgId, rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Result<Vec<Linked<T>>> {
    let ids: Vec<Uuid> = rows.iter().map(&id).collect();
    let mut links: HashMap<Uuid, Vec<LinkRow>> = HashMap::new();
    for link in list_links_by_local(&ctx.store, organization, &ids).await? {
        links.entry(link.local_id).or_default().push(link);
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let links = links.remove(&id(&row)).unwrap_or_default();
            Linked { row, links }
        })
        .collect())
}

/// A text that must be there and not too long; trimmed.
fn required(pointer: &str, what: &str, text: &str, wrong: &mut Vec<crate::domain::error::FieldError>) -> String {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 500 {
        wrong.push(crate::domain::error::FieldError { pointer: pointer.to_owned(), detail: format!("{what} has 1 to 500 characters.") });
    }
    text.to_owned()
}

/// Custom fields as they are stored: an object.
fn custom_fields(
    value: Option<serde_json::Value>,
    wrong: &mut Vec<crate::domain::error::FieldError>,
) -> crate::store::Json<serde_json::Value> {
    let value = value.unwrap_or_else(|| serde_json::json!({}));
    if !value.is_object() {
        wrong.push(crate::domain::error::FieldError {
            pointer: "/customFields".to_owned(),
            detail: "Custom fields are an object.".to_owned(),
        });
    }
    crate::store::Json(value)
}
