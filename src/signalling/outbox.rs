//! What one participant was sent, kept so that a page which lost its socket gets what it missed.
//! Pure: no socket, no clock.

use std::collections::VecDeque;
use std::time::Duration;

use uuid::Uuid;

/// Beyond this many messages a snapshot says more in less.
pub const MOST: usize = 2_000;
/// Beyond this age too.
pub const OLDEST: Duration = Duration::from_secs(600);

/// The numbered messages to one participant. `M` is cheap to clone.
#[derive(Debug)]
pub struct Outbox<M> {
    /// Names this numbering: after a restart of the service another one begins.
    epoch: Uuid,
    last: u64,
    kept: VecDeque<(u64, Duration, M)>,
}

/// What a page that comes back needs.
#[derive(Debug, PartialEq, Eq)]
pub enum Resume<M> {
    Missed(Vec<M>),
    /// Too much was missed, or the page never was here: tell how everything stands.
    Snapshot,
}

impl<M: Clone> Outbox<M> {
    #[must_use]
    pub fn new(epoch: Uuid) -> Self {
        Self {
            epoch,
            last: 0,
            kept: VecDeque::new(),
        }
    }

    #[must_use]
    pub fn epoch(&self) -> Uuid {
        self.epoch
    }

    /// Numbers a message and keeps it; numbers begin at 1. `now` never runs back.
    pub fn push(&mut self, now: Duration, message: impl FnOnce(u64) -> M) -> M {
        self.last += 1;
        let message = message(self.last);
        self.kept.push_back((self.last, now, message.clone()));
        self.forget(now);
        message
    }

    /// What to send to a page that says it has everything up to `last_seq` of `epoch`.
    pub fn resume(&mut self, now: Duration, epoch: Option<Uuid>, last_seq: u64) -> Resume<M> {
        self.forget(now);
        let first = self.kept.front().map_or(self.last + 1, |(seq, ..)| *seq);
        if epoch != Some(self.epoch) || last_seq > self.last || last_seq + 1 < first {
            return Resume::Snapshot;
        }
        let missed = self.kept.iter().filter(|(seq, ..)| *seq > last_seq);
        Resume::Missed(missed.map(|(_, _, message)| message.clone()).collect())
    }

    /// Forgets every message, as if all of them were too old. The numbers go on.
    pub fn clear(&mut self) {
        self.kept.clear();
    }

    fn forget(&mut self, now: Duration) {
        while let Some((_, at, _)) = self.kept.front()
            && (self.kept.len() > MOST || now.saturating_sub(*at) > OLDEST)
        {
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EPOCH: Uuid = Uuid::from_u128(1);

    fn filled(count: u64) -> Outbox<u64> {
        let mut outbox = Outbox::new(EPOCH);
        for _ in 0..count {
            outbox.push(Duration::ZERO, |seq| seq);
        }
        outbox
    }

    #[test]
    fn a_page_gets_what_it_missed_and_only_that() {
        let mut outbox = filled(5);
        let mut resume = |last| outbox.resume(Duration::ZERO, Some(EPOCH), last);
        assert_eq!(resume(3), Resume::Missed(vec![4, 5]));
        assert_eq!(resume(5), Resume::Missed(vec![]));
        assert_eq!(resume(0), Resume::Missed(vec![1, 2, 3, 4, 5]));
        assert_eq!(resume(6), Resume::Snapshot);
    }

    #[test]
    fn a_new_page_and_another_numbering_get_a_snapshot() {
        let mut outbox = filled(5);
        assert_eq!(outbox.resume(Duration::ZERO, None, 0), Resume::Snapshot);
        let other = Some(Uuid::from_u128(2));
        assert_eq!(outbox.resume(Duration::ZERO, other, 5), Resume::Snapshot);
    }

    #[test]
    fn two_thousand_messages_or_ten_minutes_are_kept() {
        let mut outbox = filled(2_001);
        let resumed = outbox.resume(Duration::ZERO, Some(EPOCH), 1);
        assert!(matches!(resumed, Resume::Missed(missed) if missed.len() == MOST));
        assert_eq!(
            outbox.resume(Duration::ZERO, Some(EPOCH), 0),
            Resume::Snapshot
        );
        let late = OLDEST + Duration::from_secs(1);
        assert_eq!(outbox.resume(late, Some(EPOCH), 2_000), Resume::Snapshot);
        // Who has everything needs nothing, however long ago it was.
        assert_eq!(
            outbox.resume(late, Some(EPOCH), 2_001),
            Resume::Missed(vec![])
        );
    }

    #[test]
    fn what_was_cleared_comes_to_nobody_again() {
        let mut outbox = filled(5);
        outbox.clear();
        let mut resume = |last| outbox.resume(Duration::ZERO, Some(EPOCH), last);
        assert_eq!(resume(3), Resume::Snapshot);
        assert_eq!(resume(5), Resume::Missed(vec![]));
        outbox.push(Duration::ZERO, |seq| seq);
        let mut resume = |last| outbox.resume(Duration::ZERO, Some(EPOCH), last);
        assert_eq!(
            (resume(4), resume(5)),
            (Resume::Snapshot, Resume::Missed(vec![6]))
        );
    }

    proptest! {
        #[test]
        fn whoever_resumes_has_every_message_once_or_a_snapshot(
            gaps in proptest::collection::vec(0u64..60, 1..200), last in 0u64..220
        ) {
            let mut outbox = Outbox::new(EPOCH);
            let mut now = Duration::ZERO;
            for gap in &gaps {
                now += Duration::from_secs(*gap);
                outbox.push(now, |seq| seq);
            }
            let sent = u64::try_from(gaps.len()).unwrap();
            match outbox.resume(now, Some(EPOCH), last) {
                Resume::Missed(missed) => {
                    prop_assert_eq!(missed, (last + 1..=sent).collect::<Vec<_>>());
                }
                Resume::Snapshot => prop_assert!(last != sent),
            }
        }
    }
}
