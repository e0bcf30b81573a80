//! One step of the reasoning, for who writes rules. Holds places and reasons, never the words themselves.

use std::ops::Range;

use super::said::Verdict;
use crate::ids::SegmentId;
use crate::risk::item::ItemId;

/// What was read at one place of the talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub segment: SegmentId,
    /// Bytes of the segment's text, on character boundaries.
    pub span: Range<usize>,
    pub item: ItemId,
    /// In English.
    pub what: String,
    /// The rule whose words matched.
    pub rule: Option<String>,
    pub(super) outcome: Outcome,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Counts,
    /// Words of a rule that were cleared.
    Cleared,
}

impl Step {
    /// Whether the step says that a rule's words hold.
    pub fn holds_by(&self, rule: &str) -> bool {
        self.rule.as_deref() == Some(rule) && self.outcome == Outcome::Counts
    }

    /// Whether a rule's words matched and were cleared: a near miss, `what` says why.
    pub fn is_near(&self) -> bool {
        self.outcome == Outcome::Cleared
    }
}

/// Why words that matched do not count, or that they do.
pub(super) fn says(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::History => "holds, of an earlier time",
        Verdict::Negated => "cleared: she denies it",
        Verdict::Over => "cleared: it is over",
        Verdict::SomebodyElse => "cleared: it is somebody else's",
        Verdict::Supposed => "cleared: she only supposes or asks it",
        Verdict::TakenBack => "cleared: she takes it back",
        Verdict::Excepted => "cleared: the rule's own `unless` is in the sentence",
    }
}
