//! The programs under measurement: the release build as a server, with an account to use it by.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::http::Connection;
use super::options::Options;
use crate::postgres::{Cluster, Durability};
use crate::process::{self, Running};
use crate::run::leptos;

/// How long a server may take to print its address.
const START_UP: Duration = Duration::from_secs(60);

/// The password of the measuring account.
const PASSWORD: &str = "measure-twice-cut-once";
/// Its address.
const EMAIL: &str = "bench@hirewire.test";
/// Its organization.
pub const ORGANIZATION: &str = "Bench";

/// The release build.
pub struct Build {
    binary: PathBuf,
    site: PathBuf,
}

impl Build {
    /// Builds what is out of date; a program named by the options is taken as it is, with the site beside it or of the last build.
    pub fn new(root: &Path, options: &Options) -> anyhow::Result<Self> {
        let folder = root.join("target/deploy");
        if let Some(binary) = &options.binary {
            let binary = fs::canonicalize(binary).with_context(|| format!("there is no program {}", binary.display()))?;
            println!("==> measuring {} as it is", binary.display());
            return Ok(Self { binary, site: folder.join("site") });
        }
        crate::release::deploy(root)?;
        Ok(Self { binary: folder.join("hirewire"), site: folder.join("site") })
    }

    /// The program with its surroundings, before its arguments.
    pub fn command(&self) -> Command {
        let mut command = process::command(&self.binary);
        command.envs(leptos(&self.site)).env("RUST_LOG", "warn");
        // Limits are for strangers; a measurement wants to know what is behind them.
        for name in ["RATE_LIMIT_PER_KEY", "RATE_LIMIT_PER_ADDRESS", "RATE_LIMIT_SIGN_IN", "RATE_LIMIT_ACTIONS"] {
            command.env(name, "0");
        }
        command
    }
}

/// Which database a measurement runs on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Database {
    /// A SQLite file in the data folder.
    Sqlite,
    /// A throw-away PostgreSQL that waits for its disk like a real one.
    Postgres,
}

impl Database {
    /// Both, in the order they are measured.
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A process that serves HTTP on a port of the system's choice.
pub struct Server {
    running: Running,
    address: String,
}

impl Server {
    /// Starts the command and waits for `listening on http://HOST:PORT`. Its output goes to `log`.
    fn start(command: &mut Command, log: &Path) -> anyhow::Result<Self> {
        let mut file = fs::File::create(log)?;
        command.stdout(Stdio::piped()).stderr(file.try_clone()?);
        let mut running = Running::start(command, "TERM")?;
        let stdout = running.child.stdout.take().context("standard output is piped")?;
        let (sender, receiver) = mpsc::channel();
        // Reads on after the address: a full pipe would stop the server.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = writeln!(file, "{line}");
                if let Some(address) = listening(&line) {
                    let _ = sender.send(address.to_owned());
                }
            }
        });
        match receiver.recv_timeout(START_UP) {
            Ok(address) => Ok(Self { running, address }),
            Err(_) => {
                drop(running);
                bail!("the server printed no address:\n{}", fs::read_to_string(log).unwrap_or_default())
            }
        }
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Memory held now, in bytes.
    pub fn memory(&self) -> anyhow::Result<u64> {
        status_bytes(self.running.id(), "VmRSS")
    }

    /// The most memory ever held, in bytes.
    pub fn peak_memory(&self) -> anyhow::Result<u64> {
        status_bytes(self.running.id(), "VmHWM")
    }

    /// Processor time spent so far, in seconds, user and system.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        // Source: proc(5): fields 14 and 15 after the name in brackets, in hundredths of a second on Linux.
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.running.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).context("unknown form of /proc/PID/stat");
        Ok((ticks(11)? + ticks(12)?) / 100.0)
    }
}

/// The `HOST:PORT` in a server's line about itself.
fn listening(line: &str) -> Option<&str> {
    let rest = &line[line.find("listening on http://")? + "listening on http://".len()..];
    rest.split(|character: char| character.is_whitespace() || character == '/').next()
}

/// A line of /proc/PID/status in bytes. For `VmHWM:    1234 kB` that is 1234 * 1024.
fn status_bytes(process: u32, field: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("memory is read from /proc, which only Linux has")?;
    let line = status.lines().find(|line| line.starts_with(field)).with_context(|| format!("no {field} for process {process}"))?;
    let kib: u64 =
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).with_context(|| format!("unknown form: {line}"))?;
    Ok(kib * 1024)
}

