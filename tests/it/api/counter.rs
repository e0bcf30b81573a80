//! A talk at the counter: she has no browser, the nurse's holds the one microphone.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::common::world::World;

/// What the nurse read aloud, and the answer that she was given.
async fn said(world: &mut World, it: Uuid, who: &str, choice: &str, value: &str) {
    let read = format!("/api/interviews/{it}/consent-texts");
    let texts = world.nurse.get(&read).await.expect(200).json();
    let texts = texts["texts"].as_array().unwrap().clone();
    let text = texts.iter().find(|text| text["choice"] == choice).unwrap();
    let body = json!({
        "choice": choice, "value": value, "manner": "spoken", "locale": "ja-x-easy",
        "version": text["version"], "sha256": text["sha256"],
    });
    let path = format!("/api/interviews/{it}/participants/{who}/consent");
    world.nurse.post(&path, body).await.expect(204);
}

#[tokio::test]
async fn at_the_counter_she_is_asked_aloud_before_the_talk_begins() {
    let mut world = World::new().await;
    let it = world.book().await;
    let path = format!("/api/interviews/{}", it.id);
    let counter = format!("{path}/counter");
    let nurse = &mut world.nurse;
    nurse.post(&counter, json!({})).await.expect(409);
    world.held_at_counter(it.id).await;
    world.nurse.post(&counter, json!({})).await.expect(204);
    world.nurse.post(&counter, json!({})).await.expect(409);
    let guest = world.guest(&it).await;
    assert_eq!(
        (&guest["at_counter"], &guest["state"], &guest["identity"]),
        (&json!(true), &json!("knocking"), &Value::Null)
    );
    let who = guest["participant"].as_str().unwrap().to_owned();
    let admit = format!("{path}/participants/{who}/admit");
    world.nurse.post(&admit, json!({})).await.expect(409);
    let detail = world.nurse.get(&path).await.expect(200).json();
    assert_eq!(detail["state"], "waiting");
    said(&mut world, it.id, &who, "interview", "yes").await;
    world.nurse.post(&admit, json!({})).await.expect(204);
    let detail = world.nurse.get(&path).await.expect(200).json();
    assert_eq!(detail["state"], "in_progress");
    let guest = world.guest(&it).await;
    assert_eq!(guest["consent_entries"][0]["manner"], "spoken");
    // Her own phone is another seat, and displaces nobody.
    let mut phone = world.phone(&it).await;
    phone.get("/api/join/state").await.expect(200);
    let end = format!("{path}/end");
    world.nurse.post(&end, json!({})).await.expect(204);
    world.nurse.post(&counter, json!({})).await.expect(409);
}
