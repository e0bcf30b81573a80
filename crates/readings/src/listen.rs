//! Words that sound like a part of a text. Says where, how far off, and how much more usual the text
//! would be with them; whether that is enough is the caller's matter.

use std::collections::HashSet;
use std::ops::Range;

use crate::dictionary::Dictionary;
use crate::lattice::Token;
use crate::mora::{Mora, morae};
use crate::sounds::{LONGEST, Sounds};

/// A word to listen for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it is written.
    pub surface: String,
    /// As it sounds, in kana.
    pub sound: String,
}

/// A part of a text that sounds like a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Like {
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// Number of the word among those that are listened for.
    pub word: usize,
    /// In quarters of a mora; 0: the same sound.
    pub distance: u32,
    /// By how much cheaper the text is with the word than without.
    pub gain: i32,
}

/// Listens for words.
#[derive(Debug)]
pub struct Ear {
    dictionary: &'static Dictionary,
    /// In the order of their morae, so that those with one beginning stand together.
    words: Vec<(Word, Vec<Mora>)>,
    /// Of every word how far off it may be.
    limits: Vec<u32>,
    surfaces: HashSet<String>,
}

impl Ear {
    /// `limit`: how far off a word of so many morae may be.
    pub fn new(
        dictionary: &'static Dictionary,
        words: impl IntoIterator<Item = Word>,
        limit: impl Fn(&Word, usize) -> u32,
    ) -> Self {
        let words = words.into_iter().map(|word| {
            let morae = morae(&word.sound);
            (word, morae)
        });
        let mut words: Vec<_> = words
            .filter(|(_, morae)| (1..=LONGEST).contains(&morae.len()))
            .collect();
        words.sort_by(|(_, a), (_, b)| a.cmp(b));
        let limits = words.iter().map(|(word, morae)| limit(word, morae.len()));
        let limits = limits.collect();
        let surfaces = words.iter().map(|(word, _)| word.surface.clone()).collect();
        Self {
            dictionary,
            words,
            limits,
            surfaces,
        }
    }

    pub fn word(&self, number: usize) -> &Word {
        &self.words[number].0
    }

    /// Whether a text is one of the words.
    pub fn knows(&self, text: &str) -> bool {
        self.surfaces.contains(text)
    }

    /// Where one of the words sounds, no further off than it may be. What `is_worth` refuses without knowing its gain is left out.
    pub(crate) fn listen(
        &self,
        heard: &Heard<'_>,
        is_worth: impl Fn(&Word, &Range<usize>, u32) -> bool,
    ) -> Vec<Like> {
        let mut likes = Vec::new();
        for sentence in &heard.sentences {
            self.sentence(sentence, &is_worth, &mut likes);
        }
        likes
    }

    fn sentence(
        &self,
        sentence: &Sentence<'_>,
        is_worth: &impl Fn(&Word, &Range<usize>, u32) -> bool,
        likes: &mut Vec<Like>,
    ) {
        let (text, start) = (sentence.text, sentence.start);
        // The last beginning that was refused, and up to which cost.
        let mut refused: (&[Mora], u32) = (&[], 0);
        let words = self.words.iter().zip(&self.limits).enumerate();
        for (number, ((word, morae), limit)) in words {
            let limit = *limit;
            let (beginning, upto) = refused;
            if !beginning.is_empty() && limit <= upto && morae.starts_with(beginning) {
                continue;
            }
            if let Some(upto) = sentence.sounds.refused(morae, limit) {
                refused = (&morae[..upto], limit);
                continue;
            }
            for (span, distance) in sentence.sounds.find(morae, limit) {
                let place = start + span.start..start + span.end;
                if text[span.clone()] == word.surface || !is_worth(word, &place, distance) {
                    continue;
                }
                let with = format!(
                    "{}{}{}",
                    &text[..span.start],
                    word.surface,
                    &text[span.end..]
                );
                let known = span.start..span.start + word.surface.len();
                likes.push(Like {
                    span: place,
                    word: number,
                    distance,
                    gain: sentence.cost - self.dictionary.cost(&with, Some(&known)),
                });
            }
        }
    }
}

/// A text as it was heard: its words, and the sounds of its sentences.
#[derive(Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: Vec<Token>,
    sentences: Vec<Sentence<'a>>,
}

#[derive(Debug)]
struct Sentence<'a> {
    text: &'a str,
    /// Where it begins in the whole text.
    start: usize,
    sounds: Sounds,
    /// What its words cost.
    cost: i32,
}

impl<'a> Heard<'a> {
    pub(crate) fn new(dictionary: &Dictionary, text: &'a str) -> Self {
        let (mut all, mut sentences) = (Vec::new(), Vec::new());
        let mut start = 0;
        for sentence in text.split_inclusive(['。', '？', '?', '！', '!', '\n']) {
            let (mut tokens, cost) = dictionary.read_at_cost(sentence);
            sentences.push(Sentence {
                text: sentence,
                start,
                sounds: Sounds::of(dictionary, sentence, &tokens),
                cost,
            });
            for token in &mut tokens {
                token.span = start + token.span.start..start + token.span.end;
            }
            all.append(&mut tokens);
            start += sentence.len();
        }
        Self {
            text,
            tokens: all,
            sentences,
        }
    }
}
