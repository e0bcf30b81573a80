//! A backup that is made in a talk, what happens after it, and what another machine makes of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::app::backup::restore::{Replayed, Request, RestoreError, put_back};
use yorisoi::app::backup::{BackupError, data_backups, key_backups};
use yorisoi::crypto::kek::Kek;
use yorisoi::data_folder::DataFolder;
use yorisoi::media::spool::{Spool, SpoolPlace, Stay};
use yorisoi::media::tap::TappedPacket;
use yorisoi_domain::access::{Actor, Role};
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::pii::Pii;
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::contents;

use crate::common::app::TestApp;
use crate::common::broken::close_broken;
use crate::common::client::Browser;
use crate::common::rules::{ALONE, HIT, PLAIN};
use crate::common::scenario::Scenario;
use crate::common::talk::{Begun, HERS, NURSES, utterance};
use crate::common::world::World;

/// A world whose backups have a folder, and a talk in it, with words and sound.
pub(super) async fn talking() -> (World, Begun) {
    let dir = Scenario::new();
    std::fs::create_dir(dir.path().join("backups")).unwrap();
    let mut world = World::of(TestApp::on(dir).await).await;
    let talk = world.begin_talk().await;
    let (id, app) = (InterviewId::new(talk.it.id), &world.test.app);
    for (n, of, on, text) in [
        (1, talk.nurse, NURSES, PLAIN),
        (2, talk.resident, HERS, HIT),
        (3, talk.resident, HERS, ALONE),
    ] {
        let said = utterance(n, on, text);
        app.confirm_segment(id, of, &said).await.unwrap();
    }
    let (she, track) = (talk.resident.to_string(), Uuid::from_u128(9));
    world.keep_sound(talk.it.id, &she, track).await;
    // What she says now is being written.
    let place = SpoolPlace {
        track: HERS,
        epoch: Uuid::from_u128(5),
        stay: Stay::Kept,
    };
    let app = &world.test.app;
    let key = app.audio_key(talk.resident).await.unwrap();
    let packet = TappedPacket {
        ssrc: 1,
        sequence: 1,
        timestamp: 0,
        arrived: InterviewMs(0),
        spoken: InterviewMs(0),
        payload: vec![0x48, 0].into(),
    };
    let mut spool = Spool::create(app.spool(), place, key).unwrap();
    spool.append([&packet]).unwrap();
    (world, talk)
}

/// The talk as the nurse's page has it: words, how many flags, and the answer for its sound.
async fn seen(nurse: &mut Browser, it: Uuid) -> (Vec<String>, usize, u16) {
    let path = |rest: &str| format!("/api/interviews/{it}/{rest}");
    let words = nurse.get(&path("transcript")).await.expect(200).json();
    let words = words["segments"].as_array().unwrap().iter();
    let words = words.map(|it| it["text"].as_str().unwrap().to_owned());
    let words = words.collect();
    let flags = nurse.get(&path("flags")).await.expect(200).json();
    let flags = flags["flags"].as_array().unwrap().len();
    let sound = format!("audio?track={}&from_ms=0&to_ms=1000", Uuid::from_u128(9));
    let sound = nurse.get(&path(&sound)).await.status;
    (words, flags, sound.as_u16())
}

/// The answer for the sound that was being written.
async fn heard(nurse: &mut Browser, it: Uuid) -> u16 {
    let track = HERS.uuid();
    let path = format!("/api/interviews/{it}/audio?track={track}&from_ms=0&to_ms=1000");
    nurse.get(&path).await.status.as_u16()
}

/// The files of a folder that hold these bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if std::fs::read(&path)
            .unwrap()
            .windows(bytes.len())
            .any(|it| it == bytes)
        {
            found.push(path);
        }
    }
    found
}

/// Both copies, one after the other, as an administrator makes them.
pub(super) async fn copies(world: &World) -> (PathBuf, PathBuf) {
    let app = &world.test.app;
    let made = app
        .back_up(&world.test.dir().join("backups"))
        .await
        .unwrap();
    let keys = app
        .back_up_keys(&world.test.dir().join("keys"))
        .await
        .unwrap();
    (made.folder, keys.file)
}

