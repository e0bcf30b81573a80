//! A service whose speech model is gone: the talk goes on, the pages of the staff are told, what may be kept
//! waits, and gets its words once there is a model.

use std::sync::Arc;

use tokio::sync::mpsc;
use uuid::Uuid;
use yorisoi::app::broken::LONGEST_WAIT;
use yorisoi::call::again::catch_up;
use yorisoi::call::registry::Registry;
use yorisoi::call::scribe::Scribe;
use yorisoi::clock::{Clock as _, IdGen as _, SystemClock, SystemIds};
use yorisoi::media::spool::{Spool, Stay};
use yorisoi::media::tap::{TappedVoice, Taps as _, Uttered};
use yorisoi_domain::call::Limits;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::contents;

use super::*;
use crate::common::held::{Held, kinds};
use crate::common::rules::HIT;
use crate::common::scripted::Scripted;
use crate::common::talk::{Begun, HERS, utterance};
use crate::common::world::World;
use crate::demonstration::service_that_is_deaf;
use crate::interview::account_sum;

const LONG: Duration = Duration::from_secs(30);

fn stopped(stopped: bool) -> impl Fn(&Value) -> bool {
    move |event| event["type"] == "recognition" && event["data"]["stopped"] == stopped
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_speech_model_a_talk_goes_on_and_has_its_words_and_flags_once_there_is_one() {
    for keep_audio in [false, true] {
        let (running, scribe) = service_that_is_deaf().await;
        let mut talk = live(&running, keep_audio).await;
        let (she, began) = (talk.resident_id.clone(), Instant::now());
        let room = talk
            .staff
            .door(&format!("/api/interviews/{}/socket", talk.interview));
        talk.nurse_page = Page::open(&room, Resumption::default()).await.unwrap();
        let all = |event: &Value| event["type"] == "snapshot";
        let snapshot = talk.nurse_page.told_that(SOON, all).await.unwrap();
        assert_eq!(snapshot["data"]["recognition_stopped"], true);
        talk.resident.play(&sentence()).await.unwrap();
        silent(&mut talk.nurse_page, |event| event["type"] == "segment").await;
        let stay = if keep_audio {
            Stay::Kept
        } else {
            Stay::Passing
        };
        let waiting = spools(&running);
        assert!(
            waiting.iter().any(|place| place.stay == stay),
            "{waiting:?}"
        );

        // It is found while the talk goes on.
        scribe.hear_with(&Scripted::that_says(HIT), 1, 1).unwrap();
        talk.nurse_page
            .told_that(SOON, stopped(false))
            .await
            .unwrap();
        let segment = own("segment", &she);
        let first = talk.nurse_page.told_that(LONG, &segment).await.unwrap();
        let flag = |event: &Value| event["type"] == "flag";
        talk.nurse_page.told_that(LONG, flag).await.unwrap();
        talk.resident.play(&sentence()).await.unwrap();
        let second = talk.nurse_page.told_that(LONG, &segment).await.unwrap();
        let start = |event: &Value| event["data"]["start_ms"].as_i64().unwrap();
        assert!(start(&first) < start(&second));
        let mut staff = talk.staff.clone();
        let outcome = Box::pin(talk.end(began)).await.unwrap();
        let hers = settled(&mut staff, &outcome, "resident").await;
        assert!(hers["speech_ms"].as_i64() > Some(2_000), "{hers}");
        assert_eq!(hers["gaps_ms"].get("crash"), None, "{hers}");
        assert_eq!(hers["gaps_ms"].get("network"), None, "{hers}");
        assert_eq!(spools(&running), []);
        running.closes().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_talk_that_ended_without_a_speech_model_gets_its_words_at_the_next_start() {
    let (running, _deaf) = service_that_is_deaf().await;
    let mut talk = live(&running, false).await;
    talk.resident.play(&sentence()).await.unwrap();
    let (mut staff, path) = (
        talk.staff.clone(),
        format!("/api/interviews/{}/transcript", talk.interview),
    );
    Box::pin(talk.end(Instant::now())).await.unwrap();
    let so_far = staff.get(&path).await.unwrap();
    assert_eq!(
        (&so_far["complete"], &so_far["segments"]),
        (&json!(false), &json!([]))
    );
    // What the next start finds; as long as it has no model either, it waits.
    let app = Arc::clone(&running.app);
    let ids = Arc::new(SystemIds);
    let scribe = Scribe::deaf(ids, Some(Arc::clone(&app)));
    let broken = app.find_broken().await.unwrap();
    let again = tokio::spawn(catch_up(
        app,
        Some(scribe.clone()),
        running.calls.clone(),
        broken,
    ));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!spools(&running).is_empty() && !again.is_finished());
    scribe.hear_with(&Scripted::new(), 1, 1).unwrap();
    tokio::time::timeout(LONG, again).await.unwrap().unwrap();
    let whole = staff.get(&path).await.unwrap();
    assert_eq!(whole["complete"], true);
    assert_eq!(whole["segments"].as_array().unwrap().len(), 1, "{whole}");
    let hers = whole["accounts"].as_array().unwrap().iter();
    let hers = hers.clone().find(|it| it["party"] == "resident").unwrap();
    assert!(
        hers["speech_ms"].as_i64() > Some(1_000) && account_sum(hers) > 1_000,
        "{hers}"
    );
    assert_eq!(spools(&running), []);
    running.closes().await;
}

/// What she takes back while it waits is destroyed at once. Captions alone leave nothing that could wait.
#[tokio::test]
async fn what_waits_for_a_speech_model_can_be_taken_back() {
    let (running, scribe) = service_that_is_deaf().await;
    let voice = |allowed, outlet| TappedVoice {
        interview: SystemIds.id().into(),
        participant: SystemIds.id().into(),
        track: SystemIds.id().into(),
        allowed,
        outlet,
    };
    let (outlet, mut said) = mpsc::channel(64);
    let hers = voice(Tap::Text, outlet.clone());
    let captions = voice(Tap::MemoryOnly, outlet);
    let she = hers.participant;
    let sound = voice::packets(&[0.0; 320]).unwrap().remove(0);
    for voice in [hers, captions] {
        let mut sink = scribe.open(voice);
        sink.take(super::faults::packet(0, &sound)).unwrap();
    }
    let count = async |wanted: usize| {
        for _ in 0..100 {
            if spools(&running).len() == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{:?}", spools(&running));
    };
    count(1).await;
    scribe.forget(she);
    count(0).await;
    assert!(said.recv().await.is_none(), "somebody waits still");
    let keys = contents(&data_of(&running).join("keys.db")).await.unwrap();
    let mut audio = keys["data_keys"]
        .iter()
        .filter(|row| row.contains("'audio'"));
    assert!(
        audio.all(|row| row.contains(&"00".repeat(72))),
        "a key is left"
    );
    running.closes().await;
}

#[tokio::test]
async fn sound_that_nobody_agreed_to_keep_waits_a_day_for_a_speech_model_and_no_longer() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let seconds = u64::try_from(world.test.clock.now().as_second()).unwrap();
    let place = SpoolPlace {
        track: HERS,
        epoch: Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0)),
        stay: Stay::Passing,
    };
    let app = Arc::clone(&world.test.app);
    let key = app.passing_key(talk.resident, place).await.unwrap();
    let sound = super::faults::packet(0, &bytes::Bytes::from_static(b"sound"));
    Spool::create(app.spool(), place, key)
        .unwrap()
        .append([&sound])
        .unwrap();
    let mut broken = app.find_broken().await.unwrap();
    world
        .test
        .clock
        .pass(LONGEST_WAIT - Duration::from_secs(60));
    assert!(app.give_up_waiting(&mut broken[0]).await.unwrap());
    world.test.clock.pass(Duration::from_secs(60));
    assert!(!app.give_up_waiting(&mut broken[0]).await.unwrap());
    assert_eq!(spool::places(app.spool()).unwrap(), []);
}

