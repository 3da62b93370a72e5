//! PostgreSQL goes away under load and comes back: nobody restarts anything.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::{Place, Publishers, Received, Running, postgres_programs, subscribe};

/// How long the database is away.
const AWAY: Duration = Duration::from_secs(6);
/// How long it may take to start.
const START_UP: Duration = Duration::from_secs(40);

/// A cluster of the test's own. It goes with this value.
pub struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// Makes and starts it.
    pub fn make(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        if is_root() {
            // PostgreSQL refuses to run as root.
            let owned = Command::new("chown").arg("postgres:").arg(folder.path()).status().expect("chown runs");
            assert!(owned.success());
        }
        let mut initdb = as_server(&programs.join("initdb"), folder.path());
        initdb.arg("-D").arg(folder.path().join("data")).args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"]);
        assert!(initdb.stdout(Stdio::null()).status().expect("initdb runs").success());
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let mut cluster = Self { programs, folder, port, server: None };
        cluster.start();
        cluster
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it and waits until it answers.
    pub fn start(&mut self) {
        let mut server = as_server(&self.programs.join("postgres"), self.folder.path());
        server.arg("-D").arg(self.folder.path().join("data")).args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", &format!("unix_socket_directories={}", self.folder.path().display()), "-c", "shared_buffers=32MB"]);
        self.server = Some(server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("postgres runs"));
        let begin = Instant::now();
        loop {
            let mut probe = Command::new(self.programs.join("pg_isready"));
            let is_ready =
                probe.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status().is_ok_and(|status| status.success());
            if is_ready && TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            assert!(begin.elapsed() < START_UP, "PostgreSQL did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it, its clients thrown out in the middle of what they do.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // SIGQUIT is PostgreSQL's immediate shutdown: nothing is finished, as after a crash.
        let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
        let _ = server.wait();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}

/// A program of PostgreSQL's, as its own user where we are root. It is that very process, so that signals reach it.
fn as_server(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig", "INT", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).stdin(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_arrives_after_the_database_was_away_without_a_restart() {
    let Some(programs) = postgres_programs() else {
        eprintln!("PostgreSQL's programs are not installed here: nothing to stop");
        return;
    };
    let mut cluster = Cluster::make(programs);
    let place = Place::at(&cluster.url());
    let ctx = place.context().await;
    let received = Received::default();
    let caller = subscribe(&ctx, &received.listen().await).await;
    let mut worker = Running::start(place.program(&["worker"]), "working");
    let publishers = Publishers::start(&ctx, &caller);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = received.len();
    assert!(before > 0, "messages arrive while the database is there");
    cluster.stop();
    tokio::time::sleep(AWAY).await;
    cluster.start();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let accepted = publishers.stop().await;
    assert!(accepted.len() > 100, "only {} events were accepted", accepted.len());
    received.all_of(&accepted).await;
    assert!(worker.is_alive(), "the worker outlived the outage");
    ctx.store.close().await;
}
