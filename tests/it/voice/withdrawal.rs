//! What is taken back is gone, and the number is all that stays of it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;
use yorisoi::app::notices::Noticed;
use yorisoi::asr::Recognizer;
use yorisoi::media::archive::Archive;
use yorisoi::media::spool;
use yorisoi::simulate::page::{Page, Resumption};
use yorisoi::sound;
use yorisoi_domain::access::{Actor, Grant, Role, Staff};
use yorisoi_domain::ids::{InterviewId, ParticipantId};
use yorisoi_store::{Keys as _, Store as _};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore, contents};

use super::{SOON, data_of, live, not_hers, own, sentence, silent};
use crate::common::rules::HIT;
use crate::common::scripted::Scripted;
use crate::demonstration::service_that_hears;
use crate::interview::{found, settled};

const MINUTE_MS: i64 = 60_000;

/// Every file under the folder that holds these bytes.
pub(crate) fn files_with(folder: &Path, bytes: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if let Ok(content) = std::fs::read(&path)
            && content.windows(bytes.len()).any(|window| window == bytes)
        {
            found.push(path);
        }
    }
    found
}

/// Every column of a live talk, before and after she takes it back.
pub(crate) struct Traces {
    pub(crate) sealed_words: Vec<Vec<u8>>,
    pub(crate) wrapped_keys: Vec<Vec<u8>>,
    pub(crate) sealed_sound: Vec<u8>,
}

pub(crate) async fn traces(data: &Path, interview: &str, of: &str) -> Traces {
    let participant: ParticipantId = of.parse().unwrap();
    let store = SqliteStore::open(&data.join("yorisoi.db")).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let said = reader
        .segments_of(interview.parse().unwrap())
        .await
        .unwrap();
    let hers = said.iter().filter(|(of, _)| *of == participant);
    let sealed_words = hers.map(|(_, row)| row.text.as_bytes().to_vec()).collect();
    let keys = SqliteKeys::open(&data.join("keys.db")).await.unwrap();
    let rows = keys.keys().await.unwrap().into_iter();
    let rows = rows.filter(|row| row.owner == participant.uuid());
    let wrapped_keys = rows.map(|row| row.wrapped.to_vec()).collect();
    let mut tracks = Vec::new();
    for call in reader.calls_of(interview.parse().unwrap()).await.unwrap() {
        let all = reader.tracks_of(call.id).await.unwrap();
        tracks.extend(all.into_iter().filter(|it| it.participant == participant));
    }
    drop(reader);
    store.close().await;
    keys.close().await;
    let archive = Archive::open(&data.join("blobs")).unwrap();
    let mut sound = Vec::new();
    for track in tracks {
        for place in archive.places(track.id).await.unwrap() {
            sound.extend(archive.get(place).await.unwrap());
        }
        let folder = data.join("spool");
        for place in spool::places(&folder).unwrap() {
            if place.track == track.id {
                sound.extend(std::fs::read(place.file(&folder)).unwrap());
            }
        }
    }
    // Of the first frame, behind whose it is and its length.
    let sealed_sound = sound.get(40..104).unwrap_or_default().to_vec();
    Traces {
        sealed_words,
        wrapped_keys,
        sealed_sound,
    }
}

impl Traces {
    pub(crate) fn all(&self) -> impl Iterator<Item = &[u8]> {
        let words = self.sealed_words.iter().chain(&self.wrapped_keys);
        words
            .map(Vec::as_slice)
            .chain(std::iter::once(&*self.sealed_sound))
    }
}

