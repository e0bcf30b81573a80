//! What is wrong with a rule pack, and where: file, line and column, in a sentence for its writer.

use std::ops::Range;

use serde::Serialize;
use toml::Spanned;

/// A pack that can't be used. Names the place that has to be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {sentence}")]
pub struct PackError {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What it is, for a page that says it in its own words.
    pub fault: Fault,
    pub sentence: String,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// `(` without its `)`.
    GroupNotClosed,
    /// `)` without its `(`.
    GroupNotOpened,
    /// `[` without its `]`.
    ClassNotClosed,
    /// `?`, `+`, `*` or `{2}` with nothing before it.
    NothingToRepeat,
    /// Some other sign that a pattern can't have.
    BadPattern,
    /// No such word in braces, or a brace that is not closed.
    NoConcept,
    /// Empty, or longer than a pattern may be.
    Length,
    NoPatterns,
    /// No example that must match, or none that must not.
    NoExamples,
    /// A rule that reads answers has an example without `→`.
    NotAnAnswer,
    /// The patterns of one rule, or the words that they name, come to too much.
    TooBig,
    /// More rules, patterns, examples or words than a city's own files may have.
    TooMany,
    /// The rule that is to be left out is not there.
    NoRule,
    #[default]
    Other,
}

impl PackError {
    #[must_use]
    pub(super) fn of(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }
}

/// A file of a pack: its name and its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// The byte of the file at which a byte of a quoted text stands.
    pub(super) fn within(self, quoted: &Spanned<String>, byte: usize) -> usize {
        let start = quoted.span().start;
        let raw = self.text.get(quoted.span()).unwrap_or_default();
        if !raw.starts_with('"') {
            return start + 1 + byte;
        }
        // A sign that is written as two in the file is one in the text.
        let (mut at, mut seen) = (1, 0);
        let mut signs = raw.chars().skip(1);
        while seen < byte
            && let Some(sign) = signs.next()
        {
            at += sign.len_utf8();
            let sign = match sign {
                '\\' => signs.next().inspect(|next| at += next.len_utf8()),
                plain => Some(plain),
            };
            seen += sign.map_or(0, char::len_utf8);
        }
        start + at
    }

    pub(super) fn error(self, at: Option<Range<usize>>, sentence: impl Into<String>) -> PackError {
        let mut at = at.map_or(0, |range| range.start).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = self.text.get(..at).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        PackError {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            fault: Fault::default(),
            sentence: sentence.into(),
        }
    }
}
