//! A connected Greenhouse with everything read in, as suites about records need it.

use std::time::Duration;

use hirewire::sandbox::greenhouse::{DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_WEBHOOK_SECRET, Kind, Simulator};
use serde_json::{Value, json};

use super::{Client, TestApp};

/// Connects the simulated Greenhouse through the API and reads it in. Gives the integration's id.
pub async fn connect(app: &TestApp, client: &Client) -> String {
    let credentials = json!({ "client_id": DEMO_CLIENT_ID, "client_secret": DEMO_CLIENT_SECRET, "webhook_secret": DEMO_WEBHOOK_SECRET });
    let connected = client.post("/api/v1/integrations/greenhouse/connect", &json!({ "credentials": credentials })).await.expect(200).json();
    app.run_tasks().await;
    // Past the window of the rate limit that the reading used.
    app.advance(Duration::from_secs(31));
    connected["id"].as_str().expect("an id").to_owned()
}

/// The simulated account.
pub fn simulator(app: &TestApp) -> &Simulator {
    &app.sandbox.sandbox.greenhouse
}

/// An application in process for an open job, with a stage to move to: as the API shows it, and the stage's id.
pub async fn somebody(client: &Client) -> (Value, String) {
    let jobs = client.get("/api/v1/jobs?status=open&limit=200").await.expect(200).json();
    let open: Vec<&Value> = jobs["data"].as_array().expect("a list").iter().map(|job| &job["id"]).collect();
    let page = client.get("/api/v1/applications?status=active&limit=200").await.expect(200).json();
    let rows = page["data"].as_array().expect("a list").iter();
    rows.filter(|row| open.contains(&&row["jobId"]))
        .filter_map(|row| {
            let now = row["stage"]["id"].as_str()?;
            let next = row["availableStages"].as_array()?.iter().find_map(|stage| stage["id"].as_str().filter(|id| *id != now))?;
            Some((row.clone(), next.to_owned()))
        })
        .next()
        .expect("somebody is in process")
}

/// A record's id over there.
pub fn external_id(record: &Value) -> i64 {
    record["links"][0]["externalId"].as_str().and_then(|id| id.parse().ok()).expect("it is linked")
}

/// A record over there.
pub fn there(app: &TestApp, kind: Kind, record: &Value) -> Value {
    simulator(app).record(kind, external_id(record)).expect("it exists")
}
