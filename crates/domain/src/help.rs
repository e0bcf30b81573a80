//! 応援: in the middle of a talk a nurse calls for a colleague, without a sound and without a word.
//! It goes to the office's contact list, and to the next on it while nobody has said that they come.

use jiff::SignedDuration;

use crate::ids::{HelpCallId, InterviewId, UserId};
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

/// Nobody has said that they come for so long: it goes to the next. She can't wait for half an hour,
/// as an alert can.
pub const NEXT: SignedDuration = SignedDuration::from_mins(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelpCall {
    pub id: HelpCallId,
    pub interview: InterviewId,
    pub by: UserId,
    pub at: Timestamp,
    /// When whoever it is now for was told. The first is told at once.
    pub told_at: Timestamp,
    /// The place in the office's contact list, from 0.
    pub step: u32,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has said that they come.
    Open,
    Taken {
        at: Timestamp,
        by: UserId,
    },
    /// It was a slip, or it is over: nobody needs to come.
    TakenBack {
        at: Timestamp,
    },
}

impl HelpCall {
    pub const fn new(id: HelpCallId, interview: InterviewId, by: UserId, now: Timestamp) -> Self {
        Self {
            id,
            interview,
            by,
            at: now,
            told_at: now,
            step: 0,
            state: State::Open,
        }
    }

    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open)
    }

    /// Tells the next, where it is time. `people`: how many the office's list names. `None`: nothing
    /// to do now.
    pub fn tell(self, now: Timestamp, people: usize) -> Option<Self> {
        let step = self.step + 1;
        let there = usize::try_from(step).is_ok_and(|step| step < people);
        (self.is_open() && there && self.told_at + NEXT <= now).then_some(Self {
            told_at: now,
            step,
            ..self
        })
    }

    /// Everybody was told, and nobody has said that they come.
    pub fn unheard(&self, now: Timestamp, people: usize) -> bool {
        let last = usize::try_from(self.step).is_ok_and(|step| step + 1 >= people);
        self.is_open() && last && self.told_at + NEXT <= now
    }

    /// Whether it has come to whoever stands at this place of the list.
    pub fn reached(&self, place: usize) -> bool {
        usize::try_from(self.step).is_ok_and(|step| place <= step)
    }

    /// Somebody is on their way. The first counts.
    pub const fn take(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        self.close(State::Taken { at, by }, "taken")
    }

    pub const fn take_back(self, at: Timestamp) -> Result<Self, InvalidTransition> {
        self.close(State::TakenBack { at }, "taken back")
    }

    const fn close(self, state: State, to: &'static str) -> Result<Self, InvalidTransition> {
        let from = match self.state {
            State::Open => return Ok(Self { state, ..self }),
            State::Taken { .. } => "taken",
            State::TakenBack { .. } => "taken back",
        };
        Err(InvalidTransition {
            record: "help call",
            from,
            to,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000 + second).unwrap()
    }

    fn user(n: u128) -> UserId {
        UserId::new(Uuid::from_u128(n))
    }

    fn call() -> HelpCall {
        let id = Uuid::from_u128(1);
        HelpCall::new(id.into(), id.into(), user(1), at(0))
    }

    #[test]
    fn the_first_is_told_at_once_and_the_next_after_two_minutes() {
        let first = call();
        assert!(first.reached(0) && !first.reached(1));
        assert_eq!(first.tell(at(119), 3), None);
        let second = first.tell(at(120), 3).unwrap();
        assert!(second.reached(1) && !second.reached(2));
        assert_eq!(second.tell(at(239), 3), None);
        assert!(!second.unheard(at(900), 3), "the third does not know yet");
        let third = second.tell(at(240), 3).unwrap();
        assert_eq!(third.tell(at(900), 3), None, "nobody comes after the last");
        assert!(!third.unheard(at(359), 3));
        assert!(third.unheard(at(360), 3));
    }

    #[test]
    fn who_comes_first_counts_and_then_nobody_else_is_told() {
        let taken = call().take(user(2), at(30)).unwrap();
        assert_eq!(taken.tell(at(900), 3), None);
        assert!(!taken.unheard(at(900), 1));
        for refused in [taken.take(user(3), at(40)), taken.take_back(at(40))] {
            assert_eq!(refused.unwrap_err().from, "taken");
        }
        let slip = call().take_back(at(5)).unwrap();
        assert_eq!(slip.tell(at(900), 3), None);
        assert!(slip.take(user(2), at(6)).is_err());
    }

    proptest! {
        /// Whenever the program looks, and however long a crash kept it from looking: nobody is
        /// passed over, and nobody is told before those ahead of them had their two minutes.
        #[test]
        fn nobody_is_passed_over(looks in prop::collection::vec(0i64..2_000, 0..30), people in 1usize..5) {
            let mut looks = looks;
            looks.sort_unstable();
            let mut now = call();
            for second in looks {
                let Some(next) = now.tell(at(second), people) else { continue };
                prop_assert_eq!(next.step, now.step + 1);
                prop_assert!(at(second).duration_since(now.told_at) >= NEXT);
                prop_assert!(usize::try_from(next.step).unwrap() < people);
                now = next;
            }
        }
    }
}
