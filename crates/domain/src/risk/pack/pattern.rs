//! From the patterns of a pack to what has to be looked for. Owns concepts and shorthands; knows nothing
//! of grammar.

use std::collections::BTreeMap;

use regex_syntax::ast::ErrorKind;
use regex_syntax::hir::{Hir, HirKind};
use toml::Spanned;

use super::error::{Fault, PackError, Source};
use super::shape::{PARTICLES, Shape, is_sign, number, shape, sign};
use crate::risk::text::{fold, in_word};

/// A pattern has at most so many words and gaps, those of its concepts counted.
const WEIGHT_LIMIT: usize = 20_000;
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
    weights: Vec<usize>,
}

/// A pattern in the syntax of `regex`, for folded text, with signs for concepts and particles.
#[derive(Default)]
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

    fn group(&mut self, other: &Self) {
        self.regex.push_str("(?:");
        let at = self.regex.len();
        self.from.extend(
            other
                .from
                .iter()
                .map(|(regex, written)| (regex + at, *written)),
        );
        self.regex.push_str(&other.regex);
        self.regex.push(')');
    }
}

/// One word of a concept, and the file that it stands in.
pub(super) type Word<'a, 'b> = (Source<'a>, &'b Spanned<String>);

impl Concepts {
    pub(super) fn add(&mut self, name: &str, words: &[Word<'_, '_>]) -> Result<(), PackError> {
        let (mut shapes, mut weight) = (Vec::new(), 0usize);
        for (source, word) in words {
            let (shape, heavy) = self.parse(*source, word)?;
            if sign(self.shapes.len()).is_none() {
                let error = source.error(Some(word.span()), "the pack has too many concepts");
                return Err(error.of(Fault::TooBig));
            }
            weight = weight.saturating_add(heavy);
            shapes.push(shape);
        }
        self.numbers.insert(name.to_owned(), self.shapes.len());
        self.shapes.push(Shape::any(shapes));
        self.weights.push(weight);
        Ok(())
    }

    pub(super) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    fn expand(&self, source: Source<'_>, pattern: &Spanned<String>) -> Result<Expanded, PackError> {
        let text = pattern.get_ref().as_str();
        let Some((one, other)) = text.split_once('&') else {
            return self.expand_words(source, pattern, text, 0);
        };
        let one = self.expand_words(source, pattern, one.trim_end(), 0)?;
        let behind = other.len() - other.trim_start().len();
        let at = text.len() - other.len() + behind;
        let other = self.expand_words(source, pattern, other.trim_start(), at)?;
        let mut both = Expanded::default();
        both.group(&one);
        both.regex.push_str(BETWEEN);
        both.group(&other);
        both.regex.push('|');
        both.group(&other);
        both.regex.push_str(BETWEEN);
        both.group(&one);
        Ok(both)
    }

    /// Words of a pattern that begin at a byte of it.
    fn expand_words(
        &self,
        source: Source<'_>,
        pattern: &Spanned<String>,
        text: &str,
        begin: usize,
    ) -> Result<Expanded, PackError> {
        let error =
            |fault, sentence: String| source.error(Some(pattern.span()), sentence).of(fault);
        if text.is_empty() || text.len() > LENGTH_LIMIT {
            let sentence = format!("a pattern has 1 to {LENGTH_LIMIT} bytes");
            return Err(error(Fault::Length, sentence));
        }
        let (mut expanded, mut from) = (String::new(), Vec::new());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            from.push((expanded.len(), begin + text.len() - rest.len()));
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
                    let Some(number) = self.numbers.get(name) else {
                        let sentence = format!("there is no concept `{name}`");
                        return Err(error(Fault::NoConcept, sentence));
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
                    let sentence = "a pattern joins two things with `&`, not more".to_owned();
                    return Err(error(Fault::BadPattern, sentence));
                }
                c if is_sign(c) => {
                    let sentence = "a pattern has letters and signs only".to_owned();
                    return Err(error(Fault::BadPattern, sentence));
                }
                '_' => expanded.push(PARTICLES),
                '〜' => expanded.push_str(GAP),
                c => expanded.push(in_word(&expanded, fold(c))),
            }
        }
        let regex = expanded;
        Ok(Expanded { regex, from })
    }

    /// What a pattern asks for, and its weight.
    fn parse(
        &self,
        source: Source<'_>,
        pattern: &Spanned<String>,
    ) -> Result<(Shape, usize), PackError> {
        let expanded = self.expand(source, pattern)?;
        let hir = match regex_syntax::parse(&expanded.regex) {
            Ok(hir) => hir,
            Err(error) => return Err(not_valid(source, pattern, &expanded, &error)),
        };
        let error = |fault, sentence| Err(source.error(Some(pattern.span()), sentence).of(fault));
        let weight = self.weigh(&hir);
        if weight > WEIGHT_LIMIT {
            return error(Fault::TooBig, "the pattern is too big");
        }
        match shape(&hir) {
            Some(shape) => Ok((shape, weight)),
            None => error(
                Fault::BadPattern,
                "the pattern repeats too often, or has a sign that no pattern can have",
            ),
        }
    }

    /// What a rule's patterns look for.
    pub(super) fn compile(
        &self,
        source: Source<'_>,
        patterns: &[Spanned<String>],
    ) -> Result<Pattern, PackError> {
        let mut compiled = Pattern::default();
        for pattern in patterns {
            let (shape, weight) = self.parse(source, pattern)?;
            compiled.weight = compiled.weight.saturating_add(weight);
            compiled.shapes.push(shape);
        }
        Ok(compiled)
    }

    /// How much there is to look for, in words and gaps: what a text costs is at most this times its length.
    fn weigh(&self, hir: &Hir) -> usize {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
            HirKind::Literal(literal) => {
                let text = String::from_utf8_lossy(&literal.0);
                let concepts = text.chars().filter_map(number);
                let concepts = concepts.filter_map(|number| self.weights.get(number));
                concepts.fold(1, |sum, weight| sum.saturating_add(*weight))
            }
            HirKind::Repetition(repetition)
                if matches!(repetition.sub.kind(), HirKind::Class(_)) =>
            {
                1
            }
            HirKind::Repetition(repetition) => {
                let times = repetition.max.unwrap_or(repetition.min + 3).max(1);
                let times = usize::try_from(times).unwrap_or(usize::MAX);
                self.weigh(&repetition.sub).saturating_mul(times)
            }
            HirKind::Capture(capture) => self.weigh(&capture.sub),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                let parts = parts.iter().map(|part| self.weigh(part));
                parts.fold(0, usize::saturating_add)
            }
        }
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

/// What the patterns of a rule look for.
#[derive(Clone, Debug, Default)]
pub(super) struct Pattern {
    pub(super) shapes: Vec<Shape>,
    pub(super) weight: usize,
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
        let finder = Finder::new(&[], &[pattern], &[], text).unwrap();
        !finder.find(&finder.places(text), |_| true).is_empty()
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
