//! The disk fills up in the middle of a sync. Nothing accepted is lost, each refusal says why, and it all goes on once there is space.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{ARRIVAL, Place, Received, subscribe_to};
use crate::syncing::{address, client, connect, everything_arrived, key_for, serve, simulators};

/// A small file system of the test's own. It goes with this value.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may not mount one.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=96m", "tmpfs"]).arg(folder.path()).output().ok()?;
        mounted.status.success().then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all space but this much.
    fn fill(&self, leave: u64) {
        let ballast = self.path().join("ballast");
        let mut file = File::create(&ballast).expect("there is space for a name");
        let block = vec![0_u8; 64 * 1024];
        let mut size = 0_u64;
        while let Ok(written) = file.write(&block) {
            size += written as u64;
        }
        file.set_len(size.saturating_sub(leave)).expect("a file can shrink");
    }

    /// Gives the space back.
    fn free(&self) {
        fs::remove_file(self.path().join("ballast")).expect("it is there");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Publishes one event; the answer's status and body.
async fn publish(server: &str, key: &str, number: u64) -> (u16, Value) {
    let body = json!({"event": "message.received", "data": {"number": number, "filler": "x".repeat(4_000)}}).to_string();
    let request = client().post(format!("{server}/api/v1/events")).bearer_auth(key).header("content-type", "application/json");
    let answer = request.body(body).send().await.expect("the server answers");
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_and_everything_goes_on_once_there_is_space() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("this user may not mount a small file system: there is no disk to fill");
        return;
    };
    let place = Place::at(&format!("sqlite:{}", disk.path().join("hirewire.db").display()));
    let ctx = place.context().await;
    let received = Received::default();
    let caller = subscribe_to(&ctx, &received.listen().await, &["message.received"]).await;
    let key = key_for(&place);
    let (_simulators, provider) = simulators(&place);
    let mut server = serve(&place, &provider);
    let at = address(&server);
    connect(&at, &key).await;
    disk.fill(1024 * 1024);

    let mut accepted = HashMap::new();
    let begin = Instant::now();
    let mut number = 0;
    let (status, body) = loop {
        let (status, body) = publish(&at, &key, number).await;
        if status != 202 {
            break (status, body);
        }
        accepted.insert(number, body["messageId"].as_str().expect("an id").to_owned());
        number += 1;
        assert!(begin.elapsed() < ARRIVAL, "the disk never filled up");
    };
    assert_eq!(status, 503, "{body}");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.starts_with("The server's disk is full.")), "{body}");
    // What is there can still be read.
    let list = client().get(format!("{at}/api/v1/jobs")).bearer_auth(&key).send().await.expect("the server answers");
    assert_eq!(list.status().as_u16(), 200);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(server.is_alive(), "a full disk ends nothing");

    disk.free();
    let (status, body) = publish(&at, &key, number).await;
    assert_eq!(status, 202, "space is found without a restart: {body}");
    accepted.insert(number, body["messageId"].as_str().expect("an id").to_owned());
    received.all_of(&accepted).await;
    everything_arrived(&ctx, &caller).await;
    assert!(server.is_alive());
    ctx.store.close().await;
}
