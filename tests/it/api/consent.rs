//! What is kept of an answer, and for which text it counts.

use serde_json::json;
use yorisoi_domain::consent::{Answer, Manner, YesNo};
use yorisoi_domain::ids::ParticipantId;
use yorisoi_store::Store as _;

use crate::common::world::{World, consent, consent_body};

#[tokio::test]
async fn entries_hold_version_hash_language_and_manner_of_what_was_shown() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.proven_phone(&it).await;
    let texts = phone
        .get("/api/join/consent?locale=ja")
        .await
        .expect(200)
        .json();
    let text = &texts["texts"][1];
    assert_eq!(text["choice"], "transcription");
    assert!(
        text["answers"][0]["consequence"]
            .as_str()
            .unwrap()
            .contains("90日")
    );
    let body = json!({
        "choice": "transcription", "value": "transcript", "locale": "ja",
        "version": text["version"], "sha256": text["sha256"],
    });
    phone.post("/api/join/consent", body).await.expect(200);
    let entry = world.guest(&it).await["consent_entries"][0].clone();
    assert_eq!(entry["sha256"], text["sha256"]);
    assert_eq!(entry["version"], text["version"]);
    assert_eq!(
        (&entry["language"], &entry["manner"]),
        (&json!("ja"), &json!("tap"))
    );
}

#[tokio::test]
async fn an_answer_to_a_text_that_is_not_the_present_one_does_not_count() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.proven_phone(&it).await;
    let good = consent_body(&mut phone, "interview", "yes").await;
    for (field, value) in [
        ("version", json!(99)),
        ("sha256", json!("0".repeat(64))),
        ("locale", json!("ja")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = phone.post("/api/join/consent", body).await.expect(409);
        assert_eq!(answer.problem(), "not-ready", "{field}");
    }
    let mut unknown = good.clone();
    unknown["locale"] = json!("tlh");
    phone.post("/api/join/consent", unknown).await.expect(422);
    let mut nonsense = good;
    nonsense["value"] = json!("perhaps");
    phone.post("/api/join/consent", nonsense).await.expect(400);
    assert!(
        world.guest(&it).await["consent_entries"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn without_text_to_keep_the_sound_is_not_asked_for_and_stands_as_no() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.proven_phone(&it).await;
    consent(&mut phone, "interview", "yes").await;
    let state = consent(&mut phone, "transcription", "captions_only").await;
    assert_eq!(state["consent"]["keep_audio"], "no");
    phone
        .post(
            "/api/join/contact",
            json!({ "callback": "0900000123" , "place": "自宅" }),
        )
        .await
        .expect(204);
    let device = json!({ "camera": "refused", "microphone": "works", "noise": "unknown", "network": "weak" });
    phone.post("/api/join/device", device).await.expect(204);
    assert_eq!(phone.get("/api/join/state").await.json()["ask"], "sharing");

    let participant = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut reader = world.store().await.read().await.unwrap();
    let entries = reader
        .consents(ParticipantId::new(participant))
        .await
        .unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last.answer, Answer::KeepAudio(YesNo::No));
    assert_eq!(last.manner, Manner::NotAsked);
    drop(reader);

    // She changes her mind: now there is sound to keep, and she is asked.
    let state = consent(&mut phone, "transcription", "transcript").await;
    assert_eq!(
        (&state["ask"], &state["consent"]["keep_audio"]),
        (&json!("keep_audio"), &json!(null))
    );
}
