//! What is wrong with a rule pack, and where: file, line and column, in a sentence for its writer.

use std::ops::Range;

/// A pack that can't be used. Names the place that has to be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {sentence}")]
pub struct PackError {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub sentence: String,
}

/// A file of a pack: its name and its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    pub(super) fn error(self, at: Option<Range<usize>>, sentence: impl Into<String>) -> PackError {
        let at = at.map_or(0, |range| range.start).min(self.text.len());
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        PackError {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            sentence: sentence.into(),
        }
    }
}
