//! What stands in the list of destroyed keys beside the backups, and what a restore makes of it: numbers
//! of certificates, and what a law keeps.

use serde_json::json;
use uuid::Uuid;
use yorisoi::app::backup::BackupError;
use yorisoi::app::backup::restore::Replayed;
use yorisoi_domain::ids::InterviewId;
use yorisoi_store_sqlite::contents;

use super::backup::{copied_back, copies, restored, talking};

/// Of a talk that the backup has never heard of too: what it was promised by number is nobody else's.
#[tokio::test]
async fn what_a_law_keeps_since_a_backup_is_kept_where_it_is_restored_and_numbers_stay() {
    let (mut world, talk) = talking().await;
    world.test.settings.retention.legal_hold = true;
    world.test.restart().await;
    world.nurse.router = world.test.router.clone();
    let from = copies(&world).await;
    let id = InterviewId::new(talk.it.id);
    // Booked, and taken back, after the backup.
    let later = world.book().await;
    let mut phone = world.knocking_phone(&later).await;
    let gone = phone.post("/api/join/withdraw", json!({})).await;
    assert_eq!(gone.expect(200).json()["certificate"], "D-00001");
    let app = std::sync::Arc::clone(&world.test.app);
    for basis in ["誤り", "刑事訴訟法 第197条2項"] {
        app.set_hold(id, basis).await.unwrap();
        if basis == "誤り" {
            app.lift_hold(id).await.unwrap();
        }
    }
    let mut hers = talk.phone;
    hers.router = world.test.router.clone();
    let kept = hers.post("/api/join/withdraw", json!({})).await;
    assert_eq!(kept.json()["certificate"], "D-00002");
    assert_eq!(app.finish_withdrawals().await.unwrap(), 0);
    // Two at once may have written their lines the other way around.
    let beside = world.test.dir().join("backups/destroyed-keys.log");
    let list = std::fs::read_to_string(&beside).unwrap();
    let (hers, others): (Vec<_>, Vec<_>) = list
        .lines()
        .partition(|line| line.starts_with("withdrawn") && line.ends_with("D-00002"));
    assert_eq!(hers.len(), 1, "{list}");
    // Another deployment's number is not hers.
    let strange = Uuid::from_u128(77);
    let foreign = format!("withdrawn tap {strange} 2026-01-01T00:00:00Z - D-00002");
    let list = [vec![foreign.as_str()], hers, others].concat().join("\n") + "\n";
    std::fs::write(&beside, list).unwrap();

    let replayed = restored(&mut world, "elsewhere", &from).await;
    assert_eq!((replayed.withdrawals, replayed.holds), (1, 1));
    let app = std::sync::Arc::clone(&world.test.app);
    let holds = app.list_holds().await.unwrap();
    assert_eq!(holds.len(), 1);
    assert_eq!(holds[0].basis.expose(), "刑事訴訟法 第197条2項");
    let database = world.test.folder.database();
    let rows = contents(&database).await.unwrap();
    assert_eq!(rows["segments"].len(), 3, "the law keeps them");
    assert!(rows["certificates"][0].starts_with("2|"), "{rows:?}");
    app.lift_hold(id).await.unwrap();
    assert_eq!(app.finish_withdrawals().await.unwrap(), 1);
    let rows = contents(&database).await.unwrap();
    assert_eq!(rows["segments"].len(), 1);
    // The next one gets a number of its own.
    let it = world.book().await;
    let mut phone = world.knocking_phone(&it).await;
    let gone = phone.post("/api/join/withdraw", json!({})).await;
    assert_eq!(gone.expect(200).json()["certificate"], "D-00003");
    let replayed = app.finish_restore().await.unwrap();
    assert_eq!(replayed, Replayed::default(), "it was repeated twice");
}

#[tokio::test]
async fn a_number_far_beyond_the_last_is_refused_with_what_to_do() {
    let (mut world, _) = talking().await;
    let from = copies(&world).await;
    let beside = world.test.dir().join("backups/destroyed-keys.log");
    let mut list = std::fs::read_to_string(&beside).unwrap_or_default();
    let strange = Uuid::from_u128(77);
    list += &format!("withdrawn tap {strange} 2026-01-01T00:00:00Z - D-4000000000\n");
    std::fs::write(&beside, list).unwrap();
    let folder = copied_back(&world, "elsewhere", &from).await;
    world.test.folder = folder.clone();
    world.test.restart().await;
    let refused = world.test.app.finish_restore().await.unwrap_err();
    assert!(
        matches!(refused, BackupError::FarNumber { .. }),
        "{refused}"
    );
    assert!(folder.restoring().exists());
}

#[tokio::test]
async fn a_hold_whose_line_was_cut_off_at_either_end_is_kept_by_no_restore() {
    let (mut world, talk) = talking().await;
    world.test.settings.retention.legal_hold = true;
    world.test.restart().await;
    world.nurse.router = world.test.router.clone();
    let before = copies(&world).await;
    let id = InterviewId::new(talk.it.id);
    let app = std::sync::Arc::clone(&world.test.app);
    let (own, beside) = (
        world.test.folder.tombstones(),
        world.test.dir().join("backups/destroyed-keys.log"),
    );
    let listed = || std::fs::read_to_string(&own).unwrap();
    let write = |list: &str| {
        std::fs::write(&own, list).unwrap();
        std::fs::write(&beside, list).unwrap();
    };
    app.set_hold(id, "刑事訴訟法 第197条2項").await.unwrap();
    // As a commit leaves it that failed: a line for a hold that never was.
    let list = listed();
    let set = list.lines().find(|it| it.starts_with("held ")).unwrap();
    let hold = set.split(' ').nth(1).unwrap();
    let never = set.replacen(hold, &Uuid::from_u128(78).to_string(), 1);
    write(&list.replacen(set, &format!("{never}\n{set}"), 1));
    world.test.clock.pass(std::time::Duration::from_secs(60));
    let while_held = copies(&world).await;
    // The line of the end is lost too, and comes when it is asked for once more.
    let list = listed();
    app.lift_hold(id).await.unwrap();
    assert!(app.lift_hold(id).await.is_err());
    write(&list);
    app.lift_hold(id).await.unwrap();
    let end = format!("lifted {hold} ");
    assert_eq!(listed().matches(&end).count(), 1, "{}", listed());
    assert!(app.lift_hold(id).await.is_err());
    for (name, from) in [("a", &before), ("b", &while_held)] {
        let folder = copied_back(&world, name, from).await;
        world.test.moved(folder).await;
        let left = world.test.app.list_holds().await.unwrap();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
    // Set again meanwhile: the newer one stands, whatever the backup keeps.
    let app = std::sync::Arc::clone(&world.test.app);
    app.set_hold(id, "児童福祉法 第25条").await.unwrap();
    let mut again = std::fs::read_to_string(world.test.folder.tombstones()).unwrap();
    again = again
        .lines()
        .filter(|it| !it.starts_with("lifted "))
        .fold(String::new(), |all, it| all + it + "\n");
    std::fs::write(&beside, again).unwrap();
    let folder = copied_back(&world, "c", &while_held).await;
    world.test.moved(folder).await;
    let left = world.test.app.list_holds().await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(left[0].basis.expose(), "児童福祉法 第25条");
}
