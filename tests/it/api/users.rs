//! Accounts: added with a link, disabled at once.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use yorisoi::simulate::page::PageError;
use yorisoi_domain::access::Role;
use yorisoi_domain::ids::UserId;

use crate::common::client::Answer;
use crate::common::held::put;
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

/// In the first office.
async fn grants(world: &mut World, id: UserId, roles: &[&str]) -> Answer {
    let office = world.office;
    let roles: Vec<_> = roles.iter().map(|role| (office, *role)).collect();
    world.set_grants(id, &roles).await
}

/// What the audit says of changed roles and refusals, newest first.
async fn changes(world: &mut World) -> Vec<Value> {
    let page = world.administrator.get("/api/audit").await.json();
    let mut events = page["events"].as_array().unwrap().clone();
    events.retain(|it| {
        let action = it["action"].as_str().unwrap();
        let role = action.ends_with("_given") || action.ends_with("_taken");
        it["actor_kind"] == "staff" && (role || action.starts_with("denied:manage_users"))
    });
    events
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
    let changed = changes(&mut world).await;
    assert_eq!(changed.len(), 1, "what changes nothing is no change");
    assert_eq!(changed[0]["subject_staff_id"], "ohta");
    assert_eq!(changed[0]["action"], "approver_given");
    assert_eq!(changed[0]["words"], "統括の役割を加えた");

    let mut approver = world.approver.clone();
    approver.get(&review).await.expect(200);
    let of = world.approver_id;
    let elsewhere = (world.other_office, "approver");
    let here = (world.office, "nurse");
    world.set_grants(of, &[here, elsewhere]).await.expect(204);
    approver.get(&review).await.expect(403);
    grants(&mut world, of, &[]).await.expect(422);
    // One line for each role, with its office.
    let mut changed = changes(&mut world).await;
    let (office, other) = (world.office.to_string(), world.other_office.to_string());
    changed.truncate(3);
    let mut lines: Vec<_> = changed
        .iter()
        .map(|it| (it["action"].as_str().unwrap(), it["office_id"].as_str()))
        .collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            ("approver_given", Some(&*other)),
            ("approver_taken", Some(&*office)),
            ("nurse_given", Some(&*office)),
        ]
    );
}

/// A role of their own would open every case of the office to whoever looks after the accounts.
#[tokio::test]
async fn an_administrator_gives_themselves_no_role_and_may_take_one() {
    let mut world = World::new().await;
    let own = world.administrator_id;
    let review = format!("/api/review?office={}", world.office);
    for more in [&["administrator", "nurse"][..], &["approver"]] {
        let answer = grants(&mut world, own, more).await.expect(403);
        assert_eq!(answer.problem(), "forbidden");
    }
    world.administrator.get(&review).await.expect(403);
    let refused = changes(&mut world).await;
    let code = "denied:manage_users:own_request";
    let refused = refused.iter().filter(|it| it["action"] == code);
    assert_eq!(refused.count(), 2);
    // Another one may, and what one has one may lay down.
    let (other, _) = world
        .staff("kansa", world.office, Role::Administrator)
        .await;
    let admin = std::mem::replace(&mut world.administrator, other);
    grants(&mut world, own, &["administrator", "approver"])
        .await
        .expect(204);
    world.administrator = admin;
    world.administrator.get(&review).await.expect(200);
    grants(&mut world, own, &["administrator"])
        .await
        .expect(204);
    world.administrator.get(&review).await.expect(403);
}

/// A computer that an administrator left signed in makes no account and no role.
#[tokio::test]
async fn what_could_open_cases_takes_the_administrators_password() {
    const PASSWORD: &str = "ひまわり畑の三輪車に乗る";
    let mut world = World::new().await;
    let of = world.approver_id;
    let before = world.grants_of(of).await;
    let role = json!([{ "office": world.office, "role": "nurse" }]);
    let asks = [
        (
            Method::POST,
            "/api/users".to_owned(),
            json!({ "staff_id": "ohta", "name": "太田", "grants": role }),
            201,
        ),
        (
            Method::PUT,
            format!("/api/users/{of}/grants"),
            json!({ "before": before, "grants": role }),
            204,
        ),
        (
            Method::POST,
            format!("/api/users/{of}/reset-second-factor"),
            json!({}),
            204,
        ),
    ];
    let clock = &world.test.clock;
    let admin = &mut world.administrator;
    let set = json!({ "new": PASSWORD });
    admin.post("/api/me/password", set).await.expect(204);
    for (method, path, body, done) in asks {
        for typed in [Value::Null, json!("ちがうパスワードです")] {
            let mut body = body.clone();
            body["password"] = typed;
            let sent = Some(body.to_string().into_bytes());
            let answer = admin.send(method.clone(), &path, sent).await.expect(401);
            assert_eq!(answer.problem(), "wrong-credentials", "{path}");
            clock.pass(Duration::from_secs(60));
        }
        let mut body = body.clone();
        body["password"] = json!(PASSWORD);
        let sent = Some(body.to_string().into_bytes());
        admin.send(method, &path, sent).await.expect(done);
    }
}

