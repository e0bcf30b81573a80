//! How many packets one track may bring: many times what a browser sends, so that whoever sends
//! without end takes neither the others' places in the call nor the disk. Pure: no clock of its own.

use std::time::Instant;

use super::layout::Source;

/// A bucket of packets that fills with time.
#[derive(Debug, Default)]
pub(super) struct Pace {
    taken: f64,
    at: Option<Instant>,
}

impl Pace {
    /// Packets per second in the long run, and seconds of it at once: what a network held back for
    /// some seconds comes in one go. A browser sends 50 packets of sound, of a screen some hundreds.
    const SOUND: f64 = 150.0;
    const PICTURE: f64 = 1_500.0;
    const AT_ONCE: f64 = 4.0;

    pub(super) fn allows(&mut self, source: Source, now: Instant) -> bool {
        let rate = match source {
            Source::Microphone => Self::SOUND,
            Source::Camera | Source::Screen => Self::PICTURE,
        };
        let since = self.at.replace(now).unwrap_or(now);
        let passed = now.saturating_duration_since(since).as_secs_f64();
        self.taken = (self.taken - passed * rate).max(0.0);
        let allowed = self.taken + 1.0 <= rate * Self::AT_ONCE;
        if allowed {
            self.taken += 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_stall_of_ten_seconds_comes_in_whole_and_a_flood_does_not() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut came = |source, packets, at| {
            let at = start + Duration::from_secs(at);
            (0..packets).filter(|_| pace.allows(source, at)).count()
        };
        assert_eq!(came(Source::Microphone, 500, 0), 500);
        assert_eq!(came(Source::Microphone, 20_000, 10), 600);
        assert_eq!(came(Source::Microphone, 20_000, 11), 150);
    }
}
