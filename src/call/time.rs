//! The interview's clock: milliseconds since it began, monotonic. It is laid against UTC once, where the
//! interview begins, and goes on by itself: a clock of the system that is set meanwhile moves no word.
//! Only a service that was started again in a talk has nothing else to go by.

use std::time::Instant;

use yorisoi_domain::time::{InterviewMs, Timestamp};

/// One instant in both times.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    instant: Instant,
    at: InterviewMs,
}

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub struct InterviewClock(Option<Anchor>);

impl InterviewClock {
    /// Of an interview that has begun: a moment ago, or in another run of the service. `now` and `utc` are the
    /// same moment.
    #[must_use]
    pub fn going_on(began: Timestamp, now: Instant, utc: Timestamp) -> Self {
        let ms = utc.as_millisecond() - began.as_millisecond();
        Self(Some(Anchor {
            instant: now,
            // The system's clock was set back: what is said from now on has its place all the same.
            at: InterviewMs(ms.max(0)),
        }))
    }

    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.is_some()
    }

    /// 0 before the interview has begun.
    #[must_use]
    pub fn at(&self, instant: Instant) -> InterviewMs {
        let Some(anchor) = self.0 else {
            return InterviewMs(0);
        };
        InterviewMs((anchor.at.0 + signed_ms(anchor.instant, instant)).max(0))
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
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(InterviewClock::default().at(after(90)), InterviewMs(0));
        // However long the service has run, and whatever was done to its clock: now is the begin.
        let now = "2026-11-25T02:01:00Z".parse().unwrap();
        let clock = InterviewClock::going_on(now, after(60), now);
        assert_eq!(clock.at(after(90)), InterviewMs(30_000));
        assert_eq!(clock.at(start), InterviewMs(0));
        // Another run of the service: the interview began before.
        let (began, utc) = (
            "2026-11-25T00:59:00Z".parse().unwrap(),
            "2026-11-25T01:00:00Z".parse().unwrap(),
        );
        let clock = InterviewClock::going_on(began, start, utc);
        assert_eq!(clock.at(after(90)), InterviewMs(150_000));
        // It was set back over the start by more than the talk had lasted.
        let clock = InterviewClock::going_on(utc, start, began);
        assert_eq!(clock.at(after(90)), InterviewMs(90_000));
    }
}
