//! The resident's own answers: before the talk and in the middle of it, by tap, aloud and on paper.

use tokio::sync::Semaphore;

use super::*;

/// What may come of her voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Nothing,
    Captions,
    Text,
    Sound,
}

impl Kept {
    pub(super) fn tap(self) -> Option<Tap> {
        match self {
            Self::Nothing => None,
            Self::Captions => Some(Tap::MemoryOnly),
            Self::Text => Some(Tap::Text),
            Self::Sound => Some(Tap::TextAndAudio),
        }
    }

    /// As the pages are told.
    pub(super) fn allowed(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Captions => "captions_only",
            Self::Text => "transcript",
            Self::Sound => "transcript_and_audio",
        }
    }

    pub(super) fn answers(self) -> Vec<(&'static str, &'static str)> {
        let transcription = match self {
            Self::Nothing => "none",
            Self::Captions => "captions_only",
            Self::Text | Self::Sound => "transcript",
        };
        let mut answers = vec![("interview", "yes"), ("transcription", transcription)];
        match self {
            Self::Text => answers.push(("keep_audio", "no")),
            Self::Sound => answers.push(("keep_audio", "yes")),
            Self::Nothing | Self::Captions => {}
        }
        answers.push(("sharing", "yes"));
        answers
    }

    pub(super) fn shown(self) -> bool {
        self != Self::Nothing
    }

    pub(super) fn written(self) -> bool {
        matches!(self, Self::Text | Self::Sound)
    }

    /// What lies of a voice while it is heard, and when the talk is over.
    pub(super) fn expect(self, left: &Left, over: bool, row: &str) {
        let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
        let (keys, spool) = match self {
            Self::Nothing | Self::Captions => (set(&[]), set(&[])),
            // The keys of passing files are the files' own.
            Self::Text => (set(&["talk"]), set(&["passing"])),
            Self::Sound => (set(&["talk", "audio"]), set(&["kept"])),
        };
        assert_eq!(left.keys, keys, "{row}, over: {over}");
        assert_eq!(left.decoders > 0, self.shown(), "{row}, over: {over}");
        assert_eq!(left.segments > 0, self.written(), "{row}, over: {over}");
        if over {
            assert_eq!(left.spool, set(&[]), "{row}");
            assert_eq!(left.blobs > 0, self == Self::Sound, "{row}");
        } else {
            // Passing sound lies no longer than until her text is final, which it may be by now.
            let gone = self == Self::Text && left.spool.is_empty();
            assert!(gone || left.spool == spool, "{row}: {left:?}");
            assert_eq!(left.blobs, 0, "{row}");
        }
    }
}

/// Talks at a time, so that a busy machine hears them all in time.
const AT_ONCE: usize = 8;

