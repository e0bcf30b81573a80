//! Flags under every order of decisions and readings.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::risk::finding::{Finding, Quote, Reading};
use crate::risk::form::{self, WrittenFinding};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn nurse() -> UserId {
    UserId::new(Uuid::from_u128(1))
}

fn segment(n: u8) -> SegmentId {
    SegmentId::new(Uuid::from_u128(u128::from(n) + 100))
}

fn item(n: u8) -> ItemId {
    format!("item_{n}").parse().unwrap()
}

fn pack() -> PackRef {
    PackRef {
        version: "1".to_owned(),
        sha256: [1; 32],
    }
}

/// Segments 0 to 9, spoken one after the other.
fn heard(revision: u32) -> BTreeMap<SegmentId, Heard> {
    let one = |n: u8| {
        let start = InterviewMs(i64::from(n) * 1_000);
        let heard = Heard {
            revision,
            start,
            doubted: false,
            unknown: false,
            given: false,
        };
        (segment(n), heard)
    };
    (0..10).map(one).collect()
}

struct World {
    pack: PackRef,
    heard: BTreeMap<SegmentId, Heard>,
    written: form::Reading,
    ids: u128,
}

impl World {
    fn new() -> Self {
        Self {
            pack: pack(),
            heard: heard(1),
            written: form::Reading::default(),
            ids: 1_000,
        }
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            interview: Uuid::from_u128(2).into(),
            pack: &self.pack,
            heard: &self.heard,
            turned: None,
            now: at(50),
        }
    }

    fn merge(&mut self, flags: &[Flag], reading: &Reading) -> Vec<Change> {
        let mut next = self.ids;
        let changes = merge(flags, reading, &self.written, &self.ground(), || {
            next += 1;
            Uuid::from_u128(next).into()
        });
        self.ids = next;
        changes
    }
}

fn found(n: u8, tier: Tier, segments: &[u8]) -> Finding {
    let quote = |it: &u8| Quote {
        segment: segment(*it),
        span: 0..3,
        part: Part::Statement,
    };
    Finding {
        item: item(n),
        tier,
        rule: format!("item_{n}.said"),
        how: How::Direct,
        quotes: segments.iter().map(quote).collect(),
        unsure: false,
        sound: None,
        speaker_unknown: false,
    }
}

fn reading(findings: Vec<Finding>) -> Reading {
    Reading {
        findings,
        coverage: BTreeMap::new(),
    }
}

fn apply(mut flags: Vec<Flag>, changes: &[Change]) -> Vec<Flag> {
    for change in changes {
        match change {
            Change::Made(flag) => flags.push(flag.clone()),
            Change::Read(after) => {
                let before = flags.iter_mut().find(|it| it.id == after.id).unwrap();
                *before = after.clone();
            }
            Change::Gone(gone) => flags.retain(|it| it.id != gone.id),
        }
    }
    flags
}

fn suggested(tier: Tier) -> Flag {
    let changes = World::new().merge(&[], &reading(vec![found(1, tier, &[3])]));
    let [Change::Made(flag)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    flag.clone()
}

#[test]
fn a_flag_tells_how_it_was_come_to() {
    let mut flag = suggested(Tier::Review);
    assert_eq!(flag.origin(), Some(Origin::Direct));
    flag.written = vec![Written::Age];
    let found = flag.found.as_mut().unwrap();
    found.how = How::Answer;
    assert_eq!(flag.origin(), Some(Origin::Answer), "the talk comes first");
    flag.found.as_mut().unwrap().sound = Some(0);
    assert_eq!(
        flag.origin(),
        Some(Origin::Sound),
        "the same sound is not the same word"
    );
    flag.found = None;
    assert_eq!(flag.origin(), Some(Origin::Record));
    flag.written.push(Written::Answer {
        form: Uuid::from_u128(7).into(),
        revision: 1,
        question: None,
    });
    assert_eq!(flag.origin(), Some(Origin::Form));
    flag.written.clear();
    assert_eq!(flag.origin(), None, "by hand");
}

fn words(text: &str) -> Pii<String> {
    text.to_owned().into()
}

#[test]
fn a_flag_is_decided_once_and_again_only_when_it_was_reopened() {
    let flag = suggested(Tier::Review);
    assert_eq!((flag.at, flag.quotes.len()), (InterviewMs(3_000), 1));
    let confirmed = flag.confirm(nurse(), at(60)).unwrap();
    assert!(!confirmed.is_undecided(at(60)));
    let error = confirmed
        .clone()
        .dismiss(nurse(), at(61), Reason::Past, None)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "flag can't go from `confirmed` to `dismissed`"
    );
    let open = confirmed.reopen().unwrap();
    assert!(open.clone().reopen().is_err());
    assert!(
        open.clone()
            .dismiss(nurse(), at(62), Reason::Other, None)
            .is_err()
    );
    let said = Some(words("説明の練習"));
    let dismissed = open.dismiss(nurse(), at(62), Reason::Other, said).unwrap();
    assert!(dismissed.clone().confirm(nurse(), at(63)).is_err());
    assert_eq!(dismissed.decision().map(|it| it.at), Some(at(62)));
}

