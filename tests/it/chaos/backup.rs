//! A backup that is killed while a finished talk lies in the deployment: words, a note, answers and sound
//! that is kept. What was killed is no backup; the one that is made afterwards brings all of it back on an
//! empty folder.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::data_folder::DataFolder;
use yorisoi::media::spool::{Spool, SpoolPlace, Stay};
use yorisoi::simulate::voice;
use yorisoi::sound;
use yorisoi_domain::access::{Actor, Grant, Role, Staff};
use yorisoi_domain::ids::{CallId, InterviewId, TrackId};
use yorisoi_domain::time::InterviewMs;

use super::commands::{kill_at_work, run};
use super::{Chance, Promises, Survived};
use crate::common::broken::close_broken;
use crate::common::data;
use crate::common::held::{Held, put};
use crate::common::rules::{ALONE, PLAIN};
use crate::common::world::World;
use crate::serve::{configuration, free_address, text};
use crate::voice::faults::packet;

/// Of the sound that is kept.
const TRACK: TrackId = TrackId::new(Uuid::from_u128(9));

pub(super) async fn killed(chance: Chance) -> anyhow::Result<Survived> {
    let here = tokio::runtime::Handle::current();
    // Who sets a deployment up is no task that may be handed from thread to thread.
    tokio::task::spawn_blocking(move || here.block_on(one(chance))).await?
}

async fn one(mut chance: Chance) -> anyhow::Result<Survived> {
    let mut held = finished().await?;
    let before = everything(&held).await?;
    let dir = held.world.test.dir().to_owned();
    let file = configuration(&dir, free_address());
    let after = [chance.below(60_000), chance.below(15_000)];
    let copied = copied(&file, after)?;
    let mut promises = Promises(copied.broken);
    held.world.test.folder = DataFolder::at(dir.join("moved"));
    held.world.test.restart().await;
    let restored = everything(&held).await?;
    promises.hold(before == restored, || {
        "what came back is not what was copied".to_owned()
    });
    let whole = held.world.test.app.verify_audit().await;
    promises.hold(whole.is_ok(), || format!("the audit: {whole:?}"));
    promises.nothing_lies(held.world.test.scenario());
    Ok(Survived {
        killed: format!("backup, {} µs into it", after[0]),
        kind: "a backup of a finished talk",
        lost_ms: None,
        found: format!("{} of 2 backups killed before their end", copied.in_time),
        broken: promises.0,
    })
}

/// Words, answers, a note that waits for its approval, and a second and a half of her sound.
async fn finished() -> anyhow::Result<Held> {
    let mut held = Held::of(World::new().await, &[PLAIN, ALONE]).await;
    let (id, she) = (InterviewId::new(held.it.id), held.resident);
    let app = Arc::clone(&held.world.test.app);
    let call = CallId::new(TRACK.uuid());
    app.open_call(call, id).await?;
    app.open_track(TRACK, call, she).await?;
    let place = SpoolPlace {
        track: TRACK,
        epoch: TRACK.uuid(),
        stay: Stay::Kept,
    };
    let mut spool = Spool::create(app.spool(), place, app.audio_key(she).await?)?;
    let sentence = sound::read(&data("speech/sentence.opus"))?;
    for (n, sound) in (0..).zip(voice::packets(&sentence[..24_000])?) {
        spool.append([&packet(n, &sound)])?;
    }
    drop(spool);
    app.archive_sound(place).await?;
    close_broken(&app).await;
    let troubles = json!([{ "question": "troubles", "words": PLAIN }]);
    let answers = json!({ "revision": 0, "manner": "paper", "answers": troubles });
    let path = held.path("forms/questionnaire");
    put(&mut held.world.nurse, &path, &answers)
        .await
        .expect(200);
    held.decide("isolation", "confirm", json!({}))
        .await
        .expect(200);
    held.submitted().await;
    Ok(held)
}

/// All that the nurse can read and hear of it.
async fn everything(held: &Held) -> anyhow::Result<Value> {
    let (app, id) = (&held.world.test.app, InterviewId::new(held.it.id));
    let (office, role) = (held.world.office, Role::Nurse);
    let nurse = Actor::Staff(Staff {
        user: held.world.nurse_id,
        grants: vec![Grant { office, role }],
        assignments: Vec::new(),
    });
    let until = InterviewMs(10_000);
    let sound = app.play_audio(&nurse, id, TRACK, InterviewMs(0), until);
    let sound = sound.await.context("the sound")?;
    anyhow::ensure!(sound.len() > 2_000, "it is silence");
    Ok(json!({
        "transcript": app.read_transcript(&nurse, id).await.context("the words")?,
        "note": app.read_note(&nurse, id).await.context("the note")?,
        "forms": app.read_forms(&nurse, id).await.context("the answers")?,
        "sound": sound,
    }))
}

struct Copied {
    broken: Vec<String>,
    in_time: usize,
}

/// Both backups killed, made once more, and restored beside the deployment.
fn copied(file: &Path, after: [u64; 2]) -> anyhow::Result<Copied> {
    let dir = file.parent().context("a folder")?;
    let (copies, keys) = (dir.join("copies"), dir.join("keys"));
    let mut promises = Promises(Vec::new());
    let mut in_time = 0;
    for (what, into, after) in [
        (&["backup"][..], &copies, after[0]),
        (&["keys", "backup"], &keys, after[1]),
    ] {
        std::fs::create_dir(into)?;
        let command = [what, &[text(into)]].concat();
        in_time += usize::from(kill_at_work(file, &command, into, after)?);
        // In the same second, as somebody would who sees it end.
        let again = run(file, &command)?;
        promises.hold(again.0, || format!("{}: {}", command.join(" "), again.1));
        for half in listed(into)? {
            if what.len() == 1 && half.ends_with(".part") {
                let half = into.join(half);
                let taken = restore(file, "half", &half, Path::new("none"))?;
                promises.hold(!taken.0, || "half a backup is restored".to_owned());
            }
        }
    }
    let whole = |into: &Path| -> anyhow::Result<_> {
        let all = listed(into)?.into_iter();
        let last = all.filter(|it| !it.ends_with(".part")).max();
        Ok(into.join(last.context("no backup")?))
    };
    let restored = restore(file, "moved", &whole(&copies)?, &whole(&keys)?)?;
    promises.hold(restored.0, || format!("restore: {}", restored.1));
    Ok(Copied {
        broken: promises.0,
        in_time,
    })
}

/// What lies in it, but for the list of what is destroyed.
fn listed(folder: &Path) -> anyhow::Result<Vec<String>> {
    let all = std::fs::read_dir(folder)?.flatten();
    let names = all.map(|it| it.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|it| !it.ends_with(".log")).collect())
}

/// Puts a backup back into a folder of this name, as another machine with the same key file would.
fn restore(file: &Path, name: &str, from: &Path, keys: &Path) -> anyhow::Result<(bool, String)> {
    let config = std::fs::read_to_string(file)?;
    let there = file.with_file_name(format!("{name}.toml"));
    let (data, moved) = (file.with_file_name("data"), file.with_file_name(name));
    std::fs::write(&there, config.replace(text(&data), text(&moved)))?;
    let command = ["restore", text(from), "--keys", text(keys)];
    run(&there, &[&command[..], &["--without-newer-list"]].concat())
}
