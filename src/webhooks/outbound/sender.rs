//! The only door through which a request leaves for a receiver.
//!
//! Connections are pooled and reused. Names are resolved when a connection is made and refused addresses are dropped right there, so what
//! [`super::guard`] decides holds for the address that is really used. No redirect is followed, no proxy of the environment is used.

use std::error::Error as StdError;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::guard::{Policy, Refusal, not_public};
use super::timing::{self, Clocked, SharedMarks, Timing};

/// How much of an answer's body is kept, in bytes.
pub const BODY_HEAD_BYTES: usize = 4096;
/// How many header lines of an answer are kept.
const MAX_RESPONSE_HEADERS: usize = 64;
/// How long a name is looked up.
const DNS_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may take; a receiver's own time-out can be shorter.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How many unused connections are kept for one receiver: as many as a subscription may use at once, or bursts would open new ones.
const IDLE_PER_HOST: usize = 64;

/// Sends webhooks. Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub struct Sender {
    policy: Arc<Policy>,
    /// For `https`: public addresses and opened networks.
    secure: reqwest::Client,
    /// For `http`: the same if the operator allows plain HTTP, else opened networks only.
    plain: reqwest::Client,
}

/// One try.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// Every header, signatures included.
    pub headers: HeaderMap,
    /// The exact bytes.
    pub body: Bytes,
    /// How long everything may take, from connecting to the end of the answer.
    pub timeout: Duration,
}

/// What came of one try.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer's headers, at most 64 lines.
    pub response_headers: Vec<(String, String)>,
    /// The first 4 kB of the answer's body.
    pub body_head: String,
    /// Why there is no answer. An answer with a status has none, even if its body broke off: the receiver has spoken.
    pub error: Option<SendError>,
    /// How long the try took.
    pub duration: Duration,
    /// Where that time went.
    pub timing: Timing,
    /// The address that answered, or else the first one that was tried.
    pub address: Option<SocketAddr>,
    /// The answer's `Retry-After`, unread.
    pub retry_after: Option<String>,
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendErrorCode {
    /// The guard refused the URL or every address behind its name.
    AddressRefused,
    /// The name has no address.
    DnsFailed,
    /// Nobody listens there.
    ConnectFailed,
    /// No trusted encrypted connection.
    TlsFailed,
    /// Too slow.
    Timeout,
    /// The connection ended before an answer.
    Closed,
    /// What came back is not HTTP.
    BadResponse,
    /// The request could not be made.
    BadRequest,
}

impl SendErrorCode {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AddressRefused => "address_refused",
            Self::DnsFailed => "dns_failed",
            Self::ConnectFailed => "connect_failed",
            Self::TlsFailed => "tls_failed",
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::BadResponse => "bad_response",
            Self::BadRequest => "bad_request",
        }
    }
}

/// A failure to get an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct SendError {
    /// The stable code.
    pub code: SendErrorCode,
    /// One plain sentence for the log page.
    pub sentence: String,
}

impl SendError {
    fn new(code: SendErrorCode, sentence: impl Into<String>) -> Self {
        Self { code, sentence: sentence.into() }
    }

    fn refused(address: IpAddr, why: Refusal) -> Self {
        Self::new(SendErrorCode::AddressRefused, format!("The address {address} is inside a network this server does not send to: {why}."))
    }
}

impl Sender {
    /// Builds the clients. A TLS provider must be installed before.
    ///
    /// # Errors
    /// When the clients cannot be built, such as without any trusted root certificate.
    pub fn new(policy: Arc<Policy>) -> Result<Self, reqwest::Error> {
        Self::with_lookup(policy, system_lookup)
    }

    /// The same with names looked up in another way.
    #[expect(clippy::disallowed_methods, reason = "the one door to receivers")]
    fn with_lookup(policy: Arc<Policy>, lookup: Lookup) -> Result<Self, reqwest::Error> {
        let client = |is_plain| {
            reqwest::Client::builder()
                .user_agent("Hirewire-Webhooks/1")
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .no_gzip()
                .connect_timeout(CONNECT_TIMEOUT)
                .pool_idle_timeout(IDLE_TIMEOUT)
                .pool_max_idle_per_host(IDLE_PER_HOST)
                .tcp_nodelay(true)
                .connector_layer(Clocked)
                .dns_resolver(Arc::new(GuardedResolver { policy: policy.clone(), is_plain, lookup }))
                .build()
        };
        Ok(Self { secure: client(false)?, plain: client(true)?, policy: policy.clone() })
    }

