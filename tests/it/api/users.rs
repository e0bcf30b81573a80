//! Accounts: added with a link, disabled at once.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use yorisoi::simulate::page::PageError;
use yorisoi_domain::access::Role;
use yorisoi_domain::ids::UserId;

use crate::common::client::Answer;
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

async fn grants(world: &mut World, id: UserId, roles: &[&str]) -> Answer {
    let office = world.office;
    let grant = |role: &&str| json!({ "office": office, "role": role });
    let body = json!({ "grants": roles.iter().map(grant).collect::<Vec<_>>() });
    let (path, body) = (format!("/api/users/{id}/grants"), body.to_string());
    let admin = &mut world.administrator;
    admin
        .send(Method::PUT, &path, Some(body.into_bytes()))
        .await
}

#[tokio::test]
async fn roles_are_given_and_taken_and_hold_at_once() {
    let mut world = World::new().await;
    let (mut browser, id) = world.staff("ohta", world.office, Role::Nurse).await;
    let review = format!("/api/review?office={}", world.office);
    browser.get(&review).await.expect(403);
    // Whoever approves needs a second factor: the login without one is over.
    grants(&mut world, id, &["nurse", "approver"])
        .await
        .expect(204);
    browser.get("/api/me").await.expect(401);
    grants(&mut world, id, &["nurse", "approver"])
        .await
        .expect(204);
    let users = world.administrator.get("/api/users").await.json();
    let all = users["users"].as_array().unwrap();
    let line = all.iter().find(|it| it["staff_id"] == "ohta").unwrap();
    assert_eq!(line["grants"].as_array().unwrap().len(), 2);
    assert_eq!(users["offices"].as_array().unwrap().len(), 2);
    let page = world.administrator.get("/api/audit").await.json();
    let events = page["events"].as_array().unwrap();
    let changed =
        |it: &&serde_json::Value| it["action"] == "grants_changed" && it["actor_kind"] == "staff";
    let changed: Vec<_> = events.iter().filter(changed).collect();
    assert_eq!(changed.len(), 1, "what changes nothing is no change");
    assert_eq!(changed[0]["subject_staff_id"], "ohta");

    let mut approver = world.approver.clone();
    approver.get(&review).await.expect(200);
    let of = world.approver_id;
    grants(&mut world, of, &["nurse"]).await.expect(204);
    approver.get(&review).await.expect(403);
    grants(&mut world, of, &[]).await.expect(422);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut world = World::new().await;
    let own = world.administrator_id;
    grants(&mut world, own, &["nurse"]).await.expect(409);
    world.administrator.get("/api/users").await.expect(200);
    let (_, other) = world
        .staff("kansa", world.office, Role::Administrator)
        .await;
    let disable = format!("/api/users/{other}/disable");
    world
        .administrator
        .post(&disable, json!({}))
        .await
        .expect(204);
    grants(&mut world, own, &["nurse"]).await.expect(409);
    let enable = format!("/api/users/{other}/enable");
    world
        .administrator
        .post(&enable, json!({}))
        .await
        .expect(204);
    grants(&mut world, own, &["nurse"]).await.expect(204);
    world.administrator.get("/api/users").await.expect(403);
}

#[tokio::test]
async fn whose_roles_are_taken_in_a_talk_is_out_of_it() {
    let mut world = World::new().await;
    let it = world.book().await;
    let (nurse, id) = world.staff("ohta", world.office, Role::Nurse).await;
    let mut page = world.test.room(&nurse, it.id).await;
    // An open room asks by itself every quarter of a minute, and at its start.
    let before = page.told_that(Duration::from_secs(2), |_| false).await;
    assert!(matches!(before, Err(PageError::Silence)), "{before:?}");
    let elsewhere = json!({ "grants": [{ "office": world.other_office, "role": "nurse" }] });
    let (path, body) = (format!("/api/users/{id}/grants"), elsewhere.to_string());
    let admin = &mut world.administrator;
    let set = admin
        .send(Method::PUT, &path, Some(body.into_bytes()))
        .await;
    set.expect(204);
    let gone = page.told_that(Duration::from_secs(4), |_| false).await;
    assert!(matches!(gone, Err(PageError::Closed { .. })), "{gone:?}");
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
