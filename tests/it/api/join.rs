//! From the link to the waiting room, and everything that is wrong with links and answers.

use std::time::Duration;

use axum::http::header;
use serde_json::json;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::interview::By;
use yorisoi_store::Store as _;

use crate::common::client::Browser;
use crate::common::world::{BookedInterview, World, consent, consent_to_all, identity};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn the_whole_way_from_the_link_to_the_talk() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;

    let state = phone.get("/api/join/state").await.expect(200).json();
    assert_eq!(state["step"], "identity");
    assert_eq!(state["scheduled_at"], json!(null));
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);
    let state = phone.get("/api/join/state").await.expect(200).json();
    assert_eq!(
        (&state["step"], &state["scheduled_at"]),
        (&json!("contact"), &json!("2026-11-25T01:00:00Z"))
    );

    let contact = json!({ "callback": "０９０-0000-1234", "place": "若葉市" });
    phone.post("/api/join/contact", contact).await.expect(204);
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "device");
    let device =
        json!({ "camera": "works", "microphone": "works", "noise": "some", "network": "good" });
    phone
        .post("/api/join/device", device.clone())
        .await
        .expect(204);

    let state = phone.get("/api/join/state").await.json();
    assert_eq!(
        (&state["step"], &state["ask"]),
        (&json!("consent"), &json!("interview"))
    );
    assert_eq!(
        phone
            .post("/api/join/knock", json!({}))
            .await
            .expect(409)
            .problem(),
        "not-ready"
    );
    consent_to_all(&mut phone).await;
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "ready");
    phone
        .post("/api/join/nearby", json!({ "nearby": "alone" }))
        .await
        .expect(204);
    phone.post("/api/join/knock", json!({})).await.expect(204);
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "waiting");

    let list = format!("/api/interviews?office={}", world.office);
    let line = world.nurse.get(&list).await.expect(200).json()["interviews"][0].clone();
    assert_eq!(line["state"], "waiting");
    assert_eq!(line["waiting"][0]["consents"], 4);
    let guest = world.guest(&it).await;
    assert_eq!(guest["state"], "knocking");
    assert_eq!(guest["callback"], "09000001234");
    assert_eq!(guest["place"], "若葉市");
    assert_eq!(guest["device"], device);
    assert_eq!(guest["nearby"]["nearby"], "alone");
    let path = format!(
        "/api/interviews/{}/participants/{}",
        it.id,
        guest["participant"].as_str().unwrap()
    );
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
    let detail = world
        .nurse
        .get(&format!("/api/interviews/{}", it.id))
        .await
        .json();
    assert_eq!(detail["state"], "in_progress");
}

#[tokio::test]
async fn wrong_expired_ended_and_foreign_links_are_one_and_the_same_answer() {
    let mut world = World::new().await;
    let [cancelled, ended, revoked, expired] = [
        world.book().await,
        world.book().await,
        world.book().await,
        world.book().await,
    ];
    world
        .nurse
        .post(
            &format!("/api/interviews/{}/cancel", cancelled.id),
            json!({}),
        )
        .await
        .expect(204);
    end(&world, &ended).await;
    world
        .nurse
        .post(
            &format!("/api/interviews/{}/invitation", revoked.id),
            json!({}),
        )
        .await
        .expect(201);

    let never = "A".repeat(43);
    let good = world.book().await;
    let mut answers = Vec::new();
    let mut ask = async |secret: &str| {
        let mut phone = world.test.browser();
        let answer = phone
            .post("/api/join/claim", json!({ "secret": secret }))
            .await
            .expect(404);
        assert!(phone.cookies.is_empty());
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        answers.push((answer.body, headers));
    };
    for secret in [
        &never,
        "nonsense",
        "",
        &cancelled.secret,
        &ended.secret,
        &revoked.secret,
    ] {
        ask(secret).await;
    }
    world.test.clock.pass(DAY + Duration::from_secs(600));
    for secret in [&expired.secret, &good.secret] {
        ask(secret).await;
    }
    let body: serde_json::Value = serde_json::from_slice(&answers[0].0).unwrap();
    assert_eq!(body["type"], "urn:yorisoi:problem:link-not-valid");
    assert_eq!(body["contact_url"], "https://www.city.example.jp/");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    // Another municipality's link is a secret that nobody here made: the first of the list.
}

