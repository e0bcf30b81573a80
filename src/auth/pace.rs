//! How fast somebody may try or change something: buckets that fill again with time. They bound what
//! anybody can guess, or make this service write and hash, and lock nobody out. Kept in memory only;
//! addresses are never logged.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use yorisoi_domain::ids::{InvitationId, ParticipantId};

/// Buckets remembered. Beyond it those that are full again are forgotten, which changes nothing for
/// them.
const BUCKETS: usize = 10_000;
const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;

/// What limits count as one address. Of IPv6 it is the /64: whoever has one address of it has all,
/// and a new one for every try.
#[must_use]
pub fn counted_as(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        address => address,
    }
}

/// Every bucket of the service. A new link begins with full ones.
#[derive(Debug)]
pub struct Paces {
    /// Links and passwords, by address. A household, an office or a carrier's shared address stays
    /// far below it.
    pub tries: Pace<IpAddr>,
    /// Seats that one address takes by one link: who floods it displaces nobody who is typing.
    pub seats: Pace<(InvitationId, IpAddr)>,
    /// Answers at the identity check that come by one link from one address.
    pub answers: Pace<(InvitationId, IpAddr)>,
    /// And from all addresses together.
    pub guesses: Pace<InvitationId>,
    /// What a seat changes of its own consent, pause, contact, device and neighbours.
    pub changes: Pace<ParticipantId>,
}

impl Default for Paces {
    fn default() -> Self {
        Self {
            tries: Pace::new(60, SECOND_MS),
            seats: Pace::new(12, 5 * MINUTE_MS),
            answers: Pace::new(12, 5 * MINUTE_MS),
            guesses: Pace::new(60, MINUTE_MS),
            changes: Pace::new(20, 3 * SECOND_MS),
        }
    }
}

/// When each bucket is full again.
#[derive(Debug)]
pub struct Pace<K> {
    /// At once.
    burst: i64,
    /// Milliseconds until one more is there.
    refill_ms: i64,
    full_at: Mutex<HashMap<K, Timestamp>>,
}

impl<K: Eq + Hash> Pace<K> {
    fn new(burst: i64, refill_ms: i64) -> Self {
        Self {
            burst,
            refill_ms,
            full_at: Mutex::default(),
        }
    }

    /// Takes one try. `Err`: when the next is there.
    ///
    /// # Errors
    /// The bucket is empty.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), Timestamp> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= BUCKETS {
            full_at.retain(|_, at| *at > now);
        }
        let longest = now + jiff::SignedDuration::from_millis(self.burst * self.refill_ms);
        let at = full_at.get(&key).copied();
        // No bucket takes longer to fill: a later time is one of a clock that was set back since.
        let at = at.filter(|at| *at <= longest).unwrap_or(now).max(now);
        let after = at + jiff::SignedDuration::from_millis(self.refill_ms);
        if after > longest {
            return Err(now + after.duration_since(longest));
        }
        full_at.insert(key, after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_by_one_and_every_address_for_itself() {
        let pace = Paces::default().tries;
        let [one, other] = ["198.51.100.7", "198.51.100.8"].map(|ip| ip.parse().unwrap());
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        for _ in 0..60 {
            assert_eq!(pace.take(one, at(0)), Ok(()));
        }
        assert_eq!(pace.take(one, at(0)), Err(at(1_000)));
        assert_eq!(pace.take(one, at(400)), Err(at(1_000)));
        assert_eq!(pace.take(other, at(400)), Ok(()));
        assert_eq!(pace.take(one, at(1_000)), Ok(()));
        assert_eq!(pace.take(one, at(1_000)), Err(at(2_000)));
        assert_eq!(pace.take(one, at(3_600_000)), Ok(()));
        // The clock is set back by an hour.
        assert_eq!(pace.take(one, at(3_000)), Ok(()));
    }

    #[test]
    fn whoever_has_one_address_of_a_64_has_them_all() {
        let pace = Paces::default().tries;
        let now = Timestamp::UNIX_EPOCH;
        let from = |text: &str| text.parse::<IpAddr>().unwrap();
        for n in 0..60 {
            let own = from(&format!("2001:db8:1:2:{n:x}::{n:x}"));
            assert_eq!(pace.take(counted_as(own), now), Ok(()));
        }
        assert!(
            pace.take(counted_as(from("2001:db8:1:2:ffff::1")), now)
                .is_err()
        );
        assert_eq!(pace.take(counted_as(from("2001:db8:1:3::1")), now), Ok(()));
        // An IPv4 address written as IPv6 is that address, and not everybody's.
        let (mapped, other) = (from("::ffff:198.51.100.7"), from("::ffff:198.51.100.8"));
        assert_eq!(counted_as(mapped), from("198.51.100.7"));
        assert_ne!(counted_as(mapped), counted_as(other));
    }

    #[test]
    fn forgetting_gives_nobody_more() {
        let pace = Paces::default().tries;
        let now = Timestamp::UNIX_EPOCH;
        let busy: IpAddr = "198.51.100.7".parse().unwrap();
        while pace.take(busy, now).is_ok() {}
        for n in 0..u32::try_from(BUCKETS).unwrap() + 10 {
            let passing = IpAddr::V4(std::net::Ipv4Addr::from(n));
            assert_eq!(pace.take(passing, now), Ok(()));
        }
        assert!(pace.take(busy, now).is_err());
    }
}
