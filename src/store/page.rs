//! Cursor pages: newest first by id, the cursor being the last id seen.

use uuid::Uuid;

/// What to read: at most `limit` rows older than `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageQuery {
    /// How many rows, 1-200.
    pub limit: u32,
    /// The last id of the previous page.
    pub before: Option<Uuid>,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self { limit: 50, before: None }
    }
}

impl PageQuery {
    /// The bind value for "older than": every id when there is no cursor.
    pub fn before_id(self) -> Uuid {
        self.before.unwrap_or(Uuid::max())
    }

    /// One more row than asked for, to know whether there is a next page.
    pub fn fetch_limit(self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Cuts the extra row off and names the next cursor.
    pub fn finish<T>(self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Page<T> {
        let limit = self.limit as usize;
        let next = if rows.len() > limit {
            rows.truncate(limit);
            rows.last().map(&id)
        } else {
            None
        };
        Page { rows, next }
    }
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// The cursor of the next page.
    pub next: Option<Uuid>,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), next: self.next }
    }
}
