//! A service whose speech model is gone: the talk goes on, the pages of the staff are told, what may be kept
//! waits, and gets its words once there is a model.

use std::sync::Arc;

use tokio::sync::mpsc;
use uuid::Uuid;
use yorisoi::app::broken::LONGEST_WAIT;
use yorisoi::call::again::catch_up;
use yorisoi::call::scribe::Scribe;
use yorisoi::clock::{Clock as _, IdGen as _, SystemIds};
use yorisoi::media::spool::{Spool, Stay};
use yorisoi::media::tap::{TappedVoice, Taps as _};
use yorisoi_domain::consent::Tap;
use yorisoi_store_sqlite::contents;

use super::*;
use crate::common::rules::HIT;
use crate::common::scripted::Scripted;
use crate::common::talk::HERS;
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
        running.calls.stop().await;
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
    running.calls.stop().await;
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
