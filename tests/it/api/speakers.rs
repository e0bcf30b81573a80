//! A turn is given another speaker: its flags follow, its words and its consent do not move.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi_domain::access::Role;
use yorisoi_domain::ids::SegmentId;

use super::flags::{Talk, of_type};
use crate::common::client::Answer;
use crate::common::held::{Held, put, segment};
use crate::common::rules::{ALONE, ASKS, HIT, PLAIN};

const SOON: Duration = Duration::from_secs(5);

async fn give(talk: &mut Talk, turn: SegmentId, speaker: Value) -> Answer {
    let path = talk.path(&format!("segments/{turn}/speaker"));
    put(&mut talk.world.nurse, &path, &json!({ "speaker": speaker })).await
}

/// Party and speaker of one turn, and its words.
async fn read(talk: &mut Talk, turn: SegmentId) -> [Value; 3] {
    let path = talk.path("transcript");
    let all = talk.world.nurse.get(&path).await.expect(200).json();
    let mut said = all["segments"].as_array().unwrap().iter();
    let it = said.find(|it| it["id"] == turn.to_string()).unwrap();
    ["party", "speaker", "text"].map(|of| it[of].clone())
}

#[tokio::test]
async fn a_turn_of_another_speaker_takes_its_flag_with_it_and_a_decided_one_stays() {
    let mut talk = Talk::begin().await;
    let (colleague, _) = talk
        .world
        .staff("tanaka", talk.world.office, Role::Nurse)
        .await;
    let mut page = talk.world.test.room(&colleague, talk.it.id).await;
    let mut phone = talk.world.test.talk(&talk.phone).await;
    let resident = talk.resident;
    let alone = talk.say(resident, ALONE).await;

    give(&mut talk, alone, json!("nurse")).await.expect(204);
    let told = page.told_that(SOON, of_type("speaker")).await.unwrap();
    let given = json!({ "segment": alone.to_string(), "speaker": "nurse" });
    assert_eq!(told["data"], given);
    page.told_that(SOON, of_type("flag_gone")).await.unwrap();
    let words = [json!("resident"), json!("nurse"), json!(ALONE)];
    assert_eq!(read(&mut talk, alone).await, words, "the words stay");
    assert_eq!(talk.flag("isolation").await, Value::Null);
    assert_eq!(talk.covered("isolation").await.0, "not_asked");

    // Also when the talk goes on.
    talk.say(resident, PLAIN).await;
    assert_eq!(talk.flag("isolation").await, Value::Null);
    give(&mut talk, alone, Value::Null).await.expect(204);
    let back = [json!("resident"), Value::Null, json!(ALONE)];
    assert_eq!(read(&mut talk, alone).await, back);
    assert_eq!(talk.covered("isolation").await.0, "positive");
    let isolation = talk.flag("isolation").await;
    assert_eq!(isolation["quotes"][0]["party"], "resident");
    let seen = json!({ "revision": isolation["revision"] });
    talk.decide(&isolation, "confirm", seen).await.expect(200);
    let confirmed = |event: &Value| of_type("flag")(event) && event["data"]["state"] == "confirmed";
    page.told_that(SOON, confirmed).await.unwrap();

    // What somebody decided stays decided, as another thing to see.
    give(&mut talk, alone, json!("companion")).await.expect(204);
    let told = page.told_that(SOON, of_type("flag")).await.unwrap();
    let flag = talk.flag("isolation").await;
    assert_eq!(told["data"]["revision"], flag["revision"]);
    assert_eq!(
        (&flag["state"], &flag["revision"]),
        (&json!("confirmed"), &json!(3))
    );
    assert_eq!(flag["quotes"][0]["party"], "companion");
    assert_eq!(flag["quotes"][0]["participant"], resident.to_string());

    // The same once more is nothing new.
    give(&mut talk, alone, json!("companion")).await.expect(204);
    let actions = talk.actions().await;
    let of = |code: &str| actions.iter().filter(|it| *it == code).count();
    assert_eq!((of("speaker_given"), of("speaker_taken_back")), (2, 1));

    // Her own page was told of nothing.
    let end = talk.path("end");
    talk.world.nurse.post(&end, json!({})).await.expect(204);
    let mut told = Vec::new();
    while let Ok(event) = phone.told(SOON).await {
        told.push(event["type"].clone());
    }
    assert!(!told.is_empty(), "the control");
    assert!(!told.contains(&json!("speaker")), "{told:?}");
}

