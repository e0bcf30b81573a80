//! A seat in an interview and who sits on it: from the link to the door to the talk and out.
//! Everybody who comes by the link proves themselves and knocks, also for the second time.

use serde::{Deserialize, Serialize};

use crate::access::IdentityState;
use crate::ids::{InterviewId, InvitationId, ParticipantId, UserId};
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
    /// Passed the identity check; checks the device, consents.
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

    /// Passed the identity check.
    pub fn identify(self, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Claimed { .. } => Ok(self.with(State::Identified { at })),
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

/// Her silent answer to 「近くに誰かいますか」. The last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearby {
    Alone,
    Someone,
}

/// What the check of her device found. The last one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCheck {
    pub camera: DeviceState,
    pub microphone: DeviceState,
    pub noise: Noise,
    pub network: Network,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[serde(rename_all = "snake_case")]
pub enum Noise {
    Quiet,
    Some,
    Loud,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    Good,
    Weak,
    Bad,
    Unknown,
}
