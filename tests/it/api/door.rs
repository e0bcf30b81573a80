//! The nurse's three answers at the door.

use serde_json::json;

use crate::common::world::World;

#[tokio::test]
async fn refusing_takes_the_seat_and_leaves_the_interview_bookable() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/interviews/{}/participants/{guest}/refuse", it.id);
    world.nurse.post(&path, json!({})).await.expect(204);
    phone.get("/api/join/state").await.expect(401);
    assert_eq!(
        world
            .nurse
            .post(&path, json!({}))
            .await
            .expect(409)
            .problem(),
        "wrong-state"
    );
    let detail = world
        .nurse
        .get(&format!("/api/interviews/{}", it.id))
        .await
        .json();
    assert_eq!(detail["state"], "scheduled");
}

#[tokio::test]
async fn who_was_let_in_can_be_moved_back_without_a_reason() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/interviews/{}/participants/{guest}", it.id);
    world
        .nurse
        .post(&format!("{path}/admit"), json!({}))
        .await
        .expect(204);
    world
        .nurse
        .post(&format!("{path}/wait"), json!({}))
        .await
        .expect(204);
    assert_eq!(
        phone.get("/api/join/state").await.json()["step"],
        "waiting_longer"
    );
    world
        .nurse
        .post(&format!("{path}/admit"), json!({}))
        .await
        .expect(204);
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "talk");
}

#[tokio::test]
async fn nobody_is_admitted_through_another_interviews_door() {
    let mut world = World::new().await;
    let [it, other] = [world.book().await, world.book().await];
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/interviews/{}/participants/{guest}/admit", other.id);
    world.nurse.post(&path, json!({})).await.expect(404);
    let nobody = format!("/api/interviews/{}/participants/nobody/admit", it.id);
    world.nurse.post(&nobody, json!({})).await.expect(404);
}

#[tokio::test]
async fn an_office_that_has_nobody_to_alert_cannot_begin() {
    let mut world = World::new().await;
    let (mut nurse, _) = world
        .staff(
            "kita",
            world.other_office,
            yorisoi_domain::access::Role::Nurse,
        )
        .await;
    let mut booking = world.booking();
    booking["office"] = json!(world.other_office);
    std::mem::swap(&mut world.nurse, &mut nurse);
    let booked = world
        .nurse
        .post("/api/interviews", booking)
        .await
        .expect(201)
        .json();
    let it = crate::common::world::BookedInterview {
        id: booked["id"].as_str().unwrap().parse().unwrap(),
        secret: booked["link"]
            .as_str()
            .unwrap()
            .split_once('#')
            .unwrap()
            .1
            .to_owned(),
        booking_number: booked["booking_number"].as_str().unwrap().to_owned(),
    };
    let mut phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
    assert_eq!(
        world
            .nurse
            .post(&path, json!({}))
            .await
            .expect(409)
            .problem(),
        "no-contacts"
    );
    // The refusal undid everything: she still knocks.
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "waiting");
    assert_eq!(world.guest(&it).await["state"], "knocking");
}

#[tokio::test]
async fn who_has_no_role_left_to_open_an_alert_with_is_nobody_to_alert() {
    let mut world = World::new().await;
    let it = world.book().await;
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"].clone();
    let guest = guest.as_str().unwrap();
    let path = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
    let (listed, office, other) = (world.approver_id, world.office, world.other_office);
    let lost = [(office, "administrator"), (other, "approver")];
    world.set_grants(listed, &lost).await.expect(204);
    let refused = world.nurse.post(&path, json!({})).await.expect(409);
    assert_eq!(refused.problem(), "no-contacts");
    world
        .set_grants(listed, &[(office, "nurse")])
        .await
        .expect(204);
    world.nurse.post(&path, json!({})).await.expect(204);
}
