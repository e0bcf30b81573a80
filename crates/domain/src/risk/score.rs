//! Counts how well a reader finds what labelled cases expect. Owns the counting; reads no files and
//! prints nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::finding::{Asked, Reading, Speaker, Turn};
use super::keywords;
use super::pack::Pack;
use super::reader::Reader;
use crate::ids::SegmentId;
use crate::time::InterviewMs;

/// One labelled case, as its line of JSON has it.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub turns: Vec<CaseTurn>,
    pub expect: Vec<Expected>,
    #[serde(default)]
    pub tolerate: BTreeSet<String>,
    #[serde(default)]
    pub coverage: BTreeMap<String, Asked>,
    #[serde(default)]
    pub tags: BTreeSet<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct CaseTurn {
    pub speaker: Speaker,
    pub text: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Expected {
    pub item: String,
    pub turn: usize,
}

/// Which cases are counted: those whose sha256(id) modulo 5 is not 0, or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    Seen,
    Aside,
}

impl Fold {
    pub fn holds(self, id: &str) -> bool {
        let aside = Sha256::digest(id.as_bytes())[0].is_multiple_of(5);
        aside == (self == Self::Aside)
    }

    /// Whether a case may be looked at: it is not set aside, nor is that of which it is what was heard.
    pub fn shows(id: &str) -> bool {
        Self::Seen.holds(id) && Self::Seen.holds(id.trim_end_matches("-heard"))
    }
}

/// True and false positives, false negatives, and what follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Counts {
    pub tp: u32,
    pub fp: u32,
    #[serde(rename = "fn")]
    pub missed: u32,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
    pub f1: Option<f64>,
    /// 95 % Wilson intervals.
    pub precision_interval: Option<(f64, f64)>,
    pub recall_interval: Option<(f64, f64)>,
}

/// Right ones among those asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    pub asked: u32,
    pub right: u32,
    pub accuracy: Option<f64>,
}

/// Cases that should stay quiet, and those that did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Quiet {
    pub cases: u32,
    pub flagged: u32,
    pub share: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum MissKind {
    #[serde(rename = "fp")]
    FalsePositive,
    #[serde(rename = "fn")]
    FalseNegative,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    pub case: String,
    pub item: String,
    pub kind: MissKind,
    pub turn: usize,
}

/// The whole count.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Score {
    pub cases: u32,
    pub total: Counts,
    pub tiers: BTreeMap<&'static str, Counts>,
    pub items: BTreeMap<String, Counts>,
    pub tags: BTreeMap<String, Counts>,
    pub coverage: Share,
    /// Coverage over cases of questions and answers.
    pub pairing: Share,
    pub quiet: Quiet,
    pub misses: Vec<Miss>,
    /// Labelled coverage that was read differently.
    pub coverage_misses: Vec<CoverageMiss>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoverageMiss {
    pub case: String,
    pub item: String,
    pub expected: Asked,
    pub read: Asked,
}

/// The tier that an item is counted under, whatever a pack says.
fn counted_as(item: &str) -> &'static str {
    match item {
        "suicidal_or_self_harm"
        | "drug_misuse"
        | "partner_violence"
        | "older_child_concern"
        | "sexual_violence_or_unknown_father"
        | "medical_emergency" => "immediate",
        "language_support" => "care",
        "partnership_status"
        | "multiple_pregnancy"
        | "alcohol"
        | "smoking"
        | "partner_discord"
        | "medical_complication"
        | "unprepared"
        | "loss_or_grief"
        | "care_burden" => "notice",
        _ => "review",
    }
}

/// Reads a case. `mixed`: as one microphone in a room would hear it.
pub fn reader_of(case: &Case, pack: &Arc<Pack>, mixed: bool) -> Reader {
    let mut reader = Reader::new(Arc::clone(pack));
    reader.hear_all(turns_of(case, mixed));
    reader
}

fn turns_of(case: &Case, mixed: bool) -> impl Iterator<Item = Turn> {
    case.turns
        .iter()
        .zip(0u32..)
        .map(move |(turn, number)| Turn {
            segment: segment(number),
            speaker: if mixed {
                Speaker::Unknown
            } else {
                turn.speaker
            },
            start: InterviewMs(i64::from(number) * 1_000),
            end: InterviewMs(i64::from(number) * 1_000 + 900),
            text: turn.text.clone().into(),
            unsure: Vec::new(),
        })
}

fn segment(number: u32) -> SegmentId {
    SegmentId::new(Uuid::from_u128(u128::from(number)))
}

