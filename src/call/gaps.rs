//! Where a voice of a call had no words, as far as the call itself knows: away, muted, outside, or
//! without consent. Collected while the call lasts and written down at its end.

use std::collections::BTreeMap;

use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;

#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<ParticipantId, Seat>);

#[derive(Debug)]
struct Seat {
    /// What may be done with the voice, and since when.
    tap: (Tap, InterviewMs),
    /// Since when they are not in the talk.
    outside: Option<InterviewMs>,
    stretches: Vec<(InterviewMs, InterviewMs, GapReason)>,
}

impl Default for Seat {
    fn default() -> Self {
        Self {
            tap: (Tap::Closed, InterviewMs(0)),
            outside: Some(InterviewMs(0)),
            stretches: Vec::new(),
        }
    }
}

impl Gaps {
    /// The first sound of a voice: nobody was on this track before.
    pub(super) fn heard(&mut self, of: ParticipantId, at: InterviewMs) {
        let seat = self.0.entry(of).or_default();
        seat.stretches.push((InterviewMs(0), at, GapReason::Absent));
    }

    pub(super) fn stretch(
        &mut self,
        of: ParticipantId,
        reason: GapReason,
        from: InterviewMs,
        to: InterviewMs,
    ) {
        self.0
            .entry(of)
            .or_default()
            .stretches
            .push((from, to, reason));
    }

    pub(super) fn tap(&mut self, of: ParticipantId, tap: Tap, at: InterviewMs) {
        let seat = self.0.entry(of).or_default();
        let (before, since) = std::mem::replace(&mut seat.tap, (tap, at));
        let reason = match before {
            Tap::Closed | Tap::SecondVoice => GapReason::NotConsented,
            Tap::Paused => GapReason::Paused,
            Tap::MemoryOnly => GapReason::CaptionsOnly,
            Tap::Text | Tap::TextAndAudio => return,
        };
        seat.stretches.push((since, at, reason));
    }

    pub(super) fn place(&mut self, of: ParticipantId, inside: bool, at: InterviewMs) {
        let seat = self.0.entry(of).or_default();
        if !inside {
            seat.outside.get_or_insert(at);
        } else if let Some(since) = seat.outside.take() {
            seat.stretches.push((since, at, GapReason::Absent));
        }
    }

    /// Everything of one voice; the call ends at `at`.
    pub(super) fn settle(
        &mut self,
        of: ParticipantId,
        track: TrackId,
        at: InterviewMs,
    ) -> Vec<Gap> {
        self.tap(of, Tap::TextAndAudio, at);
        self.place(of, true, at);
        let seat = self.0.remove(&of).unwrap_or_default();
        let long = seat.stretches.into_iter().filter(|(from, to, _)| from < to);
        long.map(|(start, end, reason)| Gap {
            track,
            start,
            end,
            reason,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn refusal_captions_and_the_waiting_room_have_their_reasons() {
        let (who, track) = (
            ParticipantId::new(Uuid::from_u128(1)),
            TrackId::new(Uuid::from_u128(2)),
        );
        let ms = InterviewMs;
        let mut gaps = Gaps::default();
        gaps.place(who, true, ms(100));
        gaps.heard(who, ms(300));
        gaps.tap(who, Tap::MemoryOnly, ms(1_000));
        gaps.tap(who, Tap::Text, ms(2_000));
        gaps.stretch(who, GapReason::Muted, ms(3_000), ms(3_500));
        gaps.place(who, false, ms(5_000));
        gaps.tap(who, Tap::Closed, ms(5_000));
        let settled = gaps.settle(who, track, ms(6_000));
        let seen: Vec<_> = settled
            .iter()
            .map(|gap| (gap.reason, gap.start.0, gap.end.0))
            .collect();
        assert_eq!(
            seen,
            [
                (GapReason::Absent, 0, 100),
                (GapReason::Absent, 0, 300),
                (GapReason::NotConsented, 0, 1_000),
                (GapReason::CaptionsOnly, 1_000, 2_000),
                (GapReason::Muted, 3_000, 3_500),
                (GapReason::NotConsented, 5_000, 6_000),
                (GapReason::Absent, 5_000, 6_000),
            ]
        );
    }
}