#[tokio::test]
async fn an_immediate_flag_and_its_alert_stay_until_somebody_decides() {
    let mut talk = Talk::begin().await;
    let (nurse, resident) = (talk.nurse, talk.resident);
    let hit = talk.say(resident, HIT).await;
    // A slip of the hand, or her own words at the resident's microphone.
    give(&mut talk, hit, json!("nurse")).await.expect(204);
    talk.say(resident, PLAIN).await;
    talk.world.test.restart().await;
    talk.say(nurse, PLAIN).await;
    let flag = talk.flag("partner_violence").await;
    assert_eq!(flag["state"], "suggested");
    assert_eq!(flag["quotes"][0]["party"], "nurse");
    assert_eq!(talk.covered("partner_violence").await.0, "not_asked");
    assert_eq!(talk.rows("alerts").await.len(), 1);
    let others = json!({ "revision": flag["revision"], "reason": "not_hers" });
    talk.decide(&flag, "dismiss", others).await.expect(200);
    let flag = talk.flag("partner_violence").await;
    assert_eq!(flag["state"], "dismissed");

    // Hers after all: whoever dismissed it did so for another speaker, and is shown whose words they are.
    give(&mut talk, hit, json!("resident")).await.expect(204);
    let again = talk.flag("partner_violence").await;
    assert_eq!(again["quotes"][0]["party"], "resident");
    assert_ne!(again["revision"], flag["revision"]);
    assert_eq!(talk.rows("alerts").await.len(), 1);
}

#[tokio::test]
async fn new_flags_arise_where_a_turn_is_hers_after_all() {
    let mut talk = Talk::begin().await;
    let (nurse, resident) = (talk.nurse, talk.resident);
    let asked = talk.say(resident, ASKS).await;
    let hit = talk.say(nurse, HIT).await;
    assert_eq!(talk.flag("partner_violence").await, Value::Null);
    give(&mut talk, hit, json!("resident")).await.expect(204);
    let flag = talk.flag("partner_violence").await;
    assert_eq!(flag["state"], "suggested");
    assert_eq!(flag["quotes"][0]["party"], "resident");
    assert_eq!(talk.covered("isolation").await.0, "not_asked");
    give(&mut talk, asked, json!("nurse")).await.expect(204);
    assert_ne!(talk.covered("isolation").await.0, "not_asked");
    // Nor does it go, with its alert, when that is taken back.
    give(&mut talk, hit, Value::Null).await.expect(204);
    let flag = talk.flag("partner_violence").await;
    assert_eq!(
        (&flag["state"], &flag["quotes"][0]["party"]),
        (&json!("suggested"), &json!("nurse"))
    );
    assert_eq!(talk.rows("alerts").await.len(), 1);
    // No turn of this talk.
    give(&mut talk, segment(99), json!("nurse"))
        .await
        .expect(404);
}

#[tokio::test]
async fn who_spoke_is_open_beside_somebody_until_a_nurse_says_so() {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    let nearby = |it: &str| json!({ "nearby": it });
    let someone = talk.phone.post("/api/join/nearby", nearby("someone"));
    someone.await.expect(204);
    let alone = talk.say(resident, ALONE).await;
    assert_eq!(talk.flag("isolation").await["speaker_unknown"], true);
    give(&mut talk, alone, json!("resident")).await.expect(204);
    assert_eq!(talk.flag("isolation").await["speaker_unknown"], false);
    // Also after whoever was there has gone: taken back, it stands as it stood.
    let gone = talk.phone.post("/api/join/nearby", nearby("alone"));
    gone.await.expect(204);
    give(&mut talk, alone, json!("unknown")).await.expect(204);
    let open = talk.flag("isolation").await;
    assert_eq!(open["speaker_unknown"], true);
    assert_eq!(open["quotes"][0]["party"], "mixed");
    give(&mut talk, alone, json!("companion")).await.expect(204);
    assert_eq!(talk.flag("isolation").await["speaker_unknown"], false);
    give(&mut talk, alone, Value::Null).await.expect(204);
    assert_eq!(talk.flag("isolation").await["speaker_unknown"], true);
}

