//! Facts that stand in two files have to agree.

use std::path::Path;

use toml::{Table, Value};

fn read(name: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn locked_versions<'a>(lock: &'a Table, package: &str) -> Vec<&'a str> {
    let packages = lock["package"].as_array().expect("a lock file lists packages");
    let named = packages.iter().filter(|entry| entry["name"].as_str() == Some(package));
    named.filter_map(|entry| entry["version"].as_str()).collect()
}

#[test]
fn leptos_toml_repeats_cargo_toml() {
    let leptos = |file: &Table| -> Option<Value> { file.get("package")?.get("metadata")?.get("leptos").cloned() };
    let (cargo, own) = (read("Cargo.toml"), read("Leptos.toml"));
    let section = leptos(&cargo);
    assert!(section.is_some(), "Cargo.toml has no [package.metadata.leptos]");
    assert_eq!(leptos(&own), section, "copy the section of Cargo.toml into Leptos.toml");
}

#[test]
fn wasm_bindgen_and_its_tool_are_the_same_version() {
    let lock = read("Cargo.lock");
    let library = locked_versions(&lock, "wasm-bindgen");
    assert_eq!(library.len(), 1, "two versions of wasm-bindgen: {library:?}");
    assert_eq!(
        library,
        locked_versions(&lock, "wasm-bindgen-cli-support"),
        "set wasm-bindgen-cli-support in xtask/Cargo.toml to the version of wasm-bindgen in Cargo.lock"
    );
}

#[test]
fn the_oldest_compiler_is_the_one_xtask_asks_for() {
    let cargo = read("Cargo.toml");
    let version = cargo["package"]["rust-version"].as_str().unwrap();
    let tools = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tools.rs")).unwrap();
    let minor = version.split('.').nth(1).unwrap();
    assert!(tools.contains(&format!("OLDEST_MINOR: u32 = {minor};")), "rust-version is {version}: set OLDEST_MINOR in xtask/src/tools.rs");
}
