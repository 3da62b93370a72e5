//! Receivers of webhooks: blocking HTTP servers on ports of their own, which answer after a set time and note what came when.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;

/// When each numbered event was sent and when it arrived first, in microseconds of one clock. Cheap to clone.
#[derive(Clone)]
pub struct Journal(Arc<Entries>);

struct Entries {
    start: Instant,
    sent: Vec<AtomicU64>,
    arrived: Vec<AtomicU64>,
    repeated: AtomicU64,
}

impl Journal {
    /// For events numbered from zero up to `count`.
    pub fn new(count: usize) -> Self {
        let blank = || (0..count).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Entries { start: Instant::now(), sent: blank(), arrived: blank(), repeated: AtomicU64::new(0) }))
    }

    fn micros(&self, at: Instant) -> u64 {
        // Never zero, which stands for "not yet".
        u64::try_from(at.saturating_duration_since(self.0.start).as_micros()).unwrap_or(u64::MAX).max(1)
    }

    /// Notes when an event was, or should have been, sent.
    pub fn sent(&self, number: u64, at: Instant) {
        if let Some(entry) = usize::try_from(number).ok().and_then(|number| self.0.sent.get(number)) {
            entry.store(self.micros(at), Ordering::Relaxed);
        }
    }

    fn arrived(&self, number: u64) {
        let Some(entry) = usize::try_from(number).ok().and_then(|number| self.0.arrived.get(number)) else { return };
        if entry.compare_exchange(0, self.micros(Instant::now()), Ordering::Relaxed, Ordering::Relaxed).is_err() {
            self.0.repeated.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How long each event that arrived took, sorted.
    pub fn latencies(&self) -> Vec<Duration> {
        let mut found = self.between(0, u64::MAX);
        found.sort_unstable();
        found
    }

    /// The same for the events numbered from `first` up to `end`, unsorted.
    pub fn between(&self, first: u64, end: u64) -> Vec<Duration> {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(self.0.sent.len());
        let range = place(first)..place(end);
        let pairs = self.0.sent[range.clone()].iter().zip(&self.0.arrived[range]);
        pairs
            .map(|(sent, arrived)| (sent.load(Ordering::Relaxed), arrived.load(Ordering::Relaxed)))
            .filter(|(sent, arrived)| *sent > 0 && *arrived > 0)
            .map(|(sent, arrived)| Duration::from_micros(arrived.saturating_sub(sent)))
            .collect()
    }

    /// How many arrived more than once.
    pub fn repeated(&self) -> u64 {
        self.0.repeated.load(Ordering::Relaxed)
    }
}

/// A receiver that listens until it is dropped.
pub struct Receiver {
    address: String,
    state: Arc<State>,
}

struct State {
    delay: Duration,
    journal: Option<Journal>,
    received: AtomicU64,
    connections: AtomicU64,
    is_open: Mutex<bool>,
    opened: Condvar,
    stop: AtomicBool,
}

impl Receiver {
    /// Listens on a free port and answers each request after `delay`.
    pub fn start(delay: Duration, journal: Option<Journal>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no port for a receiver")?;
        let address = listener.local_addr()?.to_string();
        let state = Arc::new(State {
            delay,
            journal,
            received: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            is_open: Mutex::new(true),
            opened: Condvar::new(),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.stop.load(Ordering::Relaxed) {
                    return;
                }
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let state = Arc::clone(&shared);
                let thread = std::thread::Builder::new().stack_size(128 * 1024);
                // A connection that gets no thread is closed: the sender tries again.
                let _ = thread.spawn(move || {
                    let _ = state.serve(stream);
                });
            }
        })?;
        Ok(Self { address, state })
    }

    /// Where it takes webhooks.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// How many requests were answered.
    pub fn received(&self) -> u64 {
        self.state.received.load(Ordering::Relaxed)
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// Holds every request back, or lets all go on.
    pub fn set_open(&self, is_open: bool) {
        *self.state.is_open.lock().unwrap_or_else(PoisonError::into_inner) = is_open;
        self.state.opened.notify_all();
    }

    /// Waits until so many requests were answered, and says whether that happened in time.
    pub fn wait_for(&self, count: u64, limit: Duration) -> bool {
        let start = Instant::now();
        while self.received() < count {
            if start.elapsed() > limit {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::Relaxed);
        self.set_open(true);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(&self.address);
    }
}

impl State {
    fn serve(&self, stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let mut writer = stream.try_clone()?;
        let mut reader = BufReader::with_capacity(8 * 1024, stream);
        let (mut line, mut body) = (Vec::with_capacity(256), Vec::with_capacity(1024));
        loop {
            let Some(length) = read_head(&mut reader, &mut line)? else { return Ok(()) };
            body.resize(length, 0);
            reader.read_exact(&mut body)?;
            if let (Some(journal), Some(number)) = (&self.journal, number(&body)) {
                journal.arrived(number);
            }
            let mut is_open = self.is_open.lock().unwrap_or_else(PoisonError::into_inner);
            while !*is_open {
                is_open = self.opened.wait(is_open).unwrap_or_else(PoisonError::into_inner);
            }
            drop(is_open);
            if !self.delay.is_zero() {
                std::thread::sleep(self.delay);
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
            self.received.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Reads a request's head and gives the length of its body; `None` at the end of the connection.
fn read_head(reader: &mut impl BufRead, line: &mut Vec<u8>) -> anyhow::Result<Option<usize>> {
    let mut length = 0;
    let mut is_first = true;
    loop {
        line.clear();
        if reader.read_until(b'\n', line)? == 0 {
            return Ok(None);
        }
        let text = line.trim_ascii_end();
        if text.is_empty() && !is_first {
            return Ok(Some(length));
        }
        is_first = false;
        const NAME: &[u8] = b"content-length:";
        if text.len() > NAME.len() && text[..NAME.len()].eq_ignore_ascii_case(NAME) {
            length = std::str::from_utf8(&text[NAME.len()..])?.trim().parse()?;
        }
    }
}

/// The number in `"n":NUMBER`, which stands in the data of every event that is published here.
fn number(body: &[u8]) -> Option<u64> {
    const MARK: &[u8] = b"\"n\":";
    let at = body.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let digits = body[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |value, digit| value * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::super::http::Connection;
    use super::*;

    #[test]
    fn what_arrives_is_counted_and_timed() {
        let journal = Journal::new(3);
        let receiver = Receiver::start(Duration::from_millis(5), Some(journal.clone())).unwrap();
        journal.sent(1, Instant::now());
        let mut connection = Connection::open(&receiver.address).unwrap();
        for _ in 0..2 {
            let begin = Instant::now();
            let answer = connection.request("POST", "/hook", &[], br#"{"event":"x","data":{"n":1}}"#).unwrap();
            assert_eq!(answer.status, 200);
            assert!(begin.elapsed() >= Duration::from_millis(5));
        }
        assert!(receiver.wait_for(2, Duration::from_secs(5)));
        assert_eq!((receiver.connections(), journal.repeated(), journal.latencies().len()), (1, 1, 1));
    }

    #[test]
    fn a_closed_receiver_holds_requests_back() {
        let receiver = Receiver::start(Duration::ZERO, None).unwrap();
        receiver.set_open(false);
        let address = receiver.address.clone();
        let asker = std::thread::spawn(move || Connection::open(&address)?.request("POST", "/hook", &[], b"{}"));
        assert!(!receiver.wait_for(1, Duration::from_millis(50)));
        receiver.set_open(true);
        assert_eq!(asker.join().unwrap().unwrap().status, 200);
    }

    #[test]
    fn numbers_are_found_in_bodies() {
        assert_eq!(number(br#"{"event":"a","data":{"n":4711,"x":"y"}}"#), Some(4711));
        assert_eq!(number(b"{}"), None);
    }
}
