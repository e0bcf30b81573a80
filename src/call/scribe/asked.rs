//! What one voice has asked the recognizer for, and when the pages are told how late its text is. It
//! holds no sound, and the time is the caller's.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use yorisoi_domain::transcript::segmenter::{Purpose, RequestId};

/// From when on the pages are told that the text is late, and from when on no longer.
const LATE: Duration = Duration::from_secs(3);
const IN_TIME: Duration = Duration::from_secs(1);
/// While it is late they are told how late so often.
const AGAIN: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Since when each request has been open, in the order in which they were made.
    open: BTreeMap<RequestId, (Purpose, Instant)>,
    /// When the pages were last told that the text is late; `None` while it is in time.
    told: Option<Instant>,
    /// Since when the oldest text has been waiting to be written.
    unwritten: Option<Instant>,
}

impl Asked {
    pub(super) fn ask(&mut self, request: RequestId, purpose: Purpose, now: Instant) {
        self.open.insert(request, (purpose, now));
    }

    /// It was answered, refused or taken back.
    pub(super) fn close(&mut self, request: RequestId) {
        self.open.remove(&request);
    }

    /// How many requests are open.
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Closes every request and names them.
    pub(super) fn close_all(&mut self) -> impl Iterator<Item = RequestId> + use<> {
        std::mem::take(&mut self.open).into_keys()
    }

    /// How late the text is, if the pages are to be told so now: for how long the oldest utterance
    /// that has ended has been without its text, waiting, being decoded, or not written yet
    /// (`unwritten` says since when). Zero: no longer late.
    pub(super) fn news(&mut self, now: Instant, unwritten: Option<Instant>) -> Option<Duration> {
        self.unwritten = unwritten;
        let late = self
            .oldest()
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let bound = if self.told.is_some() { IN_TIME } else { LATE };
        if late < bound {
            return self.told.take().map(|_| Duration::ZERO);
        }
        if self.due().is_some_and(|due| now < due) {
            return None;
        }
        self.told = Some(now);
        Some(late)
    }

    /// When there is something to tell although nothing has come.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.told {
            Some(told) => Some(told + AGAIN),
            None => self.oldest().map(|since| since + LATE),
        }
    }

    /// Since when the oldest utterance that has ended has been without its text.
    fn oldest(&self) -> Option<Instant> {
        let ended = self.open.values().find(|(of, _)| *of == Purpose::Final);
        let ended = ended.map(|(_, since)| *since);
        ended.into_iter().chain(self.unwritten).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTIAL: Purpose = Purpose::Partial;
    const FINAL: Purpose = Purpose::Final;

    /// Milliseconds that were told at these milliseconds, if anything was.
    fn told(asked: &mut Asked, start: Instant, at: u64) -> Option<u128> {
        let news = asked.news(start + Duration::from_millis(at), None);
        news.map(|late| late.as_millis())
    }

    #[test]
    fn lateness_is_told_when_it_begins_once_a_second_while_it_lasts_and_when_it_ends() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut asked = Asked::default();
        asked.ask(RequestId(1), PARTIAL, start);
        assert_eq!(asked.due(), None);
        assert_eq!(told(&mut asked, start, 9_000), None, "nothing has ended");

        asked.ask(RequestId(2), FINAL, at(10_000));
        asked.ask(RequestId(3), FINAL, at(15_500));
        assert_eq!(asked.due(), Some(at(13_000)));
        assert_eq!(told(&mut asked, start, 12_999), None);
        assert_eq!(told(&mut asked, start, 13_020), Some(3_020));
        assert_eq!(asked.due(), Some(at(14_020)));
        assert_eq!(told(&mut asked, start, 13_500), None);
        assert_eq!(told(&mut asked, start, 14_020), Some(4_020));
        // The next oldest is still late, though not so late that it would begin to be told.
        asked.close(RequestId(2));
        assert_eq!(told(&mut asked, start, 17_000), Some(1_500));
        asked.close(RequestId(3));
        assert_eq!(told(&mut asked, start, 17_010), Some(0));
        assert_eq!(told(&mut asked, start, 17_020), None);
        assert_eq!(asked.due(), None);
    }

    #[test]
    fn a_text_that_is_not_written_yet_is_late() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut asked = Asked::default();
        assert_eq!(
            asked.news(at(3_500), Some(start)).unwrap(),
            at(3_500) - start
        );
        assert_eq!(asked.news(at(4_600), None), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_closed_is_waited_for_no_more() {
        let start = Instant::now();
        let mut asked = Asked::default();
        for n in 1..=3 {
            asked.ask(RequestId(n), FINAL, start);
        }
        assert_eq!(told(&mut asked, start, 5_000), Some(5_000));
        let closed: Vec<_> = asked.close_all().collect();
        assert_eq!(closed, [1, 2, 3].map(RequestId));
        assert_eq!(told(&mut asked, start, 5_001), Some(0));
    }
}
