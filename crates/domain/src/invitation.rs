//! The link to an interview. Its secret stands in the fragment of the address and is known here
//! as a hash; whoever holds it gets a seat, and every seat proves itself and knocks.

use crate::ids::{InterviewId, InvitationId, UserId};
use crate::interview::Interview;
use crate::secret::SecretHash;
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub interview: InterviewId,
    pub secret: SecretHash,
    pub made_by: UserId,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: InvitationState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationState {
    /// `first_claimed_at`: when a browser first took a seat by it.
    Open { first_claimed_at: Option<Timestamp> },
    /// A newer link has taken its place, or the nurse withdrew it.
    Revoked {
        at: Timestamp,
        by: UserId,
        first_claimed_at: Option<Timestamp>,
    },
}

impl Invitation {
    /// Whether the link opens the door now: open, not expired, and the interview not over. Every
    /// other link gets one and the same answer, so that links can't be probed.
    pub fn opens(&self, interview: &Interview, now: Timestamp) -> bool {
        matches!(self.state, InvitationState::Open { .. })
            && self.interview == interview.id
            && now < self.expires_at
            && !interview.state.is_final()
    }

    /// A browser takes a seat. The link can seat more than one: a companion, a second device.
    pub fn claim(self, interview: &Interview, now: Timestamp) -> Result<Self, InvalidTransition> {
        if !self.opens(interview, now) {
            return Err(self.invalid("claimed"));
        }
        match self.state {
            InvitationState::Open { first_claimed_at } => {
                let first_claimed_at = first_claimed_at.or(Some(now));
                Ok(Self {
                    state: InvitationState::Open { first_claimed_at },
                    ..self
                })
            }
            InvitationState::Revoked { .. } => Err(self.invalid("claimed")),
        }
    }

    pub fn revoke(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            InvitationState::Open { first_claimed_at } => Ok(Self {
                state: InvitationState::Revoked {
                    at,
                    by,
                    first_claimed_at,
                },
                ..self
            }),
            InvitationState::Revoked { .. } => Err(self.invalid("revoked")),
        }
    }

    const fn invalid(&self, to: &'static str) -> InvalidTransition {
        let from = match self.state {
            InvitationState::Open { .. } => "open",
            InvitationState::Revoked { .. } => "revoked",
        };
        InvalidTransition {
            record: "invitation",
            from,
            to,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ids::{CaseId, OfficeId};
    use crate::interview::{By, Kind, Method, State};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn interview() -> Interview {
        let id = Uuid::from_u128;
        Interview {
            id: InterviewId::new(id(1)),
            case: CaseId::new(id(2)),
            office: OfficeId::new(id(3)),
            kind: Kind::AnyTime,
            method: Method::Online,
            scheduled_at: at(100),
            booked_by: UserId::new(id(4)),
            booked_at: at(0),
            state: State::Scheduled,
        }
    }

    fn link() -> Invitation {
        Invitation {
            id: InvitationId::new(Uuid::from_u128(5)),
            interview: interview().id,
            secret: SecretHash::of(b"secret"),
            made_by: UserId::new(Uuid::from_u128(4)),
            made_at: at(0),
            expires_at: at(1_000),
            state: InvitationState::Open {
                first_claimed_at: None,
            },
        }
    }

    #[test]
    fn a_link_seats_more_than_one_and_remembers_the_first() {
        let twice = link()
            .claim(&interview(), at(10))
            .unwrap()
            .claim(&interview(), at(20))
            .unwrap();
        assert_eq!(
            twice.state,
            InvitationState::Open {
                first_claimed_at: Some(at(10))
            }
        );
        let revoked = twice
            .revoke(UserId::new(Uuid::from_u128(4)), at(30))
            .unwrap();
        assert!(matches!(
            revoked.state,
            InvitationState::Revoked { first_claimed_at: Some(first), .. } if first == at(10)
        ));
        assert!(revoked.clone().claim(&interview(), at(40)).is_err());
        assert!(
            revoked
                .revoke(UserId::new(Uuid::from_u128(4)), at(50))
                .is_err()
        );
    }

    proptest! {
        /// Revoked, expired, over, another's: whatever the reason, the link does not open.
        #[test]
        fn a_link_opens_only_while_everything_holds(
            revoked: bool,
            over: bool,
            foreign: bool,
            now in 0i64..2_000,
        ) {
            let mut talk = interview();
            if over {
                talk = talk.cancel(By::System, at(5)).unwrap();
            }
            if foreign {
                talk.id = InterviewId::new(Uuid::from_u128(9));
            }
            let mut link = link();
            if revoked {
                link = link.revoke(UserId::new(Uuid::from_u128(4)), at(5)).unwrap();
            }
            let opens = !revoked && !over && !foreign && now < 1_000;
            prop_assert_eq!(link.opens(&talk, at(now)), opens);
            prop_assert_eq!(link.claim(&talk, at(now)).is_ok(), opens);
        }
    }
}
