//! The note from the end of the talk to the approver's desk.

use serde_json::{Value, json};
use yorisoi_domain::access::Role;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::contents;

use crate::common::held::{Held, WRITTEN, kinds, put, segment};
use crate::common::rules::{ALONE, HIT, PLAIN};
use crate::common::world::World;

const VIOLENCE: &str = "partner_violence";

#[tokio::test]
async fn a_note_lies_ready_when_the_talk_ends_with_its_number_and_nothing_chosen() {
    let mut held = Held::after(&[PLAIN, HIT]).await;
    let note = held.note().await;
    assert_eq!(
        (&note["state"], &note["revision"], &note["version"]),
        (&json!("draft"), &json!(1), &json!(0))
    );
    assert_eq!(note["number"], "中央-R8-0001");
    assert_eq!(
        (&note["verdict"], &note["author"]),
        (&Value::Null, &Value::Null)
    );
    let fields = note["fields"].as_object().unwrap();
    assert!(fields.len() == 8 && fields.values().all(|text| text == ""));
    let facts = &note["facts"];
    assert_eq!(
        (&facts["name"], &facts["age"], &facts["interviewer"]),
        (&json!("白石 ひなた"), &json!(28), &json!("sanoさん"))
    );
    assert_eq!(facts["weeks"], json!({ "weeks": 14, "days": 2 }));
    assert_eq!(
        (&facts["identity_checked"], &facts["company"]),
        (&json!(true), &json!([]))
    );
    let consent = json!({ "transcription": "transcript", "keep_audio": "yes", "sharing": "yes" });
    assert_eq!(facts["consent"], consent);
    assert!(facts["interview"]["ended_at"].is_string());
    // Suggested and not confirmed: nobody has put anything in the note.
    assert_eq!(note["quotes"], json!({}));
    assert_eq!(note["gate"]["open"], false);
    assert_eq!(kinds(&note["gate"]["left"]), ["flag", "verdict", "text"]);
    assert_eq!(note["gate"]["left"][0]["item"], VIOLENCE);
}

#[tokio::test]
async fn what_is_urgent_and_open_keeps_the_note_at_home() {
    let mut held = Held::after(&[HIT, ALONE]).await;
    let (mut nurse, note) = (held.world.nurse.clone(), held.note().await);
    let early = held.submit().await.expect(409);
    assert_eq!(early.problem(), "gate-closed");
    assert_eq!(
        kinds(&early.json()["left"]),
        ["flag", "flag", "verdict", "text"]
    );
    held.save(&mut nurse, &note, json!("support"))
        .await
        .expect(200);
    assert_eq!(
        kinds(&held.submit().await.expect(409).json()["left"]).len(),
        2
    );
    held.decide(VIOLENCE, "confirm", json!({}))
        .await
        .expect(200);
    let held_until = json!({ "words": "母に会ってから", "until": "2026-11-27" });
    held.decide("isolation", "hold", held_until)
        .await
        .expect(200);
    // What is put off may be handed in, until its day is over.
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    held.world.test.clock.pass(3 * day);
    let (mut nurse, _) = held
        .world
        .staff("honda", held.world.office, Role::Nurse)
        .await;
    let path = held.path("note/submit");
    let over = nurse
        .post(&path, json!({ "revision": 2 }))
        .await
        .expect(409);
    assert_eq!(kinds(&over.json()["left"]), ["held"]);
    let list = held.path("flags");
    let flags = nurse.get(&list).await.expect(200).json();
    let flags = flags["flags"].as_array().unwrap();
    let isolation = flags.iter().find(|flag| flag["item"] == "isolation");
    let isolation = isolation.unwrap().clone();
    let confirm = held.path(&format!(
        "flags/{}/confirm",
        isolation["id"].as_str().unwrap()
    ));
    nurse
        .post(&confirm, json!({ "revision": isolation["revision"] }))
        .await
        .expect(200);
    let sent = nurse
        .post(&path, json!({ "revision": 2 }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&sent["state"], &sent["version"], &sent["revision"]),
        (&json!("submitted"), &json!(1), &json!(3))
    );
    assert_eq!(sent["versions"][0]["submitted_by"], "hondaさん");
    let again = nurse
        .post(&path, json!({ "revision": 3 }))
        .await
        .expect(409);
    assert_eq!(again.problem(), "wrong-state");
}

