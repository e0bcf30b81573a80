//! Rewrites the header of forwarded RTP so that one outgoing stream stays one unbroken sequence
//! whoever feeds it. Pure: no sockets, no clock.

use std::time::{Duration, Instant};

/// The part of an RTP header that forwarding rewrites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    pub ssrc: u32,
    pub sequence: u16,
    /// In units of the codec's clock.
    pub timestamp: u32,
}

/// What a packet goes out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewritten {
    pub sequence: u16,
    pub timestamp: u32,
    /// This packet is the first of another source: the receiver needs a key frame of it.
    pub switched: bool,
}

/// Keeps sequence numbers and timestamps of one outgoing stream continuous.
///
/// While the source stays the same, both are shifted by a constant, so losses and reordering stay
/// visible to the receiver. When the source changes (rejoin, another participant in the slot), the
/// stream goes on at the next sequence number and at the timestamp that the wall clock demands.
#[derive(Debug)]
pub struct Munger {
    clock_rate: u32,
    current: Option<Current>,
    /// The source replaced last, and until when its stragglers are held back.
    retired: Option<(u32, Instant)>,
}

#[derive(Debug)]
struct Current {
    source: u32,
    sequence_shift: u16,
    timestamp_shift: u32,
    newest_sequence: u16,
    newest_timestamp: u32,
    newest_at: Instant,
}

impl Munger {
    /// Longer than any packet travels, shorter than a screen is shared by turns.
    const STRAGGLERS: Duration = Duration::from_millis(500);

    /// `clock_rate` in Hz: 48,000 for Opus, 90,000 for video.
    #[must_use]
    pub fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate,
            current: None,
            retired: None,
        }
    }

    /// The outgoing numbers, or `None` for a packet that must not go out: a straggler of the source
    /// that was just replaced.
    pub fn rewrite(&mut self, incoming: Numbering, now: Instant) -> Option<Rewritten> {
        let mut switched = false;
        if let Some((ssrc, until)) = self.retired
            && ssrc == incoming.ssrc
            && now < until
        {
            return None;
        }
        match &self.current {
            None => self.start(incoming, incoming.sequence, incoming.timestamp, now),
            Some(current) if current.source != incoming.ssrc => {
                let elapsed = now.saturating_duration_since(current.newest_at).as_micros();
                let ticks = elapsed * u128::from(self.clock_rate) / 1_000_000;
                // At least one tick, and wrapping like the RTP timestamp itself.
                let ticks = u32::try_from(ticks.max(1) & u128::from(u32::MAX)).unwrap_or(1);
                let sequence = current.newest_sequence.wrapping_add(1);
                let timestamp = current.newest_timestamp.wrapping_add(ticks);
                self.retired = Some((current.source, now + Self::STRAGGLERS));
                self.start(incoming, sequence, timestamp, now);
                switched = true;
            }
            Some(_) => {}
        }
        let current = self.current.as_mut()?;
        let sequence = incoming.sequence.wrapping_add(current.sequence_shift);
        let timestamp = incoming.timestamp.wrapping_add(current.timestamp_shift);
        if sequence.wrapping_sub(current.newest_sequence) < 0x8000 {
            current.newest_sequence = sequence;
            current.newest_timestamp = timestamp;
            current.newest_at = now;
        }
        Some(Rewritten {
            sequence,
            timestamp,
            switched,
        })
    }

    fn start(&mut self, incoming: Numbering, sequence: u16, timestamp: u32, now: Instant) {
        self.current = Some(Current {
            source: incoming.ssrc,
            sequence_shift: sequence.wrapping_sub(incoming.sequence),
            timestamp_shift: timestamp.wrapping_sub(incoming.timestamp),
            newest_sequence: sequence,
            newest_timestamp: timestamp,
            newest_at: now,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(ssrc: u32, sequence: u16, timestamp: u32) -> Numbering {
        Numbering {
            ssrc,
            sequence,
            timestamp,
        }
    }

    fn numbers(munger: &mut Munger, packet: Numbering, now: Instant) -> Option<(u16, u32)> {
        let out = munger.rewrite(packet, now)?;
        Some((out.sequence, out.timestamp))
    }

    #[test]
    fn the_first_source_passes_unchanged_with_its_gaps() {
        let now = Instant::now();
        let mut munger = Munger::new(48_000);
        assert_eq!(
            numbers(&mut munger, packet(1, 65_535, 10), now),
            Some((65_535, 10))
        );
        assert_eq!(
            numbers(&mut munger, packet(1, 1, 1_930), now),
            Some((1, 1_930))
        );
        assert_eq!(numbers(&mut munger, packet(1, 0, 970), now), Some((0, 970)));
    }

    #[test]
    fn a_new_source_goes_on_where_the_clock_stands() {
        let start = Instant::now();
        let mut munger = Munger::new(48_000);
        munger.rewrite(packet(1, 100, 5_000), start);
        let later = start + Duration::from_secs(2);
        assert_eq!(
            numbers(&mut munger, packet(2, 9, 77), later),
            Some((101, 101_000))
        );
        assert_eq!(
            numbers(&mut munger, packet(2, 10, 1_037), later),
            Some((102, 101_960))
        );
    }

    #[test]
    fn a_straggler_of_the_replaced_source_is_held_back() {
        let now = Instant::now();
        let mut munger = Munger::new(90_000);
        munger.rewrite(packet(1, 100, 5_000), now);
        assert_eq!(
            numbers(&mut munger, packet(2, 1, 1), now),
            Some((101, 5_001))
        );
        assert_eq!(numbers(&mut munger, packet(1, 101, 5_100), now), None);
        let later = now + Duration::from_secs(1);
        assert_eq!(
            numbers(&mut munger, packet(1, 300, 9_000), later),
            Some((102, 95_001))
        );
    }

    proptest! {
        #[test]
        fn no_sequence_number_is_used_twice_and_time_never_runs_back(
            changes in proptest::collection::vec((any::<u16>(), any::<u32>(), 1u64..5_000), 1..40)
        ) {
            let start = Instant::now();
            let mut munger = Munger::new(48_000);
            let mut at = start;
            let mut last: Option<(u16, u32)> = None;
            for (source, (sequence, timestamp, gap)) in changes.into_iter().enumerate() {
                at += Duration::from_millis(gap);
                let ssrc = u32::try_from(source).unwrap();
                for step in 0..3u16 {
                    let out = munger.rewrite(
                        packet(ssrc, sequence.wrapping_add(step),
                               timestamp.wrapping_add(u32::from(step) * 960)), at).unwrap();
                    prop_assert_eq!(out.switched, source > 0 && step == 0);
                    let out = (out.sequence, out.timestamp);
                    if let Some((before, earlier)) = last {
                        prop_assert_eq!(out.0, before.wrapping_add(1));
                        prop_assert!(out.1.wrapping_sub(earlier) < 0x8000_0000);
                        prop_assert!(out.1 != earlier);
                    }
                    last = Some(out);
                    at += Duration::from_millis(20);
                }
            }
        }
    }
}
