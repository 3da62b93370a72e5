//! Google: one sign-in and one registered client for its calendar and its mail.
//!
//! Source: discovery documents calendar v3 (revision 20261030), gmail v1 (revision 20261005), oauth2 v2; read 2026-11-21.

mod calendar;
mod mail;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde::Deserialize;

use super::catalogue::{self, Entry};
use super::{Calendar, Connection, Error, Grant, Oauth, Provider, Settled, Verified};

/// Google Calendar.
#[derive(Debug, Clone, Copy)]
pub struct GoogleCalendar;

/// Gmail.
#[derive(Debug, Clone, Copy)]
pub struct Gmail;

#[derive(Deserialize)]
struct UserInfo {
    email: Option<String>,
}

/// Who consented. Works with any token that has an identity scope.
async fn email(cx: &Connection) -> Result<Option<String>, Error> {
    Ok(cx.get("userinfo", "").send().await?.json::<UserInfo>()?.email)
}

async fn settle(cx: &Connection) -> Result<Settled, Error> {
    Ok(Settled { account: email(cx).await?, ..Settled::default() })
}

#[async_trait]
impl Oauth for GoogleCalendar {
    async fn settle(&self, cx: &Connection, _grant: &Grant) -> Result<Settled, Error> {
        settle(cx).await
    }
}

#[async_trait]
impl Oauth for Gmail {
    async fn settle(&self, cx: &Connection, _grant: &Grant) -> Result<Settled, Error> {
        settle(cx).await
    }
}

#[async_trait]
impl Provider for GoogleCalendar {
    fn entry(&self) -> &'static Entry {
        catalogue::find("google_calendar").expect("the catalogue has an entry for every provider with code, which a test checks")
    }

    async fn verify(&self, cx: &Connection) -> Result<Verified, Error> {
        let account = email(cx).await?;
        Ok(Verified { account, permissions: calendar::probe(cx).await? })
    }

    async fn ping(&self, cx: &Connection) -> Result<(), Error> {
        email(cx).await.map(drop)
    }

    fn as_oauth(&self) -> Option<&dyn Oauth> {
        Some(self)
    }

    fn as_calendar(&self) -> Option<&dyn Calendar> {
        Some(self)
    }
}

#[async_trait]
impl Provider for Gmail {
    fn entry(&self) -> &'static Entry {
        catalogue::find("gmail").expect("the catalogue has an entry for every provider with code, which a test checks")
    }

    async fn verify(&self, cx: &Connection) -> Result<Verified, Error> {
        let account = email(cx).await?;
        Ok(Verified { account, permissions: mail::probe(cx).await? })
    }

    async fn ping(&self, cx: &Connection) -> Result<(), Error> {
        email(cx).await.map(drop)
    }

    fn as_oauth(&self) -> Option<&dyn Oauth> {
        Some(self)
    }
}