/// Which turn of a case a segment is.
pub fn turn_of(segment: SegmentId) -> usize {
    usize::try_from(segment.uuid().as_u128()).unwrap_or(usize::MAX)
}

impl Score {
    /// Reads and counts one case.
    pub fn add(&mut self, case: &Case, pack: &Arc<Pack>, mixed: bool) {
        let reader = reader_of(case, pack, mixed);
        self.count(case, reader.reading());
    }

    /// Counts what the words of the rules alone would find, without any grammar.
    pub fn add_by_keywords(&mut self, case: &Case, pack: &Pack) {
        let turns: Vec<Turn> = turns_of(case, false).collect();
        self.count(case, &keywords::read(pack, turns.iter()));
    }

    fn count(&mut self, case: &Case, reading: &Reading) {
        self.cases += 1;
        let expected: BTreeMap<&str, Vec<usize>> =
            case.expect.iter().fold(BTreeMap::new(), |mut all, e| {
                all.entry(e.item.as_str())
                    .or_insert_with(Vec::new)
                    .push(e.turn);
                all
            });
        let mut flagged = false;
        for finding in &reading.findings {
            let item = finding.item.as_str();
            if expected.contains_key(item) || case.tolerate.contains(item) {
                continue;
            }
            flagged = true;
            let turn = finding
                .quotes
                .last()
                .map_or(0, |quote| turn_of(quote.segment));
            self.tally(case, item, |counts| counts.fp += 1);
            self.miss(case, item, MissKind::FalsePositive, turn);
        }
        for (item, turns) in &expected {
            let finding = reading
                .findings
                .iter()
                .find(|finding| finding.item.as_str() == *item);
            let found = finding.is_some_and(|finding| {
                finding.quotes.iter().any(|quote| {
                    let at = turn_of(quote.segment);
                    turns.iter().any(|turn| {
                        at.abs_diff(*turn) <= 1 || exchange(case, at) == exchange(case, *turn)
                    })
                })
            });
            if found {
                self.tally(case, item, |counts| counts.tp += 1);
            } else {
                self.tally(case, item, |counts| counts.missed += 1);
                self.miss(case, item, MissKind::FalseNegative, turns[0]);
            }
        }
        let still = ["negation", "third_person", "past", "hypothetical"];
        if case.expect.is_empty() && still.iter().any(|tag| case.tags.contains(*tag)) {
            self.quiet.cases += 1;
            self.quiet.flagged += u32::from(flagged);
        }
        self.cover(case, reading);
    }

    fn cover(&mut self, case: &Case, reading: &Reading) {
        for (item, expected) in &case.coverage {
            let read = reading
                .coverage
                .iter()
                .find(|(id, _)| id.as_str() == item)
                .map_or(Asked::NotAsked, |(_, asked)| *asked);
            let right = *expected == read || (*expected == Asked::Vague && read == Asked::Declined);
            for share in [
                Some(&mut self.coverage),
                case.tags.contains("qa").then_some(&mut self.pairing),
            ]
            .into_iter()
            .flatten()
            {
                share.asked += 1;
                share.right += u32::from(right);
            }
            if !right {
                self.coverage_misses.push(CoverageMiss {
                    case: case.id.clone(),
                    item: item.clone(),
                    expected: *expected,
                    read,
                });
            }
        }
    }

    fn tally(&mut self, case: &Case, item: &str, add: impl Fn(&mut Counts)) {
        add(&mut self.total);
        add(self.tiers.entry(counted_as(item)).or_default());
        add(self.items.entry(item.to_owned()).or_default());
        for tag in &case.tags {
            add(self.tags.entry(tag.clone()).or_default());
        }
    }

    fn miss(&mut self, case: &Case, item: &str, kind: MissKind, turn: usize) {
        self.misses.push(Miss {
            case: case.id.clone(),
            item: item.to_owned(),
            kind,
            turn,
        });
    }

    /// Leaves out the misses of what is set aside, and says how many: whoever saw them would write rules for them.
    pub fn hide_aside(&mut self) -> usize {
        let all = self.misses.len() + self.coverage_misses.len();
        self.misses.retain(|miss| Fold::shows(&miss.case));
        self.coverage_misses.retain(|miss| Fold::shows(&miss.case));
        all - self.misses.len() - self.coverage_misses.len()
    }

    /// Works out the shares after the last case.
    pub fn finish(&mut self) {
        let all = self
            .tiers
            .values_mut()
            .chain(self.items.values_mut())
            .chain(self.tags.values_mut());
        for counts in all.chain([&mut self.total]) {
            counts.finish();
        }
        for share in [&mut self.coverage, &mut self.pairing] {
            share.accuracy = ratio(share.right, share.asked);
        }
        self.quiet.share = ratio(self.quiet.flagged, self.quiet.cases);
    }
}

