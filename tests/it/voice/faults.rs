//! What the machine does to a talk that runs: the talk goes on, what is late is said to be late, and
//! every word is written down once that is possible again.

use std::sync::{Arc, Mutex};

use yorisoi::app::{App, AppError};
use yorisoi::call::News;
use yorisoi::call::again::catch_up;
use yorisoi::call::registry::Registry;
use yorisoi::call::scribe::Scribe;
use yorisoi::clock::{Clock as _, IdGen as _, SystemClock, SystemIds};
use yorisoi::media::spool::{Spool, Stay};
use yorisoi::media::tap::{AudioSink, Refused, TappedPacket, TappedVoice, Taps};
use yorisoi_domain::access::Actor;
use yorisoi_domain::call::Limits;
use yorisoi_domain::consent::Agreed;
use yorisoi_domain::ids::{InterviewId, ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_store::{Store as _, StoreError};
use yorisoi_store_sqlite::SqliteStore;

use super::*;
use crate::common::missing::not_run;
use crate::common::talk::{HERS, utterance};
use crate::common::world::World;
use crate::demonstration::{demonstration_in, tapped_by};
use crate::interview::account_sum;
use crate::machine::SmallDisk;

/// Longer than the store waits for who holds it, and than text may be late without a word.
const LONG: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recognizer_that_breaks_off_costs_a_moment_and_no_word() {
    let breaks = Scripted::new().that_breaks();
    let running = service_that_hears(Some(&breaks as &dyn Recognizer)).await;
    let mut talk = live(&running, false).await;
    let began = Instant::now();
    talk.resident.play(&sentence()).await.unwrap();
    let she = talk.resident_id.clone();
    let said = talk.nurse_page.told_that(SOON, own("segment", &she)).await;
    assert!(
        said.unwrap()["data"]["text"]
            .as_str()
            .unwrap()
            .starts_with(SAID)
    );
    let outcome = Box::pin(talk.end(began)).await.unwrap();
    assert!(!outcome.told.iter().any(|(_, it)| it["type"] == "gap"));
    running.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_held_a_talk_goes_on_and_its_words_are_written_afterwards() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, false).await;
    let she = talk.resident_id.clone();
    // The first sentence opens the track; what follows is said while nobody can write.
    talk.resident.play(&sentence()).await.unwrap();
    let first = own("segment", &she);
    talk.nurse_page.told_that(SOON, first).await.unwrap();
    let file = data_of(&running).join("yorisoi.db");
    let other = SqliteStore::open(&file).await.unwrap();
    let lock = other.begin().await.unwrap();
    talk.resident.play(&sentence()).await.unwrap();
    let late = |event: &Value| event["type"] == "behind" && event["data"]["waiting_ms"] != 0;
    talk.nurse_page.told_that(LONG, late).await.unwrap();
    talk.resident.play(&sentence()).await.unwrap();
    drop(lock);
    let mut starts = Vec::new();
    for _ in 0..2 {
        let said = talk.nurse_page.told_that(LONG, own("segment", &she)).await;
        starts.push(said.unwrap()["data"]["start_ms"].as_i64().unwrap());
    }
    assert!(starts.is_sorted(), "{starts:?}");
    running.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_a_talk_goes_on_and_is_written_and_kept_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        let test = "on_a_full_disk_a_talk_goes_on_and_is_written_and_kept_when_there_is_room";
        not_run(test, "nobody may mount a small disk");
        return;
    };
    let scripted = Scripted::new();
    let folder = disk.scenario();
    let running = demonstration_in(folder, Some(&scripted as &dyn Recognizer), None).await;
    let mut talk = live(&running, true).await;
    let she = talk.resident_id.clone();
    talk.resident.play(&sentence()).await.unwrap();
    let first = own("segment", &she);
    talk.nurse_page.told_that(SOON, first).await.unwrap();
    let filler = disk.fill();
    // What the database's log has room for still goes through.
    let mut n = 0;
    let full = loop {
        n += 1;
        let (name, code) = (format!("保健センター{n}"), format!("支{n}"));
        let added = running.app.add_office(&Actor::Operator, &name, &code).await;
        if let Err(error) = added {
            break error;
        }
    };
    assert!(
        matches!(full, AppError::Store(StoreError::Full(_))),
        "{full:?}"
    );
    let kept = || {
        let places = spools(&running).into_iter();
        let length = |place: SpoolPlace| std::fs::metadata(place.file(running.app.spool()));
        places
            .map(|place| length(place).unwrap().len())
            .sum::<u64>()
    };
    talk.resident.play(&sentence()).await.unwrap();
    let late = |event: &Value| event["type"] == "behind" && event["data"]["waiting_ms"] != 0;
    talk.nurse_page.told_that(LONG, late).await.unwrap();
    let before = kept();
    std::fs::remove_file(filler).unwrap();
    talk.nurse_page
        .told_that(LONG, own("segment", &she))
        .await
        .unwrap();
    talk.resident.play(&sentence()).await.unwrap();
    talk.nurse_page
        .told_that(SOON, own("segment", &she))
        .await
        .unwrap();
    assert!(kept() > before, "her sound is not kept again");
    running.closes().await;
}

