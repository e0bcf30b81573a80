//! What administrators read of the audit: what happened, and nothing of whom it happened to.

use serde_json::json;
use yorisoi::crypto::audit_trail::{AuditError, AuditReport, AuditTrail};
use yorisoi_domain::access::{Actor, Role};
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::{SqliteStore, contents, tamper};

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

#[tokio::test]
async fn a_cut_or_changed_audit_is_said() {
    let mut world = World::new().await;
    let heads = world.test.folder.audit_heads();
    let text = std::fs::read_to_string(&heads).unwrap();
    let later = format!("{text}999999 {}\n", "0".repeat(64));
    std::fs::write(&heads, later).unwrap();
    let page = world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json();
    assert_eq!(page["chain"]["holds"], false);
    std::fs::write(&heads, text).unwrap();
    let page = world.administrator.get("/api/audit").await.expect(200);
    assert_eq!(page.json()["chain"]["holds"], true);
}

/// What was changed behind the place from which the pages go on is found when all is followed, and
/// what comes after it, at once.
#[tokio::test]
async fn a_changed_line_is_said_also_between_two_readings() {
    let mut world = World::new().await;
    world.book().await;
    let read = async |world: &mut World| {
        let page = world.administrator.get("/api/audit").await.expect(200);
        page.json()["chain"].clone()
    };
    let whole = read(&mut world).await;
    assert_eq!(whole["holds"], true);
    let last = whole["last"].as_u64().unwrap();
    let file = world.test.folder.database();
    let change = async |seq: u64| {
        let statement =
            format!("UPDATE audit_events SET event_count = event_count + 1 WHERE seq = {seq}");
        tamper(&file, "audit_events", &statement).await.unwrap();
    };
    // The next event's neighbour: one that was written after the last reading.
    world.book().await;
    change(last + 1).await;
    let changed = read(&mut world).await;
    assert_eq!(changed["holds"], false);
    let place = json!({ "kind": "between", "before": last, "after": last + 1 });
    assert_eq!(changed["broken"], place);
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
        world.test.clock.pass(std::time::Duration::from_secs(2));
        phone
            .post("/api/join/claim", json!({ "secret": "A".repeat(43) }))
            .await
            .expect(404);
        phone
            .post("/api/join/leave", json!({ "how": "closed" }))
            .await
            .expect(204);
        phone = world.phone(&it).await;
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
    for _ in 0..14 {
        world.test.clock.pass(std::time::Duration::from_secs(2));
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

/// Attacks on the file itself, one for every column and some on the whole: whoever holds the disk in
/// their hands, and no key, changes nothing unseen.
#[tokio::test]
async fn whatever_is_changed_in_the_file_itself_is_found() {
    let mut world = World::new().await;
    let it = world.book().await;
    world.knocking_phone(&it).await;
    world.guest(&it).await;
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole.db");
    let copy = format!("VACUUM INTO '{}'", whole.display());
    tamper(&world.test.folder.database(), "audit_events", &copy)
        .await
        .unwrap();
    let trail = AuditTrail::new(&world.test.kek(), world.test.folder.audit_heads());
    let attacked = async |statements: &str| -> Result<AuditReport, AuditError> {
        let file = dir.path().join("attacked.db");
        std::fs::copy(&whole, &file).unwrap();
        tamper(&file, "audit_events", statements).await.unwrap();
        let store = SqliteStore::open(&file).await.unwrap();
        let mut reader = store.read().await.unwrap();
        let report = trail.verify(reader.as_mut()).await;
        drop(reader);
        store.close().await;
        std::fs::remove_file(&file).unwrap();
        report
    };
    let last = attacked("SELECT 1").await.unwrap().head.seq;
    assert!(last > 12, "{last}");

    let columns = [
        ("seq", "99"),
        ("at_ms", "at_ms + 1"),
        ("actor_kind", "'system'"),
        ("actor_id", "zeroblob(16)"),
        ("actor_role", "'approver'"),
        ("action", "'interview_read'"),
        ("office_id", "zeroblob(16)"),
        ("interview_id", "NULL"),
        ("subject_kind", "'case'"),
        ("subject_id", "zeroblob(16)"),
        ("event_count", "event_count + 1"),
        ("link", "zeroblob(32)"),
    ];
    let row = &contents(&whole).await.unwrap()["audit_events"][0];
    assert_eq!(row.split('|').count(), columns.len(), "a column is new");
    for (column, value) in columns {
        // The newest event that it changes.
        let edit = format!(
            "UPDATE audit_events SET {column} = {value}
             WHERE seq = (SELECT max(seq) FROM audit_events WHERE {column} IS NOT {value})"
        );
        assert!(attacked(&edit).await.is_err(), "{column}");
        let odd = format!(
            "PRAGMA ignore_check_constraints = 1;
             UPDATE audit_events SET {column} = {} WHERE seq = {last}",
            match column {
                "seq" | "at_ms" | "event_count" => "-1",
                "actor_kind" | "actor_role" | "action" | "subject_kind" => "'ﾅ|\u{1}'",
                _ => "x'00'",
            }
        );
        assert!(attacked(&odd).await.is_err(), "{column} holds nonsense");
    }
    for (what, statements) in [
        ("deleted", "DELETE FROM audit_events WHERE seq = 3"),
        (
            "deleted and numbered anew",
            "DELETE FROM audit_events WHERE seq = 3;
             UPDATE audit_events SET seq = seq - 1 WHERE seq > 3",
        ),
        ("emptied", "DELETE FROM audit_events"),
        (
            "cut off",
            "DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)",
        ),
        (
            "two put in each other's place",
            "UPDATE audit_events SET seq = 1000 WHERE seq = 4;
             UPDATE audit_events SET seq = 4 WHERE seq = 5;
             UPDATE audit_events SET seq = 5 WHERE seq = 1000",
        ),
        (
            "an old one appended",
            "INSERT INTO audit_events
             SELECT (SELECT max(seq) + 1 FROM audit_events), at_ms, actor_kind, actor_id, actor_role,
                 action, office_id, interview_id, subject_kind, subject_id, event_count, link
             FROM audit_events WHERE seq = 2",
        ),
    ] {
        assert!(attacked(statements).await.is_err(), "{what}");
    }
    // Who holds the key and chains anew what is left does not hold the noted heads.
    let heads = world.test.folder.audit_heads();
    let kept = std::fs::read_to_string(&heads).unwrap();
    let other = kept.trim_end().rsplit_once(' ').unwrap().0;
    std::fs::write(&heads, format!("{other} {}\n", "ab".repeat(32))).unwrap();
    assert!(matches!(
        attacked("SELECT 1").await,
        Err(AuditError::Rewritten { .. })
    ));
}

/// Who holds the file in their hands removes nothing in the name of its time.
#[tokio::test]
async fn a_beginning_that_was_not_removed_in_its_time_is_missed() {
    let mut world = World::new().await;
    let it = world.book().await;
    world.knocking_phone(&it).await;
    let trail = AuditTrail::new(&world.test.kek(), world.test.folder.audit_heads());
    let store = world.store().await;
    for stays in [4, 6] {
        let mut tx = store.begin().await.unwrap();
        trail.remove(&mut *tx, stays).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await;
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole.db");
    let copy = format!("VACUUM INTO '{}'", whole.display());
    let database = world.test.folder.database();
    tamper(&database, "audit_anchors", &copy).await.unwrap();
    let attacked = async |statements: &str| -> Result<AuditReport, AuditError> {
        let file = dir.path().join("attacked.db");
        std::fs::copy(&whole, &file).unwrap();
        tamper(&file, "audit_anchors", "SELECT 1").await.unwrap();
        tamper(&file, "audit_events", statements).await.unwrap();
        let store = SqliteStore::open(&file).await.unwrap();
        let mut reader = store.read().await.unwrap();
        let report = trail.verify(reader.as_mut()).await;
        drop(reader);
        store.close().await;
        std::fs::remove_file(&file).unwrap();
        report
    };
    assert_eq!(attacked("SELECT 1").await.unwrap().removed, 5);
    for (what, statements) in [
        ("more", "DELETE FROM audit_events WHERE seq = 6"),
        (
            "more, and the anchor set to it",
            "UPDATE audit_anchors SET link = (SELECT link FROM audit_events WHERE seq = 6), seq = 6 WHERE seq = 5;
             DELETE FROM audit_events WHERE seq = 6",
        ),
        (
            "more, and an anchor made for it",
            "INSERT INTO audit_anchors SELECT 6, link, link FROM audit_events WHERE seq = 6;
             DELETE FROM audit_events WHERE seq = 6",
        ),
        ("the anchor", "DELETE FROM audit_anchors"),
        ("the newest anchor", "DELETE FROM audit_anchors WHERE seq = 5"),
        ("its link", "UPDATE audit_anchors SET link = zeroblob(32) WHERE seq = 5"),
        ("its seal", "UPDATE audit_anchors SET seal = zeroblob(32) WHERE seq = 5"),
        (
            "an event put where one was removed",
            "INSERT INTO audit_events
             SELECT 5, at_ms, actor_kind, actor_id, actor_role, action, office_id, interview_id,
                 subject_kind, subject_id, event_count, link
             FROM audit_events WHERE seq = 7",
        ),
    ] {
        assert!(attacked(statements).await.is_err(), "{what}");
    }
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
