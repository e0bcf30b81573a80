//! Signing in: passwords, links, delays, and how a login ends.

use std::time::Duration;

use axum::http::header;
use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi_domain::access::Actor;
use yorisoi_domain::ids::CallId;
use yorisoi_domain::pii::Pii;

use crate::common::client::Browser;
use crate::common::world::World;

const PASSWORD: &str = "ひまわり畑の三輪車に乗る";

fn typed(staff_id: &str, password: &str) -> Value {
    json!({ "staff_id": staff_id, "password": password })
}

/// The nurse has a password, and a browser that is signed in by it.
async fn with_password(world: &mut World) -> Browser {
    let set = json!({ "new": PASSWORD });
    world.nurse.post("/api/me/password", set).await.expect(204);
    let mut browser = world.test.browser();
    browser
        .post("/api/login", typed("sano", PASSWORD))
        .await
        .expect(200);
    browser
}

#[tokio::test]
async fn a_link_leads_in_once_and_a_password_from_then_on() {
    let mut world = World::new().await;
    let link = world
        .test
        .app
        .renew_sign_in_link(&Actor::Operator, &Pii::new("sano".to_owned()))
        .await;
    let secret = link.unwrap().split_once('#').unwrap().1.to_owned();
    let mut browser = world.test.browser();
    let first = browser
        .post("/api/login/link", json!({ "secret": secret }))
        .await
        .expect(200);
    assert_eq!(first.json()["next"], "set_password");
    let again = world
        .test
        .browser()
        .post("/api/login/link", json!({ "secret": secret }))
        .await;
    assert_eq!(again.expect(404).problem(), "link-not-valid");

    let mut signed_in = with_password(&mut world).await;
    let me = signed_in.get("/api/me").await.expect(200).json();
    assert_eq!(
        (&me["name"], &me["has_password"]),
        (&json!("sanoさん"), &json!(true))
    );
    assert_eq!(
        (&me["demo"], &me["grants"][0]["role"]),
        (&json!(false), &json!("nurse"))
    );
    // Setting the password ended the login by link.
    browser.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn a_link_ends_after_fifteen_minutes() {
    let world = World::new().await;
    let sano = Pii::new("sano".to_owned());
    let link = world
        .test
        .app
        .renew_sign_in_link(&Actor::Operator, &sano)
        .await
        .unwrap();
    world.test.clock.pass(Duration::from_secs(15 * 60));
    let secret = link.split_once('#').unwrap().1;
    let late = world
        .test
        .browser()
        .post("/api/login/link", json!({ "secret": secret }))
        .await;
    assert_eq!(late.expect(404).problem(), "link-not-valid");
}

#[tokio::test]
async fn wrong_name_wrong_password_no_password_and_disabled_are_one_answer() {
    let mut world = World::new().await;
    with_password(&mut world).await;
    let gone = world
        .staff("gone", world.office, yorisoi_domain::access::Role::Nurse)
        .await
        .1;
    world
        .test
        .app
        .disable_user(&Actor::Operator, gone)
        .await
        .unwrap();
    let mut answers = Vec::new();
    for (who, password) in [
        ("nobody", PASSWORD),
        ("sano", "ちがうパスワードです"),
        ("miura", ""),
        ("gone", PASSWORD),
    ] {
        let answer = world
            .test
            .browser()
            .post("/api/login", typed(who, password))
            .await
            .expect(401);
        assert_eq!(answer.problem(), "wrong-credentials");
        answers.push(answer.body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn wrong_passwords_cost_a_growing_delay_of_this_account_from_this_address() {
    let mut world = World::new().await;
    with_password(&mut world).await;
    let right = typed("sano", PASSWORD);
    let mut browser = world.test.browser();
    let mut delays = Vec::new();
    for _ in 0..5 {
        let answer = browser
            .post("/api/login", typed("Sano ", "ちがうパスワードです"))
            .await
            .expect(401);
        let delay = answer.json()["retry_after_s"].as_u64().unwrap();
        delays.push(delay);
        assert_eq!(
            browser
                .post("/api/login", right.clone())
                .await
                .expect(429)
                .problem(),
            "too-soon"
        );
        world.test.clock.pass(Duration::from_secs(delay));
    }
    assert!(delays.is_sorted() && delays[0] < delays[4], "{delays:?}");

    browser
        .post("/api/login", typed("sano", "ちがうパスワードです"))
        .await
        .expect(401);
    browser
        .post("/api/login", typed("miura", "ちがうパスワードです"))
        .await
        .expect(401);
    // Nobody elsewhere is kept out, be it by another line or behind the same proxy.
    let mut elsewhere = world.test.browser();
    elsewhere.address = "203.0.113.9:1".parse().unwrap();
    elsewhere
        .post("/api/login", right.clone())
        .await
        .expect(200);
    let mut proxied = world.test.browser();
    proxied.address = (crate::common::app::PROXY, 1).into();
    proxied
        .headers
        .insert("x-forwarded-for".to_owned(), "203.0.113.10".to_owned());
    proxied.post("/api/login", right.clone()).await.expect(200);
    proxied.headers.insert(
        "x-forwarded-for".to_owned(),
        browser.address.ip().to_string(),
    );
    proxied.post("/api/login", right.clone()).await.expect(429);
    // Nor is she kept out for good.
    world.test.clock.pass(Duration::from_secs(60));
    browser.post("/api/login", right).await.expect(200);
}

#[tokio::test]
async fn a_login_that_an_attacker_planted_is_not_the_one_she_gets() {
    let mut world = World::new().await;
    with_password(&mut world).await;
    let mut attacker = world.test.browser();
    attacker
        .post("/api/login", typed("sano", PASSWORD))
        .await
        .expect(200);
    let planted = attacker.cookies.clone();

    let mut browser = world.test.browser();
    browser.cookies.clone_from(&planted);
    browser
        .post("/api/login", typed("sano", PASSWORD))
        .await
        .expect(200);
    assert_ne!(browser.cookies, planted);
    // The planted one has ended with the new one's begin.
    attacker.get("/api/me").await.expect(401);
    browser.get("/api/me").await.expect(200);
}

#[tokio::test]
async fn a_login_ends_when_idle_at_signing_out_and_in_no_talk() {
    let mut world = World::new().await;
    let minutes = |n: u64| Duration::from_secs(n * 60);
    world.test.clock.pass(minutes(29));
    world.nurse.get("/api/me").await.expect(200);
    world.test.clock.pass(minutes(29));
    world.nurse.get("/api/me").await.expect(200);

    let it = world.book().await;
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let admit = format!("/api/interviews/{}/participants/{guest}/admit", it.id);
    world.nurse.post(&admit, json!({})).await.expect(204);
    let call = CallId::new(Uuid::from_u128(7));
    world.test.app.open_call(call, it.id.into()).await.unwrap();
    world.test.clock.pass(minutes(13 * 60));
    world.nurse.get("/api/me").await.expect(200);
    // Whoever is in no talk is out by now.
    world.approver.get("/api/me").await.expect(401);

    let kept = world.nurse.cookies.clone();
    let out = world.nurse.post("/api/logout", json!({})).await.expect(204);
    assert!(out.headers.contains_key("clear-site-data"));
    assert!(world.nurse.cookies.is_empty());
    world.nurse.cookies = kept;
    world.nurse.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn a_password_is_long_and_changed_only_by_who_knows_it() {
    let mut world = World::new().await;
    for (new, code) in [("みじかい", "too_short"), (&*"長".repeat(129), "too_long")] {
        let answer = world
            .nurse
            .post("/api/me/password", json!({ "new": new }))
            .await
            .expect(422);
        assert_eq!(answer.fields(), [("new".to_owned(), code.to_owned())]);
    }
    let mut browser = with_password(&mut world).await;
    let new = json!({ "current": "ちがうパスワードです", "new": "つぎの長いパスワード" });
    browser.post("/api/me/password", new).await.expect(422);
    let new = json!({ "current": "ちがうパスワードです", "new": "つぎの長いパスワードです" });
    assert_eq!(
        browser
            .post("/api/me/password", new)
            .await
            .expect(401)
            .problem(),
        "wrong-credentials"
    );
}

#[tokio::test]
async fn guesses_at_the_present_password_that_are_made_side_by_side_are_one_try() {
    let mut world = World::new().await;
    let browser = with_password(&mut world).await;
    let guess = |current: &'static str| {
        let mut browser = browser.clone();
        async move {
            let new = json!({ "current": current, "new": "つぎの長いパスワードです" });
            let answer = browser.post("/api/me/password", new).await;
            answer.status.as_u16()
        }
    };
    let answers = tokio::join!(guess("ちがうパスワードです"), guess("これもちがうものです"));
    let heard = [answers.0, answers.1]
        .iter()
        .filter(|it| **it == 401)
        .count();
    assert_eq!(heard, 1, "{answers:?}");
    assert!(answers.0 == 429 || answers.1 == 429, "{answers:?}");
}

#[tokio::test]
async fn cookies_are_host_bound_secure_and_out_of_scripts_reach() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.test.browser();
    let claim = phone
        .post("/api/join/claim", json!({ "secret": it.secret }))
        .await
        .expect(204);
    let sano = Pii::new("sano".to_owned());
    let link = world
        .test
        .app
        .renew_sign_in_link(&Actor::Operator, &sano)
        .await
        .unwrap();
    let secret = link.split_once('#').unwrap().1;
    let login = world
        .test
        .browser()
        .post("/api/login/link", json!({ "secret": secret }))
        .await
        .expect(200);
    for (answer, name) in [(claim, "__Host-seat="), (login, "__Host-login=")] {
        let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(set.starts_with(name), "{set}");
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(set.contains(attribute), "{attribute}");
        }
    }
}

/// Who came in, who did not, and at which door.
#[tokio::test]
async fn signing_in_and_every_failure_to_leaves_its_line_with_the_account() {
    let mut world = World::new().await;
    let set = json!({ "new": PASSWORD });
    world
        .nurse
        .post("/api/me/password", set.clone())
        .await
        .expect(204);
    world
        .approver
        .post("/api/me/password", set)
        .await
        .expect(204);
    let newest = async |world: &mut World| {
        let page = world
            .administrator
            .get("/api/audit")
            .await
            .expect(200)
            .json();
        let event = page["events"].as_array().unwrap().iter();
        // Reading the audit has its own line.
        let mut others = event.filter(|event| event["action"] != "audit_read");
        let event = others.next().unwrap();
        (
            event["action"].as_str().unwrap().to_owned(),
            event["actor_kind"].as_str().unwrap().to_owned(),
            event["actor_staff_id"].clone(),
            event["subject_staff_id"].clone(),
        )
    };
    let line = |action: &str, kind: &str, actor, subject| {
        (action.to_owned(), kind.to_owned(), actor, subject)
    };
    let none = json!(null);
    let (nurse, approver) = (json!("sano"), json!("miura"));
    let mut browser = world.test.browser();
    browser
        .post("/api/login", typed("sano", "ちがいます"))
        .await
        .expect(401);
    let failed = line("sign_in_failed", "anonymous", none.clone(), nurse.clone());
    assert_eq!(newest(&mut world).await, failed);
    browser
        .post("/api/login", typed("nobody", "ちがいます"))
        .await
        .expect(401);
    let failed = line("sign_in_failed", "anonymous", none.clone(), none.clone());
    assert_eq!(newest(&mut world).await, failed);
    world.test.clock.pass(Duration::from_secs(60));
    browser
        .post("/api/login", typed("sano", PASSWORD))
        .await
        .expect(200);
    let signed_in = line("signed_in", "staff", nurse.clone(), none.clone());
    assert_eq!(newest(&mut world).await, signed_in);
    browser.post("/api/logout", json!({})).await.expect(204);
    let signed_out = line("signed_out", "staff", nurse.clone(), none.clone());
    assert_eq!(newest(&mut world).await, signed_out);

    let sano = "sano".to_owned().into();
    let app = &world.test.app;
    let link = app
        .renew_sign_in_link(&Actor::Operator, &sano)
        .await
        .unwrap();
    let made = line("sign_in_link_made", "operator", none.clone(), nurse.clone());
    assert_eq!(newest(&mut world).await, made);
    let secret = json!({ "secret": link.split_once('#').unwrap().1 });
    browser
        .post("/api/login/link", secret.clone())
        .await
        .expect(200);
    assert_eq!(newest(&mut world).await, signed_in);
    world
        .test
        .browser()
        .post("/api/login/link", secret)
        .await
        .expect(404);
    let failed = line("sign_in_failed", "anonymous", none.clone(), none.clone());
    assert_eq!(newest(&mut world).await, failed);

    let mut browser = world.test.browser();
    browser
        .post("/api/login", typed("miura", PASSWORD))
        .await
        .expect(200);
    let begun = line("sign_in_begun", "staff", approver.clone(), approver.clone());
    assert_eq!(newest(&mut world).await, begun);
    let wrong = json!({ "code": "000000" });
    browser.post("/api/login/code", wrong).await.expect(401);
    let failed = line("second_step_failed", "anonymous", none, approver);
    assert_eq!(newest(&mut world).await, failed);
}
