//! What goes by itself when its time is over, and what is said of it.

use std::time::Duration;

use serde_json::json;
use yorisoi::app::AppError;
use yorisoi::app::clock_seen::ClockDoubt;
use yorisoi::app::retention::{Kept, Purge};
use yorisoi::clock::Clock as _;
use yorisoi_domain::access::Role;
use yorisoi_domain::call::record::ClosedWhy;
use yorisoi_domain::ids::{AlertId, CallId, InterviewId, ParticipantId};
use yorisoi_domain::risk::alert::Alert;
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::{contents, reading};

use crate::common::broken::close_broken;
use crate::common::held::Held;
use crate::common::rules::{ALONE, PLAIN};
use crate::common::world::World;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often the audit says it.
async fn audit(world: &World, code: &str) -> usize {
    let rows = contents(&world.test.folder.database()).await.unwrap();
    let code = format!("'{code}'");
    let all = rows["audit_events"].iter();
    all.filter(|row| row.contains(&code)).count()
}

#[tokio::test]
async fn sound_goes_in_time_although_nobody_has_ended_the_talk_and_is_said_to_be_gone_when_it_is() {
    let mut world = World::new().await;
    let it = world.book().await;
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"].clone();
    let guest = guest.as_str().unwrap().to_owned();
    let admit = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
    world.nurse.post(&admit, json!({})).await.expect(204);
    let (track, she) = (
        uuid::Uuid::from_u128(1),
        guest.parse::<ParticipantId>().unwrap(),
    );
    world.keep_sound(it.id, &guest, track).await;
    let app = std::sync::Arc::clone(&world.test.app);
    let (call, interview) = (CallId::new(track), it.id.into());
    world.test.clock.pass(40 * DAY);
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 0, "in a call");
    let left = (ClosedWhy::NobodyLeft, InterviewMs(0));
    app.close_call(call, interview, left, &[]).await.unwrap();
    world.test.clock.pass(29 * DAY);
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 0);
    world.test.clock.pass(2 * DAY);

    // Somebody reads the old pages of the key file.
    let reader = reading(&world.test.folder.keys()).await.unwrap();
    app.destroy_due(Kept::Sound).await.unwrap_err();
    assert!(app.audio_key(she).await.is_err());
    assert_eq!(audit(&world, "audio_destroyed").await, 0);
    drop(reader);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 1);
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 0);
    assert_eq!(audit(&world, "audio_destroyed").await, 1);
}

