//! Nobody is endangered: the silent call for a colleague, whoever must not open her case, alerts over
//! a crash, and answers that count for nothing. `docs/safety.md` says what each holds.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::rules;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::ids::UserId;
use yorisoi_store_sqlite::contents;

use super::flags::{Talk, of_type};
use crate::common::client::Browser;
use crate::common::rules::HIT;
use crate::common::world::{World, along, consent};

const SOON: Duration = Duration::from_secs(5);
const SECOND: Duration = Duration::from_secs(1);

impl Talk {
    async fn calls_help(&mut self) -> Value {
        let path = self.path("help");
        let called = self.world.nurse.post(&path, json!({})).await;
        called.expect(201).json()
    }

    async fn seconds_pass(&mut self, seconds: u32) -> usize {
        self.world.test.clock.pass(SECOND * seconds);
        self.world.test.app.tell_help_calls().await.unwrap()
    }

    async fn list(&self, people: impl IntoIterator<Item = UserId>) {
        let (app, office) = (&self.world.test.app, self.world.office);
        let set = app.set_contact_list(&Actor::Operator, office, people).await;
        set.unwrap();
    }

    /// The service dies and comes back on the same records; who was signed in still is.
    async fn crash(&mut self) {
        self.world.test.restart().await;
        let router = &self.world.test.router;
        for browser in [
            &mut self.world.nurse,
            &mut self.world.approver,
            &mut self.world.administrator,
            &mut self.phone,
        ] {
            *browser = browser.on(router.clone());
        }
    }
}

async fn help_of(browser: &mut Browser) -> Vec<Value> {
    let listed = browser.get("/api/help").await.expect(200).json();
    listed.as_array().unwrap().clone()
}

