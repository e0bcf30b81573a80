//! The account of time: settled for every track when the interview is over and its calls are
//! closed, from what was said, the gaps that were found, and when the calls ran.

use std::collections::BTreeMap;

use yorisoi_domain::call::record::{CallRecord, ClosedWhy};
use yorisoi_domain::ids::TrackId;
use yorisoi_domain::interview::{Interview, State};
use yorisoi_domain::time::Timestamp;
use yorisoi_domain::transcript::account::{Account, GapReason, Interval, TimeKind};
use yorisoi_domain::transcript::segment::Gap;
use yorisoi_store::Tx;

use super::{App, Result};

/// Words that end later than this after the talk tell of a clock that was set back meanwhile; less
/// is the call that closes.
const SET_BACK_MS: i64 = 60_000;

impl App {
    /// Writes a stretch without text down, before anybody is shown it.
    ///
    /// # Errors
    /// The store failed.
    pub async fn note_gap(&self, gap: &Gap) -> Result<()> {
        if gap.start < gap.end {
            let mut tx = self.store.begin().await?;
            tx.insert_gap(gap).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Settles the accounts of an interview that is over; does nothing while it is not, while a call
/// of it is open, and when they are settled.
pub(super) async fn settle(tx: &mut dyn Tx, interview: &Interview) -> Result<()> {
    let State::Ended { start, at, .. } = interview.state else {
        return Ok(());
    };
    let calls = tx.calls_of(interview.id).await?;
    let open = calls.iter().any(|call| call.closed.is_none());
    if open || !tx.accounts_of(interview.id).await?.is_empty() {
        return Ok(());
    }
    let mut marks: BTreeMap<TrackId, Vec<Interval>> = BTreeMap::new();
    for (_, segment) in tx.segments_of(interview.id).await? {
        let interval = mark(segment.start.0, segment.end.0, TimeKind::Speech);
        marks.entry(segment.track).or_default().push(interval);
    }
    for (_, gap) in tx.gaps_of(interview.id).await? {
        let interval = mark(gap.start.0, gap.end.0, TimeKind::Gap(gap.reason));
        marks.entry(gap.track).or_default().push(interval);
    }
    let said = marks.values().flatten().map(|mark| mark.to_ms).max();
    let said = said.map_or(0, |ms| i64::try_from(ms).unwrap_or_default());
    let total = match ms(start.at, at) {
        // The talk's own clock ran on: what was said keeps its time.
        total if said > total + SET_BACK_MS => said,
        total => total,
    };
    for call in calls {
        for track in tx.tracks_of(call.id).await? {
            let mut marks = marks.remove(&track.id).unwrap_or_default();
            marks.extend(around(&call, start.at, total, &marks));
            marks.sort_by_key(|mark| rank(mark.kind));
            let account = Account::settle(u64::try_from(total).unwrap_or_default(), &marks);
            tx.insert_account(track.id, &account.totals()).await?;
        }
    }
    Ok(())
}

/// Nobody was on the track before its call and after it; what a crash took is unknown.
fn around(call: &CallRecord, start: Timestamp, total: i64, known: &[Interval]) -> Vec<Interval> {
    let absent = TimeKind::Gap(GapReason::Absent);
    let opened = ms(start, call.opened_at);
    let mut marks = vec![mark(0, opened, absent)];
    if let Some(closed) = call.closed {
        let closed_ms = ms(start, closed.at);
        marks.push(mark(closed_ms, total, absent));
        if closed.why == ClosedWhy::Crash {
            let last = known.iter().map(|mark| mark.to_ms).max();
            let last = last.map_or(opened, |last| i64::try_from(last).unwrap_or(opened));
            marks.push(mark(
                last.max(opened),
                closed_ms,
                TimeKind::Gap(GapReason::Crash),
            ));
        }
    }
    marks
}

/// Where two marks overlap the higher one counts: words that were heard against everything, and
/// why nobody could speak against packets that did not come.
fn rank(kind: TimeKind) -> u8 {
    match kind {
        TimeKind::Silence => 0,
        TimeKind::Gap(reason) => match reason {
            GapReason::Network => 1,
            GapReason::Crash => 2,
            GapReason::Muted => 3,
            GapReason::NotConsented
            | GapReason::CaptionsOnly
            | GapReason::Paused
            | GapReason::Language
            | GapReason::OffSystem => 4,
            GapReason::Absent => 5,
            GapReason::Unintelligible | GapReason::Overload | GapReason::Deferred => 7,
        },
        TimeKind::Speech => 6,
    }
}

fn mark(from: i64, to: i64, kind: TimeKind) -> Interval {
    let ms = |ms: i64| u64::try_from(ms).unwrap_or_default();
    Interval {
        from_ms: ms(from),
        to_ms: ms(to),
        kind,
    }
}

fn ms(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_millisecond() - from.as_millisecond()).max(0)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use yorisoi_domain::call::record::Closed;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
    }

    fn call(opened: i64, closed: i64, why: ClosedWhy) -> CallRecord {
        CallRecord {
            id: Uuid::from_u128(1).into(),
            interview: Uuid::from_u128(2).into(),
            opened_at: at(opened),
            closed: Some(Closed {
                at: at(closed),
                why,
            }),
        }
    }

    #[test]
    fn a_crash_costs_what_came_after_the_last_words_and_no_more() {
        let said = vec![mark(2_000, 3_000, TimeKind::Speech)];
        let mut marks = around(&call(1_000, 5_000, ClosedWhy::Crash), at(0), 9_000, &said);
        marks.extend(said);
        marks.sort_by_key(|mark| rank(mark.kind));
        let totals = Account::settle(9_000, &marks).totals();
        assert_eq!((totals.speech, totals.silence), (1_000, 1_000));
        assert_eq!(totals.gaps[&GapReason::Crash], 2_000);
        assert_eq!(totals.gaps[&GapReason::Absent], 5_000);
        assert_eq!(totals.sum(), 9_000);
    }

    #[test]
    fn heard_words_count_although_her_socket_was_gone_and_silence_does_not() {
        let absent = TimeKind::Gap(GapReason::Absent);
        let muted = TimeKind::Gap(GapReason::Muted);
        let network = TimeKind::Gap(GapReason::Network);
        let mut marks = vec![
            mark(0, 1_000, TimeKind::Speech),
            mark(500, 2_000, absent),
            mark(3_000, 4_000, muted),
            mark(2_900, 4_100, network),
        ];
        marks.sort_by_key(|mark| rank(mark.kind));
        let totals = Account::settle(5_000, &marks).totals();
        assert_eq!(
            (totals.speech, totals.gaps[&GapReason::Absent]),
            (1_000, 1_000)
        );
        assert_eq!(totals.gaps[&GapReason::Muted], 1_000);
        assert_eq!(totals.gaps[&GapReason::Network], 200);
    }
}
