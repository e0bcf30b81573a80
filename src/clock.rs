//! What time it is, and new ids and secrets: the only callers of the system's clock and of random
//! ids. Everything else takes them as arguments, so that tests can name them.

use std::fmt;
use std::time::Instant;

use jiff::Timestamp;
use uuid::Uuid;

pub trait Clock: fmt::Debug + Send + Sync {
    /// Now, in whole milliseconds, because that is what is stored.
    fn now(&self) -> Timestamp;

    /// To measure how long something lasts, whatever is done to the clock meanwhile.
    fn monotonic(&self) -> Instant {
        Instant::now()
    }
}

pub trait IdGen: fmt::Debug + Send + Sync {
    /// A UUIDv7.
    fn id(&self) -> Uuid;

    /// Fills `out` with bytes that nobody can guess: tokens, link secrets, booking numbers.
    fn fill(&self, out: &mut [u8]);
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Only where the calendar ends is a whole millisecond out of range.
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl IdGen for SystemIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes random ids"
    )]
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn fill(&self, out: &mut [u8]) {
        // Invariant: the kernel's generator is there once it has booted; without it nothing here
        // may go on, and the standard library stops in the same case.
        getrandom::fill(out).expect("the system has a source of random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_of_time_and_secrets_differ() {
        let ids = SystemIds;
        let (first, second) = (ids.id(), ids.id());
        assert_eq!(first.get_version_num(), 7);
        assert!(first < second);
        let mut secrets = [[0; 32]; 2];
        secrets.iter_mut().for_each(|secret| ids.fill(secret));
        assert_ne!(secrets[0], secrets[1]);
        assert_eq!(SystemClock.now().subsec_nanosecond() % 1_000_000, 0);
    }
}
