//! Homophone repair: words of a vocabulary take the place of what sounds the same and makes less
//! sense. Owns the rules for when that is allowed; never changes the text itself, and where what was
//! heard is a word of its own it is left alone unless it is known for such a mistake.

use std::ops::Range;

use crate::dictionary::{Category, Dictionary, Kind};
use crate::lattice::Token;
use crate::listen::{Ear, Heard, Like, Word};
use crate::mora::morae;

/// A word that the recognizer writes for another one, though it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The word that was said.
    pub word: String,
    /// As it is written by mistake.
    pub heard: Vec<String>,
    /// One of these must stand in the same text, if there are any.
    pub near: Vec<String>,
    /// None of these may stand in it.
    pub unless: Vec<String>,
    /// Only where a sentence begins, and no particle follows.
    pub opening: bool,
}

/// A part of a text and what it is to be read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    pub now: String,
}

/// Repairs texts.
#[derive(Debug)]
pub(crate) struct Repairer {
    dictionary: &'static Dictionary,
    ear: Ear,
    mistakes: Vec<Mistake>,
    as_is: Vec<String>,
}

/// By how much a text must gain for words of so many morae to be put in.
fn enough(morae: usize, distance: u32) -> Option<i32> {
    match (morae, distance) {
        (0..=2, _) => None,
        (3, 0) => Some(3_000),
        (4, 0) => Some(2_000),
        (_, 0) => Some(0),
        (4.., 1) => Some(7_000),
        _ => None,
    }
}

/// What kana must gain at least to be written in kanji.
const KANA_GAIN: i32 = 4_000;
/// With so much gain the words that were found in the text as it was heard mean nothing.
const SURE_GAIN: i32 = 10_000;
/// Two words that fit about equally well: neither is taken.
const TIE: i32 = 500;

impl Repairer {
    /// What begins with one of `as_is` is well written and stays.
    pub(crate) fn new(
        dictionary: &'static Dictionary,
        words: impl IntoIterator<Item = Word>,
        mistakes: Vec<Mistake>,
        as_is: Vec<String>,
    ) -> Self {
        let ear = Ear::new(dictionary, words, |_, morae| u32::from(morae >= 4));
        Self {
            dictionary,
            ear,
            mistakes,
            as_is,
        }
    }

    /// What of a text is to be read otherwise, in order and without overlap.
    pub(crate) fn repairs(&self, heard: &Heard<'_>) -> Vec<Repair> {
        let Heard { text, tokens, .. } = heard;
        let mut chosen = self.mistakes(text, tokens);
        let mut likes = self.ear.listen(heard, |_, _, _| true);
        likes.retain(|like| self.is_allowed(like, text, tokens));
        likes.sort_by_key(|like| (-like.gain, like.distance, like.span.start));
        for (at, like) in likes.iter().enumerate() {
            let rival = likes[..at].iter().chain(&likes[at + 1..]).any(|other| {
                other.span == like.span && other.word != like.word && other.gain + TIE > like.gain
            });
            let free = chosen.iter().all(|known: &Repair| {
                known.span.end <= like.span.start || like.span.end <= known.span.start
            });
            if free && !rival {
                let now = self.ear.word(like.word).surface.clone();
                chosen.push(Repair {
                    span: like.span.clone(),
                    now,
                });
            }
        }
        chosen.sort_by_key(|repair| repair.span.start);
        chosen
    }

    fn mistakes(&self, text: &str, tokens: &[Token]) -> Vec<Repair> {
        let mut found: Vec<Repair> = Vec::new();
        for mistake in &self.mistakes {
            let holds = |words: &[String]| words.iter().any(|word| text.contains(word.as_str()));
            if !mistake.near.is_empty() && !holds(&mistake.near) || holds(&mistake.unless) {
                continue;
            }
            for heard in &mistake.heard {
                for (start, _) in text.match_indices(heard.as_str()) {
                    let span = start..start + heard.len();
                    let free = found
                        .iter()
                        .all(|known| known.span.end <= span.start || span.end <= known.span.start);
                    let place = !mistake.opening || opens(text, tokens, &span);
                    if free && place && covered(tokens, &span).is_some() {
                        found.push(Repair {
                            span,
                            now: mistake.word.clone(),
                        });
                    }
                }
            }
        }
        found
    }

    fn is_allowed(&self, like: &Like, text: &str, tokens: &[Token]) -> bool {
        let heard = &text[like.span.clone()];
        let word = self.ear.word(like.word);
        let Some(least) = enough(morae(&word.sound).len(), like.distance) else {
            return false;
        };
        let inside: &[Token] = match covered(tokens, &like.span) {
            Some(covered) => covered,
            // Kana that is no word is cut anywhere.
            None if like.gain >= SURE_GAIN => &[],
            None => return false,
        };
        if like.gain < least || heard.chars().count() < 2 || self.ear.knows(heard) {
            return false;
        }
        // Small words stay as they are; but おたばこ is often written をたばこ.
        let polite = heard.starts_with('を') && word.surface.starts_with('お');
        let keeps = |token: &Token| match token.kind {
            Kind::Number => false,
            Kind::Particle | Kind::Auxiliary => word.surface.ends_with(&text[token.span.clone()]),
            _ => true,
        };
        let kana = |c: char| Category::of(c) == Category::Hiragana;
        let in_kana = heard.chars().all(kana);
        if !in_kana && !inside.iter().skip(usize::from(polite)).all(keeps) {
            return false;
        }
        let known = inside.len() == 1 && inside[0].kind != Kind::Unknown;
        if known
            || self
                .as_is
                .iter()
                .any(|word| heard.starts_with(word.as_str()))
        {
            return false;
        }
        !in_kana || self.is_never_kana(word, like, text)
    }

    /// Kana is a way to write most words. Where the text has kanji, a noun in kana was not known.
    pub(crate) fn is_never_kana(&self, word: &Word, like: &Like, text: &str) -> bool {
        let last = self.dictionary.read(&word.surface).pop();
        let noun = last.is_some_and(|token| matches!(token.kind, Kind::Noun | Kind::Suffix));
        noun && like.gain >= KANA_GAIN && text.chars().any(|c| Category::of(c) == Category::Kanji)
    }
}

/// Whether a span begins a sentence and no particle joins it to the rest.
fn opens(text: &str, tokens: &[Token], span: &Range<usize>) -> bool {
    let before = text[..span.start].trim_end().chars().next_back();
    let after = tokens.iter().find(|token| token.span.start == span.end);
    before.is_none_or(|c| "。?？!！".contains(c))
        && after.is_none_or(|token| !matches!(token.kind, Kind::Particle | Kind::Auxiliary))
}

/// The tokens that make up a span, if it begins and ends with one.
fn covered<'a>(tokens: &'a [Token], span: &Range<usize>) -> Option<&'a [Token]> {
    let from = tokens
        .iter()
        .position(|token| token.span.start == span.start)?;
    let to = tokens.iter().position(|token| token.span.end == span.end)?;
    tokens.get(from..=to)
}

/// A text with its repairs.
#[must_use]
pub fn repaired(text: &str, repairs: &[Repair]) -> String {
    let mut now = String::with_capacity(text.len());
    let mut at = 0;
    for repair in repairs {
        now.push_str(&text[at..repair.span.start]);
        now.push_str(&repair.now);
        at = repair.span.end;
    }
    now.push_str(&text[at..]);
    now
}
