//! What gave up, tried again or discarded.

use hirewire::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Kind};
use serde_json::json;

use crate::support::{TestApp, hiring};

#[tokio::test]
async fn a_record_that_could_not_be_read_is_listed_tried_again_and_discarded() {
    let app = TestApp::new().await;
    let client = app.as_key(&["*"]).await;
    let sim = hiring::simulator(&app);
    let ids = [sim.id(Kind::Departments, 1), sim.id(Kind::Departments, 2)];
    for id in ids {
        sim.change(Kind::Departments, id, &json!({ "name": 5 }));
    }
    let credentials = json!({ "client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET });
    client.post("/api/v1/integrations/greenhouse/connect", &json!({ "credentials": credentials })).await.expect(200);
    app.run_tasks().await;
    let letters = client.get("/api/v1/dead-letters?source=record").await.expect(200).json();
    let letters = letters["data"].as_array().expect("a list").clone();
    assert_eq!((letters.len(), letters[0]["object"].as_str()), (2, Some("department")));
    let path = |at: usize| format!("/api/v1/dead-letters/{}", letters[at]["id"].as_str().expect("an id"));
    app.as_key_of("Contoso", &["*"]).await.get(&path(0)).await.problem(404, "not_found");
    app.as_key(&["integrations:read"]).await.delete(&path(0)).await.problem(403, "forbidden");
    // Still as it was.
    let answer = client.post(&format!("{}/retry", path(0)), &json!({})).await;
    assert!(answer.status.is_client_error() || answer.status.is_server_error(), "{}", answer.text());
    assert_eq!(client.get(&path(0)).await.expect(200).json()["state"], "open");
    client.delete(&path(1)).await.expect(204);
    client.delete(&path(1)).await.problem(409, "conflict");
    for id in ids {
        sim.change(Kind::Departments, id, &json!({ "name": "Mended" }));
    }
    let outcome = client.post("/api/v1/dead-letters/retry", &json!({ "source": "record" })).await.expect(202).json();
    assert_eq!(outcome, json!({ "retried": 1, "failed": 0, "more": false }));
    assert_eq!(client.get(&path(0)).await.expect(200).json()["state"], "retried");
    assert_eq!(client.get("/api/v1/dead-letters").await.expect(200).json()["data"], json!([]));
    assert_eq!(client.get("/api/v1/dead-letters?state=discarded").await.expect(200).json()["data"].as_array().map(Vec::len), Some(1));
}
