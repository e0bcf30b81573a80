//! What a track says once its utterances are recognised, on the interview's clock. Confirmed text
//! does not change: a correction is another revision.

use crate::ids::{SegmentId, TrackId};
use crate::pii::Pii;
use crate::time::InterviewMs;

use super::account::GapReason;
use super::hypothesis::Piece;

/// One utterance with its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub id: SegmentId,
    pub track: TrackId,
    /// Of the voice, without the silence around it; half-open.
    pub start: InterviewMs,
    pub end: InterviewMs,
    pub text: Pii<String>,
    pub pieces: Vec<Piece>,
    /// Of the weights that wrote it.
    pub model_sha256: [u8; 32],
    /// From 1.
    pub revision: u32,
}

/// A stretch of a track without text, half-open, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    pub track: TrackId,
    pub start: InterviewMs,
    pub end: InterviewMs,
    pub reason: GapReason,
}

/// What a track has to say while the talk lasts.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Text that may still change. It replaces the earlier partial of this id, and is replaced by
    /// the segment of this id or voided by a gap.
    Partial {
        id: SegmentId,
        start: InterviewMs,
        end: InterviewMs,
        text: Pii<String>,
    },
    Confirmed(Segment),
    Gap {
        gap: Gap,
        /// The partial text that is void by it.
        void: Option<SegmentId>,
    },
    /// For how many milliseconds the oldest utterance has been waiting for its turn. 0: no longer.
    Behind {
        waiting_ms: u64,
    },
}
