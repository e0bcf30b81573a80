//! Whose voice may be tapped: what was agreed to, who else speaks there, and what is paused, together.

use super::pause::Pauses;
use super::words::Words;
use super::{Call, Output};
use crate::consent::{InEffect, Tap, tap_under};
use crate::ids::ParticipantId;
use crate::participant::{GuestRole, Who};

impl Call {
    /// Nobody's voice is tapped unless the resident is known to have agreed, and a guest's not
    /// without their own yes. What changed is told.
    pub(super) fn settle_taps(&mut self) {
        let is_resident = |who| matches!(who, Who::Guest(GuestRole::Resident, _));
        // Two residents' seats (she came back with another device): the stricter word counts.
        let residents = self
            .seats
            .values()
            .filter(|s| is_resident(s.who) && s.is_admitted());
        let resident = residents
            .map(|seat| seat.consent.to)
            .min_by_key(InEffect::tap);
        for (id, seat) in &mut self.seats {
            let own = match seat.who {
                Who::Nurse(_) => Tap::TextAndAudio,
                Who::Guest(..) => seat.consent.to.tap(),
            };
            let tap = match &resident {
                Some(resident) if self.over.is_none() && seat.is_admitted() => {
                    tap_under(resident, own)
                }
                _ => Tap::Closed,
            };
            let paused = self.paused.1 || self.words.get(id).is_some_and(Words::is_paused);
            let tap = if paused { tap.min(Tap::Paused) } else { tap };
            // Whoever speaks there too counts for this track alone: the others are heard on.
            let tap = if seat.consent.second_voice.may_be_heard() {
                tap
            } else {
                tap.min(Tap::SecondVoice)
            };
            if seat.tap != tap {
                seat.tap = tap;
                self.outputs.push_back(Output::Tap(*id, tap));
            }
        }
    }

    pub(super) fn pause(&mut self, of: Option<ParticipantId>, said: Pauses) {
        if said.entries >= self.paused.0 {
            self.paused = (said.entries, said.all);
        }
        if let Some(id) = of {
            self.words.entry(id).or_default().pause(said);
        }
    }
}
