//! A process that is killed while it writes one text after another, and while it approves a note. It
//! works at the use cases themselves, so that most kills fall into a transaction.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use uuid::Uuid;
use yorisoi::app::App;
use yorisoi::app::audit::AuditQuestion;
use yorisoi::app::notes::Seen;
use yorisoi::app::retention::Kept;
use yorisoi::clock::{SystemClock, SystemIds};
use yorisoi::config::Retention;
use yorisoi::data_folder::DataFolder;
use yorisoi_domain::access::{Actor, Grant, Role, Staff};
use yorisoi_domain::ids::{InterviewId, OfficeId, SegmentId, UserId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Segment;
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore, contents};

use super::child::{Killable, ours, say};
use super::{Chance, Promises, Survived};
use crate::common::app::{TestApp, settings};
use crate::common::broken::close_broken;
use crate::common::held::Held;
use crate::common::rules::{HIT, PLAIN, planted};
use crate::common::scenario::Scenario;
use crate::common::talk::{HERS, utterance};
use crate::common::world::World;

const TEXTS: u8 = 120;

#[tokio::test]
#[ignore = "started by the seeds, and killed"]
async fn texts_one_after_the_other() {
    let Some((folder, _)) = ours() else { return };
    let mut world = World::of(TestApp::on(inside(&folder)).await).await;
    let talk = world.begin_talk().await;
    let id = InterviewId::new(talk.it.id);
    say(&format!(
        "{} {} {}",
        talk.it.id, world.office, world.nurse_id
    ));
    for n in 1..=TEXTS {
        let text = text(n);
        let app = &world.test.app;
        app.confirm_segment(id, talk.resident, &text).await.unwrap();
        say(&n.to_string());
    }
    std::future::pending().await
}

/// One in seven finds something that somebody must be told of.
fn text(n: u8) -> Segment {
    let start = i64::from(n) * 3_000;
    Segment {
        id: SegmentId::new(Uuid::from_u128(u128::from(n) + 10_000)),
        start: InterviewMs(start),
        end: InterviewMs(start + 2_000),
        ..utterance(1, HERS, if n.is_multiple_of(7) { HIT } else { PLAIN })
    }
}

#[tokio::test]
#[ignore = "started by the seeds, and killed"]
async fn an_approval() {
    let Some((folder, _)) = ours() else { return };
    let world = World::of(TestApp::on(inside(&folder)).await).await;
    let mut held = Held::of(world, &[PLAIN]).await;
    let it = held.it.id;
    let resident = held.resident.to_string();
    held.world
        .keep_sound(it, &resident, Uuid::from_u128(77))
        .await;
    let app = Arc::clone(&held.world.test.app);
    close_broken(&app).await;
    held.submitted().await;
    let revision = held.note().await["revision"].clone();
    let (office, approver) = (held.world.office, held.world.approver_id);
    say(&format!("{it} {office} {approver} {revision}"));
    held.approve().await.expect(200);
    say("approved");
    std::future::pending().await
}

#[tokio::test]
#[ignore = "started by the seeds, and killed"]
async fn a_migration() {
    let Some((folder, _)) = ours() else { return };
    say("now");
    SqliteKeys::migrate(&folder.join("keys.db")).await.unwrap();
    SqliteStore::migrate(&folder.join("yorisoi.db"))
        .await
        .unwrap();
    say("migrated");
    std::future::pending().await
}

/// The process is killed before it looks through it.
fn inside(folder: &Path) -> Scenario {
    Scenario::on(TempDir::new_in(folder).unwrap())
}

/// Beside the folder of the process lies what it logged.
fn work(dir: &Scenario) -> anyhow::Result<PathBuf> {
    let work = dir.path().join("work");
    std::fs::create_dir(&work)?;
    Ok(work)
}

