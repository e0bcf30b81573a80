//! Who asked for captions, and whose words nobody is shown any more.

use std::collections::BTreeSet;

use yorisoi_domain::ids::ParticipantId;

#[derive(Debug, Default)]
pub(super) struct Listeners {
    captioned: BTreeSet<ParticipantId>,
    withdrawn: BTreeSet<ParticipantId>,
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
