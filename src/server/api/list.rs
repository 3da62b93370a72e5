//! Lists: `?limit=` and `?cursor=` in, `{"data": [...], "nextCursor": ...}` out.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::json::ValidQuery;
use crate::fault::Fault;
use crate::server::problem::Problem;
use crate::store::page::{Page, PageQuery};

/// The most entries one page holds.
pub const MAX_LIMIT: u32 = 200;

/// Which page to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// How many entries; 50 if not given.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    pub limit: u32,
    /// The `nextCursor` of the page before.
    #[param(value_type = Option<String>)]
    pub cursor: Option<Uuid>,
}

impl ListQuery {
    /// The page as the store reads it.
    pub const fn page(self) -> PageQuery {
        PageQuery { limit: self.limit, before: self.cursor }
    }
}

#[derive(Deserialize)]
struct Raw {
    limit: Option<String>,
    cursor: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ValidQuery(raw) = ValidQuery::<Raw>::from_request_parts(parts, state).await?;
        let page = page(raw.limit.as_deref(), raw.cursor.as_deref())?;
        Ok(Self { limit: page.limit, cursor: page.before })
    }
}

fn page(limit: Option<&str>, cursor: Option<&str>) -> Result<PageQuery, Fault> {
    let limit = match limit.filter(|text| !text.is_empty()) {
        None => PageQuery::default().limit,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| Fault::invalid("/limit", format!("The limit is a whole number from 1 to {MAX_LIMIT}.")))?,
    };
    let before = match cursor.filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(Uuid::parse_str(text).map_err(|_| Fault::invalid("/cursor", "This is not the nextCursor of a page."))?),
    };
    Ok(PageQuery { limit, before })
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListOut<T> {
    /// The entries, newest first.
    pub data: Vec<T>,
    /// Give it as `cursor` to read on; null on the last page.
    #[schema(required = true)]
    pub next_cursor: Option<Uuid>,
}

impl<T, U: From<T>> From<Page<T>> for ListOut<U> {
    fn from(page: Page<T>) -> Self {
        Self { next_cursor: page.next, data: page.rows.into_iter().map(U::from).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_cursors_are_checked() {
        let cursor = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(page(None, None).expect("the default"), PageQuery::default());
        assert_eq!(page(Some("200"), Some(cursor)).expect("valid"), PageQuery { limit: 200, before: Uuid::parse_str(cursor).ok() });
        for limit in ["0", "201", "-1", "ten"] {
            assert_eq!(page(Some(limit), None).expect_err("out of range").fields[0].pointer, "/limit");
        }
        assert_eq!(page(None, Some("x")).expect_err("no cursor").fields[0].pointer, "/cursor");
    }
}
