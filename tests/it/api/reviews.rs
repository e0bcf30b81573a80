//! What an approver does, what the record keeps, and who is kept out.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::app::retention::Kept;
use yorisoi::auth::password;
use yorisoi::crypto::keyring::{KeyError, Keyring};
use yorisoi::crypto::tombstones::Tombstones;
use yorisoi_domain::access::{Grant, Role};
use yorisoi_domain::ids::UserId;
use yorisoi_store::{KeyKind, Store as _};
use yorisoi_store_sqlite::SqliteKeys;

use crate::common::client::Browser;
use crate::common::held::{Held, WRITTEN, kinds, put, segment};
use crate::common::rules::{ALONE, HIT, PLAIN};
use crate::common::second_step::Authenticator;

const VIOLENCE: &str = "partner_violence";

/// Decided, written and handed in.
async fn submitted(said: &[&str]) -> Held {
    let mut held = Held::after(said).await;
    if said.contains(&HIT) {
        held.decide(VIOLENCE, "confirm", json!({}))
            .await
            .expect(200);
    }
    held.submitted().await;
    held
}

#[tokio::test]
async fn a_note_is_returned_mended_signed_and_approved_by_another_person() {
    let mut held = submitted(&[PLAIN, HIT]).await;
    let review = held.review().await;
    assert_eq!(review["note"]["fields"]["life_family"], WRITTEN);
    assert_eq!(review["flags"]["flags"][0]["item"], VIOLENCE);
    assert_eq!(review["signatures"], json!([]));
    let left = review["coverage_left"].as_array().unwrap();
    let items = review["flags"]["coverage"].as_array().unwrap().len();
    assert_eq!(left.len(), items - 1);
    assert_eq!(review["may_approve"]["open"], false);
    assert_eq!(kinds(&review["may_approve"]["left"]), ["signature"]);
    let closed = held.approve().await.expect(409);
    assert_eq!(closed.problem(), "gate-closed");
    assert_eq!(closed.json()["left"][0]["item"], VIOLENCE);
    let path = held.path("review");
    let (mut colleague, _) = held
        .world
        .staff("honda", held.world.office, Role::Nurse)
        .await;
    let theirs = colleague.get(&path).await.expect(200).json();
    assert_eq!(
        kinds(&theirs["may_approve"]["left"]),
        ["signature", "not_approver"]
    );

    let give_back = held.path("note/return");
    let bare = json!({ "revision": 3, "comment": " " });
    let bare = held.world.approver.post(&give_back, bare).await.expect(422);
    assert_eq!(
        bare.fields(),
        [("comment".to_owned(), "required".to_owned())]
    );
    let body = json!({ "revision": 3, "comment": "受診の目安を書いてください" });
    held.world
        .approver
        .post(&give_back, body.clone())
        .await
        .expect(200);
    let late = held.world.approver.post(&give_back, body).await.expect(409);
    assert_eq!(late.problem(), "changed");
    let note = held.note().await;
    assert_eq!(note["state"], "returned");
    let returned = &note["returned"];
    assert_eq!(
        (&returned["by"], &returned["comment"]),
        (&json!("miuraさん"), &json!("受診の目安を書いてください"))
    );
    held.sign(VIOLENCE).await.expect(409);

    held.submitted().await;
    held.sign(VIOLENCE).await.expect(204);
    let review = held.review().await;
    assert_eq!(review["may_approve"], json!({ "open": true, "left": [] }));
    assert_eq!(review["signatures"][0]["by_me"], true);
    held.world.test.clock.pass(Duration::from_secs(60));
    let approved = held.approve().await.expect(200).json();
    assert_eq!(approved["number"], "中央-R8-0001");
    let after = held.note().await;
    assert_eq!(
        (&after["state"], &after["version"]),
        (&json!("approved"), &json!(2))
    );

    let path = held.path("record");
    let record = held.world.nurse.get(&path).await.expect(200).json();
    assert_eq!(record["id"], approved["record"]);
    assert_eq!(
        (&record["state"], &record["version"], &record["approver"]),
        (&json!("approved"), &json!(2), &json!("miuraさん"))
    );
    assert_eq!(record["fields"]["life_family"], WRITTEN);
    assert_eq!(record["verdict"], "support");
    let place = json!([{ "segment": segment(2).to_string(), "start_ms": 6_000 }]);
    assert_eq!(record["quotes"], json!({ "life_family": place }));
    let flag = &record["flags"][0];
    assert_eq!(
        (&flag["state"], &flag["decided_by"], &flag["signed_by"]),
        (&json!("confirmed"), &json!("sanoさん"), &json!("miuraさん"))
    );
    assert_eq!(record["model_sha256"], json!(["07".repeat(32)]));
    assert_eq!(
        record["retention"],
        json!({ "transcript_until": "2027-02-23", "record_until": "2031-11-25" })
    );
    let history = record["history"].as_array().unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        told,
        ["approved", "submitted", "returned", "submitted"],
        "no sound was kept in this talk"
    );
    assert!(
        !record.to_string().contains("叩かれ"),
        "her words are in the record"
    );
}

