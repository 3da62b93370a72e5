//! Child processes: none of them outlives this one.
//!
//! Each child leads a process group, so that what it starts is stopped with it, and asks the kernel (through `setpriv`, where there is one)
//! to be told when we die without a word. Ctrl-C and SIGTERM stop every group, then remove the temporary folders.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// How long a child may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(8);

static GROUPS: Mutex<Vec<Group>> = Mutex::new(Vec::new());
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
static STOPPING: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy, PartialEq)]
struct Group {
    id: u32,
    signal: &'static str,
}

/// Stops children and removes temporary folders when this process is told to stop.
pub fn stop_children_on_signals() {
    let mut signals = match signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]) {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("warning: cannot listen for Ctrl-C ({error}); children may outlive it");
            return;
        }
    };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            STOPPING.store(true, Ordering::SeqCst);
            eprintln!("\nstopping");
            clean_up();
            std::process::exit(128 + signal);
        }
    });
}

/// Stops every child that still runs and removes the registered folders.
pub fn clean_up() {
    let groups = std::mem::take(&mut *lock(&GROUPS));
    for group in &groups {
        signal(group.id, group.signal);
    }
    let deadline = Instant::now() + PATIENCE;
    while groups.iter().any(|group| is_alive(group.id)) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    for group in groups.iter().filter(|group| is_alive(group.id)) {
        signal(group.id, "KILL");
    }
    for folder in std::mem::take(&mut *lock(&FOLDERS)) {
        // A folder that is gone already is what we want.
        let _ = fs::remove_dir_all(folder);
    }
}

/// A new folder below the system's temporary folder, removed when this process ends.
/// Folders left by a run that was killed are removed on the way.
pub fn temporary_folder(purpose: &str) -> anyhow::Result<PathBuf> {
    static COUNT: Mutex<u32> = Mutex::new(0);
    let prefix = format!("hirewire-{purpose}-");
    let parent = std::env::temp_dir();
    for entry in fs::read_dir(&parent)?.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(&prefix)).and_then(|rest| rest.split('-').next());
        if let Some(owner) = owner.and_then(|owner| owner.parse::<u32>().ok())
            && Path::new("/proc/self").exists()
            && !Path::new(&format!("/proc/{owner}")).exists()
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let number = {
        let mut count = lock(&COUNT);
        *count += 1;
        *count
    };
    let folder = parent.join(format!("{prefix}{}-{number}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    lock(&FOLDERS).push(folder.clone());
    Ok(folder)
}

/// A command without standard input that leads its own process group and dies with us.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = match setpriv() {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    prepare(&mut command);
    command
}

/// As [`command`], run as another user; only root can.
pub fn command_as(user: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = match setpriv() {
        // Not runuser: changing the user clears the request to die with the parent, and setpriv makes it last.
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.arg(format!("--reuid={user}")).arg(format!("--regid={user}"));
            command.args(["--init-groups", "--pdeathsig", "INT", "--"]).arg(program);
            command
        }
        None => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
    };
    prepare(&mut command);
    command
}

/// Cargo itself, without the variables that `cargo run` gave to us: some build scripts (ring's) watch them and would run again.
pub fn cargo() -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    // Everything here looks for what was built below `target`, wherever the person's own settings put it.
    command.env("CARGO_TARGET_DIR", "target");
    command
}

/// As [`cargo`], for what is deployed: without the flags of `.cargo/config.toml`, which make builds quick while developing. Flags of the
/// person's own environment stay.
pub fn without_quick_flags(mut command: Command) -> Command {
    if std::env::var_os("RUSTFLAGS").is_none() {
        command.env("RUSTFLAGS", "");
    }
    command
}

/// The variable that makes cargo start its test programs so that they die with it.
pub fn runner() -> Option<(String, String)> {
    let host = crate::tools::host().to_uppercase().replace('-', "_");
    setpriv().map(|setpriv| (format!("CARGO_TARGET_{host}_RUNNER"), format!("{} --pdeathsig TERM --", setpriv.display())))
}

fn prepare(command: &mut Command) {
    command.process_group(0).stdin(Stdio::null());
}

/// Runs to the end. Fails unless the command succeeds.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = Running::start(command, "TERM")?.wait()?;
    if status.success() {
        return Ok(());
    }
    bail!("`{}` ended with {status}", shown(command));
}

/// Runs to the end and gives what it wrote to standard output. Fails unless the command succeeds.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    command.stdout(Stdio::piped());
    let mut running = Running::start(command, "TERM")?;
    let mut text = String::new();
    if let Some(mut stdout) = running.child.stdout.take() {
        std::io::Read::read_to_string(&mut stdout, &mut text)?;
    }
    let status = running.wait()?;
    if status.success() {
        return Ok(text);
    }
    bail!("`{}` ended with {status}", shown(command));
}

/// A child that runs until this value is dropped.
pub struct Running {
    /// The child; its pipes may be taken.
    pub child: Child,
    group: Group,
}

impl Running {
    /// Starts the command; `signal` is what stops it politely.
    pub fn start(command: &mut Command, signal: &'static str) -> anyhow::Result<Self> {
        wait_if_stopping();
        let child = command.spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
        let group = Group { id: child.id(), signal };
        lock(&GROUPS).push(group);
        Ok(Self { child, group })
    }

    /// The child's process id.
    pub fn id(&self) -> u32 {
        self.group.id
    }

    /// Waits for the child to end by itself.
    pub fn wait(mut self) -> anyhow::Result<ExitStatus> {
        let status = self.child.wait()?;
        wait_if_stopping();
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&GROUPS).retain(|group| *group != self.group);
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        signal(self.group.id, self.group.signal);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        signal(self.group.id, "KILL");
        let _ = self.child.wait();
    }
}

/// The command as a person would type it, without the wrapper.
fn shown(command: &Command) -> String {
    let mut words: Vec<String> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_string_lossy().into_owned()).collect();
    if let Some(end) = words.iter().position(|word| word == "--")
        && ["setpriv", "runuser"].iter().any(|wrapper| words[0].ends_with(wrapper))
    {
        words.drain(..=end);
    }
    words.join(" ")
}

/// While the signal thread cleans up, the main thread must not start the next step.
fn wait_if_stopping() {
    while STOPPING.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Sends a signal to a process group. `kill` is a program here because the system call needs unsafe code.
fn signal(group: u32, name: &str) {
    let _ = Command::new("kill").args(["-s", name, "--", &format!("-{group}")]).stderr(Stdio::null()).status();
}

fn is_alive(group: u32) -> bool {
    let probe = Command::new("kill").args(["-s", "0", "--", &format!("-{group}")]).stderr(Stdio::null()).status();
    probe.is_ok_and(|status| status.success())
}

fn setpriv() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| crate::tools::find("setpriv")).as_deref()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_and_what_it_started_end_with_the_handle() {
        let mut script = command("sh");
        script.args(["-c", "sleep 100 & wait"]);
        let running = Running::start(&mut script, "TERM").unwrap();
        let id = running.id();
        assert!(is_alive(id));
        drop(running);
        let deadline = Instant::now() + Duration::from_secs(5);
        while is_alive(id) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!is_alive(id), "the group outlived its handle");
    }

    #[test]
    fn a_failing_command_is_named_without_its_wrapper() {
        let error = run(command("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert!(error.starts_with("`sh -c exit 3` ended with"), "{error}");
    }
}