/// What a killed service leaves: an open call, and sound without its words. One frame does not open
/// any more, and the last one is torn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_of_a_voice_is_heard_again_but_for_what_is_damaged() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let app = Arc::clone(&world.test.app);
    let place = SpoolPlace {
        track: HERS,
        epoch: SystemIds.id(),
        stay: Stay::Passing,
    };
    let key = app.passing_key(talk.resident, place).await.unwrap();
    let mut spool = Spool::create(app.spool(), place, key).unwrap();
    let packets: Vec<_> = (0..)
        .zip([sentence(), sentence(), sentence()].concat())
        .collect();
    let mut ends = Vec::new();
    for batch in packets.chunks(10) {
        let batch: Vec<_> = batch
            .iter()
            .map(|(n, payload)| packet(*n, payload))
            .collect();
        spool.append(&batch).unwrap();
        ends.push(std::fs::metadata(place.file(app.spool())).unwrap().len());
    }
    let file = place.file(app.spool());
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = usize::try_from(ends[ends.len() / 2]).unwrap();
    bytes[middle + 20] ^= 1;
    bytes.truncate(usize::try_from(ends[ends.len() - 2]).unwrap() + 9);
    std::fs::write(&file, bytes).unwrap();

    world.test.clock.pass(Duration::from_secs(40));
    world.test.restart().await;
    let app = Arc::clone(&world.test.app);
    let broken = app.find_broken().await.unwrap();
    assert_eq!(broken.len(), 1);
    let (scripted, ids) = (Scripted::new(), Arc::new(SystemIds));
    let records = Some(Arc::clone(&app));
    let scribe = Scribe::start(&scripted, 1, 1, ids.clone(), records.clone()).unwrap();
    let limits = Limits::default();
    let calls = Registry::new(
        loopback(),
        Arc::new(SystemClock),
        ids,
        limits,
        None,
        records,
    );
    catch_up(Arc::clone(&app), Some(scribe), calls, broken).await;

    assert_eq!(spool::places(app.spool()).unwrap(), []);
    let end = format!("/api/interviews/{}/end", talk.it.id);
    world.nurse.post(&end, json!({})).await.expect(204);
    let path = format!("/api/interviews/{}/transcript", talk.it.id);
    let transcript = world.nurse.get(&path).await.expect(200).json();
    let segments = transcript["segments"].as_array().unwrap();
    assert!(segments.len() >= 3, "{transcript}");
    let mut accounts = transcript["accounts"].as_array().unwrap().iter();
    let hers = accounts.find(|it| it["party"] == "resident").unwrap();
    // She was heard to the end of what is whole; the rest of the forty seconds went with the crash.
    let heard = i64::try_from(packets.len()).unwrap() * 20;
    let crash = hers["gaps_ms"]["crash"].as_i64().unwrap();
    assert!((40_000 - heard..41_000 - heard).contains(&crash), "{hers}");
    assert!(hers["gaps_ms"]["overload"].as_i64() >= Some(100), "{hers}");
    assert_eq!(account_sum(hers), 40_000);
}

