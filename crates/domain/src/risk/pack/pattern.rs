//! From the patterns of a pack to one searcher per rule. Owns concepts, shorthands and the index of
//! literals that says which rules can match at all; knows nothing of grammar.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Regex, RegexBuilder};
use regex_syntax::ast::ErrorKind;
use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Hir, HirKind};
use toml::Spanned;

use super::error::{Fault, PackError, Source};
use crate::risk::text::{fold, in_word};

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

/// A pattern in the syntax of `regex`, for folded text.
struct Expanded {
    regex: String,
    /// Where pieces of it come from: byte of the regex, byte of the pattern as it is written.
    from: Vec<(usize, usize)>,
}

impl Expanded {
    /// The byte of the written pattern that this byte of the regex comes from.
    fn written(&self, at: usize) -> usize {
        let before = self.from.iter().rfind(|(regex, _)| *regex <= at);
        before.map_or(0, |(_, written)| *written)
    }
}

/// One word of a concept, and the file that it stands in.
pub(super) type Word<'a, 'b> = (Source<'a>, &'b Spanned<String>);

impl Concepts {
    pub(super) fn add(&mut self, name: &str, words: &[Word<'_, '_>]) -> Result<(), PackError> {
        let mut parts = Vec::new();
        for (source, word) in words {
            parts.push(self.parse(*source, word)?.0);
        }
        self.0
            .insert(name.to_owned(), format!("(?:{})", parts.join("|")));
        Ok(())
    }

    fn expand(&self, source: Source<'_>, pattern: &Spanned<String>) -> Result<Expanded, PackError> {
        let text = pattern.get_ref().as_str();
        let error =
            |fault, sentence: String| source.error(Some(pattern.span()), sentence).of(fault);
        if text.is_empty() || text.len() > LENGTH_LIMIT {
            let sentence = format!("a pattern has 1 to {LENGTH_LIMIT} bytes");
            return Err(error(Fault::Length, sentence));
        }
        let (mut expanded, mut from) = (String::new(), Vec::new());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            from.push((expanded.len(), text.len() - rest.len()));
            if let Some((one, all)) = WRITTEN.iter().find(|(one, _)| rest.starts_with(one)) {
                expanded.push_str(all);
                rest = &rest[one.len()..];
                continue;
            }
            rest = &rest[c.len_utf8()..];
            match c {
                '{' if rest.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    let Some((name, after)) = rest.split_once('}') else {
                        return Err(error(Fault::NoConcept, "a `{` without its `}`".to_owned()));
                    };
                    let Some(words) = self.0.get(name) else {
                        let sentence = format!("there is no concept `{name}`");
                        return Err(error(Fault::NoConcept, sentence));
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
                c => expanded.push(in_word(&expanded, fold(c))),
            }
        }
        let regex = expanded;
        Ok(Expanded { regex, from })
    }

    fn parse(
        &self,
        source: Source<'_>,
        pattern: &Spanned<String>,
    ) -> Result<(String, Hir), PackError> {
        let expanded = self.expand(source, pattern)?;
        match regex_syntax::parse(&expanded.regex) {
            Ok(hir) => Ok((expanded.regex, hir)),
            Err(error) => Err(not_valid(source, pattern, &expanded, &error)),
        }
    }

    /// One searcher for all patterns of a rule.
    pub(super) fn compile(
        &self,
        source: Source<'_>,
        patterns: &[Spanned<String>],
    ) -> Result<Pattern, PackError> {
        let (mut parts, mut weight) = (Vec::new(), 0usize);
        for pattern in patterns {
            let (part, hir) = self.parse(source, pattern)?;
            weight = weight.saturating_add(weigh(&hir));
            parts.push(part);
        }
        let at = patterns.first().map(Spanned::span);
        let all = parts.join("|");
        let regex = RegexBuilder::new(&all)
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build()
            .map_err(|_| {
                let sentence = "the patterns of this rule are too big together";
                source.error(at, sentence).of(Fault::TooBig)
            })?;
        Ok(Pattern {
            weight,
            needs: parts.iter().map(|part| Needs::of(part)).collect(),
            regex,
        })
    }
}

/// Names the sign within the pattern that is wrong.
fn not_valid(
    source: Source<'_>,
    pattern: &Spanned<String>,
    expanded: &Expanded,
    error: &regex_syntax::Error,
) -> PackError {
    let (fault, at) = match error {
        regex_syntax::Error::Parse(error) => {
            let fault = match error.kind() {
                ErrorKind::GroupUnclosed => Fault::GroupNotClosed,
                ErrorKind::GroupUnopened => Fault::GroupNotOpened,
                ErrorKind::ClassUnclosed => Fault::ClassNotClosed,
                ErrorKind::RepetitionMissing => Fault::NothingToRepeat,
                _ => Fault::BadPattern,
            };
            (fault, error.span().start.offset)
        }
        regex_syntax::Error::Translate(error) => (Fault::BadPattern, error.span().start.offset),
        _ => (Fault::BadPattern, 0),
    };
    let said = error.to_string();
    let said = said.lines().last().unwrap_or_default();
    let at = source.within(pattern, expanded.written(at));
    source
        .error(Some(at..at), format!("the pattern is not valid: {said}"))
        .of(fault)
}

/// How much there is to search with, about in states of the searcher: what a text costs is at most
/// this times its length.
fn weigh(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        // A range of characters is a few sequences of bytes.
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            3 * class.ranges().len().min(50)
        }
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => class.ranges().len(),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min + 1).max(1);
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            weigh(&repetition.sub).saturating_mul(times)
        }
        HirKind::Capture(capture) => weigh(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().map(weigh).fold(0, usize::saturating_add)
        }
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
    /// About how many states it has.
    pub(super) weight: usize,
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
