//! Wrong tries, at the sign-in and at the identity check: how long the next one has to wait.

use std::time::Duration;

use crate::time::Timestamp;

/// What a wrong password or a wrong answer at the identity check costs: the time until the next
/// try counts, growing and never endless. Nobody is locked out, so nobody can lock her out.
pub fn delay_after(wrong_tries: u32) -> Duration {
    Duration::from_secs(match wrong_tries {
        0 => 0,
        1 => 10,
        2 => 20,
        3 => 40,
        _ => 60,
    })
}

/// Wrong codes at one second step after which the password is asked for again.
pub const CODES_PER_STEP: u32 = 5;
/// Wrong codes in a row after which a password leads to no code any more: the way in is a recovery code
/// or a new sign-in link. Of a million codes three stand at once, so that all of them together are right
/// once in 16,000 times.
pub const CODES_IN_A_ROW: u32 = 20;

/// The wrong tries so far, of one account from one address, at one interview's door or at one
/// account's second step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    pub wrong: u32,
    pub last_wrong_at: Option<Timestamp>,
}

impl Tries {
    pub fn and_one_more(self, now: Timestamp) -> Self {
        Self {
            wrong: self.wrong.saturating_add(1),
            last_wrong_at: Some(now),
        }
    }

    /// When the next try counts; `None`: now. A wrong try that is still to come is one of a clock
    /// that was set back since: nobody waits until that time is there again.
    pub fn next_at(self, now: Timestamp) -> Option<Timestamp> {
        let last = self.last_wrong_at?;
        let next = last + delay_after(self.wrong);
        (last <= now && now < next).then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    proptest! {
        #[test]
        fn delays_grow_and_end(tries in 0u32..=u32::MAX - 1) {
            prop_assert!(delay_after(tries) <= delay_after(tries + 1));
            prop_assert!(delay_after(tries) <= Duration::from_secs(60));
        }

        #[test]
        fn a_next_try_always_comes(wrong in any::<u32>(), last in 0i64..1_000_000) {
            let tries = Tries { wrong, last_wrong_at: Some(at(last)) };
            prop_assert_eq!(tries.next_at(at(last + 60)), None);
            prop_assert_eq!(tries.next_at(at(last - 1)), None);
            if wrong > 0 {
                prop_assert!(tries.next_at(at(last)).is_some());
            }
        }
    }
}
