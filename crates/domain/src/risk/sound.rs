//! What a text may have been before it was misheard. The core does not know how words sound: who
//! can tell stands outside, behind [`Ear`], and is handed in with the rules.

use std::fmt;
use std::ops::Range;

use crate::pii::Pii;

/// A part of a text that sounds like a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundsLike {
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// What it may have been.
    pub word: Pii<String>,
    /// How far off, in quarters of a mora; 0: the same sound.
    pub distance: u8,
}

/// Tells what a text may have been. The same text always gets the same answer.
pub trait Ear: fmt::Debug + Send + Sync {
    /// All that it may have been, in the order of the text, no two overlapping.
    fn hear(&self, text: &str) -> Vec<SoundsLike>;

    /// Of these, what is so plain that people are shown the word: always the same sound.
    fn repair(&self, text: &str) -> Vec<SoundsLike>;
}

/// A text with other words in it, and the way back.
#[derive(Debug)]
pub(crate) struct Otherwise {
    likes: Vec<SoundsLike>,
}

impl Otherwise {
    pub(crate) fn new(likes: Vec<SoundsLike>) -> Option<Self> {
        (!likes.is_empty()).then_some(Self { likes })
    }

    /// The text with the words.
    pub(crate) fn text(&self, heard: &str) -> String {
        let mut text = String::with_capacity(heard.len());
        let mut at = 0;
        for like in &self.likes {
            text.push_str(heard.get(at..like.span.start).unwrap_or_default());
            text.push_str(like.word.expose());
            at = like.span.end;
        }
        text.push_str(heard.get(at..).unwrap_or_default());
        text
    }

    /// What of the heard text a span of the other one stands for, and the largest distance inside.
    pub(crate) fn back(&self, span: &Range<usize>) -> (Range<usize>, Option<u8>) {
        let mut distance = None;
        // Where the same place lies in both texts.
        let (mut heard, mut other) = (0, 0);
        let (mut start, mut end) = (None, None);
        for like in &self.likes {
            let from = other + (like.span.start - heard);
            let to = from + like.word.expose().len();
            start = start.or_else(|| (span.start < from).then(|| heard + (span.start - other)));
            end = end.or_else(|| (span.end <= from).then(|| heard + (span.end - other)));
            if span.start < to && from < span.end {
                distance = distance.max(Some(like.distance));
            }
            start = start.or_else(|| (span.start < to).then_some(like.span.start));
            end = end.or_else(|| (span.end <= to).then_some(like.span.end));
            (heard, other) = (like.span.end, to);
        }
        let start = start.unwrap_or_else(|| heard + span.start.saturating_sub(other));
        let end = end.unwrap_or_else(|| heard + span.end.saturating_sub(other));
        (start..end.max(start), distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_leads_back_to_what_was_heard() {
        let heard = "前の子は入事院にいた";
        let at = heard.find("入事院").unwrap();
        let like = SoundsLike {
            span: at..at + 9,
            word: "ちいさな乳児院".to_owned().into(),
            distance: 2,
        };
        let otherwise = Otherwise::new(vec![like]).unwrap();
        let text = otherwise.text(heard);
        assert_eq!(text, "前の子はちいさな乳児院にいた");
        let back = |word: &str| {
            let at = text.find(word).unwrap();
            let (span, distance) = otherwise.back(&(at..at + word.len()));
            (&heard[span], distance)
        };
        assert_eq!(back("乳児院に"), ("入事院に", Some(2)));
        assert_eq!(back("の子"), ("の子", None));
        assert_eq!(back("にいた"), ("にいた", None));
        assert_eq!(back("子はちい"), ("子は入事院", Some(2)));
    }
}
