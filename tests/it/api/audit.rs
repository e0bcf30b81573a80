//! What administrators read of the audit: what happened, and nothing of whom it happened to.

use std::time::Duration;

use serde_json::json;
use yorisoi::app::audit::tries::TriedInVain;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::pii::Pii;
use yorisoi_store_sqlite::contents;

use crate::common::client::Browser;
use crate::common::world::{World, identity};

#[tokio::test]
async fn the_way_to_the_talk_stands_in_the_audit_without_a_personal_word() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    phone
        .post(
            "/api/join/contact",
            json!({ "callback": "09000001234", "place": "若葉市" }),
        )
        .await
        .expect(204);
    world.guest(&it).await;
    world
        .approver
        .post("/api/interviews", world.booking())
        .await
        .expect(403);

    let answer = world.administrator.get("/api/audit").await.expect(200);
    let page = answer.json();
    let chain = &page["chain"];
    assert_eq!(
        (&chain["holds"], &chain["broken"]),
        (&json!(true), &json!(null))
    );
    assert!(chain["last"].as_u64().unwrap() >= page["events"][0]["seq"].as_u64().unwrap());
    assert_eq!(chain["head"].as_str().unwrap().len(), 64);
    let actions: Vec<_> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    for action in [
        "interview_booked",
        "invitation_made",
        "invitation_claimed",
        "identity_passed",
        "consent_recorded",
        "knocked",
        "contact_given",
        "door_seen",
        "denied:book_interview:no_role",
    ] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
    let text = String::from_utf8(answer.body).unwrap();
    for word in [
        "白石",
        "シライシ",
        "1998",
        "09000001234",
        "若葉",
        &it.booking_number,
        &it.secret,
    ] {
        assert!(!text.contains(word), "the audit holds {word}");
    }
}

