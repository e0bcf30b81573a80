//! Where a track's samples lie on the interview's clock. Samples are counted as they are heard,
//! the clock goes on whether they come or not: what does not come is missing and stays as long as
//! it was. Never asks what time it is.

use crate::time::InterviewMs;

use super::span::SAMPLES_PER_MS;

/// From here on, sound that is ahead of the count is a stretch that never came.
const GAP_MS: u64 = 500;
/// Less drift than this is left alone.
const DRIFT_MS: u64 = 20;

/// The placement of one track.
#[derive(Debug, Default)]
pub struct Placement {
    /// Ascending in both.
    anchors: Vec<Anchor>,
    /// The latest time given out.
    given: u64,
}

#[derive(Debug, Clone, Copy)]
struct Anchor {
    sample: u64,
    ms: u64,
}

impl Placement {
    /// The sound that follows `position` samples was spoken at `spoken`. Returns how many samples
    /// are missing before it. While an utterance is open (`speaking`) the count is not moved, so
    /// that no word is stretched.
    pub fn place(&mut self, position: u64, spoken: InterviewMs, speaking: bool) -> u64 {
        let spoken = u64::try_from(spoken.0).unwrap_or_default();
        let Some(last) = self.anchors.last().copied() else {
            self.anchors.push(Anchor {
                sample: position,
                ms: spoken,
            });
            return 0;
        };
        let expected = self.peek(position);
        if spoken >= expected + GAP_MS {
            let missing = (spoken - expected) * SAMPLES_PER_MS;
            self.anchors.push(Anchor {
                sample: position + missing,
                ms: spoken,
            });
            return missing;
        }
        let ms = spoken.max(last.ms).max(self.given);
        if !speaking && position > last.sample && ms.abs_diff(expected) >= DRIFT_MS {
            self.anchors.push(Anchor {
                sample: position,
                ms,
            });
        }
        0
    }

    /// When this sample was spoken. A later sample is never earlier.
    pub fn at(&mut self, sample: u64) -> InterviewMs {
        let ms = self.peek(sample);
        self.given = self.given.max(ms);
        InterviewMs(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    fn peek(&self, sample: u64) -> u64 {
        let after = self
            .anchors
            .partition_point(|anchor| anchor.sample <= sample);
        let Some(anchor) = after.checked_sub(1).and_then(|i| self.anchors.get(i)) else {
            return self.anchors.first().map_or(0, |first| first.ms);
        };
        let ms = anchor.ms + (sample - anchor.sample) / SAMPLES_PER_MS;
        self.anchors.get(after).map_or(ms, |next| ms.min(next.ms))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::transcript::span::samples;

    #[test]
    fn an_outage_keeps_its_length_and_drift_waits_for_the_end_of_the_utterance() {
        let mut placement = Placement::default();
        assert_eq!(placement.place(0, InterviewMs(1_000), false), 0);
        // Half a minute of a laptop's sleep.
        let missing = placement.place(samples(200), InterviewMs(31_200), true);
        assert_eq!(missing, samples(30_000));
        let position = samples(30_200);
        assert_eq!(placement.at(position), InterviewMs(31_200));
        assert_eq!(placement.at(samples(200) - 16), InterviewMs(1_199));
        // 40 ms behind: not while she speaks.
        assert_eq!(
            placement.place(position + samples(100), InterviewMs(31_340), true),
            0
        );
        assert_eq!(placement.at(position + samples(100)), InterviewMs(31_300));
        assert_eq!(
            placement.place(position + samples(200), InterviewMs(31_440), false),
            0
        );
        assert_eq!(placement.at(position + samples(200)), InterviewMs(31_440));
    }

    proptest! {
        #[test]
        fn time_never_runs_back_and_no_outage_is_compressed(
            steps in prop::collection::vec((0u64..3_000, -60i64..60, any::<bool>(), any::<bool>()), 1..200)
        ) {
            let (mut placement, mut position, mut clock) = (Placement::default(), 0, 0i64);
            let mut seen = Vec::new();
            for (outage, jitter, really, speaking) in steps {
                let outage = if really { i64::try_from(outage).unwrap() } else { 0 };
                clock += outage;
                let before = placement.peek(position);
                let missing = placement.place(position, InterviewMs((clock + jitter).max(0)), speaking);
                position += missing;
                let after = placement.at(position);
                seen.push((position, after));
                if missing > 0 {
                    let after = u64::try_from(after.0).unwrap();
                    prop_assert_eq!((after - before) * SAMPLES_PER_MS, missing);
                    prop_assert!(missing >= samples(GAP_MS));
                }
                // Whatever was not counted as missing is less than a gap.
                let off = clock + jitter - after.0;
                prop_assert!(off < i64::try_from(GAP_MS).unwrap());
                position += samples(20);
                clock += 20;
            }
            for (sample, ms) in &seen {
                prop_assert!(placement.at(*sample) >= InterviewMs(0));
                prop_assert!(placement.at(*sample) <= *ms);
            }
            for pair in seen.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].1);
            }
        }
    }
}
