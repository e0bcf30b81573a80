//! What a text may have been before it was misheard. Two answers of two degrees: repairs, that are
//! fit to be shown, and parts that sound nearly like a word, that are fit to be looked at.

use crate::dictionary::{Dictionary, Kind};
use crate::listen::{Ear, Like, Word};
use crate::mora::morae;
use crate::repair::{Mistake, Repair, Repairer};

/// What is listened for.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Words that may be put into the text.
    pub words: Vec<Word>,
    /// Right as they are, though they sound like one of the words.
    pub as_is: Vec<String>,
    pub mistakes: Vec<Mistake>,
    /// Words to listen for only.
    pub telling: Vec<Word>,
}

/// A part of a text that may have been another word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maybe {
    pub repair: Repair,
    /// In quarters of a mora; 0: the same sound.
    pub distance: u32,
}

/// Listens for a vocabulary.
#[derive(Debug)]
pub struct Hearing {
    dictionary: &'static Dictionary,
    repairer: Repairer,
    ear: Ear,
}

/// How far a word of so many morae may be off.
fn limit(morae: usize) -> u32 {
    match morae {
        0..=2 => 0,
        3 => 1,
        4 => 2,
        5 => 3,
        6 | 7 => 4,
        _ => 6,
    }
}

/// What a text must gain by a word, and for each quarter of a mora besides.
const GAIN: i32 = 1_000;
const GAIN_PER_QUARTER: i32 = 1_500;
/// And more where the word is so short that chance makes its sound.
const GAIN_SHORT: i32 = 4_000;
/// Where what was heard is a word itself.
const GAIN_OVER_A_WORD: i32 = 6_000;

impl Hearing {
    pub fn new(dictionary: &'static Dictionary, vocabulary: Vocabulary) -> Self {
        let Vocabulary { words, as_is, mistakes, telling } = vocabulary;
        let all = words.iter().cloned().chain(telling);
        let ear = Ear::new(dictionary, all);
        let repairer = Repairer::new(dictionary, words, mistakes, as_is);
        Self { dictionary, repairer, ear }
    }

    /// What of a text is to be shown otherwise, in order and without overlap.
    pub fn repairs(&self, text: &str) -> Vec<Repair> {
        self.repairer.repairs(text)
    }

    /// The repairs, and what sounds nearly like a word, in order and without overlap.
    pub fn maybe(&self, text: &str) -> Vec<Maybe> {
        let repairs = self.repairs(text).into_iter();
        let mut found: Vec<Maybe> = repairs.map(|repair| Maybe { repair, distance: 0 }).collect();
        let tokens = self.dictionary.read(text);
        let mut likes = self.ear.listen(text, limit);
        likes.retain(|like| {
            let a_word = tokens.iter().any(|token| token.span == like.span && token.kind != Kind::Unknown);
            let short = morae(&self.ear.word(like.word).sound).len() < 3;
            let least = GAIN + quarters(like) * GAIN_PER_QUARTER + if short { GAIN_SHORT } else { 0 };
            let least = if a_word && like.distance > 0 { least.max(GAIN_OVER_A_WORD) } else { least };
            like.gain >= least && !self.ear.knows(&text[like.span.clone()])
        });
        likes.sort_by_key(|like| quarters(like) * GAIN_PER_QUARTER - like.gain);
        for like in likes {
            let free = found.iter().all(|known| known.repair.span.end <= like.span.start || like.span.end <= known.repair.span.start);
            if free {
                let now = self.ear.word(like.word).surface.clone();
                found.push(Maybe { repair: Repair { span: like.span, now }, distance: like.distance });
            }
        }
        found.sort_by_key(|maybe| maybe.repair.span.start);
        found
    }
}

fn quarters(like: &Like) -> i32 {
    i32::try_from(like.distance).unwrap_or(i32::MAX)
}
