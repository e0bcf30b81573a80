//! What a killed talk left, held against what was played, shown and found in it.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::Value;
use yorisoi::simulate::client::{Client, ClientError};
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::interview::State;
use yorisoi_store::{KeyKind, Keys as _, Store as _};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore, contents};

use super::talk::{Played, list, ms, text};
use super::{MOST_LOST_MS, Promises};

/// How well a page knows the talk's clock, in milliseconds.
const NEAR: i64 = 300;
/// A packet, in milliseconds.
const PACKET: i64 = 20;
/// Reasons for which nothing happened before the kill. Of away and not asked a later track of the same
/// voice tells too, for the time before it began.
const NOTHING_OF_IT: [&str; 4] = ["network", "overload", "unintelligible", "captions_only"];
/// An utterance's edges are silence to the service.
const COVERED: f64 = 0.6;

/// How much of each voice is nowhere: what was sent before the kill and went with the crash, and what
/// stands before it under another reason, for nothing but the kill happened to it.
pub(super) fn check_sound(
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
        let end = crash.unwrap_or(began_ms).min(cut);
        let gone = (cut - end).min(voice.sent * PACKET);
        let others = list(&transcript["gaps"]).iter().filter(own);
        let others: Vec<_> = others
            .filter(|gap| NOTHING_OF_IT.iter().any(|reason| gap["reason"] == *reason))
            .map(stretch)
            .collect();
        let lost = gone + covered(&others, began_ms, end);
        most = most.max(lost);
        promises.hold(lost <= MOST_LOST_MS, || {
            let (party, gaps) = (voice.party, &transcript["gaps"]);
            format!("{lost} ms of the {party}'s sound are lost, {gone} with the crash: {gaps}")
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

/// Kept sound is there packet by packet, in whichever of their tracks.
pub(super) async fn check_kept(
    promises: &mut Promises,
    staff: &mut Client,
    voices: &[Played],
    transcript: &Value,
    interview: &str,
    began_ms: i64,
) -> anyhow::Result<i64> {
    let mut most = 0;
    for voice in voices {
        let (from, to) = (began_ms - NEAR, began_ms + voice.sent * PACKET + NEAR);
        let own = |it: &&Value| it["participant"] == voice.participant.as_str();
        let mut packets = 0;
        for account in list(&transcript["accounts"]).iter().filter(own) {
            let track = text(&account["track"]);
            let path = format!(
                "/api/interviews/{interview}/audio?track={track}&from_ms={}&to_ms={to}",
                from.max(0)
            );
            let file = match staff.file(&path).await {
                Err(ClientError::Refused { status: 404, .. }) => continue,
                file => file?,
            };
            let mut file = ogg::PacketReader::new(Cursor::new(file));
            while let Some(packet) = file.read_packet()? {
                // A head, tags, and what fills a hole up are no sound of theirs.
                let head = packet.data.starts_with(b"Opus");
                packets += i64::from(!head && packet.data.len() > 1);
            }
        }
        let lost = ((voice.sent - packets) * PACKET).max(0);
        most = most.max(lost);
        promises.hold(lost <= MOST_LOST_MS, || {
            format!("{lost} ms of the {}'s kept sound are lost", voice.party)
        });
    }
    Ok(most)
}

/// Where captions alone are allowed a kill leaves no word, no sound and no key, and the account says so.
pub(super) async fn check_captions(
    promises: &mut Promises,
    voices: &[Played],
    transcript: &Value,
    folder: &Path,
) -> anyhow::Result<()> {
    let rows = contents(&folder.join("yorisoi.db")).await?;
    for table in ["segments", "flags", "flag_quotes", "alerts"] {
        let count = rows.get(table).map_or(0, |rows| rows.len());
        promises.hold(count == 0, || format!("{count} {table} of captions"));
    }
    let keys = SqliteKeys::open(&folder.join("keys.db")).await?;
    let made = keys.keys().await?;
    let made = made
        .iter()
        .filter(|it| matches!(it.kind, KeyKind::Talk | KeyKind::Audio))
        .count();
    keys.close().await;
    promises.hold(made == 0, || format!("{made} keys for captions"));
    for voice in voices {
        let own = |it: &&Value| it["participant"] == voice.participant.as_str();
        let accounts = list(&transcript["accounts"]).iter().filter(own);
        let told: i64 = accounts.map(|it| ms(&it["gaps_ms"]["captions_only"])).sum();
        let sent = voice.sent * PACKET;
        promises.hold(told >= sent - MOST_LOST_MS, || {
            let accounts = &transcript["accounts"];
            format!("{told} ms of {sent} are told to be captions alone: {accounts}")
        });
    }
    Ok(())
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
pub(super) fn check_texts(promises: &mut Promises, told: &[Value], transcript: &Value) {
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

pub(super) async fn check_accounts(
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

/// Every text is one that somebody must be told of: once for the talk, and somebody was. Whose service was
/// killed before a word of theirs had arrived has none.
pub(super) async fn check_alerts(
    promises: &mut Promises,
    approver: &mut Client,
    transcript: &Value,
    folder: &Path,
) -> anyhow::Result<()> {
    let rows = contents(&folder.join("yorisoi.db")).await?;
    let found = !list(&transcript["segments"]).is_empty();
    // The number behind a text may be read as an age: only what somebody must be told of is counted.
    let immediate = rows["flags"]
        .iter()
        .filter(|row| row.contains("'immediate'"));
    let (flags, alerts) = (immediate.count(), rows["alerts"].len());
    promises.hold(
        (flags, alerts) == (usize::from(found), usize::from(found)),
        || format!("{flags} flags and {alerts} alerts: {:?}", rows["flags"]),
    );
    if !found {
        return Ok(());
    }
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
pub(super) fn check_files(promises: &mut Promises, folder: &Path, keep_audio: bool) {
    let kept = std::fs::read_dir(folder.join("blobs/audio"));
    let kept = kept.map_or(0, Iterator::count);
    promises.hold((kept > 0) == keep_audio, || {
        format!("{kept} tracks are kept although she said {keep_audio}")
    });
}