/// Every table is made by the migrations in their order: a kill leaves some of them undone.
pub(super) async fn killed_while_migrating(mut chance: Chance) -> anyhow::Result<Survived> {
    let (dir, whole) = (Scenario::new(), tempfile::tempdir()?);
    let work = work(&dir)?;
    let mut child = Killable::start("chaos::records::a_migration", &work, 0)?;
    child.line().await?;
    let after = Duration::from_micros(chance.below(80_000));
    tokio::time::sleep(after).await;
    let done = child.kill().await.iter().any(|line| line == "migrated");
    let mut promises = Promises(Vec::new());
    let tables = |folder: &Path| {
        let (folder, here) = (folder.to_owned(), tokio::runtime::Handle::current());
        // What migrates is no task that may be handed from thread to thread.
        tokio::task::spawn_blocking(move || here.block_on(migrated(folder)))
    };
    let left = tables(&work).await??;
    let made = tables(whole.path()).await??;
    promises.hold(left == made, || format!("other tables: {left:?} {made:?}"));
    promises.nothing_lies(&dir);
    Ok(Survived {
        killed: format!("migration after {} ms", after.as_millis()),
        kind: "a migration",
        lost_ms: None,
        found: format!("before its end: {}", !done),
        broken: promises.0,
    })
}

/// The tables of a folder whose databases are migrated, once more or for the first time.
async fn migrated(folder: PathBuf) -> anyhow::Result<Vec<String>> {
    let (keys, records) = (folder.join("keys.db"), folder.join("yorisoi.db"));
    SqliteKeys::migrate(&keys).await.context("once more")?;
    SqliteStore::migrate(&records).await.context("once more")?;
    SqliteStore::open(&records)
        .await
        .context("it can't be opened")?;
    Ok(contents(&records).await?.into_keys().collect())
}

/// What a killed process left, opened again as the service opens it.
struct Found {
    app: Arc<App>,
    folder: DataFolder,
}

impl Found {
    async fn in_folder(dir: &Path) -> anyhow::Result<Self> {
        let mut inside = std::fs::read_dir(dir)?;
        let dir: PathBuf = inside.next().context("no folder")??.path();
        let folder = DataFolder::at(dir.join("data"));
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let kek = dir.join("kek");
        let app = App::open(
            &folder,
            &kek,
            settings(Retention::default()),
            planted(),
            clock,
            ids,
        );
        Ok(Self {
            app: Arc::new(app.await.context("it does not start again")?),
            folder,
        })
    }

    async fn rows(&self, table: &str) -> anyhow::Result<Vec<String>> {
        let all = contents(&self.folder.database()).await?;
        Ok(all
            .get(table)
            .cloned()
            .unwrap_or_default()
            .into_iter()
            .collect())
    }

    async fn check_audit(
        &self,
        promises: &mut Promises,
        office: &str,
        user: &str,
    ) -> anyhow::Result<()> {
        let reader = actor(office, user, Role::Administrator)?;
        let chain = self
            .app
            .read_audit(&reader, &AuditQuestion::default())
            .await?
            .chain;
        promises.hold(chain.holds, || format!("the audit: {:?}", chain.broken));
        Ok(())
    }
}

fn actor(office: &str, user: &str, role: Role) -> anyhow::Result<Actor> {
    let office: OfficeId = office.parse()?;
    let user: UserId = user.parse()?;
    Ok(Actor::Staff(Staff {
        user,
        grants: vec![Grant { office, role }],
        assignments: Vec::new(),
    }))
}

