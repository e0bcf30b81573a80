//! A talk whose service is killed: what was heard, shown and found by then, and how it goes on.

use std::collections::BTreeMap;
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
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::interview::State;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::{SqliteStore, contents};

use super::child::{Killable, free_port};
use super::{Chance, MOST_LOST_MS, Promises, Survived};
use crate::common::data;
use crate::media::loopback;

const SERVICE: &str = "chaos::child::the_service";
const SOON: Duration = Duration::from_secs(15);
/// A packet, in milliseconds.
const PACKET: i64 = 20;
/// An utterance's edges are silence to the service.
const COVERED: f64 = 0.6;
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
}

impl Moment {
    fn of(chance: &mut Chance, seed: u64) -> Self {
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
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Chunk(_) => "while sound is written",
            Self::Key(_) => "while a key is made or destroyed",
            Self::Confirm(_) => "while records are written",
            Self::Any(_) => "at any time of a talk",
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
                Self::Any(ms) => began.elapsed() >= Duration::from_millis(*ms),
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
struct Played {
    party: &'static str,
    participant: String,
    utterances: Vec<Utterance>,
    /// Packets by the kill.
    sent: i64,
}

pub(super) async fn killed(mut chance: Chance, seed: u64) -> anyhow::Result<Survived> {
    let (dir, port) = (tempfile::tempdir()?, free_port());
    let folder = dir.path().join("data");
    let moment = Moment::of(&mut chance, seed);
    let keep_audio = chance.below(2) == 0;
    let mut service = Killable::start(SERVICE, &folder, port)?;
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
    let [staff, approver, administrator] = people.as_mut_slice() else {
        anyhow::bail!("three people")
    };
    let me = staff.get("/api/me").await?;
    let office = me["grants"][0]["office"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let setting = Setting {
        office: &office,
        at: SystemClock.now(),
        network: None,
        transcription: "transcript",
        keep_audio,
        plants: &[],
        seed,
    };
    let mut live = Box::pin(begin(staff, setting, &loopback())).await?;

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
    let (name, kind, watched) = (moment.name(), moment.kind(), folder.clone());
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

    let restarted = Instant::now();
    let mut service = Killable::start(SERVICE, &folder, port)?;
    service.line().await?;
    let back = restarted.elapsed();
    let interview = live.interview.clone();
    let since = i64::try_from(began.elapsed().as_millis())?;
    go_on(live, &sentence, began_ms + since).await?;
    let transcript = settled(staff, &interview, &folder).await?;
    for voice in &mut voices {
        let mut of = transcript["accounts"].as_array().into_iter().flatten();
        let own = of.rfind(|it| it["party"] == voice.party);
        if let Some(own) = own {
            voice.participant = text(&own["participant"]);
        }
    }

    let mut promises = Promises(Vec::new());
    let lost_ms = check_sound(&mut promises, &voices, &transcript, began_ms);
    check_texts(&mut promises, &told, &transcript);
    check_accounts(&mut promises, &transcript, &interview, &folder).await?;
    check_alerts(&mut promises, approver, &transcript, &folder).await?;
    let audit = administrator.get("/api/audit").await?;
    promises.hold(audit["chain"]["holds"] == true, || {
        "the audit's chain".to_owned()
    });
    check_files(&mut promises, &folder, keep_audio);
    let caught_up = transcript["segments"].as_array().map_or(0, Vec::len);
    let found = format!(
        "{}, {} texts shown and there, {caught_up} in the end; back in {:.1} s",
        if keep_audio { "kept" } else { "passing" },
        told.len(),
        back.as_secs_f64(),
    );
    drop(service);
    Ok(Survived {
        killed: name,
        kind,
        lost_ms: Some(lost_ms),
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
async fn settled(staff: &mut Client, interview: &str, folder: &Path) -> anyhow::Result<Value> {
    let path = format!("/api/interviews/{interview}/transcript");
    let due = Instant::now() + SOON;
    loop {
        let transcript = staff.get(&path).await?;
        let spool = std::fs::read_dir(folder.join("spool"));
        let clear = spool.is_ok_and(|mut files| files.next().is_none());
        if transcript["complete"] == true && clear {
            return Ok(transcript);
        }
        anyhow::ensure!(Instant::now() < due, "it is not settled after {SOON:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn ms(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// How much of each voice is nowhere: what was sent before the kill, and neither has its text nor
/// stands in a gap before what went with the crash.
fn check_sound(
    promises: &mut Promises,
    voices: &[Played],
    transcript: &Value,
    began_ms: i64,
) -> i64 {
    let mut most = 0;
    for voice in voices {
        let own = |it: &&Value| it["participant"] == voice.participant.as_str();
        let cut = began_ms + voice.sent * PACKET;
        let crash = list(&transcript["gaps"]).iter().filter(own);
        let crash = crash
            .filter(|gap| gap["reason"] == "crash" && ms(&gap["end_ms"]) >= cut - MOST_LOST_MS)
            .map(|gap| ms(&gap["start_ms"]))
            .min();
        let lost = (cut - crash.unwrap_or(began_ms))
            .max(0)
            .min(voice.sent * PACKET);
        most = most.max(lost);
        promises.hold(lost <= MOST_LOST_MS, || {
            format!("{lost} ms of the {}'s sound are lost", voice.party)
        });
        let segments = list(&transcript["segments"]).iter().filter(own);
        let gaps = list(&transcript["gaps"]).iter().filter(own);
        let texts: Vec<_> = segments.map(stretch).collect();
        let all: Vec<_> = texts.iter().copied().chain(gaps.map(stretch)).collect();
        for it in &voice.utterances {
            let on_clock = |seconds: f64| {
                let since = Duration::from_secs_f64(seconds).as_millis();
                began_ms + i64::try_from(since).unwrap_or(i64::MAX)
            };
            let (from, to) = (on_clock(it.from), on_clock(it.to).min(cut));
            if from >= to {
                continue;
            }
            let known = covered(&all, from, to);
            let share = known as f64 / (to - from) as f64;
            promises.hold(share >= COVERED || to - from < 300, || {
                let (party, percent) = (voice.party, share * 100.0);
                format!(
                    "of what the {party} said from {from} to {to} only {percent:.0} % is there, \
                     cut at {cut}: {texts:?} {all:?}"
                )
            });
        }
    }
    most
}

fn stretch(it: &Value) -> (i64, i64) {
    (ms(&it["start_ms"]), ms(&it["end_ms"]))
}

/// How many milliseconds of a stretch lie in any of these.
fn covered(stretches: &[(i64, i64)], from: i64, to: i64) -> i64 {
    let inside = |at: &i64| stretches.iter().any(|(start, end)| start <= at && at < end);
    i64::try_from((from..to).filter(inside).count()).unwrap_or(i64::MAX)
}

/// What was shown is there as it was shown, and nothing is there twice.
fn check_texts(promises: &mut Promises, told: &[Value], transcript: &Value) {
    let segments = list(&transcript["segments"]);
    for shown in told {
        let there = segments.iter().any(|it| {
            let same = |key: &str| it[key] == shown[key];
            ["id", "participant", "start_ms", "end_ms", "text"]
                .into_iter()
                .all(same)
        });
        promises.hold(there, || {
            format!("a text that was shown is gone: {}", shown["id"])
        });
    }
    let mut ends: BTreeMap<String, i64> = BTreeMap::new();
    for it in segments {
        let (start, end) = stretch(it);
        let last = ends.entry(text(&it["participant"])).or_insert(0);
        promises.hold(start >= *last, || {
            format!("two texts for one moment, at {start} ms")
        });
        *last = end.max(*last);
    }
}

async fn check_accounts(
    promises: &mut Promises,
    transcript: &Value,
    interview: &str,
    folder: &Path,
) -> anyhow::Result<()> {
    let store = SqliteStore::open(&folder.join("yorisoi.db")).await?;
    let mut reader = store.read().await?;
    let id: InterviewId = interview.parse()?;
    let row = reader.interview(id).await?.context("the interview")?;
    let State::Ended { start, at, .. } = row.interview.state else {
        anyhow::bail!("it has not ended")
    };
    let length = at.as_millisecond() - start.at.as_millisecond();
    let mut tracks = 0;
    for call in reader.calls_of(id).await? {
        tracks += reader.tracks_of(call.id).await?.len();
        promises.hold(call.closed.is_some(), || "a call is still open".to_owned());
    }
    let accounts = list(&transcript["accounts"]);
    promises.hold(accounts.len() == tracks && tracks >= 2, || {
        format!("{tracks} tracks and {} accounts", accounts.len())
    });
    for account in accounts {
        let gaps = account["gaps_ms"].as_object().into_iter().flatten();
        let gaps: i64 = gaps.map(|(_, long)| ms(long)).sum();
        let sum = ms(&account["speech_ms"]) + ms(&account["silence_ms"]) + gaps;
        promises.hold(sum == length, || {
            format!("an account of {sum} ms of {length}")
        });
    }
    Ok(())
}

/// Every text is one that somebody must be told of: once for the talk, and somebody was.
async fn check_alerts(
    promises: &mut Promises,
    approver: &mut Client,
    transcript: &Value,
    folder: &Path,
) -> anyhow::Result<()> {
    let rows = contents(&folder.join("yorisoi.db")).await?;
    let found = !list(&transcript["segments"]).is_empty();
    let (flags, alerts) = (rows["flags"].len(), rows["alerts"].len());
    promises.hold(
        (flags, alerts) == (usize::from(found), usize::from(found)),
        || format!("{flags} flags and {alerts} alerts"),
    );
    let due = Instant::now() + Duration::from_secs(5);
    loop {
        let lines = approver.get("/api/alerts").await?;
        if list(&lines).iter().any(|it| it["told_at"].is_string()) {
            return Ok(());
        }
        if Instant::now() > due {
            promises.hold(false, || format!("nobody is told: {lines}"));
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Sound lies where it may, and nowhere else.
fn check_files(promises: &mut Promises, folder: &Path, keep_audio: bool) {
    let kept = std::fs::read_dir(folder.join("blobs/audio"));
    let kept = kept.map_or(0, Iterator::count);
    promises.hold((kept > 0) == keep_audio, || {
        format!("{kept} tracks are kept although she said {keep_audio}")
    });
}
