//! An immediate flag makes somebody be told: at the end of the talk, and not later than a quarter
//! of an hour after it; who does not open it is followed by the next on the office's list. So does
//! whoever tries to open a case that bars them, at once.

use jiff::SignedDuration;

use crate::ids::{AlertId, FlagId, InterviewId, UserId};
use crate::time::Timestamp;

/// After a flag at most.
const DUE: SignedDuration = SignedDuration::from_mins(15);
/// Unopened for so long, it goes to the next.
const NEXT: SignedDuration = SignedDuration::from_mins(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    pub id: AlertId,
    /// `None`: her words were withdrawn since, and the nurse can be spoken to; or it is about no flag.
    pub flag: Option<FlagId>,
    pub interview: InterviewId,
    pub why: Why,
    /// Who has tried to open a case that bars them.
    pub tried_by: Option<UserId>,
    pub due_at: Timestamp,
    /// When whoever it is now for was told.
    pub told_at: Option<Timestamp>,
    pub opened: Option<Opened>,
    /// The place in the office's contact list, from 0.
    pub step: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// An immediate flag was made.
    Found,
    /// The day on which it was held is over, and nobody has decided.
    HoldOver,
    /// Whoever the case bars has tried to open it.
    Barred,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    pub at: Timestamp,
    pub by: UserId,
}

impl Alert {
    /// Of an immediate flag made now. `over`: the talk has ended already.
    pub fn found(
        id: AlertId,
        flag: FlagId,
        interview: InterviewId,
        now: Timestamp,
        over: bool,
    ) -> Self {
        let due_at = if over { now } else { now + DUE };
        Self::new(id, Some(flag), interview, Why::Found, due_at)
    }

    /// Of an immediate flag held until then.
    pub const fn hold_over(
        id: AlertId,
        flag: FlagId,
        interview: InterviewId,
        until: Timestamp,
    ) -> Self {
        Self::new(id, Some(flag), interview, Why::HoldOver, until)
    }

    /// Of somebody whom the case bars, who has tried to open it.
    pub const fn barred(id: AlertId, interview: InterviewId, by: UserId, now: Timestamp) -> Self {
        Self {
            tried_by: Some(by),
            ..Self::new(id, None, interview, Why::Barred, now)
        }
    }

    const fn new(
        id: AlertId,
        flag: Option<FlagId>,
        interview: InterviewId,
        why: Why,
        due_at: Timestamp,
    ) -> Self {
        Self {
            id,
            flag,
            interview,
            why,
            tried_by: None,
            due_at,
            told_at: None,
            opened: None,
            step: 0,
        }
    }

    /// The talk is over: nobody waits for the quarter of an hour.
    #[must_use]
    pub fn at_end(self, now: Timestamp) -> Self {
        match self.why {
            Why::Found => Self {
                due_at: self.due_at.min(now),
                ..self
            },
            Why::HoldOver | Why::Barred => self,
        }
    }

    /// Tells whose turn it is, where it is time. `people`: how many the office's list names. `None`:
    /// nothing to do now.
    pub fn tell(self, now: Timestamp, people: usize) -> Option<Self> {
        if self.opened.is_some() {
            return None;
        }
        match self.told_at {
            None if self.due_at <= now => Some(Self {
                told_at: Some(now),
                ..self
            }),
            Some(told) if told + NEXT <= now => {
                let step = self.step + 1;
                let there = usize::try_from(step).is_ok_and(|step| step < people);
                there.then_some(Self {
                    told_at: Some(now),
                    step,
                    ..self
                })
            }
            _ => None,
        }
    }

    /// Somebody has read it. The first counts.
    #[must_use]
    pub fn open(self, by: UserId, at: Timestamp) -> Self {
        Self {
            opened: self.opened.or(Some(Opened { at, by })),
            ..self
        }
    }

    /// Whether it has been told to whoever stands at this place of the list.
    pub fn reached(self, place: usize) -> bool {
        self.told_at.is_some() && usize::try_from(self.step).is_ok_and(|step| place <= step)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn alert(over: bool) -> Alert {
        let id = Uuid::from_u128(1);
        Alert::found(id.into(), id.into(), id.into(), at(100), over)
    }

    #[test]
    fn it_is_due_at_the_end_or_after_a_quarter_of_an_hour() {
        assert_eq!(alert(false).due_at, at(115));
        assert_eq!(alert(true).due_at, at(100));
        assert_eq!(alert(false).at_end(at(105)).due_at, at(105));
        assert_eq!(alert(false).at_end(at(130)).due_at, at(115));
        let id = Uuid::from_u128(1);
        let held = Alert::hold_over(id.into(), id.into(), id.into(), at(900));
        assert_eq!(held.at_end(at(105)).due_at, at(900));
    }

    #[test]
    fn unopened_it_goes_down_the_list_and_stops_at_its_end() {
        assert_eq!(alert(false).tell(at(114), 2), None);
        let first = alert(false).tell(at(116), 2).unwrap();
        assert!(first.reached(0) && !first.reached(1));
        assert_eq!(first.tell(at(145), 2), None);
        let second = first.tell(at(146), 2).unwrap();
        assert!(second.reached(1));
        assert_eq!(second.tell(at(300), 2), None);
        let user = UserId::new(Uuid::from_u128(7));
        assert_eq!(first.open(user, at(120)).tell(at(300), 2), None);
    }

    proptest! {
        /// Whenever the program looks, and however long it did not: nobody is passed over, and
        /// nobody is told before the time of those before them is over.
        #[test]
        fn nobody_is_passed_over(looks in prop::collection::vec(0i64..400, 0..30), people in 1usize..5) {
            let mut looks = looks;
            looks.sort_unstable();
            let mut now = alert(false);
            for minute in looks {
                let Some(next) = now.tell(at(minute), people) else { continue };
                prop_assert!(minute >= 115);
                prop_assert!(next.step == now.step || next.step == now.step + 1);
                if let Some(told) = now.told_at {
                    prop_assert!(at(minute).duration_since(told) >= NEXT);
                }
                prop_assert!(usize::try_from(next.step).unwrap() < people);
                now = next;
            }
        }
    }
}
