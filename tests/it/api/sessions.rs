//! Where one is signed in, and how a login is ended: by its owner, by an administrator, by the
//! command line, also under an open socket.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yorisoi::simulate::page::PageError;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::pii::Pii;

use crate::common::client::Browser;
use crate::common::world::World;

const PASSWORD: &str = "ひまわり畑の三輪車に乗る";
/// "Within a second", with room for a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

/// Another browser of the nurse, which says this of itself.
async fn another(world: &World, says: &str) -> Browser {
    let mut browser = world.test.browser();
    browser
        .headers
        .insert("user-agent".to_owned(), says.to_owned());
    let typed = json!({ "staff_id": "sano", "password": PASSWORD });
    browser.post("/api/login", typed).await.expect(200);
    browser
}

async fn sessions(browser: &mut Browser) -> Vec<Value> {
    let answer = browser.get("/api/me/sessions").await.expect(200).json();
    answer["sessions"].as_array().unwrap().clone()
}

async fn with_password() -> World {
    let mut world = World::new().await;
    let set = json!({ "new": PASSWORD });
    world.nurse.post("/api/me/password", set).await.expect(204);
    world
}

#[tokio::test]
async fn one_sees_where_one_is_signed_in_and_ends_it_there() {
    let mut world = with_password().await;
    world.test.clock.pass(Duration::from_secs(60));
    let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0";
    let mut office = another(&world, windows).await;
    world.test.clock.pass(Duration::from_secs(120));
    let mut phone = another(
        &world,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Version/17.4 Safari/604.1",
    )
    .await;
    office.get("/api/me").await.expect(200);
    let lines = sessions(&mut phone).await;
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| {
            (
                line["system"].as_str().unwrap(),
                line["browser"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [("ios", "safari"), ("windows", "edge"), ("other", "other")]
    );
    let current: Vec<_> = lines.iter().map(|line| line["current"] == true).collect();
    assert_eq!(current, [true, false, false]);
    let minute = |line: &Value, key: &str| line[key].as_str().unwrap()[11..16].to_owned();
    assert_eq!(minute(&lines[1], "signed_in_at"), "00:51");
    assert_eq!(minute(&lines[1], "last_used_at"), "00:53");
    let text = serde_json::to_string(&lines).unwrap();
    assert!(
        !text.contains("198.51") && !text.contains("Mozilla"),
        "{text}"
    );

    let end = format!("/api/me/sessions/{}/end", lines[1]["id"].as_str().unwrap());
    // Somebody else's is as if it were not there.
    world.approver.post(&end, json!({})).await.expect(404);
    // Who found the phone does not sign her out of the others.
    let others = "/api/me/sessions/end-others";
    for (path, body) in [
        (end.as_str(), json!({})),
        (others, json!({ "password": "ちがうものです" })),
    ] {
        let refused = phone.post(path, body).await.expect(401);
        assert_eq!(refused.problem(), "wrong-credentials");
        world.test.clock.pass(Duration::from_secs(60));
    }
    office.get("/api/me").await.expect(200);
    let proof = json!({ "password": PASSWORD });
    phone.post(&end, proof.clone()).await.expect(204);
    office.get("/api/me").await.expect(401);
    world.nurse.get("/api/me").await.expect(200);
    phone.post(&end, proof.clone()).await.expect(404);

    phone.post(others, proof).await.expect(204);
    world.nurse.get("/api/me").await.expect(401);
    assert_eq!(sessions(&mut phone).await.len(), 1);
}

#[tokio::test]
async fn another_password_signs_every_other_browser_out() {
    let world = with_password().await;
    let mut one = another(&world, "").await;
    let mut other = another(&world, "").await;
    let changed = json!({ "current": PASSWORD, "new": "つぎの長いパスワードです" });
    one.post("/api/me/password", changed).await.expect(204);
    one.get("/api/me").await.expect(200);
    other.get("/api/me").await.expect(401);
}

#[tokio::test]
async fn an_administrator_signs_somebody_out_everywhere_and_lets_a_disabled_one_in_again() {
    let mut world = with_password().await;
    let mut one = another(&world, "").await;
    let user = format!("/api/users/{}", world.nurse_id);
    let administrator = &mut world.administrator;
    administrator
        .post(&format!("{user}/sign-out"), json!({}))
        .await
        .expect(204);
    one.get("/api/me").await.expect(401);
    world.nurse.get("/api/me").await.expect(401);
    let mut again = another(&world, "").await;
    let administrator = &mut world.administrator;
    administrator
        .post(&format!("{user}/enable"), json!({}))
        .await
        .expect(409);
    administrator
        .post(&format!("{user}/disable"), json!({}))
        .await
        .expect(204);
    again.get("/api/me").await.expect(401);
    administrator
        .post(&format!("{user}/enable"), json!({}))
        .await
        .expect(204);
    again.get("/api/me").await.expect(401);
    another(&world, "").await.get("/api/me").await.expect(200);
}

/// Each way out, by another process as the command line is, or by a page; and whoever is not meant
/// stays, through the same probe.
#[tokio::test]
async fn whoever_is_put_out_is_out_of_an_open_room_at_once() {
    let mut world = World::new().await;
    let it = world.book().await;
    let earlier = world.book().await;
    // The command line opens the folder for itself.
    let command_line = world.test.reopened().await;
    for (n, way) in [
        "disabled by command",
        "disabled",
        "signed out",
        "barred",
        "ended by themselves",
    ]
    .into_iter()
    .enumerate()
    {
        let staff_id = format!("ohta-{n}");
        let (mut nurse, id) = world.staff(&staff_id, world.office, Role::Nurse).await;
        let mut stays = world.test.room(&world.nurse, it.id).await;
        let mut room = world.test.room(&nurse, it.id).await;
        room.ask("ping", json!({})).await.unwrap();
        let began = Instant::now();
        let administrator = &mut world.administrator;
        match way {
            "disabled by command" => {
                command_line
                    .disable_user(&Actor::Operator, id)
                    .await
                    .unwrap();
            }
            "disabled" => {
                administrator
                    .post(&format!("/api/users/{id}/disable"), json!({}))
                    .await
                    .expect(204);
            }
            "signed out" => {
                administrator
                    .post(&format!("/api/users/{id}/sign-out"), json!({}))
                    .await
                    .expect(204);
            }
            // From another interview of hers.
            "barred" => {
                let bar = format!("/api/interviews/{}/barred/{id}", earlier.id);
                world.nurse.post(&bar, json!({})).await.expect(204);
            }
            _ => {
                let sessions = sessions(&mut nurse).await;
                let own = sessions[0]["id"].as_str().unwrap();
                nurse
                    .post(&format!("/api/me/sessions/{own}/end"), json!({}))
                    .await
                    .expect(204);
            }
        }
        let gone = room.told_that(SOON, |_| false).await;
        assert!(
            matches!(gone, Err(PageError::Closed { code: Some(4003) })),
            "{way}: {gone:?}"
        );
        assert!(began.elapsed() < SOON, "{way}");
        stays.ask("ping", json!({})).await.unwrap();
    }
}

/// The secret of a fresh link for the nurse.
async fn link(world: &World) -> Value {
    let sano = Pii::new("sano".to_owned());
    let link = world.test.app.renew_sign_in_link(&Actor::Operator, &sano);
    let link = link.await.unwrap();
    json!({ "secret": link.split_once('#').unwrap().1 })
}

/// A link that fell into wrong hands is why somebody is signed out, disabled or changes the password:
/// each of them ends it, and so does a newer one.
#[tokio::test]
async fn a_link_that_nobody_used_goes_with_whatever_signs_its_owner_out() {
    let mut world = with_password().await;
    let user = format!("/api/users/{}", world.nurse_id);
    let works = async |world: &World, secret: Value| {
        let mut browser = world.test.browser();
        browser.post("/api/login/link", secret).await.status == 200
    };
    let secret = link(&world).await;
    assert!(works(&world, secret).await, "the probe");
    for way in [
        "sign-out",
        "disable and enable",
        "others ended",
        "another password",
        "a newer link",
    ] {
        let secret = link(&world).await;
        let mut nurse = another(&world, "").await;
        let proof = json!({ "password": PASSWORD });
        let administrator = &mut world.administrator;
        match way {
            "sign-out" => {
                let out = format!("{user}/sign-out");
                administrator.post(&out, json!({})).await.expect(204);
            }
            "disable and enable" => {
                for act in ["disable", "enable"] {
                    let act = format!("{user}/{act}");
                    administrator.post(&act, json!({})).await.expect(204);
                }
            }
            "others ended" => {
                let others = nurse.post("/api/me/sessions/end-others", proof);
                others.await.expect(204);
            }
            "another password" => {
                let set = json!({ "current": PASSWORD, "new": PASSWORD });
                nurse.post("/api/me/password", set).await.expect(204);
            }
            _ => {
                let newer = link(&world).await;
                assert!(works(&world, newer).await, "{way}");
            }
        }
        assert!(!works(&world, secret).await, "{way}");
    }
}

/// Whoever gives more roles to somebody who was just added has shown them a link already.
#[tokio::test]
async fn a_role_that_asks_for_a_second_factor_leaves_the_link_of_a_new_account() {
    let mut world = World::new().await;
    let nurse = world.nurse_id;
    let secret = link(&world).await;
    let wanted = [(world.office, "nurse"), (world.office, "approver")];
    world.set_grants(nurse, &wanted).await.expect(204);
    world.nurse.get("/api/me").await.expect(401);
    let mut browser = world.test.browser();
    let answer = browser.post("/api/login/link", secret).await.expect(200);
    assert_eq!(answer.json()["next"], "enrol");
}
