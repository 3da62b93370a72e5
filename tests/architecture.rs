//! Who may import whom, held against the source: the picture in docs/architecture.md, as a table.
//!
//! Arrows go downwards only. A new top-level module gets its line here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules any service may use, besides the layers below it.
const FOUNDATION: &[&str] =
    &["domain", "clock", "random", "config", "fault", "caller", "identity", "context", "events", "store", "vault", "queue", "providers"];

const SERVICES: &[&str] = &["accounts", "integrations", "mapping", "records", "sync", "webhooks", "scheduling", "candidates", "operations"];

/// What each module of the lower layers may import.
const LOWER: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &["domain", "random"]),
    ("random", &[]),
    // Which settings a provider has is read from its catalogue entry.
    ("config", &["domain", "providers"]),
    ("store", &["domain", "clock", "random", "config"]),
    ("vault", &["domain", "clock", "random", "config", "store"]),
    ("providers", &["domain", "clock", "random"]),
    ("sandbox", &["domain", "clock", "random", "providers"]),
    ("fault", &["domain", "store", "vault", "providers"]),
    ("caller", &["domain", "fault"]),
    ("identity", &["domain", "clock", "caller"]),
    ("events", &["domain", "clock", "caller", "context", "queue", "store"]),
    ("queue", &["domain", "clock", "random", "config", "store", "fault", "context"]),
    ("context", &["domain", "clock", "random", "config", "identity", "store", "vault", "queue", "providers", "fault"]),
];

/// Modules above the services, which may import anything below themselves.
const UPPER: &[&str] = &["app", "server"];

/// Starts everything, so may name everything.
const TOP: &[&str] = &["main", "lib", "cli", "runtime"];

/// Upward imports that stand, each with why.
const EXCEPTIONS: &[(&str, &str)] = &[
    // What the operator allows (plain data, a leaf) is read at start and handed to the sender through the context.
    ("context.rs", "webhooks::outbound"),
    // An event and its deliveries are one transaction; this is the one place every service writes events through.
    ("events.rs", "webhooks::outbound"),
];

#[derive(Debug)]
struct Source {
    /// Relative to src/, with slashes.
    name: String,
    code: String,
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    paths
        .iter()
        // A test may set its subject up with anything.
        .filter(|path| !path.to_string_lossy().ends_with("tests.rs") && !path.components().any(|part| part.as_os_str() == "tests"))
        .map(|path| Source {
            name: path.strip_prefix(&root).expect("it was found there").to_string_lossy().replace('\\', "/"),
            code: without_comments(without_tests(&fs::read_to_string(path).expect("a source file can be read"))),
        })
        .collect()
}

/// The code above the file's tests, which stand at its end.
fn without_tests(text: &str) -> &str {
    let end = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
    &text[..end]
}

/// The code without what is said about it. Strings stay: they may hold `//`, hence the look at what stands before.
fn without_comments(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") {
            code.push('\n');
            continue;
        }
        let end = line.find(" // ").unwrap_or(line.len());
        code.push_str(&line[..end]);
        code.push('\n');
    }
    code
}

/// The paths below `crate::` that the code names, two segments deep: `store`, `app::islands`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, marker) in code.match_indices("crate::") {
        // `$crate::` in a macro is expanded elsewhere, yet names the same module.
        let before = code[..at].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_') {
            continue;
        }
        found.extend(expand(&code[at + marker.len()..]));
    }
    found
}

/// `a::b::c` gives `a::b`; `{a::b, c}` gives both.
fn expand(rest: &str) -> Vec<String> {
    let Some(inner) = rest.strip_prefix('{') else {
        let first = identifier(rest);
        let second = rest[first.len()..].strip_prefix("::").map(|rest| match rest.strip_prefix('{') {
            Some(group) => items(group).into_iter().map(identifier).collect(),
            None => vec![identifier(rest)],
        });
        return match second {
            Some(seconds) => seconds.into_iter().map(|second| format!("{first}::{second}")).collect(),
            None => vec![first.to_owned()],
        };
    };
    items(inner).into_iter().flat_map(expand).collect()
}