/// A server with its database, one organization, its owner and an API key.
pub struct Hirewire {
    // Stopped in this order.
    server: Server,
    _cluster: Option<Cluster>,
    folder: PathBuf,
    key: String,
    surroundings: Vec<(String, String)>,
}

impl Hirewire {
    /// Starts `hirewire serve` on a fresh database; `settings` are further environment variables.
    pub fn start(build: &Build, database: Database, settings: &[(&str, String)]) -> anyhow::Result<Self> {
        let cluster = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(Cluster::start(Durability::Full)?),
        };
        let folder = process::temporary_folder("bench")?;
        let prepare = |arguments: &[&str]| {
            let mut command = build.command();
            command.args(arguments).arg("--data-dir").arg(&folder).envs(settings.iter().map(|(name, value)| (*name, value)));
            if let Some(cluster) = &cluster {
                command.env("DATABASE_URL", cluster.url());
            }
            command
        };
        // Migrates and makes the key of the vault before anything else does.
        process::run(prepare(&["migrate"]).stdout(Stdio::null()))?;
        let mut user =
            prepare(&["user", "create", "--organization", ORGANIZATION, "--email", EMAIL, "--role", "owner", "--password-stdin"]);
        feed(&mut user, PASSWORD)?;
        let printed = process::output(&mut prepare(&["api-key", "create", "--organization", ORGANIZATION, "--scopes", "*"]))?;
        let key = printed.lines().last().unwrap_or_default().trim().to_owned();
        ensure!(key.starts_with("hw_"), "`api-key create` printed no key on its last line:\n{printed}");
        let server = Server::start(&mut prepare(&["serve", "--addr", "127.0.0.1:0"]), &folder.join("server.log"))?;
        let mut surroundings: Vec<_> = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        surroundings.extend(cluster.as_ref().map(|cluster| ("DATABASE_URL".to_owned(), cluster.url().to_owned())));
        Ok(Self { server, _cluster: cluster, folder, key, surroundings })
    }

    /// Another command of the program on the same database, while the server runs.
    pub fn command(&self, build: &Build, arguments: &[&str]) -> Command {
        let mut command = build.command();
        command.args(arguments).arg("--data-dir").arg(&self.folder);
        command.envs(self.surroundings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The header that names the key.
    pub fn authorization(&self) -> String {
        format!("authorization: Bearer {}", self.key)
    }

    /// What the server wrote to its log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("server.log")).unwrap_or_default()
    }

    /// The server itself.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Calls the API with the key and gives the JSON of a successful answer.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let headers = [self.authorization(), "content-type: application/json".to_owned()];
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut connection = Connection::open(self.server.address())?;
        connection.request(method, path, &headers, body.as_bytes())?.json().with_context(|| format!("{method} {path}"))
    }

    /// Signs the owner in through the page's own form and gives the `Cookie` header.
    pub fn sign_in(&self) -> anyhow::Result<String> {
        let mut connection = Connection::open(self.server.address())?;
        let page = connection.request("GET", "/sign-in", &[], b"")?;
        let mut cookies = Vec::new();
        keep_cookies(&page, &mut cookies);
        let form = Form::with_password(&page.text()).context("/sign-in has no form with a password")?;
        let body = form.filled(EMAIL, PASSWORD);
        let headers = [
            format!("origin: http://{}", self.server.address()),
            format!("referer: http://{}/sign-in", self.server.address()),
            "sec-fetch-site: same-origin".to_owned(),
            "accept: text/html".to_owned(),
            "content-type: application/x-www-form-urlencoded".to_owned(),
            format!("cookie: {}", cookies.join("; ")),
        ];
        let answer = connection.request("POST", &form.action, &headers, body.as_bytes())?;
        ensure!([302, 303].contains(&answer.status), "signing in answered {}: {}", answer.status, answer.text());
        let target = answer.header("location").unwrap_or_default();
        ensure!(!target.contains("sign-in"), "signing in was refused: it leads to {target}");
        keep_cookies(&answer, &mut cookies);
        Ok(format!("cookie: {}", cookies.join("; ")))
    }
}

