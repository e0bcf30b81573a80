//! The interview: booked, waited for, held, ended. Its states carry who and when; a step that is
//! not in order is a value. The record of an interview only: media is the call's business, words
//! the transcript's.

use serde::{Deserialize, Serialize};

use crate::ids::{CaseId, InterviewId, OfficeId, ParticipantId, UserId};
use crate::office::ContactList;
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 届出時
    Notification,
    /// 妊娠8か月
    EighthMonth,
    /// 出生後
    AfterBirth,
    /// 随時
    AnyTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    Online,
    InPerson,
    Telephone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interview {
    pub id: InterviewId,
    pub case: CaseId,
    /// The case's office at the time of booking.
    pub office: OfficeId,
    pub kind: Kind,
    /// As it is now; how it came to be is in the [`MethodChange`]s.
    pub method: Method,
    pub scheduled_at: Timestamp,
    pub booked_by: UserId,
    pub booked_at: Timestamp,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Scheduled,
    /// Somebody knocks.
    Waiting {
        since: Timestamp,
    },
    InProgress(Start),
    Ended {
        start: Start,
        at: Timestamp,
        by: By,
    },
    Cancelled {
        at: Timestamp,
        by: By,
    },
    /// Nobody came.
    NoShow {
        at: Timestamp,
        by: UserId,
    },
    /// She came and did not want the interview. It costs her nothing.
    Declined {
        at: Timestamp,
        by: ParticipantId,
    },
}

/// Zero of the interview's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    pub at: Timestamp,
    pub nurse: UserId,
}

/// Whose hand it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Staff(UserId),
    Participant(ParticipantId),
    /// The longest length was reached, or the program found the interview open after a crash.
    System,
}

/// One line of how an interview was held: online until the picture froze, then by telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodChange {
    pub interview: InterviewId,
    pub from: Method,
    pub to: Method,
    pub at: Timestamp,
    pub by: UserId,
}

impl Interview {
    /// Somebody knocked. Who comes second finds it waiting already; a talk takes in late guests.
    pub fn wait(self, since: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Scheduled => Ok(self.with(State::Waiting { since })),
            State::Waiting { .. } | State::InProgress(_) => Ok(self),
            _ => Err(self.invalid("waiting")),
        }
    }

    /// The last who knocked has gone before the interview began.
    pub fn vacate(self) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Waiting { .. } => Ok(self.with(State::Scheduled)),
            _ => Err(self.invalid("scheduled")),
        }
    }

    /// The nurse begins. The office's contact list is the proof that an alert would be heard.
    pub fn start(
        self,
        nurse: UserId,
        _alerts_go_to: &ContactList,
        at: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Scheduled | State::Waiting { .. } => {
                Ok(self.with(State::InProgress(Start { at, nurse })))
            }
            _ => Err(self.invalid("in_progress")),
        }
    }

    /// Not before it began: a clock that was set back meanwhile keeps no talk from ending.
    pub fn end(self, by: By, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::InProgress(start) => {
                let at = at.max(start.at);
                Ok(self.with(State::Ended { start, at, by }))
            }
            _ => Err(self.invalid("ended")),
        }
    }

    pub fn cancel(self, by: By, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Scheduled | State::Waiting { .. } => Ok(self.with(State::Cancelled { at, by })),
            _ => Err(self.invalid("cancelled")),
        }
    }

    /// Nobody came, not before the time was due. While somebody knocks it can't be said.
    pub fn no_show(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Scheduled if at >= self.scheduled_at => Ok(self.with(State::NoShow { at, by })),
            _ => Err(self.invalid("no_show")),
        }
    }

    /// She does not want the interview: consent to it was refused at the door or in the talk,
    /// where it ends the interview instead.
    pub fn decline(self, by: ParticipantId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Scheduled | State::Waiting { .. } => Ok(self.with(State::Declined { at, by })),
            State::InProgress(_) => self.end(By::Participant(by), at),
            _ => Err(self.invalid("declined")),
        }
    }

    /// Another method, until the interview is over.
    pub fn change_method(
        self,
        to: Method,
        by: UserId,
        at: Timestamp,
    ) -> Result<(Self, MethodChange), InvalidTransition> {
        if self.state.is_final() || self.method == to {
            return Err(self.invalid("another method"));
        }
        let change = MethodChange {
            interview: self.id,
            from: self.method,
            to,
            at,
            by,
        };
        Ok((Self { method: to, ..self }, change))
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    fn invalid(&self, to: &'static str) -> InvalidTransition {
        InvalidTransition {
            record: "interview",
            from: self.state.name(),
            to,
        }
    }
}

