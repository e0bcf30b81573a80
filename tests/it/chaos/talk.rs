//! A talk whose service is killed: what was heard, shown and found by then, and how it goes on.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};
use tokio::sync::watch;
use yorisoi::clock::{Clock as _, SystemClock};
use yorisoi::simulate::client::Client;
use yorisoi::simulate::interview::{Live, Setting, begin};
use yorisoi::simulate::page::Page;
use yorisoi::simulate::text::{Utterance, spoken};
use yorisoi::simulate::voice;
use yorisoi::sound;

use super::child::{Killable, free_port};
use super::left::{
    check_accounts, check_alerts, check_captions, check_files, check_kept, check_sound, check_texts,
};
use super::{Chance, Promises, Survived};
use crate::common::data;
use crate::common::scenario::Scenario;
use crate::media::loopback;

/// What hears the voices.
#[derive(Clone, Copy)]
pub(super) enum Ears {
    Hear,
    /// There is no speech model.
    Gone,
    /// It answers nobody.
    Stuck,
}

impl Ears {
    /// The service that has them.
    fn service(self) -> &'static str {
        match self {
            Self::Hear => "chaos::child::the_service",
            Self::Gone => "chaos::child::a_service_that_is_deaf",
            Self::Stuck => "chaos::child::a_service_that_is_stuck",
        }
    }

    /// What it was killed at, where they do not hear.
    fn kind(self) -> Option<&'static str> {
        match self {
            Self::Hear => None,
            Self::Gone => Some("while there is no speech model"),
            Self::Stuck => Some("while the recognizer is stuck"),
        }
    }
}

const SOON: Duration = Duration::from_secs(15);
/// After so long it is killed whatever has not come.
const LONGEST: Duration = Duration::from_secs(8);

/// When it is killed, as seen from outside.
enum Moment {
    /// When so much sound lies in the spool.
    Chunk(u64),
    /// When the key file's log has changed so often since the voices began.
    Key(u64),
    /// When the records' log has changed so often.
    Confirm(u64),
    /// After so many milliseconds.
    Any(u64),
    /// The same, in a talk of which nothing may be written down.
    Captions(u64),
}

