//! What administrators read of the audit: what happened, and nothing of whom it happened to.

use serde_json::json;
use yorisoi_domain::access::Actor;
use yorisoi_store_sqlite::contents;

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

/// What nobody's hand does directly is a change all the same.
#[tokio::test]
async fn what_gives_way_and_what_begins_by_itself_stands_in_the_audit() {
    let mut world = World::new().await;
    let it = world.book().await;
    let count = async |world: &World, code: &str| {
        let rows = contents(&world.test.folder.database()).await.unwrap();
        let code = format!("'{code}'");
        let all = rows["audit_events"].iter();
        all.filter(|row| row.contains(&code)).count()
    };
    // Seats that prove nothing give way to others.
    for _ in 0..14 {
        world.test.clock.pass(std::time::Duration::from_secs(2));
        world.phone(&it).await;
    }
    assert_eq!(count(&world, "left").await, 2);

    // Whoever signs in anew leaves what the browser was before.
    let (app, nurse) = (&world.test.app, "sano".to_owned().into());
    let link = app.renew_sign_in_link(&Actor::Operator, &nurse).await;
    let link = link.unwrap();
    let secret = json!({ "secret": link.split_once('#').unwrap().1 });
    let again = world.nurse.post("/api/login/link", secret).await;
    again.expect(200);
    assert_eq!(count(&world, "signed_out").await, 1);

    let door = format!("/api/interviews/{}/door", it.id);
    let door = world.nurse.get(&door).await.expect(200).json();
    let guest = door["guests"][0]["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let track = uuid::Uuid::from_u128(1);
    world.keep_sound(it.id, &guest, track).await;
    assert_eq!(count(&world, "track_opened").await, 1);
}
