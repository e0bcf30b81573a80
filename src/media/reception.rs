//! Counts what arrives on one RTP stream and what is missing by its sequence numbers. Pure.

/// What came in and what did not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reception {
    packets: u64,
    bytes: u64,
    first: Option<u16>,
    highest: i64,
}

impl Reception {
    pub fn count(&mut self, sequence: u16, bytes: usize) {
        let first = *self.first.get_or_insert(sequence);
        self.packets += 1;
        self.bytes += u64::try_from(bytes).unwrap_or_default();
        // Offset from the first, unwrapped around the highest seen so far.
        let offset = i64::from(sequence.wrapping_sub(first));
        let lap = (self.highest - offset + 0x8000).div_euclid(0x1_0000);
        self.highest = self.highest.max(offset + lap * 0x1_0000);
    }

    #[must_use]
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Of payload.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Sequence numbers that never came, up to the highest seen.
    #[must_use]
    pub fn missing(&self) -> u64 {
        let due = if self.first.is_some() {
            self.highest + 1
        } else {
            0
        };
        u64::try_from(due)
            .unwrap_or_default()
            .saturating_sub(self.packets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_packets_are_counted_across_the_wrap() {
        let mut reception = Reception::default();
        assert_eq!(reception.missing(), 0);
        for sequence in [65_534, 65_535, 1, 0, 5] {
            reception.count(sequence, 10);
        }
        assert_eq!((reception.packets(), reception.missing()), (5, 3));
    }
}
