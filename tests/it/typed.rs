//! What people may type wherever a text is kept: markup stays text, control characters and 100 kB
//! are refused by the field's name, and nothing is half taken.

use axum::http::Method;
use serde_json::{Value, json};
use yorisoi_domain::access::Role;

use crate::common::client::{Answer, Browser};
use crate::common::held::Held;
use crate::common::rules::{ALONE, HIT};

const MARKUP: &str = "<img src=x onerror=alert(1)>&amp;</script>";

/// Tries a text field with what it must refuse, then sends markup, which must be taken.
async fn tries(
    by: &mut Browser,
    method: &Method,
    path: &str,
    field: &str,
    body: impl Fn(String) -> Value,
) -> Answer {
    let mut send = async |text: String| {
        let body = body(text).to_string().into_bytes();
        by.send(method.clone(), path, Some(body)).await
    };
    for hidden in ["夫が\u{0}", "夫\u{1b}[2Jが", "夫\u{202e}が"] {
        let refused = send(hidden.to_owned()).await.expect(422);
        let expected = (field.to_owned(), "control_characters".to_owned());
        assert_eq!(refused.fields(), [expected], "{path}");
    }
    let refused = send("あ".repeat(33_400)).await;
    match refused.status.as_u16() {
        413 => assert_eq!(refused.problem(), "too-large", "{path}"),
        _ => assert_eq!(
            refused.fields(),
            [(field.to_owned(), "too_long".to_owned())],
            "{path}"
        ),
    }
    send(MARKUP.to_owned()).await
}

#[tokio::test]
async fn markup_stays_text_and_what_can_not_be_shown_is_refused_wherever_a_text_is_kept() {
    let mut held = Held::after(&[HIT, ALONE]).await;
    let mut nurse = held.world.nurse.clone();
    let mut approver = held.world.approver.clone();

    let memo = held.path("memo");
    let body = |text: String| json!({ "revision": 0, "text": text });
    tries(&mut nurse, &Method::PUT, &memo, "text", body)
        .await
        .expect(200);
    let kept = nurse.get(&memo).await.expect(200).json();
    assert_eq!(kept["text"], MARKUP);

    let restriction = held.path("restriction");
    let body = |text: String| json!({ "text": text });
    tries(&mut nurse, &Method::PUT, &restriction, "text", body)
        .await
        .expect(204);

    let flags = held.path("flags");
    let body = |text: String| json!({ "item": "smoking", "seen": text });
    let added = tries(&mut nurse, &Method::POST, &flags, "seen", body).await;
    assert_eq!(added.expect(201).json()["seen"], MARKUP);

    let flag = held.flag("isolation").await;
    let path = held.path(&format!("flags/{}/dismiss", flag["id"].as_str().unwrap()));
    let body =
        |text: String| json!({ "revision": flag["revision"], "reason": "other", "words": text });
    let dismissed = tries(&mut nurse, &Method::POST, &path, "words", body).await;
    assert_eq!(dismissed.expect(200).json()["decided"]["words"], MARKUP);

    let flag = held.flag("partner_violence").await;
    let path = held.path(&format!("flags/{}/hold", flag["id"].as_str().unwrap()));
    let body = |text: String| json!({ "revision": flag["revision"], "words": text, "until": "2026-11-25" });
    tries(&mut nurse, &Method::POST, &path, "words", body)
        .await
        .expect(200);
    held.decide("partner_violence", "confirm", json!({}))
        .await
        .expect(200);

    let note = held.note().await;
    let path = held.path("note");
    let body = |text: String| {
        let mut fields = note["fields"].clone();
        fields["wishes"] = json!(text);
        json!({ "revision": note["revision"], "fields": fields, "verdict": "support" })
    };
    let saved = tries(&mut nurse, &Method::PUT, &path, "wishes", body).await;
    assert_eq!(saved.expect(200).json()["fields"]["wishes"], MARKUP);
    held.submit().await.expect(200);

    let revision = held.note().await["revision"].clone();
    let path = held.path("note/return");
    let body = |text: String| json!({ "revision": revision, "comment": text });
    tries(&mut approver, &Method::POST, &path, "comment", body)
        .await
        .expect(200);
    assert_eq!(held.note().await["returned"]["comment"], MARKUP);

    held.submit().await.expect(200);
    held.sign("partner_violence").await.expect(204);
    held.approve().await.expect(200);
    let path = held.path("record/addenda");
    let body = |text: String| json!({ "words": text });
    tries(&mut nurse, &Method::POST, &path, "words", body)
        .await
        .expect(201);
    let record = nurse.get(&held.path("record")).await.expect(200);
    // Whatever a browser makes of it: it is no page.
    assert_eq!(record.headers["content-type"], "application/json");
    assert_eq!(record.headers["x-content-type-options"], "nosniff");
    let record = record.json();
    assert_eq!(record["addenda"][0]["words"], MARKUP);
    assert_eq!(record["facts"]["contact_restriction"], MARKUP);
}

#[tokio::test]
async fn an_account_can_not_be_named_by_what_can_not_be_shown() {
    let held = Held::after(&[]).await;
    let office = held.world.office;
    // Came by a link after the talk: one of before proves nothing any more.
    let (mut administrator, _) = held.world.staff("kansa", office, Role::Administrator).await;
    let grants = json!([{ "office": office, "role": "nurse" }]);
    let body = |text: String| json!({ "staff_id": "ohta", "name": text, "grants": grants });
    let path = "/api/users";
    tries(&mut administrator, &Method::POST, path, "name", body)
        .await
        .expect(201);
}