/// As another machine with the same key file does, in a folder of this name. It is not served yet.
pub(super) async fn copied_back(
    world: &World,
    name: &str,
    from: &(PathBuf, PathBuf),
) -> DataFolder {
    let folder = DataFolder::at(world.test.dir().join(name));
    let kek = world.test.dir().join("kek");
    let request = Request {
        backup: &from.0,
        keys: &from.1,
        kek: &kek,
        destroyed: &[],
        without_newer_list: false,
    };
    put_back(&folder, &request).await.unwrap();
    assert!(folder.restoring().exists());
    folder
}

pub(super) async fn restored(world: &mut World, name: &str, from: &(PathBuf, PathBuf)) -> Replayed {
    let folder = copied_back(world, name, from).await;
    let replayed = world.test.moved(folder.clone()).await;
    assert!(!folder.restoring().exists());
    world.test.restart().await;
    world.nurse.router = world.test.router.clone();
    // Who had signed out since would be in again: nobody is, and everybody signs in anew.
    world.nurse.get("/api/me").await.expect(401);
    let (app, operator) = (&world.test.app, Actor::Operator);
    let sano = Pii::new("sano".to_owned());
    let link = app.renew_sign_in_link(&operator, &sano).await.unwrap();
    let secret = link.split_once('#').unwrap().1;
    let signed_in = world
        .nurse
        .post("/api/login/link", json!({ "secret": secret }));
    signed_in.await.expect(200);
    let (administrator, _) = world
        .staff("kanri-2", world.office, Role::Administrator)
        .await;
    world.administrator = administrator;
    replayed
}

async fn audit(world: &mut World) -> Value {
    world
        .administrator
        .get("/api/audit")
        .await
        .expect(200)
        .json()
}

