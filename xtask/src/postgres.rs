//! A throw-away PostgreSQL: a cluster of this run's own, on a free port, gone with it.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::process::{self, Running};
use crate::site::Timer;
use crate::tools;

/// How long the server may take to accept connections.
const START_UP: Duration = Duration::from_secs(40);

/// How careful the server is with its files.
#[derive(Clone, Copy, PartialEq)]
pub enum Durability {
    /// As installed: what a measurement has to use.
    Full,
    /// Never waits for the disk: what tests use.
    None,
}

/// A running server; dropping it stops it and removes its files.
pub struct Cluster {
    // Stopped before its folder is removed (`Drop`).
    server: Option<Running>,
    folder: PathBuf,
    url: String,
}

impl Cluster {
    /// Makes a cluster and waits until it answers.
    pub fn start(durability: Durability) -> anyhow::Result<Self> {
        let timer = Timer::start("throw-away PostgreSQL");
        let programs = tools::postgres()?;
        let folder = process::temporary_folder("postgres")?;
        let password = password()?;
        let password_file = folder.join("password");
        fs::write(&password_file, &password)?;
        if tools::is_root() {
            // PostgreSQL refuses to run as root.
            process::run(process::command("chown").args(["-R", "postgres:"]).arg(&folder))?;
        }
        let data = folder.join("data");
        let mut initdb = as_server(&programs.join("initdb"), &folder);
        initdb.arg("-D").arg(&data).arg("--pwfile").arg(&password_file);
        initdb.args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--auth-local=peer", "--auth-host=password"]);
        if durability == Durability::None {
            initdb.arg("--no-sync");
        }
        process::run(initdb.stdout(Stdio::null()))?;

        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = as_server(&programs.join("postgres"), &folder);
        server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        let socket = format!("unix_socket_directories={}", folder.display());
        for setting in ["listen_addresses=127.0.0.1", &socket, "max_connections=400", "shared_buffers=128MB", "log_min_messages=warning"] {
            server.args(["-c", setting]);
        }
        if durability == Durability::None {
            server.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
        }
        let log = fs::File::create(folder.join("log"))?;
        // The tests provoke errors on purpose; the log is shown only if the server does not start.
        server.stdout(log.try_clone()?).stderr(log);
        // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client.
        let server = Running::start(&mut server, "INT")?;
        let url = format!("postgres://postgres:{password}@127.0.0.1:{port}/postgres");
        let mut cluster = Self { server: Some(server), folder, url };
        cluster.wait_until_ready(&programs, port)?;
        timer.done();
        Ok(cluster)
    }

    /// Where the server listens, its superuser and password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn wait_until_ready(&mut self, programs: &Path, port: u16) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_UP;
        while Instant::now() < deadline {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                let mut probe = process::command(programs.join("pg_isready"));
                probe.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
                if process::run(&mut probe).is_ok() {
                    return Ok(());
                }
            }
            let ended = self.server.as_mut().is_none_or(|server| matches!(server.child.try_wait(), Ok(Some(_))));
            if ended {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start:\n{log}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.server.take());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn as_server(program: &Path, folder: &Path) -> Command {
    let mut command = if tools::is_root() { process::command_as("postgres", program) } else { process::command(program) };
    // The server's user need not be able to enter the folder we stand in.
    command.current_dir(folder);
    command
}

/// A password nobody else on this machine knows: the superuser could run programs.
fn password() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes).context("no random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ() {
        assert_eq!(password().unwrap().len(), 32);
        assert_ne!(password().unwrap(), password().unwrap());
    }
}