/// "Who read this record?", two years later: one question, and its answer names staff and nobody
/// else.
#[tokio::test]
async fn an_auditor_asks_two_years_later_who_read_a_record() {
    let mut world = World::new().await;
    let it = world.book().await;
    let other = world.book().await;
    let path = format!("/api/interviews/{}", it.id);
    for who in [&mut world.nurse, &mut world.approver] {
        who.get(&format!("{path}/transcript")).await.expect(200);
    }
    let other_path = format!("/api/interviews/{}", other.id);
    let _ = world
        .nurse
        .get(&format!("{other_path}/transcript"))
        .await
        .expect(200);
    let _phone = world.knocking_phone(&it).await;
    let guest = world.guest(&it).await["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let admit = format!("{path}/participants/{guest}/admit");
    world.nurse.post(&admit, json!({})).await.expect(204);
    world
        .nurse
        .post(&format!("{path}/end"), json!({}))
        .await
        .expect(204);
    world
        .test
        .clock
        .pass(std::time::Duration::from_secs(2 * 365 * 24 * 60 * 60));
    let (mut auditor, auditor_id) = world
        .staff("kansa", world.office, Role::Administrator)
        .await;

    let asked = "/api/audit?record=%E4%B8%AD%E5%A4%AE-R8-0001&kind=reading";
    let page = auditor.get(asked).await.expect(200);
    let text = String::from_utf8(page.body.clone()).unwrap();
    let events = page.json()["events"].as_array().unwrap().clone();
    let readers: std::collections::BTreeSet<_> = events
        .iter()
        .filter(|event| event["action"] == "transcript_read")
        .map(|event| event["actor_staff_id"].as_str().unwrap())
        .collect();
    assert_eq!(readers, ["miura", "sano"].into());
    for event in &events {
        assert_eq!(event["record"], "中央-R8-0001");
        assert_eq!(event["kind"], "reading");
    }
    for word in [
        "白石",
        "シライシ",
        "sanoさん",
        &it.booking_number,
        &it.secret,
    ] {
        assert!(!text.contains(word), "the audit holds {word}");
    }
    // That it was asked stands in the audit itself, with of what.
    let again = auditor.get(asked).await.expect(200).json();
    let first = &again["events"][0];
    assert_eq!(first["action"], "audit_read");
    assert_eq!(first["actor_id"], auditor_id.to_string());

    let unknown = auditor
        .get("/api/audit?record=%E4%B8%AD%E5%A4%AE-R8-9999")
        .await;
    let fields = unknown.expect(422).fields();
    assert_eq!(fields, [("record".to_owned(), "not_known".to_owned())]);
    // By person: what she did, and what was done to her account.
    let by = format!("/api/audit?user={}", world.approver_id);
    let events = auditor.get(&by).await.expect(200).json()["events"]
        .as_array()
        .unwrap()
        .clone();
    assert!(events.iter().any(|event| event["action"] == "user_added"));
    for event in &events {
        let own = event["actor_id"] == world.approver_id.to_string();
        assert!(
            own || event["subject_id"] == world.approver_id.to_string(),
            "{event}"
        );
    }
    // By time: the days of the municipality.
    let day = auditor
        .get("/api/audit?from=2026-11-26&to=2028-11-23")
        .await
        .expect(200)
        .json();
    assert_eq!(day["events"], json!([]));
    let day = auditor
        .get("/api/audit?from=2026-11-25&to=2026-11-25")
        .await
        .expect(200)
        .json();
    assert!(day["events"].as_array().unwrap().len() > 10);
    auditor
        .get("/api/audit?from=2026-11-26&to=2026-11-25")
        .await
        .expect(422);
}

#[tokio::test]
async fn the_audit_is_exported_as_a_table_and_that_is_written_down() {
    let mut world = World::new().await;
    world.nurse.get("/api/audit").await.expect(403);
    let csv = world
        .administrator
        .get("/api/audit/export?kind=refused")
        .await
        .expect(200);
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let text = String::from_utf8(csv.body).unwrap();
    let lines: Vec<_> = text.split("\r\n").collect();
    assert!(lines[0].starts_with("\u{feff}連番,日時,"), "{}", lines[0]);
    assert_eq!((lines.len(), lines[2]), (3, ""));
    let cells: Vec<_> = lines[1].split(',').collect();
    let rest = [
        "2026-11-25 09:50:00",
        "sano",
        "職員",
        "許可のない操作を断った",
        "denied:read_audit:no_role",
    ];
    assert_eq!(cells[1..6], rest);
    let page = world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json();
    assert_eq!(page["events"][0]["action"], "audit_exported");
    assert_eq!(page["events"][0]["count"], 1);
}

#[tokio::test]
async fn the_audit_is_read_page_by_page() {
    let mut world = World::new().await;
    let it = world.book().await;
    let mut phone = world.phone(&it).await;
    for _ in 0..60 {
        world.book().await;
    }
    phone
        .post("/api/join/identity", identity(&it))
        .await
        .expect(204);
    let first = world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json();
    let first = first["events"].as_array().unwrap().clone();
    assert_eq!(first.len(), 100);
    let last = first[99]["seq"].as_u64().unwrap();
    let next = world
        .administrator
        .get(&format!("/api/audit?before={last}"))
        .await
        .expect(200)
        .json();
    assert_eq!(next["events"][0]["seq"], last - 1);
}

/// What nobody's hand does directly is a change all the same.
#[tokio::test]
async fn what_gives_way_and_what_begins_by_itself_stands_in_the_audit() {
    let mut world = World::new().await;
    let it = world.book().await;
    let count = async |world: &World, code: &str| {
        let rows = contents(&world.test.folder.database()).await.unwrap();
        let code = format!("'{code}'");
        let all = rows["audit_events"].iter();
        all.filter(|row| row.contains(&code)).count()
    };
    // Seats that prove nothing give way to others.
    for n in 0..26 {
        let more = if n < 12 { 2 } else { 300 };
        world.test.clock.pass(std::time::Duration::from_secs(more));
        // A login that nobody uses for so long ends.
        world.nurse.get("/api/me").await.expect(200);
        world.phone(&it).await;
    }
    assert_eq!(count(&world, "left").await, 2);

    // Whoever signs in anew leaves what the browser was before.
    let (app, nurse) = (&world.test.app, "sano".to_owned().into());
    let link = app.renew_sign_in_link(&Actor::Operator, &nurse).await;
    let link = link.unwrap();
    let secret = json!({ "secret": link.split_once('#').unwrap().1 });
    let again = world.nurse.post("/api/login/link", secret).await;
    again.expect(200);
    assert_eq!(count(&world, "signed_out").await, 1);

    let door = format!("/api/interviews/{}/door", it.id);
    let door = world.nurse.get(&door).await.expect(200).json();
    let guest = door["guests"][0]["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let track = uuid::Uuid::from_u128(1);
    world.keep_sound(it.id, &guest, track).await;
    assert_eq!(count(&world, "track_opened").await, 1);
}

/// A relative who administers: of whom the case bars nothing stands in what they read or write out.
#[tokio::test]
async fn what_bars_an_administrator_is_not_in_the_audit_that_they_read() {
    let mut world = World::new().await;
    // Booked twice: the bar goes to every case of hers, and the audit says so of each.
    let (hers, again) = (world.book().await, world.book().await);
    let mut other = world.booking();
    other["kana"] = json!("クラモチ アカネ");
    let other = world.nurse.post("/api/interviews", other).await.expect(201);
    let other = other.json()["id"].as_str().unwrap().to_owned();
    let (mut relative, id) = world
        .staff("relative", world.office, Role::Administrator)
        .await;
    let (hers, again) = (hers.id.to_string(), again.id.to_string());
    let asked = |it: &str| format!("/api/audit?interview={it}");
    let count = async |browser: &mut Browser, path: &str| {
        let page = browser.get(path).await.expect(200).json();
        page["events"].as_array().unwrap().len()
    };
    // The control: before, all of it is there.
    assert!(count(&mut relative, &asked(&hers)).await > 0);
    let bar = format!("/api/interviews/{hers}/barred/{id}");
    world.nurse.post(&bar, json!({})).await.expect(204);

    let page = relative.get("/api/audit").await.expect(200);
    let table = relative.get("/api/audit/export").await.expect(200);
    for body in [&page.body, &table.body] {
        let text = String::from_utf8_lossy(body);
        assert!(text.contains(&other), "the control");
        assert!(!text.contains(&hers) && !text.contains(&again), "{text}");
    }
    let events = page.json()["events"].as_array().unwrap().clone();
    assert!(events.iter().all(|event| event["action"] != "staff_barred"));
    assert_eq!(count(&mut relative, &asked(&hers)).await, 0);
    assert!(count(&mut relative, &asked(&other)).await > 0);
    let listed = relative.get("/api/audit").await.expect(200).json();
    let mut events = listed["events"].as_array().unwrap().iter();
    let exported = events.find(|event| event["action"] == "audit_exported");
    let exported = exported.unwrap();
    let lines = String::from_utf8_lossy(&table.body).lines().count() - 1;
    assert_eq!(exported["count"], json!(lines), "what they were shown");
    // Whoever it does not bar sees all of it.
    let admin = &mut world.administrator;
    assert!(count(admin, &asked(&hers)).await > 0);
    let page = admin.get("/api/audit").await.expect(200).json();
    let events = page["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["action"] == "staff_barred"));
}

/// With the key went whom the case bars: what nobody can read any more hides it from everybody.
#[tokio::test]
async fn what_bars_an_administrator_stays_hidden_when_its_key_is_destroyed() {
    let mut world = World::new().await;
    let hers = world.book().await.id;
    let mut other = world.booking();
    other["kana"] = json!("クラモチ アカネ");
    let other = world.nurse.post("/api/interviews", other).await.expect(201);
    let other = other.json()["id"].as_str().unwrap().to_owned();
    let (relative, id) = world
        .staff("relative", world.office, Role::Administrator)
        .await;
    let bar = format!("/api/interviews/{hers}/barred/{id}");
    world.nurse.post(&bar, json!({})).await.expect(204);
    world.destroy_person(hers).await;
    world.test.restart().await;
    let mut relative = relative.on(world.test.router.clone());
    let page = relative.get("/api/audit").await.expect(200);
    let text = String::from_utf8_lossy(&page.body);
    assert!(text.contains(&other), "the control");
    assert!(!text.contains(&hers.to_string()), "{text}");
    let asked = relative.get(&format!("/api/audit?interview={hers}")).await;
    let asked = asked.expect(200).json();
    assert!(asked["events"].as_array().unwrap().is_empty());
}

/// For who looks after the service: at which door somebody guesses, and how often.
#[tokio::test]
async fn what_was_tried_in_vain_within_a_day_is_counted_by_whom_it_is_about() {
    let mut world = World::new().await;
    let app = std::sync::Arc::clone(&world.test.app);
    assert_eq!(app.tried_in_vain().await.unwrap(), TriedInVain::default());
    let (one, two) = (world.book().await, world.book().await);
    for (it, times) in [(&one, 3), (&two, 1)] {
        let mut phone = world.phone(it).await;
        let mut wrong = identity(it);
        wrong["birth_date"] = json!("1998-12-05");
        for _ in 0..times {
            let answer = phone.post("/api/join/identity", wrong.clone()).await;
            answer.expect(422);
            // What comes too soon is not looked at.
            let soon = phone.post("/api/join/identity", wrong.clone()).await;
            soon.expect(429);
            world.test.clock.pass(Duration::from_secs(60));
        }
    }
    let mut stranger = world.test.browser();
    for _ in 0..2 {
        let link = json!({ "secret": "nothing" });
        stranger.post("/api/join/claim", link).await.expect(404);
    }
    let guessed = json!({ "staff_id": "sano", "password": "ひまわり" });
    stranger.post("/api/login", guessed).await.expect(401);
    let staff_id = Pii::new("miura".to_owned());
    let link = app.renew_sign_in_link(&Actor::Operator, &staff_id).await;
    let link = link.unwrap();
    let secret = json!({ "secret": link.split_once('#').unwrap().1 });
    stranger.post("/api/login/link", secret).await.expect(200);
    for _ in 0..4 {
        let wrong = json!({ "code": "000000" });
        stranger.post("/api/login/code", wrong).await.expect(401);
        world.test.clock.pass(Duration::from_secs(60));
    }
    let mut tried = app.tried_in_vain().await.unwrap();
    tried.answers.sort_unstable();
    let all = TriedInVain {
        sign_ins: 1,
        codes: vec![4],
        answers: vec![1, 3],
        links: 2,
    };
    assert_eq!(tried, all);
    world.test.clock.pass(Duration::from_secs(24 * 60 * 60));
    assert_eq!(app.tried_in_vain().await.unwrap(), TriedInVain::default());
}
