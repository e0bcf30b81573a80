//! What the machine does to the service: the disk is full, the database is held by another
//! program, the clock is set. Whoever waits is told what it is, and nothing is lost or doubled.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;
use yorisoi::app::AppError;
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::ids::{CallId, InterviewId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_store::{Store as _, StoreError};

use crate::common::app::TestApp;
use crate::common::broken::close_broken;
use crate::common::held::Held;
use crate::common::missing::not_run;
use crate::common::rules::PLAIN;
use crate::common::scenario::Scenario;
use crate::common::talk::{HERS, utterance};
use crate::common::world::{World, consent_to_all, identity};
use crate::serve::{configuration, failed, free_address, run, text};

/// A disk of a few MiB, mounted for one test.
pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this machine does not let the test mount anything.
    pub(crate) fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status();
        matches!(mounted, Ok(status) if status.success()).then_some(Self(dir))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn scenario(&self) -> Scenario {
        Scenario::on(TempDir::new_in(self.folder()).unwrap())
    }

    /// Until nothing more goes in. Removing the file makes room again.
    pub(crate) fn fill(&self) -> std::path::PathBuf {
        let path = self.folder().join("of somebody else");
        let mut file = std::fs::File::create(&path).unwrap();
        loop {
            match file.write_all(&[0; 4_096]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return path,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// `ro` or `rw`; nobody may have a file open for writing.
    fn remount(&self, how: &str) {
        let remount = format!("remount,{how}");
        let mut mount = Command::new("mount");
        mount.args(["-o", &remount]).arg(self.folder());
        assert!(mount.status().unwrap().success(), "{how}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: connections of the test may close a moment later.
        let _ = Command::new("umount").arg("-l").arg(self.folder()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_costs_nothing_that_was_written_or_typed() {
    let Some(disk) = SmallDisk::mount() else {
        let test = "a_full_disk_is_said_and_costs_nothing_that_was_written_or_typed";
        not_run(test, "nobody may mount a small disk");
        return;
    };
    let test = TestApp::on(disk.scenario()).await;
    let mut held = Held::of(World::of(test).await, &[PLAIN]).await;
    let mut nurse = held.world.nurse.clone();
    let mut note = held.note().await;
    let filler = disk.fill();

    // What the database's log has room for still goes through.
    let refused = loop {
        let answer = held.save(&mut nurse, &note, json!("support")).await;
        if answer.status != 200 {
            break answer.expect(507);
        }
        note = answer.json();
    };
    assert_eq!(refused.problem(), "storage-full");
    assert!(refused.json()["reference"].is_string());
    let (id, resident) = (InterviewId::new(held.it.id), held.resident);
    let text = utterance(2, held.track, PLAIN);
    let unwritten = held.world.test.app.confirm_segment(id, resident, &text);
    let unwritten = unwritten.await.map(|_| ());
    assert!(
        matches!(unwritten, Err(AppError::Store(StoreError::Full(_)))),
        "{unwritten:?}"
    );
    let booking = held.world.booking();
    let booked = held.world.nurse.post("/api/interviews", booking).await;
    assert_eq!(booked.expect(507).problem(), "storage-full");

    std::fs::remove_file(filler).unwrap();
    // The same text from the same page: nothing of it was half taken.
    held.save(&mut nurse, &note, json!("support"))
        .await
        .expect(200);
    let audit = held.world.administrator.get("/api/audit").await;
    assert_eq!(audit.expect(200).json()["chain"]["holds"], true);
    held.world.test.restart().await;
}

/// Every file below, with what is in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let inside = std::fs::read(&path).unwrap();
            found.insert(path, inside);
        }
    }
    found
}

#[tokio::test]
async fn a_disk_that_became_read_only_is_said_at_the_start_and_nothing_on_it_is_changed() {
    let Some(disk) = SmallDisk::mount() else {
        let test = "a_disk_that_became_read_only_is_said_at_the_start_and_nothing_on_it_is_changed";
        not_run(test, "nobody may mount a small disk");
        return;
    };
    // A talk was held, and the machine is started again.
    let mut held = Held::after(&[PLAIN]).await;
    held.submitted().await;
    let there = disk.scenario();
    let copy = Command::new("cp")
        .args(["-r", "--", "data", "kek"])
        .arg(there.path())
        .current_dir(held.world.test.dir())
        .status();
    assert!(copy.unwrap().success());
    drop(held);
    let file = configuration(there.path(), free_address());
    let before = files(there.path());
    disk.remount("ro");
    let said = failed(&["serve", "--config", text(&file)]);
    assert!(said.to_lowercase().contains("read-only"), "{said}");
    disk.remount("rw");
    assert_eq!(files(there.path()), before);
    run(&file, &["audit", "verify"]);
}

#[tokio::test]
async fn a_database_that_is_held_for_a_moment_is_waited_for_and_for_long_is_said() {
    let mut held = Held::after(&[PLAIN]).await;
    let mut nurse = held.world.nurse.clone();
    let note = held.note().await;
    let other = held.world.store().await;

    let lock = other.begin().await.unwrap();
    let moment = Duration::from_millis(700);
    let release = async {
        tokio::time::sleep(moment).await;
        drop(lock);
    };
    let started = Instant::now();
    let save = held.save(&mut nurse, &note, json!("support"));
    let (saved, ()) = tokio::join!(save, release);
    let note = saved.expect(200).json();
    assert!(started.elapsed() >= moment);

    let lock = other.begin().await.unwrap();
    let refused = held.save(&mut nurse, &note, json!("watch")).await;
    assert_eq!(refused.expect(503).problem(), "busy");
    drop(lock);
    held.save(&mut nurse, &note, json!("watch"))
        .await
        .expect(200);
    assert_eq!(held.note().await["verdict"], "watch");
}

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_clock_that_is_set_back_locks_nobody_out_and_keeps_no_talk_from_ending() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    let mut wrong = identity(&it);
    wrong["birth_date"] = json!("1998-12-05");
    phone.post("/api/join/identity", wrong).await.expect(422);
    world.test.clock.set_back(HOUR);
    // Not an hour and ten seconds later, but now.
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);
    consent_to_all(&mut phone).await;
    phone.post("/api/join/knock", json!({})).await.expect(204);
    let talk = world.admit_to_talk(it, phone).await;
    let (id, resident) = (InterviewId::new(talk.it.id), talk.resident);
    let path = |rest: &str| format!("/api/interviews/{}/{rest}", talk.it.id);
    let app = std::sync::Arc::clone(&world.test.app);

    // In the middle of the talk, whose own clock goes on.
    world.test.clock.set_back(HOUR);
    let text = Segment {
        start: InterviewMs(600_000),
        end: InterviewMs(602_000),
        ..utterance(1, HERS, PLAIN)
    };
    app.confirm_segment(id, resident, &text).await.unwrap();
    world.nurse.post(&path("end"), json!({})).await.expect(204);
    // The talk's own clock went on.
    let ended = (ClosedWhy::Ended, InterviewMs(610_000));
    app.close_call(talk.call, id, ended, &[]).await.unwrap();
    let transcript = world.nurse.get(&path("transcript")).await.expect(200);
    let transcript = transcript.json();
    let mut accounts = transcript["accounts"].as_array().unwrap().iter();
    let account = accounts.find(|account| account["party"] == "resident");
    let account = account.unwrap();
    assert_eq!(account["speech_ms"], 2_000, "{account}");
    let gaps: u64 = account["gaps_ms"]
        .as_object()
        .unwrap()
        .values()
        .map(|ms| ms.as_u64().unwrap())
        .sum();
    let silence = account["silence_ms"].as_u64().unwrap();
    assert_eq!(2_000 + silence + gaps, 610_000, "{account}");
    world.nurse.get(&path("note")).await.expect(200);
    let audit = world.administrator.get("/api/audit").await.expect(200);
    assert_eq!(audit.json()["chain"]["holds"], true);
}

#[tokio::test]
async fn a_service_whose_clock_was_set_back_over_a_crash_starts_again() {
    let mut world = World::new().await;
    let it = world.book().await;
    let call = CallId::new(Uuid::from_u128(1));
    let app = &world.test.app;
    app.open_call(call, InterviewId::new(it.id)).await.unwrap();
    world.test.clock.set_back(HOUR);
    world.test.restart().await;
    assert_eq!(close_broken(&world.test.app).await, 1);
    let mut reader = world.store().await.read().await.unwrap();
    let calls = reader.calls_of(InterviewId::new(it.id)).await.unwrap();
    let closed = calls[0].closed.unwrap();
    assert_eq!(
        (closed.at, closed.why),
        (calls[0].opened_at, ClosedWhy::Crash)
    );
}

#[tokio::test]
async fn a_clock_that_is_set_forward_ends_no_talk_and_signs_nobody_out_of_it() {
    let mut world = World::new().await;
    let mut talk = world.begin_talk().await;
    let path = |rest: &str| format!("/api/interviews/{}/{rest}", talk.it.id);
    let mut room = world.test.room(&world.nurse, talk.it.id).await;
    world.test.clock.set_forward(30 * HOUR);
    room.ask("ping", json!({})).await.unwrap();
    let state = talk.phone.get("/api/join/state").await.expect(200);
    assert_eq!(state.json()["step"], "talk");
    world.nurse.post(&path("end"), json!({})).await.expect(204);
}
