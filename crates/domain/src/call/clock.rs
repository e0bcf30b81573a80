//! From a sender's RTP time to the interview's clock. The only anchor is the server's own time of
//! arrival: the server forwards a question before it can receive the answer, so order holds. Times
//! once given out are never taken back.

use std::collections::VecDeque;
use std::time::Duration;

/// RTP ticks per second of Opus, whatever the sound's own rate.
const OPUS_TICKS: u32 = 48_000;
/// The least-delayed packet of this stretch says how far the sender's clock is from ours.
const WINDOW_US: i64 = 10_000_000;
/// The window moves in pieces of one second.
const PIECE_US: i64 = 1_000_000;
/// The mapping gives way to a slower sender by at most 1 in 200: five milliseconds per second,
/// fifty times what the worst sound card drifts.
const SLEW: i64 = 200;
/// A sender whose clock jumps by more than an hour has begun anew.
const JUMP_TICKS: i64 = 3_600 * OPUS_TICKS as i64;
/// What lies further off is no drift: the sender's clock stood still, as when a laptop slept.
const STEP_US: i64 = 1_000_000;

/// The clock of one track.
///
/// Every packet says `time of arrival - RTP time`: the distance of the clocks plus the delay of
/// that packet. The smallest of a window has the smallest delay. A smaller one counts at once,
/// because nothing arrives before it is sent; a larger one is followed slowly.
#[derive(Debug, Default)]
pub struct MediaClock {
    source: Option<Source>,
}

#[derive(Debug)]
struct Source {
    ssrc: u32,
    rtp: u32,
    /// RTP time of the newest packet, unwrapped, from the first packet of this source.
    newest_us: i64,
    newest_ticks: i64,
    /// Added to unwrapped RTP time gives the interview's clock.
    offset_us: i64,
    /// The smallest distance of each second, oldest first, with the time at which it began.
    minima: VecDeque<(i64, i64)>,
}

impl MediaClock {
    /// When the sound at `rtp` was spoken: at the earliest the interview's begin, at the latest
    /// its arrival, both counted from the begin. Another `ssrc` starts from its own arrival.
    pub fn place(&mut self, ssrc: u32, rtp: u32, arrived: Duration) -> Duration {
        let arrived_us = i64::try_from(arrived.as_micros()).unwrap_or(i64::MAX / 2);
        let source = match &mut self.source {
            Some(source)
                if source.ssrc == ssrc && ticks_between(source.rtp, rtp).abs() < JUMP_TICKS =>
            {
                source
            }
            other => other.insert(Source::new(ssrc, rtp, arrived_us)),
        };
        let us = source.place(rtp, arrived_us);
        Duration::from_micros(u64::try_from(us).unwrap_or_default())
    }
}

impl Source {
    fn new(ssrc: u32, rtp: u32, arrived_us: i64) -> Self {
        Self {
            ssrc,
            rtp,
            newest_us: 0,
            newest_ticks: 0,
            offset_us: arrived_us,
            minima: VecDeque::new(),
        }
    }

    fn place(&mut self, rtp: u32, arrived_us: i64) -> i64 {
        let ticks = self.newest_ticks + ticks_between(self.rtp, rtp);
        let us = ticks * 125 / 6;
        let distance = arrived_us - us;
        self.remember(arrived_us, distance);
        let ahead = us - self.newest_us;
        if ahead > 0 {
            self.rtp = rtp;
            self.newest_ticks = ticks;
            self.newest_us = us;
        }
        if distance <= self.offset_us {
            self.offset_us = distance;
        } else {
            let smallest = self.minima.iter().map(|(_, distance)| *distance).min();
            let target = smallest.unwrap_or(distance);
            let off = target - self.offset_us;
            if off > STEP_US {
                self.offset_us = target;
            } else if off > 0 {
                self.offset_us += off.min(ahead.max(0) / SLEW);
            }
        }
        us + self.offset_us
    }

    fn remember(&mut self, arrived_us: i64, distance: i64) {
        match self.minima.back_mut() {
            Some((began, smallest)) if arrived_us - *began < PIECE_US => {
                *smallest = distance.min(*smallest);
            }
            _ => self.minima.push_back((arrived_us, distance)),
        }
        while self
            .minima
            .front()
            .is_some_and(|(began, _)| arrived_us - began > WINDOW_US)
        {
            self.minima.pop_front();
        }
    }
}

