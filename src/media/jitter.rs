//! A small reorder window for the tap: packets in, packets in order out. Pure: no decoding, no
//! clock of its own, and it never makes up a packet.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use bytes::Bytes;

/// One received Opus packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub sequence: u16,
    /// RTP time, 48 kHz.
    pub timestamp: u32,
    pub payload: Bytes,
    pub arrived: Instant,
}

/// A packet in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    pub packet: Received,
    /// How many packets before this one never came in time.
    pub lost_before: u64,
}

/// What the window has seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub late: u64,
    pub lost: u64,
    pub duplicate: u64,
}

/// Holds packets until their predecessors have come, at most [`Self::DEPTH`] packets or
/// [`Self::WAIT`], so that live text is never held up by a packet that will not come.
#[derive(Debug, Default)]
pub struct ReorderWindow {
    /// Extended sequence number that is due next; `None` before the first packet.
    due: Option<u64>,
    held: BTreeMap<u64, Received>,
    counts: Counts,
}

impl ReorderWindow {
    /// Packets that may wait behind a gap.
    pub const DEPTH: usize = 5;
    /// How long a packet may wait behind a gap.
    pub const WAIT: Duration = Duration::from_millis(120);

    pub fn push(&mut self, packet: Received) {
        // The first number starts high enough that a straggler before it stays positive.
        let due = *self
            .due
            .get_or_insert(u64::from(packet.sequence) + (1 << 32));
        let extended = extend(packet.sequence, due);
        if extended < due {
            self.counts.late += 1;
        } else if let Entry::Vacant(place) = self.held.entry(extended) {
            place.insert(packet);
        } else {
            self.counts.duplicate += 1;
        }
    }

    /// The next packet in order, if it is here or no longer worth waiting for.
    pub fn pop(&mut self, now: Instant) -> Option<Ordered> {
        let due = self.due?;
        let (&first, packet) = self.held.first_key_value()?;
        let waited = now.saturating_duration_since(packet.arrived) >= Self::WAIT;
        if first == due || self.held.len() >= Self::DEPTH || waited {
            self.release()
        } else {
            None
        }
    }

    /// The next packet in order whatever is missing: for the end of a track.
    pub fn release(&mut self) -> Option<Ordered> {
        let (sequence, packet) = self.held.pop_first()?;
        let lost_before = sequence - self.due.unwrap_or(sequence);
        self.counts.lost += lost_before;
        self.due = Some(sequence + 1);
        Some(Ordered {
            packet,
            lost_before,
        })
    }

    /// When [`Self::pop`] is worth calling again although no packet came.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let (_, packet) = self.held.first_key_value()?;
        Some(packet.arrived + Self::WAIT)
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

/// The extended number nearest to `near` whose low 16 bits are `sequence`.
fn extend(sequence: u16, near: u64) -> u64 {
    let low = u16::try_from(near & 0xFFFF).unwrap_or_default();
    let ahead = sequence.wrapping_sub(low);
    if ahead < 0x8000 {
        near + u64::from(ahead)
    } else {
        near - u64::from(low.wrapping_sub(sequence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(sequence: u16, arrived: Instant) -> Received {
        Received {
            sequence,
            timestamp: u32::from(sequence) * 960,
            payload: Bytes::new(),
            arrived,
        }
    }

    fn drain(window: &mut ReorderWindow, now: Instant) -> Vec<(u16, u64)> {
        std::iter::from_fn(|| window.pop(now))
            .map(|ordered| (ordered.packet.sequence, ordered.lost_before))
            .collect()
    }

    #[test]
    fn swapped_packets_come_out_in_order_across_the_wrap() {
        let now = Instant::now();
        let mut window = ReorderWindow::default();
        for sequence in [65_534, 0, 65_535, 2, 1] {
            window.push(packet(sequence, now));
        }
        let out = drain(&mut window, now);
        assert_eq!(out, [(65_534, 0), (65_535, 0), (0, 0), (1, 0), (2, 0)]);
    }

    #[test]
    fn a_gap_is_given_up_after_five_packets_or_the_wait() {
        let now = Instant::now();
        let mut window = ReorderWindow::default();
        window.push(packet(1, now));
        assert_eq!(drain(&mut window, now), [(1, 0)]);
        for sequence in 4..8 {
            window.push(packet(sequence, now));
        }
        assert!(drain(&mut window, now).is_empty());
        window.push(packet(8, now));
        assert_eq!(drain(&mut window, now)[0], (4, 2));
        window.push(packet(20, now));
        assert!(drain(&mut window, now).is_empty());
        assert_eq!(window.deadline(), Some(now + ReorderWindow::WAIT));
        assert_eq!(drain(&mut window, now + ReorderWindow::WAIT), [(20, 11)]);
        window.push(packet(9, now));
        assert_eq!(
            window.counts(),
            Counts {
                late: 1,
                lost: 13,
                duplicate: 0
            }
        );
    }

    proptest! {
        #[test]
        fn nothing_is_delivered_twice_or_out_of_order(
            start in any::<u16>(), jumps in proptest::collection::vec(0u16..12, 1..200)
        ) {
            let now = Instant::now();
            let mut window = ReorderWindow::default();
            let mut out = Vec::new();
            let (mut pushed, mut base) = (0, start);
            for jump in jumps {
                window.push(packet(base.wrapping_add(jump), now));
                pushed += 1;
                base = base.wrapping_add(1);
                out.extend(std::iter::from_fn(|| window.pop(now)));
            }
            out.extend(std::iter::from_fn(|| window.release()));
            for pair in out.windows(2) {
                let step = pair[1].packet.sequence.wrapping_sub(pair[0].packet.sequence);
                prop_assert_eq!(u64::from(step), pair[1].lost_before + 1);
            }
            let counts = window.counts();
            prop_assert_eq!(
                u64::try_from(out.len()).unwrap() + counts.late + counts.duplicate, pushed);
        }
    }
}
