//! Keys that providers publish, remembered for as long as they say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{CACHE_CONTROL, HeaderMap};
use url::Url;

use super::{Error, Http};

/// Largest set of keys that is read, in bytes.
const BYTES_MAX: usize = 64 << 10;
/// How long a set counts at least and at most, whatever is said.
const MIN: TimeDelta = TimeDelta::minutes(5);
const MAX: TimeDelta = TimeDelta::hours(24);

/// Sets of keys by address, with their end.
pub(super) type Published = Arc<Mutex<HashMap<Url, (DateTime<Utc>, Arc<str>)>>>;

fn lifetime(headers: &HeaderMap) -> TimeDelta {
    let text = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let seconds = text.split(',').find_map(|part| part.trim().strip_prefix("max-age=")?.parse().ok());
    TimeDelta::try_seconds(seconds.unwrap_or(0)).unwrap_or(MAX).clamp(MIN, MAX)
}

impl Http {
    /// The keys published at an address.
    ///
    /// # Errors
    /// `Unavailable` when they cannot be had.
    pub async fn published(&self, url: &Url, now: DateTime<Utc>) -> Result<Arc<str>, Error> {
        let known = self.published.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(url).cloned();
        if let Some((until, text)) = known
            && now < until
        {
            return Ok(text);
        }
        let unavailable = |message: &str| Error::Unavailable { message: message.to_owned() };
        let answer = self.raw().get(url.clone()).send().await.map_err(|_| unavailable("the published keys could not be fetched"))?;
        if !answer.status().is_success() || answer.content_length().is_some_and(|bytes| bytes > BYTES_MAX as u64) {
            return Err(unavailable("the published keys could not be fetched"));
        }
        let until = now + lifetime(answer.headers());
        let text = answer.text().await.map_err(|_| unavailable("the published keys could not be read"))?;
        if text.len() > BYTES_MAX {
            return Err(unavailable("the published keys are too many"));
        }
        let text: Arc<str> = text.into();
        self.published.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(url.clone(), (until, Arc::clone(&text)));
        Ok(text)
    }
}