/// Its day is counted by the time that passes; a start has the clock alone, and believes it as far as a purge
/// does.
#[tokio::test]
async fn under_a_clock_that_leapt_nothing_goes_that_waits_for_a_speech_model() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let clock = Arc::clone(&world.test.clock);
    let seconds = u64::try_from(clock.now().as_second()).unwrap();
    let place = SpoolPlace {
        track: HERS,
        epoch: Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0)),
        stay: Stay::Passing,
    };
    let app = Arc::clone(&world.test.app);
    app.believe_clock().unwrap();
    let key = app.passing_key(talk.resident, place).await.unwrap();
    let sound = super::faults::packet(0, &bytes::Bytes::from_static(b"sound"));
    let mut spool = Spool::create(app.spool(), place, key).unwrap();
    spool.append([&sound]).unwrap();
    let mut broken = app.find_broken().await.unwrap();
    clock.set_forward(20 * LONGEST_WAIT);
    assert!(app.give_up_waiting(&mut broken[0]).await.unwrap());
    clock.set_forward(20 * LONGEST_WAIT);
    let mut at_the_start = app.find_broken().await.unwrap();
    for broken in [&mut broken[0], &mut at_the_start[0]] {
        assert!(app.give_up_waiting(broken).await.unwrap());
    }
    // It was wrong, and is right again.
    clock.set_back(40 * LONGEST_WAIT);
    for broken in [&mut broken[0], &mut at_the_start[0]] {
        assert!(app.give_up_waiting(broken).await.unwrap());
    }
    assert_eq!(spool::places(app.spool()).unwrap(), [place]);
    clock.set_forward(40 * LONGEST_WAIT);
    app.believe_clock().unwrap();
    let at_the_start = &mut at_the_start[0];
    assert!(!app.give_up_waiting(at_the_start).await.unwrap());
    assert_eq!(spool::places(app.spool()).unwrap(), []);
}

