//! From the patterns of a pack to what has to be looked for. Owns concepts and shorthands; knows nothing
//! of grammar.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::{Regex, RegexBuilder};
use toml::Spanned;

use super::error::{PackError, Source};
use super::shape::{PARTICLES, Shape, is_sign, shape, sign};
use crate::risk::text::{fold, in_word};

/// A compiled expression is at most this big, in bytes.
const SIZE_LIMIT: usize = 4 << 20;
/// A pattern as it is written is at most this long, in bytes.
const LENGTH_LIMIT: usize = 1_500;

/// `_`: up to two of these, as spoken language puts or leaves them.
pub(super) const PARTICLE_WORDS: [&str; 24] = [
    "は",
    "が",
    "を",
    "も",
    "に",
    "で",
    "と",
    "の",
    "へ",
    "って",
    "とか",
    "なんか",
    "なんて",
    "なんも",
    "さえ",
    "すら",
    "だけ",
    "しか",
    "まで",
    "から",
    "ね",
    "さ",
    "よ",
    "ば",
];
/// `〜`: a few characters of the same sentence.
const GAP: &str = ".{0,8}?";

/// `&`: both in one sentence, in either order, with so much between them.
const BETWEEN: &str = ".{0,30}?";

/// Words that are written in several ways: a pattern that has the first has them all.
const WRITTEN: [(&str, &str); 5] = [
    ("わか", "(?:わか|分か|解か)"),
    ("うれし", "(?:うれし|嬉し)"),
    ("かわい", "(?:かわい|可愛)"),
    ("つらい", "(?:つら|辛)い"),
    ("おなか", "(?:おなか|お腹)"),
];

/// Words of one meaning, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Concepts {
    numbers: BTreeMap<String, usize>,
    shapes: Vec<Shape>,
    /// The same as regular expressions, for patterns that can't be taken apart.
    written: Vec<String>,
}

impl Concepts {
    pub(super) fn add(
        &mut self,
        source: Source<'_>,
        name: &str,
        words: &[Spanned<String>],
    ) -> Result<(), PackError> {
        let mut parts = Vec::new();
        for word in words {
            parts.push(self.expand(source, word)?);
        }
        let at = words.first().map(Spanned::span);
        let too_many = || source.error(at.clone(), "the pack has too many concepts");
        let all = format!("(?:{})", parts.join("|"));
        let hir =
            regex_syntax::parse(&all).map_err(|fault| not_valid(source, at.clone(), &fault))?;
        let shape = shape(&hir);
        if !shape.is_whole() {
            let sentence = format!("the words of `{name}` are too complicated");
            return Err(source.error(at, sentence));
        }
        sign(self.shapes.len()).ok_or_else(too_many)?;
        self.numbers.insert(name.to_owned(), self.shapes.len());
        self.shapes.push(shape);
        self.written.push(self.plain(&all));
        Ok(())
    }

    pub(super) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// An expanded pattern without signs.
    fn plain(&self, expanded: &str) -> String {
        let mut plain = String::new();
        for c in expanded.chars() {
            let concept = (0..self.written.len()).find(|number| sign(*number) == Some(c));
            match concept {
                Some(number) => plain.push_str(&self.written[number]),
                None if c == PARTICLES => {
                    plain.push_str("(?:");
                    plain.push_str(&PARTICLE_WORDS.join("|"));
                    plain.push_str("){0,2}");
                }
                None => plain.push(c),
            }
        }
        plain
    }

    /// A pattern in the syntax of `regex`, for folded text.
    fn expand(&self, source: Source<'_>, pattern: &Spanned<String>) -> Result<String, PackError> {
        let Some((one, other)) = pattern.get_ref().split_once('&') else {
            return self.expand_words(source, pattern);
        };
        let side = |words: &str| {
            let words = Spanned::new(pattern.span(), words.trim().to_owned());
            Ok(format!("(?:{})", self.expand_words(source, &words)?))
        };
        let (one, other) = (side(one)?, side(other)?);
        Ok(format!("{one}{BETWEEN}{other}|{other}{BETWEEN}{one}"))
    }

