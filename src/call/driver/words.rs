//! What somebody said, on its way to the pages; and how it is taken back.

use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::segment::Said;

use super::{Driver, view};
use crate::media::tap::Uttered;
use crate::signalling::message::{ResidentEvent, StaffEvent, WithdrawnView};

impl Driver {
    pub(super) fn said(&mut self, uttered: Uttered) {
        if !self.listeners.are_told(&uttered) {
            return;
        }
        let (seat, _, said) = uttered;
        if !self.listeners.is_past(seat, &said) {
            self.caption(seat, &said);
        }
        self.tell_staff(&view::said(seat, said));
    }

    /// To the staff alone: nobody follows captions of what was said a while ago.
    pub(super) fn said_before(&mut self, seat: ParticipantId, said: Said) {
        if !self.listeners.has_withdrawn(seat) {
            self.tell_staff(&view::said(seat, said));
        }
    }

    /// To the guests who asked for it, while the voice may be shown at all.
    fn caption(&mut self, of: ParticipantId, said: &Said) {
        if self.listeners.captioned().next().is_none() {
            return;
        }
        let open = |(seat, tap)| seat == of && tap >= Tap::MemoryOnly;
        let who = self.call.states().find(|state| state.seat == of);
        let party = who
            .filter(|_| self.call.taps().any(open))
            .map(|it| view::party(it.who));
        let caption = party.and_then(|party| view::caption(of, party, said));
        let Some(caption) = caption.map(ResidentEvent::Caption) else {
            return;
        };
        let at_ms = self.at_ms();
        for guest in self
            .listeners
            .captioned()
            .filter(|it| self.call.may_send(*it))
        {
            self.hub.pass_to_guest(guest, at_ms, &caption);
        }
    }

    /// What stands of this voice on the phones of the others is emptied, as no caption of it follows
    /// that would take its place.
    pub(super) fn empty_captions(&mut self, of: ParticipantId) {
        let who = self.call.states().find(|state| state.seat == of);
        let Some(party) = who.map(|it| view::party(it.who)) else {
            return;
        };
        let nothing = ResidentEvent::Caption(view::no_caption(of, party));
        let at_ms = self.at_ms();
        for guest in self.listeners.captioned().filter(|guest| *guest != of) {
            self.hub.pass_to_guest(guest, at_ms, &nothing);
        }
    }

    /// Nothing that this participant said is told any more, and what was told is taken back.
    pub(super) fn withdrawn(&mut self, of: ParticipantId, at: Timestamp) {
        self.empty_captions(of);
        self.listeners.withdraw(of);
        self.plane.hush(of);
        self.hub.forget();
        let participant = of.uuid();
        self.tell_staff(&StaffEvent::Withdrawn(WithdrawnView { participant, at }));
    }
}