impl State {
    /// Nothing follows.
    pub const fn is_final(&self) -> bool {
        match self {
            Self::Scheduled | Self::Waiting { .. } | Self::InProgress(_) => false,
            Self::Ended { .. }
            | Self::Cancelled { .. }
            | Self::NoShow { .. }
            | Self::Declined { .. } => true,
        }
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Waiting { .. } => "waiting",
            Self::InProgress(_) => "in_progress",
            Self::Ended { .. } => "ended",
            Self::Cancelled { .. } => "cancelled",
            Self::NoShow { .. } => "no_show",
            Self::Declined { .. } => "declined",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn nurse() -> UserId {
        UserId::new(Uuid::from_u128(1))
    }

    fn resident() -> ParticipantId {
        ParticipantId::new(Uuid::from_u128(2))
    }

    fn booked() -> Interview {
        Interview {
            id: InterviewId::new(Uuid::from_u128(3)),
            case: CaseId::new(Uuid::from_u128(4)),
            office: OfficeId::new(Uuid::from_u128(5)),
            kind: Kind::Notification,
            method: Method::Online,
            scheduled_at: at(100),
            booked_by: nurse(),
            booked_at: at(0),
            state: State::Scheduled,
        }
    }

    fn on_call() -> ContactList {
        ContactList::new([nurse()]).unwrap()
    }

    #[test]
    fn a_talk_keeps_who_began_it_and_who_ended_it() {
        let held = booked()
            .wait(at(90))
            .unwrap()
            .start(nurse(), &on_call(), at(100))
            .unwrap();
        assert_eq!(
            held.clone().wait(at(110)).unwrap(),
            held,
            "a late guest changes nothing"
        );
        let (by_phone, change) = held
            .change_method(Method::Telephone, nurse(), at(120))
            .unwrap();
        assert_eq!(
            (change.from, change.to),
            (Method::Online, Method::Telephone)
        );
        let ended = by_phone.end(By::System, at(200)).unwrap();
        let start = Start {
            at: at(100),
            nurse: nurse(),
        };
        assert_eq!(
            ended.state,
            State::Ended {
                start,
                at: at(200),
                by: By::System
            }
        );
        let error = ended.cancel(By::System, at(300)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "interview can't go from `ended` to `cancelled`"
        );
    }

    #[test]
    fn nobody_came_can_be_said_only_when_it_was_due_and_nobody_knocks() {
        assert!(booked().no_show(nurse(), at(99)).is_err());
        assert!(booked().no_show(nurse(), at(100)).is_ok());
        let waiting = booked().wait(at(90)).unwrap();
        assert!(waiting.clone().no_show(nurse(), at(200)).is_err());
        assert!(waiting.vacate().unwrap().no_show(nurse(), at(200)).is_ok());
    }

    #[test]
    fn declining_at_the_door_and_in_the_talk_leave_different_traces() {
        let at_the_door = booked()
            .wait(at(90))
            .unwrap()
            .decline(resident(), at(95))
            .unwrap();
        assert_eq!(
            at_the_door.state,
            State::Declined {
                at: at(95),
                by: resident()
            }
        );
        let talk = booked().start(nurse(), &on_call(), at(100)).unwrap();
        let ended = talk.decline(resident(), at(150)).unwrap();
        assert!(
            matches!(ended.state, State::Ended { by: By::Participant(by), .. } if by == resident())
        );
    }

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Wait,
        Vacate,
        Start,
        End,
        Cancel,
        NoShow,
        Decline,
        Method(Method),
    }

    fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
        let step = prop::sample::select(vec![
            Step::Wait,
            Step::Vacate,
            Step::Start,
            Step::End,
            Step::Cancel,
            Step::NoShow,
            Step::Decline,
            Step::Method(Method::Online),
            Step::Method(Method::InPerson),
            Step::Method(Method::Telephone),
        ]);
        prop::collection::vec((step, 0i64..300), 0..40)
    }

    proptest! {
        #[test]
        fn any_order_of_steps_keeps_evidence_and_ends_where_it_ended(steps in steps()) {
            let mut now = booked();
            for (step, second) in steps {
                let before = now.clone();
                let took = match step {
                    Step::Wait => before.clone().wait(at(second)),
                    Step::Vacate => before.clone().vacate(),
                    Step::Start => before.clone().start(nurse(), &on_call(), at(second)),
                    Step::End => before.clone().end(By::Staff(nurse()), at(second)),
                    Step::Cancel => before.clone().cancel(By::Participant(resident()), at(second)),
                    Step::NoShow => before.clone().no_show(nurse(), at(second)),
                    Step::Decline => before.clone().decline(resident(), at(second)),
                    Step::Method(to) => before
                        .clone()
                        .change_method(to, nurse(), at(second))
                        .map(|(interview, change)| {
                            assert_eq!((change.from, change.to), (before.method, interview.method));
                            interview
                        }),
                };
                let Ok(after) = took else { continue };
                prop_assert!(!before.state.is_final(), "{:?} after {:?}", step, before.state);
                prop_assert_eq!((after.id, after.case, after.office, after.booked_by), (before.id, before.case, before.office, before.booked_by));
                if let State::InProgress(start) = before.state {
                    let kept = match after.state {
                        State::InProgress(kept) => kept,
                        State::Ended { start: kept, at, .. } => {
                            prop_assert!(at >= kept.at);
                            kept
                        }
                        other => return Err(TestCaseError::fail(format!("a talk became {other:?}"))),
                    };
                    prop_assert_eq!(kept, start);
                }
                now = after;
            }
        }
    }
}
