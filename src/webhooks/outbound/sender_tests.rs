//! The sender against receivers on the loopback interface.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

fn sender(networks: &[&str]) -> Sender {
    crate::install_crypto();
    let allow_networks = networks.iter().map(|net| net.parse().expect("a network")).collect();
    Sender::new(Arc::new(Policy { allow_networks, ..Policy::default() })).expect("the clients can be built")
}

fn request(url: &str) -> Request {
    let headers = header_map([("content-type", "application/json"), ("x-webhook-event", "job.created")]);
    Request { url: Url::parse(url).expect("a URL"), headers, body: Bytes::from_static(b"{\"a\":1}"), timeout: Duration::from_secs(5) }
}

/// Serves a router on a free port and returns its base URL.
async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Accepts connections and hands each to `answer`; counts them.
async fn raw(answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(answer).await;
            });
        }
    });
    (url, count)
}

fn code(outcome: &Outcome) -> Option<SendErrorCode> {
    outcome.error.as_ref().map(|error| error.code)
}

#[tokio::test]
async fn the_exact_bytes_and_headers_arrive_and_the_answer_comes_back() {
    async fn receive(headers: HeaderMap, body: Bytes) -> impl IntoResponse {
        let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
        let echo = format!(
            "{} {} {} {} {}",
            get("user-agent"),
            get("x-webhook-event"),
            get("content-type"),
            get("accept-encoding"),
            String::from_utf8_lossy(&body)
        );
        (StatusCode::ACCEPTED, [("retry-after", "7")], echo)
    }
    let base = serve(Router::new().route("/hook", post(receive))).await;
    let outcome = sender(&["127.0.0.0/8"]).send(request(&format!("{base}/hook?x=1"))).await;
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.status, Some(202));
    assert_eq!(outcome.body_head, "Hirewire-Webhooks/1 job.created application/json none {\"a\":1}");
    assert_eq!(outcome.retry_after.as_deref(), Some("7"));
    assert!(outcome.response_headers.contains(&("retry-after".to_owned(), "7".to_owned())));
    assert_eq!(outcome.address.map(|address| format!("http://{address}")), Some(base));
    assert!(outcome.duration > Duration::ZERO);
}

