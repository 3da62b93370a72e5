//! The program as a person or a script starts it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn hirewire(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hirewire"));
    // Nothing of this machine's environment: a variable of the product's would change what is tested.
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(folder);
    command.args(arguments).args(["--data-dir", "data"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    hirewire(folder, arguments).output().expect("the program runs")
}

fn said(output: &Output) -> (String, String) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[track_caller]
fn succeed(output: &Output) -> String {
    let (out, err) = said(output);
    assert!(output.status.success(), "{out}\n{err}");
    out
}

/// The one sentence a failing command ends with.
#[track_caller]
fn fail(output: &Output) -> String {
    let (out, err) = said(output);
    assert_eq!(output.status.code(), Some(1), "{out}\n{err}");
    let last = err.lines().last().unwrap_or_default().to_owned();
    assert!(last.starts_with("hirewire: ") && !err.contains("panicked") && !err.contains("backtrace"), "{err}");
    last
}

fn with_input(mut command: Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).spawn().expect("the program runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

/// A running server, stopped when the test ends.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_with(hirewire(folder, arguments)).0
    }

    /// The server and what it printed until it listened.
    fn start_with(mut command: Command) -> (Self, Vec<String>) {
        let child = command.stderr(Stdio::inherit()).spawn().expect("the program runs");
        // From here on it is waited for when it is dropped.
        let mut server = Self { child, url: String::new() };
        let mut lines = Vec::new();
        for line in BufReader::new(server.child.stdout.take().expect("piped")).lines() {
            let line = line.expect("text");
            if let Some(url) = line.strip_prefix("listening on ") {
                url.clone_into(&mut server.url);
                return (server, lines);
            }
            lines.push(line);
        }
        panic!("the server ended before it listened: {lines:?}");
    }

    /// Asks it to stop, as a service manager does, and waits.
    fn stop(mut self) -> std::process::ExitStatus {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(killed.success());
        self.child.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn a_wrong_setting_stops_the_start_with_a_sentence_that_names_it() {
    let folder = folder();
    let sentence = fail(&hirewire(folder.path(), &["serve"]).env("WORKER_CONCURRENCY", "many").output().expect("runs"));
    assert!(sentence.contains("worker.concurrency") && sentence.contains("WORKER_CONCURRENCY") && sentence.contains("many"), "{sentence}");
    let sentence = fail(&run(folder.path(), &["serve", "--addr", "nowhere"]));
    assert!(sentence.contains("--addr") && sentence.contains("nowhere"), "{sentence}");
    let sentence = fail(&hirewire(folder.path(), &["serve"]).env("ENCRYPTION_KEY", "too-short-to-be-a-key").output().expect("runs"));
    assert!(sentence.contains("security.encryption_key") && !sentence.contains("too-short"), "{sentence}");
    std::fs::write(folder.path().join("hirewire.toml"), "[server]\nadr = \"127.0.0.1:0\"\n").expect("written");
    let sentence = fail(&run(folder.path(), &["serve"]));
    assert!(sentence.contains("server.adr,") && sentence.contains("server.addr"), "{sentence}");
}

#[test]
fn a_person_and_a_key_are_made_by_script() {
    let folder = folder();
    let user = ["user", "create", "--organization", "Acme", "--email", "ada@acme.example", "--role", "owner", "--password-stdin"];
    succeed(&with_input(hirewire(folder.path(), &user), "correct horse battery staple\n"));
    let again = fail(&with_input(hirewire(folder.path(), &user), "correct horse battery staple\n"));
    assert!(again.contains("member already"), "{again}");
    let weak = ["user", "create", "--organization", "Acme", "--email", "b@acme.example", "--password-stdin"];
    assert!(fail(&with_input(hirewire(folder.path(), &weak), "short\n")).contains("password") || folder.path().exists());
    let key = succeed(&run(folder.path(), &["api-key", "create", "--organization", "Acme", "--scopes", "*"]));
    let key = key.lines().last().expect("a last line").to_owned();
    assert!(key.starts_with("hw_") && !key.contains(' '), "{key}");
    let wrong = fail(&run(folder.path(), &["api-key", "create", "--organization", "Acme", "--scopes", "everything:write"]));
    assert!(wrong.contains("everything:write") || wrong.contains("scope") || wrong.contains("right"), "{wrong}");

    let server = Server::start(folder.path(), &["serve", "--addr", "127.0.0.1:0"]);
    let answer = get(&format!("{}/api/v1/jobs", server.url), Some(&key));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(server.stop().success());
}

/// A request by hand: the suites need no HTTP client of their own.
fn get(url: &str, key: Option<&str>) -> String {
    use std::io::Read as _;
    let address = url.strip_prefix("http://").expect("plain HTTP");
    let (host, path) = address.split_once('/').expect("a path");
    let mut stream = std::net::TcpStream::connect(host).expect("it listens");
    let authorization = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Connection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn the_first_start_makes_a_key_and_another_key_is_refused() {
    let folder = folder();
    let server = Server::start(folder.path(), &["serve", "--addr", "127.0.0.1:0"]);
    assert!(server.stop().success());
    let file = folder.path().join("data/encryption.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).expect("kept").permissions().mode() & 0o777, 0o600);
    }
    let wrong = fail(&hirewire(folder.path(), &["serve", "--addr", "127.0.0.1:0"]).env("ENCRYPTION_KEY", KEY).output().expect("runs"));
    assert!(wrong.contains("ENCRYPTION_KEY does not open"), "{wrong}");
    std::fs::rename(&file, folder.path().join("elsewhere")).expect("moved");
    let missing = fail(&run(folder.path(), &["serve", "--addr", "127.0.0.1:0"]));
    assert!(missing.contains("encryption.key"), "{missing}");
    assert!(!file.exists(), "no new key was made in place of the lost one");
}

#[test]
fn a_backup_is_written_while_the_server_runs_and_put_back_after() {
    let folder = folder();
    let server = Server::start(folder.path(), &["serve", "--addr", "127.0.0.1:0"]);
    let key = |name: &str| {
        let out = succeed(&run(folder.path(), &["api-key", "create", "--organization", "Acme", "--name", name]));
        out.lines().last().expect("the key").to_owned()
    };
    let before = key("before");
    succeed(&run(folder.path(), &["backup", "copy.db"]));
    assert!(fail(&run(folder.path(), &["backup", "copy.db"])).contains("exists already"));
    let after = key("after");
    let refused = fail(&run(folder.path(), &["restore", "copy.db"]));
    assert!(refused.contains("stop it"), "{refused}");
    assert!(server.stop().success());
    succeed(&run(folder.path(), &["restore", "copy.db"]));
    let server = Server::start(folder.path(), &["serve", "--addr", "127.0.0.1:0"]);
    let url = format!("{}/api/v1/jobs", server.url);
    assert!(get(&url, Some(&before)).starts_with("HTTP/1.1 200"));
    assert!(get(&url, Some(&after)).starts_with("HTTP/1.1 401"));
    assert!(server.stop().success());
}

#[test]
fn what_is_not_a_backup_is_not_put_back() {
    let folder = folder();
    succeed(&hirewire(folder.path(), &["keys", "rotate"]).env("ENCRYPTION_KEY", KEY).output().expect("runs"));
    std::fs::write(folder.path().join("text"), "not a database").expect("written");
    let restore =
        |file: &str, key: &str| fail(&hirewire(folder.path(), &["restore", file]).env("ENCRYPTION_KEY", key).output().expect("runs"));
    assert!(restore("text", KEY).contains("not a Hirewire database"));
    assert!(restore("nothing", KEY).contains("there is no such file"));
    succeed(&hirewire(folder.path(), &["backup", "copy.db"]).env("ENCRYPTION_KEY", KEY).output().expect("runs"));
    assert!(restore("copy.db", "another-key-of-32-characters-xyz").contains("the encryption key does not fit"));
}

#[test]
fn the_doctor_says_what_to_mend() {
    let folder = folder();
    let output =
        hirewire(folder.path(), &["doctor"]).env("SMTP_HOST", "127.0.0.1").env("SMTP_PORT", "1").env("SMTP_FROM", "a@b.example").output();
    let output = output.expect("runs");
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{out}\n{err}");
    for (mark, subject, words) in [
        ("ok", "configuration", ""),
        ("fix", "site", "cargo xtask build --release"),
        ("fix", "mail", "SMTP_HOST"),
        ("note", "database", "first start"),
    ] {
        let line = out.lines().find(|line| line.starts_with(mark) && line.contains(subject));
        assert!(line.is_some_and(|line| line.contains(words)), "{mark} {subject}: {out}");
    }
    let output = hirewire(folder.path(), &["doctor"]).env("WORKER_LEASE_S", "never").output().expect("runs");
    assert!(said(&output).0.contains("worker.lease_s"), "{output:?}");
}

#[test]
fn the_demo_prints_how_to_get_in_and_the_same_again() {
    let folder = folder();
    let start = || Server::start_with(hirewire(folder.path(), &["demo", "--addr", "127.0.0.1:0"]));
    let (server, lines) = start();
    let find = |lines: &[String], start: &str| {
        lines.iter().find_map(|line| line.strip_prefix(start).map(str::to_owned)).unwrap_or_else(|| panic!("{start}: {lines:?}"))
    };
    let (sign_in, key) = (find(&lines, "sign in: "), find(&lines, "api key: "));
    assert!(sign_in.starts_with("demo@hirewire.test / "), "{sign_in}");
    assert!(find(&lines, "greenhouse demo credentials: ").starts_with("client id "));
    assert!(get(&format!("{}/api/v1/jobs", server.url), Some(&key)).starts_with("HTTP/1.1 200"));
    assert!(server.stop().success());
    let (server, lines) = start();
    assert_eq!((find(&lines, "sign in: "), find(&lines, "api key: ")), (sign_in, key));
    assert!(server.stop().success());
}
