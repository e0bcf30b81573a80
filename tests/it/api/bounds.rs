//! How often somebody with a link or a seat may try or change something, and that nobody else pays for it.

use std::time::Duration;

use serde_json::json;
use yorisoi_store_sqlite::contents;

use crate::common::world::{World, consent_body, identity};

async fn audited(world: &World) -> usize {
    let rows = contents(&world.test.folder.database()).await.unwrap();
    rows["audit_events"].len()
}

#[tokio::test]
async fn a_strangers_wrong_answers_do_not_keep_her_out() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut stranger = world.phone(&it).await;
    let mut wrong = identity(&it);
    wrong["booking_number"] = json!("222-222");
    for _ in 0..5 {
        let answer = stranger.post("/api/join/identity", wrong.clone()).await;
        let delay = answer.expect(422).json()["retry_after_s"].as_u64().unwrap();
        world.test.clock.pass(Duration::from_secs(delay));
    }
    stranger.post("/api/join/identity", wrong).await.expect(422);
    stranger
        .post("/api/join/identity", identity(&it))
        .await
        .expect(429);

    let mut hers = world.phone(&it).await;
    let state = hers.get("/api/join/state").await.expect(200).json();
    assert_eq!(state["retry_after_s"], json!(null));
    hers.post("/api/join/identity", identity(&it))
        .await
        .expect(204);
}

#[tokio::test]
async fn who_guesses_from_many_seats_of_a_link_is_slowed_down_until_there_is_a_new_one() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut wrong = identity(&it);
    wrong["booking_number"] = json!("222-222");
    let claim = json!({ "secret": it.secret });
    let mut guessed = 0;
    for _ in 0..20 {
        let mut seat = world.test.browser();
        if seat.post("/api/join/claim", claim.clone()).await.status == 429 {
            break;
        }
        let answer = seat.post("/api/join/identity", wrong.clone()).await;
        guessed += usize::from(answer.status == 422);
    }
    assert_eq!(guessed, 12);
    let mut late = world.test.browser();
    let refused = late.post("/api/join/claim", claim).await.expect(429);
    assert_eq!(refused.problem(), "too-soon");

    // The nurse is told how often, and gives her another.
    let path = format!("/api/interviews/{}", it.id);
    let door = world.nurse.get(&format!("{path}/door")).await.json();
    assert_eq!(door["wrong_tries"], 12);
    // Each of the seats waits by itself: ten seconds after one wrong try, however many there were elsewhere.
    assert!(!door["next_try_at"].is_null());
    world.test.clock.pass(Duration::from_secs(10));
    let door = world.nurse.get(&format!("{path}/door")).await.json();
    assert!(door["next_try_at"].is_null(), "{door}");
    let link = world
        .nurse
        .post(&format!("{path}/invitation"), json!({}))
        .await;
    let link = link.expect(201).json()["link"].as_str().unwrap().to_owned();
    let (_, secret) = link.split_once('#').unwrap();
    let mut hers = world.test.browser();
    hers.post("/api/join/claim", json!({ "secret": secret }))
        .await
        .expect(204);
    hers.post("/api/join/identity", identity(&it))
        .await
        .expect(204);
}

#[tokio::test]
async fn guesses_by_one_link_have_an_end_from_all_addresses_together() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut wrong = identity(&it);
    wrong["booking_number"] = json!("222-222");
    let claim = json!({ "secret": it.secret });
    let at = async |host: u8| {
        let mut seat = world.test.browser();
        seat.address = format!("203.0.113.{host}:1").parse().unwrap();
        seat.post("/api/join/claim", claim.clone())
            .await
            .expect(204);
        seat
    };
    let mut guessed = 0;
    for guess in 0..80 {
        let answer = at(guess)
            .await
            .post("/api/join/identity", wrong.clone())
            .await;
        guessed += usize::from(answer.status == 422);
    }
    assert_eq!(guessed, 60);
    // Then nothing is looked at, right or wrong, until a minute later.
    let mut hers = at(200).await;
    let right = identity(&it);
    hers.post("/api/join/identity", right.clone())
        .await
        .expect(429);
    world.test.clock.pass(Duration::from_secs(60));
    hers.post("/api/join/identity", right).await.expect(204);
}