/// Every talk of a table, and then what they left behind.
pub(super) async fn each<R: Clone + Send + 'static, F: Future<Output = ()> + Send + 'static>(
    house: &Arc<House>,
    rows: &[R],
    act: impl Fn(Arc<House>, R) -> F,
) {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut talks = tokio::task::JoinSet::new();
    for row in rows {
        let talk = act(Arc::clone(house), row.clone());
        let room = Arc::clone(&room);
        talks.spawn(async move {
            let _place = room.acquire_owned().await.unwrap();
            talk.await;
        });
    }
    while let Some(done) = talks.join_next().await {
        done.unwrap();
    }
    house.closes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_she_answers_before_the_talk_decides_for_every_voice_in_it() {
    let house = House::open().await;
    let mut rows = Vec::new();
    for kept in [Kept::Nothing, Kept::Captions, Kept::Text, Kept::Sound] {
        rows.extend(MANNERS.map(|manner| (kept, manner)));
    }
    each(&house, &rows, |house, (kept, manner)| async move {
        let row = format!("{kept:?} by {manner}");
        let mut live = house.talk(manner, &kept.answers()).await;
        let began = Instant::now();
        let (she, interview) = (live.resident_id.clone(), live.interview.clone());
        let nurse = nurse_of(&house, &live).await;
        let told = speak(&mut live).await;
        // She hears the nurse, whatever she agreed to.
        let received = live.resident.received();
        let heard: u64 = received.values().map(|it| it.packets()).sum();
        assert!(heard > 10, "{row}: {heard}");
        for voice in [&she, &nurse] {
            let taps: BTreeSet<_> = house.taps_of(voice).into_iter().collect();
            assert_eq!(taps, kept.tap().into_iter().collect(), "{row}");
            let words = told.get(voice).is_some_and(|it| it.contains("segment"));
            assert_eq!(words, kept.shown(), "{row}: {told:?}");
            kept.expect(&house.left_of(&interview, voice).await, false, &row);
        }
        let flagged = told.values().any(|kinds| kinds.contains("flag"));
        assert_eq!(flagged, kept.written(), "{row}: {told:?}");
        assert_eq!(found(&house, &interview).await > 0, kept.written(), "{row}");
        let mut staff = live.staff.clone();
        let outcome = Box::pin(live.end(began)).await.unwrap();
        let account = settled(&mut staff, &outcome, "resident").await;
        let gap = match kept {
            Kept::Nothing => Some("not_consented"),
            Kept::Captions => Some("captions_only"),
            Kept::Text | Kept::Sound => None,
        };
        let speech = account["speech_ms"].as_i64().unwrap();
        assert_eq!(speech > 0, kept.written(), "{row}: {account}");
        for reason in ["not_consented", "captions_only"] {
            let ms = account["gaps_ms"][reason].as_i64().unwrap_or_default();
            assert_eq!(ms > 1_500, gap == Some(reason), "{row}: {account}");
        }
        for voice in [&she, &nurse] {
            kept.expect(&house.left_of(&interview, voice).await, true, &row);
        }
    })
    .await;
}

pub(super) const MANNERS: [&str; 3] = ["tap", "spoken", "paper"];

type Answers = Vec<(&'static str, &'static str)>;

impl Kept {
    /// What is answered in the talk, so that from then on no more than this comes of it.
    pub(super) fn changed(self) -> Answers {
        let mine = |(choice, _): &(&str, &str)| matches!(*choice, "transcription" | "keep_audio");
        self.answers().into_iter().filter(mine).collect()
    }
}

/// Before, by which manner she changes what, and what holds after it.
type Change = (Kept, &'static str, Answers, Kept);

/// Every answer in every manner, from the one that is farthest from it; and what else there is.
fn changes() -> Vec<Change> {
    let mut rows = Vec::new();
    for (before, after) in [
        (Kept::Sound, Kept::Nothing),
        (Kept::Captions, Kept::Nothing),
        (Kept::Sound, Kept::Captions),
        (Kept::Captions, Kept::Text),
        (Kept::Nothing, Kept::Sound),
    ] {
        rows.extend(MANNERS.map(|manner| (before, manner, after.changed(), after)));
    }
    rows.extend([
        (Kept::Sound, "paper", vec![("keep_audio", "no")], Kept::Text),
        (
            Kept::Text,
            "spoken",
            vec![("keep_audio", "yes")],
            Kept::Sound,
        ),
        (Kept::Text, "tap", vec![("interview", "no")], Kept::Nothing),
        (Kept::Sound, "spoken", vec![("sharing", "no")], Kept::Sound),
    ]);
    rows
}

/// A page of the staff that comes back with an old number: the words that it is still told, by voice.
pub(super) async fn replayed(live: &mut Live) -> BTreeMap<String, BTreeSet<String>> {
    let room = format!("/api/interviews/{}/socket", live.interview);
    let had = live.nurse_page.resumption();
    let back = Resumption { last_seq: 2, ..had };
    live.nurse_page = Page::open(&live.staff.door(&room), back).await.unwrap();
    words(&mut live.nurse_page).await
}

/// Whose captions a guest's page was shown.
pub(super) async fn captions(page: &mut Page) -> BTreeSet<String> {
    let mut of = BTreeSet::new();
    let shown = |event: &Value| event["type"] == "caption" && event["data"]["text"] != "";
    while let Ok(event) = page.told_that(QUIET, shown).await {
        of.insert(event["data"]["party"].as_str().unwrap().to_owned());
    }
    of
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_she_changes_in_the_talk_holds_from_then_on_and_takes_nothing_back() {
    let house = House::open().await;
    each(
        &house,
        &changes(),
        |house, (before, manner, answers, after)| async move {
            let row = format!("{before:?} to {after:?} by {manner}");
            let mut live = house.talk("tap", &before.answers()).await;
            let began = Instant::now();
            let (she, interview) = (live.resident_id.clone(), live.interview.clone());
            let nurse = nurse_of(&house, &live).await;
            let captioned = json!({ "on": true });
            live.resident_page.ask("captions", captioned).await.unwrap();
            let told = speak(&mut live).await;
            assert_eq!(told.contains_key(&she), before.shown(), "{row}: {told:?}");
            let parties = BTreeSet::from(["nurse", "resident"].map(str::to_owned));
            let shown = |kept: Kept| match kept.shown() {
                true => parties.clone(),
                false => BTreeSet::new(),
            };
            let seen = captions(&mut live.resident_page).await;
            assert_eq!(seen, shown(before), "{row}");
            let first = house.left_of(&interview, &she).await;
            before.expect(&first, false, &row);
            for (choice, value) in answers {
                let (staff, guest) = (&mut live.staff, &mut live.guest);
                answer(staff, guest, (&interview, &she), manner, choice, value).await;
            }
            if before != after {
                tap_is(&mut live.nurse_page, &she, after.allowed()).await;
            }
            if !after.shown() {
                // No page is given anything of it again, and nothing goes into a tap any more.
                assert_eq!(replayed(&mut live).await, BTreeMap::new(), "{row}");
            }
            let (tapped, decoders) = (house.tapped(&she), first.decoders);
            let told = speak(&mut live).await;
            let seen = captions(&mut live.resident_page).await;
            assert_eq!(seen, shown(after), "{row}");
            if !after.shown() {
                assert_eq!(house.tapped(&she), tapped, "{row}");
                let left = house.left_of(&interview, &she).await;
                assert_eq!(left.decoders, decoders, "{row}");
            }
            for voice in [&she, &nurse] {
                let words = told.get(voice).is_some_and(|it| it.contains("segment"));
                assert_eq!(words, after.shown(), "{row}: {told:?}");
                let taps: BTreeSet<_> = house.taps_of(voice).into_iter().collect();
                let both = before.tap().into_iter().chain(after.tap());
                // An answer that makes the next one due is in effect for a moment by itself.
                let due = (after == Kept::Sound && before != after).then_some(Tap::Text);
                let only: BTreeSet<_> = both.collect();
                let with: BTreeSet<_> = only.iter().copied().chain(due).collect();
                assert!(taps == only || taps == with, "{row}: {taps:?}");
            }
            let mut staff = live.staff.clone();
            Box::pin(live.end(began)).await.unwrap();
            let path = format!("/api/interviews/{interview}/transcript");
            for _ in 0..100 {
                if staff.get(&path).await.unwrap()["complete"] == true {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let last = house.left_of(&interview, &she).await;
            assert_eq!(last.segments > first.segments, after.written(), "{row}");
            assert!(
                last.segments >= first.segments,
                "{row}: what was said is gone"
            );
            // What was kept while it might be stays until the note is approved.
            let sound = before == Kept::Sound || after == Kept::Sound;
            assert_eq!(last.blobs > 0, sound, "{row}: {last:?}");
            assert_eq!(last.spool, BTreeSet::new(), "{row}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_along_counts_for_their_own_track_alone() {
    let house = House::open().await;
    each(
        &house,
        &["companion", "interpreter"],
        |house, role| async move {
            let mut live = house.talk("tap", &Kept::Sound.answers()).await;
            let began = Instant::now();
            let (she, interview) = (live.resident_id.clone(), live.interview.clone());
            let (mut along, other) = house
                .comes_along(&mut live, role, "tap", &Kept::Nothing.changed())
                .await;
            let mut other_page = enter(
                &mut live.staff,
                &mut live.nurse_page,
                &along,
                &interview,
                &other,
            )
            .await;
            let mut voice = other_page.join(&loopback()).await.unwrap();
            let sentence = sentence();
            // Refused: heard live and not written down; she and the nurse are.
            let heard = |live: &Live| -> u64 {
                let received = live.nurse.received();
                received.values().map(|it| it.packets()).sum()
            };
            let before = heard(&live);
            voice.play(&sentence).await.unwrap();
            let told = words(&mut live.nurse_page).await;
            assert!(heard(&live) > before + 50, "{role} is not heard live");
            assert_eq!(told, BTreeMap::new(), "{role}");
            assert_eq!(house.taps_of(&other), [], "{role}");
            assert_eq!(house.left_of(&interview, &other).await, Left::default());
            let told = speak(&mut live).await;
            assert!(told.contains_key(&she), "{role}: {told:?}");
            // The positive control, through the same probes: they agree, and the nurse takes it down.
            for (choice, value) in [("transcription", "transcript"), ("keep_audio", "no")] {
                let ids = (interview.as_str(), other.as_str());
                answer(&mut live.staff, &mut along, ids, "spoken", choice, value).await;
            }
            tap_is(&mut live.nurse_page, &other, "transcript").await;
            voice.play(&sentence).await.unwrap();
            let told = words(&mut live.nurse_page).await;
            assert!(told.contains_key(&other), "{role}: {told:?}");
            assert_eq!(house.taps_of(&other), [Tap::Text], "{role}");
            assert!(house.left_of(&interview, &other).await.segments > 0);
            // What is hers to say is not theirs, by whatever manner.
            for manner in ["tap", "spoken"] {
                let path = match manner {
                    "tap" => "/api/join/consent".to_owned(),
                    _ => format!("/api/interviews/{interview}/participants/{other}/consent"),
                };
                let texts = along.get("/api/join/consent").await.unwrap();
                let mut body = json!({
                    "choice": "sharing", "value": "yes", "locale": "ja-x-easy",
                    "version": texts["texts"][3]["version"], "sha256": texts["texts"][3]["sha256"],
                });
                let by = if manner == "tap" {
                    &mut along
                } else {
                    body["manner"] = json!("spoken");
                    &mut live.staff
                };
                let refused = by.post(&path, body).await.unwrap_err();
                assert!(refused.to_string().contains("409"), "{refused}");
            }
            // Her no is everybody's.
            let ids = (interview.as_str(), she.as_str());
            let (staff, guest) = (&mut live.staff, &mut live.guest);
            answer(staff, guest, ids, "tap", "transcription", "none").await;
            tap_is(&mut live.nurse_page, &other, "nothing").await;
            let taps = house.taps_of(&other).len();
            voice.play(&sentence).await.unwrap();
            assert_eq!(words(&mut live.nurse_page).await, BTreeMap::new(), "{role}");
            assert_eq!(house.taps_of(&other).len(), taps, "{role}");
            let mut staff = live.staff.clone();
            voice.close().await;
            let outcome = Box::pin(live.end(began)).await.unwrap();
            let account = settled(&mut staff, &outcome, role).await;
            let refused = account["gaps_ms"]["not_consented"].as_i64();
            assert!(refused > Some(3_000), "{role}: {account}");
            assert!(
                account["speech_ms"].as_i64() > Some(500),
                "{role}: {account}"
            );
        },
    )
    .await;
}

impl House {
    /// By the same link and a label of their own; they answer in this manner, and knock.
    pub(super) async fn comes_along(
        &self,
        live: &mut Live,
        role: &str,
        manner: &str,
        answers: &[(&str, &str)],
    ) -> (Client, String) {
        let booked = self.booked.lock().unwrap()[&live.interview].clone();
        let mut along = self.claimed(&booked).await;
        let label = json!({ "role": role, "booking_number": booked["booking_number"] });
        post(&mut along, "/api/join/along", label).await;
        post(&mut along, "/api/join/device", device()).await;
        let other = self.last_guest(&live.interview).await;
        for (choice, value) in answers {
            let ids = (live.interview.as_str(), other.as_str());
            answer(&mut live.staff, &mut along, ids, manner, choice, value).await;
        }
        post(&mut along, "/api/join/knock", json!({})).await;
        (along, other)
    }
}