#[tokio::test]
async fn what_is_withdrawn_after_a_backup_is_withdrawn_where_it_is_restored() {
    let (mut world, mut talk) = talking().await;
    let from = copies(&world).await;
    // The talk goes on, and what is said now is in no backup.
    let later = utterance(4, HERS, PLAIN);
    let app = std::sync::Arc::clone(&world.test.app);
    app.confirm_segment(talk.it.id.into(), talk.resident, &later)
        .await
        .unwrap();
    // Neither the key file nor a wrapped key is in the data's backup; they would be found.
    let store = world.store().await;
    let mut reader = store.read().await.unwrap();
    let said = reader.segments_of(talk.it.id.into()).await.unwrap();
    drop(reader);
    let sealed: Vec<_> = said.iter().filter(|(of, _)| *of == talk.resident).collect();
    let sealed: Vec<_> = sealed
        .iter()
        .map(|(_, row)| row.text.as_bytes().to_vec())
        .collect();
    assert_ne!(files_with(&from.0, &sealed[0]), Vec::<PathBuf>::new());
    assert_eq!(files_with(&from.0, b"yorisoi-kek-1"), Vec::<PathBuf>::new());
    let names = |under: &Path| {
        let all = std::fs::read_dir(under)
            .unwrap()
            .map(|it| it.unwrap().file_name());
        let mut all: Vec<_> = all.map(|it| it.into_string().unwrap()).collect();
        all.sort();
        all
    };
    let all = [
        "audit-head.log",
        "backup.json",
        "blobs",
        "destroyed-keys.log",
        "spool",
        "yorisoi.db",
    ];
    assert_eq!(names(&from.0), all);

    // The control: before she takes it back another machine reads everything that was copied.
    let live = world.test.folder.clone();
    let replayed = restored(&mut world, "control", &from).await;
    assert_eq!((replayed.withdrawals, replayed.interviews), (0, 0));
    let (words, flags, sound) = seen(&mut world.nurse, talk.it.id).await;
    assert_eq!(words, [PLAIN, HIT, ALONE]);
    assert!(flags >= 1);
    assert_eq!(sound, 200);
    close_broken(&world.test.app).await;
    assert_eq!(heard(&mut world.nurse, talk.it.id).await, 200);
    // Nor is a guest in whose phone may have left since.
    let seat = talk.phone.cookies.clone();
    talk.phone.router = world.test.router.clone();
    let state = talk.phone.get("/api/join/state").await.status;
    assert!(state.is_client_error(), "{state}");
    talk.phone.cookies = seat;
    let control = world.test.dir().join("control");
    assert_ne!(files_with(&control, &sealed[0]), Vec::<PathBuf>::new());

    // She takes it back on the machine that runs, with her phone.
    world.test.folder = live;
    world.test.restart().await;
    talk.phone.router = world.test.router.clone();
    talk.phone.get("/api/join/state").await.expect(200);
    let gone = talk
        .phone
        .post("/api/join/withdraw", json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(gone["certificate"], "D-00001");

    let replayed = restored(&mut world, "elsewhere", &from).await;
    assert_eq!((replayed.withdrawals, replayed.interviews), (1, 0));
    let (words, flags, sound) = seen(&mut world.nurse, talk.it.id).await;
    assert_eq!(words, [PLAIN], "the nurse's own words stay");
    assert_eq!((flags, sound), (0, 404));
    let elsewhere = world.test.dir().join("elsewhere");
    for text in &sealed {
        assert_eq!(files_with(&elsewhere, text), Vec::<PathBuf>::new());
    }
    close_broken(&world.test.app).await;
    assert_eq!(heard(&mut world.nurse, talk.it.id).await, 404);
    // Her number leads to the same line, and nothing more is asked of her.
    let rows = contents(&world.test.folder.database()).await.unwrap();
    assert_eq!(rows["certificates"].len(), 1);
    let id = format!(
        "X'{}'",
        talk.resident.uuid().simple().to_string().to_uppercase()
    );
    assert!(
        rows["certificates"][0].contains(&id),
        "{:?}",
        rows["certificates"]
    );
    assert_eq!(rows["certificates_done"].len(), 1);
    // The audit goes on from where the copy was made, and says what it is.
    let page = audit(&mut world).await;
    assert_eq!(page["chain"]["holds"], true);
    let codes = page["events"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|it| it["action"].as_str().unwrap()).collect();
    for code in [
        "restored",
        "withdrawal_done",
        "backed_up",
        "segment_confirmed",
    ] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    // It is a machine like any other: the next interview is booked on it.
    world.book().await;
    let replayed = world.test.app.finish_restore().await.unwrap();
    assert_eq!(replayed, Replayed::default(), "it was repeated twice");
}

#[tokio::test]
async fn words_whose_time_was_over_after_a_backup_are_over_where_it_is_restored() {
    let (mut world, talk) = talking().await;
    let from = copies(&world).await;
    let before = seen(&mut world.nurse, talk.it.id).await;
    assert_eq!((before.0.len(), before.2), (3, 200));
    let live = world.test.folder.clone();
    restored(&mut world, "control", &from).await;
    world.test.folder = live;
    world.test.restart().await;
    let app = &world.test.app;
    app.destroy_audio(talk.it.id.into()).await.unwrap();
    restored(&mut world, "elsewhere", &from).await;
    let after = seen(&mut world.nurse, talk.it.id).await;
    assert_eq!((after.0, after.1, after.2), (before.0, before.1, 404));
    let blobs = format!("blobs/audio/{}", Uuid::from_u128(9));
    let left = |data: &str| {
        let folder = world.test.dir().join(data).join(&blobs);
        std::fs::read_dir(folder).unwrap().count()
    };
    assert_eq!((left("elsewhere"), left("control")), (0, 1));
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused_with_what_to_do() {
    let (world, talk) = talking().await;
    let (app, dir) = (&world.test.app, world.test.dir());
    let old_keys = app.back_up_keys(&dir.join("keys")).await.unwrap().file;
    world.test.clock.pass(std::time::Duration::from_secs(60));
    // A key that only the data's backup knows.
    let held = yorisoi_domain::ids::ParticipantId::new(Uuid::from_u128(77));
    app.audio_key(held).await.unwrap();
    let (backup, keys) = copies(&world).await;
    let (kek, empty) = (dir.join("kek"), dir.join("empty"));
    let folder = DataFolder::at(&empty);
    let whole = Request {
        backup: &backup,
        keys: &keys,
        kek: &kek,
        destroyed: &[],
        without_newer_list: false,
    };
    let refused = async |request: Request<'_>, folder: &DataFolder| {
        let error = put_back(folder, &request).await.unwrap_err();
        let left = std::fs::read_dir(folder.path());
        if *folder != world.test.folder {
            assert_eq!(left.map_or(0, Iterator::count), 0, "{error}");
        }
        error
    };
    let request = || Request { ..whole };

    let into_live = refused(request(), &world.test.folder).await;
    assert!(
        matches!(into_live, RestoreError::NotEmpty { .. }),
        "{into_live}"
    );
    let none = refused(
        Request {
            backup: dir,
            ..request()
        },
        &folder,
    )
    .await;
    assert!(matches!(none, RestoreError::NoBackup { .. }), "{none}");
    let other = dir.join("other-kek");
    Kek::init(&other).unwrap();
    let wrong = refused(
        Request {
            kek: &other,
            ..request()
        },
        &folder,
    )
    .await;
    assert!(matches!(wrong, RestoreError::WrongKey(_)), "{wrong}");
    let older = refused(
        Request {
            keys: &old_keys,
            ..request()
        },
        &folder,
    )
    .await;
    assert!(matches!(older, RestoreError::OldKeys { .. }), "{older}");
    let no_keys = refused(
        Request {
            keys: &kek,
            ..request()
        },
        &folder,
    )
    .await;
    assert!(matches!(no_keys, RestoreError::NoKeys { .. }), "{no_keys}");

    std::fs::remove_file(dir.join("backups/destroyed-keys.log")).unwrap();
    let no_list = refused(request(), &folder).await;
    assert!(
        matches!(no_list, RestoreError::NoNewerList { .. }),
        "{no_list}"
    );
    app.destroy_audio(talk.it.id.into()).await.unwrap();
    let newer_keys = app.back_up_keys(&dir.join("keys")).await.unwrap().file;
    let stale = dir.join("stale.log");
    std::fs::write(&stale, "").unwrap();
    let stale = [stale];
    let request_stale = Request {
        keys: &newer_keys,
        destroyed: &stale,
        ..request()
    };
    let old_list = refused(request_stale, &folder).await;
    assert!(
        matches!(old_list, RestoreError::OldList { missing: 1 }),
        "{old_list}"
    );

    for (file, what) in [
        ("yorisoi.db", "not as it was written"),
        ("audit-head.log", "missing"),
    ] {
        let path = backup.join(file);
        let bytes = std::fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        match what {
            "missing" => std::fs::remove_file(&path).unwrap(),
            _ => std::fs::write(&path, changed).unwrap(),
        }
        let damaged = refused(request(), &folder).await;
        assert!(damaged.to_string().contains(what), "{damaged}");
        std::fs::write(&path, bytes).unwrap();
    }
    // The control: each of them refused what is taken when it is as it was.
    put_back(&folder, &request()).await.unwrap();

    let apart = app.back_up(&dir.join("keys")).await.unwrap_err();
    assert!(matches!(apart, BackupError::Together { .. }), "{apart}");
    let apart = app.back_up_keys(&dir.join("backups")).await.unwrap_err();
    assert!(matches!(apart, BackupError::Together { .. }), "{apart}");
    let inside = app.back_up(&dir.join("data/backups")).await.unwrap_err();
    assert!(matches!(inside, BackupError::Inside { .. }), "{inside}");
}

#[tokio::test]
async fn key_backups_go_after_a_week_and_data_backups_stay() {
    let (world, _talk) = talking().await;
    let (backups, keys) = (
        world.test.dir().join("backups"),
        world.test.dir().join("keys"),
    );
    copies(&world).await;
    for days in [6, 2] {
        world
            .test
            .clock
            .pass(std::time::Duration::from_secs(days * 24 * 60 * 60));
        copies(&world).await;
    }
    assert_eq!(data_backups(&backups).unwrap().len(), 3);
    let left = key_backups(&keys).unwrap();
    assert_eq!(left.len(), 2, "{left:?}");
    // One that failed leaves nothing, and one that was killed goes with the old ones.
    let killed = keys.join("keys-20200101T000000Z.db.part");
    std::fs::write(&killed, "keys").unwrap();
    let parts = world.test.dir().join("parts");
    std::fs::create_dir(&parts).unwrap();
    std::fs::copy(&killed, parts.join("keys-20200101T000000Z.db.part")).unwrap();
    let apart = world.test.app.back_up(&parts).await.unwrap_err();
    assert!(matches!(apart, BackupError::Together { .. }), "{apart}");
    world.test.clock.pass(std::time::Duration::from_secs(60));
    let made = world.test.app.back_up_keys(&keys).await.unwrap();
    assert_eq!((made.removed, killed.exists()), (1, false));
    world.test.clock.pass(std::time::Duration::from_secs(60));
    let next = made.made_at + jiff::SignedDuration::from_secs(60);
    let name = next.strftime("keys-%Y%m%dT%H%M%SZ.db").to_string();
    std::fs::create_dir(keys.join(&name)).unwrap();
    world.test.app.back_up_keys(&keys).await.unwrap_err();
    assert!(!keys.join(format!("{name}.part")).exists());
}

/// The list beside the backups is what a restore repeats: whatever befalls it, it catches up, and who
/// makes a backup is told where it can't.
#[tokio::test]
async fn a_backup_says_that_the_list_beside_it_is_behind_and_a_restore_wants_the_newest() {
    let (world, mut talk) = talking().await;
    let dir = world.test.dir().to_owned();
    let beside = dir.join("backups/destroyed-keys.log");
    world
        .test
        .app
        .destroy_audio(talk.it.id.into())
        .await
        .unwrap();
    let listed = std::fs::read_to_string(&beside).unwrap();
    assert_ne!(listed, "");
    std::fs::remove_file(&beside).unwrap();
    std::fs::create_dir(&beside).unwrap();
    world.test.clock.pass(std::time::Duration::from_secs(60));
    let error = world
        .test
        .app
        .back_up(&dir.join("backups"))
        .await
        .unwrap_err();
    assert!(matches!(error, BackupError::ListBehind { .. }), "{error}");
    std::fs::remove_dir(&beside).unwrap();
    std::fs::write(&beside, "another's\n").unwrap();
    world.test.clock.pass(std::time::Duration::from_secs(60));
    let from = copies(&world).await;
    let there = std::fs::read_to_string(&beside).unwrap();
    assert_eq!(there, format!("another's\n{listed}"));

    let kek = dir.join("kek");
    let folder = DataFolder::at(dir.join("elsewhere"));
    let mut request = Request {
        backup: &from.0,
        keys: &from.1,
        kek: &kek,
        destroyed: &[],
        without_newer_list: false,
    };
    std::fs::write(&beside, "").unwrap();
    let error = put_back(&folder, &request).await.unwrap_err();
    assert!(matches!(error, RestoreError::ListBehind { .. }), "{error}");
    // A key backup that knows of more than any list: it is said, and goes on where it is asked to.
    std::fs::write(&beside, &listed).unwrap();
    let taken = talk.phone.post("/api/join/withdraw", json!({})).await;
    taken.expect(200);
    let keys = world.test.app.back_up_keys(&dir.join("keys")).await;
    let keys = keys.unwrap().file;
    request.keys = &keys;
    std::fs::write(&beside, &listed).unwrap();
    let error = put_back(&folder, &request).await.unwrap_err();
    assert!(matches!(error, RestoreError::OldList { .. }), "{error}");
    request.without_newer_list = true;
    put_back(&folder, &request).await.unwrap();
    let merged = std::fs::read_to_string(folder.tombstones()).unwrap();
    assert_eq!(merged, listed);
}

/// Whoever sees it end starts it again at once, within the second that names it.
#[tokio::test]
async fn what_a_killed_backup_has_left_does_not_stand_in_the_way_of_the_next() {
    let (mut world, talk) = talking().await;
    let backups = world.test.dir().join("backups");
    let now = yorisoi::clock::Clock::now(&*world.test.clock);
    let part = backups.join(now.strftime("yorisoi-%Y%m%dT%H%M%SZ.part").to_string());
    for folder in ["spool", "blobs/audio"] {
        std::fs::create_dir_all(part.join(folder)).unwrap();
    }
    for file in ["yorisoi.db", "audit-head.log", "spool/of another state"] {
        std::fs::write(part.join(file), "half").unwrap();
    }
    // While somebody makes it, it is theirs.
    let theirs = std::fs::File::open(&part).unwrap();
    theirs.lock().unwrap();
    let busy = world.test.app.back_up(&backups).await.unwrap_err();
    assert!(matches!(busy, BackupError::Io { .. }), "{busy}");
    assert!(part.join("spool/of another state").exists());
    drop(theirs);
    let from = copies(&world).await;
    assert!(!part.exists() && !from.0.join("spool/of another state").exists());
    let again = world.test.app.back_up(&backups).await.unwrap();
    assert_eq!((again.folder == from.0, again.made_at), (false, now));
    restored(&mut world, "elsewhere", &from).await;
    let (words, _, sound) = seen(&mut world.nurse, talk.it.id).await;
    assert_eq!((words.len(), sound), (3, 200));
}
