//! Text that comes late is told to be late, as long as it is.

use yorisoi::simulate::interview::{Voices, hold};

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
    let slow = Scripted::new().that_takes(Duration::from_millis(5_500));
    let running = service_that_hears(Some(&slow as &dyn Recognizer)).await;
    let mut talk = live(&running, false).await;
    let she = talk.resident_id.clone();
    talk.resident.play(&sentence()).await.unwrap();
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
