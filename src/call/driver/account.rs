//! What came of every voice, for the pages and for the records.

use yorisoi_domain::call::SeatState;
use yorisoi_domain::call::record::TrackReception;
use yorisoi_domain::ids::{ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;

use super::{Driver, view};
use crate::app::calls::SettledTrack;
use crate::signalling::message::TrackAccount;

/// Milliseconds of a track without a voice.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Away {
    pub(super) absent: u64,
    pub(super) muted: u64,
}

impl Driver {
    /// The call ends at `at`.
    pub(super) fn settled(&mut self, at: InterviewMs) -> Vec<SettledTrack> {
        let (plane, gaps) = (&self.plane, &mut self.gaps);
        let settle = |(seat, id): (&ParticipantId, &TrackId)| {
            let (packets, missing) = plane.account(*seat);
            let away = self.away.get(seat).copied().unwrap_or_default();
            let reception = TrackReception {
                packets,
                missing,
                absent_ms: away.absent,
                muted_ms: away.muted,
            };
            let mut gaps = gaps.settle(*seat, *id, at);
            if self.listeners.has_withdrawn(*seat) {
                // What is gone was not silence.
                gaps.push(Gap {
                    track: *id,
                    start: InterviewMs(0),
                    end: at,
                    reason: GapReason::NotConsented,
                });
            }
            SettledTrack {
                id: *id,
                reception,
                gaps,
            }
        };
        self.tracks.iter().map(settle).collect()
    }

    pub(super) fn accounts(&self) -> Vec<TrackAccount> {
        let account = |state: SeatState| {
            let (packets, missing) = self.plane.account(state.seat);
            let away = self.away.get(&state.seat).copied().unwrap_or_default();
            TrackAccount {
                participant: state.seat.uuid(),
                party: view::party(state.who),
                packets,
                missing,
                absent_ms: away.absent,
                muted_ms: away.muted,
            }
        };
        self.call.states().map(account).collect()
    }
}
