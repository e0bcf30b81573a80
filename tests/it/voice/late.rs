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
    running.calls.stop().await;
}
