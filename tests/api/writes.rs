//! Changes that go to the connected system.

use hirewire::sandbox::greenhouse::{Fault, FaultKind, Kind};
use serde_json::json;

use crate::support::{TestApp, hiring};

#[tokio::test]
async fn a_stage_is_moved_over_there_and_answered_as_it_is_then() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    hiring::connect(&app, &client).await;
    let (application, stage) = hiring::somebody(&client).await;
    let path = format!("/api/v1/applications/{}", application["id"].as_str().expect("an id"));
    let moved = client.post(&format!("{path}/stage"), &json!({ "stage_id": stage })).await.expect(200).json();
    assert_eq!(moved["stage"]["id"], stage.as_str());
    assert_eq!(hiring::there(&app, Kind::Applications, &application)["stage_name"], moved["stage"]["name"]);
    let timeline = client.get(&format!("{path}/timeline")).await.expect(200).json();
    assert_eq!(
        (timeline["data"][0]["event"].as_str(), timeline["data"][0]["actor"]["name"].as_str()),
        (Some("application.stage_changed"), Some("Test"))
    );
    let writes = client.get("/api/v1/writes?state=done").await.expect(200).json();
    assert_eq!(writes["data"][0]["kind"], "move");
    let problem = client.post(&format!("{path}/stage"), &json!({ "stageId": application["id"] })).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/stageId");
}

#[tokio::test]
async fn what_takes_longer_goes_on_in_the_background() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    hiring::connect(&app, &client).await;
    let (application, stage) = hiring::somebody(&client).await;
    let path = format!("/api/v1/applications/{}", application["id"].as_str().expect("an id"));
    hiring::simulator(&app).fail(Fault::next(FaultKind::Status { status: 429, retry_after: Some(10) }).method("POST"));
    let write = client.post(&format!("{path}/stage"), &json!({ "stageId": stage })).await.expect(202).json();
    assert_eq!((write["state"].as_str(), write["error"]["code"].as_str()), (Some("queued"), Some("rate_limited")));
    client.post(&format!("{path}/reject"), &json!({})).await.problem(409, "conflict");
    app.advance(std::time::Duration::from_secs(31));
    app.run_tasks().await;
    let write = client.get(&format!("/api/v1/writes/{}", write["id"].as_str().expect("an id"))).await.expect(200).json();
    assert_eq!((write["state"].as_str(), write["error"].is_null()), (Some("done"), true));
    assert_eq!(client.get(&path).await.expect(200).json()["stage"]["id"], stage.as_str());
}

#[tokio::test]
async fn rejecting_hiring_applying_and_notes_reach_the_account() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    hiring::connect(&app, &client).await;
    let (application, _) = hiring::somebody(&client).await;
    let path = format!("/api/v1/applications/{}", application["id"].as_str().expect("an id"));
    let reasons = client.get(&format!("{path}/rejection-reasons")).await.expect(200).json();
    let reason = reasons["data"][0]["name"].clone();
    client.post(&format!("{path}/reject"), &json!({ "reason": "Because" })).await.problem(422, "invalid");
    let rejected = client.post(&format!("{path}/reject"), &json!({ "reason": reason, "note": "Thank you" })).await.expect(200).json();
    assert_eq!((rejected["status"].as_str(), &rejected["rejectionReason"]), (Some("rejected"), &reason));
    client.post(&format!("{path}/hire"), &json!({})).await.problem(409, "conflict");

    let (next, _) = hiring::somebody(&client).await;
    let job = next["jobId"].clone();
    let hire = format!("/api/v1/applications/{}/hire", next["id"].as_str().expect("an id"));
    client.post(&hire, &json!({ "start_date": "soon" })).await.problem(422, "invalid");
    let person = json!({ "first_name": "Jane", "last_name": "Doe", "emails": ["jane@example.com"] });
    let submitted = client.post("/api/v1/applications/submit", &json!({ "job_id": job, "candidate": person })).await.expect(201).json();
    assert_eq!((&submitted["jobId"], submitted["status"].as_str()), (&job, Some("active")));
    let hired = client.post(&hire, &json!({ "startDate": "2026-12-01" })).await.expect(200).json();
    assert_eq!(hired["status"], "hired");
    let note = format!("/api/v1/candidates/{}/notes", submitted["candidateId"].as_str().expect("an id"));
    let note = client.post(&note, &json!({ "body": "Spoke on the phone", "visibility": "public" })).await.expect(201).json();
    assert_eq!((note["visibility"].as_str(), note["links"].as_array().map(Vec::len)), (Some("public"), Some(1)));
    let other = json!({ "candidateId": submitted["candidateId"], "body": "" });
    let problem = client.post("/api/v1/messages", &other).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/body");
}

#[tokio::test]
async fn others_records_are_not_there_and_rights_are_needed() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    hiring::connect(&app, &client).await;
    let (application, stage) = hiring::somebody(&client).await;
    let path = format!("/api/v1/applications/{}/stage", application["id"].as_str().expect("an id"));
    let body = json!({ "stageId": stage });
    app.as_key_of("Contoso", &["*"]).await.post(&path, &body).await.problem(404, "not_found");
    app.as_key(&["records:read"]).await.post(&path, &body).await.problem(403, "forbidden");
    app.anonymous().post(&path, &body).await.problem(401, "unauthenticated");
    assert!(hiring::simulator(&app).writes().is_empty());
}
