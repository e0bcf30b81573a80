//! At the counter: what she says there decides for the one microphone of the room, as her own taps
//! would, and whatever she changes holds from then on.

use super::choices::{Kept, each};
use super::*;

/// A talk at the counter: the nurse's page, and the microphone that it holds for her.
struct Together {
    interview: String,
    staff: Client,
    she: String,
    room: Page,
    counter: Page,
}

impl House {
    async fn at_counter(&self, manner: &str, answers: &[(&str, &str)]) -> Together {
        let mut staff = self.staff.clone();
        let booking = json!({
            "office": self.office, "name": "模擬 面談", "kana": KANA, "birth_date": BIRTH_DATE,
            "due_date": null, "weeks": { "weeks": 14, "days": 2 }, "kind": "notification",
            "method": "in_person", "scheduled_at": SystemClock.now().to_string(),
        });
        let booked = post(&mut staff, "/api/interviews", booking).await;
        let interview = booked["id"].as_str().unwrap().to_owned();
        let it = format!("/api/interviews/{interview}");
        post(&mut staff, &format!("{it}/counter"), json!({})).await;
        let she = self.last_guest(&interview).await;
        // No phone of hers answers.
        let mut nobody = staff.clone();
        for (choice, value) in answers {
            let whose = (interview.as_str(), she.as_str());
            answer(&mut staff, &mut nobody, whose, manner, choice, value).await;
        }
        let open = async |path: &str| {
            let door = staff.door(&format!("{it}/{path}"));
            Page::open(&door, Resumption::default()).await.unwrap()
        };
        let room = open("socket").await;
        let mut counter = open("counter/socket").await;
        post(
            &mut staff,
            &format!("{it}/participants/{she}/admit"),
            json!({}),
        )
        .await;
        let inside = |event: &Value| event["type"] == "place" && event["data"]["place"] == "inside";
        counter.told_that(SOON, inside).await.unwrap();
        Together {
            interview,
            staff,
            she,
            room,
            counter,
        }
    }
}

/// Before, the manner of it all, what she changes in the talk, and what holds after it.
type Row = (
    Kept,
    &'static str,
    &'static [(&'static str, &'static str)],
    Kept,
);

const ROWS: &[Row] = &[
    (Kept::Nothing, "spoken", &[], Kept::Nothing),
    (Kept::Nothing, "paper", &[], Kept::Nothing),
    (Kept::Captions, "spoken", &[], Kept::Captions),
    (Kept::Captions, "paper", &[], Kept::Captions),
    (Kept::Text, "paper", &[], Kept::Text),
    (Kept::Sound, "spoken", &[], Kept::Sound),
    (Kept::Sound, "paper", &[], Kept::Sound),
    (
        Kept::Sound,
        "spoken",
        &[("transcription", "none")],
        Kept::Nothing,
    ),
    (
        Kept::Text,
        "paper",
        &[("transcription", "captions_only")],
        Kept::Captions,
    ),
    (
        Kept::Nothing,
        "spoken",
        &[("transcription", "transcript"), ("keep_audio", "no")],
        Kept::Text,
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_she_says_at_the_counter_decides_for_its_one_microphone() {
    let house = House::open().await;
    each(
        &house,
        ROWS,
        |house, (before, manner, answers, after)| async move {
            let row = format!("{before:?} to {after:?} by {manner}");
            let mut talk = house.at_counter(manner, &before.answers()).await;
            let (it, she) = (talk.interview.clone(), talk.she.clone());
            let mut microphone = talk.counter.join(&loopback()).await.unwrap();
            microphone.play(&sentence()).await.unwrap();
            let told = words(&mut talk.room).await;
            let heard = told.get(&she).is_some_and(|it| it.contains("segment"));
            assert_eq!(heard, before.shown(), "{row}: {told:?}");
            let flagged = told.values().any(|kinds| kinds.contains("flag"));
            assert_eq!(flagged, before.written(), "{row}: {told:?}");
            let taps: BTreeSet<_> = house.taps_of(&she).into_iter().collect();
            assert_eq!(taps, before.tap().into_iter().collect(), "{row}");
            let first = house.left_of(&it, &she).await;
            before.expect(&first, false, &row);
            let mut nobody = talk.staff.clone();
            for (choice, value) in answers {
                let whose = (it.as_str(), she.as_str());
                answer(&mut talk.staff, &mut nobody, whose, manner, choice, value).await;
            }
            if before != after {
                tap_is(&mut talk.room, &she, after.allowed()).await;
                microphone.play(&sentence()).await.unwrap();
                let told = words(&mut talk.room).await;
                let heard = told.get(&she).is_some_and(|it| it.contains("segment"));
                assert_eq!(heard, after.shown(), "{row}: {told:?}");
            }
            let it = format!("/api/interviews/{it}");
            post(&mut talk.staff, &format!("{it}/end"), json!({})).await;
            for _ in 0..100 {
                let transcript = talk.staff.get(&format!("{it}/transcript")).await.unwrap();
                if transcript["complete"] == true {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let last = house.left_of(&talk.interview, &she).await;
            if before == after {
                after.expect(&last, true, &row);
            } else {
                // What was written stays, and what may not be is not.
                let more = last.segments > first.segments;
                assert_eq!(more, after.written(), "{row}: {last:?}");
                assert!(last.segments >= first.segments, "{row}: {last:?}");
                let sound = before == Kept::Sound || after == Kept::Sound;
                assert_eq!(last.blobs > 0, sound, "{row}: {last:?}");
                assert_eq!(last.spool, BTreeSet::new(), "{row}");
            }
        },
    )
    .await;
}
