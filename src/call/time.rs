//! The interview's clock: milliseconds since it began, monotonic, anchored once to UTC when the
//! service starts, and so shared by all calls of an interview.

use std::time::Instant;

use yorisoi_domain::time::{InterviewMs, Timestamp};

/// One instant in both times.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    pub instant: Instant,
    pub utc: Timestamp,
}

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct InterviewClock {
    anchor: Anchor,
    began: Option<Timestamp>,
}

impl InterviewClock {
    #[must_use]
    pub fn new(anchor: Anchor, began: Option<Timestamp>) -> Self {
        Self { anchor, began }
    }

    /// The interview began; a second beginning is none.
    pub fn begin(&mut self, at: Timestamp) {
        self.began.get_or_insert(at);
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn unix(&self, instant: Instant) -> i64 {
        let ms = self.anchor.utc.as_millisecond() + signed_ms(self.anchor.instant, instant);
        ms.div_euclid(1_000)
    }

    /// 0 before the interview has begun.
    #[must_use]
    pub fn at(&self, instant: Instant) -> InterviewMs {
        let Some(began) = self.began else {
            return InterviewMs(0);
        };
        let utc = self.anchor.utc.as_millisecond() + signed_ms(self.anchor.instant, instant);
        InterviewMs((utc - began.as_millisecond()).max(0))
    }
}

fn signed_ms(from: Instant, to: Instant) -> i64 {
    let ms =
        |duration: std::time::Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match to.checked_duration_since(from) {
        Some(later) => ms(later),
        None => -ms(from.duration_since(to)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_clock_stands_until_the_interview_begins_and_goes_on_after_a_restart() {
        let instant = Instant::now();
        let utc: Timestamp = "2026-11-25T01:00:00Z".parse().unwrap();
        let mut clock = InterviewClock::new(Anchor { instant, utc }, None);
        let later = instant + Duration::from_secs(90);
        assert_eq!(clock.at(later), InterviewMs(0));
        clock.begin("2026-11-25T01:01:00Z".parse().unwrap());
        assert_eq!(clock.at(later), InterviewMs(30_000));
        assert_eq!(clock.at(instant), InterviewMs(0));
        // Another process: the interview began before its anchor.
        let began = Some("2026-11-25T00:59:00Z".parse().unwrap());
        let clock = InterviewClock::new(Anchor { instant, utc }, began);
        assert_eq!(clock.at(later), InterviewMs(150_000));
    }
}
