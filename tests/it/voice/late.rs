//! Text that comes late is told to be late, as long as it is.

use tokio::task::{JoinSet, LocalSet};
use yorisoi::simulate::interview::{Voices, hold};

use super::deaf::until;
use super::*;
use crate::interview::told;

/// One voice says one sentence, so that no other final waits for its turn. The talk ends while it
/// is being recognised.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_one_decode_takes_long_the_page_is_told_again_and_again_how_late_the_text_is() {
    let slow = Scripted::new().that_takes(Duration::from_millis(5_500));
    let running = service_that_hears(Some(&slow as &dyn Recognizer)).await;
    let (staff, office) = signed_in(&running).await;
    let pause = voice::packets(&[0.0; 16_000 * 3]).unwrap();
    let spoken = [sentence(), pause].concat();
    let silence = voice::packets(&vec![0.0; spoken.len() * 320]).unwrap();
    let voices = Voices {
        nurse: silence,
        resident: spoken,
    };
    let setting = setting(&office, "transcript");
    let outcome = Box::pin(hold(&staff, setting, &loopback(), &voices))
        .await
        .unwrap();
    let she = &told(&outcome, "segment")[0]["participant"];
    let behind = told(&outcome, "behind");
    assert!(
        behind.iter().all(|it| it["participant"] == *she),
        "who says nothing is not late: {behind:?}"
    );
    let waiting: Vec<u64> = behind
        .iter()
        .map(|it| it["waiting_ms"].as_u64().unwrap())
        .collect();
    let (last, late) = waiting.split_last().unwrap();
    assert_eq!(*last, 0, "it is in time again: {waiting:?}");
    assert!(late.len() >= 2 && late[0] >= 3_000, "{waiting:?}");
    assert!(late.windows(2).all(|pair| pair[1] > pair[0]), "{waiting:?}");
    running.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_back_after_the_end_is_not_told_although_it_is_still_being_recognised() {
    let slow = Scripted::new().that_waits();
    let running = service_that_hears(Some(&slow as &dyn Recognizer)).await;
    let mut talk = live(&running, false).await;
    let she = talk.resident_id.clone();
    talk.resident.play(&sentence()).await.unwrap();
    until("nothing is being recognised", || slow.waits()).await;
    let own_path = |what| format!("/api/interviews/{}/{what}", talk.interview);
    let (end, withdraw) = (
        own_path("end".to_owned()),
        own_path(format!("participants/{she}/withdraw")),
    );
    let transcript = own_path("transcript".to_owned());
    talk.staff.post(&end, json!({})).await.unwrap();
    let so_far = talk.staff.get(&transcript).await.unwrap();
    assert_eq!(so_far["complete"], false);
    talk.staff
        .post(
            &withdraw,
            json!({ "manner": "spoken", "identity_checked": true }),
        )
        .await
        .unwrap();
    slow.goes_on();
    let mut kinds = Vec::new();
    while let Ok(event) = talk.nurse_page.told(SOON).await {
        if event["data"]["participant"] == she.as_str() {
            kinds.push(event["type"].as_str().unwrap().to_owned());
        }
    }
    assert!(kinds.iter().any(|it| it == "withdrawn"), "{kinds:?}");
    assert!(!kinds.iter().any(|it| it == "segment"), "{kinds:?}");
    running.closes().await;
    let whole = talk.staff.get(&transcript).await.unwrap();
    assert_eq!(whole["complete"], true);
    assert_eq!(whole["segments"], json!([]));
}

/// What stops a voice in the middle of a sentence: what was agreed to, how the tap is then, and whether
/// what was said by then stays.
const STOPPED: [(&str, &str, &str, bool); 5] = [
    ("captions_only", "no", "nothing", false),
    ("captions_only", "pause", "paused", false),
    ("captions_only", "speaks", "second_voice", false),
    ("transcript", "no", "nothing", true),
    ("transcript", "speaks", "second_voice", true),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_still_being_recognised_when_she_says_no_is_shown_to_nobody_any_more() {
    let (rows, mut talks) = (LocalSet::new(), JoinSet::new());
    for (agreed, stop, allowed, written) in STOPPED {
        let talk = async move {
            let told = stopped(agreed, stop, allowed).await;
            // What was allowed when it was said stands in the records, and is told when it is final.
            let segment = written.then(|| "segment".to_owned());
            let due = (Vec::from_iter(segment), written);
            assert_eq!(told, due, "{agreed}, {stop}");
        };
        talks.spawn_local_on(talk, &rows);
    }
    let all = async {
        while let Some(done) = talks.join_next().await {
            done.unwrap();
        }
    };
    rows.run_until(all).await;
}

/// In a talk of its own, what the nurse's page is told of her words after her voice was stopped, and
/// whether any of them are in the records.
async fn stopped(agreed: &str, stop: &str, allowed: &str) -> (Vec<String>, bool) {
    const QUIET: Duration = Duration::from_secs(5);
    let slow = Scripted::new().that_waits();
    let running = service_that_hears(Some(&slow as &dyn Recognizer)).await;
    let (staff, office) = signed_in(&running).await;
    let setting = setting(&office, agreed);
    let mut talk = Box::pin(begin(&staff, setting, &loopback())).await.unwrap();
    let began = Instant::now();
    let she = talk.resident_id.clone();
    let texts = talk.guest.get("/api/join/consent").await.unwrap();
    let mut sentence = sentence();
    // She has not ended it.
    sentence.truncate(sentence.len() - 100);
    talk.resident.play(&sentence).await.unwrap();
    until("nothing is being recognised", || slow.waits()).await;
    match stop {
        "no" => {
            let text = &texts["texts"][1];
            let no = json!({
                "choice": "transcription", "value": "none", "locale": texts["locale"],
                "version": text["version"], "sha256": text["sha256"],
            });
            talk.guest.post("/api/join/consent", no).await.unwrap();
        }
        "pause" => {
            let on = json!({ "on": true });
            talk.guest.post("/api/join/pause", on).await.unwrap();
        }
        _ => {
            let path = format!("participants/{she}/second-voice");
            let path = format!("/api/interviews/{}/{path}", talk.interview);
            let speaks = json!({ "said": stop });
            talk.staff.post(&path, speaks).await.unwrap();
        }
    }
    let closed = |event: &Value| own("tap", &she)(event) && event["data"]["allowed"] == allowed;
    talk.nurse_page.told_that(SOON, closed).await.unwrap();
    slow.goes_on();
    let mut kinds = Vec::new();
    let (partial, segment) = (own("partial", &she), own("segment", &she));
    let of_hers = |event: &Value| partial(event) || segment(event);
    // One decode that was under way, and the last one.
    while let Ok(event) = talk.nurse_page.told_that(QUIET, of_hers).await {
        kinds.push(event["type"].as_str().unwrap().to_owned());
    }
    let path = format!("/api/interviews/{}/transcript", talk.interview);
    let transcript = talk.staff.get(&path).await.unwrap();
    let written = transcript["segments"] != json!([]);
    Box::pin(talk.end(began)).await.unwrap();
    running.closes().await;
    (kinds, written)
}