#[tokio::test]
async fn confirmed_quotes_stand_beside_their_field_as_times_alone() {
    let mut held = Held::after(&[PLAIN, HIT, ALONE]).await;
    held.decide(VIOLENCE, "confirm", json!({}))
        .await
        .expect(200);
    let misheard = json!({ "reason": "misheard", "words": null });
    held.decide("isolation", "dismiss", misheard)
        .await
        .expect(200);
    let note = held.note().await;
    let place = json!([{ "segment": segment(2).to_string(), "start_ms": 6_000 }]);
    assert_eq!(note["quotes"], json!({ "life_family": place }));
    assert!(
        !note.to_string().contains("叩かれ"),
        "her words are in the note"
    );

    // What she takes back is gone from the note; what the nurse wrote stays.
    let mut nurse = held.world.nurse.clone();
    held.save(&mut nurse, &note, json!("support"))
        .await
        .expect(200);
    let store = held.world.store().await;
    let mut tx = store.begin().await.unwrap();
    for row in tx.flags_of(held.it.id.into()).await.unwrap() {
        tx.delete_flag(row.flag.id, row.revision).await.unwrap();
    }
    tx.commit().await.unwrap();
    let note = held.note().await;
    assert_eq!(note["quotes"], json!({}));
    assert_eq!(note["fields"]["life_family"], WRITTEN);
    assert_eq!(note["gate"], json!({ "open": true, "left": [] }));
}

#[tokio::test]
async fn the_second_of_two_editors_is_told_and_loses_nothing() {
    let mut held = Held::after(&[PLAIN]).await;
    let read = held.note().await;
    let (mut first, mut second) = (held.world.nurse.clone(), held.world.nurse.clone());
    let saved = held.save(&mut first, &read, Value::Null).await.expect(200);
    let saved = saved.json();
    assert_eq!(
        (&saved["revision"], &saved["author"]["me"]),
        (&json!(2), &json!(true))
    );
    let path = held.path("note");
    let mut fields = read["fields"].clone();
    fields["wishes"] = json!("産後に手伝ってくれるところを知りたい。");
    let body = json!({ "revision": read["revision"], "fields": fields, "verdict": "watch" });
    let late = put(&mut second, &path, &body).await.expect(409);
    assert_eq!(late.problem(), "changed");
    // The page reads again, shows the difference and sends what both wrote.
    let now = second.get(&path).await.expect(200).json();
    assert_eq!(now["fields"]["life_family"], WRITTEN);
    assert_eq!(now["fields"]["wishes"], "");
    fields["life_family"] = now["fields"]["life_family"].clone();
    let body = json!({ "revision": now["revision"], "fields": fields, "verdict": "watch" });
    let both = put(&mut second, &path, &body).await.expect(200).json();
    assert_eq!(both["fields"]["life_family"], WRITTEN);
    assert_eq!(
        (&both["verdict"], &both["revision"]),
        (&json!("watch"), &json!(3))
    );
}

#[tokio::test]
async fn what_can_not_be_taken_is_named_field_by_field() {
    let mut held = Held::after(&[PLAIN]).await;
    let path = held.path("note");
    let fields = held.note().await["fields"].clone();
    let mut nurse = held.world.nurse.clone();
    let mut bad = fields.clone();
    bad["wishes"] = json!("あ".repeat(2_001));
    bad["next"] = json!("来\u{0}週");
    let body = json!({ "revision": 1, "fields": bad, "verdict": null });
    let refused = put(&mut nurse, &path, &body).await.expect(422).fields();
    let named: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(named, ["wishes", "next"]);
    let body = json!({ "revision": 1, "fields": fields, "verdict": "special" });
    put(&mut nurse, &path, &body).await.expect(400);
    assert_eq!(held.note().await["revision"], 1);
    // Every field full of three-byte characters still fits into a request.
    let mut full = fields;
    for (_, text) in full.as_object_mut().unwrap() {
        *text = json!("あ".repeat(2_000));
    }
    let body = json!({ "revision": 1, "fields": full, "verdict": "none" });
    let saved = put(&mut nurse, &path, &body).await.expect(200);
    assert_eq!(saved.json()["gate"]["open"], true);
}

