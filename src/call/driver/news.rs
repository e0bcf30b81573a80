//! What the rest of the service tells a running call: who comes in, and what was committed.

use std::time::Instant;

use tokio::sync::mpsc;
use yorisoi_domain::call::{Input, Refusal};
use yorisoi_domain::participant::{Nearby, Who};
use yorisoi_domain::time::Timestamp;

use super::{Driver, Held};
use crate::call::time::InterviewClock;
use crate::call::{Entry, News};
use crate::signalling::hub::{Close, Frame, Side, SocketId};
use crate::signalling::message::{NearbyView, StaffEvent};

impl Driver {
    pub(super) fn enter(
        &mut self,
        entry: Entry,
        socket: SocketId,
        frames: mpsc::Sender<Frame>,
    ) -> Result<(), Held> {
        let Entry {
            seat,
            who,
            door,
            holder,
            revision,
            consent,
            pauses,
            started,
        } = entry;
        if self.hub.is_held_by_another(seat, holder) {
            return Err(Held);
        }
        if let Some(started) = started {
            self.begin(started);
        }
        let side = match who {
            Who::Nurse(_) => Side::Staff,
            Who::Guest(..) => Side::Guest,
        };
        self.hub
            .open(seat, side, self.ids.id(), socket, holder, frames);
        let entered = self.input(Input::Entered {
            seat,
            who,
            door,
            revision: revision.number(),
            consent,
            pauses,
        });
        match entered {
            // A reconnect that was overtaken by their leaving: nothing will come here.
            Err(Refusal::NoSeat) => self.hub.dismiss(seat, Close::Over),
            // With all seats taken they stay at the door; after the end every page is told.
            Ok(()) | Err(Refusal::Full | Refusal::Over | Refusal::NotAdmitted) => {}
        }
        Ok(())
    }

    /// A second beginning is none.
    fn begin(&mut self, began: Timestamp) {
        if !self.clock.has_begun() {
            let (now, utc) = (Instant::now(), self.wall.now());
            self.clock = InterviewClock::going_on(began, now, utc);
        }
    }

    pub(super) fn news(&mut self, news: News) -> Result<(), Refusal> {
        match news {
            News::Started(at) => {
                self.begin(at);
                Ok(())
            }
            News::Admitted(seat, revision) => self.input(Input::Admitted(seat, revision.number())),
            News::SentOut(seat, revision) => self.input(Input::SentOut(seat, revision.number())),
            News::Left(seat, how) => {
                self.empty_captions(seat);
                let left = self.input(Input::Left(seat, how));
                self.perform();
                self.hub.dismiss(seat, Close::Over);
                left
            }
            // Somebody of theirs has come in again meanwhile, by a login that holds.
            News::SignedOut(seat, socket) if self.hub.has_another(seat, socket) => Ok(()),
            News::SignedOut(seat, _) => {
                let lost = self.input(Input::SocketLost(seat));
                self.plane.close(seat);
                self.hub.dismiss(seat, Close::SignedOut);
                lost
            }
            News::Consented(seat, consent) => self.input(Input::Consented(seat, consent)),
            News::Paused(of, pauses) => self.input(Input::Paused(of, pauses)),
            News::Withdrawn(seat, consent, at) => {
                self.listeners.withdraw(seat);
                let consented = self.input(Input::Consented(seat, consent));
                self.perform();
                self.withdrawn(seat, at);
                consented
            }
            News::Nearby(seat, nearby) => {
                let view = NearbyView {
                    participant: seat.uuid(),
                    someone: nearby == Nearby::Someone,
                };
                self.tell_staff(&StaffEvent::Nearby(view));
                Ok(())
            }
            News::Ended => self.input(Input::Ended),
        }
    }
}
