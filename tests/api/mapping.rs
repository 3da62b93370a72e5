//! Field mappings: the API, and the page with and without a script.

use hirewire::domain::id::IntegrationId;
use hirewire::domain::role::Role;
use hirewire::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET};
use serde_json::{Value, json};

use crate::support::{Client, TestApp};

const MAPPING: &str = "/api/v1/integrations/mapping";

/// A connected Greenhouse whose records have arrived.
async fn connected(app: &TestApp) -> (Client, IntegrationId) {
    let key = app.as_key(&["*"]).await;
    let credentials = json!({"client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET});
    let answer = key.post("/api/v1/integrations/greenhouse/connect", &json!({ "credentials": credentials })).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    app.run_tasks().await;
    let list = key.get("/api/v1/integrations").await.expect(200).json();
    let id = list["data"][0]["id"].as_str().expect("one integration").parse().expect("an id");
    (key, id)
}

fn line(source: &str, target: &str, transform: Value) -> Value {
    json!({"sourceField": source, "targetField": target, "transform": transform})
}

#[tokio::test]
async fn a_mapping_is_saved_merged_and_applied_to_records() {
    let app = TestApp::new().await;
    let (key, id) = connected(&app).await;
    let empty = key.get(&format!("{MAPPING}?provider=greenhouse")).await.expect(200).json();
    assert_eq!((&empty["version"], &empty["object"], &empty["direction"]), (&json!(0), &json!("candidate"), &json!("inbound")));

    let first = json!({"provider": "greenhouse", "mappings": [line("last_name", "company", json!("uppercase")), line("email_addresses", "emails", json!("none"))]});
    let saved = key.post(MAPPING, &first).await.expect(200).json();
    assert_eq!((&saved["version"], &saved["mappings"][0]["transform"]), (&json!(1), &json!("uppercase")));
    // The other spelling, and the connection by its id; the line of the same target is replaced.
    let second = json!({"integration_id": id, "mappings": [
        {"source_field": "last_name", "target_field": "company", "transforms": ["trim", {"type": "value_map", "values": {"a_b": "c"}}, "lowercase"]}]});
    let saved = key.post(MAPPING, &second).await.expect(200).json();
    assert_eq!((&saved["version"], saved["mappings"].as_array().map(Vec::len)), (&json!(2), Some(2)));
    assert_eq!(saved["mappings"][0]["transforms"][1]["values"], json!({"a_b": "c"}));

    key.post(&format!("/api/v1/integrations/{id}/sync"), &json!({"kind": "full"})).await.expect(202);
    app.run_tasks().await;
    let people = key.get("/api/v1/candidates?limit=5").await.expect(200).json();
    for person in people["data"].as_array().expect("a list") {
        let last_name = person["lastName"].as_str().expect("a name");
        assert_eq!(person["company"], json!(last_name.to_lowercase()), "{person}");
    }
    let activity = key.get(&format!("/api/v1/integrations/{id}/activity")).await.expect(200).text();
    assert!(activity.contains("mapping.saved"), "{activity}");
}

#[tokio::test]
async fn wrong_lines_are_named_and_nothing_is_saved() {
    let app = TestApp::new().await;
    let (key, _) = connected(&app).await;
    let body = json!({"provider": "greenhouse", "mappings": [
        line("first_nmae", "title", json!("none")), line("title", "nonsense", json!("none")),
        line("title", "company", json!({"type": "split", "separator": ""})), line("title", "created_at", json!("none"))]});
    let problem = key.post(MAPPING, &body).await.problem(422, "invalid");
    let pointers: Vec<&str> = problem["errors"].as_array().expect("errors").iter().filter_map(|error| error["pointer"].as_str()).collect();
    for pointer in ["/mappings/0/sourceField", "/mappings/1/targetField", "/mappings/2/transforms/0/separator", "/mappings/3/targetField"] {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
    assert!(problem.to_string().contains("Did you mean “first_name”?"), "{problem}");
    let unknown = json!({"provider": "greenhouse", "mappings": [line("title", "title", json!("rot13"))]});
    let problem = key.post(MAPPING, &unknown).await.problem(422, "invalid");
    assert!(problem["errors"][0]["pointer"].as_str().is_some_and(|pointer| pointer.starts_with("/mappings/0")), "{problem}");
    let extra = json!({"provider": "greenhouse", "mapings": []});
    assert_eq!(key.post(MAPPING, &extra).await.problem(422, "invalid")["errors"][0]["pointer"], "/mapings");
    key.post(MAPPING, &json!({"mappings": []})).await.problem(422, "invalid");
    // As the seed sends it; there is no Zoho connection yet.
    let seed = json!({"provider": "zoho", "mappings": [line("name", "Full_Name", json!("none")), line("email", "Email", json!("lowercase"))], "direction": "bidirectional"});
    key.post(MAPPING, &seed).await.problem(404, "not_found");
    let saved = key.get(&format!("{MAPPING}?provider=greenhouse")).await.expect(200).json();
    assert_eq!(saved["version"], 0);
}

#[tokio::test]
async fn both_sides_fields_come_with_fill_rates_and_suggestions() {
    let app = TestApp::new().await;
    let (key, id) = connected(&app).await;
    let fields = key.get(&format!("/api/v1/integrations/{id}/fields?object=candidate")).await.expect(200).json();
    assert_eq!((&fields["origin"], &fields["note"]), (&json!("provider"), &Value::Null));
    let named = |list: &str, name: &str| {
        fields[list].as_array().and_then(|list| list.iter().find(|field| field["name"] == name)).cloned().unwrap_or_default()
    };
    let first_name = named("data", "first_name");
    assert_eq!((&first_name["filled"], &first_name["label"]), (&fields["records"], &json!("First name")));
    assert!(first_name["example"].is_string(), "{first_name}");
    assert_eq!(named("local", "created_at")["writable"], false);
    assert!(
        fields["suggestions"].as_array().is_some_and(|all| all.iter().any(|one| one["targetField"] == "emails")),
        "{}",
        fields["suggestions"]
    );
    // Without the right to read records there is no value of one.
    let narrow = app.as_key(&["integrations:read"]).await;
    let fields = narrow.get(&format!("/api/v1/integrations/{id}/fields")).await.expect(200).text();
    assert!(!fields.contains("\"example\""));
    narrow.post(&format!("{MAPPING}/preview"), &json!({"integrationId": id})).await.problem(403, "forbidden");
    narrow.post(MAPPING, &json!({"integrationId": id, "mappings": []})).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_preview_tries_lines_on_real_records() {
    let app = TestApp::new().await;
    let (key, id) = connected(&app).await;
    let body = json!({"integrationId": id, "limit": 3, "mappings": [line("last_name", "last_name", json!("uppercase")), line("nmae", "title", json!("none"))]});
    let preview = key.post(&format!("{MAPPING}/preview"), &body).await.expect(200).json();
    assert_eq!(preview["problems"][0]["pointer"], "/mappings/1/sourceField");
    let records = preview["records"].as_array().expect("records");
    assert_eq!(records.len(), 3);
    let value = &records[0]["values"][0];
    assert_eq!(value["after"].as_str(), value["before"].as_str().map(str::to_uppercase).as_deref());
    assert_eq!(key.get(&format!("{MAPPING}?integrationId={id}")).await.expect(200).json()["version"], 0);
}

#[tokio::test]
async fn versions_are_listed_and_restored() {
    let app = TestApp::new().await;
    let (key, id) = connected(&app).await;
    for title in ["title", "last_name"] {
        let body = json!({"integrationId": id, "mappings": [line(title, "title", json!("none"))], "note": format!("From {title}")});
        key.post(MAPPING, &body).await.expect(200);
    }
    let stale = json!({"integrationId": id, "version": 1, "mappings": [line("company", "company", json!("none"))]});
    key.post(MAPPING, &stale).await.problem(409, "conflict");
    let restored = key.post(&format!("/api/v1/integrations/{id}/mapping/versions/1/restore"), &json!({})).await.expect(200).json();
    assert_eq!(
        (&restored["version"], &restored["note"], &restored["mappings"][0]["sourceField"]),
        (&json!(3), &json!("Restored from version 1"), &json!("title"))
    );
    let versions = key.get(&format!("/api/v1/integrations/{id}/mapping/versions")).await.expect(200).json();
    let all = versions["data"].as_array().expect("a list");
    assert_eq!((all.len(), &all[0]["isInForce"], &all[0]["changes"][0]["before"]["sourceField"]), (3, &json!(true), &json!("last_name")));
    key.post(&format!("/api/v1/integrations/{id}/mapping/versions/9/restore"), &json!({})).await.problem(404, "not_found");
    let stranger = app.as_key_of("Elsewhere", &["*"]).await;
    for path in ["fields", "mapping/versions"] {
        stranger.get(&format!("/api/v1/integrations/{id}/{path}")).await.problem(404, "not_found");
    }
    stranger.post(&format!("/api/v1/integrations/{id}/mapping/versions/1/restore"), &json!({})).await.problem(404, "not_found");
    stranger.get(&format!("{MAPPING}?integrationId={id}")).await.problem(404, "not_found");
    stranger.post(&format!("{MAPPING}/preview"), &json!({"integrationId": id})).await.problem(404, "not_found");
}

#[tokio::test]
async fn the_page_works_without_a_script() {
    let app = TestApp::new().await;
    let (_, id) = connected(&app).await;
    let owner = app.as_owner().await;
    let page = format!("/integrations/{id}/mapping");
    let html = owner.get(&page).await.expect(200).text();
    for part in [
        "<datalist id=\"source-fields\"",
        "value=\"email_addresses.0.value\"",
        "name=\"lines[0][source]\"",
        "Suggestions",
        "formaction=\"/fn/mapping/save\"",
        "<leptos-island",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }

    // A draft in the address: tried on a record, wrong names marked, a line added.
    let draft = "direction=inbound&oriented=inbound&base=0&lines%5B0%5D%5Bsource%5D=last_name&lines%5B0%5D%5Btarget%5D=title\
                 &lines%5B0%5D%5Bchanges%5D%5B0%5D%5Bkind%5D=uppercase&lines%5B1%5D%5Bsource%5D=frist_name&lines%5B1%5D%5Btarget%5D=company&op=add";
    let html = owner.get(&format!("{page}?{draft}")).await.expect(200).text();
    for part in
        ["Did you mean “first_name”?", "aria-invalid=\"true\"", "name=\"lines[2][source]\"", "Not saved yet: 2 added.", "Record 1 of 20"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }

    let id_text = id.to_string();
    let fields = |source: &'static str| {
        vec![
            ("integration", id_text.clone()),
            ("object", "candidate".to_owned()),
            ("direction", "inbound".to_owned()),
            ("oriented", "inbound".to_owned()),
            ("base", "0".to_owned()),
            ("sample", "0".to_owned()),
            ("note", "By hand".to_owned()),
            ("lines[0][source]", source.to_owned()),
            ("lines[0][target]", "title".to_owned()),
            ("lines[0][changes][0][kind]", "default".to_owned()),
            ("lines[0][changes][0][a]", "Unknown".to_owned()),
            ("lines[0][changes][1][kind]", String::new()),
            ("lines[3][source]", String::new()),
            ("lines[3][target]", String::new()),
        ]
    };
    let submit = async |client: &Client, source: &'static str| {
        let fields = fields(source);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        client.submit("/fn/mapping/save", &page, &fields).await.expect(302).header("location").to_owned()
    };
    let back = submit(&owner, "titel").await;
    assert!(back.contains("refused=invalid") && back.contains("titel"), "{back}");
    let html = owner.get(&back).await.expect(200).text();
    assert!(html.contains("Nothing was saved") && html.contains("value=\"titel\"") && html.contains("Did you mean “title”?"), "{html}");

    let back = submit(&owner, "title").await;
    assert!(back.ends_with("saved=1"), "{back}");
    let html = owner.get(&back).await.expect(200).text();
    for part in ["Saved as version 1", "Everything is saved.", "value=\"Unknown\"", "1 version", "By hand"] {
        assert!(html.contains(part), "{part} in {html}");
    }
    // Base 0 is no longer in force.
    let back = submit(&owner, "company").await;
    let html = owner.get(&back).await.expect(200).text();
    assert!(back.contains("refused=conflict") && html.contains("Somebody saved another version"), "{back}");

    let reader = app.as_user(Role::Interviewer).await;
    let html = reader.get(&page).await.expect(200).text();
    assert!(!html.contains("/fn/mapping/save"), "an interviewer may look but not save");
    let stranger = app.as_user_of("Elsewhere", Role::Owner).await;
    stranger.get(&page).await.expect(404);
}

#[tokio::test]
async fn a_suggestion_is_taken_and_a_version_restored_without_a_script() {
    let app = TestApp::new().await;
    let (key, id) = connected(&app).await;
    let owner = app.as_owner().await;
    let page = format!("/integrations/{id}/mapping");
    let html = owner.get(&format!("{page}?direction=inbound&oriented=inbound&base=0&op=take-emails")).await.expect(200).text();
    assert!(html.contains("value=\"email_addresses\"") && html.contains("Not saved yet: 1 added."), "{html}");
    for source in ["title", "last_name"] {
        key.post(MAPPING, &json!({"integrationId": id, "mappings": [line(source, "title", json!("none"))]})).await.expect(200);
    }
    let fields = [("integration", id.to_string()), ("object", "candidate".to_owned()), ("version", "1".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = owner.submit("/fn/mapping/restore", &page, &fields).await.expect(302);
    assert!(answer.header("location").ends_with("restored=1&saved=3"), "{}", answer.header("location"));
    let html = owner.get(answer.header("location")).await.expect(200).text();
    assert!(html.contains("Version 1 is back, as version 3."), "{html}");
}

#[tokio::test]
async fn lines_are_tried_while_they_are_typed() {
    let app = TestApp::new().await;
    let (_, id) = connected(&app).await;
    let owner = app.as_owner().await;
    let lines = json!([{"source": "last_name", "target": "title", "changes": [{"kind": "uppercase", "a": "", "b": ""}]}, {"source": "", "target": "", "changes": []}]);
    let body = json!({"integration": id, "object": "candidate", "direction": "inbound", "lines": lines, "sample": 1});
    let tried = owner.post("/fn/mapping/try", &body).await.expect(200).json();
    assert_eq!((&tried["sample"], &tried["samples"]), (&json!(1), &json!(20)));
    let line = &tried["lines"][0];
    assert_eq!(line["after"].as_str(), line["before"].as_str().map(str::to_uppercase).as_deref(), "{tried}");
    assert_eq!((&line["percent"], &tried["lines"][1]["before"]), (&json!(100), &json!("")));
    assert_eq!(app.anonymous().post("/fn/mapping/try", &body).await.status.as_u16(), 401);
}
