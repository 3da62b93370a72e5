//! Slack: an app that is installed with its OAuth, or one incoming webhook.
//!
//! Source: docs.slack.dev (OAuth v2, token rotation, chat.postMessage, conversations.list, Block Kit, incoming webhooks), read 2026-11-21.

mod blocks;

use async_trait::async_trait;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::catalogue::{self, Entry};
use super::chat::{Channel, Chat, Message, Posted};
use super::client::Call;
use super::{Connection, Credentials, Error, Grant, LoopGuard, Oauth, Permission, Provider, Settled, Verified};

/// Slack.
#[derive(Debug, Clone, Copy)]
pub struct Slack;

/// The field that holds the address of an incoming webhook.
const WEBHOOK_URL: &str = "webhook_url";
/// The hosts such addresses are at.
const HOOK_HOSTS: &[&str] = &["hooks.slack.com", "hooks.slack-gov.com"];

/// What every method answers with.
#[derive(Deserialize)]
struct Head {
    ok: bool,
    error: Option<String>,
    needed: Option<String>,
}

/// Calls a method. Slack says what went wrong in the body, with status 200.
async fn method<T: DeserializeOwned>(call: Call<'_>, changes: bool) -> Result<T, Error> {
    let answer = call.send().await?;
    let head: Head = answer.json()?;
    if head.ok {
        return answer.json();
    }
    let code = head.error.unwrap_or_default();
    let message = code.replace('_', " ");
    Err(match code.as_str() {
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" | "org_login_required" => {
            Error::Unauthorized { message }
        }
        "missing_scope" | "restricted_action" | "no_permission" | "not_allowed_token_type" => {
            Error::Forbidden { scope: head.needed, message }
        }
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => Error::RateLimited { retry_after: None, message },
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" if changes => Error::Unknown { message },
        "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => Error::Unavailable { message },
        "channel_not_found" => {
            channel("Slack does not know this channel, or the app is not in it. Write /invite @Hirewire in it, or choose another one.")
        }
        "not_in_channel" => channel("The app is not in this channel. Write /invite @Hirewire in it."),
        "is_archived" => channel("This channel is archived. Choose another one."),
        _ => Error::Invalid { field: None, message: format!("Slack refused this ({message}).") },
    })
}

fn channel(message: &str) -> Error {
    Error::Invalid { field: Some("channel".to_owned()), message: message.to_owned() }
}

#[derive(Deserialize)]
struct AuthTest {
    team: Option<String>,
}

