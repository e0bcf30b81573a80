//! One microphone at the counter: what it hears is hers to allow and to take back, and nobody's words.

use super::withdrawal::texts_of;
use super::*;
use crate::common::rules::HIT;
use crate::interview::{account_sum, found};

/// Answers that she gave aloud.
const ALL: [(&str, &str); 4] = [
    ("interview", "yes"),
    ("transcription", "transcript"),
    ("keep_audio", "no"),
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
    let it = format!("/api/interviews/{}", it["id"].as_str().unwrap());
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

    let body = json!({ "manner": "spoken", "identity_checked": true });
    staff.post(&format!("{seat}/withdraw"), body).await.unwrap();
    let gone = |event: &Value| event["type"] == "withdrawn";
    room.told_that(SOON, gone).await.unwrap();
    let transcript = staff.get(&read).await.unwrap();
    assert!(texts_of(&transcript, "mixed").is_empty(), "{transcript}");
    assert_eq!(found(&running).await.1, 0, "no quote is left");
    staff.post(&format!("{it}/end"), json!({})).await.unwrap();
    running.calls.stop().await;
    let transcript = staff.get(&read).await.unwrap();
    let accounts = transcript["accounts"].as_array().unwrap();
    let hers = accounts.iter().find(|it| it["party"] == "mixed").unwrap();
    assert!(account_sum(hers) > 0, "{transcript}");
}
