//! The account of time against what was done to her voice.

use yorisoi::simulate::account::{Played, against};
use yorisoi::simulate::interview::{Voices, hold};
use yorisoi::simulate::plant::in_order;
use yorisoi::simulate::text::{Text, spoken};
use yorisoi_domain::transcript::account::GapReason;

use super::*;
use crate::common::scripted::Scripted;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_planted_mute_stands_in_her_account_and_the_rest_is_speech() {
    let scripted = Scripted::new();
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let (mut staff, office) = signed_in(&running).await;
    let file = data("speech/sentence.opus");
    let sentence = sound::read(&file).unwrap();
    let twice = [&sentence[..], &[0.0; 16_000], &sentence, &[0.0; 16_000]].concat();
    let spoken = spoken(&file, "resident", &twice).unwrap().utterances;
    let packets = voice::packets(&twice).unwrap();
    let voices = Voices {
        nurse: packets.clone(),
        resident: packets,
    };
    // From the middle of the first sentence into the second.
    let first = sentence.len() as f64 / 16_000.0;
    let mute = format!("mute={}-{}", first / 2.0, first + 1.5);
    let plants = in_order(vec![mute.parse().unwrap()], 60.0).unwrap();
    let setting = Setting {
        plants: &plants,
        ..setting(&office, "transcript")
    };
    let mut outcome = Box::pin(hold(&staff, setting, &loopback(), &voices))
        .await
        .unwrap();
    settled(&mut staff, &outcome, "resident").await;
    let path = format!("/api/interviews/{}/transcript", outcome.interview);
    let transcript = staff.get(&path).await.unwrap();
    let played = |party| Played {
        party,
        spoken: Some(&spoken[..]),
        began_ms: Text::of(&outcome).began_ms,
    };
    let hers = against(played("resident"), &outcome, &transcript);
    let nurses = against(played("nurse"), &outcome, &transcript);
    let [mute] = hers.planted.as_slice() else {
        panic!("{hers:?}")
    };
    assert_eq!(mute.reason, GapReason::Muted);
    assert!(mute.compared.holds, "{hers:?}");
    assert!(mute.compared.found_ms > 1_500, "{hers:?}");
    assert!(nurses.planted.is_empty(), "{nurses:?}");
    let (hers, nurses) = (hers.speech.unwrap(), nurses.speech.unwrap());
    assert!(hers.holds && nurses.holds, "{hers:?} {nurses:?}");
    assert!(hers.expected_ms < nurses.expected_ms);
    // The same account does not hold what was not done.
    let played = played("resident");
    outcome.planted[0].from_ms += 1_000;
    let other = against(played, &outcome, &transcript);
    assert!(!other.planted[0].compared.holds, "{other:?}");
    running.closes().await;
}
