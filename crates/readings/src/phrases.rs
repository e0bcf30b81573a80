//! What to listen for in the words of a pack of rules: the phrases of its examples and the words of
//! its patterns that are long and rare enough to be told from others by their sound.

use std::collections::BTreeMap;

use crate::dictionary::{Category, Dictionary, Kind};
use crate::lattice::Token;
use crate::listen::Word;
use crate::mora::morae;

/// A phrase with one kanji that stands in more texts than this is everybody's word.
const RARE: u32 = 5;

impl Dictionary {
    /// As it sounds, where all of it can be read.
    pub fn word(&self, surface: &str) -> Option<Word> {
        let sound = sound(&self.read(surface))?;
        Some(Word {
            surface: surface.to_owned(),
            sound,
        })
    }

    /// The words worth listening for: of `texts` the phrases, `parts` as they are.
    pub fn telling<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        parts: impl IntoIterator<Item = &'a str>,
    ) -> Vec<Word> {
        let mut phrases: BTreeMap<String, (String, u32)> = BTreeMap::new();
        for text in texts {
            for Word { surface, sound } in self.phrases(text) {
                phrases.entry(surface).or_insert((sound, 0)).1 += 1;
            }
        }
        let mut telling: BTreeMap<String, String> = BTreeMap::new();
        for (surface, (sound, count)) in phrases {
            let (kanji, katakana, beats) = (
                count_of(&surface, Category::Kanji),
                count_of(&surface, Category::Katakana),
                morae(&sound).len(),
            );
            if beats >= 3 && (kanji >= 2 || katakana >= 3)
                || beats >= 4 && kanji == 1 && count <= RARE
            {
                telling.insert(surface, sound);
            }
        }
        for part in parts {
            let written = count_of(part, Category::Kanji) + count_of(part, Category::Katakana) > 0;
            let tokens = if written { self.read(part) } else { Vec::new() };
            if let Some(sound) = sound(&tokens).filter(|_| is_whole(&tokens))
                && morae(&sound).len() >= 4
            {
                telling.insert(part.to_owned(), sound);
            }
        }
        telling
            .into_iter()
            .map(|(surface, sound)| Word { surface, sound })
            .collect()
    }

    /// Nouns with the nouns that they are joined to; verbs and adjectives with their endings.
    fn phrases(&self, text: &str) -> Vec<Word> {
        let tokens = self.read(text);
        let mut phrases = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let rest = &tokens[at + 1..];
            let more = match tokens[at].kind {
                Kind::Noun | Kind::Unknown => joined(rest, |kind| {
                    matches!(kind, Kind::Noun | Kind::Suffix | Kind::Unknown)
                }),
                Kind::Verb | Kind::Adjective => joined(rest, |kind| kind == Kind::Auxiliary),
                _ => {
                    at += 1;
                    continue;
                }
            };
            let phrase = &tokens[at..=at + more];
            at += 1 + more;
            if let (Some(first), Some(last), Some(sound)) =
                (phrase.first(), phrase.last(), sound(phrase))
            {
                let surface = text[first.span.start..last.span.end].to_owned();
                phrases.push(Word { surface, sound });
            }
        }
        phrases
    }
}

/// Whether no small word begins or ends it, as in a piece that is cut out of a sentence.
fn is_whole(tokens: &[Token]) -> bool {
    let small = |token: &Token| matches!(token.kind, Kind::Particle | Kind::Auxiliary);
    !tokens.first().is_some_and(small)
        && tokens
            .last()
            .is_some_and(|token| token.kind != Kind::Particle)
}

/// In kana; nothing where a token cannot be read.
fn sound(tokens: &[Token]) -> Option<String> {
    let sound: String = tokens.iter().map(|token| token.sound.as_str()).collect();
    let kana = |c| matches!(Category::of(c), Category::Hiragana | Category::Katakana);
    sound.chars().all(kana).then_some(sound)
}

fn joined(tokens: &[Token], with: impl Fn(Kind) -> bool) -> usize {
    tokens.iter().take_while(|token| with(token.kind)).count()
}

fn count_of(text: &str, category: Category) -> usize {
    text.chars()
        .filter(|c| Category::of(*c) == category)
        .count()
}
