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
