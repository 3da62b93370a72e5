//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

mod serve;
mod start;

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
pub struct Options {
    /// Where the server listens, e.g. 127.0.0.1:3000. Port 0 takes a free one.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub addr: Option<String>,
    /// The folder of the database file and the generated key.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// postgres://... or sqlite:FILE instead of the file in the data folder.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// The address people reach the server under.
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// The configuration file; without it, hirewire.toml in the current folder if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the web app and the API, and work on the queue.
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
}

/// Runs the command.
///
/// # Errors
/// One sentence that says what is wrong and what to do.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let options = cli.options;
    match cli.command {
        Command::Serve => serve::run(&options).await,
        Command::Migrate => start::migrate(&options).await,
    }
}
