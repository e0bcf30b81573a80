//! The way of a note: written, submitted, returned or approved. Its states carry who and when; what
//! was decided before a step comes in as a proof that only [`super::gate`] can make. What the note
//! says lies beside it, sealed.

use crate::ids::{InterviewId, NoteId, UserId};
use crate::time::Timestamp;
use crate::transition::InvalidTransition;

use super::gate::{Approvable, Submittable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    /// An interview has one note.
    pub interview: InterviewId,
    /// Who wrote in it last. `None` while nobody did.
    pub written: Option<Hand>,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hand {
    pub by: UserId,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Draft,
    Submitted(Submission),
    /// Open for writing again.
    Returned {
        submission: Submission,
        by: Returner,
        at: Timestamp,
    },
    /// Frozen. What comes later are addenda.
    Approved {
        submission: Submission,
        approval: Hand,
    },
}

/// A version as it was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submission {
    /// From 1.
    pub version: u32,
    pub by: UserId,
    pub at: Timestamp,
}

/// Why a note lies with the nurse again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returner {
    /// With a comment, which stands in the note's events.
    Approver(UserId),
    /// By itself: a flag was added or opened again after it was submitted.
    NewFlag,
}

impl Note {
    pub const fn begin(id: NoteId, interview: InterviewId) -> Self {
        Self {
            id,
            interview,
            written: None,
            state: State::Draft,
        }
    }

    /// The nurse saves what she wrote.
    pub fn write(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Draft | State::Returned { .. } => Ok(Self {
                written: Some(Hand { by, at }),
                ..self
            }),
            State::Submitted(_) | State::Approved { .. } => Err(self.invalid("written")),
        }
    }

    /// Hands a new version to the approver.
    pub fn submit(
        self,
        _nothing_left: &Submittable,
        by: UserId,
        at: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Draft | State::Returned { .. } => Ok(self.with(State::Submitted(Submission {
                version: self.version() + 1,
                by,
                at,
            }))),
            State::Submitted(_) | State::Approved { .. } => Err(self.invalid("submitted")),
        }
    }

    /// The approver gives it back; the comment is written down beside it.
    pub fn give_back(self, by: UserId, at: Timestamp) -> Result<Self, InvalidTransition> {
        self.back(Returner::Approver(by), at)
    }

    /// A flag was added or opened again: whatever the approver would see is not all.
    pub fn recall(self, at: Timestamp) -> Result<Self, InvalidTransition> {
        self.back(Returner::NewFlag, at)
    }

    /// Freezes the note, by whom the proof was made for.
    pub fn approve(
        self,
        nothing_left: &Approvable,
        at: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Submitted(submission) if nothing_left.version() == submission.version => {
                let by = nothing_left.approver();
                Ok(self.with(State::Approved {
                    submission,
                    approval: Hand { by, at },
                }))
            }
            _ => Err(self.invalid("approved")),
        }
    }

    fn back(self, by: Returner, at: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state {
            State::Submitted(submission) => Ok(self.with(State::Returned { submission, by, at })),
            _ => Err(self.invalid("returned")),
        }
    }

    /// The version that was submitted last.
    pub const fn submission(&self) -> Option<Submission> {
        match self.state {
            State::Draft => None,
            State::Submitted(submission)
            | State::Returned { submission, .. }
            | State::Approved { submission, .. } => Some(submission),
        }
    }

    /// Its number; 0 before the first.
    pub fn version(&self) -> u32 {
        self.submission().map_or(0, |submission| submission.version)
    }

    /// Whose note it is, as far as approving is concerned: who wrote last, and who submitted.
    pub fn authors(&self) -> Vec<UserId> {
        let mut authors: Vec<_> = self.written.iter().map(|hand| hand.by).collect();
        if let Some(submission) = self.submission()
            && !authors.contains(&submission.by)
        {
            authors.push(submission.by);
        }
        authors
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    const fn invalid(&self, to: &'static str) -> InvalidTransition {
        InvalidTransition {
            record: "note",
            from: self.state.name(),
            to,
        }
    }
}

impl State {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted(_) => "submitted",
            Self::Returned { .. } => "returned",
            Self::Approved { .. } => "approved",
        }
    }
}

#[cfg(test)]
mod tests;