#[tokio::test]
async fn there_is_no_note_before_the_talk_and_it_is_not_handed_in_during_it() {
    let mut world = World::new().await;
    let it = world.book().await;
    let path = format!("/api/interviews/{}/note", it.id);
    let early = world.nurse.get(&path).await.expect(409);
    assert_eq!(early.problem(), "not-ready");
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"].clone();
    let guest = guest.as_str().unwrap();
    let admit = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
    world.nurse.post(&admit, json!({})).await.expect(204);
    let note = world.nurse.get(&path).await.expect(200).json();
    assert_eq!(note["facts"]["interview"]["ended_at"], Value::Null);
    let submit = format!("{path}/submit");
    let early = world.nurse.post(&submit, json!({ "revision": 1 })).await;
    assert_eq!(early.expect(409).problem(), "not-ready");
}

#[tokio::test]
async fn a_memo_is_the_nurses_own() {
    let held = Held::after(&[PLAIN]).await;
    let path = held.path("memo");
    let mut nurse = held.world.nurse.clone();
    let empty = nurse.get(&path).await.expect(200).json();
    assert_eq!(
        empty,
        json!({ "text": "", "revision": 0, "saved_at": null })
    );
    let words = "電話は平日の日中\n郵便は不可";
    let body = json!({ "revision": 0, "text": words });
    let saved = put(&mut nurse, &path, &body).await.expect(200).json();
    assert_eq!(saved["revision"], 1);
    let late = put(&mut nurse, &path, &body).await.expect(409);
    assert_eq!(late.problem(), "changed");
    assert_eq!(nurse.get(&path).await.expect(200).json()["text"], words);
    let (mut colleague, _) = held
        .world
        .staff("honda", held.world.office, Role::Nurse)
        .await;
    assert_eq!(colleague.get(&path).await.expect(200).json()["text"], "");
    let cleared = json!({ "revision": 1, "text": " " });
    put(&mut nurse, &path, &cleared).await.expect(200);
    assert_eq!(nurse.get(&path).await.expect(200).json()["text"], "");
}

/// No file of the data folder holds what was written, and the audit says who did what.
#[tokio::test]
async fn nothing_that_was_written_lies_in_the_clear() {
    let mut held = Held::after(&[HIT]).await;
    held.decide(VIOLENCE, "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    let comment = "受診の目安を書いてください";
    let give_back = held.path("note/return");
    let body = json!({ "revision": 3, "comment": comment });
    held.world.approver.post(&give_back, body).await.expect(200);
    held.submit().await.expect(200);
    held.sign(VIOLENCE).await.expect(204);
    held.approve().await.expect(200);
    let addendum = "分娩先の病院名を確認した";
    let addenda = held.path("record/addenda");
    held.world
        .nurse
        .post(&addenda, json!({ "words": addendum }))
        .await
        .expect(201);
    let folder = held.world.test.folder.path().to_owned();
    let files_with = |text: &str| {
        let files = std::fs::read_dir(&folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        let holds = |path: &std::path::PathBuf| {
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        paths.filter(holds).count()
    };
    assert!(files_with("中央保健センター") > 0, "the control");
    for words in [WRITTEN, comment, addendum, "叩かれ", "白石"] {
        assert_eq!(files_with(words), 0, "{words}");
    }
    let rows = contents(&held.world.test.folder.database()).await.unwrap();
    let audit = rows["audit_events"].concat();
    for action in [
        "note_begun",
        "note_read",
        "note_saved",
        "note_submitted",
        "note_returned",
        "flag_signed",
        "note_approved",
        "audio_destroyed",
        "addendum_added",
    ] {
        assert!(audit.contains(action), "{action}");
    }
}
