//! What people do with their own voice once it is text: it is kept no longer than they agreed to,
//! paused, shown to whoever asks, and taken back without a trace.

mod account;
mod clock;
mod counter;
mod deaf;
pub(crate) mod faults;
mod kept;
mod late;
mod put_out;
pub(crate) mod withdrawal;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use yorisoi::asr::Recognizer;
use yorisoi::media::spool::{self, SpoolPlace};
use yorisoi::simulate::interview::{Live, Setting, begin};
use yorisoi::simulate::page::{Page, PageError, Resumption};
use yorisoi::simulate::voice;
use yorisoi::sound;

use crate::common::data;
use crate::common::scripted::{SAID, Scripted};
use crate::demonstration::{Running, service_that_hears, signed_in};
use crate::interview::{setting, settled};
use crate::media::loopback;

const SOON: Duration = Duration::from_secs(10);

/// An interview in which both are inside.
async fn live(running: &Running, keep_audio: bool) -> Live {
    let (staff, office) = signed_in(running).await;
    let setting = Setting {
        keep_audio,
        ..setting(&office, "transcript")
    };
    Box::pin(begin(&staff, setting, &loopback())).await.unwrap()
}

/// A sentence and the silence that ends it.
fn sentence() -> Vec<bytes::Bytes> {
    let mut sentence = sound::read(&data("speech/sentence.opus")).unwrap();
    sentence.extend([0.0; 24_000]);
    voice::packets(&sentence).unwrap()
}

fn own(kind: &'static str, participant: &str) -> impl Fn(&Value) -> bool {
    let participant = participant.to_owned();
    move |event| event["type"] == kind && event["data"]["participant"] == participant.as_str()
}

fn not_hers(kind: &'static str, participant: &str) -> impl Fn(&Value) -> bool {
    let participant = participant.to_owned();
    move |event| event["type"] == kind && event["data"]["participant"] != participant.as_str()
}

async fn silent(page: &mut Page, wanted: impl Fn(&Value) -> bool) {
    let told = page.told_that(Duration::from_millis(1_500), wanted).await;
    assert!(matches!(told, Err(PageError::Silence)), "{told:?}");
}

fn data_of(running: &Running) -> PathBuf {
    running.folder.path().join("data")
}