impl Counts {
    fn finish(&mut self) {
        self.precision = ratio(self.tp, self.tp + self.fp);
        self.recall = ratio(self.tp, self.tp + self.missed);
        self.f1 = ratio(2 * self.tp, 2 * self.tp + self.fp + self.missed);
        self.precision_interval = wilson(self.tp, self.tp + self.fp);
        self.recall_interval = wilson(self.tp, self.tp + self.missed);
    }
}

fn ratio(part: u32, of: u32) -> Option<f64> {
    (of > 0).then(|| f64::from(part) / f64::from(of))
}

fn wilson(part: u32, of: u32) -> Option<(f64, f64)> {
    let (p, n, z) = (ratio(part, of)?, f64::from(of), 1.96_f64);
    let base = 1.0 + z * z / n;
    let middle = (p + z * z / (2.0 * n)) / base;
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / base;
    Some(((middle - half).max(0.0), (middle + half).min(1.0)))
}

/// A turn's exchange: the last turn of the nurse up to it, with what follows until her next one.
fn exchange(case: &Case, turn: usize) -> usize {
    let upto = &case.turns[..case.turns.len().min(turn + 1)];
    upto.iter()
        .rposition(|turn| turn.speaker == Speaker::Nurse)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::finding::{Finding, How, Part, Quote};
    use crate::risk::item::Tier;

    fn case(expect: &[(&str, usize)]) -> Case {
        let turn = |speaker| CaseTurn {
            speaker,
            text: String::new(),
        };
        let speakers = [
            Speaker::Nurse,
            Speaker::Resident,
            Speaker::Nurse,
            Speaker::Resident,
            Speaker::Nurse,
            Speaker::Resident,
        ];
        Case {
            id: "case".to_owned(),
            turns: speakers.map(turn).into(),
            expect: expect
                .iter()
                .map(|(item, turn)| Expected {
                    item: (*item).to_owned(),
                    turn: *turn,
                })
                .collect(),
            tolerate: ["isolation".to_owned()].into(),
            coverage: [("smoking".to_owned(), Asked::Vague)].into(),
            tags: ["negation".to_owned(), "qa".to_owned()].into(),
        }
    }

    fn reading(found: &[(&str, u32)]) -> Reading {
        let findings = found.iter().map(|(item, turn)| Finding {
            item: item.parse().unwrap(),
            tier: Tier::Notice,
            rule: "rule".to_owned(),
            how: How::Direct,
            quotes: vec![Quote {
                segment: segment(*turn),
                span: 0..0,
                part: Part::Statement,
            }],
            unsure: false,
            sound: None,
            speaker_unknown: false,
        });
        Reading {
            findings: findings.collect(),
            coverage: [("smoking".parse().unwrap(), Asked::Declined)].into(),
        }
    }

    fn counted(expect: &[(&str, usize)], found: &[(&str, u32)]) -> Score {
        let mut score = Score::default();
        score.count(&case(expect), &reading(found));
        score.finish();
        score
    }

    #[test]
    fn an_item_near_its_turn_is_found_and_elsewhere_only_missed() {
        let near = counted(&[("smoking", 3)], &[("smoking", 2)]).total;
        assert_eq!((near.tp, near.fp, near.missed), (1, 0, 0));
        let far = counted(&[("smoking", 5)], &[("smoking", 1)]).total;
        assert_eq!((far.tp, far.fp, far.missed), (0, 0, 1));
    }

    #[test]
    fn what_is_neither_expected_nor_tolerated_is_a_false_positive() {
        let score = counted(&[], &[("isolation", 1), ("partner_violence", 3)]);
        assert_eq!(
            (score.total.tp, score.total.fp, score.total.missed),
            (0, 1, 0)
        );
        assert_eq!(score.tiers["immediate"].fp, 1);
        assert_eq!((score.quiet.cases, score.quiet.flagged), (1, 1));
        assert_eq!(score.misses[0].turn, 3);
    }

    #[test]
    fn declined_counts_as_vague() {
        let score = counted(&[], &[]);
        assert_eq!((score.pairing.asked, score.pairing.right), (1, 1));
        assert_eq!(score.quiet.flagged, 0);
    }

    #[test]
    fn folds_part_the_cases() {
        for id in ["a", "b", "c"] {
            assert_ne!(Fold::Seen.holds(id), Fold::Aside.holds(id));
        }
    }
}
