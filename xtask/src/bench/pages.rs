//! `bench pages`: the integrations page of a signed-in person with 30 integrations, and what the heaviest page makes a browser load.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;

use super::http::Connection;
use super::load;
use super::options::Options;
use super::server::{Build, Hirewire, attribute};
use crate::release::kilobytes;

const INTEGRATIONS: usize = 30;
const WARM_UP: Duration = Duration::from_secs(2);
/// Keep-alive connections, as a proxy in front holds them.
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// Measures and prints.
pub fn run(build: &Build, options: &Options) -> anyhow::Result<()> {
    for &database in &options.databases {
        println!("\n==> pages on {}", database.name());
        let hirewire = Hirewire::start(build, database, &[])?;
        connect(&hirewire)?;
        let cookie = hirewire.sign_in()?;
        let address = hirewire.server().address();
        let page = Connection::open(address)?.request("GET", "/integrations", std::slice::from_ref(&cookie), b"")?;
        ensure!(page.status == 200, "/integrations answered {}", page.status);
        println!("    GET /integrations, {} of HTML, {INTEGRATIONS} integrations, signed in", kilobytes(page.body.len()));
        println!("    {:<14}{:>14}{:>12}{:>12}{:>12}{:>14}", "connections", "requests/s", "p50", "p99", "CPU", "memory");
        for connections in CONNECTIONS {
            load::get(address, "/integrations", std::slice::from_ref(&cookie), connections, WARM_UP)?;
            let cpu = hirewire.server().cpu_seconds()?;
            let found = load::get(address, "/integrations", std::slice::from_ref(&cookie), connections, options.duration)?;
            let cpu = (hirewire.server().cpu_seconds()? - cpu) / options.duration.as_secs_f64();
            println!(
                "    {connections:<14}{:>14.0}{:>12}{:>12}{:>10.0} %{:>14}",
                found.per_second(),
                milliseconds(found.percentile(0.5)),
                milliseconds(found.percentile(0.99)),
                cpu * 100.0,
                megabytes(hirewire.server().memory()?),
            );
        }
        println!("    peak memory {}", megabytes(hirewire.server().peak_memory()?));
        if database == options.databases[0] {
            weigh(&hirewire, &cookie)?;
        }
    }
    Ok(())
}

/// Thirty integrations over the catalogue's available providers.
fn connect(hirewire: &Hirewire) -> anyhow::Result<()> {
    let catalogue = hirewire.call("GET", "/api/v1/integrations/providers", None)?;
    let entries = catalogue["data"].as_array().or(catalogue.as_array()).context("the catalogue is no list")?;
    let available: Vec<_> = entries.iter().filter(|entry| entry["availability"] == "available").collect();
    ensure!(!available.is_empty(), "no provider is available");
    for (number, entry) in available.iter().cycle().take(INTEGRATIONS).enumerate() {
        let body = json!({
            "name": format!("{} {}", entry["name"].as_str().unwrap_or("Integration"), number + 1),
            "provider": entry["slug"],
            "authType": entry["authType"],
            "config": {},
        });
        hirewire.call("POST", "/api/v1/integrations", Some(&body))?;
    }
    Ok(())
}

/// Prints what a first visit to each page of the navigation transfers.
fn weigh(hirewire: &Hirewire, cookie: &str) -> anyhow::Result<()> {
    let headers = [cookie.to_owned(), "accept-encoding: gzip".to_owned(), "accept: text/html".to_owned()];
    let mut connection = Connection::open(hirewire.server().address())?;
    let start = connection.request("GET", "/integrations", std::slice::from_ref(&headers[0]), b"")?.text();
    let mut pages: BTreeSet<String> = links(&start, "<a ", "href").into_iter().filter(|link| !link.contains("sign-out")).collect();
    pages.insert("/".to_owned());
    pages.insert("/integrations".to_owned());
    let mut weights = Vec::new();
    for path in pages {
        let plain = connection.request("GET", &path, &headers[..1], b"")?;
        let is_page = plain.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if plain.status != 200 || !is_page {
            continue;
        }
        let mut total = transferred(&mut connection, &path, &headers)?;
        let mut parts = vec![format!("page {}", kilobytes(total))];
        for asset in assets(&plain.text()) {
            let size = transferred(&mut connection, &asset, &headers)?;
            parts.push(format!("{} {}", asset.rsplit('/').next().unwrap_or(&asset), kilobytes(size)));
            total += size;
        }
        weights.push((total, path, parts.join(", ")));
    }
    weights.sort();
    println!("\n    what a first visit transfers, gzipped ({} pages weighed)", weights.len());
    for (total, path, parts) in weights.iter().rev().take(5) {
        println!("    {path:<32}{:>12}  {parts}", kilobytes(*total));
    }
    Ok(())
}

/// Bytes of an answer's body on the wire. A file that the server does not compress counts in full.
fn transferred(connection: &mut Connection, path: &str, headers: &[String]) -> anyhow::Result<usize> {
    let response = connection.request("GET", path, headers, b"")?;
    ensure!(response.status == 200, "{path} answered {}", response.status);
    Ok(response.body.len())
}

/// What the page makes the browser fetch: styles, scripts, what they preload, pictures.
fn assets(html: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = links(html, "<script", "src").into_iter().chain(links(html, "<img", "src")).collect();
    found.extend(links(html, "<link", "href"));
    // The loader fetches the wasm file even where nothing preloads it.
    if html.contains("hirewire.js") {
        found.insert("/pkg/hirewire_bg.wasm".to_owned());
    }
    found
}

/// The addresses on this server in an attribute of each such tag.
fn links(html: &str, tag: &str, name: &str) -> Vec<String> {
    let tags = html.split(tag).skip(1).filter_map(|rest| rest.split('>').next());
    let values = tags.filter_map(|tag| attribute(&format!(" {tag}"), name));
    values
        .filter(|link| link.starts_with('/') && !link.starts_with("//"))
        .map(|link| link.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// Megabytes of a million bytes.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_those_a_browser_fetches() {
        let html = r##"<link rel="stylesheet" href="/pkg/hirewire.css"><link rel="modulepreload" href="/pkg/hirewire.js">
            <script type="module" src="/theme.js"></script><img src="https://elsewhere.test/x.png"><a href="/jobs#top">"##;
        let found: Vec<_> = assets(html).into_iter().collect();
        assert_eq!(found, ["/pkg/hirewire.css", "/pkg/hirewire.js", "/pkg/hirewire_bg.wasm", "/theme.js"]);
        assert_eq!(links(html, "<a ", "href"), ["/jobs"]);
    }
}