fn spools(running: &Running) -> Vec<SpoolPlace> {
    spool::places(&data_of(running).join("spool")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_paused_is_not_heard_and_stands_under_its_reason() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, false).await;
    let began = Instant::now();
    let she = talk.resident_id.clone();
    let sentence = sentence();
    let tap = |allowed: &'static str| {
        let she = she.clone();
        move |event: &Value| own("tap", &she)(event) && event["data"]["allowed"] == allowed
    };
    // Her own pause: her voice alone.
    talk.guest
        .post("/api/join/pause", json!({ "on": true }))
        .await
        .unwrap();
    talk.nurse_page
        .told_that(SOON, tap("paused"))
        .await
        .unwrap();
    talk.resident_page
        .told_that(SOON, tap("paused"))
        .await
        .unwrap();
    let (a, b) = tokio::join!(talk.resident.play(&sentence), talk.nurse.play(&sentence));
    a.and(b).unwrap();
    talk.nurse_page
        .told_that(SOON, not_hers("segment", &she))
        .await
        .unwrap();
    silent(&mut talk.nurse_page, own("segment", &she)).await;
    // It lasts also when she comes back with another page.
    let door = talk.guest.door("/api/join/socket");
    talk.resident_page = Page::open(&door, Resumption::default()).await.unwrap();
    talk.resident_page
        .told_that(SOON, tap("paused"))
        .await
        .unwrap();
    talk.guest
        .post("/api/join/pause", json!({ "on": false }))
        .await
        .unwrap();
    talk.nurse_page
        .told_that(SOON, tap("transcript"))
        .await
        .unwrap();
    talk.resident.play(&sentence).await.unwrap();
    talk.nurse_page
        .told_that(SOON, own("segment", &she))
        .await
        .unwrap();
    // The nurse's: every voice.
    let pause = format!("/api/interviews/{}/pause", talk.interview);
    talk.staff
        .post(&pause, json!({ "on": true }))
        .await
        .unwrap();
    talk.nurse_page
        .told_that(SOON, tap("paused"))
        .await
        .unwrap();
    let (a, b) = tokio::join!(talk.resident.play(&sentence), talk.nurse.play(&sentence));
    a.and(b).unwrap();
    silent(&mut talk.nurse_page, |event| event["type"] == "segment").await;
    talk.staff
        .post(&pause, json!({ "on": false }))
        .await
        .unwrap();
    talk.nurse_page
        .told_that(SOON, tap("transcript"))
        .await
        .unwrap();
    let mut staff = talk.staff.clone();
    let outcome = Box::pin(talk.end(began)).await.unwrap();
    let long = i64::try_from(sentence.len()).unwrap() * 20;
    let paused = |account: &Value| account["gaps_ms"]["paused"].as_i64().unwrap_or_default();
    let hers = settled(&mut staff, &outcome, "resident").await;
    let nurses = settled(&mut staff, &outcome, "nurse").await;
    assert!(paused(&hers) >= 2 * long, "{hers}");
    assert!(
        paused(&nurses) >= long && paused(&nurses) < 2 * long,
        "{nurses}"
    );
    assert!(hers["speech_ms"].as_i64() > Some(0), "{hers}");
    running.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn captions_come_to_who_asks_and_never_twice() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, true).await;
    let began = Instant::now();
    let she = talk.resident_id.clone();
    let sentence = sentence();
    talk.nurse.play(&sentence).await.unwrap();
    talk.nurse_page
        .told_that(SOON, not_hers("segment", &she))
        .await
        .unwrap();
    let caption = |event: &Value| event["type"] == "caption";
    silent(&mut talk.resident_page, caption).await;
    talk.resident_page
        .ask("captions", json!({ "on": true }))
        .await
        .unwrap();
    silent(&mut talk.resident_page, caption).await;
    let (a, b) = tokio::join!(talk.resident.play(&sentence), talk.nurse.play(&sentence));
    a.and(b).unwrap();
    let last = |event: &Value| event["type"] == "caption" && event["data"]["final"] == true;
    let mut parties = std::collections::BTreeSet::new();
    while parties.len() < 2 {
        let event = talk.resident_page.told_that(SOON, last).await.unwrap();
        assert!(event["data"]["text"].as_str().unwrap().starts_with(SAID));
        assert_eq!(event.get("seq"), None);
        parties.insert(event["data"]["party"].as_str().unwrap().to_owned());
    }
    // The same page on another socket: what it missed holds no caption.
    let mut had = talk.resident_page.resumption();
    let door = talk.guest.door("/api/join/socket");
    had.last_seq = 1;
    talk.resident_page = Page::open(&door, had).await.unwrap();
    talk.resident_page
        .told_that(SOON, |event| event["type"] == "place")
        .await
        .unwrap();
    silent(&mut talk.resident_page, caption).await;
    // A reload: nobody has asked on it.
    talk.resident_page = Page::open(&door, Resumption::default()).await.unwrap();
    talk.nurse.play(&sentence).await.unwrap();
    talk.nurse_page
        .told_that(SOON, not_hers("segment", &she))
        .await
        .unwrap();
    silent(&mut talk.resident_page, caption).await;
    Box::pin(talk.end(began)).await.unwrap();
    running.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caption_is_emptied_when_its_voice_may_not_be_shown_any_more() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let mut talk = live(&running, true).await;
    let began = Instant::now();
    let she = talk.resident_id.clone();
    talk.resident_page
        .ask("captions", json!({ "on": true }))
        .await
        .unwrap();
    let sentence = sentence();
    let shown = not_hers("caption", &she);
    let stands = |event: &Value| shown(event) && event["data"]["text"] != "";
    let emptied = |event: &Value| shown(event) && event["data"]["text"] == "";
    talk.nurse.play(&sentence).await.unwrap();
    talk.resident_page.told_that(SOON, stands).await.unwrap();
    // A pause of all, and her no, under which no voice of the talk is heard.
    let pause = format!("/api/interviews/{}/pause", talk.interview);
    for on in [true, false] {
        let pressed = talk.staff.post(&pause, json!({ "on": on })).await;
        pressed.unwrap();
        if on {
            talk.resident_page.told_that(SOON, emptied).await.unwrap();
        }
    }
    talk.nurse.play(&sentence).await.unwrap();
    talk.resident_page.told_that(SOON, stands).await.unwrap();
    let texts = talk.guest.get("/api/join/consent").await.unwrap();
    let text = &texts["texts"][1];
    let no = json!({
        "choice": "transcription", "value": "none", "locale": texts["locale"],
        "version": text["version"], "sha256": text["sha256"],
    });
    talk.guest.post("/api/join/consent", no).await.unwrap();
    talk.resident_page.told_that(SOON, emptied).await.unwrap();
    Box::pin(talk.end(began)).await.unwrap();
    running.calls.stop().await;
}
