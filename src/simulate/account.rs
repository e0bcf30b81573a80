//! The service's account of time held against what is known of the talk from elsewhere: when the
//! file's table says that somebody speaks, and what was planted. Never asks the service what it
//! expected of itself.

use serde::Serialize;
use serde_json::Value;
use yorisoi_domain::transcript::account::{Account, GapReason, Interval, TimeKind};

use super::interview::Outcome;
use super::plant::{Planted, What};
use super::text::Utterance;

/// Speech may differ by this share: a table's times are a listener's, not a machine's.
const SPEECH: f64 = 0.15;
/// Begin, end and length of what was planted may differ by so much.
const PLANTED_MS: i64 = 300;

/// One track's account, as far as something is known to hold it against.
#[derive(Debug, Serialize)]
pub struct Held {
    /// `null` where no table says who speaks when.
    pub speech: Option<Compared>,
    pub planted: Vec<ComparedGap>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub expected_ms: u64,
    pub found_ms: u64,
    pub holds: bool,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ComparedGap {
    pub reason: GapReason,
    #[serde(flatten)]
    pub compared: Compared,
}

/// Whose track, and what it plays.
#[derive(Debug, Clone, Copy)]
pub struct Played<'a> {
    /// `nurse` or `resident`
    pub party: &'a str,
    /// By its table, where there is one.
    pub spoken: Option<&'a [Utterance]>,
    /// The interview's clock when the voices began to play.
    pub began_ms: i64,
}

/// `records`: the transcript as the service gives it once the talk has ended and is settled.
#[must_use]
pub fn against(played: Played<'_>, outcome: &Outcome, records: &Value) -> Held {
    let own = |it: &&Value| it["party"] == played.party;
    let account = records["accounts"].as_array();
    let account = account.and_then(|all| all.iter().find(own));
    let account = account.unwrap_or(&Value::Null);
    let over = outcome.told.iter().rev().find(|it| it.1["type"] == "over");
    let end = over.and_then(|(_, over)| over["at_ms"].as_i64());
    let end = end.unwrap_or(i64::MAX);
    let planted: Vec<Interval> = outcome
        .planted
        .iter()
        .filter(|it| concerns(played.party, it.what))
        .map(|it| planted(it, played.began_ms, end))
        .collect();
    let gaps = records["gaps"].as_array().into_iter().flatten();
    let gaps = gaps.filter(|gap| gap["participant"] == account["participant"]);
    let gaps: Vec<Interval> = gaps.filter_map(gap).collect();
    Held {
        speech: played.spoken.map(|spoken| {
            let found = account["speech_ms"].as_u64().unwrap_or_default();
            speech(spoken, played.began_ms, &planted, found)
        }),
        planted: planted
            .iter()
            .filter_map(|wanted| {
                let TimeKind::Gap(reason) = wanted.kind else {
                    return None;
                };
                let name = serde_json::to_value(reason).ok()?;
                let counted = account["gaps_ms"][name.as_str()?].as_u64();
                let compared = compare(wanted, &gaps, counted.unwrap_or_default());
                Some(ComparedGap { reason, compared })
            })
            .collect(),
    }
}

/// Without her consent nobody is written down; everything else is her own voice's alone.
fn concerns(party: &str, what: What) -> bool {
    party == "resident" || what == What::Refuse
}

fn planted(it: &Planted, began_ms: i64, end: i64) -> Interval {
    let to = it.to_ms.map_or(end, |to| began_ms.saturating_add(to));
    interval(
        began_ms.saturating_add(it.from_ms),
        to,
        TimeKind::Gap(it.what.reason()),
    )
}

fn interval(from: i64, to: i64, kind: TimeKind) -> Interval {
    let ms = |at: i64| u64::try_from(at).unwrap_or_default();
    Interval {
        from_ms: ms(from),
        to_ms: ms(to),
        kind,
    }
}

fn gap(gap: &Value) -> Option<Interval> {
    let reason = serde_json::from_value(gap["reason"].clone()).ok()?;
    let at = |name: &str| gap[name].as_i64();
    let kind = TimeKind::Gap(reason);
    Some(interval(at("start_ms")?, at("end_ms")?, kind))
}

