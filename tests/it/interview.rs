//! A whole interview against the whole service: booked, joined, talked and ended through the
//! public interface, and what the records hold of it afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::asr::whisper::Whisper;
use yorisoi::clock::{Clock, IdGen, SystemClock, SystemIds};
use yorisoi::crypto::kek::Kek;
use yorisoi::crypto::keyring::Keyring;
use yorisoi::crypto::tombstones::Tombstones;
use yorisoi::data_folder::DataFolder;
use yorisoi::media::archive::Archive;
use yorisoi::media::spool;
use yorisoi::models::{self, Manifest};
use yorisoi::simulate::client::Client;
use yorisoi::simulate::interview::{Outcome, Setting, Voices, hold};
use yorisoi::simulate::network::Badness;
use yorisoi::simulate::page::{Door, Page, PageError, Resumption};
use yorisoi::simulate::voice;
use yorisoi::sound;
use yorisoi_domain::call::record::{Closed, ClosedWhy};
use yorisoi_domain::ids::{CallId, InterviewId};
use yorisoi_store::{KeyKind, Store};
use yorisoi_store_sqlite::{SqliteKeys, SqliteStore, contents};

use crate::common::broken::close_broken;
use crate::common::rules::HIT;
use crate::common::scripted::{SAID, Scripted};
use crate::common::{data, one_recognizer};
use crate::demonstration::{Running, service_that_hears, signed_in};
use crate::media::{loopback, sound as tone};

async fn service() -> Running {
    service_that_hears(None).await
}

