//! What every request passes: against other sites, against other forms, and the headers.

use axum::http::{Method, header};
use serde_json::json;

use crate::common::world::World;

#[tokio::test]
async fn nothing_changes_on_the_word_of_another_site() {
    let mut world = World::new().await;
    for (name, value) in [
        ("x-requested-with", None),
        ("x-requested-with", Some("XMLHttpRequest")),
        ("sec-fetch-site", Some("cross-site")),
        ("sec-fetch-site", Some("same-site")),
        ("sec-fetch-site", Some("none")),
        ("origin", Some("https://evil.example")),
        ("origin", Some("null")),
        ("origin", Some("http://mendan.city.example.jp")),
    ] {
        let mut browser = world.nurse.clone();
        match value {
            Some(value) => browser.headers.insert(name.to_owned(), value.to_owned()),
            None => browser.headers.remove(name),
        };
        let booking = world.booking();
        let answer = browser.post("/api/interviews", booking).await.expect(403);
        assert_eq!(answer.problem(), "cross-site", "{name}: {value:?}");
    }
    let list = world
        .nurse
        .get(&format!("/api/interviews?office={}", world.office))
        .await;
    assert_eq!(list.json()["interviews"], json!([]));
    // A program that is no browser sends neither of the two that browsers add.
    world.nurse.headers.remove("sec-fetch-site");
    world.nurse.headers.remove("origin");
    let booking = world.booking();
    world
        .nurse
        .post("/api/interviews", booking)
        .await
        .expect(201);
}

#[tokio::test]
async fn a_form_is_not_json() {
    let world = World::new().await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let mut browser = world.nurse.clone();
        browser
            .headers
            .insert("content-type".to_owned(), kind.to_owned());
        let booking = world.booking();
        let answer = browser.post("/api/interviews", booking).await.expect(415);
        assert_eq!(answer.problem(), "unsupported-media-type");
    }
}

#[tokio::test]
async fn every_answer_is_guarded_and_nothing_is_stored() {
    let mut world = World::new().await;
    for path in ["/", "/r", "/info", "/api/me", "/api/nothing", "/nothing.js"] {
        let answer = world.nurse.get(path).await;
        let headers = answer.headers;
        let csp = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            csp.contains("default-src 'none'") && csp.contains("script-src 'self';"),
            "{csp}"
        );
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert!(
            headers.contains_key(header::STRICT_TRANSPORT_SECURITY),
            "{path}"
        );
        assert!(
            !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
            "{path}"
        );
        assert!(headers.contains_key("x-request-id"), "{path}");
        let kind = headers[header::CONTENT_TYPE].to_str().unwrap();
        assert!(
            kind.contains("json") || kind.ends_with("; charset=utf-8"),
            "{path}: {kind}"
        );
        let policy = headers["permissions-policy"].to_str().unwrap();
        assert!(policy.contains("camera=(self)") && policy.contains("geolocation=()"));
        for same in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
            assert_eq!(headers[same], "same-origin", "{path}");
        }
        assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY", "{path}");
    }
}

#[tokio::test]
async fn unknown_addresses_and_ways_are_problems_too() {
    let mut world = World::new().await;
    assert_eq!(
        world.nurse.get("/api/nothing").await.expect(404).problem(),
        "not-found"
    );
    let delete = world
        .nurse
        .send(Method::DELETE, "/api/me", None)
        .await
        .expect(405);
    assert_eq!(delete.problem(), "method-not-allowed");
    assert_eq!(
        world.nurse.get("/nothing.js").await.expect(404).problem(),
        "not-found"
    );
    world
        .nurse
        .get("/api/interviews/not-an-id")
        .await
        .expect(404);
    let nobody = "/api/interviews/00000000-0000-7000-8000-000000000000";
    world.nurse.get(nobody).await.expect(404);
    world.nurse.get("/.vite/manifest.json").await.expect(404);
    world.nurse.get("/../Cargo.toml").await.expect(404);
    world.nurse.get("/.git/config").await.expect(404);
    for way in [Method::TRACE, Method::CONNECT, Method::OPTIONS] {
        let answer = world.nurse.send(way, "/api/me", None).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
}

/// Nobody has to know which of the two counts.
#[tokio::test]
async fn a_parameter_or_field_that_comes_twice_is_refused() {
    let mut world = World::new().await;
    let day = format!("/api/interviews?office={}&day=2026-11-25", world.office);
    world.nurse.get(&day).await.expect(200);
    let twice = world.nurse.get(&format!("{day}&day=2026-11-26")).await;
    assert!(twice.status.is_client_error(), "{}", twice.status);
    let body = br#"{"new":"\u3072","new":"\u3072"}"#.to_vec();
    let path = "/api/me/password";
    let twice = world.nurse.send(Method::POST, path, Some(body)).await;
    assert_eq!(twice.status, 400);
}
