//! How fast one address may try links and passwords: a bucket of tries that fills again by the
//! second. It bounds what anybody can make this service write and hash, and locks nobody out.
//! Kept in memory only; addresses are never logged.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// Tries at once. A household, an office or a carrier's shared address stays far below it.
const BURST: i64 = 60;
/// Milliseconds until one more is there.
const REFILL_MS: i64 = 1_000;
/// Addresses remembered. Beyond it those whose bucket is full again are forgotten, which changes
/// nothing for them.
const ADDRESSES: usize = 10_000;

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

/// When each address's bucket is full again.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<IpAddr, Timestamp>>);

impl Pace {
    /// Takes one try. `Err`: when the next is there.
    ///
    /// # Errors
    /// The bucket is empty.
    pub fn take(&self, from: IpAddr, now: Timestamp) -> Result<(), Timestamp> {
        let from = counted_as(from);
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= ADDRESSES {
            full_at.retain(|_, at| *at > now);
        }
        let longest = now + jiff::SignedDuration::from_millis(BURST * REFILL_MS);
        let at = full_at.get(&from).copied();
        // No bucket takes longer to fill: a later time is one of a clock that was set back since.
        let at = at.filter(|at| *at <= longest).unwrap_or(now).max(now);
        let after = at + jiff::SignedDuration::from_millis(REFILL_MS);
        if after > longest {
            return Err(now + after.duration_since(longest));
        }
        full_at.insert(from, after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_by_one_and_every_address_for_itself() {
        let pace = Pace::default();
        let [one, other] = ["198.51.100.7", "198.51.100.8"].map(|ip| ip.parse().unwrap());
        let at = |ms| Timestamp::from_millisecond(ms).unwrap();
        for _ in 0..BURST {
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
        let pace = Pace::default();
        let now = Timestamp::UNIX_EPOCH;
        let from = |text: &str| text.parse::<IpAddr>().unwrap();
        for n in 0..BURST {
            let own = from(&format!("2001:db8:1:2:{n:x}::{n:x}"));
            assert_eq!(pace.take(own, now), Ok(()));
        }
        assert!(pace.take(from("2001:db8:1:2:ffff::1"), now).is_err());
        assert_eq!(pace.take(from("2001:db8:1:3::1"), now), Ok(()));
        // An IPv4 address written as IPv6 is that address, and not everybody's.
        let (mapped, other) = (from("::ffff:198.51.100.7"), from("::ffff:198.51.100.8"));
        assert_eq!(counted_as(mapped), from("198.51.100.7"));
        assert_ne!(counted_as(mapped), counted_as(other));
    }

    #[test]
    fn forgetting_gives_nobody_more() {
        let pace = Pace::default();
        let now = Timestamp::UNIX_EPOCH;
        let busy: IpAddr = "198.51.100.7".parse().unwrap();
        while pace.take(busy, now).is_ok() {}
        for n in 0..u32::try_from(ADDRESSES).unwrap() + 10 {
            let passing = IpAddr::V4(std::net::Ipv4Addr::from(n));
            assert_eq!(pace.take(passing, now), Ok(()));
        }
        assert!(pace.take(busy, now).is_err());
    }
}
