//! Whoever comes along, companion and interpreter side by side in one talk: each answer, in each manner,
//! before they are let in and in the middle of the talk, for their own track alone.

use yorisoi::simulate::participant::Participant;

use super::choices::{Kept, MANNERS, captions, each, replayed};
use super::*;

/// One of them, inside.
pub(super) struct Along {
    pub(super) role: &'static str,
    pub(super) client: Client,
    pub(super) id: String,
    pub(super) page: Page,
    pub(super) voice: Participant,
}

impl House {
    pub(super) async fn beside(
        &self,
        live: &mut Live,
        role: &'static str,
        manner: &str,
        answers: &[(&str, &str)],
    ) -> Along {
        let (client, id) = self.comes_along(live, role, manner, answers).await;
        let interview = live.interview.clone();
        let (staff, nurse) = (&mut live.staff, &mut live.nurse_page);
        let mut page = enter(staff, nurse, &client, &interview, &id).await;
        let voice = page.join(&loopback()).await.unwrap();
        Along {
            role,
            client,
            id,
            page,
            voice,
        }
    }
}

/// The resident and all of them, each a sentence; what the nurse's page was told.
pub(super) async fn all_speak(
    live: &mut Live,
    others: &mut [Along],
) -> BTreeMap<String, BTreeSet<String>> {
    let sentence = sentence();
    let voices = others.iter_mut().map(|it| it.voice.play(&sentence));
    let (hers, theirs) = tokio::join!(
        live.resident.play(&sentence),
        futures_util::future::join_all(voices)
    );
    hers.unwrap();
    for one in theirs {
        one.unwrap();
    }
    words(&mut live.nurse_page).await
}

/// What holds before, and what after: each answer is one to which they change.
const CELLS: [(Kept, Kept); 4] = [
    (Kept::Sound, Kept::Nothing),
    (Kept::Captions, Kept::Text),
    (Kept::Text, Kept::Captions),
    (Kept::Nothing, Kept::Sound),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_along_has_every_answer_in_every_manner_before_the_talk_and_in_it() {
    let house = House::open().await;
    let rows: Vec<_> = CELLS
        .iter()
        .flat_map(|(before, after)| MANNERS.map(|manner| (*before, *after, manner)))
        .collect();
    each(&house, &rows, |house, (before, after, manner)| async move {
        let row = format!("{before:?} to {after:?} by {manner}");
        let mut live = house.talk("tap", &Kept::Sound.answers()).await;
        let began = Instant::now();
        let (she, interview) = (live.resident_id.clone(), live.interview.clone());
        let mut others = Vec::new();
        for role in ["companion", "interpreter"] {
            let answers = before.changed();
            let along = house.beside(&mut live, role, manner, &answers);
            others.push(along.await);
        }
        let captioned = json!({ "on": true });
        live.resident_page.ask("captions", captioned).await.unwrap();
        let told = all_speak(&mut live, &mut others).await;
        assert!(told.contains_key(&she), "{row}: {told:?}");
        let seen = captions(&mut live.resident_page).await;
        let mut first = BTreeMap::new();
        for other in &others {
            let row = format!("{}: {row}", other.role);
            let words = told.get(&other.id).is_some_and(|it| it.contains("segment"));
            assert_eq!(words, before.shown(), "{row}: {told:?}");
            assert_eq!(seen.contains(other.role), before.shown(), "{row}: {seen:?}");
            let taps: BTreeSet<_> = house.taps_of(&other.id).into_iter().collect();
            assert_eq!(taps, before.tap().into_iter().collect(), "{row}");
            let left = house.left_of(&interview, &other.id).await;
            before.expect(&left, false, &row);
            first.insert(other.role, left);
        }

        for other in &mut others {
            for (choice, value) in after.changed() {
                let ids = (interview.as_str(), other.id.as_str());
                let (staff, own) = (&mut live.staff, &mut other.client);
                answer(staff, own, ids, manner, choice, value).await;
            }
            tap_is(&mut live.nurse_page, &other.id, after.allowed()).await;
        }
        if !after.shown() {
            let again = replayed(&mut live).await;
            let theirs = others.iter().filter(|it| again.contains_key(&it.id));
            assert_eq!(theirs.count(), 0, "{row}: {again:?}");
        }
        let tapped: Vec<_> = others.iter().map(|it| house.tapped(&it.id)).collect();
        let told = all_speak(&mut live, &mut others).await;
        // The positive control: she is heard all the time, and nothing of hers changed.
        assert!(told.contains_key(&she), "{row}: {told:?}");
        let hers: BTreeSet<_> = house.taps_of(&she).into_iter().collect();
        assert_eq!(hers, BTreeSet::from([Tap::TextAndAudio]), "{row}");
        let seen = captions(&mut live.resident_page).await;
        assert!(seen.contains("resident"), "{row}: {seen:?}");
        for (other, tapped) in others.iter().zip(tapped) {
            let row = format!("{}: {row}", other.role);
            let words = told.get(&other.id).is_some_and(|it| it.contains("segment"));
            assert_eq!(words, after.shown(), "{row}: {told:?}");
            assert_eq!(seen.contains(other.role), after.shown(), "{row}: {seen:?}");
            if after.shown() {
                assert_eq!(
                    house.taps_of(&other.id).last().copied(),
                    after.tap(),
                    "{row}"
                );
            } else {
                assert_eq!(house.tapped(&other.id), tapped, "{row}");
            }
        }
        let mut staff = live.staff.clone();
        let mut ids = Vec::new();
        for other in others {
            other.voice.close().await;
            ids.push((other.role, other.id));
        }
        let outcome = Box::pin(live.end(began)).await.unwrap();
        settled(&mut staff, &outcome, "companion").await;
        for (role, id) in ids {
            let (row, first) = (format!("{role}: {row}"), &first[role]);
            let last = house.left_of(&interview, &id).await;
            assert_eq!(last.segments > first.segments, after.written(), "{row}");
            assert!(last.segments >= first.segments, "{row}: something is gone");
            let sound = before == Kept::Sound || after == Kept::Sound;
            assert_eq!(last.blobs > 0, sound, "{row}: {last:?}");
            assert_eq!(last.spool, BTreeSet::new(), "{row}");
            if !after.shown() {
                assert_eq!(last.decoders, first.decoders, "{row}");
            }
        }
    })
    .await;
}
