//! What the rest of the service tells a running call: who comes in, and what was committed.

use tokio::sync::mpsc;
use yorisoi_domain::call::{Input, Refusal};
use yorisoi_domain::participant::{Nearby, Who};

use super::{Driver, Held};
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
            self.clock.begin(started);
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

    pub(super) fn news(&mut self, news: News) -> Result<(), Refusal> {
        match news {
            News::Started(at) => {
                self.clock.begin(at);
                Ok(())
            }
            News::Admitted(seat, revision) => self.input(Input::Admitted(seat, revision.number())),
            News::SentOut(seat, revision) => self.input(Input::SentOut(seat, revision.number())),
            News::Left(seat, how) => {
                let left = self.input(Input::Left(seat, how));
                self.perform();
                self.hub.dismiss(seat, Close::Over);
                left
            }
            News::SignedOut(seat) => {
                let lost = self.input(Input::SocketLost(seat));
                self.plane.close(seat);
                self.hub.dismiss(seat, Close::SignedOut);
                lost
            }
            News::Consented(seat, consent) => self.input(Input::Consented(seat, consent)),
            News::Paused(of, pauses) => self.input(Input::Paused(of, pauses)),
            News::Withdrawn(seat, consent, at) => {
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