pub(super) async fn killed_while_writing(mut chance: Chance) -> anyhow::Result<Survived> {
    let dir = Scenario::new();
    let work = work(&dir)?;
    let mut child = Killable::start("chaos::records::texts_one_after_the_other", &work, 0)?;
    let line = child.line().await?;
    let [interview, office, nurse] = line.split(' ').collect::<Vec<_>>()[..] else {
        anyhow::bail!("three ids")
    };
    let after = Duration::from_micros(chance.below(1_000_000));
    tokio::time::sleep(after).await;
    let said = child.kill().await;
    let shown: Vec<u8> = said.iter().filter_map(|line| line.parse().ok()).collect();

    let found = Found::in_folder(&work).await?;
    let mut promises = Promises(Vec::new());
    close_broken(&found.app).await;
    let id: InterviewId = interview.parse()?;
    let reader = actor(office, nurse, Role::Nurse)?;
    let transcript = found.app.read_transcript(&reader, id).await?;
    let there: Vec<_> = transcript.segments.iter().map(|it| it.id).collect();
    for n in &shown {
        let count = there.iter().filter(|it| **it == text(*n).id.uuid()).count();
        promises.hold(count == 1, || format!("text {n} is there {count} times"));
    }
    // At most the one that was being written.
    let more = there.len().checked_sub(shown.len());
    promises.hold(more.is_some_and(|more| more <= 1), || {
        format!("{} texts of {}", there.len(), shown.len())
    });
    let hit = usize::from(there.len() >= 7);
    for table in ["flags", "alerts"] {
        let rows = found.rows(table).await?.len();
        promises.hold(rows == hit, || format!("{rows} {table} where {hit} belong"));
    }
    let quotes = found.rows("flag_quotes").await?.len();
    promises.hold(quotes == there.len() / 7, || {
        format!("{quotes} quotes of {} texts", there.len())
    });
    found.check_audit(&mut promises, office, nurse).await?;
    // It goes on: the next text is taken.
    let of = transcript.segments.first().map(|it| it.participant);
    let next = text(u8::try_from(there.len())? + 1);
    if let Some(of) = of {
        let taken = found.app.confirm_segment(id, of.into(), &next).await;
        promises.hold(taken.is_ok(), || format!("the next text: {taken:?}"));
    }
    promises.nothing_lies(&dir);
    Ok(Survived {
        killed: format!("confirm after {} ms", after.as_millis()),
        kind: "texts, one after the other",
        lost_ms: None,
        found: format!("{} texts shown, {} there", shown.len(), there.len()),
        broken: promises.0,
    })
}

pub(super) async fn killed_while_approving(mut chance: Chance) -> anyhow::Result<Survived> {
    let dir = Scenario::new();
    let work = work(&dir)?;
    let mut child = Killable::start("chaos::records::an_approval", &work, 0)?;
    let line = child.line().await?;
    let [interview, office, approver, revision] = line.split(' ').collect::<Vec<_>>()[..] else {
        anyhow::bail!("four words")
    };
    let after = Duration::from_micros(chance.below(60_000));
    tokio::time::sleep(after).await;
    let told = child.kill().await.iter().any(|line| line == "approved");

    let found = Found::in_folder(&work).await?;
    let mut promises = Promises(Vec::new());
    let id: InterviewId = interview.parse()?;
    let signs = actor(office, approver, Role::Approver)?;
    let before = found.rows("records").await?.len();
    promises.hold(before == 1 || !told, || "an approval is gone".to_owned());
    let seen = Seen {
        revision: revision.parse()?,
    };
    let again = found.app.approve_note(&signs, id, seen).await;
    promises.hold(again.is_ok() == (before == 0), || {
        format!("{before} records, and once more: {:?}", again.map(|_| ()))
    });
    promises.hold(found.rows("records").await?.len() == 1, || {
        "not one record".to_owned()
    });
    // What a start and every hour after it does.
    found.app.destroy_due(Kept::Sound).await?;
    let sound = std::fs::read_dir(found.folder.blobs().join("audio"))?;
    let sound: usize = sound
        .flatten()
        .map(|track| std::fs::read_dir(track.path()).map_or(0, Iterator::count))
        .sum();
    promises.hold(sound == 0, || {
        format!("{sound} files of sound after approval")
    });
    found.check_audit(&mut promises, office, approver).await?;
    promises.nothing_lies(&dir);
    Ok(Survived {
        killed: format!("approval after {} ms", after.as_millis()),
        kind: "an approval",
        lost_ms: None,
        found: format!("approved {told}, {before} records found"),
        broken: promises.0,
    })
}
