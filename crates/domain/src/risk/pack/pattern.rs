//! From the patterns of a pack to one searcher per rule. Owns concepts, shorthands and the index of
//! literals that says which rules can match at all; knows nothing of grammar.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use toml::Spanned;

use super::error::{PackError, Source};
use crate::risk::text::{fold, in_word};

/// A compiled rule is at most this big, in bytes.
const SIZE_LIMIT: usize = 4 << 20;
/// A pattern as it is written is at most this long, in bytes.
const LENGTH_LIMIT: usize = 1_500;

/// `_`: up to two particles, as spoken language puts or leaves them.
const PARTICLES: &str = "(?:は|が|を|も|に|で|と|の|へ|って|とか|なんか|なんて|なんも|さえ|すら|だけ|しか|まで|から|ね|さ|よ){0,2}";
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
                '&' => {
                    return Err(error(
                        "a pattern joins two things with `&`, not more".to_owned(),
                    ));
                }
                '_' => expanded.push_str(PARTICLES),
                '〜' => expanded.push_str(GAP),
                c => expanded.push(in_word(&expanded, fold(c))),
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
            needs: parts.iter().map(|part| Needs::of(part)).collect(),
            regex,
        })
    }
}

/// Words of which a text must hold one of the first and one of the last, or a pattern cannot match.
#[derive(Clone, Debug)]
struct Needs {
    first: Option<Vec<Vec<u8>>>,
    last: Option<Vec<Vec<u8>>>,
}

impl Needs {
    fn of(pattern: &str) -> Self {
        Self {
            first: literals(pattern, ExtractKind::Prefix),
            last: literals(pattern, ExtractKind::Suffix),
        }
    }
}

/// What every match of a pattern begins or ends with, if that is a small set.
fn literals(pattern: &str, kind: ExtractKind) -> Option<Vec<Vec<u8>>> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut extractor = Extractor::new();
    extractor.kind(kind).limit_total(2_000);
    let found = extractor.extract(&hir);
    let found: Vec<Vec<u8>> = found
        .literals()?
        .iter()
        .map(|l| l.as_bytes().to_vec())
        .collect();
    // Less than one character of Japanese finds nothing out.
    found
        .iter()
        .all(|literal| literal.len() >= 3)
        .then_some(found)
}

/// A compiled rule's searcher.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    /// Of each of its patterns.
    needs: Vec<Needs>,
}

/// Which of many rules can match in a text: one pass over the text, whatever their number.
#[derive(Debug)]
pub(crate) struct Index {
    finder: AhoCorasick,
    /// Of every literal: the patterns that need it, and as which of their two ends.
    owners: Vec<Vec<(usize, u8)>>,
    /// Of every pattern: its rule, and the ends that must be seen.
    parts: Vec<(usize, u8)>,
    count: usize,
}

const FIRST: u8 = 1;
const LAST: u8 = 2;

impl Index {
    pub(super) fn new<'a>(rules: impl Iterator<Item = &'a Pattern>) -> Option<Self> {
        let mut by_literal: BTreeMap<&[u8], BTreeSet<(usize, u8)>> = BTreeMap::new();
        let (mut parts, mut count) = (Vec::new(), 0);
        for rule in rules {
            for needs in &rule.needs {
                let mut ends = 0;
                for (end, literals) in [(FIRST, &needs.first), (LAST, &needs.last)] {
                    let Some(literals) = literals else { continue };
                    ends |= end;
                    for literal in literals {
                        let owners = by_literal.entry(literal).or_default();
                        owners.insert((parts.len(), end));
                    }
                }
                parts.push((count, ends));
            }
            count += 1;
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(by_literal.keys())
            .ok()?;
        let owners = by_literal.into_values();
        Some(Self {
            finder,
            owners: owners.map(|set| set.into_iter().collect()).collect(),
            parts,
            count,
        })
    }

    /// The numbers of the rules that may match, ascending.
    pub(crate) fn candidates(&self, text: &str) -> impl Iterator<Item = usize> + use<> {
        let mut seen = vec![0; self.parts.len()];
        for found in self.finder.find_overlapping_iter(text) {
            for (part, end) in &self.owners[found.pattern().as_usize()] {
                seen[*part] |= end;
            }
        }
        let mut may = vec![false; self.count];
        for ((rule, needed), seen) in self.parts.iter().zip(seen) {
            may[*rule] |= seen & needed == *needed;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(pattern: &str, text: &str) -> bool {
        let source = Source {
            name: "test.toml",
            text: pattern,
        };
        let patterns = [Spanned::new(0..pattern.len(), pattern.to_owned())];
        let pattern = Concepts::default().compile(source, &patterns).unwrap();
        pattern.regex.is_match(text)
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
