//! From the patterns of a pack to one searcher per rule. Owns concepts, shorthands and the index of
//! literals that says which rules can match at all; knows nothing of grammar.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use toml::Spanned;

use super::error::{PackError, Source};
use crate::risk::text::fold;

/// A compiled rule is at most this big, in bytes.
const SIZE_LIMIT: usize = 4 << 20;
/// A pattern as it is written is at most this long, in bytes.
const LENGTH_LIMIT: usize = 1_500;

/// `_`: up to two particles, as spoken language puts or leaves them.
const PARTICLES: &str = "(?:は|が|を|も|に|で|と|の|へ|って|とか|なんか|なんて|なんも|さえ|すら|だけ|しか|まで|から|ね|さ|よ){0,2}";
/// `〜`: a few characters of the same sentence.
const GAP: &str = ".{0,8}?";

/// Words that are written in several ways: a pattern that has the first has them all.
const WRITTEN: [(&str, &str); 5] = [
    ("わか", "(?:わか|分か|解か)"),
    ("うれし", "(?:うれし|嬉し)"),
    ("かわい", "(?:かわい|可愛)"),
    ("つらい", "(?:つら|辛)い"),
    ("おなか", "(?:おなか|お腹)"),
];

/// Words of one meaning, each an alternation of expanded patterns.
#[derive(Debug, Default)]
pub(super) struct Concepts(BTreeMap<String, String>);

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
        self.0
            .insert(name.to_owned(), format!("(?:{})", parts.join("|")));
        Ok(())
    }

    /// A pattern in the syntax of `regex`, for folded text.
    fn expand(&self, source: Source<'_>, pattern: &Spanned<String>) -> Result<String, PackError> {
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
                    let Some(words) = self.0.get(name) else {
                        return Err(error(format!("there is no concept `{name}`")));
                    };
                    expanded.push_str(words);
                    rest = after;
                }
                '\\' => {
                    expanded.push(c);
                    if let Some(escaped) = rest.chars().next() {
                        expanded.push(escaped);
                        rest = &rest[escaped.len_utf8()..];
                    }
                }
                '_' => expanded.push_str(PARTICLES),
                '〜' => expanded.push_str(GAP),
                c => expanded.push(fold(c)),
            }
        }
        Ok(expanded)
    }

    /// One searcher for all patterns of a rule.
    pub(super) fn compile(
        &self,
        source: Source<'_>,
        patterns: &[Spanned<String>],
    ) -> Result<Pattern, PackError> {
        let mut parts = Vec::new();
        for pattern in patterns {
            let part = self.expand(source, pattern)?;
            regex_syntax::parse(&part).map_err(|fault| {
                let fault = fault.to_string();
                let fault = fault.lines().last().unwrap_or_default().to_owned();
                source.error(
                    Some(pattern.span()),
                    format!("the pattern is not valid: {fault}"),
                )
            })?;
            parts.push(part);
        }
        let at = patterns.first().map(Spanned::span);
        let all = parts.join("|");
        let regex = RegexBuilder::new(&all)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|_| source.error(at, "the patterns of this rule are too big together"))?;
        Ok(Pattern {
            literals: parts
                .iter()
                .map(|part| literals(part))
                .collect::<Option<Vec<_>>>()
                .map(|sets| sets.into_iter().flatten().collect()),
            regex,
        })
    }
}

/// What every match of a pattern begins with, if that is a small set.
fn literals(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_total(2_000);
    let found = extractor.extract(&hir);
    let found: Vec<Vec<u8>> = found
        .literals()?
        .iter()
        .map(|l| l.as_bytes().to_vec())
        .collect();
    // Less than one character of Japanese finds nothing out.
    found
        .iter()
        .all(|literal| literal.len() >= 2)
        .then_some(found)
}

/// A compiled rule's searcher.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    literals: Option<BTreeSet<Vec<u8>>>,
}

/// Which of many patterns can match in a text: one pass over the text, whatever their number.
#[derive(Debug)]
pub(crate) struct Index {
    finder: AhoCorasick,
    owners: Vec<Vec<usize>>,
    always: Vec<usize>,
    count: usize,
}

impl Index {
    pub(super) fn new<'a>(patterns: impl Iterator<Item = &'a Pattern>) -> Option<Self> {
        let mut by_literal: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        let (mut always, mut count) = (Vec::new(), 0);
        for (number, pattern) in patterns.enumerate() {
            count += 1;
            match &pattern.literals {
                Some(literals) => {
                    for literal in literals {
                        by_literal.entry(literal).or_default().push(number);
                    }
                }
                None => always.push(number),
            }
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(by_literal.keys())
            .ok()?;
        let owners = by_literal.into_values().collect();
        Some(Self {
            finder,
            owners,
            always,
            count,
        })
    }

    /// The numbers of the patterns that may match, ascending.
    pub(crate) fn candidates(&self, text: &str) -> impl Iterator<Item = usize> + use<> {
        let mut may = vec![false; self.count];
        for number in &self.always {
            may[*number] = true;
        }
        for found in self.finder.find_overlapping_iter(text) {
            for number in &self.owners[found.pattern().as_usize()] {
                may[*number] = true;
            }
        }
        (0..may.len()).filter(move |number| may[*number])
    }
}

impl Pattern {
    pub(crate) fn find_all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
        // A pattern may begin with the end of the sentence before: that end is no part of the words.
        self.regex.find_iter(text).filter_map(|found| {
            let words = found.as_str().trim_start_matches('\n');
            (!words.is_empty()).then(|| found.end() - words.len()..found.end())
        })
    }
}