/// The items of a group whose opening brace is gone.
fn items(inner: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(inner[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|item| !item.is_empty());
    found
}

fn identifier(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(text.len());
    &text[..end]
}

fn module_of(name: &str) -> &str {
    let first = name.split('/').next().unwrap_or(name);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Why this import may not be, or `None`.
fn objection(file: &str, import: &str) -> Option<String> {
    let from = module_of(file);
    let (to, inner) = import.split_once("::").unwrap_or((import, ""));
    let known = |module: &str| {
        TOP.contains(&module) || UPPER.contains(&module) || SERVICES.contains(&module) || LOWER.iter().any(|(name, _)| *name == module)
    };
    if from == to || !known(to) {
        // Functions and macros of lib.rs belong to no layer.
        return (from == "app" && to == "app").then(|| inside_app(file, inner)).flatten();
    }
    if TOP.contains(&from) || EXCEPTIONS.contains(&(file, import)) {
        return None;
    }
    let is_allowed = if let Some((_, below)) = LOWER.iter().find(|(name, _)| *name == from) {
        below.contains(&to)
    } else if SERVICES.contains(&from) {
        SERVICES.contains(&to) || FOUNDATION.contains(&to)
    } else if from == "app" {
        if file.starts_with("app/islands/") { to == "domain" } else { SERVICES.contains(&to) || FOUNDATION.contains(&to) }
    } else if from == "server" {
        to == "app" || SERVICES.contains(&to) || FOUNDATION.contains(&to)
    } else {
        return Some(format!("{from} has no layer yet: give it its line in tests/architecture.rs"));
    };
    (!is_allowed).then(|| format!("{from} may not import {to}: arrows go downwards only"))
}

/// Within `app`: pages over islands over actions.
fn inside_app(file: &str, inner: &str) -> Option<String> {
    let below: &[&str] = match file.split('/').nth(1)? {
        "islands" => &["islands", "actions"],
        "actions" => &["actions"],
        _ => return None,
    };
    let parts = ["islands", "actions", "pages", "shell", "routes"];
    (parts.contains(&inner) && !below.contains(&inner)).then(|| format!("{file} may not import app::{inner}: arrows go downwards only"))
}

#[test]
fn imports_go_downwards_only() {
    let mut objections = BTreeSet::new();
    for source in sources() {
        for import in imports(&source.code) {
            if let Some(reason) = objection(&source.name, &import) {
                objections.insert(format!("src/{} names crate::{import}: {reason}", source.name));
            }
        }
    }
    assert!(objections.is_empty(), "\n{}\n", objections.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn only_the_store_names_sqlx() {
    let named: Vec<String> = sources()
        .iter()
        // The ids derive the traits that let them stand in a query; orphan rules leave no other place.
        .filter(|source| module_of(&source.name) != "store" && source.name != "domain/id.rs")
        .filter(|source| source.code.contains("sqlx::") || source.code.contains("sqlx("))
        .map(|source| format!("src/{}", source.name))
        .collect();
    assert!(named.is_empty(), "sqlx belongs to src/store, yet it is named in {}", named.join(", "));
}

#[test]
fn groups_and_nested_groups_are_read() {
    let code = "use crate::store::{Db, Tx};\nuse crate::{domain::{id::OrgId, role::Role}, vault};\nlet x = crate::clock::Clock::system();\nmycrate::no";
    let found: Vec<_> = imports(code).into_iter().collect();
    assert_eq!(found, ["clock::Clock", "domain::id", "domain::role", "store::Db", "store::Tx", "vault"]);
    assert_eq!(imports(&without_comments("// crate::store\n/// crate::vault::Key\nlet a = 1; // crate::queue")).len(), 0);
}

#[test]
fn an_upward_import_is_refused_and_a_downward_one_is_not() {
    assert_eq!(objection("integrations/mod.rs", "store::Db"), None);
    assert_eq!(objection("server/api/jobs.rs", "app::shell"), None);
    assert_eq!(objection("app/islands/search.rs", "app::actions"), None);
    assert_eq!(objection("main.rs", "server::router"), None);
    for (file, import) in [
        ("store/jobs.rs", "integrations::connect"),
        ("providers/client.rs", "store::Db"),
        ("domain/id.rs", "clock::Clock"),
        ("sync/mod.rs", "server::problem"),
        ("app/islands/search.rs", "integrations::connect"),
        ("app/islands/search.rs", "app::pages"),
        ("app/actions/jobs.rs", "app::islands"),
        ("novelty/mod.rs", "store::Db"),
    ] {
        assert!(objection(file, import).is_some(), "{file} importing {import} should be refused");
    }
}