#[tokio::test]
async fn one_microphone_at_the_counter_is_hers_where_a_nurse_says_so() {
    let mut talk = Talk::begin().await;
    talk.world.held_at_counter(talk.it.id).await;
    let room = talk.resident;
    let hit = talk.say(room, HIT).await;
    let open = talk.flag("partner_violence").await;
    assert_eq!(
        (&open["speaker_unknown"], &open["quotes"][0]["party"]),
        (&json!(true), &json!("mixed"))
    );
    give(&mut talk, hit, json!("resident")).await.expect(204);
    let hers = talk.flag("partner_violence").await;
    assert_eq!(
        (&hers["speaker_unknown"], &hers["quotes"][0]["party"]),
        (&json!(false), &json!("resident"))
    );
    give(&mut talk, hit, Value::Null).await.expect(204);
    let open = talk.flag("partner_violence").await;
    assert_eq!(open["speaker_unknown"], true);
}

#[tokio::test]
async fn consent_stays_with_the_track_whoever_is_said_to_speak() {
    let mut talk = Talk::begin().await;
    let (nurse, resident) = (talk.nurse, talk.resident);
    let hers = talk.say(resident, ALONE).await;
    let nurses = talk.say(nurse, HIT).await;
    give(&mut talk, hers, json!("nurse")).await.expect(204);
    let slip = talk.say(resident, HIT).await;
    give(&mut talk, slip, json!("nurse")).await.expect(204);
    give(&mut talk, nurses, json!("resident")).await.expect(204);
    assert_eq!(talk.rows("speakers").await.len(), 3);
    let flag = talk.flag("partner_violence").await;
    assert_eq!(flag["quotes"].as_array().unwrap().len(), 2);
    let path = talk.path(&format!("participants/{resident}/withdraw"));
    let manner = json!({ "manner": "spoken", "identity_checked": true });
    talk.world.nurse.post(&path, manner).await.expect(200);

    // Hers goes, although it was the nurse's; what the nurse's track holds stays, although it was hers.
    let path = talk.path("transcript");
    let left = talk.world.nurse.get(&path).await.expect(200).json();
    let left = left["segments"].as_array().unwrap().clone();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0]["id"], nurses.to_string());
    assert_eq!(left[0]["speaker"], "resident");
    let flag = talk.flag("partner_violence").await;
    assert_eq!(flag["quotes"].as_array().unwrap().len(), 1);
    assert_eq!(flag["quotes"][0]["participant"], nurse.to_string());
    assert_eq!(talk.rows("speakers").await.len(), 1);
    give(&mut talk, hers, json!("resident")).await.expect(404);
}

#[tokio::test]
async fn a_note_comes_back_with_another_speaker_and_an_approved_one_has_none() {
    const VIOLENCE: &str = "partner_violence";
    let mut held = Held::after(&[HIT]).await;
    let confirm = held.decide(VIOLENCE, "confirm", json!({}));
    confirm.await.expect(200);
    held.submitted().await;
    held.sign(VIOLENCE).await.expect(204);
    let path = held.path(&format!("segments/{}/speaker", segment(1)));
    let speaker = |it: &str| json!({ "speaker": it });
    let mut nurse = held.world.nurse.clone();
    put(&mut nurse, &path, &speaker("companion"))
        .await
        .expect(204);
    // What was signed is not what stands there now.
    assert_eq!(held.note().await["state"], "returned");
    held.submit().await.expect(200);
    let review = held.review().await;
    let quote = &review["flags"]["flags"][0]["quotes"][0];
    assert_eq!(quote["party"], "companion");
    assert_eq!(review["signatures"], json!([]));
    held.sign(VIOLENCE).await.expect(204);
    held.approve().await.expect(200);
    let late = put(&mut nurse, &path, &speaker("resident")).await;
    late.expect(409);
    let quote = held.flag(VIOLENCE).await["quotes"][0].clone();
    assert_eq!(quote["party"], "companion");
}
