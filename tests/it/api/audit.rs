//! What administrators read of the audit: what happened, and nothing of whom it happened to.

use serde_json::json;

use crate::common::world::{World, identity};

#[tokio::test]
async fn the_way_to_the_talk_stands_in_the_audit_without_a_personal_word() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    phone
        .post(
            "/api/join/contact",
            json!({ "callback": "09000001234", "place": "若葉市" }),
        )
        .await
        .expect(204);
    world.guest(&it).await;
    world
        .approver
        .post("/api/interviews", world.booking())
        .await
        .expect(403);

    let answer = world.administrator.get("/api/audit").await.expect(200);
    let page = answer.json();
    assert_eq!(page["chain"], json!({ "holds": true, "broken": null }));
    let actions: Vec<_> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    for action in [
        "interview_booked",
        "invitation_made",
        "invitation_claimed",
        "identity_passed",
        "consent_recorded",
        "knocked",
        "contact_given",
        "door_seen",
        "denied:book_interview:no_role",
    ] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
    let text = String::from_utf8(answer.body).unwrap();
    for word in [
        "白石",
        "シライシ",
        "1998",
        "09000001234",
        "若葉",
        &it.booking_number,
        &it.secret,
    ] {
        assert!(!text.contains(word), "the audit holds {word}");
    }
}

#[tokio::test]
async fn a_cut_or_changed_audit_is_said() {
    let mut world = World::new().await;
    let heads = world.test.folder.audit_heads();
    let text = std::fs::read_to_string(&heads).unwrap();
    let later = format!("{text}999999 {}\n", "0".repeat(64));
    std::fs::write(&heads, later).unwrap();
    let page = world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json();
    assert_eq!(page["chain"]["holds"], false);
}

#[tokio::test]
async fn the_audit_is_read_page_by_page() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    for _ in 0..60 {
        world.test.clock.pass(std::time::Duration::from_secs(2));
        phone
            .post("/api/join/claim", json!({ "secret": "A".repeat(43) }))
            .await
            .expect(404);
        phone
            .post("/api/join/leave", json!({ "how": "closed" }))
            .await
            .expect(204);
        phone = world.phone(&it).await;
    }
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);
    let first = world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json();
    let first = first["events"].as_array().unwrap().clone();
    assert_eq!(first.len(), 100);
    let last = first[99]["seq"].as_u64().unwrap();
    let next = world
        .administrator
        .get(&format!("/api/audit?before={last}"))
        .await
        .expect(200)
        .json();
    assert_eq!(next["events"][0]["seq"], last - 1);
}