#[tokio::test]
async fn words_go_when_the_record_is_old_enough_and_the_record_stays() {
    let mut held = Held::after(&[ALONE, PLAIN]).await;
    let confirmed = held.decide("isolation", "confirm", json!({})).await;
    confirmed.expect(200);
    held.submitted().await;
    held.approve().await.expect(200);
    let app = std::sync::Arc::clone(&held.world.test.app);
    let (record, transcript) = (held.path("record"), held.path("transcript"));
    let before = held.world.nurse.get(&record).await.expect(200).json();
    held.world.test.clock.pass(90 * DAY);
    let (mut nurse, _) = held
        .world
        .staff("sasaki", held.world.office, Role::Nurse)
        .await;
    assert_eq!(app.destroy_due(Kept::Words).await.unwrap(), 0);
    let said = nurse.get(&transcript).await.expect(200).json();
    assert_eq!(said["segments"].as_array().unwrap().len(), 2);

    held.world.test.clock.pass(DAY);
    let (mut nurse, _) = held
        .world
        .staff("kato", held.world.office, Role::Nurse)
        .await;
    assert_eq!(app.destroy_due(Kept::Words).await.unwrap(), 1);
    assert_eq!(app.destroy_due(Kept::Words).await.unwrap(), 0);
    let said = nurse.get(&transcript).await.expect(200).json();
    assert_eq!(said["segments"], json!([]));
    let after = nurse.get(&record).await.expect(200).json();
    for key in ["sha256", "fields", "flags", "approved_at"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    // It went in its time: nobody took anything back.
    let flags = nurse.get(&held.path("flags")).await.expect(200).json();
    assert_eq!(flags["flags"][0]["state"], "confirmed");
    assert_eq!(flags["flags"][0]["withdrawn"], false);
    let rows = contents(&held.world.test.folder.database()).await.unwrap();
    assert_eq!(rows["segments"], Vec::<String>::new());
    let keys = contents(&held.world.test.folder.keys()).await.unwrap();
    let mut talk = keys["data_keys"]
        .iter()
        .filter(|row| row.contains("'talk'"));
    assert!(talk.all(|row| row.contains(&"00".repeat(72))), "{keys:?}");
    assert_eq!(audit(&held.world, "talk_destroyed").await, 1);
}

#[tokio::test]
async fn logins_that_have_ended_are_forgotten_and_those_in_use_are_not() {
    let world = World::new().await;
    let app = std::sync::Arc::clone(&world.test.app);
    let count = async || {
        let rows = contents(&world.test.folder.database()).await.unwrap();
        (rows["login_sessions"].len(), rows["sign_in_links"].len())
    };
    assert_eq!(count().await, (3, 3));
    assert_eq!(app.forget_logins().await.unwrap(), 0);
    world.test.clock.pass(2 * DAY);
    let (mut nurse, _) = world.staff("sasaki", world.office, Role::Nurse).await;
    assert_eq!(app.forget_logins().await.unwrap(), 6);
    assert_eq!(count().await, (1, 1));
    nurse.get("/api/me").await.expect(200);
}

/// The keys of this kind that are left, in the order of their making.
async fn keys_left(world: &World, kind: &str) -> usize {
    let rows = contents(&world.test.folder.keys()).await.unwrap();
    let kind = format!("'{kind}'");
    let own = rows["data_keys"].iter().filter(|row| row.contains(&kind));
    own.filter(|row| !row.contains(&"00".repeat(72))).count()
}

#[tokio::test]
async fn words_of_a_note_that_nobody_approves_go_too_and_the_approver_is_told_before() {
    let mut held = Held::after(&[ALONE, PLAIN]).await;
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    let told = async |held: &mut Held, staff: &str| {
        let office = held.world.office;
        let (mut approver, _) = held.world.staff(staff, office, Role::Approver).await;
        let queue = held.queue(&mut approver).await.expect(200).json();
        queue["rows"][0]["words_until"].clone()
    };
    held.world.test.clock.pass(149 * DAY);
    assert_eq!(told(&mut held, "mori").await, json!(null));
    assert_eq!(app.unapproved_soon().await.unwrap(), 0);
    held.world.test.clock.pass(2 * DAY);
    // Held on 2026-11-25: 180 days later.
    assert_eq!(told(&mut held, "hara").await, json!("2027-05-24"));
    assert_eq!(app.unapproved_soon().await.unwrap(), 1);
    held.world.test.clock.pass(29 * DAY);
    assert_eq!(app.destroy_due(Kept::UnapprovedWords).await.unwrap(), 0);
    assert!(keys_left(&held.world, "talk").await > 0);
    held.world.test.clock.pass(DAY);
    assert_eq!(app.destroy_due(Kept::UnapprovedWords).await.unwrap(), 1);
    assert_eq!(app.destroy_due(Kept::UnapprovedWords).await.unwrap(), 0);
    assert_eq!(keys_left(&held.world, "talk").await, 0);
    let office = held.world.office;
    let (mut nurse, _) = held.world.staff("kato", office, Role::Nurse).await;
    let said = nurse.get(&held.path("transcript")).await.expect(200).json();
    assert_eq!(said["segments"], json!([]));
    // What the nurse wrote and decided waits for the approver as before.
    let flags = nurse.get(&held.path("flags")).await.expect(200).json();
    assert_eq!(flags["flags"][0]["state"], "confirmed");
    assert_eq!(
        nurse.get(&held.path("note")).await.expect(200).json()["state"],
        "submitted"
    );
    assert_eq!(audit(&held.world, "talk_destroyed").await, 1);
}

#[tokio::test]
async fn a_record_and_who_is_named_in_it_go_when_their_years_are_over() {
    let mut held = Held::after(&[ALONE]).await;
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    held.approve().await.expect(200);
    let app = std::sync::Arc::clone(&held.world.test.app);
    let office = held.world.office;
    let day = format!("/api/interviews?office={office}&day=2026-11-25");
    held.world.test.clock.pass(5 * 365 * DAY);
    let (mut nurse, _) = held.world.staff("sasaki", office, Role::Nurse).await;
    let due = app.purge_due().await.unwrap();
    let kinds: Vec<_> = due.lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [Kept::Words], "two days are left for the record");
    nurse.get(&held.path("record")).await.expect(200);
    let listed = nurse.get(&day).await.expect(200).json();
    assert_eq!(listed["interviews"].as_array().unwrap().len(), 1);

    held.world.test.clock.pass(3 * DAY);
    let (mut nurse, _) = held.world.staff("kato", office, Role::Nurse).await;
    let (before, people) = (
        keys_left(&held.world, "record").await,
        keys_left(&held.world, "person").await,
    );
    // Somebody whom the case bars had tried to open it, and nobody has taken notice.
    let store = held.world.store().await;
    let (tried, now) = (
        AlertId::new(uuid::Uuid::from_u128(1)),
        held.world.test.clock.now(),
    );
    let mut tx = store.begin().await.unwrap();
    let alert = Alert::barred(tried, held.it.id.into(), held.world.nurse_id, now);
    tx.insert_alert(&alert).await.unwrap();
    assert_eq!(tx.unopened_alerts(now).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    let purge = app.purge().await.unwrap();
    let mut reader = store.read().await.unwrap();
    assert_eq!(reader.unopened_alerts(now).await.unwrap(), []);
    drop(reader);
    let kinds: Vec<_> = purge
        .lines
        .iter()
        .map(|line| (line.kind, line.ids.len(), line.left))
        .collect();
    let one = |kind| (kind, 1, 0);
    assert_eq!(
        kinds,
        [Kept::Words, Kept::Records, Kept::Residents].map(one)
    );
    assert_eq!((before, keys_left(&held.world, "record").await), (1, 0));
    assert_eq!(
        keys_left(&held.world, "person").await,
        people - 1,
        "staff stay"
    );
    nurse.get(&held.path("record")).await.expect(404);
    let listed = nurse.get(&day).await.expect(200).json();
    assert_eq!(listed["interviews"], json!([]));

    // One line that names nobody, and by which the audit can be held.
    let line = std::fs::read_to_string(held.world.test.folder.purges()).unwrap();
    let said: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    assert_eq!(said["audit_head"], json!(purge.audit_head));
    assert_eq!(
        said["lines"][1],
        json!({ "kind": "records", "ids": [held.it.id], "left": 0 })
    );
    assert!(!line.contains("白石"));
    assert_eq!(app.purge().await.unwrap().count(), 0);
    assert_eq!(
        std::fs::read_to_string(held.world.test.folder.purges()).unwrap(),
        line
    );
    let administrator = &mut held
        .world
        .staff("kanri2", office, Role::Administrator)
        .await
        .0;
    let page = administrator.get("/api/audit").await.expect(200).json();
    assert_eq!(page["chain"]["holds"], true);
}

/// Of the resident's track: speech, and everything else but absence.
fn speech(transcript: &serde_json::Value) -> (u64, u64) {
    let mut accounts = transcript["accounts"].as_array().unwrap().iter();
    let hers = accounts.find(|it| it["party"] == "resident").unwrap();
    let ms = |value: &serde_json::Value| value.as_u64().unwrap_or_default();
    let gaps = hers["gaps_ms"].as_object().unwrap().iter();
    let gaps: u64 = gaps
        .filter(|(why, _)| *why != "absent")
        .map(|(_, it)| ms(it))
        .sum();
    (ms(&hers["speech_ms"]), ms(&hers["silence_ms"]) + gaps)
}

#[tokio::test]
async fn what_a_law_keeps_is_not_destroyed_before_it_is_lifted_and_off_nothing_is_kept() {
    let mut held = Held::after(&[ALONE]).await;
    let id = InterviewId::new(held.it.id);
    let app = std::sync::Arc::clone(&held.world.test.app);
    let off = app.set_hold(id, "刑事訴訟法 第197条2項").await;
    assert!(matches!(off, Err(AppError::NotReady)), "{off:?}");
    held.world.test.settings.retention.legal_hold = true;
    held.world.test.restart().await;
    held.world.nurse.router = held.world.test.router.clone();
    let app = std::sync::Arc::clone(&held.world.test.app);
    app.set_hold(id, "刑事訴訟法 第197条2項").await.unwrap();
    let twice = app.set_hold(id, "同じ").await;
    assert!(matches!(twice, Err(AppError::Taken)), "{twice:?}");
    assert_eq!(
        app.list_holds().await.unwrap()[0].basis.expose(),
        "刑事訴訟法 第197条2項"
    );
    let file = std::fs::read(held.world.test.folder.database()).unwrap();
    let basis = "刑事訴訟法".as_bytes();
    assert!(
        !file.windows(basis.len()).any(|it| it == basis),
        "the basis is not sealed"
    );

    let transcript = held.path("transcript");
    let before = held.world.nurse.get(&transcript).await.expect(200).json();
    assert_eq!(before["segments"].as_array().unwrap().len(), 1);
    assert!(speech(&before).0 > 0, "{before}");
    assert_ne!(held.flag("isolation").await["quotes"][0]["marked"], "");

    // She takes everything back: nothing more is written, and she is not told that it is gone.
    let talk = keys_left(&held.world, "talk").await;
    let path = held.path(&format!("participants/{}/withdraw", held.resident));
    let answer = held
        .world
        .nurse
        .post(
            &path,
            json!({ "manner": "spoken", "identity_checked": true }),
        )
        .await;
    let told = answer.expect(503).json();
    assert_eq!(told["certificate"], "D-00001");
    assert_eq!(told["held"], true);
    assert_eq!(app.finish_withdrawals().await.unwrap(), 0);
    assert_eq!(keys_left(&held.world, "talk").await, talk);
    let rows = contents(&held.world.test.folder.database()).await.unwrap();
    assert_eq!(rows["segments"].len(), 1, "it is not kept");
    // Nobody reads or hears it, and a restored backup takes it back again, under its number.
    let said = held.world.nurse.get(&transcript).await.expect(200).json();
    assert_eq!(said["segments"], json!([]));
    assert_eq!(speech(&said), (0, speech(&before).0 + speech(&before).1));
    let flag = held.flag("isolation").await;
    assert_eq!(
        (&flag["quotes"][0]["marked"], &flag["withdrawn"]),
        (&json!(""), &json!(true))
    );
    assert!(app.audio_key(held.resident).await.is_err());
    let list = std::fs::read_to_string(held.world.test.folder.tombstones()).unwrap();
    let line = format!("withdrawn spoken {} ", held.resident);
    assert_eq!(list.matches(&line).count(), 1, "{list}");
    assert!(app.destroy_audio(id).await.is_err());
    held.world.test.clock.pass(400 * DAY);
    assert_eq!(app.purge().await.unwrap().count(), 0);

    app.lift_hold(id).await.unwrap();
    assert!(app.lift_hold(id).await.is_err());
    assert_eq!(app.finish_withdrawals().await.unwrap(), 1);
    assert_eq!(keys_left(&held.world, "talk").await, talk - 1);
    assert!(app.purge().await.unwrap().count() > 0);
    assert_eq!(
        (
            audit(&held.world, "legal_hold_set").await,
            audit(&held.world, "legal_hold_lifted").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn the_audit_goes_a_year_after_the_record_and_what_is_left_of_it_verifies() {
    let mut held = Held::after(&[ALONE]).await;
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    held.approve().await.expect(200);
    let app = std::sync::Arc::clone(&held.world.test.app);
    let clock = std::sync::Arc::clone(&held.world.test.clock);
    clock.pass((5 * 365 + 3) * DAY);
    let purge = app.purge().await.unwrap();
    assert_eq!((purge.count(), purge.audit_removed), (3, 0));
    let old = purge.audit_events;
    clock.pass(360 * DAY);
    // Old enough, but the record went less than a year ago.
    clock.pass(2 * DAY);
    assert_eq!(app.purge().await.unwrap().audit_removed, 0);
    clock.pass(40 * DAY);
    let due = app.purge_due().await.unwrap();
    assert!(due.audit_removed > 10 && due.audit_removed < old, "{due:?}");
    assert_eq!(app.verify_audit().await.unwrap().removed, 0);
    let purge = app.purge().await.unwrap();
    assert_eq!((purge.count(), purge.audit_removed), (0, due.audit_removed));
    assert_eq!(audit(&held.world, "audit_removed").await, 1);
    assert_eq!(audit(&held.world, "record_destroyed").await, 2);
    let report = app.verify_audit().await.unwrap();
    assert_eq!(report.removed, purge.audit_removed);
    assert_eq!(report.head.seq, purge.audit_events);
    let lines = std::fs::read_to_string(held.world.test.folder.purges()).unwrap();
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(last["audit_removed"], json!(purge.audit_removed));

    // Nothing is due again when the event that says it was destroyed is gone too.
    clock.pass(7 * 365 * DAY);
    let purge = app.purge().await.unwrap();
    assert_eq!(purge.count(), 0, "{purge:?}");
    assert!(purge.audit_removed > 0, "{purge:?}");
    assert_eq!(audit(&held.world, "record_destroyed").await, 0);
    assert_eq!(app.purge().await.unwrap().audit_removed, 0);
    held.world.test.restart().await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    let removed = app.verify_audit().await.unwrap().removed;
    assert!(removed > old, "{removed}");
    let office = held.world.office;
    let administrator = &mut held
        .world
        .staff("kanri2", office, Role::Administrator)
        .await
        .0;
    let page = administrator.get("/api/audit").await.expect(200).json();
    assert_eq!(page["chain"]["holds"], true);
    assert_eq!(page["chain"]["removed"], json!(removed));
}

#[tokio::test]
async fn a_note_that_nobody_approves_goes_with_the_years_of_a_record() {
    let mut held = Held::after(&[ALONE]).await;
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    let office = held.world.office;
    let clock = std::sync::Arc::clone(&held.world.test.clock);
    clock.pass(5 * 365 * DAY);
    let kinds = |purge: yorisoi::app::retention::Purge| -> Vec<_> {
        let lines = purge.lines.into_iter();
        lines.map(|line| (line.kind, line.left)).collect()
    };
    assert_eq!(
        kinds(app.purge().await.unwrap()),
        [(Kept::Sound, 0), (Kept::UnapprovedWords, 0)]
    );
    let (mut approver, _) = held.world.staff("mori", office, Role::Approver).await;
    let waiting = held.queue(&mut approver).await.expect(200).json();
    assert_eq!(waiting["rows"].as_array().unwrap().len(), 1);
    clock.pass(3 * DAY);
    assert_eq!(
        kinds(app.purge().await.unwrap()),
        [(Kept::Records, 0), (Kept::Residents, 0)]
    );
    assert_eq!(keys_left(&held.world, "record").await, 0);
    let (mut approver, _) = held.world.staff("hara", office, Role::Approver).await;
    let waiting = held.queue(&mut approver).await.expect(200).json();
    assert_eq!(waiting["rows"], json!([]));
    approver.get(&held.path("note")).await.expect(404);
    assert_eq!(app.purge().await.unwrap().count(), 0);
}

#[tokio::test]
async fn under_a_clock_that_leapt_nothing_goes_until_somebody_says_that_it_is_right() {
    let mut held = Held::after(&[ALONE]).await;
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    held.approve().await.expect(200);
    let office = held.world.office;
    let clock = std::sync::Arc::clone(&held.world.test.clock);
    let app = std::sync::Arc::clone(&held.world.test.app);
    let keys = keys_left(&held.world, "record").await;
    assert!(keys > 0);
    for _ in 0..3 {
        clock.pass(DAY);
        app.purge_unasked().await.unwrap().unwrap();
    }
    clock.pass(10 * 365 * DAY);
    let doubt = app.purge_unasked().await.unwrap().unwrap_err();
    assert_eq!(doubt.days(), 3_650);
    // Set right again, it goes on by itself.
    clock.set_back(10 * 365 * DAY);
    app.purge_unasked().await.unwrap().unwrap();
    clock.pass(10 * 365 * DAY);
    // People come in under it, and it is started again: the events of that are no proof.
    held.world.staff("mori", office, Role::Approver).await;
    held.world.test.restart().await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    app.purge_unasked().await.unwrap().unwrap_err();
    // Nor where the note is gone and the first start writes events: what was there before counts.
    std::fs::remove_file(held.world.test.folder.clock_seen()).unwrap();
    clock.pass(40 * DAY);
    held.world.test.restart().await;
    held.world.staff("hara", office, Role::Approver).await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    let doubt = app.purge_unasked().await.unwrap().unwrap_err();
    assert_eq!(doubt.days(), 40);
    assert_eq!(keys_left(&held.world, "record").await, keys);
    app.believe_clock().unwrap();
    app.purge_unasked().await.unwrap().unwrap();
    assert_eq!(keys_left(&held.world, "record").await, 0);
}

/// The machine was off, or somebody set the clock: a service that runs would have seen these days.
#[tokio::test]
async fn after_days_that_no_service_saw_nothing_goes_until_the_clock_has_gone_on_for_a_day() {
    let mut held = Held::after(&[ALONE]).await;
    let she = held.resident.to_string();
    held.world
        .keep_sound(held.it.id, &she, uuid::Uuid::from_u128(9))
        .await;
    close_broken(&held.world.test.app).await;
    let clock = std::sync::Arc::clone(&held.world.test.clock);
    let hours = |n: u32| clock.pass(n * DAY / 24);
    let kept = keys_left(&held.world, "audio").await;
    assert!(kept > 0);
    for _ in 0..5 {
        hours(20);
        held.purged_unasked().await.unwrap();
    }

    // Over a start it stands 29 days ahead: her sound is five days old, and would go.
    clock.set_forward(29 * DAY);
    held.world.test.restart().await;
    let doubt = held.purged_unasked().await.unwrap_err();
    assert_eq!(doubt.days(), 29);
    assert_eq!(doubt.until, Some(doubt.now + DAY));
    hours(20);
    held.world.test.restart().await;
    held.purged_unasked().await.unwrap_err();
    clock.set_back(DAY / 24 * 10);
    held.purged_unasked().await.unwrap_err();
    clock.set_back(20 * DAY);
    held.purged_unasked().await.unwrap();
    clock.set_forward(20 * DAY);
    held.purged_unasked().await.unwrap_err();
    hours(5);
    held.purged_unasked().await.unwrap_err();
    // One of five days begins the wait anew, one of two days counts for nothing.
    clock.set_forward(5 * DAY);
    held.purged_unasked().await.unwrap_err();
    hours(5);
    held.purged_unasked().await.unwrap_err();
    clock.set_forward(2 * DAY);
    held.purged_unasked().await.unwrap_err();
    hours(18);
    held.purged_unasked().await.unwrap_err();
    assert_eq!(keys_left(&held.world, "audio").await, kept);
    // Whoever works under it has seen nothing wrong with it.
    hours(5);
    held.purged_unasked().await.unwrap();
    assert_eq!(keys_left(&held.world, "audio").await, 0);
    // Nights and single days are no leap.
    for _ in 0..3 {
        hours(24);
        held.purged_unasked().await.unwrap();
    }
}

/// A counter with service on Mondays, Wednesdays and Fridays, whose machine is off in between.
#[tokio::test]
async fn where_the_machine_is_off_every_other_day_the_days_it_runs_add_up() {
    let held = Held::after(&[ALONE]).await;
    let clock = std::sync::Arc::clone(&held.world.test.clock);
    let hours = |n: u32| clock.pass(n * DAY / 24);
    held.purged_unasked().await.unwrap();
    let mut evenings = Vec::new();
    for _ in 0..4 {
        hours(39);
        held.purged_unasked().await.unwrap_err();
        hours(4);
        held.purged_unasked().await.unwrap_err();
        hours(5);
        evenings.push(held.purged_unasked().await.is_ok());
    }
    // After a whole day it is believed, and the next night of two days is a leap of its own.
    assert_eq!(evenings, [false, false, true, false]);
}

impl Held {
    async fn purged_unasked(&self) -> Result<Purge, ClockDoubt> {
        self.world.test.app.purge_unasked().await.unwrap()
    }
}