#[test]
fn a_hold_ends_by_itself_and_an_immediate_one_the_same_day() {
    let (day_end, later) = (at(1_000), at(9_000));
    let hold =
        |tier, until| suggested(tier).hold(nurse(), at(60), words("母親に確認"), until, day_end);
    assert!(hold(Tier::Immediate, later).is_err());
    assert!(
        hold(Tier::Review, at(60)).is_err(),
        "it would be over at once"
    );
    assert!(hold(Tier::Review, later).is_ok());
    let held = hold(Tier::Immediate, day_end).unwrap();
    assert!(!held.is_undecided(at(999)));
    assert!(held.is_undecided(day_end));
    assert!(held.confirm(nurse(), at(70)).is_ok());
}

#[test]
fn what_she_wrote_stays_when_the_reading_finds_it_and_when_it_loses_it() {
    let mut world = World::new();
    let by_hand = Flag::added(
        Uuid::from_u128(9).into(),
        &world.ground(),
        item(1),
        Tier::Review,
        words("手首にあざ"),
        nurse(),
        InterviewMs(700),
    );
    let found = reading(vec![found(1, Tier::Immediate, &[4])]);
    let changes = world.merge(std::slice::from_ref(&by_hand), &found);
    let [Change::Read(both)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((both.tier, both.at), (Tier::Immediate, InterviewMs(700)));
    assert_eq!((&both.seen, both.quotes.len()), (&by_hand.seen, 1));
    let changes = world.merge(std::slice::from_ref(both), &Reading::default());
    let [Change::Read(alone)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((&alone.seen, &alone.found), (&by_hand.seen, &None));
    let more = alone.clone().also_seen(&words("話をそらす"), nurse());
    assert_eq!(more.seen.unwrap().expose(), "手首にあざ\n話をそらす");
}

#[test]
fn the_same_words_corrected_are_no_news_about_what_was_decided() {
    let decided = suggested(Tier::Review).confirm(nurse(), at(60)).unwrap();
    let mut world = World::new();
    world.heard = heard(2);
    let same = reading(vec![found(1, Tier::Review, &[3])]);
    assert_eq!(world.merge(std::slice::from_ref(&decided), &same), []);
    let more = reading(vec![found(1, Tier::Review, &[3, 5])]);
    let changes = world.merge(&[decided], &more);
    let [Change::Read(after)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(after.quotes.len(), 2);
}

#[test]
fn beside_somebody_it_stays_open_who_spoke_until_somebody_says_so() {
    let mut world = World::new();
    let found = reading(vec![found(1, Tier::Review, &[3, 5])]);
    let unknown = |flag: &Flag| flag.found.as_ref().unwrap().speaker_unknown;
    let doubted = |world: &mut World, n: u8, doubted: bool| {
        world.heard.get_mut(&segment(n)).unwrap().doubted = doubted;
    };
    doubted(&mut world, 5, true);
    let changes = world.merge(&[], &found);
    let [Change::Made(flag)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(unknown(flag));
    // Somebody is near her later: what she said before is hers.
    doubted(&mut world, 7, true);
    assert_eq!(world.merge(std::slice::from_ref(flag), &found), []);
    let decided = flag.clone().confirm(nurse(), at(60)).unwrap();
    doubted(&mut world, 5, false);
    let changes = world.merge(std::slice::from_ref(flag), &found);
    let [Change::Read(settled)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(!unknown(settled));
    let changes = world.merge(std::slice::from_ref(&decided), &found);
    let [Change::Read(after)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert!(!unknown(after), "who spoke is no part of what was decided");
    // Also where nothing speaks for it any more.
    let nothing = Reading::default();
    let changes = world.merge(std::slice::from_ref(&decided), &nothing);
    assert_eq!(changes, [Change::Read(after.clone())]);
    for n in [3, 5] {
        world.heard.get_mut(&segment(n)).unwrap().unknown = true;
    }
    assert_eq!(world.merge(std::slice::from_ref(&decided), &nothing), []);
    assert_eq!(
        (&after.state, &after.quotes),
        (&decided.state, &decided.quotes)
    );
}

#[test]
fn an_immediate_flag_stays_to_be_decided_whoever_is_said_to_have_spoken() {
    for (tier, stays) in [(Tier::Immediate, true), (Tier::Review, false)] {
        let flag = suggested(tier);
        let mut world = World::new();
        let merged = |world: &mut World, reading: &Reading| {
            world.merge(std::slice::from_ref(&flag), reading)
        };
        // Words that were put right take it with them; so does what she says later.
        let gone = [Change::Gone(flag.clone())];
        assert_eq!(merged(&mut world, &Reading::default()), gone);
        world.heard.get_mut(&segment(4)).unwrap().given = true;
        assert_eq!(merged(&mut world, &Reading::default()), gone);
        world.heard.get_mut(&segment(3)).unwrap().given = true;
        let changes = merged(&mut world, &Reading::default());
        assert_eq!(changes.is_empty(), stays, "{changes:?}");
        assert_eq!(changes == gone, !stays, "{changes:?}");
        // What is left of it is less urgent.
        let less = reading(vec![found(1, Tier::Notice, &[5])]);
        let changes = merged(&mut world, &less);
        let [Change::Read(after)] = changes.as_slice() else {
            panic!("{changes:?}");
        };
        let now = (after.tier, after.quotes.len());
        assert_eq!(now, if stays { (tier, 2) } else { (Tier::Notice, 1) });
        // Others of her words are as urgent: what was given away is still quoted.
        let as_much = reading(vec![found(1, tier, &[5])]);
        let changes = merged(&mut world, &as_much);
        let [Change::Read(after)] = changes.as_slice() else {
            panic!("{changes:?}");
        };
        assert_eq!(after.quotes.len(), if stays { 2 } else { 1 });
    }
}

#[test]
fn whatever_quotes_a_turn_of_another_speaker_is_another_thing_to_see() {
    let world = World::new();
    let decided = suggested(Tier::Immediate).confirm(nurse(), at(60)).unwrap();
    let merged = |turned: Option<SegmentId>| {
        let ground = Ground {
            turned,
            ..world.ground()
        };
        // Nothing speaks for it any more, and it stays: somebody decided.
        let (flags, nothing) = ([decided.clone()], Reading::default());
        merge(&flags, &nothing, &world.written, &ground, || unreachable!())
    };
    assert_eq!(merged(None), []);
    assert_eq!(merged(Some(segment(4))), []);
    assert_eq!(merged(Some(segment(3))), [Change::Read(decided.clone())]);
}

#[derive(Clone, Debug)]
enum Step {
    Read(Vec<(u8, Vec<u8>)>),
    Write(Vec<(u8, Vec<u8>)>),
    Decide(u8, u8),
    Reopen(u8),
    ByHand(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let findings =
        prop::collection::btree_map(0u8..4, prop::collection::btree_set(0u8..10, 1..4), 0..4)
            .prop_map(|all| {
                all.into_iter()
                    .map(|(n, of)| (n, of.into_iter().collect()))
                    .collect()
            });
    let step = prop_oneof![
        3 => findings.clone().prop_map(Step::Read),
        1 => findings.prop_map(Step::Write),
        2 => (0u8..4, 0u8..3).prop_map(|(n, how)| Step::Decide(n, how)),
        1 => (0u8..4).prop_map(Step::Reopen),
        1 => (0u8..4).prop_map(Step::ByHand),
    ];
    prop::collection::vec(step, 0..30)
}

/// Item `n` as the answers to these questions of one form say it.
fn written(n: u8, questions: &[u8]) -> WrittenFinding {
    let answer = |question: &u8| Written::Answer {
        form: Uuid::from_u128(7).into(),
        revision: 1,
        question: Some(format!("q{question}")),
    };
    WrittenFinding {
        item: item(n),
        tier: Tier::Notice,
        written: questions.iter().map(answer).collect(),
    }
}

#[test]
fn what_is_written_and_what_is_said_are_one_flag_with_both() {
    let mut world = World::new();
    world.written.findings = vec![written(1, &[2])];
    let changes = world.merge(&[], &Reading::default());
    let [Change::Made(form)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((&form.found, form.tier), (&None, Tier::Notice));
    let said = reading(vec![found(1, Tier::Review, &[3])]);
    let changes = world.merge(std::slice::from_ref(form), &said);
    let [Change::Read(both)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((both.quotes.len(), &both.written), (1, &form.written));
    assert_eq!((both.tier, both.at), (Tier::Review, InterviewMs(3_000)));
    let decided = both.clone().confirm(nurse(), at(60)).unwrap();

    // Another answer in the place of the first, and one more.
    world.written.findings = vec![written(1, &[2, 4])];
    if let Written::Answer { revision, .. } = &mut world.written.findings[0].written[0] {
        *revision = 2;
    }
    let changes = world.merge(std::slice::from_ref(&decided), &said);
    let [Change::Read(after)] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!(after.written[0], decided.written[0], "as it was decided");
    assert_eq!(after.written.len(), 2);
    world.written = form::Reading::default();
    let changes = world.merge(std::slice::from_ref(form), &Reading::default());
    assert_eq!(changes, [Change::Gone(form.clone())]);
}

proptest! {
    #[test]
    fn readings_never_touch_what_somebody_decided(steps in steps()) {
        let mut world = World::new();
        let mut flags: Vec<Flag> = Vec::new();
        for step in steps {
            let place = |n: u8| flags.iter().position(|it| it.item == item(n));
            match step {
                Step::Read(findings) => {
                    let findings = findings.iter().map(|(n, of)| found(*n, Tier::Review, of));
                    let reading = reading(findings.collect());
                    let changes = world.merge(&flags, &reading);
                    let after = apply(flags.clone(), &changes);
                    for before in &flags {
                        let now = after.iter().find(|it| it.id == before.id);
                        if before.state == State::Suggested {
                            let named = reading.findings.iter().any(|it| it.item == before.item)
                                || world.written.findings.iter().any(|it| it.item == before.item);
                            prop_assert_eq!(now.is_some(), named || before.seen.is_some());
                        } else {
                            let now = now.unwrap();
                            prop_assert_eq!((&now.state, now.tier, &now.seen), (&before.state, before.tier, &before.seen));
                            prop_assert_eq!(&now.quotes[..before.quotes.len()], &before.quotes[..]);
                            prop_assert_eq!(&now.written[..before.written.len()], &before.written[..]);
                        }
                    }
                    for finding in &reading.findings {
                        let flag = after.iter().find(|it| it.item == finding.item).unwrap();
                        for quote in &finding.quotes {
                            prop_assert!(flag.quotes.iter().any(|it| it.segment == quote.segment));
                        }
                    }
                    for finding in &world.written.findings {
                        let flag = after.iter().find(|it| it.item == finding.item).unwrap();
                        for one in &finding.written {
                            prop_assert!(flag.written.iter().any(|it| it.is_of(one)));
                        }
                    }
                    flags = after;
                    prop_assert_eq!(world.merge(&flags, &reading), [], "a second time changes nothing");
                }
                Step::Write(findings) => {
                    let findings = findings.iter().map(|(n, of)| written(*n, of));
                    world.written.findings = findings.collect();
                }
                Step::Decide(n, how) => if let Some(at_n) = place(n) {
                    let flag = flags[at_n].clone();
                    let decided = match how {
                        0 => flag.confirm(nurse(), at(60)),
                        1 => flag.dismiss(nurse(), at(60), Reason::Past, None),
                        _ => flag.hold(nurse(), at(60), words("あとで"), at(70), at(100)),
                    };
                    if let Ok(decided) = decided {
                        flags[at_n] = decided;
                    }
                },
                Step::Reopen(n) => if let Some(at_n) = place(n)
                    && let Ok(open) = flags[at_n].clone().reopen()
                {
                    flags[at_n] = open;
                },
                Step::ByHand(n) => {
                    let seen = words("あざ");
                    match place(n) {
                        Some(at_n) => flags[at_n] = flags[at_n].clone().also_seen(&seen, nurse()),
                        None => {
                            world.ids += 1;
                            let id = Uuid::from_u128(world.ids).into();
                            flags.push(Flag::added(id, &world.ground(), item(n), Tier::Review, seen, nurse(), InterviewMs(1)));
                        }
                    }
                }
            }
            let items: std::collections::BTreeSet<_> = flags.iter().map(|it| &it.item).collect();
            prop_assert_eq!(items.len(), flags.len(), "one flag per item");
        }
    }
}
