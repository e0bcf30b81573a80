//! Sound lies no longer than it may.

use std::sync::Arc;

use tokio::sync::mpsc;
use yorisoi::call::scribe::Scribe;
use yorisoi::clock::{IdGen, SystemIds};
use yorisoi::media::archive::Archive;
use yorisoi::media::spool::{Spool, Stay};
use yorisoi::media::tap::{TappedPacket, TappedVoice, Taps};
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::Keys as _;
use yorisoi_store_sqlite::{SqliteKeys, contents, holding};

use super::*;
use crate::common::broken::close_broken;

fn packet(n: i64, payload: bytes::Bytes) -> TappedPacket {
    TappedPacket {
        ssrc: 7,
        sequence: u16::try_from(n % 65_536).unwrap(),
        timestamp: u32::try_from(n * 960).unwrap(),
        arrived: InterviewMs(n * 20),
        spoken: InterviewMs(n * 20),
        payload,
    }
}

/// Two and a half minutes of a silent voice, as fast as they are taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_that_may_not_stay_lies_in_files_of_a_minute_and_goes() {
    let running = service_that_hears(None).await;
    let scripted = Scripted::new();
    let records = Some(Arc::clone(&running.app));
    let scribe = Scribe::start(&scripted, 1, 1, Arc::new(SystemIds), records).unwrap();
    let (outlet, _said) = mpsc::channel(64);
    let id = || SystemIds.id();
    let voice = TappedVoice {
        interview: InterviewId::new(id()),
        participant: ParticipantId::new(id()),
        track: TrackId::new(id()),
        allowed: Tap::Text,
        outlet,
    };
    let silence = voice::packets(&[0.0; 320]).unwrap().remove(0);
    let mut sink = scribe.open(voice);
    let (mut most, mut seen) = (0, std::collections::BTreeSet::new());
    for n in 0..7_500 {
        while sink.take(packet(n, silence.clone())).is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if n % 100 == 0 {
            let places = spools(&running);
            assert!(places.iter().all(|place| place.stay == Stay::Passing));
            most = most.max(places.len());
            seen.extend(places.iter().map(|place| place.epoch));
            for place in places {
                // Gone between the two looks, or still there.
                if let Ok(file) = std::fs::metadata(place.file(running.app.spool())) {
                    assert!(file.len() < 400_000, "{}", file.len());
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    assert!(
        seen.len() >= 2 && most <= 2,
        "{} files, {most} at once",
        seen.len()
    );
    // The tap is open still: the voice says nothing more, and its last sound goes all the same.
    for _ in 0..200 {
        if spools(&running).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(spools(&running), []);
    drop(sink);
    let keys = contents(&data_of(&running).join("keys.db")).await.unwrap();
    let audio = keys["data_keys"]
        .iter()
        .filter(|row| row.contains("'audio'"));
    let (destroyed, whole): (Vec<_>, Vec<_>) =
        audio.partition(|row| row.contains(&"00".repeat(72)));
    assert_eq!(whole, Vec::<&String>::new());
    assert_eq!(destroyed.len(), 3, "{destroyed:?}");
    let blobs = std::fs::read_dir(data_of(&running).join("blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}

/// As on a slow disk, nobody can make a key for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_key_can_not_be_made_a_voice_is_heard_and_none_of_its_sound_is_lost() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, true).await;
    let she = talk.resident_id.clone();
    let lock = holding(&data_of(&running).join("keys.db")).await.unwrap();
    let said = |event: &Value| own("partial", &she)(event) || own("segment", &she)(event);
    let (sentence, began) = (sentence(), Instant::now());
    let heard = async {
        let told = talk.nurse_page.told_that(SOON, said).await;
        told.unwrap();
        began.elapsed()
    };
    let (heard, played) = tokio::join!(heard, talk.resident.play(&sentence));
    played.unwrap();
    // The store waits for five seconds for who holds it.
    assert!(heard < Duration::from_secs(4), "heard after {heard:?}");
    assert_eq!(spools(&running), []);
    drop(lock);
    let wanted = talk.resident.sent() - 5;
    let she: ParticipantId = she.parse().unwrap();
    let key = async || running.app.audio_key(she).await.unwrap();
    let mut kept = 0;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let key = key().await;
        let opened = spools(&running).into_iter().map(|place| {
            spool::read(running.app.spool(), place, &key)
                .unwrap()
                .packets
                .len() as u64
        });
        kept = opened.sum();
        if kept >= wanted {
            break;
        }
    }
    assert!(kept >= wanted, "{kept} packets of {wanted}");
    running.closes().await;
}

/// The key of the next minute is there before this one ends: a disk that is slow just then takes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_minute_of_passing_sound_waits_for_no_key() {
    let running = service_that_hears(None).await;
    let scribe = Scribe::deaf(Arc::new(SystemIds), Some(Arc::clone(&running.app)));
    let (outlet, _said) = mpsc::channel(64);
    let id = || SystemIds.id();
    let voice = TappedVoice {
        interview: InterviewId::new(id()),
        participant: ParticipantId::new(id()),
        track: TrackId::new(id()),
        allowed: Tap::Text,
        outlet,
    };
    let silence = voice::packets(&[0.0; 320]).unwrap().remove(0);
    let mut sink = scribe.open(voice);
    let mut play = async |packets: std::ops::Range<i64>| {
        for n in packets {
            while sink.take(packet(n, silence.clone())).is_err() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    play(0..2_200).await;
    assert_eq!(spools(&running).len(), 1);
    let lock = holding(&data_of(&running).join("keys.db")).await.unwrap();
    play(2_200..3_000).await;
    assert_eq!(spools(&running).len(), 2, "the second minute waits");
    drop(lock);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sound_of_which_no_call_knows_is_kept_or_destroyed_at_the_next_start() {
    let running = service_that_hears(None).await;
    let (app, of) = (&running.app, ParticipantId::new(SystemIds.id()));
    let place = |stay| SpoolPlace {
        track: TrackId::new(SystemIds.id()),
        epoch: SystemIds.id(),
        stay,
    };
    let (kept, passing) = (place(Stay::Kept), place(Stay::Passing));
    let sound = packet(0, bytes::Bytes::from_static(b"sound"));
    let kept_key = app.audio_key(of).await.unwrap();
    let passing_key = app.passing_key(of, passing).await.unwrap();
    for (place, key) in [(kept, kept_key), (passing, passing_key)] {
        let mut spool = Spool::create(app.spool(), place, key).unwrap();
        spool.append([&sound]).unwrap();
    }
    assert_eq!(spools(&running).len(), 2);
    assert_eq!(close_broken(app).await, 0);
    assert_eq!(spools(&running), []);
    // What has gone meanwhile stands in nobody's way.
    app.archive_sound(kept).await.unwrap();
    let archive = Archive::open(&data_of(&running).join("blobs")).unwrap();
    let sealed = archive.get(kept).await.unwrap();
    let key = app.audio_key(of).await.unwrap();
    assert_eq!(spool::open(&sealed, kept, &key).packets, [sound]);
    let keys = SqliteKeys::open(&data_of(&running).join("keys.db"))
        .await
        .unwrap();
    let left = keys.keys().await.unwrap();
    assert!(left.iter().all(|row| row.owner != passing.epoch));
}