/// A packet of her voice, and whom it is to be heard for.
fn tap_of(talk: &Begun, allowed: Tap) -> (TappedVoice, mpsc::Receiver<Uttered>) {
    let (outlet, said) = mpsc::channel(64);
    let voice = TappedVoice {
        interview: talk.it.id.into(),
        participant: talk.resident,
        track: HERS,
        allowed,
        outlet,
    };
    (voice, said)
}

pub(super) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{what}");
}

/// Her gaps of this reason, one after the other.
async fn gaps(world: &World, talk: &Begun, reason: GapReason) -> Vec<(i64, i64)> {
    let store = world.store().await;
    let mut reader = store.read().await.unwrap();
    let gaps = reader.gaps_of(talk.it.id.into()).await.unwrap().into_iter();
    let hers = gaps.filter(|(_, gap)| (gap.track, gap.reason) == (HERS, reason));
    let mut hers: Vec<_> = hers.map(|(_, gap)| (gap.start.0, gap.end.0)).collect();
    hers.sort_unstable();
    hers
}

#[tokio::test]
async fn sound_that_waits_keeps_no_file_open_and_goes_as_a_gap_when_sound_may_be_kept_no_longer() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let app = Arc::clone(&world.test.app);
    let scribe = Scribe::deaf(Arc::new(SystemIds), Some(Arc::clone(&app)));
    let (voice, mut said) = tap_of(&talk, Tap::TextAndAudio);
    let mut sink = scribe.open(voice);
    let sound = voice::packets(&[0.0; 320]).unwrap().remove(0);
    for n in 0..50 {
        sink.take(super::faults::packet(n, &sound)).unwrap();
    }
    let folder = app.spool().to_owned();
    let lies = || !spool::places(&folder).unwrap().is_empty();
    until("it is not kept", lies).await;
    drop(sink);
    let is_open = || {
        let open = std::fs::read_dir("/proc/self/fd").unwrap();
        let mut files = open.filter_map(|it| std::fs::read_link(it.ok()?.path()).ok());
        files.any(|file| file.starts_with(&folder))
    };
    until("its file is open", || !is_open()).await;
    // Somebody sets the clock: no time has passed.
    world.test.clock.set_forward(40 * LONGEST_WAIT);
    world.test.clock.pass(29 * LONGEST_WAIT);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(lies());
    world.test.clock.pass(LONGEST_WAIT);
    until("it is kept for ever", || !lies()).await;
    assert!(said.recv().await.is_none(), "its call waits still");
    let gone = gaps(&world, &talk, GapReason::Crash).await;
    assert_eq!(gone, [(0, 1_000)]);
}

