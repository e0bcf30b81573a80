//! The demo's interview of the past, as the nurse finds it at the first start.

use serde_json::Value;
use yorisoi::asr::Recognizer;
use yorisoi::demo;
use yorisoi::sound;
use yorisoi_domain::ids::InterviewId;
use yorisoi_domain::interview::State;
use yorisoi_store::Store as _;
use yorisoi_store_sqlite::SqliteStore;

use crate::common::scripted::Scripted;
use crate::demonstration::{demonstration, signed_in};
use crate::interview::account_sum;

/// Found by the rules that ship.
const SAYS: &str = "死にたいと思うことがあります";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_interview_is_held_once_and_has_text_flags_sound_and_a_whole_account() {
    let scripted = Scripted::that_says(SAYS);
    let running = demonstration(None, Some(&scripted as &dyn Recognizer)).await;
    let (mut staff, office) = signed_in(&running).await;
    let notes = staff
        .get(&format!("/api/notes?office={office}"))
        .await
        .unwrap();
    let notes = notes["rows"].as_array().unwrap();
    assert_eq!(notes.len(), 1);
    assert_eq!(
        (&notes[0]["state"], &notes[0]["tier"]),
        (&"writing".into(), &"immediate".into())
    );
    let interview = notes[0]["interview"].as_str().unwrap();
    let read = async |staff: &mut yorisoi::simulate::client::Client, what: &str| {
        let path = format!("/api/interviews/{interview}/{what}");
        staff.get(&path).await.unwrap()
    };

    let transcript = read(&mut staff, "transcript").await;
    let segments = transcript["segments"].as_array().unwrap();
    let text = |it: &Value| it["text"].as_str().unwrap().to_owned();
    assert!(segments.iter().all(|it| text(it).starts_with(SAYS)));
    for party in ["nurse", "resident"] {
        assert!(segments.iter().any(|it| it["party"] == party), "{party}");
    }
    let flags = read(&mut staff, "flags").await;
    let flags = flags["flags"].as_array().unwrap();
    let quoted = |flag: &Value| flag["quotes"].as_array().unwrap().clone();
    assert!(!flags.is_empty());
    for quote in flags.iter().flat_map(quoted) {
        assert!(segments.iter().any(|it| it["id"] == quote["segment"]));
    }

    let file = running.folder.path().join("data/yorisoi.db");
    let store = SqliteStore::open(&file).await.unwrap();
    let id: InterviewId = interview.parse().unwrap();
    let row = store.read().await.unwrap().interview(id).await.unwrap();
    let State::Ended { start, at, .. } = row.unwrap().interview.state else {
        panic!("it is not over");
    };
    let lasted = u64::try_from(at.duration_since(start.at).as_millis()).unwrap();
    let accounts = transcript["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 2);
    for account in accounts {
        assert_eq!(account_sum(account), lasted, "{account}");
        assert!(account["speech_ms"].as_u64().unwrap() > 10_000, "{account}");
        assert_eq!(account["gaps_ms"]["absent"], Value::Null, "{account}");
    }

    // The first and the last of each voice sound as long as they were.
    for account in accounts {
        let own = segments.iter().filter(|it| it["party"] == account["party"]);
        let own: Vec<_> = own.collect();
        for segment in [own[0], own[own.len() - 1]] {
            let ms = |name: &str| segment[name].as_i64().unwrap();
            let (from, to) = (ms("start_ms"), ms("end_ms"));
            let track = account["track"].as_str().unwrap();
            let audio = format!(
                "/api/interviews/{interview}/audio?track={track}&from_ms={from}&to_ms={to}"
            );
            let ogg = staff.file(&audio).await.unwrap();
            assert!(ogg.starts_with(b"OggS"));
            let file = running.folder.path().join("heard.ogg");
            std::fs::write(&file, ogg).unwrap();
            let heard = sound::read(&file).unwrap();
            let heard_ms = i64::try_from(heard.len() / 16).unwrap();
            assert!(
                (heard_ms - (to - from)).abs() <= 40,
                "{heard_ms} of {segment}"
            );
            assert!(heard.iter().any(|sample| sample.abs() > 0.05), "{segment}");
        }
    }

    // The next start finds people and hears nothing again.
    let again = demo::prepare(&running.folder.path().join("data"), false)
        .await
        .unwrap();
    let before = scripted.heard().len();
    again.remember(&running.app, &scripted, 1).await.unwrap();
    assert_eq!(scripted.heard().len(), before);
}
