//! A seat in a call: kept over a lost line, given to the newer page, freed by whoever goes.

use std::time::{Duration, Instant};

use serde_json::json;
use yorisoi::call::News;
use yorisoi::media::layout::Line;
use yorisoi::simulate::page::{Page, PageError};
use yorisoi::simulate::voice;
use yorisoi_domain::consent::Transcription;
use yorisoi_domain::participant::{LeftHow, Nearby};

use super::{INTERVIEW, SOON, Talk, entry, of_type, presence, seat};
use crate::media::{loopback, sound};

#[tokio::test]
async fn a_dropped_socket_gets_what_it_missed_and_media_goes_on() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = talk.both().await;
    let engine = loopback();
    let mut one = nurse.join(&engine).await.unwrap();
    let mut two = resident.join(&engine).await.unwrap();
    nurse.told_that(SOON, presence(1, "present")).await.unwrap();
    while nurse.told(Duration::from_millis(100)).await.is_ok() {}
    let had = nurse.resumption();
    let started = Instant::now();
    drop(nurse);
    resident
        .told_that(SOON, presence(0, "interrupted"))
        .await
        .unwrap();
    resident.ask("muted", json!({ "on": true })).await.unwrap();
    talk.tell(News::Nearby(seat(1), Nearby::Someone)).await;

    let mut nurse = Page::open(&talk.door(0), had.clone()).await.unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "back after {:?}",
        started.elapsed()
    );
    let mut expected = had.last_seq;
    let mut types = Vec::new();
    while let Ok(event) = nurse.told(Duration::from_millis(300)).await {
        expected += 1;
        assert_eq!(event["seq"], expected, "a message is missing or doubled");
        types.push(event["type"].as_str().unwrap().to_owned());
    }
    assert!(!types.iter().any(|name| name == "snapshot"), "{types:?}");
    assert!(types.iter().any(|name| name == "nearby"), "{types:?}");
    // The connection was never touched.
    let packets = voice::packets(&sound(1)).unwrap();
    let before = two
        .received()
        .get(&Line::Audio0)
        .map_or(0, |heard| heard.packets());
    one.play(&packets).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(two.received()[&Line::Audio0].packets(), before + 50);
    two.play(&packets[..1]).await.unwrap();

    // A page that never was here is told how everything stands.
    let mut other = talk.page(0).await;
    let snapshot = other.told(SOON).await.unwrap();
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(
        snapshot["data"]["participants"].as_array().unwrap().len(),
        2
    );
    let taps = snapshot["data"]["taps"].as_array().unwrap();
    assert!(
        taps.iter().any(|tap| tap["allowed"] == "transcript"),
        "{taps:?}"
    );
    let displaced = nurse.ask("ping", json!({})).await;
    assert!(
        matches!(displaced, Err(PageError::Closed { code: Some(4001) })),
        "{displaced:?}"
    );
}

#[tokio::test]
async fn a_closed_tab_is_noticed_and_the_seat_is_kept_for_the_return() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = talk.both().await;
    let engine = loopback();
    let one = nurse.join(&engine).await.unwrap();
    let two = resident.join(&engine).await.unwrap();
    nurse.told_that(SOON, presence(1, "present")).await.unwrap();
    drop(resident);
    two.close().await;
    nurse
        .told_that(SOON, presence(1, "interrupted"))
        .await
        .unwrap();
    nurse.told_that(SOON, presence(1, "absent")).await.unwrap();

    let started = Instant::now();
    let mut resident = talk.page(1).await;
    let mut again = resident.join(&engine).await.unwrap();
    let returned = started.elapsed();
    assert!(returned < Duration::from_secs(3), "back after {returned:?}");
    nurse.told_that(SOON, presence(1, "present")).await.unwrap();
    again
        .play(&voice::packets(&sound(1)).unwrap())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    // The same slot, so the same line.
    assert_eq!(one.received()[&Line::Audio0].packets(), 50);
}

#[tokio::test]
async fn a_second_device_knocks_and_displaces_nobody() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = talk.both().await;
    let engine = loopback();
    let first = resident.join(&engine).await.unwrap();

    let mut second = talk.page(2).await;
    let snapshot = second.told(SOON).await.unwrap();
    assert_eq!(snapshot["data"]["place"], "waiting");
    assert_eq!(snapshot["data"]["participants"], json!([]));
    let offered = second.join(&engine).await;
    assert!(
        matches!(&offered, Err(PageError::Refused(problem)) if problem.ends_with("not-admitted")),
        "{offered:?}"
    );
    nurse.told_that(SOON, presence(2, "waiting")).await.unwrap();
    resident.ask("ping", json!({})).await.unwrap();
    // She is not told who knocks.
    while let Ok(event) = resident.told(Duration::from_millis(100)).await {
        assert_ne!(event["data"]["id"], seat(2).to_string());
    }
    talk.admit(2).await;
    second.told_that(SOON, of_type("place")).await.unwrap();
    let inside = second.told_that(SOON, of_type("snapshot")).await.unwrap();
    assert_eq!(inside["data"]["place"], "inside");
    resident
        .told_that(SOON, presence(2, "present"))
        .await
        .unwrap();

    talk.tell(News::Left(seat(1), LeftHow::QuickExit)).await;
    nurse
        .told_that(SOON, presence(1, "left_quickly"))
        .await
        .unwrap();
    second.told_that(SOON, presence(1, "left")).await.unwrap();
    let gone = resident.told_that(SOON, |_| false).await;
    assert!(
        matches!(gone, Err(PageError::Closed { code: Some(4002) })),
        "{gone:?}"
    );
    // A reconnect that was read before she left: her seat stays free, the socket is sent away.
    let mut late = Page::connect(&talk.door(1), 0).await.unwrap();
    let gone = late.told_that(SOON, |_| false).await;
    assert!(
        matches!(gone, Err(PageError::Closed { code: Some(4002) })),
        "{gone:?}"
    );
    first.close().await;
}

#[tokio::test]
async fn an_upgrade_that_breaks_off_leaves_no_open_seat() {
    let talk = Talk::new(Transcription::Transcript).await;
    let mut nurse = talk.page(0).await;
    let registry = &talk.service.registry;
    let wires = registry.enter(INTERVIEW, entry(&talk.service, 1)).await;
    nurse.told_that(SOON, presence(1, "waiting")).await.unwrap();
    // As when the connection breaks between the answer and the socket.
    drop(wires);
    nurse
        .told_that(SOON, presence(1, "interrupted"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stopping_service_sends_its_pages_away_to_come_back() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, _resident) = talk.both().await;
    let media = nurse.join(&loopback()).await.unwrap();
    let started = Instant::now();
    talk.service.registry.stop().await;
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "stopped after {:?}",
        started.elapsed()
    );
    let gone = nurse.told_that(SOON, |_| false).await;
    assert!(
        matches!(gone, Err(PageError::Closed { code: Some(1012) })),
        "{gone:?}"
    );
    media.close().await;
}
