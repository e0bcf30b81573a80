//! What a guest's socket may say, before and after being let in.

use std::time::Duration;

use serde_json::{Value, json};
use yorisoi::simulate::page::PageError;
use yorisoi::simulate::participant::Participant;
use yorisoi_domain::consent::Transcription;

use crate::call::Talk;
use crate::media::loopback;

fn refused(asked: Result<Value, PageError>) -> String {
    match asked {
        Err(PageError::Refused(problem)) => problem.rsplit(':').next().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_residents_socket_takes_no_word_of_the_staff() {
    let talk = Talk::new(Transcription::Transcript).await;
    let (mut nurse, mut resident) = (talk.page(0).await, talk.page(1).await);
    let engine = loopback();
    let (waiting, offer) = Participant::offer(&engine).await.unwrap();
    let early = resident.ask("offer", json!({ "sdp": offer })).await;
    assert_eq!(refused(early), "not-admitted");
    waiting.close().await;
    talk.admit(1).await;

    // Everything that staff are told or do, as a message: none of them is one.
    let id = "00000000-0000-7000-8000-00000000000a";
    for word in [
        "admit",
        "refuse",
        "ask_to_wait",
        "end",
        "over",
        "pause",
        "pause_talk",
        "tap",
        "consent",
        "give_consent",
        "withdraw",
        "withdrawn",
        "segment",
        "partial",
        "gap",
        "behind",
        "flag",
        "flag_gone",
        "confirm_flag",
        "dismiss_flag",
        "add_flag",
        "coverage",
        "tick_item",
        "alert",
        "open_alert",
        "note",
        "save_note",
        "submit_note",
        "approve_note",
        "sign_flag",
        "memo",
        "participant",
        "slots",
        "screen",
        "place",
        "nearby",
        "snapshot",
        "disable_user",
        "Offer",
        "OFFER",
        "",
        "offer\u{0}",
        "__proto__",
    ] {
        let data = json!({ "on": true, "id": id, "participant": id, "seat": id, "role": "nurse" });
        let asked = resident.ask(word, data).await;
        assert_eq!(refused(asked), "malformed", "{word:?}");
    }
    // So much at once is slowed down; that passes.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    // Nor does a known one say more than it may: whose microphone it is, the seat says.
    let more = json!({ "on": true, "participant": id, "seat": id, "as": "nurse" });
    resident.ask("muted", more).await.unwrap();
    let told = async |page: &mut yorisoi::simulate::page::Page| {
        let mut told = Vec::new();
        while let Ok(event) = page.told(Duration::from_millis(300)).await {
            told.push(event);
        }
        told
    };
    let seen = told(&mut nurse).await;
    let muted: Vec<_> = seen
        .iter()
        .filter(|event| event["data"]["muted"] == true)
        .collect();
    assert!(!muted.is_empty(), "the control: {seen:?}");
    assert!(
        muted.iter().all(|event| event["data"]["role"] != "nurse"),
        "{muted:?}"
    );
    for event in told(&mut resident).await {
        let kind = event["type"].as_str().unwrap();
        let clinical = [
            "flag", "coverage", "segment", "partial", "note", "alert", "behind",
        ];
        assert!(
            !clinical.iter().any(|word| kind.starts_with(word)),
            "{kind}"
        );
    }
    // The talk goes on.
    let mut inside = resident.join(&engine).await.unwrap();
    inside.play(&[]).await.unwrap();
    nurse.ask("ping", json!({})).await.unwrap();
}
