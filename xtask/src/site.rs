//! The browser's side of a build: `site/` with the wasm half, its loader, the style sheet and the public files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Instant, SystemTime};

use anyhow::{Context, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};

use crate::process::{self, Running};
use crate::tools::{self, Wasm};

/// How the browser half is compiled.
#[derive(Clone, Copy, PartialEq)]
pub enum Profile {
    /// Compiled fast; about ten times the size.
    Dev,
    /// As small as it gets, `wasm-opt` included.
    Release,
}

impl Profile {
    /// The cargo profile's name.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "front-dev",
            Self::Release => "front",
        }
    }
}

/// What the build found.
pub struct Site {
    /// Whether `wasm-opt` was at hand (always false for [`Profile::Dev`]).
    pub is_optimised: bool,
}

/// Builds the browser half, the style sheet and the public files into `site`.
pub fn build(root: &Path, profile: Profile, site: &Path) -> anyhow::Result<Site> {
    let package = site.join("pkg");
    fs::create_dir_all(&package)?;
    let timer = Timer::start(&format!("browser half ({})", profile.name()));
    compile(profile)?;
    let is_optimised = bind(root, profile, &package)?;
    timer.done();
    let timer = Timer::start("style sheet and public files");
    fs::write(package.join("hirewire.css"), style_sheet(&root.join("style/main.css"))?)?;
    copy(&root.join("public"), site)?;
    timer.done();
    Ok(Site { is_optimised })
}

/// Compiles the browser half and counts the warnings of our own code.
pub fn compile(profile: Profile) -> anyhow::Result<usize> {
    let mut command = Wasm::find()?.cargo("build");
    if profile == Profile::Release {
        // The halves must agree on it: the marks in a page differ.
        command = process::without_quick_flags(command);
    }
    // Cargo repeats the warnings of an up-to-date build in this stream, so they cannot be missed by building twice.
    command.args(["--profile", profile.name(), "--message-format", "json-render-diagnostics"]).stdout(Stdio::piped());
    let mut running = Running::start(&mut command, "TERM")?;
    let stdout = running.child.stdout.take().context("cargo's output is piped")?;
    let mut warnings = 0;
    for line in BufReader::new(stdout).lines() {
        let message: serde_json::Value = serde_json::from_str(&line?).unwrap_or_default();
        if message["reason"] == "compiler-message" && message["target"]["name"] == "hirewire" && message["message"]["level"] == "warning" {
            warnings += 1;
        }
    }
    let status = running.wait()?;
    if !status.success() {
        bail!("the browser half does not compile");
    }
    Ok(warnings)
}

/// Makes the loader and the final wasm file, unless they are newer than what the compiler left.
fn bind(root: &Path, profile: Profile, package: &Path) -> anyhow::Result<bool> {
    let compiled = root.join("target/front/wasm32-unknown-unknown").join(profile.name()).join("hirewire.wasm");
    let wasm = package.join("hirewire_bg.wasm");
    let optimiser = if profile == Profile::Release { tools::wasm_opt(root)? } else { None };
    // A file that wasm-opt did not see must not pass for one that it did, hence two names.
    let stamp = |kind: &str| root.join("target/front").join(format!("{}.{kind}", profile.name()));
    let kind = if optimiser.is_some() { "optimised" } else { "plain" };
    if wasm.exists() && modified(&stamp(kind)) > modified(&compiled) {
        return Ok(optimiser.is_some());
    }
    // Written again only once both files stand, so that a stopped build is taken up again.
    for stale in ["optimised", "plain"] {
        let _ = fs::remove_file(stamp(stale));
    }
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(&compiled).web(true)?.typescript(false).out_name("hirewire");
    bindgen.remove_name_section(profile == Profile::Release).remove_producers_section(true);
    bindgen.generate(package).context("wasm-bindgen could not read the browser half")?;
    if let Some(optimiser) = &optimiser {
        let small = package.join("optimised.wasm");
        process::run(process::command(optimiser).args(["-Oz", "--all-features", "-o"]).arg(&small).arg(&wasm))?;
        fs::rename(small, &wasm)?;
    }
    fs::write(stamp(kind), "")?;
    Ok(optimiser.is_some())
}

/// The entry file with everything it imports, minified.
fn style_sheet(entry: &Path) -> anyhow::Result<String> {
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    // The errors borrow from the provider, hence text at once.
    let mut sheet = bundler.bundle(entry).map_err(|error| anyhow!("{error}"))?;
    sheet.minify(MinifyOptions::default()).map_err(|error| anyhow!("{error}"))?;
    let css = sheet.to_css(PrinterOptions { minify: true, ..PrinterOptions::default() }).map_err(|error| anyhow!("{error}"))?;
    Ok(css.code)
}

/// Copies what changed below `from`.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if modified(&target) <= modified(&entry.path()) {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// When a file was written; a missing one is older than any.
pub fn modified(file: &Path) -> SystemTime {
    fs::metadata(file).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// The bytes, compressed as far as gzip goes.
pub fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, bytes)?;
    Ok(encoder.finish()?)
}

/// Every file below a folder.
pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// A progress line with the time a step took.
pub struct Timer(Instant);

impl Timer {
    /// Announces a step.
    pub fn start(what: &str) -> Self {
        println!("==> {what}");
        Self(Instant::now())
    }

    /// Says how long it took.
    pub fn done(self) {
        println!("    done in {}", seconds(self.0));
    }
}

/// The time since, as people say it.
pub fn seconds(since: Instant) -> String {
    let elapsed = since.elapsed().as_secs_f64();
    if elapsed < 90.0 { format!("{elapsed:.1} s") } else { format!("{} min {:02} s", elapsed as u64 / 60, elapsed as u64 % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = process::temporary_folder(name).unwrap();
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn imports_are_bundled_into_their_layers() {
        let folder = folder("css");
        // Imported in the other order: the first line decides, not the imports.
        let entry = "@layer reset, base;\n@import \"base.css\" layer(base);\n@import \"reset.css\" layer(reset);\n";
        fs::write(folder.join("main.css"), entry).unwrap();
        fs::write(folder.join("base.css"), "body { color: rgb(0, 0, 0); }").unwrap();
        fs::write(folder.join("reset.css"), "body { margin: 0; }").unwrap();
        let css = style_sheet(&folder.join("main.css")).unwrap();
        assert_eq!(css, "@layer reset{body{margin:0}}@layer base{body{color:#000}}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_wrong_import_is_named() {
        let folder = folder("css");
        fs::write(folder.join("main.css"), "@import \"missing.css\";").unwrap();
        assert!(style_sheet(&folder.join("main.css")).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn only_changed_files_are_copied() {
        let folder = folder("copy");
        let (from, to) = (folder.join("from"), folder.join("to"));
        fs::create_dir_all(from.join("icons")).unwrap();
        fs::write(from.join("icons/a.svg"), "one").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("icons/a.svg")).unwrap(), "one");
        fs::write(from.join("icons/a.svg"), "two").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("icons/a.svg")).unwrap(), "two");
        assert_eq!(files(&to).unwrap(), [to.join("icons/a.svg")]);
        fs::remove_dir_all(folder).unwrap();
    }
}
