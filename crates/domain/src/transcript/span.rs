//! Positions on a track. Sound is counted in samples at 16 kHz, records in whole milliseconds;
//! this file owns the step from one to the other.

use serde::{Deserialize, Serialize};

/// Samples per second of everything that is recognised: as a length, and as a position's unit.
pub const RATE: usize = 16_000;
pub const SAMPLE_RATE: u64 = RATE as u64;
/// Samples per millisecond.
pub const SAMPLES_PER_MS: u64 = SAMPLE_RATE / 1_000;

/// A half-open stretch `from..to` of a track, in samples at 16 kHz from the track's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    pub from: u64,
    pub to: u64,
}

impl Span {
    /// `to` before `from` gives the empty span at `from`.
    pub const fn new(from: u64, to: u64) -> Self {
        Self {
            from,
            to: if to < from { from } else { to },
        }
    }

    pub const fn len(self) -> u64 {
        self.to - self.from
    }

    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub const fn from_ms(self) -> u64 {
        self.from / SAMPLES_PER_MS
    }

    pub const fn to_ms(self) -> u64 {
        self.to / SAMPLES_PER_MS
    }
}

/// Samples in so many milliseconds.
pub const fn samples(ms: u64) -> u64 {
    ms * SAMPLES_PER_MS
}