/// What is spoken where something was planted can't be heard.
fn speech(spoken: &[Utterance], began_ms: i64, planted: &[Interval], found_ms: u64) -> Compared {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a file's seconds in milliseconds"
    )]
    let on_clock = |seconds: f64| began_ms + (seconds * 1_000.0) as i64;
    let said = spoken
        .iter()
        .map(|it| interval(on_clock(it.from), on_clock(it.to), TimeKind::Speech));
    let marks: Vec<Interval> = said.chain(planted.iter().copied()).collect();
    let expected_ms = Account::settle(u64::MAX, &marks).totals().speech;
    let difference = expected_ms.abs_diff(found_ms) as f64;
    Compared {
        expected_ms,
        found_ms,
        holds: difference <= expected_ms as f64 * SPEECH,
    }
}

/// `gaps` are all that the service noted, `counted_ms` what its account has under this reason.
fn compare(wanted: &Interval, gaps: &[Interval], counted_ms: u64) -> Compared {
    let same: Vec<Interval> = gaps
        .iter()
        .filter(|gap| gap.kind == wanted.kind)
        .copied()
        .collect();
    let tolerance = PLANTED_MS.unsigned_abs();
    let same = Account::settle(u64::MAX, &same);
    let near: Vec<&Interval> = same
        .intervals()
        .iter()
        .filter(|it| {
            it.kind == wanted.kind
                && it.from_ms < wanted.to_ms.saturating_add(tolerance)
                && it.to_ms.saturating_add(tolerance) > wanted.from_ms
        })
        .collect();
    let length = |it: &Interval| it.to_ms.saturating_sub(it.from_ms);
    let found_ms = near.iter().copied().map(length).sum();
    let expected_ms = length(wanted);
    let within = |a: u64, b: u64| a.abs_diff(b) <= tolerance;
    let edges = match (near.first(), near.last()) {
        (Some(first), Some(last)) => {
            within(first.from_ms, wanted.from_ms) && within(last.to_ms, wanted.to_ms)
        }
        _ => false,
    };
    Compared {
        expected_ms,
        found_ms,
        // What was noted and then counted as something else does not hold.
        holds: edges
            && within(found_ms, expected_ms)
            && counted_ms.saturating_add(tolerance) >= expected_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn muted(from_ms: u64, to_ms: u64) -> Interval {
        Interval {
            from_ms,
            to_ms,
            kind: TimeKind::Gap(GapReason::Muted),
        }
    }

    #[test]
    fn what_was_planted_holds_within_its_tolerance_and_under_its_reason_alone() {
        let wanted = muted(5_000, 8_000);
        let holds = |gaps: &[Interval], counted| compare(&wanted, gaps, counted).holds;
        assert!(holds(&[muted(5_000, 8_000)], 3_000));
        assert!(holds(&[muted(5_300, 8_300)], 3_000));
        assert!(holds(&[muted(5_000, 6_500), muted(6_500, 8_000)], 3_000));
        assert!(holds(&[muted(5_000, 8_000), muted(20_000, 25_000)], 8_000));
        assert!(!holds(&[muted(5_301, 8_301)], 3_000), "it lies elsewhere");
        assert!(!holds(&[muted(5_000, 6_000), muted(7_000, 8_000)], 3_000));
        assert!(!holds(&[muted(4_000, 8_000)], 4_000));
        assert!(!holds(&[], 3_000));
        let paused = Interval {
            kind: TimeKind::Gap(GapReason::Paused),
            ..wanted
        };
        assert!(!holds(&[paused], 0), "another reason");
        assert!(!holds(&[wanted], 2_000), "counted as something else");
        assert_eq!(
            compare(&wanted, &[muted(5_100, 8_000)], 2_900).found_ms,
            2_900
        );
    }

    #[test]
    fn speech_is_expected_where_nothing_was_planted_and_once_where_two_speak() {
        let said = |from, to| Utterance { from, to };
        let spoken = [said(0.0, 2.0), said(1.0, 3.0), said(4.0, 6.0)];
        let held = |planted: &[Interval], found| speech(&spoken, 1_000, planted, found);
        assert_eq!(held(&[], 5_000).expected_ms, 5_000);
        assert!(held(&[], 5_750).holds && held(&[], 4_250).holds);
        assert!(!held(&[], 5_751).holds && !held(&[], 4_249).holds);
        // The interview's clock was at 1 s when the file began.
        assert_eq!(held(&[muted(6_000, 9_000)], 0).expected_ms, 4_000);
        let noise = speech(&[], 1_000, &[], 0);
        assert!(noise.holds);
        assert!(!speech(&[], 1_000, &[], 1).holds);
    }
}
