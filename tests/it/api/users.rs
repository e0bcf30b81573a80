//! Accounts: added with a link, disabled at once.

use std::time::Duration;

use serde_json::json;
use yorisoi::simulate::page::PageError;
use yorisoi_domain::access::Role;

use crate::common::world::World;

#[tokio::test]
async fn an_added_account_signs_in_by_its_link_and_a_taken_name_is_said() {
    let mut world = World::new().await;
    let new = json!({
        "staff_id": "ohta", "name": "太田", "grants": [{ "office": world.office, "role": "nurse" }],
    });
    let added = world
        .administrator
        .post("/api/users", new.clone())
        .await
        .expect(201)
        .json();
    let secret = added["sign_in_link"]
        .as_str()
        .unwrap()
        .split_once('#')
        .unwrap()
        .1;
    let mut browser = world.test.browser();
    browser
        .post("/api/login/link", json!({ "secret": secret }))
        .await
        .expect(200);
    assert_eq!(browser.get("/api/me").await.json()["name"], "太田");
    assert_eq!(
        world
            .administrator
            .post("/api/users", new)
            .await
            .expect(409)
            .problem(),
        "taken"
    );
    let users = world
        .administrator
        .get("/api/users")
        .await
        .expect(200)
        .json();
    assert_eq!(users["users"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_nobody_disables_themselves() {
    let mut world = World::new().await;
    let (mut browser, id) = world.staff("ohta", world.office, Role::Nurse).await;
    browser.get("/api/me").await.expect(200);
    world
        .administrator
        .post(&format!("/api/users/{id}/disable"), json!({}))
        .await
        .expect(204);
    browser.get("/api/me").await.expect(401);
    world
        .administrator
        .post(&format!("/api/users/{id}/disable"), json!({}))
        .await
        .expect(409);
    let own = world.administrator.get("/api/me").await.json()["user"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .administrator
        .post(&format!("/api/users/{own}/disable"), json!({}))
        .await
        .expect(409);
}

#[tokio::test]
async fn who_is_disabled_in_a_talk_is_out_of_it() {
    let mut world = World::new().await;
    let it = world.book().await;
    let (nurse, id) = world.staff("ohta", world.office, Role::Nurse).await;
    let mut pages = Vec::new();
    for browser in [&nurse, &world.nurse] {
        pages.push(world.test.room(browser, it.id).await);
    }
    world
        .administrator
        .post(&format!("/api/users/{id}/disable"), json!({}))
        .await
        .expect(204);
    let gone = pages[0].told_that(Duration::from_secs(20), |_| false).await;
    assert!(matches!(gone, Err(PageError::Closed { .. })), "{gone:?}");
    // Whose login holds stays.
    pages[1].ask("ping", json!({})).await.unwrap();
}

#[tokio::test]
async fn an_account_needs_a_name_a_role_and_an_office_that_exists() {
    let mut world = World::new().await;
    let new = json!({ "staff_id": "A b", "name": "", "grants": [] });
    let answer = world
        .administrator
        .post("/api/users", new)
        .await
        .expect(422);
    let expected = [
        ("name", "required"),
        ("staff_id", "out_of_range"),
        ("grants", "required"),
    ];
    assert_eq!(
        answer.fields(),
        expected.map(|(f, c)| (f.to_owned(), c.to_owned()))
    );
    let elsewhere = json!({
        "staff_id": "ohta", "name": "太田",
        "grants": [{ "office": uuid::Uuid::nil(), "role": "nurse" }],
    });
    let answer = world
        .administrator
        .post("/api/users", elsewhere)
        .await
        .expect(422);
    assert_eq!(
        answer.fields(),
        [("grants".to_owned(), "not_known".to_owned())]
    );
}
