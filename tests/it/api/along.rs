//! A companion and an interpreter: the same link, their own label, and nothing that is hers to say.

use std::time::Duration;

use serde_json::json;

use crate::common::world::{World, along, consent, consent_body, identity};

#[tokio::test]
async fn an_interpreter_comes_by_her_link_and_is_let_in_under_their_own_label() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    phone
        .post("/api/join/along", along(&it, "interpreter"))
        .await
        .expect(204);

    // Nobody asks them where to call, and nothing is asked that is hers to decide.
    let state = phone.get("/api/join/state").await.expect(200).json();
    assert_eq!(
        (&state["step"], &state["along"]),
        (&json!("device"), &json!("interpreter"))
    );
    let device =
        json!({ "camera": "works", "microphone": "works", "noise": "quiet", "network": "good" });
    phone.post("/api/join/device", device).await.expect(204);
    let state = phone.get("/api/join/state").await.json();
    assert_eq!(
        (&state["step"], &state["ask"]),
        (&json!("consent"), &json!("transcription"))
    );
    for (choice, value) in [("interview", "no"), ("sharing", "yes")] {
        let body = consent_body(&mut phone, choice, value).await;
        phone.post("/api/join/consent", body).await.expect(409);
    }
    phone
        .post("/api/join/nearby", json!({ "nearby": "alone" }))
        .await
        .expect(409);
    // Each voice counts for itself: theirs is heard, and may stay without text.
    let state = consent(&mut phone, "transcription", "none").await;
    assert_eq!(state["step"], "ready");
    phone.post("/api/join/knock", json!({})).await.expect(204);

    let guest = world.guest(&it).await;
    assert_eq!(
        (&guest["role"], &guest["state"]),
        (&json!("interpreter"), &json!("knocking"))
    );
    assert_eq!(guest["identity"], json!(null));
    assert_eq!(guest["consent"]["sharing"], "no");
    let path = format!(
        "/api/interviews/{}/participants/{}/admit",
        it.id,
        guest["participant"].as_str().unwrap()
    );
    world.nurse.post(&path, json!({})).await.expect(204);
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "talk");
    assert_eq!(world.guest(&it).await["role"], "interpreter");
}

#[tokio::test]
async fn a_wrong_number_costs_the_same_delay_and_nobody_changes_sides() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    let wrong = json!({ "role": "companion", "booking_number": "222-222" });
    let answer = phone.post("/api/join/along", wrong).await.expect(422);
    assert_eq!(answer.problem(), "identity-mismatch");
    let delay = answer.json()["retry_after_s"].as_u64().unwrap();
    // One delay for both ways in.
    let right = along(&it, "companion");
    phone
        .post("/api/join/along", right.clone())
        .await
        .expect(429);
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(429);
    world.test.clock.pass(Duration::from_secs(delay));
    for role in ["resident", "nurse"] {
        phone
            .post("/api/join/along", along(&it, role))
            .await
            .expect(400);
    }
    phone
        .post("/api/join/along", right.clone())
        .await
        .expect(204);
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(409);

    let mut herself = world.proven_phone(&it).await;
    herself.post("/api/join/along", right).await.expect(409);
    let state = herself.get("/api/join/state").await.json();
    assert_eq!(
        (&state["step"], &state["along"]),
        (&json!("contact"), &json!(null))
    );
}

#[tokio::test]
async fn what_may_be_erased_is_said_until_it_is_erased() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let erasable = async |phone: &mut crate::common::client::Browser| {
        phone.get("/api/join/state").await.json()["erasable"].clone()
    };
    assert_eq!(erasable(&mut phone).await, true);
    // Stopped from now on: what there is stays, and can still be taken back.
    consent(&mut phone, "transcription", "none").await;
    assert_eq!(erasable(&mut phone).await, true);
    phone
        .post("/api/join/withdraw", json!({}))
        .await
        .expect(200);
    assert_eq!(erasable(&mut phone).await, false);

    let mut second = world.phone(&it).await;
    assert_eq!(erasable(&mut second).await, false);
}
