//! Who asked for captions, and whose words nobody is shown any more.

use std::collections::{BTreeMap, BTreeSet};

use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::segment::Said;

use crate::media::tap::Uttered;

#[derive(Debug, Default)]
pub(super) struct Listeners {
    captioned: BTreeSet<ParticipantId>,
    withdrawn: BTreeSet<ParticipantId>,
    /// Since when a voice was last not to be shown, for whatever reason.
    closed: BTreeMap<ParticipantId, InterviewMs>,
}

impl Listeners {
    pub(super) fn caption(&mut self, guest: ParticipantId, on: bool) {
        if on {
            self.captioned.insert(guest);
        } else {
            self.captioned.remove(&guest);
        }
    }

    pub(super) fn captioned(&self) -> impl Iterator<Item = ParticipantId> {
        self.captioned.iter().copied()
    }

    /// What this voice has said by now and nobody has been shown is not shown any more.
    pub(super) fn close(&mut self, of: ParticipantId, now: InterviewMs) {
        self.closed.insert(of, now);
    }

    /// Whether these are words from before the voice was last closed.
    pub(super) fn is_past(&self, of: ParticipantId, said: &Said) -> bool {
        let start = match said {
            Said::Partial { start, .. } => *start,
            Said::Confirmed(segment) => segment.start,
            Said::Gap { .. } | Said::Behind { .. } => return false,
        };
        self.closed.get(&of).is_some_and(|closed| start < *closed)
    }

    /// Whether the staff are told of it. What might be written when it was said stays, and its final
    /// words are theirs to read; of all else nothing is shown after a no.
    pub(super) fn are_told(&self, (of, allowed, said): &Uttered) -> bool {
        let kept = *allowed >= Tap::Text && !matches!(said, Said::Partial { .. });
        !self.has_withdrawn(*of) && (kept || !self.is_past(*of, said))
    }

    pub(super) fn withdraw(&mut self, participant: ParticipantId) {
        self.withdrawn.insert(participant);
    }

    pub(super) fn has_withdrawn(&self, participant: ParticipantId) -> bool {
        self.withdrawn.contains(&participant)
    }

    pub(super) fn withdrawn(&self) -> impl Iterator<Item = ParticipantId> {
        self.withdrawn.iter().copied()
    }
}
