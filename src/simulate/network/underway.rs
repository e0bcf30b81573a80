//! The datagrams of one direction of a bad network: which are lost, and when the others arrive.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Badness;

/// Datagrams on their way; more are lost, as in a full router.
const UNDERWAY: usize = 4_096;
/// By how much a packet that is overtaken is late: three packets of sound.
const OVERTAKEN: Duration = Duration::from_millis(60);

pub(super) struct Underway {
    badness: Badness,
    began: watch::Receiver<Option<Instant>>,
    dice: u64,
    /// By when they arrive, and in the order in which they came.
    queue: BTreeMap<(Instant, u64), Vec<u8>>,
    taken: u64,
    last: Option<Instant>,
}

impl Underway {
    pub(super) fn new(
        badness: Badness,
        seed: u64,
        began: watch::Receiver<Option<Instant>>,
    ) -> Self {
        Self {
            badness,
            began,
            dice: seed ^ 0x9E37_79B9_7F4A_7C15,
            queue: BTreeMap::new(),
            taken: 0,
            last: None,
        }
    }

    pub(super) fn take(&mut self, datagram: &[u8]) {
        let now = Instant::now();
        let media = is_media(datagram);
        let lost = media && self.dice() * 100.0 < self.badness.loss_percent;
        if lost || self.is_dark(now) || self.queue.len() >= UNDERWAY {
            return;
        }
        let mut due = now + self.badness.delay;
        if !self.badness.jitter.is_zero() {
            due += self.badness.jitter.mul_f64(self.dice());
        }
        due = due.max(self.last.unwrap_or(due));
        if media && self.dice() * 100.0 < self.badness.reorder_percent {
            due += OVERTAKEN;
        } else {
            self.last = Some(due);
        }
        self.taken += 1;
        self.queue.insert((due, self.taken), datagram.to_vec());
    }

    fn is_dark(&self, now: Instant) -> bool {
        let Some((dark, began)) = self.badness.blackout.zip(*self.began.borrow()) else {
            return false;
        };
        let since = now.saturating_duration_since(began);
        (dark.from..dark.from + dark.lasting).contains(&since)
    }

    /// Waits for the next datagram whose time has come; for ever when none is underway.
    pub(super) async fn next(&mut self) -> Vec<u8> {
        match self.queue.first_key_value() {
            Some(((due, _), _)) => sleep_until(*due).await,
            None => std::future::pending().await,
        }
        let first = self.queue.pop_first();
        first.map(|(_, datagram)| datagram).unwrap_or_default()
    }

    /// In 0..1 (xorshift64*: no randomness is needed, only an even spread).
    fn dice(&mut self) -> f64 {
        self.dice ^= self.dice >> 12;
        self.dice ^= self.dice << 25;
        self.dice ^= self.dice >> 27;
        let bits = self.dice.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        f64::from(u32::try_from(bits).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
    }
}

/// RTP and RTCP by the first byte (RFC 7983). Loss and reordering spare the handshakes, because a
/// test of lost sound must not become a test of a connection that never comes about; a black-out
/// spares nothing.
fn is_media(datagram: &[u8]) -> bool {
    datagram
        .first()
        .is_some_and(|first| (128..192).contains(first))
}
