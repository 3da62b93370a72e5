//! The two folders of migrations make the same schema: files, tables, columns, nullability, keys and indexes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A table's columns, in order, and its rules.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Vec<Column>,
    rules: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Column {
    name: String,
    kind: String,
    is_nullable: bool,
    /// What stands behind the type besides nullability: defaults, keys, references.
    rest: String,
}

#[derive(Debug, Default)]
struct Schema {
    tables: BTreeMap<String, Table>,
    indexes: BTreeMap<String, String>,
}

fn files(dialect: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("readable").path())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read_to_string(&path).expect("text")))
        .collect();
    files.sort();
    files
}

fn schema(dialect: &str) -> Schema {
    let mut schema = Schema::default();
    for (_, text) in files(dialect) {
        let text: String = text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
        for statement in text.split(';') {
            let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            if let Some(rest) = statement.strip_prefix("CREATE TABLE ") {
                let (name, body) = rest.split_once(" (").expect("a table has columns");
                let body = &body[..body.rfind(')').expect("the list ends")];
                schema.tables.insert(name.to_owned(), table(body));
            } else if let Some(rest) = statement.strip_prefix("ALTER TABLE ") {
                let (name, column) = rest.split_once(" ADD COLUMN ").expect("only ADD COLUMN works alike on both");
                schema.tables.get_mut(name).expect("the table is there").columns.push(column_of(column));
            } else if statement.starts_with("CREATE INDEX ") || statement.starts_with("CREATE UNIQUE INDEX ") {
                let (kind, rest) = statement.split_once("INDEX ").expect("an index");
                let (name, rest) = rest.split_once(" ON ").expect("an index is on a table");
                schema.indexes.insert(name.to_owned(), format!("{kind}{rest}"));
            }
        }
    }
    schema
}

fn table(body: &str) -> Table {
    let mut table = Table::default();
    for item in items(body) {
        if ["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK"].iter().any(|rule| item.starts_with(rule)) {
            table.rules.push(item.to_owned());
        } else {
            table.columns.push(column_of(item));
        }
    }
    table
}

fn column_of(text: &str) -> Column {
    let mut words = text.split(' ');
    let name = words.next().expect("a name").to_owned();
    let kind = words.next().expect("a type").to_owned();
    let rest = words.collect::<Vec<_>>().join(" ");
    Column { name, kind, is_nullable: !rest.contains("NOT NULL") && !rest.contains("PRIMARY KEY"), rest }
}

/// Splits at commas outside of brackets.
fn items(body: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, character) in body.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                found.push(body[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(body[start..].trim());
    found
}

#[test]
fn both_folders_hold_files_of_the_same_names() {
    let names = |dialect| files(dialect).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn both_folders_make_the_same_tables() {
    let (sqlite, postgres) = (schema("sqlite"), schema("postgres"));
    assert!(sqlite.tables.len() > 30, "the files were read");
    assert_eq!(sqlite.tables.keys().collect::<Vec<_>>(), postgres.tables.keys().collect::<Vec<_>>());
    for (name, here) in &sqlite.tables {
        let there = &postgres.tables[name];
        assert_eq!(here.rules, there.rules, "{name}");
        let names = |table: &Table| table.columns.iter().map(|column| (column.name.clone(), column.is_nullable)).collect::<Vec<_>>();
        assert_eq!(names(here), names(there), "{name}");
        for (here, there) in here.columns.iter().zip(&there.columns) {
            let fits = match here.kind.as_str() {
                "BLOB" => matches!(there.kind.as_str(), "UUID" | "BYTEA"),
                "TEXT" => matches!(there.kind.as_str(), "TEXT" | "TIMESTAMPTZ" | "JSONB" | "DATE"),
                "INTEGER" => matches!(there.kind.as_str(), "BIGINT" | "BOOLEAN"),
                "REAL" => there.kind == "DOUBLE",
                _ => false,
            };
            assert!(fits, "{name}.{}: {} on SQLite, {} on PostgreSQL", here.name, here.kind, there.kind);
            if !here.rest.contains("DEFAULT") {
                assert_eq!(here.rest, there.rest, "{name}.{}", here.name);
            }
        }
    }
}

#[test]
fn both_folders_make_the_same_indexes() {
    let (sqlite, postgres) = (schema("sqlite"), schema("postgres"));
    assert_eq!(sqlite.indexes, postgres.indexes);
}

#[test]
fn every_sqlite_table_is_strict() {
    for (name, text) in files("sqlite") {
        let (tables, strict) = (text.matches("CREATE TABLE").count(), text.matches(") STRICT").count());
        assert_eq!(tables, strict, "{name}");
    }
}
