//! One microphone at the counter: what it hears is hers to allow and to take back, and nobody's words.

use super::withdrawal::{files_with, texts_of, traces};
use super::*;
use crate::common::rules::HIT;
use crate::interview::{account_sum, found};

/// Answers that she gave aloud.
const ALL: [(&str, &str); 4] = [
    ("interview", "yes"),
    ("transcription", "transcript"),
    ("keep_audio", "yes"),
    ("sharing", "no"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_microphone_at_the_counter_is_nobodys_voice_and_hers_to_take_back() {
    let scripted = Scripted::that_says(HIT);
    let running = service_that_hears(Some(&scripted as &dyn Recognizer)).await;
    let (mut staff, office) = signed_in(&running).await;
    let day = format!("/api/interviews?office={office}");
    let day = staff.get(&day).await.unwrap();
    let mut all = day["interviews"].as_array().unwrap().iter();
    let it = all.find(|it| it["method"] == "in_person").unwrap();
    let id = it["id"].as_str().unwrap().to_owned();
    let it = format!("/api/interviews/{id}");
    let open = async |staff: &yorisoi::simulate::client::Client, path: &str| {
        let door = staff.door(&format!("{it}/{path}"));
        Page::open(&door, Resumption::default()).await
    };
    let mut room = open(&staff, "socket").await.unwrap();
    assert!(
        open(&staff, "counter/socket").await.is_err(),
        "nobody there"
    );
    staff
        .post(&format!("{it}/counter"), json!({}))
        .await
        .unwrap();
    let door = staff.get(&format!("{it}/door")).await.unwrap();
    let she = door["guests"][0]["participant"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut counter = open(&staff, "counter/socket").await.unwrap();
    let seat = format!("{it}/participants/{she}");
    let texts = staff.get(&format!("{it}/consent-texts")).await.unwrap();
    let texts = texts["texts"].as_array().unwrap();
    for (choice, value) in ALL {
        let text = texts.iter().find(|text| text["choice"] == choice).unwrap();
        let body = json!({
            "choice": choice, "value": value, "manner": "spoken", "locale": "ja-x-easy",
            "version": text["version"], "sha256": text["sha256"],
        });
        staff.post(&format!("{seat}/consent"), body).await.unwrap();
    }
    staff
        .post(&format!("{seat}/admit"), json!({}))
        .await
        .unwrap();
    let inside = |event: &Value| event["type"] == "place" && event["data"]["place"] == "inside";
    counter.told_that(SOON, inside).await.unwrap();
    let mut microphone = counter.join(&loopback()).await.unwrap();
    microphone.play(&sentence()).await.unwrap();
    let said = room.told_that(SOON, own("segment", &she)).await.unwrap();
    assert!(said["data"]["text"].as_str().unwrap().starts_with(HIT));

    let read = format!("{it}/transcript");
    let transcript = staff.get(&read).await.unwrap();
    assert!(!texts_of(&transcript, "mixed").is_empty(), "{transcript}");
    assert!(texts_of(&transcript, "resident").is_empty());
    let flags = staff.get(&format!("{it}/flags")).await.unwrap();
    let flag = &flags["flags"][0];
    assert_eq!(flag["item"], "partner_violence", "{flags}");
    assert_eq!(flag["quotes"][0]["party"], "mixed");
    assert_eq!(flag["speaker_unknown"], true);

    // The positive control of the scan, through the same probe: what was spoken, its keys, its sound.
    let data = data_of(&running);
    let traces = traces(&data, &id, &she).await;
    assert_eq!(
        (traces.wrapped_keys.len(), traces.sealed_sound.len()),
        (2, 64)
    );
    assert!(!traces.sealed_words.is_empty());
    for trace in traces.all() {
        assert_ne!(files_with(&data, trace), Vec::<PathBuf>::new());
    }
    let had = room.resumption();

    let body = json!({ "manner": "spoken", "identity_checked": true });
    staff.post(&format!("{seat}/withdraw"), body).await.unwrap();
    let gone = |event: &Value| event["type"] == "withdrawn";
    room.told_that(SOON, gone).await.unwrap();
    for trace in traces.all() {
        assert_eq!(files_with(&data, trace), Vec::<PathBuf>::new());
    }
    assert!(spools(&running).is_empty(), "no file is being written");
    // The microphone speaks on, and no word of it is heard or told on either line.
    microphone.play(&sentence()).await.unwrap();
    let words = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        matches!(kind, "partial" | "segment" | "caption" | "flag")
    };
    silent(&mut room, words).await;
    silent(&mut counter, words).await;
    // Pages that were away are told how everything stands: what was kept for them is empty.
    for (path, had) in [
        ("socket", Resumption { last_seq: 2, ..had }),
        ("counter/socket", counter.resumption()),
    ] {
        let door = staff.door(&format!("{it}/{path}"));
        let mut back = Page::open(&door, had).await.unwrap();
        if path == "socket" {
            let stands = back.told(SOON).await.unwrap();
            assert_eq!(stands["type"], "snapshot");
            assert_eq!(stands["data"]["withdrawn"], json!([she]));
        }
        silent(&mut back, words).await;
    }
    let transcript = staff.get(&read).await.unwrap();
    assert!(texts_of(&transcript, "mixed").is_empty(), "{transcript}");
    assert_eq!(found(&running).await.1, 0, "no quote is left");
    staff.post(&format!("{it}/end"), json!({})).await.unwrap();
    running.closes().await;
    let transcript = staff.get(&read).await.unwrap();
    let accounts = transcript["accounts"].as_array().unwrap();
    let hers = accounts.iter().find(|it| it["party"] == "mixed").unwrap();
    assert!(account_sum(hers) > 0, "{transcript}");
}
