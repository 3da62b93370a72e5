//! Programs that check our signatures, for people to copy. They are files of their own, and the tests run them.

/// One program.
#[derive(Debug, Clone, Copy)]
pub struct Snippet {
    /// The language, as a short name for addresses.
    pub name: &'static str,
    /// The language, as people write it.
    pub title: &'static str,
    /// The program.
    pub code: &'static str,
}

/// Every program.
pub const ALL: &[Snippet] = &[
    Snippet { name: "curl", title: "curl: send your receiver a signed message", code: include_str!("snippets/send.sh") },
    Snippet { name: "node", title: "Node.js", code: include_str!("snippets/verify.mjs") },
    Snippet { name: "python", title: "Python", code: include_str!("snippets/verify.py") },
    Snippet { name: "rust", title: "Rust", code: include_str!("snippets/verify.rs") },
    Snippet { name: "go", title: "Go", code: include_str!("snippets/verify.go") },
];

/// The Rust program is compiled with the tests.
#[cfg(test)]
#[path = "snippets/verify.rs"]
mod rust;

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use chrono::Utc;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Clock;
    use crate::domain::id::WebhookId;
    use crate::webhooks::outbound::sign::{Message, Secret, Signer, headers, verify_hex, verify_standard};

    const BODY: &[u8] = "{\"event\":\"job.created\",\"data\":{\"note\":\"Zo\u{eb} <b> \\u003c\"}}".as_bytes();
    const SECRETS: [&str; 2] = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "webhook_secret"];

    fn code(name: &str) -> &'static str {
        ALL.iter().find(|snippet| snippet.name == name).map(|snippet| snippet.code).expect(name)
    }

    /// A real message: its id, time and signatures.
    fn message(secret: &str, at: chrono::DateTime<Utc>) -> [String; 3] {
        let current = Signer { secret: Secret::parse(secret).expect("valid"), key: None };
        let previous = Signer { secret: Secret::from_random([1; 32]), key: None };
        let message = Message { event: "job.created", webhook: WebhookId(Uuid::nil()), message_id: "msg_1", at, body: BODY };
        // The one that fits comes second, as it does for a receiver that has not changed over yet.
        let headers = headers(message, &previous, Some(&current));
        ["webhook-id", "webhook-timestamp", "webhook-signature"]
            .map(|name| headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.clone()).expect(name))
    }

    /// Runs a program with the message's parts as arguments and the body on its input; `None` where the language is not installed.
    fn run(program: &str, arguments: &[&str], secret: &str, message: &[String; 3], body: &[u8]) -> Option<bool> {
        let mut command = Command::new(program);
        command.args(arguments).arg(secret).args(message).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().ok()?;
        child.stdin.take().expect("piped").write_all(body).expect("it reads");
        Some(child.wait().expect("it ends").success())
    }

    fn check(verify: impl Fn(&str, &[String; 3], &[u8]) -> Option<bool>) {
        let now = Clock::system().now();
        for secret in SECRETS {
            let genuine = message(secret, now);
            if verify(secret, &genuine, BODY).is_none() {
                return;
            }
            assert_eq!(verify(secret, &genuine, BODY), Some(true));
            assert_eq!(verify(secret, &genuine, b"{}"), Some(false), "another body");
            assert_eq!(verify("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", &genuine, BODY), Some(false), "another secret");
            let mut other = genuine.clone();
            other[0] = "msg_2".to_owned();
            assert_eq!(verify(secret, &other, BODY), Some(false), "another id");
            assert_eq!(verify(secret, &message(secret, now - chrono::TimeDelta::minutes(6)), BODY), Some(false), "too old");
            for odd in ["", "soon", "1e9"] {
                let mut other = genuine.clone();
                other[1] = odd.to_owned();
                assert_eq!(verify(secret, &other, BODY), Some(false), "{odd}");
            }
            let mut other = genuine;
            other[2] = other[2].replace("v1,", "v2,");
            assert_eq!(verify(secret, &other, BODY), Some(false), "another version");
        }
    }

    #[test]
    fn the_rust_program_checks_a_real_message() {
        let now = Clock::system().now().timestamp();
        check(|secret, [id, timestamp, signatures], body| Some(rust::verify(secret, id, timestamp, signatures, body, now)));
    }

    #[test]
    fn the_python_program_checks_a_real_message() {
        let program = format!(
            "{}\nimport sys\nsecret, *values = sys.argv[1:]\nnames = ['webhook-id', 'webhook-timestamp', 'webhook-signature']\n\
             sys.exit(0 if verify(secret, dict(zip(names, values)), sys.stdin.buffer.read()) else 1)",
            code("python")
        );
        check(|secret, message, body| run("python3", &["-c", &program], secret, message, body));
    }

    #[test]
    fn the_node_program_checks_a_real_message() {
        let program = format!(
            "{}\nimport {{ readFileSync }} from 'node:fs';\nconst [secret, id, timestamp, signature] = process.argv.slice(1);\n\
             const headers = {{ 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }};\n\
             process.exit(verify(secret, headers, readFileSync(0)) ? 0 : 1);",
            code("node")
        );
        check(|secret, message, body| run("node", &["--input-type=module", "-e", &program, "--"], secret, message, body));
    }

    #[test]
    fn the_curl_program_signs_as_we_do() {
        // A curl that prints what it is given, one argument a line.
        let folder = tempfile::tempdir().expect("a folder");
        let curl = folder.path().join("curl");
        std::fs::write(&curl, "#!/bin/sh\nfor argument in \"$@\"; do printf '%s\\n' \"$argument\"; done\n").expect("written");
        std::fs::write(folder.path().join("send.sh"), code("curl")).expect("written");
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
        let is_made = Command::new("chmod").arg("+x").arg(&curl).status().is_ok_and(|status| status.success());
        let has_openssl = Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_ok();
        if !is_made || !has_openssl {
            return;
        }
        for text in SECRETS {
            let mut command = Command::new("bash");
            command.arg(folder.path().join("send.sh")).arg("https://example.com/hooks").env("PATH", &path).env("WEBHOOK_SECRET", text);
            let output = command.output().expect("bash runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let said = String::from_utf8(output.stdout).expect("text");
            let header = |name: &str| {
                let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned));
                line.unwrap_or_else(|| panic!("{name}: {said}"))
            };
            let body = said.lines().find(|line| line.starts_with('{')).expect("a body").as_bytes();
            let secret = Secret::parse(text).expect("valid");
            let (id, at, signature) = (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"));
            assert_eq!(verify_standard(&secret, &id, &at, &signature, body, Clock::system().now()), Ok(()));
            assert_eq!(verify_hex(&secret, &header("X-Webhook-Signature"), body), Ok(()));
        }
    }

    #[test]
    fn no_program_holds_a_secret() {
        assert!(ALL.iter().all(|snippet| snippet.code.len() > 500 && SECRETS.iter().all(|secret| !snippet.code.contains(secret))));
        assert!(code("go").contains("hmac.Equal"));
    }
}