#[tokio::test]
async fn nobody_approves_what_they_had_a_hand_in() {
    let mut held = Held::after(&[HIT]).await;
    let (mut both, user) = held
        .world
        .staff("kida", held.world.office, Role::Nurse)
        .await;
    grant_approver(&held, &mut both, user).await;
    held.decide(VIOLENCE, "confirm", json!({}))
        .await
        .expect(200);
    // Somebody who may approve mends a word: now it is their note too.
    let note = held.note().await;
    held.save(&mut both, &note, json!("support"))
        .await
        .expect(200);
    held.submit().await.expect(200);
    let flag = held.flag(VIOLENCE).await;
    let sign = held.path(&format!("flags/{}/sign", flag["id"].as_str().unwrap()));
    for (path, body) in [
        (sign, json!({ "revision": flag["revision"] })),
        (held.path("note/approve"), json!({ "revision": 3 })),
        (
            held.path("note/return"),
            json!({ "revision": 3, "comment": "x" }),
        ),
    ] {
        let refused = both.post(&path, body).await.expect(403);
        assert_eq!(refused.problem(), "forbidden", "{path}");
    }
    let review = both.get(&held.path("review")).await.expect(200).json();
    assert_eq!(
        kinds(&review["may_approve"]["left"]),
        ["own_note", "signature"]
    );
    // The nurse who held the talk may approve others, and not this one.
    let nurse = held.world.nurse_id;
    let mut own = held.world.nurse.clone();
    grant_approver(&held, &mut own, nurse).await;
    let path = held.path("note/approve");
    let body = json!({ "revision": 3 });
    own.post(&path, body).await.expect(403);
    for mut person in [own, both] {
        let queue = held.queue(&mut person).await.expect(200).json();
        assert_eq!(queue["rows"], json!([]), "one's own note is in the queue");
    }
    held.sign(VIOLENCE).await.expect(204);
    held.approve().await.expect(200);
}

