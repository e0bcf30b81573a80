//! Where a voice of a call had no words, as far as the call itself knows: away, muted, outside, or
//! without consent. Every stretch is written down as it begins and as it ends, so that a crash takes
//! no reason along; how the call ends, its end settles.

use std::collections::BTreeMap;

use yorisoi_domain::call::record::SeatGap;
use yorisoi_domain::consent::Tap;
use yorisoi_domain::ids::{ParticipantId, TrackId};
use yorisoi_domain::time::InterviewMs;
use yorisoi_domain::transcript::account::GapReason;
use yorisoi_domain::transcript::segment::Gap;

/// A stretch of a seat as it is now, under its number.
pub(super) type Changed = (ParticipantId, u32, SeatGap);

#[derive(Debug, Default)]
pub(super) struct Gaps {
    seats: BTreeMap<ParticipantId, Seat>,
    /// What is to be written down.
    changed: Vec<Changed>,
}

#[derive(Debug, Default)]
struct Seat {
    stretches: Vec<SeatGap>,
    /// Which of them last, by what holds them open.
    open: BTreeMap<Cause, usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    /// What may be done with the voice.
    Tap,
    /// Not in the talk.
    Outside,
    /// The socket is lost.
    Away,
    Muted,
}

impl Gaps {
    /// The first sound of a voice: nobody was on this track before.
    pub(super) fn heard(&mut self, of: ParticipantId, at: InterviewMs) {
        self.seat(of);
        self.write(of, GapReason::Absent, (InterviewMs(0), Some(at)), None);
    }

    /// A stretch that the call has measured: of a switched off microphone, or of a lost socket.
    pub(super) fn stretch(
        &mut self,
        of: ParticipantId,
        reason: GapReason,
        from: InterviewMs,
        to: InterviewMs,
    ) {
        let cause = match reason {
            GapReason::Muted => Cause::Muted,
            _ => Cause::Away,
        };
        let number = self.seat(of).open.remove(&cause);
        self.write(of, reason, (from, Some(to)), number);
    }

    pub(super) fn tap(&mut self, of: ParticipantId, tap: Tap, at: InterviewMs) {
        self.end(of, Cause::Tap, at);
        let reason = match tap {
            Tap::Closed | Tap::SecondVoice => GapReason::NotConsented,
            Tap::Paused => GapReason::Paused,
            Tap::MemoryOnly => GapReason::CaptionsOnly,
            Tap::Text | Tap::TextAndAudio => return,
        };
        self.begin(of, Cause::Tap, reason, at);
    }

    pub(super) fn place(&mut self, of: ParticipantId, inside: bool, at: InterviewMs) {
        self.holds(of, Cause::Outside, GapReason::Absent, !inside, at);
    }

    /// What the call will measure as a stretch: should it break off before, the begin is known. A
    /// break that was none is undone.
    pub(super) fn holding(&mut self, of: ParticipantId, muted: bool, away: bool, at: InterviewMs) {
        for (cause, reason, lasts) in [
            (Cause::Muted, GapReason::Muted, muted),
            (Cause::Away, GapReason::Absent, away),
        ] {
            let open = self.seat(of).open.get(&cause).copied();
            if let Some(number) = open.filter(|_| !lasts) {
                let from = self.seat(of).stretches[number].from;
                self.end(of, cause, from);
            }
            self.holds(of, cause, reason, lasts, at);
        }
    }

