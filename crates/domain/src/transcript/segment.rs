//! What a track says once its utterances are recognised, on the interview's clock. Confirmed text
//! does not change: a correction is another revision.

use std::ops::Range;

use serde::{Deserialize, Serialize};

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
    /// Words that people are shown in place of what was written for their sound. `text` is as it was
    /// heard; whatever names a place in it means that text.
    pub repairs: Vec<Repair>,
    /// Of the weights that wrote it.
    pub model_sha256: [u8; 32],
    /// From 1.
    pub revision: u32,
}

/// A part of a text and the word that is shown for it: the same sound, written otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// Bytes of the text as it was heard, on character boundaries.
    pub span: Range<usize>,
    pub now: Pii<String>,
}

/// A piece of which the recognizer was less sure than this may be another word.
const SURE: f32 = 0.5;

impl Segment {
    /// The text with its repairs.
    pub fn shown(&self) -> Pii<String> {
        repaired(self.text.expose(), &self.repairs).into()
    }

    /// Byte ranges of the text whose recognition is unsure: on character boundaries, in order,
    /// apart from each other. None where the pieces do not make up the text.
    pub fn unsure(&self) -> Vec<Range<usize>> {
        let whole: String = self
            .pieces
            .iter()
            .map(|it| it.text.expose().as_str())
            .collect();
        let before = whole.len() - whole.trim_start().len();
        let text = self.text.expose();
        if whole.trim() != text {
            return Vec::new();
        }
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for piece in &self.pieces {
            let end = at + piece.text.expose().len();
            let place = |byte: usize| byte.saturating_sub(before).min(text.len());
            let (from, to) = (place(at), place(end));
            at = end;
            if piece.probability >= SURE || from == to {
                continue;
            }
            match ranges.last_mut() {
                Some(last) if last.end == from => last.end = to,
                _ => ranges.push(from..to),
            }
        }
        ranges
    }
}

/// A text with repairs, which are in order and do not overlap.
pub fn repaired(text: &str, repairs: &[Repair]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for repair in repairs {
        shown.push_str(text.get(at..repair.span.start).unwrap_or_default());
        shown.push_str(repair.now.expose());
        at = repair.span.end;
    }
    shown.push_str(text.get(at..).unwrap_or_default());
    shown
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
    /// For how many milliseconds the oldest utterance that has ended has been without its text. 0:
    /// it is in time again.
    Behind {
        waiting_ms: u64,
    },
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_the_recognizer_doubted_is_found_in_the_trimmed_text() {
        let piece = |text: &str, probability| Piece {
            text: text.to_owned().into(),
            probability,
            from_ms: 0,
            to_ms: 0,
        };
        let mut segment = Segment {
            id: Uuid::from_u128(1).into(),
            track: Uuid::from_u128(2).into(),
            start: InterviewMs(0),
            end: InterviewMs(1),
            text: "夫が物を投げる".to_owned().into(),
            pieces: vec![
                piece(" 夫が", 0.4),
                piece("物を", 0.3),
                piece("投げ", 0.9),
                piece("る ", 0.1),
            ],
            repairs: Vec::new(),
            model_sha256: [0; 32],
            revision: 1,
        };
        let text = segment.text.expose().clone();
        let doubted: Vec<_> = segment.unsure().into_iter().map(|it| &text[it]).collect();
        assert_eq!(doubted, ["夫が物を", "る"]);
        segment.text = "夫が者を投げる".to_owned().into();
        assert!(segment.unsure().is_empty());
        let at = segment.text.expose().find('者').unwrap();
        segment.repairs = vec![Repair {
            span: at..at + '者'.len_utf8(),
            now: "物".to_owned().into(),
        }];
        assert_eq!(segment.shown().expose(), "夫が物を投げる");
    }
}