/// What the end of a talk will do.
async fn end(world: &World, it: &BookedInterview) {
    let mut tx = world.store().await.begin().await.unwrap();
    let row = tx
        .interview(InterviewId::new(it.id))
        .await
        .unwrap()
        .unwrap();
    let list = tx.contact_list(world.office).await.unwrap().unwrap();
    let now = row.interview.booked_at;
    let started = row.interview.start(world.nurse_id, &list, now).unwrap();
    let revision = tx.save_interview(&started, row.revision).await.unwrap();
    let ended = started.end(By::Staff(world.nurse_id), now).unwrap();
    tx.save_interview(&ended, revision).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn wrong_answers_cost_a_growing_delay_and_never_lock_out() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    let mut wrong = identity(&it);
    wrong["birth_date"] = json!("1998-12-05");

    let mut delays = Vec::new();
    for _ in 0..8 {
        let answer = phone
            .post("/api/join/identity", wrong.clone())
            .await
            .expect(422);
        assert_eq!(answer.problem(), "identity-mismatch");
        let delay = answer.json()["retry_after_s"].as_u64().unwrap();
        assert_eq!(answer.headers[header::RETRY_AFTER], delay.to_string());
        // Within the delay not even the right answer of this seat is looked at.
        let early = phone
            .post("/api/join/identity", identity(&it))
            .await
            .expect(429);
        assert_eq!(early.problem(), "too-soon");
        assert_eq!(
            phone.get("/api/join/state").await.json()["retry_after_s"],
            delay
        );
        world.test.clock.pass(Duration::from_secs(delay));
        delays.push(delay);
    }
    assert!(delays.is_sorted(), "{delays:?}");
    assert!(delays[0] < delays[3], "{delays:?}");
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);

    let door = world
        .nurse
        .get(&format!("/api/interviews/{}/door", it.id))
        .await
        .expect(200)
        .json();
    assert_eq!(door["wrong_tries"], 8);
    let guest = door["guests"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["state"] == "identified")
        .unwrap();
    assert_eq!(guest["identity"]["wrong_birth_date"], 8);
    assert_eq!(guest["identity"]["wrong_kana"], 0);
    assert_eq!(guest["identity"]["birth_date"], true);
}

#[tokio::test]
async fn a_mismatch_never_says_which_answer_was_wrong() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut bodies = Vec::new();
    for (field, value) in [
        ("name_kana", "シライシ ヒナコ"),
        ("birth_date", "1998-05-13"),
        ("booking_number", "222-222"),
    ] {
        let mut phone = world.phone(&it).await;
        let mut wrong = identity(&it);
        wrong[field] = json!(value);
        let mut body = phone
            .post("/api/join/identity", wrong)
            .await
            .expect(422)
            .json();
        body.as_object_mut().unwrap().remove("retry_after_s");
        bodies.push(body);
        world.test.clock.pass(Duration::from_secs(60));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
}