fn post_to(call: &Value, what: &str) -> String {
    format!("/api/help/{}/{what}", call["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_silent_call_brings_a_colleague_and_nothing_of_it_reaches_her_phone() {
    let mut talk = Talk::begin().await;
    let mut phone = talk.world.test.talk(&talk.phone).await;
    let before = talk.phone.get("/api/join/state").await.expect(200).json();
    let called = talk.calls_help().await;
    assert_eq!(
        (&called["by_me"], &called["taken_at"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(talk.calls_help().await["id"], called["id"], "one call");

    let seen = help_of(&mut talk.world.approver).await;
    assert_eq!(seen.len(), 1);
    let it = &seen[0];
    assert_eq!(
        (&it["name"], &it["called_by"], &it["by_me"]),
        (&json!("白石 ひなた"), &json!("sanoさん"), &json!(false))
    );
    assert_eq!(it["interview"], json!(talk.it.id));
    assert_eq!(
        it["may_enter"], false,
        "an approver alone does not sit in the talk"
    );
    let take = post_to(it, "take");
    let mut nurse = talk.world.nurse.clone();
    nurse.post(&take, json!({})).await.expect(403);
    talk.world.approver.post(&take, json!({})).await.expect(204);
    talk.world.approver.post(&take, json!({})).await.expect(409);
    let own = help_of(&mut talk.world.nurse).await;
    assert_eq!(own[0]["taken_by"], "miuraさん");
    talk.world
        .nurse
        .post(&post_to(it, "take-back"), json!({}))
        .await
        .expect(409);

    let after = talk.phone.get("/api/join/state").await.expect(200).json();
    assert_eq!(before, after);
    // Positive control through the same socket: what is hers to know arrives, and comes alone.
    let path = talk.path("pause");
    let on = json!({ "on": true });
    talk.world.nurse.post(&path, on).await.expect(204);
    let mut told = Vec::new();
    while let Ok(event) = phone.told(SECOND).await {
        told.push(event["type"].as_str().unwrap_or_default().to_owned());
    }
    assert!(!told.is_empty(), "the socket hears nothing at all");
    let known = ["snapshot", "place", "participant", "slots", "screen", "tap"];
    assert!(
        told.iter().all(|kind| known.contains(&kind.as_str())),
        "{told:?}"
    );
    talk.phone.get("/api/help").await.expect(403);

    let actions = talk.actions().await;
    for action in ["help_called", "help_calls_listed", "help_taken"] {
        assert!(actions.contains(&action.to_owned()), "{action}");
    }
    let end = talk.path("end");
    talk.world.nurse.post(&end, json!({})).await.expect(204);
    assert_eq!(help_of(&mut talk.world.nurse).await, Vec::<Value>::new());
    let path = talk.path("help");
    talk.world.nurse.post(&path, json!({})).await.expect(409);
}

#[tokio::test]
async fn a_call_that_nobody_answers_goes_to_the_next_after_two_minutes_also_over_a_crash() {
    let mut talk = Talk::begin().await;
    let office = talk.world.office;
    let (mut second, second_id) = talk.world.staff("tanaka", office, Role::Nurse).await;
    let (mut gone, gone_id) = talk.world.staff("gone", office, Role::Nurse).await;
    let (_, lost) = talk.world.staff("lost", office, Role::Nurse).await;
    let first = talk.world.approver_id;
    // The nurse who calls and whoever works here no more are nobody to wait for.
    talk.list([talk.world.nurse_id, first, gone_id, lost, second_id])
        .await;
    let elsewhere = (talk.world.other_office, "nurse");
    let admins = (office, "administrator");
    let set = talk.world.set_grants(lost, &[elsewhere, admins]).await;
    set.expect(204);
    let disable = format!("/api/users/{gone_id}/disable");
    let admin = &mut talk.world.administrator;
    admin.post(&disable, json!({})).await.expect(204);
    gone.get("/api/help").await.expect(401);

    let called = talk.calls_help().await;
    assert_eq!(help_of(&mut talk.world.approver).await.len(), 1);
    assert_eq!(talk.seconds_pass(119).await, 0);
    assert_eq!(help_of(&mut second).await, Vec::<Value>::new());
    second
        .post(&post_to(&called, "take"), json!({}))
        .await
        .expect(403);
    talk.crash().await;
    second = second.on(talk.world.test.router.clone());
    assert_eq!(talk.seconds_pass(1).await, 1);
    let seen = help_of(&mut second).await;
    assert_eq!((seen.len(), &seen[0]["may_enter"]), (1, &json!(true)));
    assert_eq!(help_of(&mut talk.world.nurse).await[0]["unheard"], false);
    assert_eq!(talk.seconds_pass(120).await, 0, "nobody comes after her");
    assert_eq!(help_of(&mut talk.world.nurse).await[0]["unheard"], true);
    second
        .post(&post_to(&called, "take"), json!({}))
        .await
        .expect(204);
    let own = help_of(&mut talk.world.nurse).await;
    assert_eq!(
        (&own[0]["taken_by"], &own[0]["unheard"]),
        (&json!("tanakaさん"), &json!(false))
    );

    // Another press is another call; a slip is taken back and stands nowhere any more.
    let slip = talk.calls_help().await;
    assert_ne!(slip["id"], called["id"]);
    let back = post_to(&slip, "take-back");
    talk.world.nurse.post(&back, json!({})).await.expect(204);
    let listed = help_of(&mut talk.world.approver).await;
    assert_eq!(listed.len(), 1, "the one that is answered");
    assert_eq!(listed[0]["id"], called["id"]);
}

#[tokio::test]
async fn her_relative_in_the_office_finds_nothing_of_her_and_the_office_is_told_who_tried() {
    let mut talk = Talk::begin().await;
    let office = talk.world.office;
    let (mut relative, relative_id) = talk.world.staff("relative", office, Role::Approver).await;
    let (mut second, second_id) = talk.world.staff("tanaka", office, Role::Nurse).await;
    talk.list([relative_id, second_id]).await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    talk.pass_and_tell(15).await;
    let help = talk.calls_help().await;

    // The control: whoever is not barred sees all of it.
    let day = format!("/api/interviews?office={office}");
    let review = format!("/api/review?office={office}");
    let own = format!("/api/notes?office={office}");
    let of_her = async |browser: &mut Browser| {
        let mut found = Vec::new();
        for path in [&day, "/api/alerts", "/api/help", &review, &own] {
            // Who only holds interviews reviews none.
            let answer = browser.get(path).await;
            found.push(String::from_utf8_lossy(&answer.body).contains("白石"));
        }
        found
    };
    assert_eq!(of_her(&mut relative).await[..3], [true, true, true]);
    assert_eq!(of_her(&mut second).await[..3], [true, false, false]);

    let list = talk.path("barred");
    let barring = talk.world.nurse.get(&list).await.expect(200).json();
    let people = barring["people"].as_array().unwrap();
    let line = |name: &str| people.iter().find(|it| it["name"] == name).unwrap().clone();
    assert_eq!(line("relativeさん")["barred"], false);
    assert_eq!(barring["may_lift"], false);
    let bar = format!("{list}/{relative_id}");
    talk.world.nurse.post(&bar, json!({})).await.expect(204);
    talk.world.nurse.post(&bar, json!({})).await.expect(204);
    let database = talk.world.test.folder.database();
    let disk = contents(&database).await.unwrap();
    let plain = relative_id.uuid().simple().to_string();
    let stands_in = |table: &str| disk[table].join(" ").to_lowercase().contains(&plain);
    assert!(
        stands_in("grants") && !stands_in("cases"),
        "the list is sealed"
    );

    assert_eq!(of_her(&mut relative).await, [false; 5]);
    let end = talk.path("end");
    talk.world.nurse.post(&end, json!({})).await.expect(204);
    assert_eq!(of_her(&mut relative).await, [false; 5]);
    let mut problems = Vec::new();
    for rest in ["flags", "door", "note", "review", "transcript", "barred"] {
        let refused = relative.get(&talk.path(rest)).await.expect(403);
        problems.push(refused.problem());
    }
    assert_eq!(
        problems, ["forbidden"; 6],
        "the same word as for everybody else"
    );
    relative
        .post(&post_to(&help, "take"), json!({}))
        .await
        .expect(403);
    relative
        .post(&format!("{bar}/lift"), json!({}))
        .await
        .expect(403);

    // She stood first on the list: whoever is next does not wait for her half an hour.
    talk.pass_and_tell(0).await;
    let told = second.get("/api/alerts").await.expect(200).json();
    let told = told.as_array().unwrap();
    let tries: Vec<_> = told.iter().filter(|it| !it["tried_by"].is_null()).collect();
    assert_eq!(tries.len(), 1, "once, however often: {told:?}");
    assert_eq!(
        (&tries[0]["tried_by"], &tries[0]["item"]),
        (&json!("relativeさん"), &Value::Null)
    );
    assert!(told.len() > 1, "and the flag of the talk: {told:?}");
    let open = format!("/api/alerts/{}/open", tries[0]["id"].as_str().unwrap());
    second.post(&open, json!({})).await.expect(204);

    // A nurse bars at once; it is lifted by an approver alone.
    let lift = format!("{bar}/lift");
    talk.world.nurse.post(&lift, json!({})).await.expect(403);
    talk.world.approver.post(&lift, json!({})).await.expect(204);
    relative.get(&talk.path("flags")).await.expect(200);
}

#[tokio::test]
async fn who_must_not_open_her_case_and_how_she_may_be_reached_is_known_when_she_comes_again() {
    let mut world = World::new().await;
    let (mut relative, relative_id) = world.staff("relative", world.office, Role::Nurse).await;
    let it = world.book().await;
    let path = |id: uuid::Uuid, rest: &str| format!("/api/interviews/{id}/{rest}");
    let bar = path(it.id, &format!("barred/{relative_id}"));
    world.nurse.post(&bar, json!({})).await.expect(204);
    let text = json!({ "text": "家に電話しない。郵便は不可。" }).to_string();
    let put = axum::http::Method::PUT;
    let restriction = path(it.id, "restriction");
    let set = world
        .nurse
        .send(put, &restriction, Some(text.into_bytes()))
        .await;
    set.expect(204);

    let again = world.book().await;
    let read = format!("/api/interviews/{}", again.id);
    let detail = world.nurse.get(&read).await.expect(200).json();
    assert_eq!(
        detail["contact_restriction"],
        "家に電話しない。郵便は不可。"
    );
    relative.get(&read).await.expect(403);
    let list = path(again.id, "barred");
    let barring = world.nurse.get(&list).await.expect(200).json();
    let people = barring["people"].as_array().unwrap();
    let barred: Vec<_> = people.iter().filter(|it| it["barred"] == true).collect();
    assert_eq!(
        (barred.len(), &barred[0]["name"]),
        (1, &json!("relativeさん"))
    );
}

/// Each booking makes a case of its own; what she asks for is for all of them.
#[tokio::test]
async fn whoever_is_barred_today_opens_neither_last_springs_interview_nor_the_one_booked_for_autumn()
 {
    let mut world = World::new().await;
    let (mut relative, relative_id) = world.staff("relative", world.office, Role::Nurse).await;
    let (spring, today, autumn) = (world.book().await, world.book().await, world.book().await);
    let mut others = world.booking();
    others["birth_date"] = json!("1999-05-12");
    let others = world.nurse.post("/api/interviews", others).await;
    let others = others.expect(201).json()["id"].as_str().unwrap().to_owned();
    let hers = [spring.id, today.id, autumn.id].map(|id| format!("/api/interviews/{id}"));
    let others = format!("/api/interviews/{others}");
    let day = format!("/api/interviews?office={}&day=2026-11-25", world.office);
    let listed = async |browser: &mut Browser| {
        let day = browser.get(&day).await.expect(200).json();
        day["interviews"].as_array().unwrap().len()
    };
    for path in hers.iter().chain([&others]) {
        relative.get(path).await.expect(200);
    }
    assert_eq!(listed(&mut relative).await, 4);

    let bar = format!("{}/barred/{relative_id}", hers[1]);
    world.nurse.post(&bar, json!({})).await.expect(204);
    for path in &hers {
        relative.get(path).await.expect(403);
    }
    relative.get(&others).await.expect(200);
    assert_eq!(listed(&mut relative).await, 1);

    let text = json!({ "text": "家に電話しない。" }).to_string();
    let restriction = format!("{}/restriction", hers[1]);
    let put = axum::http::Method::PUT;
    let set = world.nurse.send(put, &restriction, Some(text.into_bytes()));
    set.await.expect(204);
    for (path, said) in hers
        .iter()
        .map(|it| (it, json!("家に電話しない。")))
        .chain([(&others, Value::Null)])
    {
        let detail = world.nurse.get(path).await.expect(200).json();
        assert_eq!(detail["contact_restriction"], said);
    }

    // Lifted from any of them it is lifted from all, and the next booking does not bring it back.
    let lift = format!("{}/barred/{relative_id}/lift", hers[0]);
    world.approver.post(&lift, json!({})).await.expect(204);
    let next = world.book().await;
    let next = format!("/api/interviews/{}", next.id);
    for path in hers.iter().chain([&next]) {
        relative.get(path).await.expect(200);
    }
}

/// One case whose time is over keeps nothing from anybody.
#[tokio::test]
async fn an_old_alert_and_an_old_call_of_a_woman_whose_key_is_destroyed_stop_no_new_ones() {
    let mut talk = Talk::begin().await;
    let office = talk.world.office;
    let (second, second_id) = talk.world.staff("tanaka", office, Role::Nurse).await;
    talk.list([talk.world.approver_id, second_id]).await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    talk.calls_help().await;
    talk.pass_and_tell(15).await;
    // The control: both stand, and are hers.
    assert_eq!(talk.alerts().await.len(), 1);
    assert_eq!(help_of(&mut talk.world.approver).await.len(), 1);

    talk.world.destroy_person(talk.it.id).await;
    talk.crash().await;
    let mut second = second.on(talk.world.test.router.clone());
    assert_eq!(talk.alerts().await, Vec::<Value>::new());
    for browser in [&mut talk.world.approver, &mut second] {
        assert_eq!(help_of(browser).await, Vec::<Value>::new());
    }

    // The same woman again, and another talk.
    let new = talk.world.book().await;
    let _phone = talk.world.knocking_phone(&new).await;
    let guest = talk.world.guest(&new).await["participant"].clone();
    let path = |rest: &str| format!("/api/interviews/{}/{rest}", new.id);
    let admit = path(&format!("participants/{}/admit", guest.as_str().unwrap()));
    talk.world.nurse.post(&admit, json!({})).await.expect(204);
    let seen = json!({ "item": "partner_violence", "seen": "腕にあざ" });
    let nurse = &mut talk.world.nurse;
    nurse.post(&path("flags"), seen).await.expect(201);
    nurse.post(&path("help"), json!({})).await.expect(201);
    assert_eq!(talk.pass_and_tell(15).await, 1);
    assert_eq!(talk.seconds_pass(120).await, 1);
    let (alerts, calls) = (talk.alerts().await, help_of(&mut second).await);
    assert_eq!((alerts.len(), calls.len()), (1, 1));
    for told in [&alerts[0], &calls[0]] {
        assert_eq!(told["interview"], json!(new.id));
    }
}

#[tokio::test]
async fn an_alert_lives_through_crashes_and_goes_down_the_list_to_its_end() {
    let mut talk = Talk::begin().await;
    let office = talk.world.office;
    let (second, second_id) = talk.world.staff("tanaka", office, Role::Nurse).await;
    let (third, third_id) = talk.world.staff("ueno", office, Role::Nurse).await;
    talk.list([talk.world.approver_id, second_id, third_id])
        .await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    talk.crash().await;
    assert_eq!(talk.pass_and_tell(14).await, 0);
    assert_eq!(talk.pass_and_tell(1).await, 1, "a quarter of an hour");
    talk.crash().await;
    let router = &talk.world.test.router;
    let mut people = [second, third].map(|browser| browser.on(router.clone()));
    let count = async |browser: &mut Browser| {
        let listed = browser.get("/api/alerts").await.expect(200).json();
        listed.as_array().unwrap().len()
    };
    // Nobody has opened it: the next after half an hour each, told once however long it is down.
    for told in 0..2 {
        assert_eq!(count(&mut talk.world.approver).await, 1);
        for (n, browser) in people.iter_mut().enumerate() {
            assert_eq!(count(browser).await, usize::from(n < told), "{n} of {told}");
        }
        assert_eq!(talk.pass_and_tell(20).await, 0);
        for browser in &mut people {
            // Who works is not signed out.
            browser.get("/api/me").await.expect(200);
        }
        talk.world.approver.get("/api/me").await.expect(200);
        assert_eq!(talk.pass_and_tell(9).await, 0);
        assert_eq!(talk.pass_and_tell(1).await, 1);
    }
    assert_eq!(count(&mut people[1]).await, 1);
    assert_eq!(
        talk.pass_and_tell(29).await + talk.pass_and_tell(1).await,
        0
    );
}

#[tokio::test]
async fn a_flag_that_was_held_until_tonight_alerts_again_after_a_night_in_which_the_service_was_down()
 {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    let flag = talk.flag("partner_violence").await;
    let hold = json!({ "revision": 1, "words": "上司に相談", "until": "2026-11-25" });
    talk.decide(&flag, "hold", hold).await.expect(200);
    assert_eq!(talk.pass_and_tell(15).await, 1, "that it was found");
    talk.crash().await;
    assert_eq!(
        talk.pass_and_tell(20 * 60).await,
        1,
        "that nobody has decided"
    );
    let app = &talk.world.test.app;
    assert_eq!(app.tell_alerts().await.unwrap(), 0, "once");
}

/// Decision 15, through records and page, with the rules that ship.
#[tokio::test]
async fn a_lone_short_answer_about_violence_is_never_taken_for_a_no() {
    for short in ["うん", "ううん", "ん", "いいえ", "ない", "いいえ。"] {
        let mut talk = Talk::begin().await;
        talk.world
            .test
            .restart_with(rules::shipped().unwrap())
            .await;
        talk.world.nurse = talk.world.nurse.on(talk.world.test.router.clone());
        let (nurse, resident) = (talk.nurse, talk.resident);
        let asked = "体をたたかれたり、物を投げられたりしたことはありますか。";
        talk.say(nurse, asked).await;
        talk.say(resident, short).await;
        let (state, _) = talk.covered("partner_violence").await;
        assert_eq!(state, "vague", "{short}");
        if short == "いいえ。" {
            // The control: a whole sentence is an answer.
            talk.say(nurse, asked).await;
            talk.say(resident, "いいえ、たたかれたことはありません。")
                .await;
            assert_eq!(talk.covered("partner_violence").await.0, "negative");
        }
    }
}

#[tokio::test]
async fn while_her_companion_sits_in_the_talk_nothing_counts_that_is_asked_of_her_alone() {
    let mut talk = Talk::begin().await;
    let resident = talk.resident;
    talk.say(resident, HIT).await;
    assert_eq!(talk.covered("partner_violence").await.0, "positive");
    let mut room = talk.world.test.room(&talk.world.nurse, talk.it.id).await;
    let mut companion = talk.world.phone(&talk.it).await;
    companion
        .post("/api/join/along", along(&talk.it, "companion"))
        .await
        .expect(204);
    consent(&mut companion, "transcription", "none").await;
    companion
        .post("/api/join/knock", json!({}))
        .await
        .expect(204);
    assert_eq!(
        talk.covered("partner_violence").await.0,
        "positive",
        "before the door nobody is beside her"
    );
    let door = talk.world.nurse.get(&talk.path("door")).await.expect(200);
    let door = door.json();
    let guests = door["guests"].as_array().unwrap();
    let guest = guests.iter().find(|it| it["role"] == "companion").unwrap();
    let path = talk.path(&format!(
        "participants/{}",
        guest["participant"].as_str().unwrap()
    ));
    let act = |what: &str| format!("{path}/{what}");
    talk.world
        .nurse
        .post(&act("admit"), json!({}))
        .await
        .expect(204);
    let told = room.told_that(SOON, of_type("coverage")).await.unwrap();
    assert_eq!(told["data"]["state"], "not_asked");
    assert_eq!(talk.covered("partner_violence").await.0, "not_asked");
    // Back to the waiting room: no reason is shown there, and what she said counts again.
    talk.world
        .nurse
        .post(&act("wait"), json!({}))
        .await
        .expect(204);
    let state = companion.get("/api/join/state").await.expect(200).json();
    assert_eq!(state["step"], "waiting_longer");
    assert_eq!(talk.covered("partner_violence").await.0, "positive");
}
