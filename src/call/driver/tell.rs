//! Who of the call is told what: staff everything, guests only what is meant for them.

use std::time::Duration;

use yorisoi_domain::call::Call;
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::participant::Who;

use super::Driver;
use crate::app::notices::Noticed;
use crate::signalling::hub::Hub;
use crate::signalling::message::{FlagGoneView, ResidentEvent, StaffEvent};

impl Driver {
    /// Flags come after the words that they rest on.
    pub(super) fn noticed(&mut self, noticed: Noticed) {
        while let Ok((seat, said)) = self.said.try_recv() {
            self.said(seat, said);
        }
        let now = (self.now(), self.at_ms());
        notice(&mut self.hub, &self.call, now, noticed);
    }

    pub(super) fn tell_staff(&mut self, event: &StaffEvent) {
        let (now, at_ms) = (self.now(), self.at_ms());
        self.hub.to_staff(now, at_ms, event);
    }

    pub(super) fn tell_guest(&mut self, who: ParticipantId, event: &ResidentEvent) {
        let (now, at_ms) = (self.now(), self.at_ms());
        self.hub.to_guest(who, now, at_ms, event);
    }

    pub(super) fn tell_guests_inside(&mut self, event: &ResidentEvent) {
        let inside: Vec<_> = self
            .guests()
            .filter(|guest| self.call.may_send(*guest))
            .collect();
        for guest in inside {
            self.tell_guest(guest, event);
        }
    }

    pub(super) fn tell_one(
        &mut self,
        who: ParticipantId,
        staff: &StaffEvent,
        guest: &ResidentEvent,
    ) {
        let (now, at_ms) = (self.now(), self.at_ms());
        self.hub.to_nurse(who, now, at_ms, staff);
        self.hub.to_guest(who, now, at_ms, guest);
    }
}

/// Tells every page of the staff, each with what it decided itself marked as its own.
pub(super) fn notice(hub: &mut Hub, call: &Call, (now, at_ms): (Duration, i64), noticed: Noticed) {
    let Noticed {
        flags,
        gone,
        coverage,
    } = noticed;
    for flag in flags {
        for state in call.states() {
            if let Who::Nurse(user) = state.who {
                let event = StaffEvent::Flag(Box::new(flag.clone().seen_by(user)));
                hub.to_nurse(state.seat, now, at_ms, &event);
            }
        }
    }
    for id in gone {
        hub.to_staff(now, at_ms, &StaffEvent::FlagGone(FlagGoneView { id }));
    }
    for one in coverage {
        hub.to_staff(now, at_ms, &StaffEvent::Coverage(one));
    }
}
