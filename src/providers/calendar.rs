//! Calendars, as far as every provider of them can say.

use async_trait::async_trait;

use super::{Connection, Error};

/// A provider of calendars.
#[async_trait]
pub trait Calendar: Send + Sync {
    /// The calendars of the account, its main one first.
    ///
    /// # Errors
    /// `Forbidden` naming the permission that is missing; otherwise whatever went wrong.
    async fn calendars(&self, cx: &Connection) -> Result<Vec<CalendarInfo>, Error>;
}

/// A calendar of an account.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CalendarInfo {
    /// The provider's id of it.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// IANA name of its time zone, where the provider says.
    pub time_zone: Option<String>,
    /// Whether it is the account's main one.
    pub is_primary: bool,
    /// Whether events can be written to it.
    pub can_write: bool,
}
