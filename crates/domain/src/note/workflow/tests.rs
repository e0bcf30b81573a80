//! Any order of steps: a note that is approved stays, is nobody's own, and kept every version.

use proptest::prelude::*;
use uuid::Uuid;

use super::super::content::{Content, Fields, Verdict};
use super::super::gate;
use super::*;
use crate::pii::Pii;

fn user(n: u128) -> UserId {
    UserId::new(Uuid::from_u128(n))
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn note() -> Note {
    Note::begin(
        NoteId::new(Uuid::from_u128(1)),
        InterviewId::new(Uuid::from_u128(2)),
    )
}

fn whole() -> Content {
    Content {
        fields: Fields {
            wishes: Pii::new("産後に手伝ってくれるところを知りたい。".to_owned()),
            ..Fields::default()
        },
        verdict: Some(Verdict::Support),
    }
}

fn ready() -> Submittable {
    gate::submittable(&whole(), &[], at(0)).unwrap()
}

fn approvable(note: &Note, by: UserId) -> Result<Approvable, Vec<gate::Left>> {
    gate::approvable(note, &[], &[], false, by, at(0))
}

#[test]
fn a_note_goes_back_and_forth_and_counts_its_versions() {
    let (nurse, approver) = (user(10), user(11));
    let submitted = note()
        .write(nurse, at(1))
        .unwrap()
        .submit(&ready(), nurse, at(2))
        .unwrap();
    assert!(submitted.write(nurse, at(3)).is_err());
    let returned = submitted.give_back(approver, at(3)).unwrap();
    assert_eq!(returned.version(), 1);
    let again = returned
        .write(nurse, at(4))
        .unwrap()
        .submit(&ready(), nurse, at(5))
        .unwrap();
    assert_eq!(again.version(), 2);
    // A proof that was made over the version before does not carry this one.
    let stale = approvable(&submitted, approver).unwrap();
    assert!(again.approve(&stale, at(6)).is_err());
    let approved = again
        .approve(&approvable(&again, approver).unwrap(), at(6))
        .unwrap();
    assert!(matches!(approved.state, State::Approved { approval, .. } if approval.by == approver));
    assert!(approved.recall(at(7)).is_err());
    let error = approved.write(nurse, at(8)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "note can't go from `approved` to `written`"
    );
}

#[test]
fn whoever_wrote_or_submitted_is_an_author() {
    let written = note().write(user(10), at(1)).unwrap();
    let submitted = written.submit(&ready(), user(12), at(2)).unwrap();
    assert_eq!(submitted.authors(), [user(10), user(12)]);
    for author in [10, 12] {
        assert_eq!(
            approvable(&submitted, user(author)),
            Err(vec![gate::Left::OwnNote])
        );
    }
    assert!(approvable(&submitted, user(11)).is_ok());
    assert_eq!(note().authors(), []);
}

proptest! {
    #[test]
    fn any_order_of_steps_ends_frozen_and_approved_by_another(
        steps in prop::collection::vec((0u8..5, 10u128..13, 0i64..99), 0..40)
    ) {
        let mut now = note();
        for (step, who, second) in steps {
            let before = now;
            let (who, second) = (user(who), at(second));
            let took = match step {
                0 => before.write(who, second),
                1 => before.submit(&ready(), who, second),
                2 => before.give_back(who, second),
                3 => before.recall(second),
                _ => match approvable(&before, who) {
                    Ok(proof) => before.approve(&proof, second),
                    Err(_) => continue,
                },
            };
            let Ok(after) = took else { continue };
            prop_assert_ne!(before.state.name(), "approved");
            prop_assert_eq!((after.id, after.interview), (before.id, before.interview));
            let versions = u32::from(matches!(after.state, State::Submitted(_)));
            prop_assert_eq!(after.version(), before.version() + versions);
            if let State::Approved { approval, .. } = after.state {
                prop_assert!(!before.authors().contains(&approval.by));
            }
            now = after;
        }
    }
}
