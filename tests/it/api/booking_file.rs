//! Bookings from a table: what is wrong stands at its row and column, and the rest can be booked.

use axum::http::Method;
use serde_json::{Value, json};
use yorisoi_domain::access::Role;

use crate::common::client::{Answer, Browser};
use crate::common::world::World;

const HEAD: &str = "氏名,フリガナ,生年月日,面談日,時刻,面談種別,方法,週数\r\n";
const GOOD: &str = "白石 ひなた,シライシ ヒナタ,平成10年5月12日,2026/11/26,午後1時半,届出時,オンライン,14週2日\r\n";

async fn send(browser: &mut Browser, world: &str, file: &[u8]) -> Answer {
    let path = format!("/api/interviews/file?office={world}");
    browser.send(Method::POST, &path, Some(file.to_vec())).await
}

fn problems(row: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let problems = row["problems"].as_array().unwrap().iter();
    problems
        .map(|it| (text(&it["column"]), text(&it["code"])))
        .collect()
}

#[tokio::test]
async fn rows_of_a_table_are_booked_and_what_is_wrong_is_named_by_row_and_column() {
    let mut world = World::new().await;
    let office = world.office.to_string();
    let file = format!(
        "{HEAD}{GOOD}\r\n\
         髙橋 愛,たかはし あい,平成40年2月3日,26日,10:00,届出,メール,もうすぐ\r\n\
         ,佐藤,1990-01-01,2025-11-26,,随時,電話,\r\n\
         {GOOD}"
    );
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&file);
    let read = send(&mut world.nurse, &office, &shift_jis)
        .await
        .expect(200)
        .json();
    assert_eq!(read["missing"], json!([]));
    let rows = read["rows"].as_array().unwrap();
    let numbers: Vec<_> = rows
        .iter()
        .map(|row| row["row"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [2, 4, 5, 6]);

    let booking = &rows[0]["booking"];
    assert_eq!(problems(&rows[0]), []);
    assert_eq!(booking["birth_date"], "1998-05-12");
    assert_eq!(booking["scheduled_at"], "2026-11-26T04:30:00Z");
    assert_eq!(booking["weeks"], json!({ "weeks": 14, "days": 2 }));
    let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let own = |(column, code): &(&str, &str)| ((*column).to_owned(), (*code).to_owned());
        pairs.iter().map(own).collect()
    };
    let expected = [
        ("面談日", "not_a_date"),
        ("週数", "out_of_range"),
        ("方法", "not_known"),
        ("生年月日", "not_a_date"),
    ];
    assert_eq!(problems(&rows[1]), named(&expected));
    assert_eq!(rows[1]["problems"][3]["typed"], "平成40年2月3日");
    assert_eq!(rows[1]["name"], "髙橋 愛");
    assert_eq!(rows[1]["booking"], Value::Null);
    let expected = [
        ("時刻", "required"),
        ("氏名", "required"),
        ("フリガナ", "not_kana"),
    ];
    assert_eq!(problems(&rows[2]), named(&expected));
    // The same line twice in one file is one talk.
    assert_eq!(problems(&rows[3]), named(&[("面談日", "already_booked")]));

    assert_eq!(read["unread"], json!([]));
    world
        .nurse
        .post("/api/interviews", booking.clone())
        .await
        .expect(201);
    // The answer did not arrive, and the page asks again.
    let twice = world.nurse.post("/api/interviews", booking.clone()).await;
    let named_again = [("scheduled_at".to_owned(), "already_booked".to_owned())];
    assert_eq!(twice.expect(422).fields(), named_again);
    let again = send(&mut world.nurse, &office, &shift_jis).await.json();
    assert_eq!(
        problems(&again["rows"][0]),
        named(&[("面談日", "already_booked")])
    );

    let audit = world.administrator.get("/api/audit").await.expect(200);
    let lines = audit.json()["events"].as_array().unwrap().clone();
    let line = lines
        .iter()
        .find(|line| line["action"] == "booking_file_read");
    assert_eq!(line.unwrap()["count"], 4);
    assert!(!audit.json().to_string().contains("白石"));
}

#[tokio::test]
async fn a_table_tells_nobody_of_a_case_that_bars_her_and_a_cancelled_talk_can_be_booked_again() {
    let mut world = World::new().await;
    let office = world.office.to_string();
    let file = format!("{HEAD}{GOOD}");
    let read = send(&mut world.nurse, &office, file.as_bytes())
        .await
        .json();
    let booking = read["rows"][0]["booking"].clone();
    let booked = world
        .nurse
        .post("/api/interviews", booking)
        .await
        .expect(201)
        .json();
    let id = booked["id"].as_str().unwrap().to_owned();

    let (mut relative, relative_id) = world.staff("tanaka", world.office, Role::Nurse).await;
    let seen = send(&mut relative, &office, file.as_bytes()).await.json();
    assert_eq!(problems(&seen["rows"][0]).len(), 1);
    world.bar(id.parse().unwrap(), relative_id).await;
    let seen = send(&mut relative, &office, file.as_bytes()).await.json();
    assert_eq!(problems(&seen["rows"][0]), []);

    let cancel = format!("/api/interviews/{id}/cancel");
    world.nurse.post(&cancel, json!({})).await.expect(204);
    let read = send(&mut world.nurse, &office, file.as_bytes())
        .await
        .json();
    assert_eq!(problems(&read["rows"][0]), []);
}

#[tokio::test]
async fn a_file_that_is_no_table_of_bookings_is_refused_as_what_it_is() {
    let mut world = World::new().await;
    let office = world.office.to_string();
    let workbook = b"PK\x03\x04\x14\0\x06\0\xff\xfe";
    let refused = send(&mut world.nurse, &office, workbook).await.expect(422);
    assert_eq!(
        refused.fields(),
        [("file".to_owned(), "not_text".to_owned())]
    );
    let read = send(&mut world.nurse, &office, "氏名,面談日\n白石,\n".as_bytes()).await;
    assert_eq!(
        read.expect(200).json(),
        json!({ "missing": ["氏名カナ", "生年月日"], "unread": [], "rows": [] })
    );
    let many = format!("{HEAD}{}", "あ,,,\n".repeat(301));
    let refused = send(&mut world.nurse, &office, many.as_bytes())
        .await
        .expect(422);
    assert_eq!(
        refused.fields(),
        [("file".to_owned(), "too_long".to_owned())]
    );
    send(&mut world.nurse, &office, &vec![b'a'; 70_000])
        .await
        .expect(413);
}
