//! Mail: letters written by services, sent by the queue `mail` through the configured mail server.
//!
//! A letter waits in the task's payload, sealed by the vault: it may hold a link that signs somebody in. Without a mail server no
//! letter is enqueued, and an admin copies the link from the page instead.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use crate::config::{SmtpConfig, SmtpTls};
use crate::context::Context;
use crate::domain::id::OrgId;
use crate::fault::{Fault, Result};
use crate::queue::{NewTask, Outcome, Task, Worker};
use crate::store::Tx;

/// The queue letters wait in.
pub const QUEUE: &str = "mail";
/// The task that sends one letter.
const SEND: &str = "mail.send";
/// What a sealed letter is bound to.
const IDENTITY: &str = "tasks/mail.send";

/// A letter: a few paragraphs and at most one link.
#[derive(Clone, Serialize, Deserialize)]
pub struct Letter {
    /// To which address.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// What it says.
    pub paragraphs: Vec<String>,
    /// What to press: label and address.
    pub link: Option<(String, String)>,
    /// What stands below the link.
    pub closing: Option<String>,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl Letter {
    /// The letter as plain text.
    pub fn text(&self) -> String {
        let mut parts = self.paragraphs.clone();
        parts.extend(self.link.as_ref().map(|(label, address)| format!("{label}:\n{address}")));
        parts.extend(self.closing.clone());
        let mut text = parts.join("\n\n");
        text.push('\n');
        text
    }

    /// The letter as a simple page: no images, nothing loaded from outside.
    pub fn html(&self) -> String {
        let paragraph = |text: &str, style: &str| format!("<p style=\"margin:0 0 16px;{style}\">{}</p>", escape(text));
        let mut body: String = self.paragraphs.iter().map(|text| paragraph(text, "")).collect();
        if let Some((label, address)) = &self.link {
            let (label, address) = (escape(label), escape(address));
            body.push_str(&format!(
                "<p style=\"margin:0 0 16px\"><a href=\"{address}\" style=\"display:inline-block;padding:10px 16px;border-radius:6px;background:#006270;color:#ffffff;text-decoration:none\">{label}</a></p>\
                 <p style=\"margin:0 0 16px;font-size:12px;color:#546064;word-break:break-all\">{address}</p>"
            ));
        }
        if let Some(closing) = &self.closing {
            body.push_str(&paragraph(closing, "font-size:12px;color:#546064"));
        }
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
             <body style=\"margin:0;padding:24px;background:#ffffff\"><div style=\"max-width:520px;font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;color:#10171b\">\
             <p style=\"margin:0 0 24px;font-size:16px;font-weight:600;color:#006270\">Hirewire</p>{body}</div></body></html>",
            escape(&self.subject)
        )
    }
}

/// Enqueues a letter in the caller's transaction, if this server sends mail. Call [`crate::queue::Queue::wake`] after the commit.
/// Returns whether it will be sent.
///
/// # Errors
/// The store's, and [`crate::domain::error::ErrorCode::Internal`] if the vault has no key.
pub async fn enqueue(ctx: &Context, tx: &mut Tx, organization: Option<OrgId>, letter: &Letter) -> Result<bool> {
    if !ctx.site.sends_mail {
        return Ok(false);
    }
    let plain = serde_json::to_vec(letter).map_err(Fault::internal)?;
    let sealed = ctx.vault.seal(&plain, IDENTITY)?;
    let mut task = NewTask::new(QUEUE, SEND, &STANDARD.encode(sealed.bytes)).tries(8);
    task.organization = organization;
    ctx.queue.enqueue(tx, task).await?;
    Ok(true)
}

/// Sends letters. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A letter that was not sent, and whether trying again may help.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// What happened, for the log. It names no address.
    pub message: String,
    /// Whether trying again may help.
    pub is_transient: bool,
}

impl Mailer {
    /// A mailer for this server. Connects when the first letter is sent.
    ///
    /// # Errors
    /// If the host name cannot stand in a certificate.
    pub fn new(settings: &SmtpConfig) -> Result<Self> {
        let tls = |host: &str| TlsParameters::new(host.to_owned()).map_err(Fault::internal);
        let tls = match settings.tls {
            SmtpTls::StartTls => Tls::Required(tls(&settings.host)?),
            SmtpTls::Implicit => Tls::Wrapper(tls(&settings.host)?),
            SmtpTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.clone())
            .port(settings.port)
            .tls(tls)
            .timeout(Some(Duration::from_secs(30)));
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from: settings.from.clone() })
    }

    /// Sends one letter.
    ///
    /// # Errors
    /// [`SendError`], with whether trying again may help.
    pub async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        let message = self.message(letter).map_err(|message| SendError { message, is_transient: false })?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => {
                Err(SendError { message: "The mail server refused the letter.".to_owned(), is_transient: false })
            }
            Err(error) => {
                // The transport's own text names hosts and states, never the letter.
                Err(SendError { message: format!("The mail server could not take the letter: {error}"), is_transient: true })
            }
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, String> {
        let to: Mailbox = letter.to.parse().map_err(|_| "The address is not one a letter can go to.".to_owned())?;
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .multipart(MultiPart::alternative_plain_html(letter.text(), letter.html()))
            .map_err(|_| "The letter could not be written.".to_owned())
    }
}

