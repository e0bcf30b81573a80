//! Links, sign-in and requests of other sites.

use axum::http::Method;
use serde_json::json;
use yorisoi_domain::access::Actor;
use yorisoi_domain::pii::Pii;
use yorisoi_store_sqlite::contents;

use crate::authz::operations;
use crate::common::client::Browser;
use crate::common::world::World;

/// An address of this operation: nothing lies there, but who asks is looked at before.
fn somewhere(path: &str) -> String {
    let nobody = "00000000-0000-7000-8000-000000000000";
    path.split('/')
        .map(|part| if part.starts_with('{') { nobody } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn no_operation_that_changes_something_listens_to_another_site() {
    let world = World::new().await;
    let mut tried = 0;
    for (operation, (method, path)) in operations() {
        if method == Method::GET {
            continue;
        }
        tried += 1;
        let path = somewhere(&path);
        let send = async |change: &dyn Fn(&mut Browser)| {
            let mut browser = world.nurse.clone();
            change(&mut browser);
            let body = Some(b"{}".to_vec());
            browser.send(method.clone(), &path, body).await
        };
        let forms: [&dyn Fn(&mut Browser); 4] = [
            // A form of another site: no header of ours, and perhaps a browser that says nothing.
            &|browser| {
                browser.headers.clear();
            },
            &|browser| {
                browser.headers.remove("x-requested-with");
            },
            &|browser| {
                let evil = "https://evil.example".to_owned();
                browser.headers.insert("origin".to_owned(), evil);
            },
            &|browser| {
                let site = "cross-site".to_owned();
                browser.headers.insert("sec-fetch-site".to_owned(), site);
            },
        ];
        for change in forms {
            let answer = send(change).await.expect(403);
            assert_eq!(answer.problem(), "cross-site", "{operation}");
        }
        // The control: our own page is heard, whatever the answer.
        if operation != "logout" {
            let answer = send(&|_| {}).await;
            let heard = answer.status != 403 || answer.problem() != "cross-site";
            assert!(heard, "{operation}");
        }
    }
    assert!(tried > 30, "{tried}");
}

#[tokio::test]
async fn another_sites_requests_leave_nothing_in_the_records() {
    let world = World::new().await;
    let everything = async || contents(&world.test.folder.database()).await.unwrap();
    let before = everything().await;
    for (method, path) in operations().into_values() {
        if method != Method::GET {
            let mut browser = world.nurse.clone();
            browser.headers.clear();
            let body = Some(world.booking().to_string().into_bytes());
            browser
                .send(method, &somewhere(&path), body)
                .await
                .expect(403);
        }
    }
    assert_eq!(before, everything().await);
    let booking = world.booking();
    world
        .nurse
        .clone()
        .post("/api/interviews", booking)
        .await
        .expect(201);
    assert_ne!(before, everything().await, "the control");
}

#[tokio::test]
async fn nothing_is_changed_by_a_way_that_only_reads() {
    let mut world = World::new().await;
    let all = operations();
    let reads = |path: &str| {
        let mut of_path = all.values().filter(|(_, other)| other == path);
        of_path.any(|(method, _)| *method == Method::GET)
    };
    for (method, path) in all.values() {
        if *method == Method::GET || reads(path) {
            continue;
        }
        for safe in [Method::GET, Method::HEAD] {
            let answer = world.nurse.send(safe, &somewhere(path), None).await;
            let status = answer.status.as_u16();
            assert!([404, 405].contains(&status), "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn a_secret_opens_its_own_door_alone_and_a_forged_one_none() {
    let mut world = World::new().await;
    let it = world.book().await;
    let sano = Pii::new("sano".to_owned());
    let operator = Actor::Operator;
    let link = world.test.app.renew_sign_in_link(&operator, &sano).await;
    let sign_in = link.unwrap().split_once('#').unwrap().1.to_owned();
    let phone = world.knocking_phone(&it).await;
    let seat = phone.cookies["__Host-seat"].clone();
    let login = world.nurse.cookies["__Host-login"].clone();

    // Each where another belongs, and each with one character changed, cut off or added.
    let forged = |secret: &str| {
        let other = if secret.starts_with('A') { "B" } else { "A" };
        vec![
            format!("{other}{}", &secret[1..]),
            secret[..secret.len() - 1].to_owned(),
            format!("{secret}A"),
            secret.to_uppercase(),
            format!(" {secret}"),
            String::new(),
        ]
    };
    let wrong = |right: &str| {
        let others = [&it.secret, &sign_in, &seat, &login].map(String::clone);
        let mut wrong = forged(right);
        wrong.extend(others.into_iter().filter(|other| other != right));
        wrong
    };
    for (path, right) in [
        ("/api/join/claim", &it.secret),
        ("/api/login/link", &sign_in),
    ] {
        for (n, secret) in wrong(right).into_iter().enumerate() {
            let mut browser = world.test.browser();
            browser
                .address
                .set_ip(format!("203.0.113.{n}").parse().unwrap());
            let answer = browser.post(path, json!({ "secret": secret })).await;
            assert_eq!(answer.expect(404).problem(), "link-not-valid", "{path}");
            assert!(browser.cookies.is_empty());
        }
    }
    for (name, path, right) in [
        ("__Host-login", "/api/me", &login),
        ("__Host-seat", "/api/join/state", &seat),
    ] {
        for secret in wrong(right) {
            let mut browser = world.test.browser();
            browser.cookies.insert(name.to_owned(), secret);
            browser.get(path).await.expect(401);
        }
        let mut browser = world.test.browser();
        browser.cookies.insert(name.to_owned(), right.clone());
        browser.get(path).await.expect(200);
    }
    world.phone(&it).await;
    let mut browser = world.test.browser();
    let link = json!({ "secret": sign_in });
    browser.post("/api/login/link", link).await.expect(200);
}

#[tokio::test]
async fn who_tries_one_password_on_every_name_is_slowed_down() {
    let world = World::new().await;
    let mut guesser = world.test.browser();
    guesser.address = "203.0.113.66:1".parse().unwrap();
    let mut heard = 0;
    for n in 0..70 {
        let typed = json!({ "staff_id": format!("nurse{n}"), "password": "himawari2026" });
        let answer = guesser.post("/api/login", typed).await;
        heard += usize::from(answer.status == 401);
    }
    assert_eq!(heard, 60);
    // Nobody else waits for it.
    let typed = json!({ "staff_id": "sano", "password": "himawari2026" });
    world
        .test
        .browser()
        .post("/api/login", typed)
        .await
        .expect(401);
}

#[tokio::test]
async fn a_password_that_many_use_is_not_taken() {
    let mut world = World::new().await;
    for common in ["password2026!", "qwertyuiop123", "123456123456"] {
        let new = json!({ "new": common });
        let answer = world.nurse.post("/api/me/password", new).await.expect(422);
        let field = ("new".to_owned(), "too_common".to_owned());
        assert_eq!(answer.fields(), [field], "{common}");
    }
    // Of digits alone, as long as it is nobody else's.
    let new = json!({ "new": "840271936650" });
    world.nurse.post("/api/me/password", new).await.expect(204);
}

#[tokio::test]
async fn a_password_is_taken_exactly_as_it_was_typed() {
    let mut world = World::new().await;
    // Spaces at both ends, capitals, and two ways to write one letter.
    let own = format!(" Ｈimawari no ta\u{304b}\u{3099} {} ", "x".repeat(80));
    let new = json!({ "new": own });
    world.nurse.post("/api/me/password", new).await.expect(204);
    let composed = own.replace("\u{304b}\u{3099}", "が");
    let cut = own[..own.len() - 2].to_owned();
    let wrong = [own.trim().to_owned(), own.to_lowercase(), composed, cut];
    for (n, other) in wrong.into_iter().enumerate() {
        let mut browser = world.test.browser();
        browser
            .address
            .set_ip(format!("203.0.113.{n}").parse().unwrap());
        let typed = json!({ "staff_id": "sano", "password": other });
        browser.post("/api/login", typed).await.expect(401);
    }
    let typed = json!({ "staff_id": "sano", "password": own });
    world
        .test
        .browser()
        .post("/api/login", typed)
        .await
        .expect(200);
}
