//! A small HTTP/1.1 client over blocking sockets: one connection, kept alive.
//!
//! Made for measuring on the very machine that serves: it spends as little as it can of the processor it shares with the server, and it
//! keeps a large client out of a tool that is compiled before anything else. Plain HTTP to 127.0.0.1 only.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One answer.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it travelled (compressed where it was).
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, for an answer in the two hundreds.
    pub fn json(&self) -> anyhow::Result<Value> {
        ensure!((200..300).contains(&self.status), "the server answered {}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).with_context(|| format!("the answer is not JSON: {}", self.text()))
    }
}

/// One connection.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Connects to `HOST:PORT`.
    pub fn open(address: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { address: address.to_owned(), stream: BufReader::with_capacity(64 * 1024, stream) })
    }

    /// The bytes of a request; `headers` are complete lines without their ends.
    pub fn encode(&self, method: &str, path: &str, headers: &[String], body: &[u8]) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        if !body.is_empty() || method == "POST" {
            text.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    /// Sends a request and reads its answer.
    pub fn request(&mut self, method: &str, path: &str, headers: &[String], body: &[u8]) -> anyhow::Result<Response> {
        let bytes = self.encode(method, path, headers, body);
        self.exchange(&bytes)
    }

    /// Sends bytes made by [`Connection::encode`] and reads the answer.
    pub fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Response> {
        self.stream.get_mut().write_all(request)?;
        read_response(&mut self.stream)
    }
}

/// Reads one answer to a GET or a POST.
fn read_response(stream: &mut impl BufRead) -> anyhow::Result<Response> {
    let mut line = String::new();
    ensure!(stream.read_line(&mut line)? > 0, "the server closed the connection");
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).with_context(|| format!("no status line: {line:?}"))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let mut response = Response { status, headers, body: Vec::new() };
    if [204, 304].contains(&status) {
        return Ok(response);
    }
    if response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).context("a chunk without its size")?;
            let start = response.body.len();
            // The two bytes behind a chunk are its line end.
            response.body.resize(start + size + 2, 0);
            stream.read_exact(&mut response.body[start..])?;
            response.body.truncate(start + size);
            if size == 0 {
                return Ok(response);
            }
        }
    }
    match response.header("content-length").map(str::parse::<usize>) {
        Some(Ok(size)) => {
            response.body.resize(size, 0);
            stream.read_exact(&mut response.body)?;
        }
        Some(Err(_)) => bail!("content-length is no number"),
        None => bail!("the answer says neither its length nor that it comes in chunks"),
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Response> {
        read_response(&mut text.as_bytes())
    }

    #[test]
    fn both_ways_to_send_a_body_are_read() {
        let plain = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhellorest").unwrap();
        assert_eq!((plain.status, plain.text().as_str(), plain.header("x-a")), (200, "hello", Some("b")));
        let chunked = read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n").unwrap();
        assert_eq!(chunked.text(), "hello");
        assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n").unwrap().status, 204);
        assert!(read("HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(read("").is_err());
    }
}