/// Who has a second factor keeps their login as they become an approver.
async fn grant_approver(held: &Held, browser: &mut Browser, user: UserId) {
    // The link they came by is of before the talk.
    let own = "ひまわり畑の三輪車に乗る".to_owned();
    let hash = password::hash(own.clone().into()).await.unwrap();
    let mut tx = held.world.store().await.begin().await.unwrap();
    tx.set_password_hash(user, &hash.into()).await.unwrap();
    tx.commit().await.unwrap();
    let path = "/api/me/second-factor";
    let proof = json!({ "password": own });
    let begun = browser.post(path, proof).await.expect(200).json();
    let code = Authenticator::of(&begun).code(&held.world.test.clock);
    let confirm = format!("{path}/confirm");
    let confirmed = browser.post(&confirm, json!({ "code": code })).await;
    confirmed.expect(200);
    let grant = Grant {
        office: held.world.office,
        role: Role::Approver,
    };
    let mut tx = held.world.store().await.begin().await.unwrap();
    tx.insert_grant(user, grant).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_new_or_opened_flag_brings_the_note_back_by_itself() {
    let mut held = submitted(&[HIT]).await;
    held.sign(VIOLENCE).await.expect(204);
    let path = held.path("flags");
    let seen = json!({ "item": "smoking", "seen": "灰皿が見えた" });
    held.world.nurse.post(&path, seen).await.expect(201);
    let note = held.note().await;
    assert_eq!(note["state"], "returned");
    assert_eq!(
        (&note["returned"]["by"], &note["returned"]["comment"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        held.approve().await.expect(409).json()["left"][0]["kind"],
        "not_submitted"
    );
    // `smoking` is of a tier that waits for nobody, so the note may go again at once.
    held.submit().await.expect(200);
    held.decide(VIOLENCE, "reopen", json!({})).await.expect(200);
    assert_eq!(held.note().await["state"], "returned");
    assert_eq!(
        kinds(&held.submit().await.expect(409).json()["left"]),
        ["flag"]
    );
    let dismissal = json!({ "reason": "not_hers", "words": null });
    held.decide(VIOLENCE, "dismiss", dismissal)
        .await
        .expect(200);
    held.submit().await.expect(200);
    // Dismissed or not, it is signed again, for it is not what was signed.
    let closed = held.approve().await.expect(409);
    assert_eq!(kinds(&closed.json()["left"]), ["signature"]);
    assert_eq!(held.review().await["signatures"], json!([]));
    held.sign(VIOLENCE).await.expect(204);
    held.approve().await.expect(200);
}

#[tokio::test]
async fn what_is_put_off_is_handed_in_and_not_approved() {
    let mut held = Held::after(&[ALONE]).await;
    let until = json!({ "words": "母に会ってから", "until": "2026-11-27" });
    held.decide("isolation", "hold", until).await.expect(200);
    held.submitted().await;
    let mut approver = held.world.approver.clone();
    let queue = held.queue(&mut approver).await.expect(200).json();
    assert_eq!(
        (&queue["rows"][0]["state"], &queue["rows"][0]["held"]),
        (&json!("held"), &json!(1))
    );
    let closed = held.approve().await.expect(409);
    assert_eq!(kinds(&closed.json()["left"]), ["held"]);
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.approve().await.expect(200);
    // From now on flags are what the record says they were.
    let late = held.decide("isolation", "reopen", json!({})).await;
    assert_eq!(late.expect(409).problem(), "wrong-state");
    let path = held.path("flags");
    let seen = json!({ "item": "smoking", "seen": "灰皿が見えた" });
    let late = held.world.nurse.post(&path, seen).await;
    assert_eq!(late.expect(409).problem(), "wrong-state");
}

#[tokio::test]
async fn a_record_is_only_added_to() {
    let mut held = submitted(&[HIT]).await;
    let (record, addenda) = (held.path("record"), held.path("record/addenda"));
    held.world.nurse.get(&record).await.expect(404);
    let words = json!({ "words": "分娩先の病院名を確認した。\n健診は別の医院。" });
    let early = held.world.nurse.post(&addenda, words.clone()).await;
    assert_eq!(early.expect(409).problem(), "not-ready");
    held.sign(VIOLENCE).await.expect(204);
    held.approve().await.expect(200);
    let before = held.world.nurse.get(&record).await.expect(200).json();
    held.world.test.clock.pass(Duration::from_secs(600));
    held.world
        .nurse
        .post(&addenda, words.clone())
        .await
        .expect(201);
    held.world
        .nurse
        .post(&addenda, json!({ "words": " " }))
        .await
        .expect(422);
    let after = held.world.nurse.get(&record).await.expect(200).json();
    assert_eq!(after["state"], "amended");
    assert_eq!(after["addenda"][0]["words"], words["words"]);
    assert_eq!(after["history"][0]["kind"], "addendum");
    // How she may be reached is what holds now, not what held then.
    let restriction = json!({ "text": "電話は平日の日中のみ。" });
    let path = held.path("restriction");
    let mut nurse = held.world.nurse.clone();
    put(&mut nurse, &path, &restriction).await.expect(204);
    let now = nurse.get(&record).await.expect(200).json();
    assert_eq!(now["facts"]["contact_restriction"], restriction["text"]);
    put(&mut nurse, &path, &json!({ "text": null }))
        .await
        .expect(204);
    let now = nurse.get(&record).await.expect(200).json();
    assert_eq!(now["facts"]["contact_restriction"], Value::Null);
    for key in ["sha256", "fields", "flags", "approved_at", "version"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    let note = held.note().await;
    let mut nurse = held.world.nurse.clone();
    let late = held.save(&mut nurse, &note, json!("none")).await;
    assert_eq!(late.expect(409).problem(), "wrong-state");
    // A withdrawal takes the flags away; the record stays, and so does its hash.
    let flags = async |world: &crate::common::world::World, it: uuid::Uuid| {
        let mut reader = world.store().await.read().await.unwrap();
        reader.flags_of(it.into()).await.unwrap().len()
    };
    let it = held.it.id;
    assert!(flags(&held.world, it).await > 0);
    let take = format!(
        "/api/interviews/{it}/participants/{}/withdraw",
        held.resident
    );
    let checked = json!({ "manner": "spoken", "identity_checked": true });
    let mut approver = held.world.approver.clone();
    approver.post(&take, checked).await.expect(200);
    assert_eq!(flags(&held.world, it).await, 0);
    let withdrawn = held.world.nurse.get(&record).await.expect(200).json();
    let history = withdrawn["history"].as_array().unwrap();
    let line = history.iter().find(|it| it["kind"] == "withdrawn").unwrap();
    assert_eq!(line["certificate"], "D-00001");
    // The quotes' times stand there still, and lead to nothing.
    assert_eq!(withdrawn["quotes"], before["quotes"]);
    assert_eq!(withdrawn["flags"], before["flags"]);
    assert_eq!(withdrawn["sha256"], before["sha256"]);
}

#[tokio::test]
async fn approving_destroys_the_sound_and_a_start_finishes_what_a_crash_left() {
    let mut held = submitted(&[PLAIN]).await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    app.audio_key(held.resident).await.unwrap();
    let spool = app.spool().to_owned();
    std::fs::create_dir_all(&spool).unwrap();
    let own = spool.join(format!("{}-{}.spool", held.track, uuid::Uuid::nil()));
    let other = spool.join(format!("{}-x.spool", uuid::Uuid::max()));
    for file in [&own, &other] {
        std::fs::write(file, b"sealed").unwrap();
    }
    assert_eq!(held.note().await["sound_kept"], true);
    held.approve().await.expect(200);
    assert!(!own.exists() && other.exists());
    assert_eq!(held.note().await["sound_kept"], false);
    let folder = &held.world.test.folder;
    let keys = SqliteKeys::open(&folder.keys()).await.unwrap();
    let tombstones = Tombstones::at(folder.tombstones());
    let ring = Keyring::new(
        &held.world.test.kek(),
        std::sync::Arc::new(keys),
        tombstones,
    );
    let gone = ring.get(KeyKind::Audio, held.resident.uuid()).await;
    assert!(matches!(gone, Err(KeyError::Destroyed { .. })), "{gone:?}");
    let words = ring.get(KeyKind::Talk, held.resident.uuid()).await;
    assert!(words.is_ok(), "the words are kept longer");
    let path = held.path("record");
    let record = held.world.nurse.get(&path).await.expect(200).json();
    let line = &record["history"][0];
    assert_eq!(line["kind"], "audio_destroyed");
    assert!(line["audit_number"].is_u64());
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 0);
    // Again is no error: a crash may have come before the line in the audit.
    app.destroy_audio(held.it.id.into()).await.unwrap();
}

#[tokio::test]
async fn sound_is_not_kept_longer_than_was_said_even_where_nobody_approves() {
    let held = Held::after(&[PLAIN]).await;
    let app = std::sync::Arc::clone(&held.world.test.app);
    app.audio_key(held.resident).await.unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    held.world
        .test
        .clock
        .pass(30 * day - Duration::from_secs(1));
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 0);
    held.world.test.clock.pass(Duration::from_secs(2));
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 1);
    assert!(app.audio_key(held.resident).await.is_err());
    assert_eq!(app.destroy_due(Kept::Sound).await.unwrap(), 0);
}

#[tokio::test]
async fn the_queue_has_what_is_urgent_first_and_counts_what_stands() {
    let mut held = Held::after(&[HIT, ALONE]).await;
    held.another(&[]).await;
    held.another(&["isolation"]).await;
    for item in [VIOLENCE, "isolation"] {
        held.decide(item, "confirm", json!({})).await.expect(200);
    }
    held.submitted().await;
    let mut approver = held.world.approver.clone();
    let queue = held.queue(&mut approver).await.expect(200).json();
    let rows = queue["rows"].as_array().unwrap();
    let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(
        column("tier"),
        [json!("immediate"), json!("review"), Value::Null]
    );
    assert_eq!(column("state"), ["submitted", "writing", "writing"]);
    assert_eq!(column("due_on"), ["2026-11-25", "2026-11-30", "2026-12-02"]);
    assert_eq!(
        column("number"),
        ["中央-R8-0001", "中央-R8-0003", "中央-R8-0002"]
    );
    let counts = json!({ "immediate": 1, "review": 1, "notice": 0, "care": 0 });
    assert_eq!(rows[0]["counts"], counts);
    assert_eq!(
        (&rows[0]["name"], &rows[0]["interviewer"]),
        (&json!("白石 ひなた"), &json!("sanoさん"))
    );
    assert_eq!(
        (&queue["today"], &queue["overdue"], &queue["median_days"]),
        (&json!(1), &json!(0), &Value::Null)
    );
    assert_eq!(queue["alerts"], json!([]), "nobody was told yet");
    for item in ["partner_violence", "isolation"] {
        assert!(
            !queue.to_string().contains(item),
            "{item} is named in the list"
        );
    }

    // A dismissed flag counts no more, but what is immediate is still to be signed today.
    let dismissal = json!({ "reason": "past", "words": null });
    held.decide(VIOLENCE, "reopen", json!({})).await.expect(200);
    held.decide(VIOLENCE, "dismiss", dismissal)
        .await
        .expect(200);
    let queue = held.queue(&mut approver).await.expect(200).json();
    let row = &queue["rows"][0];
    assert_eq!(
        (&row["tier"], &row["counts"]["immediate"], &row["state"]),
        (&json!("immediate"), &json!(0), &json!("returned"))
    );
    held.submit().await.expect(200);

    held.world.test.clock.pass(Duration::from_secs(8 * 60 * 60));
    assert_eq!(held.world.test.app.tell_alerts().await.unwrap(), 1);
    let (mut later, _) = held
        .world
        .staff("kurata", held.world.office, Role::Approver)
        .await;
    let queue = held.queue(&mut later).await.expect(200).json();
    assert_eq!((&queue["today"], &queue["overdue"]), (&json!(0), &json!(1)));
    assert_eq!(queue["alerts"].as_array().unwrap().len(), 1);
    held.world.approver = later;
    held.world.nurse = held
        .world
        .staff("honda", held.world.office, Role::Nurse)
        .await
        .0;
    held.sign(VIOLENCE).await.expect(204);
    held.world.test.clock.pass(Duration::from_secs(20 * 60));
    held.approve().await.expect(200);
    let mut later = held.world.approver.clone();
    let queue = held.queue(&mut later).await.expect(200).json();
    assert_eq!(queue["rows"].as_array().unwrap().len(), 2);
    assert_eq!(queue["median_days"], json!({ "value": 0.3, "n": 1 }));
}

#[tokio::test]
async fn another_office_sees_neither_queue_nor_note_nor_record() {
    let mut held = submitted(&[HIT]).await;
    held.sign(VIOLENCE).await.expect(204);
    held.approve().await.expect(200);
    let elsewhere = held.world.other_office;
    for role in [Role::Nurse, Role::Approver] {
        let name = if role == Role::Nurse {
            "kita"
        } else {
            "higashi"
        };
        let (mut stranger, _) = held.world.staff(name, elsewhere, role).await;
        held.queue(&mut stranger).await.expect(403);
        for path in ["note", "review", "record", "memo"] {
            stranger.get(&held.path(path)).await.expect(403);
        }
        let late = json!({ "words": "x" });
        let addenda = held.path("record/addenda");
        stranger.post(&addenda, late).await.expect(403);
    }
    // Their own queue is theirs, and empty.
    let (mut own, _) = held.world.staff("minami", elsewhere, Role::Approver).await;
    let path = format!("/api/review?office={elsewhere}");
    let queue = own.get(&path).await.expect(200).json();
    assert_eq!(queue["rows"], json!([]));
}