impl Drop for Hirewire {
    fn drop(&mut self) {
        // The server may write while it stops; the folder goes for good when this process ends.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The simulators alone.
pub fn sandbox(build: &Build, arguments: &[&str]) -> anyhow::Result<Server> {
    let folder = process::temporary_folder("sandbox")?;
    Server::start(build.command().args(["sandbox", "--addr", "127.0.0.1:0"]).args(arguments), &folder.join("sandbox.log"))
}

/// Runs a command with text on its standard input.
fn feed(command: &mut Command, text: &str) -> anyhow::Result<()> {
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut running = Running::start(command, "TERM")?;
    if let Some(mut stdin) = running.child.stdin.take() {
        writeln!(stdin, "{text}")?;
    }
    let status = running.wait()?;
    ensure!(status.success(), "`hirewire user create` ended with {status}");
    Ok(())
}

/// Takes over what the answer sets; a later value replaces an earlier one.
fn keep_cookies(answer: &super::http::Response, cookies: &mut Vec<String>) {
    for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
        let pair = value.split(';').next().unwrap_or_default().to_owned();
        let name = pair.split('=').next().unwrap_or_default().to_owned();
        cookies.retain(|known| known.split('=').next() != Some(name.as_str()));
        cookies.push(pair);
    }
}

/// A form as a browser without JavaScript would send it.
#[derive(Debug, PartialEq)]
struct Form {
    action: String,
    /// Names, types and values of its inputs.
    inputs: Vec<(String, String, String)>,
}

impl Form {
    /// The first form on the page that asks for a password.
    fn with_password(html: &str) -> Option<Self> {
        html.split("<form").skip(1).find_map(|rest| {
            let form = rest.split("</form>").next()?;
            let action = attribute(form.split('>').next()?, "action")?;
            let inputs: Vec<_> = form
                .split("<input")
                .skip(1)
                .filter_map(|rest| {
                    let tag = rest.split('>').next()?;
                    let kind = attribute(tag, "type").unwrap_or_else(|| "text".to_owned());
                    Some((attribute(tag, "name")?, kind, attribute(tag, "value").unwrap_or_default()))
                })
                .collect();
            inputs.iter().any(|(_, kind, _)| kind == "password").then_some(Self { action, inputs })
        })
    }

    fn filled(&self, email: &str, password: &str) -> String {
        let pairs = self.inputs.iter().filter(|(_, kind, _)| kind != "checkbox" && kind != "submit").map(|(name, kind, value)| {
            let value = match kind.as_str() {
                "email" | "text" => email,
                "password" => password,
                _ => value,
            };
            format!("{}={}", escape(name), escape(value))
        });
        pairs.collect::<Vec<_>>().join("&")
    }
}

/// The value of an attribute within a tag, with the few entities that occur in attributes.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[start..].split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_line() {
        assert_eq!(listening("listening on http://127.0.0.1:4711"), Some("127.0.0.1:4711"));
        assert_eq!(listening("12:00 INFO listening on http://127.0.0.1:1/ (demo)"), Some("127.0.0.1:1"));
        assert_eq!(listening("starting"), None);
    }

    #[test]
    fn the_sign_in_form_is_filled_like_a_browser_does() {
        let html = r#"<form action="/search"><input name="q"></form>
            <form method="post" action="/fn/sign-in?a=1&amp;b=2"><input type="hidden" name="next" value="/jobs">
            <input type="email" name="email"><input type="password" name="password"><button>Sign in</button></form>"#;
        let form = Form::with_password(html).unwrap();
        assert_eq!(form.action, "/fn/sign-in?a=1&b=2");
        assert_eq!(form.filled("a@b.c", "x y"), "next=%2Fjobs&email=a%40b.c&password=x%20y");
        assert_eq!(Form::with_password("<form action=\"/x\"><input name=\"q\"></form>"), None);
    }

    #[test]
    fn our_own_memory_can_be_read() {
        if Path::new("/proc/self/status").exists() {
            let id = std::process::id();
            assert!(status_bytes(id, "VmRSS").unwrap() > 100_000);
            assert!(status_bytes(id, "VmHWM").unwrap() >= status_bytes(id, "VmRSS").unwrap());
        }
    }
}