pub(super) fn texts_of(transcript: &Value, party: &str) -> Vec<String> {
    let all = transcript["segments"].as_array().unwrap().iter();
    let own = all.filter(|it| it["party"] == party);
    own.map(|it| it["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_she_takes_back_in_the_talk_is_gone_from_pages_records_and_disk() {
    let scripted = Scripted::that_says(HIT);
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, true).await;
    let began = Instant::now();
    let she = talk.resident_id.clone();
    let sentence = sentence();
    // The nurse asks, she answers; both are written down.
    talk.nurse.play(&sentence).await.unwrap();
    let asked = not_hers("segment", &she);
    talk.nurse_page.told_that(SOON, asked).await.unwrap();
    talk.resident.play(&sentence).await.unwrap();
    let answered = own("segment", &she);
    let event = talk.nurse_page.told_that(SOON, answered).await.unwrap();
    assert!(event["data"]["text"].as_str().unwrap().starts_with(HIT));
    let path = format!("/api/interviews/{}/transcript", talk.interview);
    let before = talk.staff.get(&path).await.unwrap();
    assert!(!texts_of(&before, "resident").is_empty());

    let (flags, quotes, alerts) = found(&running).await;
    assert!(
        flags >= 1 && quotes >= 1 && alerts >= 1,
        "{flags}, {quotes}, {alerts}"
    );
    let read_flags = format!("/api/interviews/{}/flags", talk.interview);
    let flags = talk.staff.get(&read_flags).await.unwrap();
    assert_eq!(flags["flags"][0]["item"], "partner_violence");
    let me = talk.staff.get("/api/me").await.unwrap();
    let nurse = Actor::Staff(Staff {
        user: me["user"].as_str().unwrap().parse().unwrap(),
        grants: vec![Grant {
            office: me["grants"][0]["office"].as_str().unwrap().parse().unwrap(),
            role: Role::Nurse,
        }],
        assignments: Vec::new(),
    });
    let id: InterviewId = talk.interview.parse().unwrap();
    let quoted = running.app.read_flags(&nurse, id).await.unwrap().flags;
    assert!(!quoted[0].quotes[0].marked.expose().is_empty());

    // The positive control of the scan, through the same probe.
    let data = data_of(&running);
    let traces = traces(&data, &talk.interview, &she).await;
    assert_eq!(
        (traces.wrapped_keys.len(), traces.sealed_sound.len()),
        (2, 64)
    );
    assert!(!traces.sealed_words.is_empty());
    for trace in traces.all() {
        assert_ne!(files_with(&data, trace), Vec::<PathBuf>::new());
    }
    let planted = data.join("planted.txt");
    std::fs::write(&planted, HIT).unwrap();
    let seen = files_with(&data, HIT.as_bytes());
    std::fs::remove_file(&planted).unwrap();
    assert_eq!(seen, [planted]);

    // She speaks on while she takes it back.
    let speaking = tokio::spawn(async move {
        talk.resident.play(&sentence).await.unwrap();
        talk.resident
    });
    tokio::time::sleep(Duration::from_millis(700)).await;
    let had = talk.nurse_page.resumption();
    let asked_at = Instant::now();
    let gone = talk
        .guest
        .post("/api/join/withdraw", json!({}))
        .await
        .unwrap();
    assert!(asked_at.elapsed() < Duration::from_secs(60));
    assert_eq!(gone["certificate"], "D-00001");
    let told = talk
        .nurse_page
        .told_that(SOON, own("withdrawn", &she))
        .await;
    assert_eq!(told.unwrap()["data"]["at"], gone["at"]);
    // What was on its way to the pages just then.
    let late = Noticed {
        flags: quoted,
        ..Noticed::default()
    };
    running.app.announce(id, late).await;
    talk.resident = speaking.await.unwrap();
    let words = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        let hers = matches!(kind, "partial" | "segment" | "caption")
            && event["data"]["participant"] == she.as_str();
        hers || kind == "flag"
    };
    silent(&mut talk.nurse_page, words).await;

    // A page that was away is told how everything stands, and none of her words.
    let room = talk
        .staff
        .door(&format!("/api/interviews/{}/socket", talk.interview));
    let back = Resumption { last_seq: 2, ..had };
    talk.nurse_page = Page::open(&room, back).await.unwrap();
    let stands = talk.nurse_page.told(SOON).await.unwrap();
    assert_eq!(stands["type"], "snapshot");
    assert_eq!(stands["data"]["withdrawn"], json!([she]));
    silent(&mut talk.nurse_page, words).await;
    let after = talk.staff.get(&path).await.unwrap();
    assert_eq!(texts_of(&after, "resident"), Vec::<String>::new());
    assert_eq!(texts_of(&after, "nurse"), texts_of(&before, "nurse"));

    // Somebody will still be told to speak to the nurse.
    assert_eq!(found(&running).await, (0, 0, alerts));
    let flags = talk.staff.get(&read_flags).await.unwrap();
    assert_eq!(flags["flags"], json!([]));
    for trace in traces.all() {
        assert_eq!(files_with(&data, trace), Vec::<PathBuf>::new());
    }
    assert_eq!(files_with(&data, HIT.as_bytes()), Vec::<PathBuf>::new());
    // Once more is the same, and nothing is written of her again.
    let again = talk
        .guest
        .post("/api/join/withdraw", json!({}))
        .await
        .unwrap();
    assert_eq!(again, gone);
    let mut staff = talk.staff.clone();
    let outcome = Box::pin(talk.end(began)).await.unwrap();
    let account = settled(&mut staff, &outcome, "resident").await;
    assert_eq!(account["speech_ms"], 0);
    assert_eq!(account["silence_ms"], 0, "{account}");
    assert!(
        account["gaps_ms"]["not_consented"].as_u64() > Some(3_000),
        "{account}"
    );
    running.closes().await;
    assert_eq!(running.app.finish_withdrawals().await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_take_a_withdrawal_down_afterwards_and_a_busy_disk_only_delays_it() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, true).await;
    let began = Instant::now();
    let (she, interview) = (talk.resident_id.clone(), talk.interview.clone());
    talk.resident.play(&sentence()).await.unwrap();
    let mut staff = talk.staff.clone();
    let outcome = Box::pin(talk.end(began)).await.unwrap();
    settled(&mut staff, &outcome, "resident").await;
    running.closes().await;
    let traces = traces(&data_of(&running), &interview, &she).await;
    assert_eq!(traces.sealed_sound.len(), 64);
    let path = format!("/api/interviews/{interview}/transcript");
    let before = staff.get(&path).await.unwrap();
    assert!(!texts_of(&before, "resident").is_empty());
    // Her sound can be heard: the file holds what she said, as long as it was.
    let track = before["accounts"].as_array().unwrap().iter();
    let track = track.clone().find(|it| it["party"] == "resident").unwrap()["track"].clone();
    let segment = &before["segments"][0];
    let (from, to) = (
        segment["start_ms"].as_i64().unwrap(),
        segment["end_ms"].as_i64().unwrap(),
    );
    let track = track.as_str().unwrap();
    let audio =
        format!("/api/interviews/{interview}/audio?track={track}&from_ms={from}&to_ms={to}");
    // Open, as it comes from the service; not among what it leaves.
    let heard = tempfile::tempdir().unwrap();
    let file = heard.path().join("heard.ogg");
    std::fs::write(&file, staff.file(&audio).await.unwrap()).unwrap();
    let heard = sound::read(&file).unwrap();
    let heard_ms = i64::try_from(heard.len() / 16).unwrap();
    assert!(
        (heard_ms - (to - from)).abs() <= 40,
        "{heard_ms} of {}",
        to - from
    );
    assert!(heard.iter().any(|sample| sample.abs() > 0.05));
    let long = format!(
        "/api/interviews/{interview}/audio?track={track}&from_ms=0&to_ms={}",
        11 * MINUTE_MS
    );
    assert!(
        staff
            .file(&long)
            .await
            .unwrap_err()
            .to_string()
            .contains("409")
    );

    // Somebody reads the old pages: the log can't be emptied.
    let store = SqliteStore::open(&data_of(&running).join("yorisoi.db"))
        .await
        .unwrap();
    let mut reader = store.read().await.unwrap();
    let id: InterviewId = interview.parse().unwrap();
    assert!(!reader.segments_of(id).await.unwrap().is_empty());
    let take = format!("/api/interviews/{interview}/participants/{she}/withdraw");
    let refused = staff
        .post(
            &take,
            json!({ "manner": "spoken", "identity_checked": true }),
        )
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("withdrawal-pending"),
        "{refused}"
    );
    let meanwhile = staff.get(&path).await.unwrap();
    assert_eq!(texts_of(&meanwhile, "resident"), Vec::<String>::new());
    drop(reader);
    store.close().await;
    // The next start finishes it, under the same number.
    assert_eq!(running.app.finish_withdrawals().await.unwrap(), 1);
    assert_eq!(running.app.finish_withdrawals().await.unwrap(), 0);
    let taken = staff
        .post(
            &take,
            json!({ "manner": "spoken", "identity_checked": true }),
        )
        .await
        .unwrap();
    assert_eq!(taken["certificate"], "D-00001");
    for trace in traces.all() {
        assert_eq!(files_with(&data_of(&running), trace), Vec::<PathBuf>::new());
    }
    assert!(
        staff
            .file(&audio)
            .await
            .unwrap_err()
            .to_string()
            .contains("404")
    );
    let nobody = format!(
        "/api/interviews/{interview}/participants/{}/withdraw",
        Uuid::nil()
    );
    assert!(
        staff
            .post(
                &nobody,
                json!({ "manner": "paper", "identity_checked": true })
            )
            .await
            .is_err()
    );
    let rows = contents(&data_of(&running).join("yorisoi.db"))
        .await
        .unwrap();
    let line = &rows["certificates"];
    assert!(
        line.len() == 1 && line[0].contains("'withdrawal'|'spoken'"),
        "{line:?}"
    );
}
