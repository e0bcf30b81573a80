//! A talk at the counter: she has no browser, the nurse's holds the one microphone.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::simulate::page::{Page, PageError};
use yorisoi_domain::access::Role;
use yorisoi_domain::ids::UserId;

use crate::common::client::Browser;
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

/// She sits at the counter; the interview and her seat.
async fn seated(world: &mut World) -> (Uuid, String) {
    let it = world.book().await;
    world.held_at_counter(it.id).await;
    let counter = format!("/api/interviews/{}/counter", it.id);
    world.nurse.post(&counter, json!({})).await.expect(204);
    let guest = world.guest(&it).await;
    let who = guest["participant"].as_str().unwrap().to_owned();
    (it.id, who)
}

async fn closed_with(page: &mut Page, code: u16) {
    let gone = page.told_that(Duration::from_secs(10), |_| false).await;
    assert!(
        matches!(gone, Err(PageError::Closed { code: Some(it) }) if it == code),
        "{gone:?}"
    );
}

#[tokio::test]
async fn a_colleagues_page_does_not_take_over_the_microphone_at_the_counter() {
    let mut world = World::new().await;
    let (it, who) = seated(&mut world).await;
    let (mut colleague, _) = world.staff("ohta", world.office, Role::Nurse).await;
    let mut hers = world.test.counter(&world.nurse, it).await.unwrap();
    for _ in 0..2 {
        let refused = world.test.counter(&colleague, it).await;
        let Err(PageError::Open(error)) = refused else {
            panic!("{refused:?}");
        };
        assert!(error.to_string().contains("409"), "{error}");
    }
    hers.ask("ping", json!({})).await.unwrap();
    // Who let her in may open it again after a reload, and the page knows who that is.
    said(&mut world, it, &who, "interview", "yes").await;
    let admit = format!("/api/interviews/{it}/participants/{who}/admit");
    world.nurse.post(&admit, json!({})).await.expect(204);
    let door = format!("/api/interviews/{it}/door");
    for (browser, mine) in [(&mut world.nurse, true), (&mut colleague, false)] {
        let seen = browser.get(&door).await.expect(200).json();
        assert_eq!(seen["guests"][0]["let_in_by_me"], mine);
    }
    let mut again = world.test.counter(&world.nurse, it).await.unwrap();
    closed_with(&mut hers, 4001).await;
    again.ask("ping", json!({})).await.unwrap();
    // Once nobody holds it, it is free.
    drop(again);
    let began = Instant::now();
    while let Err(error) = world.test.counter(&colleague, it).await {
        assert!(began.elapsed() < Duration::from_secs(10), "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_was_pressed_by_mistake_at_the_counter_is_taken_back() {
    let mut world = World::new().await;
    let (it, who) = seated(&mut world).await;
    let path = format!("/api/interviews/{it}");
    let undo = format!("{path}/participants/{who}/refuse");
    world.nurse.post(&undo, json!({})).await.expect(204);
    let door = format!("{path}/door");
    let door = world.nurse.get(&door).await.expect(200).json();
    assert_eq!(door["guests"][0]["at_counter"], false);
    assert!(world.test.counter(&world.nurse, it).await.is_err());
    let counter = format!("{path}/counter");
    world.nurse.post(&counter, json!({})).await.expect(204);
    world.test.counter(&world.nurse, it).await.unwrap();
}

/// Who holds the microphone by an account of their own.
async fn holder(world: &World, it: Uuid, staff_id: &str) -> (UserId, Browser, Page) {
    let (browser, id) = world.staff(staff_id, world.office, Role::Nurse).await;
    let page = world.test.counter(&browser, it).await.unwrap();
    (id, browser, page)
}

#[tokio::test]
async fn who_may_not_stay_has_no_microphone_at_the_counter_any_more() {
    let mut world = World::new().await;
    let (it, _) = seated(&mut world).await;
    for way in ["locked", "role taken"] {
        let staff_id = way.replace(' ', "-");
        let (id, _browser, mut page) = holder(&world, it, &staff_id).await;
        page.ask("ping", json!({})).await.unwrap();
        if way == "locked" {
            let disable = format!("/api/users/{id}/disable");
            let locked = world.administrator.post(&disable, json!({})).await;
            locked.expect(204);
        } else {
            let elsewhere = (world.other_office, "nurse");
            world.set_grants(id, &[elsewhere]).await.expect(204);
        }
        closed_with(&mut page, 4003).await;
    }
}