/// Whoever is heard for the first time is handed to somebody who is not there.
struct BreaksOff(Scribe, Mutex<Vec<ParticipantId>>);

struct Gone;

impl AudioSink for Gone {
    fn take(&mut self, _: TappedPacket) -> Result<(), Refused> {
        Err(Refused::Gone)
    }
}

impl Taps for BreaksOff {
    fn open(&self, voice: TappedVoice) -> Box<dyn AudioSink> {
        let mut known = self.1.lock().unwrap();
        if known.contains(&voice.participant) {
            return self.0.open(voice);
        }
        known.push(voice.participant);
        Box::new(Gone)
    }

    fn forget(&self, of: ParticipantId) {
        self.0.forget(of);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_whose_task_broke_off_is_heard_again_and_what_was_lost_stands_in_its_account() {
    let scripted = Scripted::new();
    let running = tapped_by(None, |app| {
        let (ids, records) = (Arc::new(SystemIds), Some(Arc::clone(app)));
        let scribe = Scribe::start(&scripted, 1, 1, ids, records).unwrap();
        Some(Arc::new(BreaksOff(scribe, Mutex::default())) as Arc<dyn Taps>)
    });
    let running = running.await;
    let mut talk = live(&running, false).await;
    let (she, began) = (talk.resident_id.clone(), Instant::now());
    talk.resident.play(&sentence()).await.unwrap();
    let missing = talk.nurse_page.told_that(SOON, own("gap", &she)).await;
    assert_eq!(missing.unwrap()["data"]["reason"], "overload");
    talk.resident.play(&sentence()).await.unwrap();
    let said = own("segment", &she);
    talk.nurse_page.told_that(SOON, said).await.unwrap();
    let mut staff = talk.staff.clone();
    let outcome = Box::pin(talk.end(began)).await.unwrap();
    let hers = settled(&mut staff, &outcome, "resident").await;
    let lost = hers["gaps_ms"]["overload"].as_i64();
    assert!((900..2_000).contains(&lost.unwrap()), "{hers}");
    assert!(hers["speech_ms"].as_i64() > Some(1_000), "{hers}");
    running.calls.stop().await;
}

struct Forgets(Mutex<Vec<ParticipantId>>);

impl Taps for Forgets {
    fn open(&self, _: TappedVoice) -> Box<dyn AudioSink> {
        unreachable!("nobody talks")
    }

    fn forget(&self, of: ParticipantId) {
        self.0.lock().unwrap().push(of);
    }
}

#[tokio::test]
async fn what_is_taken_back_while_no_call_runs_reaches_whoever_hears_a_crash_again() {
    let taps = Arc::new(Forgets(Mutex::default()));
    let (ids, limits) = (Arc::new(SystemIds), Limits::default());
    let tapped = Some(Arc::clone(&taps) as Arc<dyn Taps>);
    let calls = Registry::new(loopback(), Arc::new(SystemClock), ids, limits, tapped, None);
    let of = SystemIds.id().into();
    let news = News::Withdrawn(of, Agreed::default(), SystemClock.now());
    calls.tell(SystemIds.id().into(), news).await.unwrap();
    assert_eq!(*taps.0.lock().unwrap(), [of]);
}

/// A passing file with a second of a voice from this second on.
async fn second(
    app: &App,
    track: TrackId,
    of: (InterviewId, ParticipantId),
    at: i64,
) -> SpoolPlace {
    let place = SpoolPlace {
        track,
        epoch: SystemIds.id(),
        stay: Stay::Passing,
    };
    let key = app.passing_key(of.1, place).await.unwrap();
    let spool = Spool::create(app.spool(), place, key).unwrap();
    let payload = bytes::Bytes::from_static(b"sound");
    let packets: Vec<_> = (at * 50..(at + 1) * 50)
        .map(|n| packet(n, &payload))
        .collect();
    spool.of(of.0, of.1).append(&packets).unwrap();
    place
}

#[tokio::test]
async fn of_two_taps_of_a_voice_the_later_may_be_written_first() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let (app, hers) = (&world.test.app, (talk.it.id.into(), talk.resident));
    let places = [
        second(app, HERS, hers, 0).await,
        // The text is of the third second to the fifth.
        second(app, HERS, hers, 3).await,
    ];
    let later = utterance(1, HERS, "はい");
    app.confirm_segment(hers.0, hers.1, &later).await.unwrap();
    let left = app.left_sound(hers.0, hers.1, HERS, &places).await.unwrap();
    let spoken: Vec<_> = left
        .runs
        .concat()
        .iter()
        .map(|(it, _)| it.spoken.0)
        .collect();
    assert_eq!(spoken, (0..50).map(|n| n * 20).collect::<Vec<_>>());
    // A file that has gone meanwhile is none.
    app.settle_left(places[0]).await.unwrap();
    let left = app.left_sound(hers.0, hers.1, HERS, &places).await.unwrap();
    assert_eq!(left.runs.len(), 0);
}

/// Between two stretches that are heard again lies what has its text: no packet was lost there.
#[tokio::test]
async fn what_has_its_text_is_no_gap_of_the_network_when_the_rest_is_heard_again() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let (app, hers) = (&world.test.app, (talk.it.id.into(), talk.resident));
    let places = [
        second(app, HERS, hers, 0).await,
        second(app, HERS, hers, 3).await,
        second(app, HERS, hers, 5).await,
    ];
    // The text is of the third second to the fifth.
    let said = utterance(1, HERS, "はい");
    app.confirm_segment(hers.0, hers.1, &said).await.unwrap();
    let left = app.left_sound(hers.0, hers.1, HERS, &places).await.unwrap();
    let runs: Vec<_> = left.runs.iter().map(Vec::len).collect();
    assert_eq!(runs, [50, 50]);
}