    fn expand_words(
        &self,
        source: Source<'_>,
        pattern: &Spanned<String>,
    ) -> Result<String, PackError> {
        let text = pattern.get_ref();
        let error = |sentence: String| source.error(Some(pattern.span()), sentence);
        if text.is_empty() || text.len() > LENGTH_LIMIT {
            return Err(error(format!("a pattern has 1 to {LENGTH_LIMIT} bytes")));
        }
        let mut expanded = String::new();
        let written = WRITTEN
            .iter()
            .fold(text.clone(), |text, (one, all)| text.replace(one, all));
        let mut rest = written.as_str();
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '{' if rest.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    let Some((name, after)) = rest.split_once('}') else {
                        return Err(error("a `{` without its `}`".to_owned()));
                    };
                    let Some(number) = self.numbers.get(name) else {
                        return Err(error(format!("there is no concept `{name}`")));
                    };
                    expanded.extend(sign(*number));
                    rest = after;
                }
                '\\' => {
                    expanded.push(c);
                    if let Some(escaped) = rest.chars().next() {
                        expanded.push(escaped);
                        rest = &rest[escaped.len_utf8()..];
                    }
                }
                '&' => {
                    return Err(error(
                        "a pattern joins two things with `&`, not more".to_owned(),
                    ));
                }
                '_' => expanded.push(PARTICLES),
                c if is_sign(c) => return Err(error(format!("`{c}` is no letter"))),
                '〜' => expanded.push_str(GAP),
                c => expanded.push(in_word(&expanded, fold(c))),
            }
        }
        Ok(expanded)
    }

    /// What a rule's patterns look for.
    pub(super) fn compile(
        &self,
        source: Source<'_>,
        patterns: &[Spanned<String>],
    ) -> Result<Pattern, PackError> {
        let mut parts = Vec::new();
        for pattern in patterns {
            let expanded = self.expand(source, pattern)?;
            let at = Some(pattern.span());
            let hir = regex_syntax::parse(&expanded)
                .map_err(|fault| not_valid(source, at.clone(), &fault))?;
            let shape = shape(&hir);
            let regex = match shape.is_whole() {
                true => None,
                false => Some(
                    regex(&self.plain(&expanded))
                        .map_err(|_| source.error(at, "the pattern is too big"))?,
                ),
            };
            parts.push(Part { shape, regex });
        }
        Ok(Pattern { parts })
    }
}

fn not_valid(
    source: Source<'_>,
    at: Option<Range<usize>>,
    fault: &regex_syntax::Error,
) -> PackError {
    let fault = fault.to_string();
    let fault = fault.lines().last().unwrap_or_default().to_owned();
    source.error(at, format!("the pattern is not valid: {fault}"))
}

fn regex(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .size_limit(SIZE_LIMIT)
        .dfa_size_limit(SIZE_LIMIT)
        .build()
}

/// What the patterns of a rule look for.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) shape: Shape,
    /// Of a pattern that can't be taken apart: `shape` then holds what it needs.
    pub(super) regex: Option<Regex>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::pack::finder::Finder;

    fn finds(pattern: &str, text: &str) -> bool {
        let source = Source {
            name: "test.toml",
            text: pattern,
        };
        let patterns = [Spanned::new(0..pattern.len(), pattern.to_owned())];
        let pattern = Concepts::default().compile(source, &patterns).unwrap();
        let finder = Finder::new(&[], [(0, &pattern)].into_iter()).unwrap();
        !finder.find(text).is_empty()
    }

    #[test]
    fn both_sides_of_an_and_are_found_in_either_order_of_one_sentence() {
        let pattern = "(?:電車|バス) & 乗れな";
        assert!(finds(pattern, "電車にひとりで乗れなくて\n"));
        assert!(finds(pattern, "乗れないんですばすに\n"));
        assert!(!finds(pattern, "電車が来た\n乗れなかった\n"));
        assert!(!finds(pattern, "電車です\n"));
    }
}