    /// What has changed since the last time.
    pub(super) fn changed(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.changed)
    }

    /// Everything of one voice; the call ends at `at`.
    pub(super) fn settle(
        &mut self,
        of: ParticipantId,
        track: TrackId,
        at: InterviewMs,
    ) -> Vec<Gap> {
        self.seat(of);
        let seat = self.seats.remove(&of).unwrap_or_default();
        settled(&seat.stretches, track, at)
    }

    fn holds(
        &mut self,
        of: ParticipantId,
        cause: Cause,
        reason: GapReason,
        lasts: bool,
        at: InterviewMs,
    ) {
        match (lasts, self.seat(of).open.contains_key(&cause)) {
            (true, false) => self.begin(of, cause, reason, at),
            (false, true) => self.end(of, cause, at),
            _ => {}
        }
    }

    fn begin(&mut self, of: ParticipantId, cause: Cause, reason: GapReason, at: InterviewMs) {
        let number = self.write(of, reason, (at, None), None);
        self.seat(of).open.insert(cause, number);
    }

    fn end(&mut self, of: ParticipantId, cause: Cause, at: InterviewMs) {
        let seat = self.seat(of);
        if let Some(number) = seat.open.remove(&cause) {
            let SeatGap { from, reason, .. } = seat.stretches[number];
            self.write(of, reason, (from, Some(at)), Some(number));
        }
    }

    /// Writes a stretch, or changes the one of this number. Returns its number.
    fn write(
        &mut self,
        of: ParticipantId,
        reason: GapReason,
        (from, to): (InterviewMs, Option<InterviewMs>),
        number: Option<usize>,
    ) -> usize {
        let gap = SeatGap {
            from,
            // The clock stands until the interview begins, and never runs back.
            to: to.map(|to| to.max(from)),
            reason,
        };
        let stretches = &mut self.seat(of).stretches;
        let number = number.unwrap_or(stretches.len());
        match stretches.get_mut(number) {
            Some(known) => *known = gap,
            None => stretches.push(gap),
        }
        let stored = u32::try_from(number).unwrap_or(u32::MAX);
        self.changed.push((of, stored, gap));
        number
    }

    /// Outside and without consent, before anything else is known.
    fn seat(&mut self, of: ParticipantId) -> &mut Seat {
        let (seats, changed) = (&mut self.seats, &mut self.changed);
        seats.entry(of).or_insert_with(|| {
            let mut seat = Seat::default();
            for (number, cause, reason) in [
                (0, Cause::Tap, GapReason::NotConsented),
                (1, Cause::Outside, GapReason::Absent),
            ] {
                let gap = SeatGap {
                    from: InterviewMs(0),
                    to: None,
                    reason,
                };
                seat.open.insert(cause, seat.stretches.len());
                seat.stretches.push(gap);
                changed.push((of, number, gap));
            }
            seat
        })
    }
}

/// What is known of a seat, on its track; what lasts ends at `at`.
fn settled(stretches: &[SeatGap], track: TrackId, at: InterviewMs) -> Vec<Gap> {
    let gaps = stretches.iter().map(|gap| Gap {
        track,
        start: gap.from,
        end: gap.to.unwrap_or(at),
        reason: gap.reason,
    });
    gaps.filter(|gap| gap.start < gap.end).collect()
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
                (GapReason::NotConsented, 0, 1_000),
                (GapReason::Absent, 0, 100),
                (GapReason::Absent, 0, 300),
                (GapReason::CaptionsOnly, 1_000, 2_000),
                (GapReason::Muted, 3_000, 3_500),
                (GapReason::Absent, 5_000, 6_000),
                (GapReason::NotConsented, 5_000, 6_000),
            ]
        );
    }

    #[test]
    fn what_lasts_is_written_as_it_begins_and_the_measured_stretch_takes_its_place() {
        let who = ParticipantId::new(Uuid::from_u128(1));
        let (ms, mut gaps) = (InterviewMs, Gaps::default());
        gaps.place(who, true, ms(0));
        gaps.tap(who, Tap::Text, ms(0));
        let _: Vec<Changed> = gaps.changed();
        let written = |gaps: &mut Gaps| -> Vec<(u32, i64, Option<i64>)> {
            let changed = gaps.changed().into_iter();
            changed
                .map(|(_, n, gap)| (n, gap.from.0, gap.to.map(|to| to.0)))
                .collect()
        };
        gaps.holding(who, true, false, ms(1_000));
        gaps.holding(who, true, false, ms(1_500));
        assert_eq!(written(&mut gaps), [(2, 1_000, None)]);
        gaps.stretch(who, GapReason::Muted, ms(990), ms(2_000));
        gaps.holding(who, false, false, ms(2_000));
        assert_eq!(written(&mut gaps), [(2, 990, Some(2_000))]);
        // A socket that was back at once.
        gaps.holding(who, false, true, ms(3_000));
        gaps.holding(who, false, false, ms(3_200));
        assert_eq!(
            written(&mut gaps),
            [(3, 3_000, None), (3, 3_000, Some(3_000))]
        );
    }
}