pub(crate) fn setting<'a>(office: &'a str, transcription: &'a str) -> Setting<'a> {
    Setting {
        office,
        at: SystemClock.now(),
        network: None,
        transcription,
        keep_audio: true,
        plants: &[],
        seed: 0,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interview_is_held_through_the_public_interface_and_stays_in_the_records() {
    let running = service().await;
    let (mut staff, office) = signed_in(&running).await;
    let packets = voice::packets(&tone(2)).unwrap();
    let voices = Voices {
        nurse: packets.clone(),
        resident: packets,
    };
    let setting = setting(&office, "transcript");
    let outcome = hold(&staff, setting, &loopback(), &voices).await.unwrap();
    for heard in [outcome.nurse, outcome.resident] {
        assert_eq!(
            (heard.received, heard.absent_ms, heard.muted_ms),
            (100, 0, 0)
        );
        assert_eq!(
            (heard.forwarded.packets(), heard.forwarded.missing()),
            (100, 0)
        );
    }

    // The records are written by the time that the calls have stopped.
    running.closes().await;
    let day = staff
        .get(&format!("/api/interviews?office={office}"))
        .await
        .unwrap();
    let all = day["interviews"].as_array().unwrap();
    let ended = all.iter().find(|line| line["state"] == "ended").unwrap();
    let id: InterviewId = ended["id"].as_str().unwrap().parse().unwrap();
    let file = running.folder.path().join("data/yorisoi.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let calls = reader.calls_of(id).await.unwrap();
    assert_eq!(calls.len(), 1);
    assert!(
        matches!(
            calls[0].closed,
            Some(Closed {
                why: ClosedWhy::Ended,
                ..
            })
        ),
        "{calls:?}"
    );
    let tracks = reader.tracks_of(calls[0].id).await.unwrap();
    let packets: Vec<_> = tracks
        .iter()
        .map(|track| track.reception.unwrap().packets)
        .collect();
    assert_eq!(packets, [100, 100]);
    assert!(reader.open_calls().await.unwrap().is_empty());
}

/// As a phone that changes from Wi-Fi to mobile: what it sends comes from elsewhere, and what is sent to where
/// it was is lost. By its own measure nothing has happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_from_another_address_is_asked_for_another_path_and_keeps_seat_and_words() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted)).await;
    let (mut staff, office) = signed_in(&running).await;
    let mut sentence = sound::read(&data("speech/sentence.opus")).unwrap();
    sentence.extend([0.0; 16_000]);
    let hers = sentence.repeat(5);
    let voices = Voices {
        nurse: voice::packets(&vec![0.0; hers.len()]).unwrap(),
        resident: voice::packets(&hers).unwrap(),
    };
    let at = Duration::from_secs(3);
    let network = Badness {
        new_address: Some(at),
        ..Badness::default()
    };
    let setting = Setting {
        network: Some(network),
        ..setting(&office, "transcript")
    };
    let engine = loopback();
    let outcome = Box::pin(hold(&staff, setting, &engine, &voices));
    let outcome = outcome.await.unwrap();
    assert_eq!((outcome.rejoins, outcome.asked), (1, 1));
    // Over the new connection each has the other again.
    let (nurse, hers) = (outcome.nurse, outcome.resident);
    assert!(nurse.forwarded.packets() > 100, "{nurse:?}");
    let silence = hers.silence.unwrap();
    eprintln!("the nurse did not hear her for {:?}", silence.lasting);
    eprintln!("nor she the nurse for {:?}", nurse.silence);
    assert!(silence.lasting < Duration::from_secs(30), "{silence:?}");
    let late = |it: &&&Value| it["start_ms"].as_i64() > Some(8_000);
    assert!(told(&outcome, "segment").iter().filter(late).count() >= 1);
    let she = told(&outcome, "segment")[0]["participant"].clone();
    assert!(
        told(&outcome, "segment")
            .iter()
            .all(|it| it["participant"] == she)
    );
    let account = settled(&mut staff, &outcome, "resident").await;
    assert!(account["speech_ms"].as_i64() > Some(4_000), "{account}");
    running.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_opens_for_its_own_page_and_its_own_people_alone() {
    let running = service().await;
    let (mut staff, office) = signed_in(&running).await;
    let at = SystemClock.now().to_string();
    let booking = json!({
        "office": office, "name": "模擬 面談", "kana": "モギ メンダン", "birth_date": "1995-04-01",
        "due_date": null, "weeks": null, "kind": "notification", "method": "online",
        "scheduled_at": at,
    });
    let booked = staff.post("/api/interviews", booking).await.unwrap();
    let path = format!("/api/interviews/{}/socket", booked["id"].as_str().unwrap());
    let own = staff.door(&path);
    let status = |opened: Result<Page, PageError>| match opened {
        Ok(_) => 101,
        Err(PageError::Open(error)) => match *error {
            tokio_tungstenite::tungstenite::Error::Http(answer) => answer.status().as_u16(),
            other => panic!("{other:?}"),
        },
        Err(other) => panic!("{other:?}"),
    };
    let open = async |door: Door| status(Page::open(&door, Resumption::default()).await);
    assert_eq!(open(own.clone()).await, 101);
    let foreign = Door {
        origin: "http://evil.example".to_owned(),
        ..own.clone()
    };
    assert_eq!(open(foreign).await, 403);
    assert_eq!(
        open(Door {
            origin: String::new(),
            ..own.clone()
        })
        .await,
        403
    );
    assert_eq!(
        open(Door {
            cookie: String::new(),
            ..own.clone()
        })
        .await,
        401
    );
    // A resident who has only claimed her link stands before neither door.
    let (origin, secret) = booked["link"].as_str().unwrap().split_once("/r#").unwrap();
    let mut guest = Client::new(origin);
    guest
        .post("/api/join/claim", json!({ "secret": secret }))
        .await
        .unwrap();
    assert_eq!(open(guest.door(&path)).await, 403);
    assert_eq!(open(guest.door("/api/join/socket")).await, 403);
    running.closes().await;
    assert_eq!(open(own).await, 503);
}

/// She asks, then she is answered: a sentence each, one after the other.
pub(crate) fn question_and_answer() -> Voices {
    let sentence = sound::read(&data("speech/sentence.opus")).unwrap();
    let pause = vec![0.0; sentence.len() + 8_000];
    let question = [&sentence[..], &pause[..]].concat();
    let answer = [&pause[..], &sentence[..]].concat();
    Voices {
        nurse: voice::packets(&question).unwrap(),
        resident: voice::packets(&answer).unwrap(),
    }
}

/// What the nurse's page was told of this kind.
pub(crate) fn told<'a>(outcome: &'a Outcome, kind: &'a str) -> Vec<&'a Value> {
    let all = outcome.told.iter().map(|(_, event)| event);
    all.filter(|event| event["type"] == kind)
        .map(|event| &event["data"])
        .collect()
}

/// The account of one party, once it is settled.
pub(crate) async fn settled(staff: &mut Client, of: &Outcome, party: &str) -> Value {
    let path = format!("/api/interviews/{}/transcript", of.interview);
    for _ in 0..100 {
        let transcript = staff.get(&path).await.unwrap();
        let accounts = transcript["accounts"].as_array().unwrap();
        if let Some(account) = accounts.iter().find(|account| account["party"] == party) {
            return account.clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the account was not settled");
}

pub(crate) fn account_sum(account: &Value) -> u64 {
    let gaps = account["gaps_ms"].as_object().unwrap().values();
    let gaps: u64 = gaps.map(|ms| ms.as_u64().unwrap()).sum();
    account["speech_ms"].as_u64().unwrap() + account["silence_ms"].as_u64().unwrap() + gaps
}

/// Files of the data folder that hold these bytes, and the rows of a table.
async fn kept(running: &Running, bytes: &[u8]) -> (Vec<String>, usize) {
    let data = running.folder.path().join("data");
    let holds = |path: &std::path::Path| {
        let content = std::fs::read(path).unwrap_or_default();
        content.windows(bytes.len()).any(|window| window == bytes)
    };
    let files = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| holds(path));
    let files = files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    let rows = contents(&data.join("yorisoi.db")).await.unwrap()["segments"].len();
    (files.collect(), rows)
}

/// How many flags, quotes and alerts stand in the records.
pub(crate) async fn found(running: &Running) -> (usize, usize, usize) {
    let data = running.folder.path().join("data");
    let all = contents(&data.join("yorisoi.db")).await.unwrap();
    let rows = |table: &str| all[table].len();
    (rows("flags"), rows("flag_quotes"), rows("alerts"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_voices_stand_in_the_order_of_time_on_her_page_and_in_the_records() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted)).await;
    let (mut staff, office) = signed_in(&running).await;
    let voices = question_and_answer();
    let outcome = hold(&staff, setting(&office, "transcript"), &loopback(), &voices)
        .await
        .unwrap();

    let shown = told(&outcome, "segment");
    let path = format!("/api/interviews/{}/transcript", outcome.interview);
    let transcript = staff.get(&path).await.unwrap();
    let kept_segments = transcript["segments"].as_array().unwrap();
    let parties: Vec<_> = kept_segments
        .iter()
        .map(|it| it["party"].as_str().unwrap())
        .collect();
    let mut order = parties.clone();
    order.dedup();
    assert_eq!(order, ["nurse", "resident"], "{transcript}");
    let starts: Vec<_> = kept_segments
        .iter()
        .map(|it| it["start_ms"].as_i64().unwrap())
        .collect();
    assert!(starts.is_sorted(), "{starts:?}");
    assert_eq!(shown.len(), kept_segments.len());
    for (shown, kept) in shown.iter().zip(kept_segments) {
        for key in ["id", "participant", "start_ms", "end_ms", "text"] {
            assert_eq!(shown[key], kept[key]);
        }
        assert!(kept["text"].as_str().unwrap().starts_with(SAID));
        assert_eq!(kept["model_sha256"], "5c".repeat(32));
        assert!(kept["start_ms"].as_i64() < kept["end_ms"].as_i64());
    }
    // Each text was written before it was shown, and a partial never follows its text.
    let partials = told(&outcome, "partial");
    assert!(!partials.is_empty());
    for segment in &shown {
        let mut all = outcome.told.iter().map(|(_, event)| event);
        let last = all
            .rfind(|event| event["data"]["id"] == segment["id"])
            .unwrap();
        assert_eq!(last["type"], "segment");
    }
    running.closes().await;
    let transcript = staff.get(&path).await.unwrap();
    let accounts = transcript["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2, "{transcript}");
    let sums: Vec<_> = accounts.iter().map(account_sum).collect();
    assert_eq!(
        sums[0], sums[1],
        "both tracks account for the same interview: {transcript}"
    );
    for account in accounts {
        let speech = account["speech_ms"].as_u64().unwrap();
        let said = kept_segments
            .iter()
            .filter(|it| it["participant"] == account["participant"]);
        let said = said.map(|it| it["end_ms"].as_u64().unwrap() - it["start_ms"].as_u64().unwrap());
        assert_eq!(speech, said.sum::<u64>());
    }
    // Her sound lies sealed, packet for packet as it came.
    let data = running.folder.path().join("data");
    let keys = Arc::new(SqliteKeys::open(&data.join("keys.db")).await.unwrap());
    let tombstones = Tombstones::at(DataFolder::at(&data).tombstones());
    let keyring = Keyring::new(
        &Kek::read(&data.join("demo.kek")).unwrap(),
        keys,
        tombstones,
    );
    let archive = Archive::open(&data.join("blobs")).unwrap();
    for account in accounts {
        let participant = account["participant"].as_str().unwrap().parse().unwrap();
        let key = keyring.get(KeyKind::Audio, participant).await.unwrap();
        let track = account["track"].as_str().unwrap();
        let own = archive.places(track.parse().unwrap()).await.unwrap();
        assert_eq!(own.len(), 1, "{own:?}");
        let sealed = archive.get(own[0]).await.unwrap();
        let replay = spool::open(&sealed, own[0], &key);
        assert_eq!((replay.closed, replay.torn), (0, false));
        let payloads: Vec<_> = replay.packets.iter().map(|it| it.payload.clone()).collect();
        let played = if account["party"] == "nurse" {
            &voices.nurse
        } else {
            &voices.resident
        };
        assert_eq!(&payloads, played);
    }
    let (files, rows) = kept(&running, SAID.as_bytes()).await;
    assert_eq!(
        (files, rows),
        (Vec::new(), kept_segments.len()),
        "words lie open on the disk"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_her_consent_nothing_is_heard_or_kept_and_captions_are_not_kept() {
    let scripted = Scripted::that_says(HIT);
    let running = service_that_hears(Some(&scripted)).await;
    let (mut staff, office) = signed_in(&running).await;
    let voices = question_and_answer();
    let before = std::fs::read_dir(running.folder.path().join("data"))
        .unwrap()
        .count();

    let refused = hold(&staff, setting(&office, "none"), &loopback(), &voices)
        .await
        .unwrap();
    assert!(
        refused.resident.forwarded.packets() > 100,
        "she is not heard live"
    );
    assert_eq!(scripted.heard(), Vec::<usize>::new());
    for kind in ["partial", "segment", "gap"] {
        assert!(told(&refused, kind).is_empty(), "{kind}");
    }
    assert_eq!(kept(&running, HIT.as_bytes()).await.1, 0);

    let captions = setting(&office, "captions_only");
    let captions = hold(&staff, captions, &loopback(), &voices).await.unwrap();
    assert!(!scripted.heard().is_empty());
    assert!(told(&captions, "segment").len() >= 2);
    assert_eq!(
        kept(&running, HIT.as_bytes()).await.1,
        0,
        "captions were kept"
    );
    for talk in [&refused, &captions] {
        for kind in ["flag", "coverage"] {
            assert!(told(talk, kind).is_empty(), "{kind}");
        }
        let path = format!("/api/interviews/{}/flags", talk.interview);
        let flags = staff.get(&path).await.unwrap();
        assert_eq!(flags["flags"], json!([]));
        let coverage = flags["coverage"].as_array().unwrap();
        assert!(coverage.iter().all(|it| it["state"] == "not_asked"));
    }
    assert_eq!(found(&running).await, (0, 0, 0));
    let path = format!("/api/interviews/{}/transcript", captions.interview);
    assert_eq!(staff.get(&path).await.unwrap()["segments"], json!([]));
    let files = std::fs::read_dir(running.folder.path().join("data"))
        .unwrap()
        .count();
    assert_eq!(files, before, "a file was made");
    for (of, reason) in [(&refused, "not_consented"), (&captions, "captions_only")] {
        let account = settled(&mut staff, of, "resident").await;
        let ms = account["gaps_ms"][reason].as_u64().unwrap_or_default();
        assert!(ms > 8_000, "{reason}: {account}");
        assert_eq!(account["speech_ms"], 0);
    }

    // The positive control, through the same probes.
    let agreed = hold(&staff, setting(&office, "transcript"), &loopback(), &voices)
        .await
        .unwrap();
    assert!(told(&agreed, "segment").len() >= 2);
    assert!(kept(&running, HIT.as_bytes()).await.1 >= 2);
    let flags = told(&agreed, "flag");
    let flag = flags.iter().find(|flag| flag["item"] == "partner_violence");
    let flag = flag.expect("her words are a flag");
    assert_eq!(
        (&flag["tier"], &flag["state"]),
        (&json!("immediate"), &json!("suggested"))
    );
    let (flags, quotes, alerts) = found(&running).await;
    assert!(flags >= 1 && quotes >= 1, "{flags} flags, {quotes} quotes");
    assert_eq!(alerts, 1);
    running.closes().await;
}

/// Real weights and real sound over real WebRTC: the word that was said stands in the records,
/// under the hash that the manifest promises.
#[test]
fn a_sentence_is_recognised_in_a_talk_by_the_weights_of_the_manifest() {
    let _one = one_recognizer();
    let manifest = Manifest::load(None).unwrap();
    let dir = std::env::var_os("YORISOI_MODELS").map(PathBuf::from);
    let dir = dir.unwrap_or_else(|| models::default_dir().unwrap());
    let model = models::resolve(&manifest, &dir, "base").unwrap();
    let whisper = Whisper::load(&model).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let running = service_that_hears(Some(&whisper)).await;
        let (mut staff, office) = signed_in(&running).await;
        let mut sentence = sound::read(&data("speech/sentence.opus")).unwrap();
        sentence.extend([0.0; 16_000]);
        let silence = voice::packets(&vec![0.0; sentence.len()]).unwrap();
        let voices = Voices {
            nurse: voice::packets(&sentence).unwrap(),
            resident: silence,
        };
        let setting = setting(&office, "transcript");
        let outcome = Box::pin(hold(&staff, setting, &loopback(), &voices))
            .await
            .unwrap();
        let path = format!("/api/interviews/{}/transcript", outcome.interview);
        let transcript = staff.get(&path).await.unwrap();
        let segments = transcript["segments"].as_array().unwrap();
        let text: String = segments
            .iter()
            .map(|it| it["text"].as_str().unwrap())
            .collect();
        assert!(text.contains("おすすめ"), "{transcript}");
        let (_, base) = manifest.model("base").unwrap();
        for segment in segments {
            let sha256 = segment["model_sha256"].as_str().unwrap();
            let mut known = manifest.files_of(base);
            assert!(
                known.any(|(_, right)| right.to_string() == sha256),
                "{sha256}"
            );
            assert_eq!(segment["party"], "nurse", "silence was heard as words");
        }
        running.closes().await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_open_is_closed_at_the_next_start() {
    let running = service().await;
    let (mut staff, office) = signed_in(&running).await;
    let day = staff
        .get(&format!("/api/interviews?office={office}"))
        .await
        .unwrap();
    let id: InterviewId = day["interviews"][0]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let call = CallId::new(SystemIds.id());
    running.app.open_call(call, id).await.unwrap();
    assert_eq!(close_broken(&running.app).await, 1);
    assert_eq!(close_broken(&running.app).await, 0);
    let file = running.folder.path().join("data/yorisoi.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let calls = store.read().await.unwrap().calls_of(id).await.unwrap();
    assert_eq!(calls.len(), 1);
    assert!(
        matches!(
            calls[0].closed,
            Some(Closed {
                why: ClosedWhy::Crash,
                ..
            })
        ),
        "{calls:?}"
    );
}