#[tokio::test]
async fn sound_whose_track_was_never_written_down_is_heard_and_of_nobody_known_is_left() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let app = &world.test.app;
    let hers = (talk.it.id.into(), talk.resident);
    let (new, strange) = (SystemIds.id().into(), SystemIds.id().into());
    let unwritten = second(app, new, hers, 0).await;
    let somebody = (talk.it.id.into(), SystemIds.id().into());
    let stranger = second(app, strange, somebody, 0).await;
    let broken = app.find_broken().await.unwrap();
    let mut voices = broken.iter().flat_map(|call| &call.voices);
    let voice = voices.next().unwrap();
    assert_eq!((voice.participant, voice.track), (hers.1, new));
    assert_eq!(voice.places, [unwritten]);
    assert!(voices.next().is_none());
    let left = app.left_sound(hers.0, hers.1, new, &voice.places).await;
    assert_eq!(left.unwrap().runs.concat().len(), 50);
    assert_eq!(spool::places(app.spool()).unwrap(), [unwritten, stranger]);
    assert_eq!(app.remove_unknown_sound().await.unwrap(), 1);
    assert_eq!(spool::places(app.spool()).unwrap(), [unwritten]);
}

pub(crate) fn packet(n: i64, payload: &bytes::Bytes) -> TappedPacket {
    TappedPacket {
        ssrc: 7,
        sequence: u16::try_from(n).unwrap(),
        timestamp: u32::try_from(n * 960).unwrap(),
        arrived: InterviewMs(n * 20),
        spoken: InterviewMs(n * 20),
        payload: payload.clone(),
    }
}