#[tokio::test]
async fn a_new_link_ends_the_seats_of_the_old_one_that_proved_nothing() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut proven = world.proven_phone(&it).await;
    let mut stranger = world.phone(&it).await;
    let path = format!("/api/interviews/{}/invitation", it.id);
    world.nurse.post(&path, json!({})).await.expect(201);
    stranger.get("/api/join/state").await.expect(401);
    stranger
        .post("/api/join/identity", identity(&it))
        .await
        .expect(401);
    proven.get("/api/join/state").await.expect(200);
}

#[tokio::test]
async fn a_link_that_went_round_gives_no_seats_without_end_and_displaces_nobody_who_proved_herself()
{
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let mut first = world.phone(&it).await;
    // All that one address may take at once displaces nobody.
    for _ in 0..10 {
        world.phone(&it).await;
    }
    let claim = json!({ "secret": it.secret });
    let mut late = world.test.browser();
    late.post("/api/join/claim", claim).await.expect(429);
    assert_eq!(
        first.get("/api/join/state").await.json()["step"],
        "identity"
    );

    // With patience the oldest goes.
    let mut last = world.test.browser();
    for _ in 0..14 {
        world.test.clock.pass(Duration::from_secs(300));
        last = world.phone(&it).await;
    }
    first.get("/api/join/state").await.expect(401);
    assert_eq!(last.get("/api/join/state").await.json()["step"], "identity");
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "waiting");
}

#[tokio::test]
async fn who_changes_without_end_is_slowed_down_and_writes_no_more_and_less_is_always_taken() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let before = audited(&world).await;
    let mut refused = 0;
    for _ in 0..200 {
        let pause = json!({ "on": true });
        phone.post("/api/join/pause", pause).await.expect(204);
        let on = phone.post("/api/join/pause", json!({ "on": false })).await;
        refused += usize::from(on.status == 429);
        let none = consent_body(&mut phone, "transcription", "none").await;
        phone.post("/api/join/consent", none).await.expect(200);
        let text = consent_body(&mut phone, "transcription", "transcript").await;
        phone.post("/api/join/consent", text).await;
        let near = json!({ "nearby": "someone" });
        phone.post("/api/join/nearby", near).await.expect(204);
        phone
            .post("/api/join/nearby", json!({ "nearby": "alone" }))
            .await;
    }
    assert!(refused > 150, "{refused}");
    let written = audited(&world).await - before;
    assert!(written < 60, "{written}");
    // It ends by itself.
    world.test.clock.pass(Duration::from_secs(60));
    phone
        .post("/api/join/pause", json!({ "on": false }))
        .await
        .expect(204);
}

#[tokio::test]
async fn the_same_again_writes_nothing_and_what_differs_has_a_pace() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let contact = |n: u8| json!({ "callback": format!("090-0000-00{n:02}"), "place": "自宅" });
    let device = |noise: &str| json!({ "camera": "works", "microphone": "works", "noise": noise, "network": "good" });
    let same = [
        ("pause", json!({ "on": true })),
        ("nearby", json!({ "nearby": "someone" })),
        ("contact", contact(1)),
        ("device", device("quiet")),
    ];
    let mut written = Vec::new();
    for _ in 0..10 {
        for (path, body) in &same {
            let path = format!("/api/join/{path}");
            phone.post(&path, body.clone()).await.expect(204);
        }
        written.push(audited(&world).await);
    }
    assert!(written.iter().all(|now| *now == written[0]), "{written:?}");

    let mut refused = 0;
    for n in 10..40 {
        let noise = if n % 2 == 0 { "loud" } else { "some" };
        for (path, body) in [("contact", contact(n)), ("device", device(noise))] {
            let answer = phone.post(&format!("/api/join/{path}"), body).await;
            refused += usize::from(answer.status == 429);
        }
    }
    assert!(refused > 30, "{refused}");
    let more = audited(&world).await - written[0];
    assert!((2..20).contains(&more), "{more}");
    // Whoever is slowed down goes all the same.
    let quick = json!({ "how": "quick_exit" });
    phone.post("/api/join/leave", quick).await.expect(204);
}
