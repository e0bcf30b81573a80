//! A seat in an interview and who sits on it: from the link to the door to the talk and out.
//! Everybody who comes by the link proves themselves and knocks, also for the second time.

use serde::{Deserialize, Serialize};

use crate::access::IdentityState;
use crate::ids::{InterviewId, InvitationId, ParticipantId, UserId};
use crate::pii::Pii;
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participant {
    pub id: ParticipantId,
    pub interview: InterviewId,
    pub who: Who,
    pub state: State,
}

/// Whose voice it is. The track carries it, so that speakers are known and never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Nurse(UserId),
    /// Came by this link.
    Guest(GuestRole, InvitationId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GuestRole {
    Resident,
    Companion,
    Interpreter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Has a seat by the link and nothing else.
    Claimed {
        at: Timestamp,
    },
    /// Passed the identity check, or came along with who passed hers; checks the device, consents.
    Identified {
        at: Timestamp,
    },
    /// Waits at the door. `asked_to_wait`: the nurse has seen it.
    Knocking {
        since: Timestamp,
        asked_to_wait: Option<Hand>,
    },
    Admitted {
        at: Timestamp,
        by: UserId,
    },
    Refused {
        at: Timestamp,
        by: UserId,
    },
    Left {
        at: Timestamp,
        how: LeftHow,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    pub at: Timestamp,
    pub by: UserId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftHow {
    /// Said good-bye.
    Closed,
    /// すぐ閉じる: the seat is destroyed, the nurse reads 「本人がすぐ閉じました」.
    QuickExit,
    /// The interview was over.
    InterviewOver,
}

impl Participant {
    /// A browser that has shown the secret of a link.
    pub const fn claim(
        id: ParticipantId,
        interview: InterviewId,
        role: GuestRole,
        by: InvitationId,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            interview,
            who: Who::Guest(role, by),
            state: State::Claimed { at },
        }
    }

    /// The nurse opens the door for herself.
    pub const fn nurse(
        id: ParticipantId,
        interview: InterviewId,
        user: UserId,
        at: Timestamp,
    ) -> Self {
        Self {
            id,
            interview,
            who: Who::Nurse(user),
            state: State::Admitted { at, by: user },
        }
    }

    /// She has come to the counter: the nurse sees who she is, and the one microphone there is the
    /// seat's. No browser of hers holds it.
    pub const fn at_counter(
        id: ParticipantId,
        interview: InterviewId,
        by: InvitationId,
        since: Timestamp,
    ) -> Self {
        Self {
            id,
            interview,
            who: Who::Guest(GuestRole::Resident, by),
            state: State::Knocking {
                since,
                asked_to_wait: None,
            },
        }
    }

    /// Passed the identity check.
    pub fn identify(self, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Claimed { .. } => Ok(self.with(State::Identified { at })),
            _ => Err(self.invalid("identified")),
        }
    }

    /// Comes along with the resident, by her link and under a label of their own. Nobody who comes
    /// along becomes the resident, nor the other way round.
    pub fn come_along(self, role: GuestRole, at: Timestamp) -> Result<Self, InvalidTransition> {
        match (self.state, self.who, role) {
            (
                State::Claimed { .. },
                Who::Guest(GuestRole::Resident, link),
                GuestRole::Companion | GuestRole::Interpreter,
            ) => Ok(Self {
                who: Who::Guest(role, link),
                state: State::Identified { at },
                ..self
            }),
            _ => Err(self.invalid("identified")),
        }
    }

    pub fn knock(self, since: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Identified { .. } => Ok(self.with(State::Knocking {
                since,
                asked_to_wait: None,
            })),
            _ => Err(self.invalid("knocking")),
        }
    }

    pub fn ask_to_wait(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Knocking { since, .. } => Ok(self.with(State::Knocking {
                since,
                asked_to_wait: Some(Hand { at, by }),
            })),
            _ => Err(self.invalid("asked_to_wait")),
        }
    }

    pub fn admit(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Knocking { .. } => Ok(self.with(State::Admitted { at, by })),
            _ => Err(self.invalid("admitted")),
        }
    }

    pub fn refuse(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Knocking { .. } => Ok(self.with(State::Refused { at, by })),
            _ => Err(self.invalid("refused")),
        }
    }

    /// Back to the waiting room, without a reason shown. Not for a nurse.
    pub fn move_back(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match (self.state, self.who) {
            (State::Admitted { .. }, Who::Guest(..)) => Ok(self.with(State::Knocking {
                since: at,
                asked_to_wait: Some(Hand { at, by }),
            })),
            _ => Err(self.invalid("knocking")),
        }
    }

    /// Out, from wherever. The seat is gone; the link gives a new one, which proves itself again.
    pub fn leave(self, how: LeftHow, at: Timestamp) -> Result<Self, InvalidTransition> {
        if self.state.is_final() {
            return Err(self.invalid("left"));
        }
        Ok(self.with(State::Left { at, how }))
    }

    /// As what somebody comes along with the resident; `None` for herself and for a nurse.
    pub const fn along(&self) -> Option<GuestRole> {
        match self.who {
            Who::Guest(role @ (GuestRole::Companion | GuestRole::Interpreter), _) => Some(role),
            Who::Guest(GuestRole::Resident, _) | Who::Nurse(_) => None,
        }
    }

    pub const fn identity(&self) -> IdentityState {
        match self.state {
            State::Claimed { .. } => IdentityState::Unproven,
            State::Left { .. } | State::Refused { .. } => IdentityState::Unproven,
            State::Identified { .. } | State::Knocking { .. } | State::Admitted { .. } => {
                IdentityState::Proven
            }
        }
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    const fn invalid(&self, to: &'static str) -> InvalidTransition {
        InvalidTransition {
            record: "participant",
            from: self.state.name(),
            to,
        }
    }
}