#[tokio::test]
async fn what_could_not_be_kept_for_a_speech_model_is_a_gap_and_leaves_no_key() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let app = Arc::clone(&world.test.app);
    // Nothing can be written there.
    std::fs::create_dir_all(app.spool().parent().unwrap()).unwrap();
    let _ = std::fs::remove_dir(app.spool());
    std::fs::write(app.spool(), "").unwrap();
    let scribe = Scribe::deaf(Arc::new(SystemIds), Some(Arc::clone(&app)));
    let (voice, mut said) = tap_of(&talk, Tap::Text);
    let mut sink = scribe.open(voice);
    let sound = voice::packets(&[0.0; 320]).unwrap().remove(0);
    for n in 0..1_500 {
        // What comes faster than it is taken is lost too.
        let _ = sink.take(super::faults::packet(n, &sound));
        if n % 100 == 99 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    drop(sink);
    scribe.hear_with(&Scripted::new(), 1, 1).unwrap();
    assert!(said.recv().await.is_none());
    let lost = gaps(&world, &talk, GapReason::Overload).await;
    assert_eq!((lost[0].0, lost.last().unwrap().1), (0, 30_000), "{lost:?}");
    assert!(lost.windows(2).all(|it| it[1].0 <= it[0].1), "{lost:?}");
    let keys = contents(&world.test.folder.keys()).await.unwrap();
    let mut audio = keys["data_keys"]
        .iter()
        .filter(|row| row.contains("'audio'"));
    assert!(
        audio.all(|row| row.contains(&"00".repeat(72))),
        "a key is left"
    );
}

/// Approving destroys the sound, so nobody approves before it is heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_note_is_approved_when_what_waits_for_a_speech_model_is_heard_and_not_before() {
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
        .zip(sentence())
        .map(|(n, it)| super::faults::packet(n, &it))
        .collect();
    for batch in packets.chunks(50) {
        spool.append(batch).unwrap();
    }
    drop(spool);
    world.test.clock.pass(Duration::from_secs(40));
    let end = format!("/api/interviews/{}/end", talk.it.id);
    world.nurse.post(&end, json!({})).await.expect(204);
    let mut held = Held {
        world,
        it: talk.it,
        resident: talk.resident,
        track: HERS,
    };
    held.submitted().await;
    let review = held.review().await;
    assert_eq!(kinds(&review["may_approve"]["left"]), ["words_to_come"]);
    let closed = held.approve().await.expect(409).json();
    assert_eq!(kinds(&closed["left"]), ["words_to_come"]);
    assert_eq!(spool::places(app.spool()).unwrap(), [place]);

    let (hit, ids) = (Scripted::that_says(HIT), Arc::new(SystemIds));
    let records = Some(Arc::clone(&app));
    let scribe = Scribe::start(&hit, 1, 1, ids.clone(), records.clone()).unwrap();
    let calls = Registry::new(
        loopback(),
        Arc::new(SystemClock),
        ids,
        Limits::default(),
        None,
        records,
    );
    let broken = app.find_broken().await.unwrap();
    catch_up(Arc::clone(&app), Some(scribe), calls, broken).await;
    assert_eq!(spool::places(app.spool()).unwrap(), []);
    assert_ne!(held.flag("partner_violence").await, Value::Null);
    assert_eq!(held.note().await["state"], "returned");
}

/// A file waited whole; somebody went on after it once there was a model, and was written first.
#[tokio::test]
async fn one_text_that_reaches_beyond_a_file_does_not_stand_for_what_is_before_it() {
    let mut world = World::new().await;
    let talk = world.begin_talk().await;
    let app = Arc::clone(&world.test.app);
    let place = SpoolPlace {
        track: HERS,
        epoch: SystemIds.id(),
        stay: Stay::Passing,
    };
    let key = app.passing_key(talk.resident, place).await.unwrap();
    let sound = bytes::Bytes::from_static(b"sound");
    let packets: Vec<_> = (0..155).map(|n| super::faults::packet(n, &sound)).collect();
    let mut spool = Spool::create(app.spool(), place, key).unwrap();
    spool.append(&packets).unwrap();
    // From the third second to the fifth; the file ends a tenth of a second later.
    let later = utterance(1, HERS, "はい");
    let it = talk.it.id.into();
    app.confirm_segment(it, talk.resident, &later)
        .await
        .unwrap();
    let left = app.left_sound(it, talk.resident, HERS, &[place]).await;
    let runs: Vec<_> = left.unwrap().runs.iter().map(Vec::len).collect();
    assert_eq!(runs, [150]);
}
