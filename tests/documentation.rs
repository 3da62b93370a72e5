//! The pages of `docs/` that are written from the program: `UPDATE_DOCS=1 cargo test --features ssr --test documentation` writes them anew.
#![cfg(feature = "ssr")]

use std::fmt::Write as _;
use std::path::Path;

use hirewire::config::Config;

fn configuration() -> String {
    let mut text = String::from(
        "# Configuration\n\nFlags win over environment variables, which win over `hirewire.toml`. A secret can also be read from a file: `<NAME>_FILE` names it. \
         An unknown name in the file, or a wrong value anywhere, stops the start with a sentence.\n\n| setting | variable | default | meaning |\n| --- | --- | --- | --- |\n",
    );
    for setting in Config::describe() {
        let default = setting.default.filter(|text| !text.is_empty()).map_or_else(|| "none".to_owned(), |text| format!("`{text}`"));
        let variables = setting.env.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let meaning = setting.meaning.replace('|', "\\|");
        writeln!(text, "| `{}` | {variables} | {default} | {meaning} ({}) |", setting.name, setting.unit)
            .expect("a String takes every write");
    }
    text
}

#[test]
fn the_table_of_settings_is_the_programs() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let now = configuration();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, &now).expect("docs/ can be written");
    }
    let then = std::fs::read_to_string(&file).expect("docs/configuration.md is there");
    assert!(then == now, "docs/configuration.md is not what the program says: write it anew with UPDATE_DOCS=1");
}
