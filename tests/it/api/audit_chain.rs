//! An audit that was cut, changed or put together anew, over the interface.

use serde_json::json;
use yorisoi::crypto::audit_trail::{AuditError, AuditReport, AuditTrail};
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::{SqliteStore, contents, tamper};

use crate::common::scenario::Scenario;
use crate::common::world::World;

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

/// Attacks on the file itself, one for every column and some on the whole: whoever holds the disk in
/// their hands, and no key, changes nothing unseen.
#[tokio::test]
async fn whatever_is_changed_in_the_file_itself_is_found() {
    let mut world = World::new().await;
    let it = world.book().await;
    world.knocking_phone(&it).await;
    world.guest(&it).await;
    let dir = Scenario::new();
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
    let dir = Scenario::new();
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