    /// The rules in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A literal address never goes through the resolver, so it is checked before the request.
    fn check_literal(&self, url: &Url) -> Result<(), SendError> {
        let address = match url.host() {
            Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
            Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
            _ => return Ok(()),
        };
        is_allowed(&self.policy, url.scheme() == "http", address)
    }

    /// Sends one try and waits for its answer. It never fails as a call: what went wrong is in the outcome.
    pub async fn send(&self, request: Request) -> Outcome {
        let started = Instant::now();
        let mut outcome = Outcome {
            status: None,
            response_headers: Vec::new(),
            body_head: String::new(),
            error: None,
            duration: Duration::ZERO,
            timing: Timing { dns_ms: None, connect_ms: None, first_byte_ms: None, total_ms: 0, reused: false },
            address: None,
            retry_after: None,
        };
        let marks = SharedMarks::default();
        let port = request.url.port_or_known_default().unwrap_or(443);
        let mut first_byte = None;
        let exchange = self.exchange(request, &mut outcome, started, &mut first_byte);
        if let Err(error) = timing::marked(Arc::clone(&marks), exchange).await {
            outcome.error = Some(error);
        }
        outcome.duration = started.elapsed();
        let marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.timing = marks.timing(first_byte, outcome.duration);
        outcome.address = outcome.address.or_else(|| marks.address().map(|address| SocketAddr::new(address.ip(), port)));
        outcome
    }

    async fn exchange(
        &self,
        request: Request,
        outcome: &mut Outcome,
        started: Instant,
        first_byte: &mut Option<Duration>,
    ) -> Result<(), SendError> {
        // The rules may have become stricter since the URL was stored.
        let url = self
            .policy
            .check_url(request.url.as_str())
            .map_err(|error| SendError::new(SendErrorCode::AddressRefused, error.to_string()))?;
        self.check_literal(&url)?;
        let client = if url.scheme() == "http" { &self.plain } else { &self.secure };
        let timeout = request.timeout;
        let sent = client.post(url).headers(request.headers).body(request.body).timeout(timeout).send().await;
        let mut response = sent.map_err(|error| explain(&error, timeout))?;
        *first_byte = Some(started.elapsed());

        outcome.status = Some(response.status().as_u16());
        outcome.address = response.remote_addr();
        outcome.retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        outcome.response_headers = response
            .headers()
            .iter()
            .take(MAX_RESPONSE_HEADERS)
            .map(|(name, value)| (name.to_string(), text(value.as_bytes(), 1024)))
            .collect();

        let mut head = Vec::new();
        // A body that breaks off does not undo the status. Dropping an unread rest closes the connection instead of reading it.
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = BODY_HEAD_BYTES - head.len();
            head.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                break;
            }
        }
        outcome.body_head = text(&head, BODY_HEAD_BYTES);
        Ok(())
    }
}

/// Looks a receiver's name up once, to tell the person who types it at once when nothing can be sent there. A name that does not resolve
/// within `limit` is no mistake: it may tomorrow. This is a courtesy; the guard is at the connection.
///
/// # Errors
/// [`SendErrorCode::AddressRefused`] when the name stands for refused addresses only.
pub async fn probe(policy: &Policy, url: &Url, limit: Duration) -> Result<(), SendError> {
    let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
    match tokio::time::timeout(limit, resolve(policy, url.scheme() == "http", name, system_lookup)).await {
        Ok(Err(error)) if error.code == SendErrorCode::AddressRefused => Err(error),
        _ => Ok(()),
    }
}

/// Headers as the client takes them. Pairs that are no valid header are left out; a subscription's own headers are checked when it is stored.
pub fn header_map<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> HeaderMap {
    let valid = |(name, value): (&str, &str)| Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?));
    pairs.into_iter().filter_map(valid).collect()
}

/// Foreign bytes as storable text: at most `limit` bytes, what is not UTF-8 replaced, NUL too (PostgreSQL takes none).
fn text(bytes: &[u8], limit: usize) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(limit)]).replace('\0', "\u{fffd}")
}

