//! The command line: one file per command, each thin over a service.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::Overrides;

mod api_key;
mod backup;
mod demo;
mod doctor;
mod inbound;
mod keys;
mod measure;
mod sandbox;
mod serve;
mod start;
mod user;

/// A self-hosted integration hub for hiring teams.
#[derive(Debug, Parser)]
#[command(name = "hirewire", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What every command understands. Flags win over the environment, the environment over the file.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    /// Where the server listens, e.g. 127.0.0.1:3000. Port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDRESS")]
    addr: Option<String>,
    /// The folder of the database file and the generated key.
    #[arg(long, global = true, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// postgres://... or sqlite:FILE instead of the file in the data folder.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// The address people reach the server under.
    #[arg(long, global = true, value_name = "URL")]
    public_url: Option<String>,
    /// The folder of the built pages' files.
    #[arg(long, global = true, value_name = "FOLDER")]
    site_root: Option<PathBuf>,
    /// Sends every call to the simulators at this address instead of to the providers.
    #[arg(long, global = true, value_name = "URL")]
    sandbox_url: Option<String>,
    /// text or json.
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// The configuration file; without it, hirewire.toml in the current folder if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl From<Options> for Overrides {
    fn from(options: Options) -> Self {
        Self {
            config: options.config,
            addr: options.addr,
            data_dir: options.data_dir,
            database_url: options.database_url,
            public_url: options.public_url,
            site_root: options.site_root,
            sandbox_url: options.sandbox_url,
            log_format: options.log_format,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the web app and the API, and work on the queue.
    Serve,
    /// Work on the queue only; any number of these share it (PostgreSQL).
    Worker,
    /// Try the product: simulators in place of the providers, a sample organization, a printed sign-in.
    Demo,
    /// Serve the simulators of every provider, alone.
    Sandbox(sandbox::Arguments),
    /// Bring the database's schema up to date.
    Migrate,
    /// People and what they belong to.
    #[command(subcommand)]
    User(user::Command),
    /// Keys for programs.
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Webhooks of providers that belong to nobody.
    #[command(subcommand)]
    Inbound(inbound::Command),
    /// Change the keys that seal stored credentials.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Write a copy of the database to a new file, while everything runs.
    Backup {
        /// The new file.
        file: PathBuf,
    },
    /// Put a backup in the place of the database. Stop the server first.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Even if a server seems to be running.
        #[arg(long)]
        force: bool,
    },
    /// Look for what is wrong with this installation, and say what to do.
    Doctor,
    /// Parts of `cargo xtask bench` that only the program itself can do.
    #[command(subcommand, hide = true)]
    Measure(measure::Command),
}

/// Runs the command.
///
/// # Errors
/// One sentence that says what is wrong and what to do.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let overrides = Overrides::from(cli.options);
    match cli.command {
        Command::Serve => serve::run(start::config(&overrides)?).await,
        Command::Worker => serve::work(start::config(&overrides)?).await,
        Command::Demo => demo::run(start::config(&overrides)?).await,
        Command::User(command) => user::run(start::config(&overrides)?, &command).await,
        Command::ApiKey(command) => api_key::run(start::config(&overrides)?, &command).await,
        Command::Inbound(command) => inbound::run(start::config(&overrides)?, &command).await,
        Command::Sandbox(arguments) => sandbox::run(&start::config(&overrides)?, &arguments).await,
        Command::Migrate => start::migrate(&start::config(&overrides)?).await,
        Command::Keys(command) => keys::run(start::config(&overrides)?, &command).await,
        Command::Backup { file } => backup::write(&start::config(&overrides)?, &file).await,
        Command::Restore { file, force } => backup::restore(&start::config(&overrides)?, &file, force).await,
        Command::Doctor => doctor::run(&overrides).await,
        Command::Measure(command) => measure::run(start::config(&overrides)?, &command).await,
    }
}

/// Writes a line to stdout, for the person or script that ran the command.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        // A reader that went away is no reason to fail.
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, $($text)*);
        let _ = out.flush();
    }};
}
use say;
