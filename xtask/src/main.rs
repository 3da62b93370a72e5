//! The project's own tool: builds both halves, runs every check, measures.
//!
//! It needs nothing but a Rust toolchain to start with; what a command needs beyond that it installs or names (`tools.rs`).

mod bench;
mod checks;
mod postgres;
mod process;
mod release;
mod run;
mod site;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

const HELP: &str = "\
cargo xtask run [--addr HOST:PORT] [-- ARGUMENTS]   build both halves and serve the demo at http://127.0.0.1:3000
cargo xtask build [--release]                       build both halves; --release makes the deployable folder target/deploy
cargo xtask test [FILTER...]                        every check, or those named: lint, unit, api, e2e; any other word
                                                    runs the unit and API tests whose names contain it
cargo xtask bench pages|sync|webhooks [OPTIONS]     measure the release build on this machine
";

fn main() -> ExitCode {
    process::stop_children_on_signals();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = dispatch(&arguments);
    process::clean_up();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> anyhow::Result<()> {
    let root = root();
    // Cargo, npm and the server all take relative paths from here.
    std::env::set_current_dir(&root)?;
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "run" => run::run(&root, rest),
        "build" => release::build(&root, rest),
        "test" => checks::run(&root, rest),
        "bench" => bench::run(&root, rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => bail!("there is no command {other:?}\n\n{HELP}"),
    }
}

/// The repository: the folder above this crate.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask lies in the repository").to_path_buf()
}
