//! The OpenAPI document and the pages made from it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::TestApp;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, &'static str, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                found.push((path.clone(), method, operation.clone()));
            }
        }
    }
    found
}

#[tokio::test]
async fn the_document_describes_every_operation_fully() {
    let app = TestApp::new().await;
    let answer = app.anonymous().get("/api/v1/openapi.json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let document = answer.json();
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let mut ids = BTreeSet::new();
    let mut objections = Vec::new();
    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        let mut object = |why: &str| objections.push(format!("{name}: {why}"));
        let summary = operation["summary"].as_str().unwrap_or_default();
        if summary.is_empty() || summary.len() > 120 {
            object("a summary of one line is missing");
        }
        if operation["tags"].as_array().is_none_or(Vec::is_empty) {
            object("a tag is missing");
        }
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        if id.is_empty() || !ids.insert(format!("{}/{id}", operation["tags"][0])) {
            object("the operationId is missing or used twice");
        }
        let declared: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        let named: BTreeSet<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        if declared != named {
            object("the parameters in the path are not those described");
        }
        let responses = operation["responses"].as_object().cloned().unwrap_or_default();
        if !responses.keys().any(|status| status.starts_with('2') || status.starts_with('3')) {
            object("no successful answer is described");
        }
        if !path.starts_with("/api/v1/") {
            object("it is not under /api/v1");
        }
    }
    assert!(objections.is_empty(), "\n{}\n", objections.join("\n"));
    assert!(ids.len() > 20, "the resources are registered");
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(target)) = fields.get("$ref") {
                    found.insert(target);
                }
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let app = TestApp::new().await;
    let document = app.anonymous().get("/api/v1/openapi.json").await.expect(200).json();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    let dangling: Vec<&&str> = found.iter().filter(|target| document.pointer(&target[1..]).is_none()).collect();
    assert!(dangling.is_empty(), "{dangling:?}");
}

#[tokio::test]
async fn the_operations_are_those_agreed_on() {
    let app = TestApp::new().await;
    let document = app.anonymous().get("/api/v1/openapi.json").await.expect(200).json();
    let mut lines: Vec<String> = operations(&document)
        .iter()
        .map(|(path, method, operation)| {
            let answers: Vec<&str> = operation["responses"].as_object().expect("answers").keys().map(String::as_str).collect();
            let body =
                operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().and_then(|name| name.rsplit('/').next());
            format!("{path} {} {} -> {}", method.to_uppercase(), body.unwrap_or("-"), answers.join(" "))
        })
        .collect();
    lines.sort();
    insta::assert_snapshot!("operations", lines.join("\n"));
}

#[tokio::test]
async fn the_reference_page_shows_every_operation_and_fetches_nothing() {
    let app = TestApp::new().await;
    let document = app.anonymous().get("/api/v1/openapi.json").await.expect(200).json();
    let page = app.anonymous().get("/docs/api").await.expect(200).text();
    for (path, method, _) in operations(&document) {
        assert!(page.contains(&format!("method-{method}")) && page.contains(&format!("<code>{path}</code>")), "{method} {path}");
    }
    assert!(page.contains("curl") && !page.contains("<script"), "plain HTML with examples");
    for attribute in ["src=\"http", "href=\"http", "url("] {
        assert!(!page.contains(attribute), "{attribute}");
    }
}

#[tokio::test]
async fn every_problem_code_has_its_anchor() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/docs/problems").await.expect(200).text();
    for code in hirewire::domain::error::ErrorCode::ALL {
        assert!(page.contains(&format!("id=\"{}\"", code.as_str())), "{}", code.as_str());
    }
}