/// Resolves through the system and drops refused addresses.
struct GuardedResolver {
    policy: Arc<Policy>,
    is_plain: bool,
    lookup: Lookup,
}

/// How a name becomes addresses.
type Lookup = fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

fn system_lookup(name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) })
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, is_plain, lookup) = (self.policy.clone(), self.is_plain, self.lookup);
        Box::pin(async move {
            let started = Instant::now();
            let addresses = resolve(&policy, is_plain, name.as_str(), lookup).await;
            timing::resolved(started.elapsed(), addresses.as_ref().ok().and_then(|addresses| addresses.first().copied()));
            let addresses = addresses?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

fn is_allowed(policy: &Policy, is_plain: bool, address: IpAddr) -> Result<(), SendError> {
    if policy.is_opened(address) {
        return Ok(());
    }
    match not_public(address) {
        Some(why) => Err(SendError::refused(address, why)),
        None if is_plain && !policy.allow_http => Err(SendError::new(
            SendErrorCode::AddressRefused,
            format!("The address {address} is public, and plain http is not allowed there. Use https."),
        )),
        None => Ok(()),
    }
}

async fn resolve(policy: &Policy, is_plain: bool, name: &str, lookup: Lookup) -> Result<Vec<SocketAddr>, SendError> {
    let failed = |why: &str| SendError::new(SendErrorCode::DnsFailed, format!("The name {name} could not be resolved: {why}."));
    let found = match tokio::time::timeout(DNS_TIMEOUT, lookup(name.to_owned())).await {
        Err(_) => return Err(failed("the name servers did not answer in time")),
        Ok(Err(_)) => return Err(failed("no address was found")),
        Ok(Ok(found)) => found,
    };
    let mut first_refusal = None;
    let mut allowed = Vec::new();
    for address in found {
        match is_allowed(policy, is_plain, address.ip()) {
            Ok(()) => allowed.push(address),
            Err(error) => first_refusal = first_refusal.or(Some(error)),
        }
    }
    match first_refusal {
        _ if !allowed.is_empty() => Ok(allowed),
        Some(error) => Err(error),
        None => Err(failed("no address was found")),
    }
}

/// Turns the client's error into one of ours.
fn explain(error: &reqwest::Error, timeout: Duration) -> SendError {
    if let Some(own) = find::<SendError>(error) {
        return own.clone();
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return SendError::new(SendErrorCode::TlsFailed, format!("No trusted encrypted connection could be made: {tls}."));
    }
    if error.is_timeout() {
        let phase = if error.is_connect() { "The connection was not made" } else { "No answer came" };
        let limit = if error.is_connect() { timeout.min(CONNECT_TIMEOUT) } else { timeout };
        return SendError::new(SendErrorCode::Timeout, format!("{phase} within {}.", seconds(limit)));
    }
    let io = find::<io::Error>(error).map(io::Error::kind);
    if error.is_connect() {
        let why = match io {
            Some(io::ErrorKind::ConnectionRefused) => "the connection was refused",
            Some(io::ErrorKind::ConnectionReset) => "the connection was reset",
            Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => "the network does not reach it",
            Some(io::ErrorKind::TimedOut) => "it did not answer",
            Some(io::ErrorKind::UnexpectedEof) => "the connection ended while encryption was set up",
            _ => "the connection failed",
        };
        return SendError::new(SendErrorCode::ConnectFailed, format!("The receiver could not be reached: {why}."));
    }
    match find::<hyper::Error>(error) {
        Some(hyper) if hyper.is_parse() => SendError::new(SendErrorCode::BadResponse, "What the receiver sent back is not an HTTP answer."),
        None if error.is_builder() => {
            SendError::new(SendErrorCode::BadRequest, "The request could not be made from the subscription's settings.")
        }
        _ => SendError::new(SendErrorCode::Closed, "The receiver closed the connection before it answered."),
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        1000 => "1 second".to_owned(),
        ms if ms % 1000 == 0 => format!("{} seconds", ms / 1000),
        ms => format!("{ms} ms"),
    }
}

/// Looks for an error of a type in the chain. An `io::Error` hides the error it was made from: its `source` is already the next one.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
#[path = "sender_tests.rs"]
mod tests;