/// Makes the worker of the queue `mail` send letters. Without a mail server it gives those up that were enqueued when there was one.
pub fn register(ctx: &Context, worker: Worker) -> Worker {
    let mailer = ctx.config.smtp.as_ref().and_then(|settings| match Mailer::new(settings) {
        Ok(mailer) => Some(mailer),
        Err(fault) => {
            fault.log();
            None
        }
    });
    handle(ctx, worker, mailer)
}

fn handle(ctx: &Context, worker: Worker, mailer: Option<Mailer>) -> Worker {
    let context = ctx.clone();
    worker.handle(SEND, 4, move |task| {
        let (context, mailer) = (context.clone(), mailer.clone());
        async move { send(&context, mailer, task).await }
    })
}

async fn send(ctx: &Context, mailer: Option<Mailer>, task: Task) -> Outcome {
    let Some(mailer) = mailer else { return Outcome::Fail("No mail server is configured any more.".to_owned()) };
    let letter = serde_json::from_str::<String>(&task.payload)
        .ok()
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|sealed| ctx.vault.open(&sealed, IDENTITY).ok())
        .and_then(|plain| serde_json::from_slice::<Letter>(plain.expose_secret()).ok());
    let Some(letter) = letter else { return Outcome::Fail("The letter cannot be read.".to_owned()) };
    match mailer.send(&letter).await {
        Ok(()) => Outcome::Done,
        Err(error) if error.is_transient => Outcome::Retry(error.message),
        Err(error) => Outcome::Fail(error.message),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::Clock;
    use crate::context::Site;
    use crate::store::testing;

    fn letter() -> Letter {
        Letter {
            to: "robin@example.com".to_owned(),
            subject: "Join Acme & Sons".to_owned(),
            paragraphs: vec!["Sam <sam@example.com> invites you.".to_owned()],
            link: Some(("Join".to_owned(), "https://hire.example/invitations/abc?x=1&y=2".to_owned())),
            closing: Some("The link works for seven days.".to_owned()),
        }
    }

    #[test]
    fn a_letter_says_the_same_in_text_and_html() {
        let letter = letter();
        assert_eq!(
            letter.text(),
            "Sam <sam@example.com> invites you.\n\nJoin:\nhttps://hire.example/invitations/abc?x=1&y=2\n\nThe link works for seven days.\n"
        );
        let html = letter.html();
        assert!(html.contains("Sam &lt;sam@example.com&gt; invites you."));
        assert!(html.contains("href=\"https://hire.example/invitations/abc?x=1&amp;y=2\""));
        assert!(!format!("{letter:?}").contains("abc"));
    }

    /// A mail server that takes one letter and gives back what it was told.
    async fn take_one(listener: TcpListener) -> String {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut heard, mut in_data) = (String::new(), false);
        write.write_all(b"220 test\r\n").await.expect("writes");
        while let Some(line) = lines.next_line().await.expect("reads") {
            heard.push_str(&line);
            heard.push('\n');
            let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
                "." if in_data => b"250 taken\r\n",
                _ if in_data => continue,
                "EHLO" => b"250 test\r\n",
                "DATA" => b"354 go\r\n",
                "QUIT" => b"221 bye\r\n",
                _ => b"250 ok\r\n",
            };
            in_data = line == "DATA";
            write.write_all(answer).await.expect("writes");
            if line == "." {
                break;
            }
        }
        heard
    }

    #[tokio::test]
    async fn a_letter_waits_sealed_and_is_sent_by_the_queue() {
        crate::install_crypto();
        let test = testing::sqlite().await;
        let mut ctx = Context::for_tests(test.db.clone(), Clock::system());
        let mut tx = ctx.store.begin().await.expect("begins");
        assert!(!enqueue(&ctx, &mut tx, None, &letter()).await.expect("no mail here"), "this server sends no mail");
        ctx.site = std::sync::Arc::new(Site { sends_mail: true, ..Site::clone(&ctx.site) });
        assert!(enqueue(&ctx, &mut tx, None, &letter()).await.expect("enqueues"));
        tx.commit().await.expect("commits");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let settings = SmtpConfig {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().expect("an address").port(),
            user: None,
            password: None,
            from: "Hirewire <hirewire@example.com>".parse().expect("an address"),
            tls: SmtpTls::None,
        };
        let server = tokio::spawn(take_one(listener));
        let ran =
            handle(&ctx, Worker::new(ctx.queue.clone(), QUEUE, "test", 4), Some(Mailer::new(&settings).expect("a mailer"))).drain().await;
        let heard = server.await.expect("the server ends");
        assert_eq!(ran, 1);
        assert!(heard.contains("RCPT TO:<robin@example.com>"), "{heard}");
        assert!(heard.contains("Subject: Join Acme & Sons") && heard.contains("text/html"), "{heard}");
        test.close().await;
    }
}
