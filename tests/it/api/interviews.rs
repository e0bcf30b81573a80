//! Booking, the day's list, and what bad input gets.

use serde_json::json;
use yorisoi_domain::access::Role;

use crate::common::world::World;

#[tokio::test]
async fn a_booked_interview_stands_in_its_day_and_in_no_other() {
    let mut world = World::new().await;
    let it = world.book().await;
    let path = format!("/api/interviews?office={}", world.office);
    let today = world.nurse.get(&path).await.expect(200).json();
    assert_eq!(today["day"], "2026-11-25");
    assert_eq!(today["interviews"][0]["name"], "白石 ひなた");
    assert_eq!(today["interviews"][0]["id"], json!(it.id));
    let other = world
        .nurse
        .get(&format!("{path}&day=2026-11-24"))
        .await
        .expect(200)
        .json();
    assert_eq!(other["interviews"], json!([]));
    world
        .nurse
        .get(&format!("{path}&day=2026-02-30"))
        .await
        .expect(422);

    let detail = world
        .nurse
        .get(&format!("/api/interviews/{}", it.id))
        .await
        .expect(200)
        .json();
    assert_eq!(detail["age"], 28);
    assert_eq!(detail["weeks"], json!({ "weeks": 14, "days": 2 }));
    assert_eq!(detail["due_date"], "2027-05-24");
    assert_eq!(detail["booking_number"], json!(it.booking_number));
}

#[tokio::test]
async fn link_and_booking_number_never_stand_in_one_text() {
    let mut world = World::new().await;
    let booking = world.booking();
    let booked = world
        .nurse
        .post("/api/interviews", booking)
        .await
        .expect(201)
        .json();
    let number = booked["booking_number"].as_str().unwrap().replace('-', "");
    let link = booked["link"].as_str().unwrap().replace('-', "");
    assert!(!link.contains(&number));
    assert!(!link.contains("interview") && !link.contains("mendan/"));
}

#[tokio::test]
async fn a_case_that_bars_her_is_not_even_in_the_nurses_list() {
    let mut world = World::new().await;
    let it = world.book().await;
    let (mut relative, id) = world.staff("tanaka", world.office, Role::Nurse).await;
    let path = format!("/api/interviews?office={}", world.office);
    assert_eq!(
        relative.get(&path).await.json()["interviews"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    world.bar(it.id, id).await;
    assert_eq!(relative.get(&path).await.json()["interviews"], json!([]));
    assert_eq!(
        world.nurse.get(&path).await.json()["interviews"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn every_field_that_cannot_be_taken_is_named_at_once() {
    let mut world = World::new().await;
    let mut booking = world.booking();
    booking["name"] = json!("白石\u{7}");
    booking["kana"] = json!("白石");
    booking["birth_date"] = json!("1998-13-01");
    booking["weeks"] = json!({ "weeks": 46, "days": 0 });
    booking["scheduled_at"] = json!("2026-11-24T10:00:00+09:00");
    let answer = world
        .nurse
        .post("/api/interviews", booking)
        .await
        .expect(422);
    let expected = [
        ("name", "control_characters"),
        ("kana", "not_kana"),
        ("birth_date", "not_a_date"),
        ("scheduled_at", "out_of_range"),
        ("weeks", "out_of_range"),
    ];
    assert_eq!(
        answer.fields(),
        expected.map(|(f, c)| (f.to_owned(), c.to_owned()))
    );

    let mut long = world.booking();
    long["name"] = json!("あ".repeat(100_000));
    world.nurse.post("/api/interviews", long).await.expect(413);
    let mut markup = world.booking();
    markup["name"] = json!("<img src=x onerror=alert(1)>");
    world
        .nurse
        .post("/api/interviews", markup)
        .await
        .expect(201);
    let list = world
        .nurse
        .get(&format!("/api/interviews?office={}", world.office))
        .await;
    assert_eq!(list.headers["content-type"], "application/json");
    assert_eq!(
        list.json()["interviews"][0]["name"],
        "<img src=x onerror=alert(1)>"
    );
}

#[tokio::test]
async fn nothing_that_was_typed_comes_back_in_a_refusal() {
    let mut world = World::new().await;
    for body in [
        r#"{"name": "白石 ひなた", "#.to_owned(),
        r#"{"name": "白石 ひなた", "unknown": 1}"#.to_owned(),
        world
            .booking()
            .to_string()
            .replace("2026-11-25T10", "白石 ひなた"),
    ] {
        let path = "/api/interviews";
        let answer = world
            .nurse
            .send(axum::http::Method::POST, path, Some(body.into_bytes()))
            .await
            .expect(400);
        assert_eq!(answer.problem(), "malformed");
        assert!(!String::from_utf8(answer.body).unwrap().contains("白石"));
    }
}

#[tokio::test]
async fn a_cancelled_interview_is_over_for_every_phone() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let path = format!("/api/interviews/{}/cancel", it.id);
    world.nurse.post(&path, json!({})).await.expect(204);
    phone.get("/api/join/state").await.expect(401);
    phone
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(404);
    assert_eq!(
        world
            .nurse
            .post(&path, json!({}))
            .await
            .expect(409)
            .problem(),
        "wrong-state"
    );
    let renewed = world
        .nurse
        .post(&format!("/api/interviews/{}/invitation", it.id), json!({}))
        .await;
    assert_eq!(renewed.expect(409).problem(), "wrong-state");
}

#[tokio::test]
async fn a_new_link_closes_the_old_one_and_keeps_who_came_by_it() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let new = world
        .nurse
        .post(&format!("/api/interviews/{}/invitation", it.id), json!({}))
        .await;
    let link = new.expect(201).json()["link"].as_str().unwrap().to_owned();
    let mut late = world.test.browser();
    late.post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(404);
    late.post(
        "/api/join/claim",
        json!({ "secret": link.split_once('#').unwrap().1 }),
    )
    .await
    .expect(204);
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "waiting");
}