impl State {
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Left { .. })
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "claimed",
            Self::Identified { .. } => "identified",
            Self::Knocking { .. } => "knocking",
            Self::Admitted { .. } => "admitted",
            Self::Refused { .. } => "refused",
            Self::Left { .. } => "left",
        }
    }
}

/// Where she can be called back and where she is now, for the moment when the line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub callback: Pii<String>,
    pub place: Pii<String>,
}

/// Her silent answer to 「近くに誰かいますか」. The last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Nearby {
    Alone,
    Someone,
}

/// What the check of her device found. The last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeviceCheck {
    pub camera: DeviceState,
    pub microphone: DeviceState,
    pub noise: Noise,
    pub network: Network,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    Works,
    /// Permitted, but nothing comes from it.
    Silent,
    /// The permission was refused.
    Refused,
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    Quiet,
    Some,
    Loud,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Network {
    Good,
    Weak,
    Bad,
    Unknown,
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

    fn seat() -> Participant {
        let id = Uuid::from_u128;
        Participant::claim(
            ParticipantId::new(id(2)),
            InterviewId::new(id(3)),
            GuestRole::Resident,
            InvitationId::new(id(4)),
            at(0),
        )
    }

    #[test]
    fn nobody_is_admitted_who_has_not_knocked_nor_knocks_unproven() {
        assert!(seat().knock(at(1)).is_err());
        assert!(seat().admit(nurse(), at(1)).is_err());
        let knocking = seat().identify(at(1)).unwrap().knock(at(2)).unwrap();
        let seen = knocking.ask_to_wait(nurse(), at(3)).unwrap();
        let inside = seen.admit(nurse(), at(4)).unwrap();
        assert_eq!(
            inside.state,
            State::Admitted {
                at: at(4),
                by: nurse()
            }
        );
        let back = inside.move_back(nurse(), at(5)).unwrap();
        assert_eq!(back.identity(), IdentityState::Proven);
        let gone = back.leave(LeftHow::QuickExit, at(6)).unwrap();
        assert_eq!(gone.identity(), IdentityState::Unproven);
        assert!(gone.knock(at(7)).is_err());
    }

    #[test]
    fn who_comes_along_is_never_taken_for_her() {
        let along = seat().come_along(GuestRole::Interpreter, at(1)).unwrap();
        let link = InvitationId::new(Uuid::from_u128(4));
        assert_eq!(along.who, Who::Guest(GuestRole::Interpreter, link));
        assert_eq!(along.along(), Some(GuestRole::Interpreter));
        assert_eq!(seat().along(), None);
        assert_eq!(along.identity(), IdentityState::Proven);
        assert!(along.identify(at(2)).is_err());
        assert!(along.come_along(GuestRole::Companion, at(2)).is_err());
        assert!(seat().come_along(GuestRole::Resident, at(1)).is_err());
        let herself = seat().identify(at(1)).unwrap();
        assert!(herself.come_along(GuestRole::Companion, at(2)).is_err());
    }

    #[test]
    fn a_nurse_is_inside_and_is_not_moved_out() {
        let nurse = Participant::nurse(seat().id, seat().interview, nurse(), at(0));
        assert!(
            nurse
                .move_back(UserId::new(Uuid::from_u128(9)), at(1))
                .is_err()
        );
        assert!(nurse.leave(LeftHow::Closed, at(1)).is_ok());
    }

    proptest! {
        #[test]
        fn any_order_of_steps_ends_where_it_ended(steps in prop::collection::vec((0u8..7, 0i64..99), 0..40)) {
            let mut now = seat();
            let mut proven = false;
            for (step, second) in steps {
                let before = now;
                let took = match step {
                    0 => before.identify(at(second)),
                    1 => before.knock(at(second)),
                    2 => before.ask_to_wait(nurse(), at(second)),
                    3 => before.admit(nurse(), at(second)),
                    4 => before.refuse(nurse(), at(second)),
                    5 => before.move_back(nurse(), at(second)),
                    _ => before.leave(LeftHow::Closed, at(second)),
                };
                let Ok(after) = took else { continue };
                prop_assert!(!before.state.is_final());
                prop_assert_eq!((after.id, after.who), (before.id, before.who));
                proven |= step == 0;
                if let State::Knocking { .. } | State::Admitted { .. } = after.state {
                    prop_assert!(proven, "{:?} without an identity check", after.state);
                }
                now = after;
            }
        }
    }
}
