//! Words that sound like a part of a text. Says where, how far off, and how much more usual the text
//! would be with them; whether that is enough is the caller's matter.

use std::ops::Range;

use crate::dictionary::Dictionary;
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
    words: Vec<(Word, Vec<Mora>)>,
}

impl Ear {
    pub fn new(dictionary: &'static Dictionary, words: impl IntoIterator<Item = Word>) -> Self {
        let words = words.into_iter().map(|word| {
            let morae = morae(&word.sound);
            (word, morae)
        });
        let words = words
            .filter(|(_, morae)| (1..=LONGEST).contains(&morae.len()))
            .collect();
        Self { dictionary, words }
    }

    pub fn word(&self, number: usize) -> &Word {
        &self.words[number].0
    }

    /// Whether a text is one of the words.
    pub fn knows(&self, text: &str) -> bool {
        self.words.iter().any(|(word, _)| word.surface == text)
    }

    /// Where one of the words sounds, up to a distance that `limit` allows for so many morae.
    pub fn listen(&self, text: &str, limit: impl Fn(usize) -> u32) -> Vec<Like> {
        let mut likes = Vec::new();
        let mut start = 0;
        for sentence in text.split_inclusive(['。', '？', '?', '！', '!', '\n']) {
            self.sentence(sentence, start, &limit, &mut likes);
            start += sentence.len();
        }
        likes
    }

    fn sentence(
        &self,
        text: &str,
        start: usize,
        limit: &impl Fn(usize) -> u32,
        likes: &mut Vec<Like>,
    ) {
        let sounds = Sounds::of(self.dictionary, text);
        let mut heard = None;
        for (number, (word, morae)) in self.words.iter().enumerate() {
            if !sounds.may_hold(morae) {
                continue;
            }
            for (span, distance) in sounds.find(morae, limit(morae.len())) {
                if text[span.clone()] == word.surface {
                    continue;
                }
                let before = *heard.get_or_insert_with(|| self.dictionary.cost(text, None));
                let with = format!(
                    "{}{}{}",
                    &text[..span.start],
                    word.surface,
                    &text[span.end..]
                );
                let known = span.start..span.start + word.surface.len();
                likes.push(Like {
                    span: start + span.start..start + span.end,
                    word: number,
                    distance,
                    gain: before - self.dictionary.cost(&with, Some(&known)),
                });
            }
        }
    }
}
