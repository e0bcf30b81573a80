//! The account of time: settled for every track when the interview is over and its calls are
//! closed, from what was said, the gaps that were found, and when the calls ran.

use std::collections::BTreeMap;

use yorisoi_domain::call::record::{CallRecord, Closed, ClosedWhy};
use yorisoi_domain::ids::TrackId;
use yorisoi_domain::interview::{Interview, State};
use yorisoi_domain::time::{InterviewMs, Timestamp};
use yorisoi_domain::transcript::account::{Account, GapReason, Interval, TimeKind};
use yorisoi_domain::transcript::segment::Gap;
use yorisoi_store::Tx;

use super::{App, Result};

/// A call that ends later than this after its talk tells of a clock that was set meanwhile.
const MOMENT_MS: i64 = 2_000;

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
/// of it is open, and when they are settled. `over`: when it was over on the talk's own clock, by the call
/// that ended with it; where no call did, the system's clock says it, but for what was said later.
pub(super) async fn settle(
    tx: &mut dyn Tx,
    interview: &Interview,
    over: Option<InterviewMs>,
) -> Result<()> {
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
    let said = marks.values().flatten();
    let said = said.filter(|mark| mark.kind == TimeKind::Speech);
    let said = said.map(|mark| mark.to_ms).max();
    let said = said.map_or(0, |ms| i64::try_from(ms).unwrap_or_default());
    let by_clock = ms(start.at, at);
    let total = match over {
        // It heard of the end a moment later.
        Some(over) if (0..=MOMENT_MS).contains(&(over.0 - by_clock)) => by_clock,
        Some(over) => over.0.max(said),
        None => by_clock.max(said),
    };
    for call in calls {
        for track in tx.tracks_of(call.id).await? {
            let mut marks = marks.remove(&track.id).unwrap_or_default();
            marks.extend(around(&call, start.at, total));
            marks.sort_by_key(|mark| rank(mark.kind));
            let account = Account::settle(u64::try_from(total).unwrap_or_default(), &marks);
            tx.insert_account(track.id, &account.totals()).await?;
        }
    }
    Ok(())
}

/// What a crash left unknown of every track of a call, which is found at `at`: what was known of the
/// seats holds until the last that is known of any of them, and what comes after the last that is
/// known of a track went with the crash.
pub(super) async fn broken(
    tx: &mut dyn Tx,
    call: &CallRecord,
    began: Timestamp,
    at: Timestamp,
    heard: &BTreeMap<TrackId, InterviewMs>,
) -> Result<Vec<Gap>> {
    let ms = |at| InterviewMs(ms(began, at));
    let tracks = tx.tracks_of(call.id).await?;
    let seats = tx.seat_gaps_of(call.id).await?;
    let mut known: BTreeMap<_, _> = tracks
        .iter()
        .map(|track| (track.id, ms(call.opened_at)))
        .collect();
    let segments = tx.segments_of(call.interview).await?.into_iter();
    let said = segments.map(|(_, segment)| (segment.track, segment.end));
    let gaps = tx.gaps_of(call.interview).await?.into_iter();
    let found = gaps.map(|(_, gap)| (gap.track, gap.end));
    let heard = heard.iter().map(|(track, end)| (*track, *end));
    for (track, end) in said.chain(found).chain(heard) {
        if let Some(known) = known.get_mut(&track) {
            *known = end.max(*known);
        }
    }
    let ends = seats
        .iter()
        .map(|(_, gap)| gap.to.unwrap_or(gap.from).max(gap.from));
    let found_at = ms(at);
    let broke = known.values().copied().chain(ends).max();
    let broke = broke.unwrap_or(found_at).min(found_at);
    let mut gaps = Vec::new();
    for track in &tracks {
        let own = seats.iter().filter(|(of, _)| *of == track.participant);
        let own = own.map(|(_, gap)| Gap {
            track: track.id,
            start: gap.from,
            end: gap.to.unwrap_or(broke),
            reason: gap.reason,
        });
        gaps.extend(own);
        gaps.push(Gap {
            track: track.id,
            start: known[&track.id],
            end: found_at,
            reason: GapReason::Crash,
        });
    }
    gaps.retain(|gap| gap.start < gap.end);
    Ok(gaps)
}

/// Nobody was on the track before its call and after it. What was before, a call that ends by itself says
/// of every voice; and what came after one that ended with the talk is nothing.
fn around(call: &CallRecord, start: Timestamp, total: i64) -> Vec<Interval> {
    let absent = TimeKind::Gap(GapReason::Absent);
    let before = mark(0, ms(start, call.opened_at), absent);
    let Some(Closed { at, why }) = call.closed else {
        return Vec::new();
    };
    let after = mark(ms(start, at), total, absent);
    match why {
        ClosedWhy::Crash => vec![before, after],
        ClosedWhy::NobodyLeft | ClosedWhy::Stopped => vec![after],
        ClosedWhy::Ended | ClosedWhy::LongestReached => Vec::new(),
    }
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
    use super::*;

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
