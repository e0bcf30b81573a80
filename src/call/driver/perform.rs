//! What the call asks for, done: pages told, connections closed, taps opened and closed.

use std::time::Instant;

use yorisoi_domain::call::Output;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::ParticipantId;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Said;

use super::{Driver, view};
use crate::signalling::message::{Over, OverForGuests, ResidentEvent, ScreenView, StaffEvent};

impl Driver {
    /// Does what the call asks for.
    pub(super) fn perform(&mut self) {
        while let Some(output) = self.call.poll_output() {
            match output {
                Output::Seat(state) => self.tell_seat(state),
                Output::Slots(viewer, slots) => {
                    let slots = view::slots(slots);
                    self.tell_one(
                        viewer,
                        &StaffEvent::Slots(slots),
                        &ResidentEvent::Slots(slots),
                    );
                }
                Output::Screen(sharer) => {
                    let screen = ScreenView {
                        participant: sharer.map(ParticipantId::uuid),
                    };
                    self.tell_staff(&StaffEvent::Screen(screen));
                    self.tell_guests_inside(&ResidentEvent::Screen(screen));
                }
                Output::CloseMedia(seat) => self.plane.close(seat),
                Output::Tap(seat, tap) => {
                    if tap == Tap::Closed && self.call.over().is_none() {
                        // No page that comes back is given what nobody may be shown any more.
                        self.hub.forget();
                    }
                    self.plane.tap(seat, tap);
                    let now = self.clock.at(Instant::now());
                    if tap < Tap::MemoryOnly {
                        self.empty_captions(seat);
                        if self.call.over().is_none() {
                            self.listeners.close(seat, now);
                        }
                    }
                    self.gaps.tap(seat, tap, now);
                    self.tell_staff(&StaffEvent::Tap(view::tap(seat, tap)));
                    self.tell_guest(seat, &ResidentEvent::Tap(view::tap(seat, tap)));
                }
                Output::Gap(seat, reason, stretch) => {
                    let on_clock = |at| self.clock.at(self.begun + at);
                    let (from, to) = (on_clock(stretch.from), on_clock(stretch.to));
                    self.gaps.stretch(seat, reason, from, to);
                    let away = self.away.entry(seat).or_default();
                    let ms = stretch.to.saturating_sub(stretch.from).as_millis();
                    let ms = u64::try_from(ms).unwrap_or(u64::MAX);
                    match reason {
                        GapReason::Muted => away.muted += ms,
                        _ => away.absent += ms,
                    }
                }
                Output::Over(why) => {
                    let why = view::why(why);
                    self.tell_staff(&StaffEvent::Over(Over {
                        why,
                        tracks: self.accounts(),
                    }));
                    let guests: Vec<_> = self.guests().collect();
                    for guest in guests {
                        self.tell_guest(guest, &ResidentEvent::Over(OverForGuests { why }));
                    }
                }
            }
        }
        self.write_gaps();
    }

    /// What nobody took of a voice is neither heard nor silence.
    pub(super) fn tell_missing(&mut self) {
        for (seat, gap) in self.plane.missing() {
            if self.listeners.has_withdrawn(seat) {
                continue;
            }
            if let Some(log) = &self.log {
                log.gap(gap);
            }
            self.tell_staff(&view::said(seat, Said::Gap { gap, void: None }));
        }
    }

    /// A crash takes no reason along that is written.
    pub(super) fn write_gaps(&mut self) {
        let changed = self.gaps.changed();
        if let Some(log) = &self.log {
            for changed in changed {
                log.seat_gap(changed);
            }
        }
        self.tell_missing();
    }
}