#[tokio::test]
async fn refused_addresses_are_never_connected_to() {
    let (url, connections) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let by_name = url.replace("127.0.0.1", "localhost");
    let secure = by_name.replace("http:", "https:");
    let strict = sender(&[]);
    for url in [&url, &by_name, &secure] {
        let outcome = strict.send(request(url)).await;
        assert_eq!(code(&outcome), Some(SendErrorCode::AddressRefused), "{url}: {:?}", outcome.error);
    }
    // A name passes the text check once some network is opened; the address behind it is still refused.
    let other = sender(&["10.0.0.0/8"]);
    for url in [&by_name, &secure] {
        let outcome = other.send(request(url)).await;
        let error = outcome.error.expect("refused");
        assert_eq!(error.code, SendErrorCode::AddressRefused);
        assert!(error.sentence.contains("(loopback)"), "{}", error.sentence);
        assert_eq!(probe(other.policy(), &Url::parse(url).expect("a URL"), CONNECT_TIMEOUT).await, Err(error));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);

    let open = sender(&["127.0.0.0/8"]);
    assert_eq!(probe(open.policy(), &Url::parse(&by_name).expect("a URL"), CONNECT_TIMEOUT).await, Ok(()));
    assert_eq!(open.send(request(&by_name)).await.status, Some(200));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

/// A name of somebody who changes its address between two look-ups.
fn changing(_: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> {
    static LOOKED_UP: AtomicUsize = AtomicUsize::new(0);
    let addresses: &[[u8; 4]] = match LOOKED_UP.fetch_add(1, Ordering::SeqCst) {
        0 => &[[127, 0, 0, 1]],
        1 => &[[127, 0, 0, 2]],
        _ => &[[127, 0, 0, 2], [127, 0, 0, 1]],
    };
    let addresses = addresses.iter().map(|address| SocketAddr::from((*address, 0))).collect();
    Box::pin(async move { Ok(addresses) })
}

#[tokio::test]
async fn a_name_that_changes_its_address_gains_nothing() {
    // Both listen on one port; only the first is opened.
    let opened = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = opened.local_addr().expect("bound").port();
    let inner = TcpListener::bind(("127.0.0.2", port)).await.expect("the same port");
    let inner_seen = Arc::new(AtomicUsize::new(0));
    let seen = inner_seen.clone();
    tokio::spawn(async move {
        while inner.accept().await.is_ok() {
            seen.fetch_add(1, Ordering::SeqCst);
        }
    });
    // Every connection ends with its answer, so that each request looks the name up anew.
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = opened.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    crate::install_crypto();
    let policy = Policy { allow_networks: vec!["127.0.0.1/32".parse().expect("a network")], ..Policy::default() };
    let sender = Sender::with_lookup(Arc::new(policy), changing).expect("the clients can be built");
    let url = format!("http://receiver.example:{port}/");
    let first = sender.send(request(&url)).await;
    assert_eq!((first.status, first.address.map(|address| address.port())), (Some(200), Some(port)), "{:?}", first.error);
    assert!(first.timing.dns_ms.is_some() && first.timing.connect_ms.is_some() && !first.timing.reused);
    let second = sender.send(request(&url)).await;
    assert_eq!(code(&second), Some(SendErrorCode::AddressRefused), "{:?}", second.error);
    let third = sender.send(request(&url)).await;
    assert_eq!(third.status, Some(200), "the address that is allowed is used: {:?}", third.error);
    assert_eq!(inner_seen.load(Ordering::SeqCst), 0);
}

#[test]
fn plain_http_to_public_addresses_needs_permission() {
    let public: IpAddr = "8.8.8.8".parse().expect("an address");
    assert!(is_allowed(&Policy::default(), true, public).is_err());
    assert!(is_allowed(&Policy::default(), false, public).is_ok());
    assert!(is_allowed(&Policy { allow_http: true, ..Policy::default() }, true, public).is_ok());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    async fn redirect() -> impl IntoResponse {
        (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")])
    }
    let base = serve(Router::new().route("/", post(redirect))).await;
    let outcome = sender(&["127.0.0.0/8"]).send(request(&base)).await;
    assert_eq!((outcome.status, outcome.error), (Some(302), None));
}

#[tokio::test]
async fn connections_are_reused_unless_the_answer_is_long() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let base = format!("http://{}", listener.local_addr().expect("bound"));
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(read) = stream.read(&mut buffer).await {
                    let long = buffer[..read].windows(5).any(|part| part == b"/long");
                    let body = vec![b'x'; if long { 1 << 20 } else { 10 }];
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                    if read == 0 || stream.write_all(head.as_bytes()).await.is_err() || stream.write_all(&body).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    let sender = sender(&["127.0.0.0/8"]);
    for n in 0..5 {
        let short = sender.send(request(&format!("{base}/short"))).await;
        assert_eq!(short.body_head, "xxxxxxxxxx");
        assert_eq!((short.timing.reused, short.timing.connect_ms.is_some()), (n > 0, n == 0));
        assert!(short.timing.first_byte_ms.is_some_and(|ms| ms <= short.timing.total_ms));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let long = sender.send(request(&format!("{base}/long"))).await;
    assert_eq!((long.status, long.body_head.len(), long.error), (Some(200), BODY_HEAD_BYTES, None));
    assert_eq!(sender.send(request(&format!("{base}/short"))).await.status, Some(200));
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn failures_have_their_code_and_sentence() {
    let sender = sender(&["127.0.0.0/8"]);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let silent = format!("http://{}/", listener.local_addr().expect("bound"));
    let outcome = sender.send(Request { timeout: Duration::from_millis(50), ..request(&silent) }).await;
    let error = outcome.error.expect("no answer");
    assert_eq!((error.code, error.sentence.as_str()), (SendErrorCode::Timeout, "No answer came within 50 ms."));
    drop(listener);
    let error = sender.send(request(&silent)).await.error.expect("nobody listens");
    assert_eq!(
        (error.code, error.sentence.as_str()),
        (SendErrorCode::ConnectFailed, "The receiver could not be reached: the connection was refused.")
    );

    for (answer, expected) in [
        (&b""[..], SendErrorCode::Closed),
        (b"HTTP/1.1 200 OK\r\ncontent-le", SendErrorCode::Closed),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", SendErrorCode::BadResponse),
    ] {
        let (url, _) = raw(answer).await;
        let outcome = sender.send(request(&url)).await;
        assert_eq!(code(&outcome), Some(expected), "{:?}: {:?}", String::from_utf8_lossy(answer), outcome.error);
    }

    let (url, _) = raw(b"HTTP/1.1 200 OK\r\n\r\n").await;
    let outcome = sender.send(request(&url.replace("http:", "https:"))).await;
    assert_eq!(code(&outcome), Some(SendErrorCode::TlsFailed), "{:?}", outcome.error);

    let outcome = sender.send(request("https://no-such-host.invalid/")).await;
    assert_eq!(code(&outcome), Some(SendErrorCode::DnsFailed), "{:?}", outcome.error);
}

#[tokio::test]
async fn a_body_that_breaks_off_does_not_undo_the_status() {
    let (url, _) = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nok\0\xff").await;
    let outcome = sender(&["127.0.0.0/8"]).send(request(&url)).await;
    assert_eq!((outcome.status, outcome.error), (Some(200), None));
    assert_eq!(outcome.body_head, "ok\u{fffd}\u{fffd}");
}

#[tokio::test]
async fn many_requests_run_at_once() {
    async fn slow(State(running): State<Arc<AtomicUsize>>) -> String {
        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        now.to_string()
    }
    let base = serve(Router::new().route("/", post(slow)).with_state(Arc::new(AtomicUsize::new(0)))).await;
    let sender = sender(&["127.0.0.0/8"]);
    let outcomes = futures::future::join_all((0..20).map(|_| sender.send(request(&base)))).await;
    assert!(outcomes.iter().all(|outcome| outcome.status == Some(200)));
}