#[tokio::test]
async fn the_same_browser_regains_its_seat_and_a_second_device_knocks_for_itself() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let seat = phone.cookies.clone();

    let again = phone
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(204);
    assert!(!again.headers.contains_key(header::SET_COOKIE));
    phone
        .post("/api/join/claim", json!({ "secret": "" }))
        .await
        .expect(204);
    assert_eq!(phone.cookies, seat);
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "waiting");
    assert_eq!(world.guest(&it).await["second_device"], false);

    let mut second = world.phone(&it).await;
    assert_eq!(
        second.get("/api/join/state").await.json()["step"],
        "identity"
    );
    assert_eq!(phone.get("/api/join/state").await.json()["step"], "waiting");
    let door = world
        .nurse
        .get(&format!("/api/interviews/{}/door", it.id))
        .await
        .json();
    let guests = door["guests"].as_array().unwrap();
    assert_eq!(guests.len(), 2);
    assert!(guests.iter().all(|guest| guest["second_device"] == true));

    // A reload without a seat shows what every invalid link shows.
    let mut none = world.test.browser();
    none.post("/api/join/claim", json!({ "secret": "" }))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_seat_that_an_attacker_planted_is_nobody_and_stays_nobody() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.test.browser();
    let planted = "B".repeat(42) + "A";
    phone
        .cookies
        .insert("__Host-seat".to_owned(), planted.clone());
    phone
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(204);
    assert_ne!(phone.cookies["__Host-seat"], planted);
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);

    let mut attacker = world.test.browser();
    attacker.cookies.insert("__Host-seat".to_owned(), planted);
    assert_eq!(
        attacker.get("/api/join/state").await.expect(401).problem(),
        "not-signed-in"
    );
}

#[tokio::test]
async fn quick_exit_destroys_the_seat_and_the_link_starts_anew() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let seat = phone.cookies.clone();
    phone
        .post("/api/join/leave", json!({ "how": "quick_exit" }))
        .await
        .expect(204);
    assert!(phone.cookies.is_empty());

    // Not even who kept a copy of the cookie comes back.
    phone.cookies = seat;
    phone.get("/api/join/state").await.expect(401);
    phone
        .post("/api/join/claim", json!({ "secret": "" }))
        .await
        .expect(404);
    assert_eq!(world.guest(&it).await["state"], "quick_exit");
    let detail = world
        .nurse
        .get(&format!("/api/interviews/{}", it.id))
        .await
        .json();
    assert_eq!(detail["state"], "scheduled");

    phone
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(204);
    let state = phone.get("/api/join/state").await.expect(200).json();
    assert_eq!(state["step"], "identity");
    assert_eq!(state["consent"]["interview"], json!(null));
}

/// What her page writes where it could say nothing.
fn left_behind(phone: &mut Browser, how: &str) {
    phone
        .cookies
        .insert("__Host-end".to_owned(), how.to_owned());
}

#[tokio::test]
async fn a_seat_that_was_left_on_a_dead_line_ends_with_the_first_request() {
    let mut world = World::new().await;
    let claim = json!({ "secret": "" });
    // Whatever comes first: a page of ours, a reload of it, or her link.
    for (how, state) in [("1", "quick_exit"), ("0", "left")] {
        let it = world.book().await;
        let mut phone = world.knocking_phone(&it).await;
        let seat = phone.cookies.clone();
        left_behind(&mut phone, how);
        let answer = phone.get("/info").await;
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        assert!(phone.cookies.is_empty(), "{:?}", phone.cookies);
        assert_eq!(world.guest(&it).await["state"], state);
        phone.cookies = seat;
        phone
            .post("/api/join/claim", claim.clone())
            .await
            .expect(404);
    }

    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    left_behind(&mut phone, "1");
    phone.get("/api/join/state").await.expect(401);
    assert!(phone.cookies.is_empty());

    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let seat = phone.cookies["__Host-seat"].clone();
    left_behind(&mut phone, "1");
    let claim = json!({ "secret": it.secret });
    phone.post("/api/join/claim", claim).await.expect(204);
    assert_ne!(phone.cookies["__Host-seat"], seat, "a seat of its own");
    assert_eq!(phone.cookies.len(), 1, "the mark is gone");
    assert_eq!(
        phone.get("/api/join/state").await.json()["step"],
        "identity"
    );
}