#[derive(Deserialize)]
struct ChannelPage {
    #[serde(default)]
    channels: Vec<WireChannel>,
    response_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct WireChannel {
    id: String,
    name: String,
    #[serde(default)]
    is_private: bool,
    #[serde(default)]
    is_member: bool,
}

#[derive(Deserialize)]
struct Sent {
    ts: Option<String>,
}

/// The path of an incoming webhook's address, behind `/services/`.
fn hook_path(text: &str) -> Result<String, Error> {
    let invalid = || Error::Invalid {
        field: Some(WEBHOOK_URL.to_owned()),
        message: "Enter the address that Slack shows for the incoming webhook. It begins with https://hooks.slack.com/services/."
            .to_owned(),
    };
    let url: Url = text.trim().parse().map_err(|_| invalid())?;
    let is_slacks = url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.query().is_none();
    let path = url.path().strip_prefix("/services/").map(str::to_owned).ok_or_else(invalid)?;
    let parts: Vec<&str> = path.split('/').collect();
    let is_plain = parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if is_slacks && is_plain && url.host_str().is_some_and(|host| HOOK_HOSTS.contains(&host)) { Ok(path) } else { Err(invalid()) }
}

async fn hook(cx: &Connection, address: &str, body: &Value) -> Result<(), Error> {
    let path = hook_path(address)?;
    match cx.write(Method::POST, "hooks", &path).by_address().json(body)?.send().await {
        Ok(_) => Ok(()),
        Err(Error::NotFound) => Err(Error::Unauthorized { message: "the webhook or its channel is gone".to_owned() }),
        Err(error) => Err(error),
    }
}

/// Asks without saying anything: an empty message is refused by a webhook that is there.
async fn try_hook(cx: &Connection, address: &str) -> Result<(), Error> {
    match hook(cx, address, &serde_json::json!({"text": ""})).await {
        Ok(()) | Err(Error::Invalid { field: None, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

fn webhook(cx: &Connection) -> Option<&str> {
    cx.credential(WEBHOOK_URL).map(|address| address.expose_secret())
}

#[async_trait]
impl Provider for Slack {
    fn entry(&self) -> &'static Entry {
        catalogue::find("slack").expect("the catalogue has an entry for every provider with code, which a test checks")
    }

    fn recognise(&self, credentials: &Credentials) -> Result<(), Error> {
        let address = credentials.get(WEBHOOK_URL).map(|address| address.expose_secret()).unwrap_or_default();
        hook_path(address).map(drop)
    }

    async fn verify(&self, cx: &Connection) -> Result<Verified, Error> {
        if let Some(address) = webhook(cx) {
            try_hook(cx, address).await?;
            let permission = Permission {
                key: "webhook".to_owned(),
                label: "Post into one channel".to_owned(),
                ok: true,
                required: true,
                message: None,
            };
            return Ok(Verified { account: None, permissions: vec![permission] });
        }
        let who: AuthTest = method(cx.get("api", "auth.test"), false).await?;
        Ok(Verified { account: who.team, permissions: Vec::new() })
    }

    async fn ping(&self, cx: &Connection) -> Result<(), Error> {
        match webhook(cx) {
            Some(address) => try_hook(cx, address).await,
            None => method::<AuthTest>(cx.get("api", "auth.test"), false).await.map(drop),
        }
    }

    fn as_oauth(&self) -> Option<&dyn Oauth> {
        Some(self)
    }

    fn as_chat(&self) -> Option<&dyn Chat> {
        Some(self)
    }
}

#[async_trait]
impl Oauth for Slack {
    async fn settle(&self, cx: &Connection, grant: &Grant) -> Result<Settled, Error> {
        let named = grant.rest.get("team").and_then(|team| team.get("name")).and_then(Value::as_str).map(str::to_owned);
        let who: AuthTest = method(cx.get("api", "auth.test"), false).await?;
        Ok(Settled { account: named.or(who.team), ..Settled::default() })
    }
}

#[async_trait]
impl Chat for Slack {
    async fn channels(&self, cx: &Connection) -> Result<Vec<Channel>, Error> {
        if webhook(cx).is_some() {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        let mut guard = LoopGuard::default();
        loop {
            let mut call = cx
                .get("api", "conversations.list")
                .scope("channels:read")
                .query("types", "public_channel,private_channel")
                .query("exclude_archived", "true")
                .query("limit", "200");
            if let Some(cursor) = &cursor {
                call = call.query("cursor", cursor.clone());
            }
            let page: ChannelPage = method(call, false).await?;
            all.extend(page.channels.into_iter().map(|one| Channel {
                id: one.id,
                name: one.name,
                is_private: one.is_private,
                is_member: one.is_member,
            }));
            let next = page.response_metadata.and_then(|metadata| metadata.next_cursor).filter(|next| !next.is_empty());
            let Some(next) = next else { break };
            guard.check(&next)?;
            cursor = Some(next);
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    fn render(&self, message: &Message) -> Value {
        blocks::render(message)
    }

    async fn post(&self, cx: &Connection, to: Option<&str>, message: &Message) -> Result<Posted, Error> {
        let mut body = blocks::render(message);
        if let Some(address) = webhook(cx) {
            hook(cx, address, &body).await?;
            return Ok(Posted::default());
        }
        let to = to.ok_or_else(|| channel("Choose a channel."))?;
        body["channel"] = to.into();
        body["unfurl_links"] = false.into();
        let sent: Sent = method(cx.write(Method::POST, "api", "chat.postMessage").scope("chat:write").json(&body)?, true).await?;
        Ok(Posted { id: sent.ts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slacks_webhooks_are_taken() {
        assert_eq!(hook_path(" https://hooks.slack.com/services/T0/B0/abc ").expect("Slack's"), "T0/B0/abc");
        for text in [
            "http://hooks.slack.com/services/T0/B0/abc",
            "https://hooks.slack.com.evil.example/services/T0/B0/abc",
            "https://hooks.slack.com/services/T0/B0/../../x",
            "https://hooks.slack.com/services/T0/B0",
            "https://hooks.slack.com/services/T0/B0/abc?x=1",
            "https://169.254.169.254/services/T0/B0/abc",
            "xoxb-token",
            "",
        ] {
            assert!(hook_path(text).is_err(), "{text}");
        }
    }
}
