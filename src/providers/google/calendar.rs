//! Calendars: the list.

use async_trait::async_trait;
use serde::Deserialize;

use super::super::{Calendar, CalendarInfo, Connection, Error, LoopGuard, Permission};
use super::GoogleCalendar;

const LIST_SCOPE: &str = "https://www.googleapis.com/auth/calendar.calendarlist.readonly";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListPage {
    #[serde(default)]
    items: Vec<Item>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    summary: Option<String>,
    summary_override: Option<String>,
    time_zone: Option<String>,
    #[serde(default)]
    primary: bool,
    access_role: Option<String>,
}

impl From<Item> for CalendarInfo {
    fn from(item: Item) -> Self {
        let role = item.access_role.unwrap_or_default();
        Self {
            name: item.summary_override.or(item.summary).unwrap_or_else(|| item.id.clone()),
            id: item.id,
            time_zone: item.time_zone,
            is_primary: item.primary,
            can_write: matches!(role.as_str(), "owner" | "writer" | "writerWithoutPrivateAccess"),
        }
    }
}

#[async_trait]
impl Calendar for GoogleCalendar {
    async fn calendars(&self, cx: &Connection) -> Result<Vec<CalendarInfo>, Error> {
        let mut all: Vec<CalendarInfo> = Vec::new();
        let mut token: Option<String> = None;
        let mut guard = LoopGuard::default();
        loop {
            let mut call = cx.get("api", "users/me/calendarList").scope(LIST_SCOPE).query("maxResults", "250");
            if let Some(token) = &token {
                call = call.query("pageToken", token.clone());
            }
            let page: ListPage = call.send().await?.json()?;
            all.extend(page.items.into_iter().map(CalendarInfo::from));
            let Some(next) = page.next_page_token.filter(|next| !next.is_empty()) else { break };
            guard.check(&next)?;
            token = Some(next);
        }
        all.sort_by_key(|calendar| !calendar.is_primary);
        Ok(all)
    }
}

/// Tries what can be tried without changing anything.
pub(super) async fn probe(cx: &Connection) -> Result<Vec<Permission>, Error> {
    let tried = cx.get("api", "users/me/calendarList").scope(LIST_SCOPE).query("maxResults", "1").send().await;
    let ok = match tried {
        Ok(answer) => {
            answer.json::<ListPage>()?;
            true
        }
        Err(Error::Forbidden { .. }) => false,
        Err(error) => return Err(error),
    };
    Ok(vec![Permission {
        key: LIST_SCOPE.to_owned(),
        label: "Choose among several calendars".to_owned(),
        ok,
        required: false,
        message: (!ok).then(|| "Connect again and leave the box for the list of calendars ticked.".to_owned()),
    }])
}
