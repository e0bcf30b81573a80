//! What a reading of a talk holds: per item the evidence, and how far it was asked about.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::ids::SegmentId;
use crate::pii::Pii;
use crate::time::InterviewMs;

use super::item::{ItemId, Tier};

/// Who speaks, as far as reading needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    Nurse,
    Resident,
    Companion,
    /// Speaks for the resident: 本人(通訳).
    Interpreter,
    /// One microphone in a room.
    Unknown,
}

/// One confirmed segment as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub segment: SegmentId,
    pub speaker: Speaker,
    pub start: InterviewMs,
    pub end: InterviewMs,
    pub text: Pii<String>,
    /// Byte ranges of `text` whose recognition is unsure, on character boundaries.
    pub unsure: Vec<Range<usize>>,
}

/// The state of a whole talk after the turns heard so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// At most one per item, in the order in which their evidence began.
    pub findings: Vec<Finding>,
    /// Of every item of the pack.
    pub coverage: BTreeMap<ItemId, Asked>,
}

/// An item with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub item: ItemId,
    pub tier: Tier,
    /// The rule that found the first quote: `smoking.still`.
    pub rule: String,
    pub how: How,
    /// In the order in which they were spoken; a question before its answer.
    pub quotes: Vec<Quote>,
    /// 聞き取り不確か: what matched was recognised with little confidence.
    pub unsure: bool,
    /// Rests on words that were not heard so, but sound alike: how far off, in quarters of a mora.
    pub sound: Option<u8>,
    /// 話者不明: from one microphone in a room.
    pub speaker_unknown: bool,
}

/// Words of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    pub segment: SegmentId,
    /// Bytes of the segment's text, on character boundaries.
    pub span: Range<usize>,
    pub part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Question,
    Answer,
    Statement,
}

/// What kind of reading led to a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Her own words hold it.
    Direct,
    /// A short answer takes its meaning from the question.
    Answer,
}

/// How far an item was asked about.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    #[default]
    NotAsked,
    /// Asked, and no answer read yet.
    Asked,
    Positive,
    Negative,
    Vague,
    /// 答えたくない
    Declined,
}