#[tokio::test]
async fn the_mark_of_a_seat_that_was_left_touches_nothing_else() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    // Of a browser that is signed in too, and of one that holds no seat.
    let login = world.nurse.cookies.clone();
    left_behind(&mut world.nurse, "1");
    world.nurse.get("/api/me").await.expect(200);
    assert_eq!(world.nurse.cookies, login);
    phone.cookies.extend(login.clone());
    left_behind(&mut phone, "1");
    phone.get("/api/me").await.expect(200);
    assert_eq!(phone.cookies, login);
    assert_eq!(world.guest(&it).await["state"], "quick_exit");
}

#[tokio::test]
async fn saying_no_today_closes_the_interview_kindly() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.proven_phone(&it).await;
    let state = consent(&mut phone, "interview", "no").await;
    assert_eq!(state["step"], "declined");
    phone.post("/api/join/knock", json!({})).await.expect(409);
    let detail = world
        .nurse
        .get(&format!("/api/interviews/{}", it.id))
        .await
        .json();
    assert_eq!(detail["state"], "declined");
}

#[tokio::test]
async fn answers_to_the_phone_name_nobody_and_repeat_nothing() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let contact = json!({ "callback": "09000001234", "place": "となり町" });
    phone.post("/api/join/contact", contact).await.expect(204);
    for path in ["/api/join/state", "/api/join/consent"] {
        let answer = phone.get(path).await.expect(200);
        let text = String::from_utf8(answer.body).unwrap();
        for word in [
            "白石",
            "シライシ",
            "1998",
            "09000001234",
            "となり町",
            "sano",
            &it.booking_number,
        ] {
            assert!(!text.contains(word), "{path} holds {word}");
        }
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn bad_answers_name_the_field_and_cost_nothing() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    for (field, value, code) in [
        ("name_kana", "白石".to_owned(), "not_kana"),
        (
            "name_kana",
            "シライシ\u{0}".to_owned(),
            "control_characters",
        ),
        ("name_kana", "シ".repeat(20_000), "too_long"),
        ("birth_date", "1998-02-30".to_owned(), "not_a_date"),
        ("birth_date", "2027-01-01".to_owned(), "out_of_range"),
        ("booking_number", String::new(), "required"),
    ] {
        let mut body = identity(&it);
        body[field] = json!(value);
        let answer = phone.post("/api/join/identity", body).await.expect(422);
        assert!(
            answer
                .fields()
                .contains(&(field.to_owned(), code.to_owned())),
            "{field} {code}"
        );
    }
    let mut body = identity(&it);
    body["name_kana"] = json!("シ".repeat(40_000));
    phone.post("/api/join/identity", body).await.expect(413);
    // None of these was a try.
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);
    let contact = json!({ "callback": "でんわ", "place": "<script>alert(1)</script>" });
    let answer = phone.post("/api/join/contact", contact).await.expect(422);
    assert_eq!(
        answer.fields(),
        [("callback".to_owned(), "not_a_phone_number".to_owned())]
    );
    let markup = json!({ "callback": "0312345678", "place": "<script>alert(1)</script>" });
    phone.post("/api/join/contact", markup).await.expect(204);
    assert_eq!(world.guest(&it).await["place"], "<script>alert(1)</script>");
}

#[tokio::test]
async fn who_tries_links_by_the_hundred_is_slowed_down_and_writes_no_more() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut guesser = world.test.browser();
    guesser.address = "203.0.113.66:1".parse().unwrap();
    let guess = json!({ "secret": "A".repeat(43) });
    let mut slowed = 0;
    for _ in 0..100 {
        let answer = guesser.post("/api/join/claim", guess.clone()).await;
        slowed += usize::from(answer.status == 429 && answer.problem() == "too-soon");
    }
    assert_eq!(slowed, 40);
    // The good link gets the same answer from there, and works everywhere else.
    guesser
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(429);
    world.phone(&it).await;
    world.test.clock.pass(Duration::from_secs(1));
    guesser
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(204);
}
