//! A clock that stands until a test moves it, and ids that count.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yorisoi::clock::{Clock, IdGen, SystemClock};

#[derive(Debug)]
pub(crate) struct TestClock(Mutex<(Timestamp, Instant)>);

impl TestClock {
    pub(crate) fn at(time: &str) -> Self {
        Self(Mutex::new((time.parse().unwrap(), Instant::now())))
    }

    pub(crate) fn pass(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        now.0 += time;
        now.1 += time;
    }

    /// As somebody does who thinks that it is slow: no time passes.
    pub(crate) fn set_forward(&self, time: Duration) {
        self.0.lock().unwrap().0 += time;
    }

    /// As somebody does who thinks that it is fast.
    pub(crate) fn set_back(&self, time: Duration) {
        self.0.lock().unwrap().0 -= time;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn monotonic(&self) -> Instant {
        self.0.lock().unwrap().1
    }
}

/// The system's clock as somebody has set it, under a service that runs.
#[derive(Debug, Default)]
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn set_forward(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).unwrap();
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn set_back(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).unwrap();
        self.0.fetch_sub(ms, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        let ms = self.0.load(Ordering::Relaxed);
        SystemClock.now() + jiff::SignedDuration::from_millis(ms)
    }
}

#[derive(Debug, Default)]
pub(crate) struct TestIds(AtomicU64);

impl TestIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl IdGen for TestIds {
    fn id(&self) -> Uuid {
        Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + u128::from(self.next()))
    }

    /// Different every time and the same in every run.
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let hash = Sha256::digest(self.next().to_be_bytes());
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
    }
}
