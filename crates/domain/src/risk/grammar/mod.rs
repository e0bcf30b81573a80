//! What spoken Japanese does to words that matched: it negates them, puts them into the past, gives
//! them to somebody else, or only supposes them. Knows no item.
//!
//! All patterns here are for folded text ([`super::text`]).

pub(crate) mod answer;
pub(crate) mod correction;
pub(crate) mod echo;
pub(crate) mod extent;
pub(crate) mod joint;
pub(crate) mod meaning;
pub(crate) mod mood;
pub(crate) mod person;
pub(crate) mod polarity;
pub(crate) mod shape;
pub(crate) mod tense;
pub(crate) mod voice;

use regex::Regex;

use super::text::fold_pattern;

/// A pattern of the grammar itself, folded as the text is.
fn fixed(pattern: &str) -> Regex {
    let folded = fold_pattern(pattern);
    // Invariant: the grammar's patterns are constants, and every one is compiled by the tests.
    Regex::new(&folded).expect("a pattern of the grammar")
}

/// Where the last match ends, in bytes.
fn last(regex: &Regex, text: &str) -> Option<usize> {
    regex.find_iter(text).last().map(|found| found.end())
}
