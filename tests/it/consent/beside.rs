//! A second voice at her microphone: 同席者が話す.

use super::along::all_speak;
use super::choices::Kept;
use super::*;

/// The path of what staff note about this microphone.
fn path(live: &Live) -> String {
    let (id, she) = (&live.interview, &live.resident_id);
    format!("/api/interviews/{id}/participants/{she}/second-voice")
}

async fn flag(live: &mut Live) -> Value {
    let path = format!("/api/interviews/{}/flags", live.interview);
    let flags = live.staff.get(&path).await.unwrap();
    let all = flags["flags"].as_array().unwrap();
    let found = all.iter().find(|flag| flag["item"] == "partner_violence");
    found.cloned().unwrap_or_default()
}

async fn coverage(live: &mut Live) -> Value {
    let path = format!("/api/interviews/{}/flags", live.interview);
    let flags = live.staff.get(&path).await.unwrap();
    let all = flags["coverage"].as_array().unwrap();
    let item = all.iter().find(|it| it["item"] == "partner_violence");
    item.unwrap()["state"].clone()
}

async fn says(live: &mut Live, she: &str) -> bool {
    let told = speak(live).await;
    // The positive control: the other voice is written down all the time.
    assert!(told.keys().any(|of| of != she && of != "all"), "{told:?}");
    told.contains_key(she)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_voice_at_her_microphone_pauses_it_until_it_agrees_and_marks_what_is_found() {
    let house = House::open().await;
    let answers = [
        ("interview", "yes"),
        ("transcription", "transcript"),
        ("keep_audio", "yes"),
        ("sharing", "yes"),
    ];
    let mut live = house.talk("tap", &answers).await;
    let began = Instant::now();
    let (she, interview) = (live.resident_id.clone(), live.interview.clone());
    assert!(says(&mut live, &she).await);
    let before = flag(&mut live).await;
    assert_eq!(before["speaker_unknown"], false, "{before}");
    assert_ne!(coverage(&mut live).await, "not_asked");
    let path = path(&live);
    let read = live
        .staff
        .get(&format!("/api/interviews/{interview}/consent-texts"))
        .await
        .unwrap();
    let read = json!({
        "locale": "ja-x-easy", "version": read["second_voice"]["version"],
        "sha256": read["second_voice"]["sha256"],
    });
    // Nobody answers who was not noted, and a yes to nothing that was read is none.
    for (body, status) in [
        (json!({ "said": "agrees", "read": read }), "409"),
        (json!({ "said": "gone" }), "409"),
    ] {
        let refused = live.staff.post(&path, body).await.unwrap_err();
        assert!(refused.to_string().contains(status), "{refused}");
    }

    post(&mut live.staff, &path, json!({ "said": "speaks" })).await;
    tap_is(&mut live.nurse_page, &she, "second_voice").await;
    tap_is(&mut live.resident_page, &she, "second_voice").await;
    let taps = house.taps_of(&she).len();
    assert_eq!(coverage(&mut live).await, "not_asked");
    assert!(!says(&mut live, &she).await, "who was not asked was heard");
    let unread = live
        .staff
        .post(&path, json!({ "said": "agrees" }))
        .await
        .unwrap_err();
    assert!(unread.to_string().contains("422"), "{unread}");
    let refuses = json!({ "said": "refuses", "read": read });
    post(&mut live.staff, &path, refuses).await;
    assert!(!says(&mut live, &she).await, "who refused was heard");
    assert_eq!(house.taps_of(&she).len(), taps);
    // It lasts also when her page comes back.
    let door = live.guest.door("/api/join/socket");
    live.resident_page = Page::open(&door, Resumption::default()).await.unwrap();
    tap_is(&mut live.resident_page, &she, "second_voice").await;
    live.resident = live.resident_page.join(&loopback()).await.unwrap();
    assert!(!says(&mut live, &she).await);

    let agrees = json!({ "said": "agrees", "read": read });
    post(&mut live.staff, &path, agrees).await;
    tap_is(&mut live.nurse_page, &she, "transcript_and_audio").await;
    assert!(says(&mut live, &she).await);
    let after = flag(&mut live).await;
    assert_eq!(after["speaker_unknown"], true, "{after}");
    // Another one begins to speak: asked anew, until they are gone.
    post(&mut live.staff, &path, json!({ "said": "speaks" })).await;
    tap_is(&mut live.nurse_page, &she, "second_voice").await;
    post(&mut live.staff, &path, json!({ "said": "gone" })).await;
    tap_is(&mut live.nurse_page, &she, "transcript_and_audio").await;
    assert_ne!(coverage(&mut live).await, "not_asked");
    let door = live
        .staff
        .get(&format!("/api/interviews/{interview}/door"))
        .await
        .unwrap();
    assert_eq!(door["guests"][0]["second_voice"], "nobody");

    let mut staff = live.staff.clone();
    let outcome = Box::pin(live.end(began)).await.unwrap();
    let hers = settled(&mut staff, &outcome, "resident").await;
    let nurses = settled(&mut staff, &outcome, "nurse").await;
    let refused = |account: &Value| account["gaps_ms"]["not_consented"].as_i64();
    assert!(refused(&hers) > Some(5_000), "{hers}");
    assert!(refused(&nurses).unwrap_or_default() < 1_000, "{nurses}");
    let over = staff.post(&path, json!({ "said": "speaks" })).await;
    assert!(over.unwrap_err().to_string().contains("409"));
    house.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_voice_at_a_companions_or_an_interpreters_microphone_stops_theirs_alone() {
    let house = House::open().await;
    let mut live = house.talk("tap", &Kept::Sound.answers()).await;
    let began = Instant::now();
    let (she, interview) = (live.resident_id.clone(), live.interview.clone());
    let mut others = Vec::new();
    for role in ["companion", "interpreter"] {
        let answers = Kept::Text.changed();
        let along = house.beside(&mut live, role, "tap", &answers);
        others.push(along.await);
    }
    let texts = format!("/api/interviews/{interview}/consent-texts");
    let read = live.staff.get(&texts).await.unwrap()["second_voice"].clone();
    let read = json!({
        "locale": "ja-x-easy", "version": read["version"], "sha256": read["sha256"],
    });
    for n in [0, 1] {
        let (whose, other) = (others[n].id.clone(), others[1 - n].id.clone());
        let path = format!("/api/interviews/{interview}/participants/{whose}/second-voice");
        post(&mut live.staff, &path, json!({ "said": "speaks" })).await;
        tap_is(&mut live.nurse_page, &whose, "second_voice").await;
        for said in ["speaks", "refuses"] {
            if said == "refuses" {
                let refuses = json!({ "said": said, "read": read });
                post(&mut live.staff, &path, refuses).await;
            }
            let tapped = house.tapped(&whose);
            let told = all_speak(&mut live, &mut others).await;
            assert!(!told.contains_key(&whose), "{n}, {said}: {told:?}");
            assert_eq!(house.tapped(&whose), tapped, "{n}, {said}");
            // The positive control: she and the other one are written down all the time.
            for heard in [&she, &other] {
                assert!(told.contains_key(heard), "{n}, {said}: {told:?}");
            }
        }
        let agrees = json!({ "said": "agrees", "read": read });
        post(&mut live.staff, &path, agrees).await;
        tap_is(&mut live.nurse_page, &whose, "transcript").await;
        let told = all_speak(&mut live, &mut others).await;
        assert!(told.contains_key(&whose), "{n}: {told:?}");
    }
    let mut staff = live.staff.clone();
    for other in others {
        other.voice.close().await;
    }
    let outcome = Box::pin(live.end(began)).await.unwrap();
    for role in ["companion", "interpreter"] {
        let account = settled(&mut staff, &outcome, role).await;
        let refused = account["gaps_ms"]["not_consented"].as_i64();
        assert!(refused > Some(3_000), "{role}: {account}");
    }
    house.closes().await;
}
