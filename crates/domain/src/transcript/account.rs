//! The account of time: every millisecond of every track is speech, silence or a gap with its
//! reason, and the three add up to the interview exactly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a stretch of a track has no text although someone may have spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Nobody was on this track.
    Absent,
    Muted,
    /// Packets did not arrive.
    Network,
    Paused,
    NotConsented,
    /// Text was shown and not kept.
    CaptionsOnly,
    /// The machine could not keep up, and the sound is gone.
    Overload,
    /// The machine could not keep up; the sound is kept and will be filled in.
    Deferred,
    Crash,
    /// A voice was heard and no text could be believed.
    Unintelligible,
    /// The track's language is not recognised.
    Language,
    /// Telephone, or a room without a microphone.
    OffSystem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "reason")]
pub enum TimeKind {
    Speech,
    Silence,
    Gap(GapReason),
}

/// A half-open stretch of the interview clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    pub from_ms: u64,
    pub to_ms: u64,
    #[serde(flatten)]
    pub kind: TimeKind,
}

/// The account of one track from 0 to its end, without holes or overlaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    intervals: Vec<Interval>,
}

impl Account {
    /// Settles marks, in the order they were made, over an interview of `total_ms`: what was
    /// marked later wins where two overlap, what nothing marks is silence, what lies outside the
    /// interview is cut off.
    pub fn settle(total_ms: u64, marks: &[Interval]) -> Self {
        let mut edges: Vec<u64> = vec![0, total_ms];
        edges.extend(
            marks
                .iter()
                .flat_map(|m| [m.from_ms, m.to_ms])
                .filter(|&e| e < total_ms),
        );
        edges.sort_unstable();
        edges.dedup();

        let mut kinds = vec![TimeKind::Silence; edges.len().saturating_sub(1)];
        for mark in marks {
            let first = edges.partition_point(|&e| e < mark.from_ms);
            let last = edges.partition_point(|&e| e < mark.to_ms).min(kinds.len());
            if first < last {
                kinds[first..last].fill(mark.kind);
            }
        }

        let mut intervals: Vec<Interval> = Vec::with_capacity(kinds.len());
        for (pair, kind) in edges.windows(2).zip(kinds) {
            match intervals.last_mut() {
                Some(last) if last.kind == kind => last.to_ms = pair[1],
                _ => intervals.push(Interval {
                    from_ms: pair[0],
                    to_ms: pair[1],
                    kind,
                }),
            }
        }
        Self { intervals }
    }

    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for i in &self.intervals {
            let ms = i.to_ms - i.from_ms;
            match i.kind {
                TimeKind::Speech => totals.speech += ms,
                TimeKind::Silence => totals.silence += ms,
                TimeKind::Gap(reason) => *totals.gaps.entry(reason).or_default() += ms,
            }
        }
        totals
    }
}

/// Milliseconds per kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub speech: u64,
    pub silence: u64,
    pub gaps: BTreeMap<GapReason, u64>,
}

impl Totals {
    pub fn sum(&self) -> u64 {
        self.speech + self.silence + self.gaps.values().sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark(from_ms: u64, to_ms: u64, kind: TimeKind) -> Interval {
        Interval {
            from_ms,
            to_ms,
            kind,
        }
    }

    #[test]
    fn a_later_mark_wins_and_the_rest_is_silence() {
        let gap = TimeKind::Gap(GapReason::Network);
        let account = Account::settle(
            1_000,
            &[
                mark(100, 500, TimeKind::Speech),
                mark(400, 600, gap),
                mark(900, 1_500, gap),
            ],
        );
        assert_eq!(
            account.intervals(),
            [
                mark(0, 100, TimeKind::Silence),
                mark(100, 400, TimeKind::Speech),
                mark(400, 600, gap),
                mark(600, 900, TimeKind::Silence),
                mark(900, 1_000, gap),
            ]
        );
        assert_eq!(account.totals().gaps[&GapReason::Network], 300);
    }

    fn any_kind() -> impl Strategy<Value = TimeKind> {
        prop_oneof![
            Just(TimeKind::Speech),
            Just(TimeKind::Silence),
            Just(TimeKind::Gap(GapReason::Muted)),
            Just(TimeKind::Gap(GapReason::Unintelligible)),
        ]
    }

    proptest! {
        #[test]
        fn the_account_always_adds_up_without_holes_or_overlaps(
            total in 0u64..5_000,
            marks in prop::collection::vec((0u64..6_000, 0u64..6_000, any_kind()), 0..40),
        ) {
            let marks: Vec<_> = marks.into_iter().map(|(a, b, kind)| mark(a, b, kind)).collect();
            let account = Account::settle(total, &marks);
            prop_assert_eq!(account.totals().sum(), total);
            let mut at = 0;
            for i in account.intervals() {
                prop_assert_eq!(i.from_ms, at);
                prop_assert!(i.to_ms > i.from_ms);
                at = i.to_ms;
            }
            prop_assert_eq!(at, total);
        }
    }
}
