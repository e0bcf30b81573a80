//! The gate: what is left to decide before a note may be submitted, and before it may be approved.
//! A pure function of the note and its flags; the database holds the same line once more.

use crate::ids::{FlagId, UserId};
use crate::risk::item::{ItemId, Tier};
use crate::time::Timestamp;

use super::content::Content;
use super::workflow::{Note, State};

/// A flag as far as the gate is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub flag: FlagId,
    pub item: ItemId,
    pub tier: Tier,
    /// Of the flag as it is now: a signature of an earlier one does not count.
    pub revision: u32,
    pub decision: Decision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Undecided,
    /// Confirmed, or dismissed with a reason.
    Made,
    /// Put off with reason and person, until then.
    Held {
        until: Timestamp,
    },
}

/// The approver has read the flag, heard its sound where there is one, and checked the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    pub flag: FlagId,
    pub flag_revision: u32,
    pub note_version: u32,
    pub by: UserId,
    pub at: Timestamp,
}

/// Something that has to be done first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Decide about it.
    Undecided(FlagId),
    /// Its day has come (to submit), or it is not over yet (to approve).
    Held(FlagId),
    /// Choose a verdict.
    Verdict,
    /// Write something.
    Text,
    /// Sign it.
    Signature(FlagId),
    /// The note waits for its author, not for an approver.
    NotSubmitted,
    /// Somebody else has to.
    OwnNote,
    /// A call of the talk is not closed: sound of it waits for its text, and what is in it is not known.
    WordsToCome,
}

/// What keeps the note from being submitted: flags in the order given, then verdict and text.
pub fn left_to_submit(content: &Content, flags: &[Standing], now: Timestamp) -> Vec<Left> {
    let mut left = Vec::new();
    for flag in flags.iter().filter(|flag| flag.tier.gates()) {
        match flag.decision {
            Decision::Undecided => left.push(Left::Undecided(flag.flag)),
            Decision::Held { until } if until <= now => left.push(Left::Held(flag.flag)),
            Decision::Held { .. } | Decision::Made => {}
        }
    }
    if content.verdict.is_none() {
        left.push(Left::Verdict);
    }
    if content.fields.are_empty() {
        left.push(Left::Text);
    }
    left
}

/// What keeps this person from approving the note. `signatures`: all that were given for it;
/// `words_to_come`: a call of its talk is not closed.
pub fn left_to_approve(
    note: &Note,
    flags: &[Standing],
    signatures: &[Signature],
    words_to_come: bool,
    approver: UserId,
    now: Timestamp,
) -> Vec<Left> {
    let mut left = Vec::new();
    if words_to_come {
        left.push(Left::WordsToCome);
    }
    if !matches!(note.state, State::Submitted(_)) {
        left.push(Left::NotSubmitted);
    }
    if note.authors().contains(&approver) {
        left.push(Left::OwnNote);
    }
    for flag in flags {
        match flag.decision {
            Decision::Undecided if flag.tier.gates() => left.push(Left::Undecided(flag.flag)),
            Decision::Held { until } if flag.tier.gates() && until <= now => {
                left.push(Left::Undecided(flag.flag));
            }
            Decision::Held { .. } => left.push(Left::Held(flag.flag)),
            Decision::Undecided | Decision::Made => {}
        }
        let signed = signatures.iter().any(|signature| {
            (signature.flag, signature.flag_revision, signature.by)
                == (flag.flag, flag.revision, approver)
        });
        if flag.tier == Tier::Immediate && !signed {
            left.push(Left::Signature(flag.flag));
        }
    }
    left
}

/// The proof that nothing was left. Only [`submittable`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Submittable(());

/// # Errors
/// What is left.
pub fn submittable(
    content: &Content,
    flags: &[Standing],
    now: Timestamp,
) -> Result<Submittable, Vec<Left>> {
    let left = left_to_submit(content, flags, now);
    if left.is_empty() {
        Ok(Submittable(()))
    } else {
        Err(left)
    }
}

/// The proof that nothing was left for this person over this version. Only [`approvable`] makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Approvable {
    approver: UserId,
    version: u32,
}

impl Approvable {
    pub const fn approver(&self) -> UserId {
        self.approver
    }

    pub const fn version(&self) -> u32 {
        self.version
    }
}

/// # Errors
/// What is left.
pub fn approvable(
    note: &Note,
    flags: &[Standing],
    signatures: &[Signature],
    words_to_come: bool,
    approver: UserId,
    now: Timestamp,
) -> Result<Approvable, Vec<Left>> {
    let left = left_to_approve(note, flags, signatures, words_to_come, approver, now);
    if left.is_empty() {
        Ok(Approvable {
            approver,
            version: note.version(),
        })
    } else {
        Err(left)
    }
}

#[cfg(test)]
mod tests;
