//! The gate closes for what must be decided and for nothing else.

use proptest::prelude::*;
use uuid::Uuid;

use super::super::content::{Fields, Verdict};
use super::*;
use crate::ids::{InterviewId, NoteId};
use crate::pii::Pii;

const NOW: i64 = 1_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

fn flag(n: u128, tier: Tier, decision: Decision) -> Standing {
    Standing {
        flag: FlagId::new(Uuid::from_u128(n)),
        item: "smoking".parse().unwrap(),
        tier,
        revision: 2,
        decision,
    }
}

fn whole() -> Content {
    Content {
        fields: Fields {
            next: Pii::new("12月2日 電話".to_owned()),
            ..Fields::default()
        },
        verdict: Some(Verdict::Watch),
    }
}

fn submitted() -> Note {
    let note = Note::begin(
        NoteId::new(Uuid::from_u128(1)),
        InterviewId::new(Uuid::from_u128(2)),
    );
    let ready = submittable(&whole(), &[], at(NOW)).unwrap();
    note.write(user(10), at(1))
        .unwrap()
        .submit(&ready, user(10), at(2))
        .unwrap()
}

fn signed(flag: &Standing, by: UserId, revision: u32) -> Signature {
    Signature {
        flag: flag.flag,
        flag_revision: revision,
        note_version: 1,
        by,
        at: at(3),
    }
}

#[test]
fn undecided_urgent_flags_a_verdict_and_a_text_are_waited_for() {
    let flags = [
        flag(1, Tier::Immediate, Decision::Undecided),
        flag(2, Tier::Review, Decision::Made),
        flag(3, Tier::Notice, Decision::Undecided),
        flag(4, Tier::Care, Decision::Undecided),
        flag(5, Tier::Review, Decision::Held { until: at(NOW) }),
        flag(6, Tier::Review, Decision::Held { until: at(NOW + 1) }),
    ];
    let left = left_to_submit(&Content::default(), &flags, at(NOW));
    let expected = [
        Left::Undecided(flags[0].flag),
        Left::Held(flags[4].flag),
        Left::Verdict,
        Left::Text,
    ];
    assert_eq!(left, expected);
    assert!(submittable(&whole(), &flags[1..4], at(NOW)).is_ok());
}

#[test]
fn an_immediate_flag_is_signed_whatever_was_decided_and_again_when_it_changed() {
    let (note, approver) = (submitted(), user(11));
    let dismissed = flag(1, Tier::Immediate, Decision::Made);
    let left = |signatures: &[Signature]| {
        left_to_approve(
            &note,
            std::slice::from_ref(&dismissed),
            signatures,
            false,
            approver,
            at(NOW),
        )
    };
    let unsigned = [Left::Signature(dismissed.flag)];
    assert_eq!(left(&[]), unsigned);
    assert_eq!(
        left(&[signed(&dismissed, user(12), 2)]),
        unsigned,
        "by somebody else"
    );
    assert_eq!(
        left(&[signed(&dismissed, approver, 1)]),
        unsigned,
        "before it changed"
    );
    assert_eq!(left(&[signed(&dismissed, approver, 2)]), []);
    let review = flag(2, Tier::Review, Decision::Made);
    assert!(approvable(&note, &[review], &[], false, approver, at(NOW)).is_ok());
}

#[test]
fn a_hold_lets_a_note_be_submitted_and_not_approved() {
    for tier in Tier::ALL {
        let held = flag(1, tier, Decision::Held { until: at(NOW + 9) });
        assert!(submittable(&whole(), std::slice::from_ref(&held), at(NOW)).is_ok());
        let signature = signed(&held, user(11), 2);
        let left = left_to_approve(
            &submitted(),
            std::slice::from_ref(&held),
            &[signature],
            false,
            user(11),
            at(NOW),
        );
        assert_eq!(left, [Left::Held(held.flag)]);
    }
}

#[test]
fn a_draft_and_ones_own_note_are_not_approved() {
    let draft = Note {
        state: State::Draft,
        ..submitted()
    };
    let left = left_to_approve(&draft, &[], &[], false, user(11), at(NOW));
    assert_eq!(left, [Left::NotSubmitted]);
    let left = left_to_approve(&submitted(), &[], &[], false, user(10), at(NOW));
    assert_eq!(left, [Left::OwnNote]);
}

#[test]
fn a_note_whose_talk_waits_for_its_words_is_not_approved() {
    let left = approvable(&submitted(), &[], &[], true, user(11), at(NOW));
    assert_eq!(left, Err(vec![Left::WordsToCome]));
}

fn decision() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(Decision::Undecided),
        Just(Decision::Made),
        (NOW - 5..NOW + 5).prop_map(|until| Decision::Held { until: at(until) }),
    ]
}

proptest! {
    #[test]
    fn nothing_urgent_and_open_passes(
        flags in prop::collection::vec((prop::sample::select(Tier::ALL.to_vec()), decision(), any::<bool>()), 0..6)
    ) {
        let (mut standing, mut signatures) = (Vec::new(), Vec::new());
        for (n, (tier, decision, sign)) in (1..).zip(flags) {
            let flag = flag(n, tier, decision);
            if sign {
                signatures.push(signed(&flag, user(11), flag.revision));
            }
            standing.push(flag);
        }
        let open = |flag: &&Standing| match flag.decision {
            Decision::Undecided => true,
            Decision::Held { until } => until <= at(NOW),
            Decision::Made => false,
        };
        let urgent = standing.iter().filter(|flag| flag.tier.gates()).filter(open).count();
        let submit = submittable(&whole(), &standing, at(NOW));
        prop_assert_eq!(submit.is_ok(), urgent == 0);

        let approve = approvable(&submitted(), &standing, &signatures, false, user(11), at(NOW));
        let held = standing.iter().any(|flag| matches!(flag.decision, Decision::Held { .. }));
        let unsigned = standing.iter().any(|flag| {
            flag.tier == Tier::Immediate && !signatures.iter().any(|signature| signature.flag == flag.flag)
        });
        prop_assert_eq!(approve.is_ok(), urgent == 0 && !held && !unsigned);
    }
}