impl Moment {
    fn of(chance: &mut Chance, seed: u64) -> Self {
        if seed % 10 == 1 {
            return Self::Captions(1_500 + chance.below(5_500));
        }
        match seed / 5 % 4 {
            0 => Self::Chunk(200 + chance.below(40_000)),
            1 => Self::Key(1 + chance.below(4)),
            2 => Self::Confirm(1 + chance.below(20)),
            _ => Self::Any(chance.below(7_000)),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Chunk(bytes) => format!("chunk write at {bytes} bytes"),
            Self::Key(nth) => format!("key creation {nth}"),
            Self::Confirm(nth) => format!("write {nth} to the records"),
            Self::Any(ms) => format!("at {ms} ms"),
            Self::Captions(ms) => format!("captions alone, at {ms} ms"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Chunk(_) => "while sound is written",
            Self::Key(_) => "while a key is made or destroyed",
            Self::Confirm(_) => "while records are written",
            Self::Any(_) => "at any time of a talk",
            Self::Captions(_) => "while captions alone are allowed",
        }
    }

    /// Returns when it is there.
    fn wait(&self, folder: &Path, jitter: Duration) {
        let began = Instant::now();
        let length = |path: PathBuf| std::fs::metadata(path).map_or(0, |it| it.len());
        let spool = || {
            let files = std::fs::read_dir(folder.join("spool"))
                .into_iter()
                .flatten();
            files.flatten().map(|file| length(file.path())).sum::<u64>()
        };
        let (file, times) = match self {
            Self::Key(times) => ("keys.db-wal", *times),
            _ => (
                "yorisoi.db-wal",
                if let Self::Confirm(times) = self {
                    *times
                } else {
                    0
                },
            ),
        };
        let (mut last, mut changes) = (length(folder.join(file)), 0);
        while began.elapsed() < LONGEST {
            let now = length(folder.join(file));
            changes += u64::from(now != last);
            last = now;
            let there = match self {
                Self::Chunk(bytes) => spool() >= *bytes,
                Self::Key(_) | Self::Confirm(_) => changes >= times,
                Self::Any(ms) | Self::Captions(ms) => began.elapsed() >= Duration::from_millis(*ms),
            };
            if there {
                break;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(jitter);
    }
}

/// What one voice played, and when.
pub(super) struct Played {
    pub(super) party: &'static str,
    pub(super) participant: String,
    pub(super) utterances: Vec<Utterance>,
    /// Packets by the kill.
    pub(super) sent: i64,
}

/// A service of its own, and a talk in it in which both are inside.
pub(super) struct Begun {
    pub(super) dir: Scenario,
    pub(super) folder: PathBuf,
    pub(super) port: u16,
    pub(super) service: Killable,
    pub(super) staff: Client,
    pub(super) approver: Client,
    pub(super) administrator: Client,
    pub(super) live: Live,
}

pub(super) async fn begun(
    ears: Ears,
    seed: u64,
    transcription: &str,
    keep_audio: bool,
) -> anyhow::Result<Begun> {
    let (dir, port) = (Scenario::new(), free_port());
    let folder = dir.path().join("data");
    let mut service = Killable::start(ears.service(), &folder, port)?;
    let links = service.line().await?;
    let mut people = Vec::new();
    for link in links.split(' ') {
        let (origin, secret) = link.split_once("/signin#").context("a link")?;
        let mut client = Client::new(origin);
        client
            .post("/api/login/link", json!({ "secret": secret }))
            .await?;
        people.push(client);
    }
    let people: [Client; 3] = people.try_into().ok().context("three people")?;
    let [mut staff, approver, administrator] = people;
    let me = staff.get("/api/me").await?;
    let office = text(&me["grants"][0]["office"]);
    let setting = Setting {
        office: &office,
        at: SystemClock.now(),
        network: None,
        transcription,
        keep_audio,
        plants: &[],
        seed,
    };
    let live = Box::pin(begin(&staff, setting, &loopback())).await?;
    Ok(Begun {
        dir,
        folder,
        port,
        service,
        staff,
        approver,
        administrator,
        live,
    })
}

/// The same folder, served again.
pub(super) async fn again(ears: Ears, folder: &Path, port: u16) -> anyhow::Result<Killable> {
    let mut service = Killable::start(ears.service(), folder, port)?;
    service.line().await?;
    Ok(service)
}

pub(super) async fn killed(mut chance: Chance, seed: u64) -> anyhow::Result<Survived> {
    let moment = Moment::of(&mut chance, seed);
    Box::pin(killed_at(moment, Ears::Hear, chance, seed)).await
}

/// Nobody hears them until the start after the kill, or the one after that.
pub(super) async fn killed_deaf(mut chance: Chance, seed: u64) -> anyhow::Result<Survived> {
    let moment = match chance.below(2) {
        0 => Moment::Chunk(200 + chance.below(20_000)),
        _ => Moment::Any(1_000 + chance.below(3_000)),
    };
    let ears = if chance.below(3) == 0 {
        Ears::Stuck
    } else {
        Ears::Gone
    };
    Box::pin(killed_at(moment, ears, chance, seed)).await
}

async fn killed_at(
    moment: Moment,
    ears: Ears,
    mut chance: Chance,
    seed: u64,
) -> anyhow::Result<Survived> {
    let written = !matches!(moment, Moment::Captions(_));
    let keep_audio = chance.below(2) == 0 && written;
    let transcription = if written {
        "transcript"
    } else {
        "captions_only"
    };
    let Begun {
        dir,
        folder,
        port,
        service,
        mut staff,
        mut approver,
        mut administrator,
        mut live,
    } = Box::pin(begun(ears, seed, transcription, keep_audio)).await?;

    // Four sentences of hers, one of the nurse's in between; then the kill.
    let file = data("speech/sentence.opus");
    let sentence = sound::read(&file)?;
    let (pause, long) = (vec![0.0; 10_000], vec![0.0; sentence.len() / 2]);
    let hers = [&sentence[..], &pause].concat().repeat(4);
    let mut nurses = [&long[..], &sentence].concat();
    nurses.resize(hers.len(), 0.0);
    let (her_packets, nurse_packets) = (voice::packets(&hers)?, voice::packets(&nurses)?);
    let began = Instant::now();
    let jitter = Duration::from_micros(chance.below(20_000));
    let kind = ears.kind().unwrap_or(moment.kind());
    let (name, watched) = (moment.name(), folder.clone());
    let killer = tokio::task::spawn_blocking(move || {
        moment.wait(&watched, jitter);
        drop(service);
    });
    tokio::select! {
        biased;
        killed = killer => { killed?; }
        () = async {
            let (nurse, resident) = (&mut live.nurse, &mut live.resident);
            let _ = tokio::join!(nurse.play(&nurse_packets), resident.play(&her_packets));
            std::future::pending().await
        } => {}
    }
    let mut told = Vec::new();
    let mut began_ms = i64::MIN;
    let short = Duration::from_millis(200);
    while let Ok((at, event)) = live.nurse_page.told_at(short).await {
        let since = i64::try_from(at.saturating_duration_since(began).as_millis())?;
        let before = i64::try_from(began.saturating_duration_since(at).as_millis())?;
        // Before the clock runs it stands at 0.
        if let Some(on_clock) = event["at_ms"].as_i64().filter(|at| *at > 0) {
            began_ms = began_ms.max(on_clock - since + before);
        }
        if event["type"] == "segment" {
            told.push(event["data"].clone());
        }
    }
    anyhow::ensure!(began_ms > i64::MIN, "the page was told nothing");
    let mut voices = [
        Played {
            party: "resident",
            participant: String::new(),
            utterances: spoken(&file, "resident", &hers)?.utterances,
            sent: i64::try_from(live.resident.sent())?,
        },
        Played {
            party: "nurse",
            participant: String::new(),
            utterances: spoken(&file, "nurse", &nurses)?.utterances,
            sent: i64::try_from(live.nurse.sent())?,
        },
    ];

    if ears.kind().is_some() && chance.below(2) == 0 {
        drop(again(Ears::Gone, &folder, port).await?);
    }
    let restarted = Instant::now();
    let service = again(Ears::Hear, &folder, port).await?;
    let back = restarted.elapsed();
    let interview = live.interview.clone();
    let since = i64::try_from(began.elapsed().as_millis())?;
    match ears {
        Ears::Hear => go_on(live, &sentence, began_ms + since).await?,
        // Nobody comes back; what they said is heard all the same.
        Ears::Gone | Ears::Stuck => {
            let end = format!("/api/interviews/{interview}/end");
            staff.post(&end, json!({})).await?;
        }
    }
    let transcript = settled(&mut staff, &interview, &folder).await?;
    for voice in &mut voices {
        let mut of = transcript["accounts"].as_array().into_iter().flatten();
        let own = of.rfind(|it| it["party"] == voice.party);
        if let Some(own) = own {
            voice.participant = text(&own["participant"]);
        }
    }

    let mut promises = Promises(Vec::new());
    let mut lost_ms = None;
    if written {
        let lost = check_sound(&mut promises, &voices, &transcript, began_ms);
        lost_ms = Some(lost);
        check_texts(&mut promises, &told, &transcript);
        check_alerts(&mut promises, &mut approver, &transcript, &folder).await?;
    } else {
        check_captions(&mut promises, &voices, &transcript, &folder).await?;
    }
    if keep_audio {
        let (staff, held) = (&mut staff, &mut promises);
        let lost = check_kept(held, staff, &voices, &transcript, &interview, began_ms).await?;
        lost_ms = lost_ms.max(Some(lost));
    }
    check_accounts(&mut promises, &transcript, &interview, &folder).await?;
    let audit = administrator.get("/api/audit").await?;
    promises.hold(audit["chain"]["holds"] == true, || {
        "the audit's chain".to_owned()
    });
    check_files(&mut promises, &folder, keep_audio);
    let caught_up = transcript["segments"].as_array().map_or(0, Vec::len);
    let found = format!(
        "{}, {} texts shown and there, {caught_up} in the end; back in {:.1} s",
        match (keep_audio, written) {
            (true, _) => "kept",
            (false, true) => "passing",
            (false, false) => "not written",
        },
        told.len(),
        back.as_secs_f64(),
    );
    drop(service);
    promises.nothing_lies(&dir);
    Ok(Survived {
        killed: name,
        kind,
        lost_ms,
        found,
        broken: promises.0,
    })
}

/// Both come back, she says one more sentence, it is heard, and the nurse ends the talk.
async fn go_on(live: Live, sentence: &[f32], since_ms: i64) -> anyhow::Result<()> {
    let Live {
        interview,
        staff,
        guest,
        resident_id,
        nurse_page,
        resident_page,
        ..
    } = live;
    let room = staff.door(&format!("/api/interviews/{interview}/socket"));
    let mut nurse_page = Page::open(&room, nurse_page.resumption()).await?;
    let door = guest.door("/api/join/socket");
    let mut resident_page = Page::open(&door, resident_page.resumption()).await?;
    let engine = loopback();
    let mut nurse = nurse_page.join(&engine).await?;
    let mut resident = resident_page.join(&engine).await?;
    let began = Instant::now();
    let words = [sentence, &[0.0; 16_000]].concat();
    let (words, silence) = (
        voice::packets(&words)?,
        voice::packets(&vec![0.0; words.len()])?,
    );
    let (a, b) = tokio::join!(nurse.play(&silence), resident.play(&words));
    a.and(b)?;
    let new = |event: &Value| {
        let own =
            event["type"] == "segment" && event["data"]["participant"] == resident_id.as_str();
        own && ms(&event["data"]["start_ms"]) > since_ms
    };
    let heard = nurse_page.told_that(SOON, new).await;
    heard.context("the talk does not go on")?;
    let live = Live {
        interview,
        staff,
        guest,
        resident_id,
        nurse_page,
        resident_page,
        nurse,
        resident,
        network: None,
        voices_begin: watch::Sender::new(None),
    };
    Box::pin(live.end(began)).await?;
    Ok(())
}

/// The transcript once everything is settled and nothing lies in the spool.
pub(super) async fn settled(
    staff: &mut Client,
    interview: &str,
    folder: &Path,
) -> anyhow::Result<Value> {
    let path = format!("/api/interviews/{interview}/transcript");
    let due = Instant::now() + SOON;
    loop {
        let transcript = staff.get(&path).await?;
        let spool = std::fs::read_dir(folder.join("spool"));
        // Where nothing may be kept no folder was made.
        let clear = spool.map_or(true, |mut files| files.next().is_none());
        if transcript["complete"] == true && clear {
            return Ok(transcript);
        }
        anyhow::ensure!(Instant::now() < due, "it is not settled after {SOON:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn ms(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}
