//! Who of the call is told what: staff everything, guests only what is meant for them.

use std::time::{Duration, Instant};

use uuid::Uuid;
use yorisoi_domain::call::{Call, Presence, SeatState};
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::participant::Who;

use super::{Driver, view};
use crate::app::notices::Noticed;
use crate::call::listeners::Listeners;
use crate::media::peer::PeerId;
use crate::signalling::hub::{Hub, Side};
use crate::signalling::message::{
    FlagGoneView, PathLost, Place, PlaceView, RecognitionView, ResidentEvent, Snapshot, StaffEvent,
    StaffSnapshot,
};

impl Driver {
    /// Flags come after the words that they rest on.
    pub(super) fn noticed(&mut self, noticed: Noticed) {
        while let Ok(uttered) = self.said.try_recv() {
            self.said(uttered);
        }
        let now = (self.now(), self.at_ms());
        notice(&mut self.hub, &self.call, &self.listeners, now, noticed);
    }

    pub(super) fn tell_seat(&mut self, state: SeatState) {
        self.tell_staff(&StaffEvent::Participant(view::for_staff(state)));
        let inside = self.call.may_send(state.seat);
        let at = self.clock.at(Instant::now());
        self.gaps.place(state.seat, inside, at);
        let away = matches!(state.presence, Presence::Interrupted | Presence::Absent);
        self.gaps
            .holding(state.seat, state.muted, inside && away, at);
        if inside {
            self.shown.insert(state.seat);
        }
        if self.shown.contains(&state.seat) {
            let seen = ResidentEvent::Participant(view::for_guests(state, inside));
            self.tell_guests_inside(&seen);
        }
        if !inside {
            self.shown.remove(&state.seat);
        }
        if matches!(state.who, Who::Guest(..)) {
            let place = if inside {
                Place::Inside
            } else {
                Place::Waiting
            };
            let before = self.places.insert(state.seat, place);
            if before.is_some_and(|before| before != place) {
                self.tell_guest(state.seat, &ResidentEvent::Place(PlaceView { place }));
                if inside {
                    // What was said while they waited was not for them.
                    self.snapshot(state.seat);
                }
            }
        }
    }

    /// Tells one page how everything stands.
    pub(super) fn snapshot(&mut self, you: ParticipantId) {
        let inside = self.call.may_send(you);
        let staff = self
            .hub
            .attendees()
            .any(|(who, side)| who == you && side == Side::Staff);
        let participants = self
            .call
            .states()
            .filter_map(|state| {
                let in_talk = self.call.may_send(state.seat);
                if staff {
                    Some(view::for_staff(state))
                } else {
                    (inside && in_talk).then(|| view::for_guests(state, true))
                }
            })
            .collect();
        let taps = self.call.taps();
        let taps: Vec<_> = taps.map(|(seat, tap)| view::tap(seat, tap)).collect();
        let own = taps
            .iter()
            .find(|tap| tap.participant == you.uuid())
            .copied();
        let recognition_stopped = !*self.hears.borrow();
        let withdrawn = self
            .listeners
            .withdrawn()
            .map(ParticipantId::uuid)
            .collect();
        let snapshot = Snapshot {
            you: you.uuid(),
            place: if inside {
                Place::Inside
            } else {
                Place::Waiting
            },
            participants,
            slots: view::slots(self.call.slots(you)),
            screen: self
                .call
                .sharer()
                .filter(|_| inside)
                .map(ParticipantId::uuid),
        };
        self.tell_one(
            you,
            &StaffEvent::Snapshot(StaffSnapshot {
                talk: snapshot.clone(),
                taps,
                recognition_stopped,
                withdrawn,
            }),
            &ResidentEvent::Snapshot(snapshot),
        );
        if let Some(own) = own.filter(|_| inside) {
            self.tell_guest(you, &ResidentEvent::Tap(own));
        }
    }

    /// Her page may not know: what it sends may still come, by another way than what is sent to it.
    pub(super) fn path_lost(&mut self, peer: PeerId) {
        if let Some(seat) = self.plane.owner(peer) {
            let (staff, guest) = (
                StaffEvent::PathLost(PathLost {}),
                ResidentEvent::PathLost(PathLost {}),
            );
            self.tell_one(seat, &staff, &guest);
        }
    }

    /// Whether voices become text now.
    pub(super) fn tell_recognition(&mut self) {
        let stopped = !*self.hears.borrow_and_update();
        self.tell_staff(&StaffEvent::Recognition(RecognitionView { stopped }));
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

    pub(super) fn guests(&self) -> impl Iterator<Item = ParticipantId> {
        self.hub
            .attendees()
            .filter(|(_, side)| *side == Side::Guest)
            .map(|(who, _)| who)
    }
}

/// Tells every page of the staff, each with what it decided itself marked as its own. A flag that quotes what
/// was taken back meanwhile is not told: how it stands without those words is told when they are gone.
pub(super) fn notice(
    hub: &mut Hub,
    call: &Call,
    listeners: &Listeners,
    (now, at_ms): (Duration, i64),
    noticed: Noticed,
) {
    let Noticed {
        flags,
        gone,
        coverage,
        speaker,
    } = noticed;
    if let Some(given) = speaker {
        hub.to_staff(now, at_ms, &StaffEvent::Speaker(given));
    }
    let taken_back = |of: Uuid| listeners.has_withdrawn(of.into());
    for flag in flags {
        let mut whose = flag.quotes.iter().filter_map(|quote| quote.participant);
        if whose.any(taken_back) {
            continue;
        }
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
