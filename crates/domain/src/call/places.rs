//! The way in and out of the talk: at the door, inside, or gone.

use std::time::Duration;

use super::seat::{Link, Place, Seat};
use super::slots::{SLOTS, Slots};
use super::{Call, Door, Output, Refusal};
use crate::consent::Agreed;
use crate::ids::ParticipantId;
use crate::participant::Who;
use crate::transcript::account::GapReason;

impl Call {
    pub(super) fn enter(
        &mut self,
        now: Duration,
        id: ParticipantId,
        who: Who,
        door: Door,
        consent: Agreed,
    ) -> Result<(), Refusal> {
        let seat = self.seats.entry(id).or_insert_with(|| Seat::new(who));
        seat.consent = consent;
        let gap = seat.open_link(now);
        if door == Door::Waits && seat.is_admitted() {
            // The door's word counts: somebody was moved back while their socket was gone.
            self.take_out(now, id, Place::AtDoor);
        }
        self.gap(id, GapReason::Absent, gap);
        self.empty_since = None;
        if door == Door::LetIn && !self.seat(id)?.is_admitted() {
            // The others learn of a seat once, in its final state.
            return self.admit(now, id);
        }
        let state = self.seat(id)?.state(id);
        self.outputs.push_back(Output::Seat(state));
        if self.may_send(id) {
            self.outputs.push_back(Output::Slots(id, self.slots(id)));
        }
        Ok(())
    }

    /// Follows the door's newest word, which may be another than this one.
    pub(super) fn open_door(
        &mut self,
        now: Duration,
        id: ParticipantId,
        revision: u32,
        door: Door,
    ) -> Result<(), Refusal> {
        let words = self.words.entry(id).or_default();
        let newest = words.door(revision, door).ok_or(Refusal::NoSeat)?;
        self.seat(id)?;
        match newest {
            Door::LetIn => self.admit(now, id),
            Door::Waits => {
                self.take_out(now, id, Place::AtDoor);
                Ok(())
            }
        }
    }

    fn admit(&mut self, now: Duration, id: ParticipantId) -> Result<(), Refusal> {
        let seats = self.seats.iter().filter(|(_, seat)| seat.is_admitted());
        let others: Vec<_> = seats
            .map(|(other, _)| *other)
            .filter(|other| *other != id)
            .collect();
        let seat = self.seat(id)?;
        if !seat.is_admitted() {
            if others.len() > SLOTS {
                let state = seat.state(id);
                self.outputs.push_back(Output::Seat(state));
                return Err(Refusal::Full);
            }
            seat.place = Place::Inside { since: now };
            seat.slots = Slots::default();
            let mut inside = others;
            inside.push(id);
            self.talking_since.get_or_insert(now);
            for viewer in &inside {
                for other in inside.iter().filter(|other| *other != viewer) {
                    if let Some(seat) = self.seats.get_mut(viewer) {
                        seat.slots.place(*other);
                    }
                }
            }
            let state = self.seat(id)?.state(id);
            self.outputs.push_back(Output::Seat(state));
            for viewer in inside {
                self.outputs
                    .push_back(Output::Slots(viewer, self.slots(viewer)));
            }
        }
        Ok(())
    }

    /// Out of the talk, to the door or for good.
    pub(super) fn take_out(&mut self, now: Duration, id: ParticipantId, place: Place) {
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        let was_inside = seat.is_admitted();
        let (muted, away) = seat.settle(now);
        seat.place = place;
        seat.slots = Slots::default();
        if matches!(place, Place::Gone(_)) {
            seat.link = Link::None;
        }
        let state = seat.state(id);
        self.gap(id, GapReason::Muted, muted);
        self.gap(id, GapReason::Absent, away);
        self.stop_sharing(id);
        if was_inside {
            self.outputs.push_back(Output::CloseMedia(id));
        }
        self.outputs.push_back(Output::Seat(state));
        if was_inside {
            let inside = self.seats.iter_mut().filter(|(_, seat)| seat.is_admitted());
            for (viewer, seat) in inside {
                seat.slots.remove(id);
                self.outputs
                    .push_back(Output::Slots(*viewer, seat.slots.seats()));
            }
        }
    }
}
