//! Somebody sets the clock of a service that runs.

use std::sync::Arc;

use yorisoi_domain::call::Limits;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::SqliteStore;

use super::*;
use crate::common::time::SetClock;
use crate::demonstration::{Under, service_under};
use crate::interview::account_sum;

const LEAP: Duration = Duration::from_secs(20 * 60);

/// Before the talk, as a laptop that slept, and in it. Her words keep their time, and nothing that never
/// was stands in her account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_leaps_before_and_in_a_talk_moves_no_word_and_adds_nothing_to_the_account() {
    for set in [SetClock::set_forward, SetClock::set_back] {
        let (clock, scripted) = (Arc::new(SetClock::default()), Scripted::new());
        let under = Under {
            clock: clock.clone(),
            limits: Limits::default(),
        };
        let running = service_under(under, &scripted).await;
        let (staff, office) = signed_in(&running).await;
        set(&clock, LEAP);
        let before = Instant::now();
        let setting = setting(&office, "transcript");
        let mut talk = Box::pin(begin(&staff, setting, &loopback())).await.unwrap();
        let (she, began) = (talk.resident_id.clone(), Instant::now());
        let sentence = sentence();
        for _ in 0..2 {
            talk.resident.play(&sentence).await.unwrap();
            let said = own("segment", &she);
            talk.nurse_page.told_that(SOON, said).await.unwrap();
            set(&clock, LEAP);
        }
        let mut staff = talk.staff.clone();
        let outcome = Box::pin(talk.end(began)).await.unwrap();
        let hers = settled(&mut staff, &outcome, "resident").await;
        let played = u64::try_from(sentence.len()).unwrap() * 20;
        let lasted = u64::try_from(before.elapsed().as_millis()).unwrap();
        let sum = account_sum(&hers);
        assert!((2 * played - 1_000..=lasted).contains(&sum), "{hers}");
        assert!(hers["speech_ms"].as_u64() > Some(3_000), "{hers}");
        let path = format!("/api/interviews/{}/transcript", outcome.interview);
        let transcript = staff.get(&path).await.unwrap();
        let segments = transcript["segments"].as_array().unwrap().iter();
        let starts: Vec<_> = segments
            .map(|it| it["start_ms"].as_u64().unwrap())
            .collect();
        let apart = starts[starts.len() - 1] - starts[0];
        assert!((played - 500..sum).contains(&apart), "{starts:?}");
        running.calls.stop().await;
    }
}

/// Everybody was gone for a while, and somebody set the clock back meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_call_of_a_talk_goes_on_by_the_clock_of_the_first() {
    let (clock, scripted) = (Arc::new(SetClock::default()), Scripted::new());
    let short = Duration::from_millis(500);
    let under = Under {
        clock: clock.clone(),
        limits: Limits {
            grace: short,
            empty: short,
            ..Limits::default()
        },
    };
    let running = service_under(under, &scripted).await;
    let mut talk = live(&running, false).await;
    let she = talk.resident_id.clone();
    let start = |event: Value| event["data"]["start_ms"].as_i64().unwrap();
    talk.resident.play(&sentence()).await.unwrap();
    let said = own("segment", &she);
    let first = start(talk.nurse_page.told_that(SOON, said).await.unwrap());
    drop((talk.nurse_page, talk.resident_page));
    let file = data_of(&running).join("yorisoi.db");
    let store = SqliteStore::open(&file).await.unwrap();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut reader = store.read().await.unwrap();
        if reader.open_calls().await.unwrap().is_empty() {
            break;
        }
    }
    clock.set_back(LEAP);
    let room = format!("/api/interviews/{}/socket", talk.interview);
    let room = talk.staff.door(&room);
    let mut nurse_page = Page::open(&room, Resumption::default()).await.unwrap();
    let door = talk.guest.door("/api/join/socket");
    let mut resident_page = Page::open(&door, Resumption::default()).await.unwrap();
    let mut resident = resident_page.join(&loopback()).await.unwrap();
    resident.play(&sentence()).await.unwrap();
    let said = own("segment", &she);
    let second = start(nurse_page.told_that(SOON, said).await.unwrap());
    let between = i64::try_from(LEAP.as_millis()).unwrap();
    assert!(
        (first + 1_000..first + between).contains(&second),
        "{first}, {second}"
    );
    running.calls.stop().await;
}
