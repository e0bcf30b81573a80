//! A municipality's rule pack on its way into use: somebody asks for it, another person approves,
//! and it is used from a day on.

use crate::ids::{ActivationId, UserId};
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    pub id: ActivationId,
    /// Of the pack, which is stored whole.
    pub pack: [u8; 32],
    pub version: String,
    /// The begin of the day from which it is to be used.
    pub from: Timestamp,
    pub asked_by: UserId,
    pub asked_at: Timestamp,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Asked,
    Approved(Hand),
    Refused(Hand),
    /// Taken back before it was used.
    Withdrawn(Hand),
}

/// By whom, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    pub by: UserId,
    pub at: Timestamp,
}

impl Activation {
    /// By another person than who asked.
    pub fn approve(self, hand: Hand) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Asked if hand.by != self.asked_by => Ok(self.with(State::Approved(hand))),
            _ => Err(self.invalid("approved")),
        }
    }

    /// By another person than who asked.
    pub fn refuse(self, hand: Hand) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Asked if hand.by != self.asked_by => Ok(self.with(State::Refused(hand))),
            _ => Err(self.invalid("refused")),
        }
    }

    /// By anybody who may ask, for as long as it is not in use.
    pub fn withdraw(self, hand: Hand) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Asked => Ok(self.with(State::Withdrawn(hand))),
            State::Approved(approved) if hand.at < self.from.max(approved.at) => {
                Ok(self.with(State::Withdrawn(hand)))
            }
            _ => Err(self.invalid("withdrawn")),
        }
    }

    /// Whether it is to be used now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Approved(_)) && self.from <= now
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    const fn invalid(&self, to: &'static str) -> InvalidTransition {
        InvalidTransition {
            record: "activation",
            from: self.state.code(),
            to,
        }
    }
}

impl State {
    /// As it is stored. Never renamed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved(_) => "approved",
            Self::Refused(_) => "refused",
            Self::Withdrawn(_) => "withdrawn",
        }
    }

    pub const fn hand(self) -> Option<Hand> {
        match self {
            Self::Asked => None,
            Self::Approved(hand) | Self::Refused(hand) | Self::Withdrawn(hand) => Some(hand),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn hand(user: u128, second: i64) -> Hand {
        Hand {
            by: UserId::new(Uuid::from_u128(user)),
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    fn asked() -> Activation {
        let by = hand(1, 0);
        Activation {
            id: ActivationId::new(Uuid::from_u128(9)),
            pack: [1; 32],
            version: "2026.12".to_owned(),
            from: Timestamp::from_second(100).unwrap(),
            asked_by: by.by,
            asked_at: by.at,
            state: State::Asked,
        }
    }

    #[test]
    fn it_takes_two_people() {
        assert!(asked().approve(hand(1, 5)).is_err());
        assert!(asked().refuse(hand(1, 5)).is_err());
        assert!(asked().approve(hand(2, 5)).is_ok());
        let refused = asked().refuse(hand(2, 5)).unwrap();
        assert!(refused.clone().approve(hand(3, 6)).is_err());
        assert!(!refused.is_due(Timestamp::from_second(500).unwrap()));
    }

    #[test]
    fn it_is_used_from_its_day_and_can_be_taken_back_before() {
        let approved = asked().approve(hand(2, 5)).unwrap();
        assert!(!approved.is_due(Timestamp::from_second(99).unwrap()));
        assert!(approved.is_due(Timestamp::from_second(100).unwrap()));
        assert!(approved.clone().withdraw(hand(3, 99)).is_ok());
        assert!(approved.withdraw(hand(3, 100)).is_err());
        assert!(asked().withdraw(hand(1, 500)).is_ok());
        assert!(!asked().is_due(Timestamp::from_second(500).unwrap()));
    }
}
