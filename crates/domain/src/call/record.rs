//! What stays of a call: when its media ran, why they ended, and what came of every voice. Sound
//! and words are kept elsewhere, under consent.

use super::Why;
use crate::ids::{CallId, InterviewId, ParticipantId, TrackId};
use crate::time::{InterviewMs, Timestamp};
use crate::transcript::account::GapReason;
use crate::transition::InvalidTransition;

/// One stretch of media of an interview, from its first socket to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRecord {
    pub id: CallId,
    pub interview: InterviewId,
    pub opened_at: Timestamp,
    pub closed: Option<Closed>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    pub at: Timestamp,
    pub why: ClosedWhy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClosedWhy {
    Ended,
    NobodyLeft,
    LongestReached,
    /// The service was stopped.
    Stopped,
    /// The service broke off; found when it started again.
    Crash,
}

impl From<Why> for ClosedWhy {
    fn from(why: Why) -> Self {
        match why {
            Why::Ended => Self::Ended,
            Why::NobodyLeft => Self::NobodyLeft,
            Why::LongestReached => Self::LongestReached,
        }
    }
}

impl CallRecord {
    #[must_use]
    pub const fn open(id: CallId, interview: InterviewId, opened_at: Timestamp) -> Self {
        Self {
            id,
            interview,
            opened_at,
            closed: None,
        }
    }

    /// When and why it ends: not before it began, also where the clock was set back meanwhile.
    ///
    /// # Errors
    /// It is closed already.
    pub fn close(self, why: ClosedWhy, at: Timestamp) -> Result<Closed, InvalidTransition> {
        if self.closed.is_some() {
            return Err(InvalidTransition {
                record: "call",
                from: "closed",
                to: "closed",
            });
        }
        let at = at.max(self.opened_at);
        Ok(Closed { at, why })
    }
}

/// One voice of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub call: CallId,
    pub participant: ParticipantId,
    /// Known when the call is closed; after a crash never.
    pub reception: Option<TrackReception>,
}

/// What came of a voice, over all its connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrackReception {
    pub packets: u64,
    /// Sequence numbers that never came.
    pub missing: u64,
    /// Milliseconds the participant was away from their seat.
    pub absent_ms: u64,
    pub muted_ms: u64,
}

/// A stretch in which a seat of a running call has no words, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatGap {
    pub from: InterviewMs,
    /// `None`: it lasts.
    pub to: Option<InterviewMs>,
    pub reason: GapReason,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_call_is_closed_once_and_not_before_it_began() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (id, interview) = (
            CallId::new(Uuid::from_u128(1)),
            InterviewId::new(Uuid::from_u128(2)),
        );
        let mut call = CallRecord::open(id, interview, at("2026-11-25T01:00:00Z"));
        let set_back = call.close(ClosedWhy::Ended, at("2026-11-25T00:59:59Z"));
        assert_eq!(set_back.unwrap().at, call.opened_at);
        let closed = call.close(ClosedWhy::Ended, at("2026-11-25T01:30:00Z"));
        call.closed = Some(closed.unwrap());
        assert!(
            call.close(ClosedWhy::Crash, at("2026-11-25T02:00:00Z"))
                .is_err()
        );
    }
}
