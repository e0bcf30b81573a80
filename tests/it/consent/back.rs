//! Words that are taken back while the talk goes on: whose, in which manner, and whatever holds then.

use super::along::{Along, all_speak};
use super::choices::{Kept, MANNERS, captions, each, replayed};
use super::*;
use crate::voice::withdrawal::{files_with, traces};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum While {
    Talking,
    Paused,
    /// Somebody beside them was noted, and not asked yet.
    Beside,
    /// They are not written down.
    Captioned,
}

const ALL: [While; 4] = [
    While::Talking,
    While::Paused,
    While::Beside,
    While::Captioned,
];

/// Each of the three by each manner, and each of the three in each state of the talk.
fn rows() -> Vec<(&'static str, &'static str, While)> {
    let mut rows = Vec::new();
    for (shift, who) in ["resident", "companion", "interpreter"]
        .into_iter()
        .enumerate()
    {
        for (n, state) in ALL.into_iter().enumerate() {
            rows.push((who, MANNERS[(n + shift) % MANNERS.len()], state));
        }
    }
    rows
}

/// What a guest's page shows last of a voice.
async fn standing(page: &mut Page, of: &str) -> String {
    let mut last = String::new();
    let caption = |event: &Value| event["type"] == "caption" && event["data"]["participant"] == of;
    while let Ok(event) = page.told_that(QUIET, caption).await {
        event["data"]["text"]
            .as_str()
            .unwrap()
            .clone_into(&mut last);
    }
    last
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_back_in_the_talk_is_gone_whatever_holds_then_and_the_others_stay() {
    let house = House::open().await;
    each(&house, &rows(), |house, (who, manner, state)| async move {
        let row = format!("{who} by {manner} while {state:?}");
        let kept = match state {
            While::Captioned => Kept::Captions,
            _ => Kept::Sound,
        };
        let hers = if who == "resident" { kept } else { Kept::Sound };
        let mut live = house.talk("tap", &hers.answers()).await;
        let began = Instant::now();
        let (she, interview) = (live.resident_id.clone(), live.interview.clone());
        let role = if who == "interpreter" {
            who
        } else {
            "companion"
        };
        let other = house.beside(&mut live, role, "tap", &kept.changed()).await;
        let mut others = [other];
        let whose = match who {
            "resident" => she.clone(),
            _ => others[0].id.clone(),
        };
        let [other] = &mut others;
        let captioned = json!({ "on": true });
        other.page.ask("captions", captioned).await.unwrap();
        let told = all_speak(&mut live, &mut others).await;
        assert!(told.contains_key(&whose), "{row}: {told:?}");
        let data = house.running.folder.path().join("data");
        let traces = traces(&data, &interview, &whose).await;
        assert_eq!(traces.sealed_words.is_empty(), !kept.written(), "{row}");
        assert_eq!(
            traces.wrapped_keys.len(),
            if kept.written() { 2 } else { 0 }
        );
        let before = house.left_of(&interview, &whose).await;
        kept.expect(&before, false, &row);

        let path = format!("/api/interviews/{interview}");
        match state {
            While::Talking | While::Captioned => {}
            While::Paused => {
                let pause = format!("{path}/pause");
                post(&mut live.staff, &pause, json!({ "on": true })).await;
                tap_is(&mut live.nurse_page, &whose, "paused").await;
            }
            While::Beside => {
                let noted = format!("{path}/participants/{whose}/second-voice");
                post(&mut live.staff, &noted, json!({ "said": "speaks" })).await;
                tap_is(&mut live.nurse_page, &whose, "second_voice").await;
            }
        }
        let asked = Instant::now();
        if manner == "tap" {
            let [Along { client, .. }] = &mut others;
            let own = if who == "resident" {
                &mut live.guest
            } else {
                client
            };
            post(own, "/api/join/withdraw", json!({})).await;
        } else {
            // By whoever sits at another computer, which is told nothing of the talk.
            let take = format!("{path}/participants/{whose}/withdraw");
            let body = json!({ "manner": manner, "identity_checked": true });
            post(&mut house.elsewhere.clone(), &take, body).await;
        }
        assert!(asked.elapsed() < Duration::from_secs(60), "{row}");
        let withdrawn = |event: &Value| {
            event["type"] == "withdrawn" && event["data"]["participant"] == whose.as_str()
        };
        live.nurse_page.told_that(SOON, withdrawn).await.unwrap();
        assert_eq!(replayed(&mut live).await.get(&whose), None, "{row}");
        for trace in traces.all().filter(|trace| !trace.is_empty()) {
            assert_eq!(
                files_with(&data, trace),
                Vec::<std::path::PathBuf>::new(),
                "{row}"
            );
        }

        // What was paused goes on, and not for them.
        if state == While::Paused {
            let pause = format!("{path}/pause");
            post(&mut live.staff, &pause, json!({ "on": false })).await;
        }
        let [other] = &mut others;
        let standing = standing(&mut other.page, &whose).await;
        // A page leaves out what its own voice says.
        let theirs = who != "resident";
        assert!(theirs || standing.is_empty(), "{row}: {standing}");
        let tapped = house.tapped(&whose);
        let told = all_speak(&mut live, &mut others).await;
        assert_eq!(told.get(&whose), None, "{row}: {told:?}");
        assert_eq!(
            told.contains_key(&she),
            who != "resident",
            "{row}: {told:?}"
        );
        assert_eq!(house.tapped(&whose), tapped, "{row}");
        let [other] = &mut others;
        assert!(!captions(&mut other.page).await.contains(who), "{row}");
        let left = house.left_of(&interview, &whose).await;
        assert_eq!((left.segments, left.blobs), (0, 0), "{row}");
        assert_eq!(left.spool, BTreeSet::new(), "{row}");
        assert_eq!(left.decoders, before.decoders, "{row}");

        let lines = live
            .staff
            .get(&format!("{path}/withdrawals"))
            .await
            .unwrap();
        let all = lines.as_array().unwrap().iter();
        let mut own = all.filter(|it| it["participant"] == whose.as_str());
        let number = own.next().unwrap()["certificate"]["certificate"].clone();
        let number = number.as_str().expect(&row).to_owned();
        let certificate = format!("/api/certificates/{number}");
        let line = live.staff.get(&certificate).await.unwrap();
        assert_eq!(line["manner"], manner, "{row}: {line}");
        assert!(line["done_at"].is_string(), "{row}: {line}");
        let mut staff = live.staff.clone();
        let [other] = others;
        other.voice.close().await;
        let outcome = Box::pin(live.end(began)).await.unwrap();
        let account = settled(&mut staff, &outcome, who).await;
        assert_eq!(account["speech_ms"], 0, "{row}: {account}");
        assert_eq!(account["silence_ms"], 0, "{row}: {account}");
    })
    .await;
}