/// Signed distance on the 32-bit RTP clock.
fn ticks_between(from: u32, to: u32) -> i64 {
    let forward = to.wrapping_sub(from);
    if forward < 0x8000_0000 {
        i64::from(forward)
    } else {
        -i64::from(from.wrapping_sub(to))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME_MS: u64 = 20;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// RTP time after `spoken` of the sender's own time, on a clock that is `ppm` too fast.
    fn rtp(start: u32, spoken_us: i64, ppm: i64) -> u32 {
        let ticks = spoken_us * 48 / 1_000 * (1_000_000 + ppm) / 1_000_000;
        start.wrapping_add(u32::try_from(ticks.rem_euclid(1 << 32)).unwrap())
    }

    #[test]
    fn a_sender_that_slept_is_placed_where_it_woke() {
        let mut clock = MediaClock::default();
        assert_eq!(clock.place(1, 0, ms(500)), ms(500));
        assert_eq!(clock.place(1, 960, ms(520)), ms(520));
        // Its clock stood still for a minute: nothing of the old window is left.
        assert_eq!(clock.place(1, 1_920, ms(60_540)), ms(60_540));
    }

    #[test]
    fn another_source_starts_from_its_own_arrival() {
        let mut clock = MediaClock::default();
        clock.place(1, 4_000_000_000, ms(1_000));
        assert_eq!(clock.place(2, 17, ms(9_000)), ms(9_000));
        assert_eq!(clock.place(2, 17 + 960, ms(9_030)), ms(9_020));
    }

    #[test]
    fn a_burst_after_a_stall_keeps_its_own_times() {
        let mut clock = MediaClock::default();
        for frame in 0..50 {
            clock.place(1, frame * 960, ms(u64::from(frame) * FRAME_MS));
        }
        for frame in 50..100u32 {
            let placed = clock.place(1, frame * 960, ms(2_500));
            let spoken = ms(u64::from(frame) * FRAME_MS);
            assert!(
                placed >= spoken && placed < spoken + ms(6),
                "{placed:?} for {spoken:?}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Half an hour of a drifting clock over a jittery network, started just before the wrap.
        #[test]
        fn drift_and_jitter_do_not_move_a_voice(
            ppm in -200i64..200,
            base_ms in 5u64..80,
            jitters in proptest::collection::vec(0u64..120, 97),
            start in any::<u32>(),
        ) {
            let mut clock = MediaClock::default();
            let mut last = Duration::ZERO;
            let mut last_arrival = Duration::ZERO;
            for frame in 0..90_000u64 {
                let spoken = ms(frame * FRAME_MS);
                let jitter = jitters[usize::try_from(frame * 31 % 97).unwrap()];
                let arrived = (spoken + ms(base_ms + jitter)).max(last_arrival);
                last_arrival = arrived;
                let spoken_us = i64::try_from(frame * FRAME_MS * 1_000).unwrap();
                let placed = clock.place(7, rtp(start, spoken_us, ppm), arrived);
                prop_assert!(placed >= last, "time ran back");
                prop_assert!(placed <= arrived, "placed before it could have been sent");
                let smallest = ms(base_ms + jitters.iter().min().unwrap());
                if frame > 500 {
                    let off = placed.abs_diff(spoken + smallest);
                    // The burst behaviour of `max(last_arrival)` can only delay; of 97 values of jitter few may be small,
                    // and their place moves on as the pattern goes by.
                    prop_assert!(off <= ms(45), "off by {off:?}");
                }
                last = placed;
            }
        }

        #[test]
        fn any_packets_are_placed_without_panic_and_never_after_arrival(
            packets in proptest::collection::vec((0u32..3, any::<u32>(), 0u64..200_000), 1..200)
        ) {
            let mut clock = MediaClock::default();
            let mut at = 0;
            for (ssrc, rtp, gap) in packets {
                at += gap;
                let arrived = ms(at);
                prop_assert!(clock.place(ssrc, rtp, arrived) <= arrived);
            }
        }
    }
}