/// The first administrator of every installation came by a link: what they may do without a password is
/// what whoever sits down at their computer may do.
#[tokio::test]
async fn without_a_password_a_link_of_a_moment_ago_is_the_only_proof() {
    let mut world = World::new().await;
    let (nurse, approver) = (world.nurse_id, world.approver_id);
    let before = world.grants_of(nurse).await;
    let new = json!({
        "staff_id": "ohta", "name": "太田", "grants": [{ "office": world.office, "role": "nurse" }],
    });
    let session = world.administrator.get("/api/me/sessions").await.json();
    let session = session["sessions"][0]["id"].as_str().unwrap().to_owned();
    let grants = json!({ "before": before, "grants": before });
    let anew = json!({ "new": "ひまわり畑の三輪車に乗る" });
    let asks = [
        (Method::POST, "/api/users".to_owned(), new.clone()),
        (Method::PUT, format!("/api/users/{nurse}/grants"), grants),
        (
            Method::POST,
            format!("/api/users/{approver}/reset-second-factor"),
            json!({}),
        ),
        (Method::POST, "/api/me/second-factor".to_owned(), json!({})),
        (
            Method::POST,
            format!("/api/me/sessions/{session}/end"),
            json!({}),
        ),
        (
            Method::POST,
            "/api/me/sessions/end-others".to_owned(),
            json!({}),
        ),
        // Else whoever sits there would set one, and prove themselves by it.
        (Method::POST, "/api/me/password".to_owned(), anew.clone()),
    ];
    world.test.clock.pass(Duration::from_secs(15 * 60));
    for (method, path, body) in asks {
        for typed in [json!(null), json!(""), json!("ひまわり畑の三輪車に乗る")] {
            let mut body = body.clone();
            let key = if path.ends_with("password") {
                "current"
            } else {
                "password"
            };
            body[key] = typed;
            let sent = Some(body.to_string().into_bytes());
            let admin = &mut world.administrator;
            let answer = admin.send(method.clone(), &path, sent).await.expect(409);
            assert_eq!(answer.problem(), "no-password", "{path}");
        }
    }
    // Another link, a password set right after it, and all of it goes by that.
    let (mut other, _) = world
        .staff("kansa", world.office, Role::Administrator)
        .await;
    other.post("/api/me/password", anew).await.expect(204);
    world.test.clock.pass(Duration::from_secs(15 * 60));
    let mut new = new;
    new["password"] = json!("ひまわり畑の三輪車に乗る");
    other.post("/api/users", new).await.expect(201);
}

#[tokio::test]
async fn roles_that_somebody_else_changed_meanwhile_are_read_again() {
    let mut world = World::new().await;
    let of = world.nurse_id;
    let path = format!("/api/users/{of}/grants");
    let office = world.office;
    let role = |role: &str| json!([{ "office": office, "role": role }]);
    let stale = json!({ "before": role("approver"), "grants": role("approver") });
    let admin = &mut world.administrator;
    let answer = put(admin, &path, &stale).await.expect(409);
    assert_eq!(answer.problem(), "changed");
    assert_eq!(world.grants_of(of).await, role("nurse"));
}

/// Signing out to set a second factor would leave the resident alone in the talk.
#[tokio::test]
async fn a_role_that_needs_a_second_factor_waits_for_the_end_of_a_talk() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let of = world.nurse_id;
    let answer = grants(&mut world, of, &["nurse", "approver"]).await;
    assert_eq!(answer.expect(409).problem(), "not-ready");
    world.nurse.get("/api/me").await.expect(200);
    let office = world.office;
    assert_eq!(
        world.grants_of(of).await,
        json!([{ "office": office, "role": "nurse" }])
    );
    // What signs nobody out does not wait.
    let two = [(office, "nurse"), (world.other_office, "nurse")];
    world.set_grants(of, &two).await.expect(204);
    let end = format!("/api/interviews/{}/end", talk.it.id);
    world.nurse.post(&end, json!({})).await.expect(204);
    grants(&mut world, of, &["nurse", "approver"])
        .await
        .expect(204);
    world.nurse.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut world = World::new().await;
    let own = world.administrator_id;
    let (other, other_id) = world
        .staff("kansa", world.office, Role::Administrator)
        .await;
    let admin = std::mem::replace(&mut world.administrator, other);
    grants(&mut world, own, &["nurse", "administrator"])
        .await
        .expect(204);
    world.administrator = admin;
    let path = format!("/api/users/{other_id}");
    let disable = format!("{path}/disable");
    let admin = &mut world.administrator;
    admin.post(&disable, json!({})).await.expect(204);
    // Who was added and has never come in is nobody who could help.
    let new = json!({
        "staff_id": "never", "name": "来ない人",
        "grants": [{ "office": world.office, "role": "administrator" }],
    });
    admin.post("/api/users", new).await.expect(201);
    let answer = grants(&mut world, own, &["nurse"]).await.expect(409);
    assert_eq!(answer.problem(), "wrong-state");
    world.administrator.get("/api/users").await.expect(200);
    let enable = format!("{path}/enable");
    let admin = &mut world.administrator;
    admin.post(&enable, json!({})).await.expect(204);
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
    let elsewhere = (world.other_office, "nurse");
    world.set_grants(id, &[elsewhere]).await.expect(204);
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
