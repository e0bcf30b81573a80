//! What a pack says about how words sound, and all its words as somebody who listens needs them.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::file::File;

/// The table `[sound]` of a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SoundTable {
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    as_is: Vec<String>,
    #[serde(default, rename = "mistake")]
    mistakes: Vec<Misheard>,
}

/// A word that the recognizer writes for another one, though it exists.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misheard {
    /// The word that was said.
    pub word: String,
    /// As it is written by mistake.
    pub heard: Vec<String>,
    /// One of these must stand in the same text, if there are any.
    #[serde(default)]
    pub near: Vec<String>,
    /// None of these may stand in it.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Only where a sentence begins, and no particle follows.
    #[serde(default)]
    pub opening: bool,
}

/// A pack's words for somebody who listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Words that may be put in for what sounds the same: as written, and as they sound where that
    /// is told.
    pub words: Vec<(String, Option<String>)>,
    /// Right as they are, though they sound like one of the words.
    pub as_is: Vec<String>,
    pub mistakes: Vec<Misheard>,
    /// What rules are to find, as people say it.
    pub examples: Vec<String>,
    /// Words of the patterns.
    pub parts: Vec<String>,
}

impl Vocabulary {
    pub(super) fn of<'a>(files: impl Iterator<Item = &'a File>) -> Self {
        let mut vocabulary = Self::default();
        let mut parts = BTreeSet::new();
        for file in files {
            if let Some(sound) = &file.sound {
                let words = sound.words.iter().map(|word| match word.split_once('/') {
                    Some((word, sound)) => (word.to_owned(), Some(sound.to_owned())),
                    None => (word.clone(), None),
                });
                vocabulary.words.extend(words);
                vocabulary.as_is.extend(sound.as_is.iter().cloned());
                vocabulary.mistakes.extend(sound.mistakes.iter().cloned());
            }
            let said = file.rules.iter().flat_map(|rule| &rule.matches);
            let said = said.flat_map(|text| text.get_ref().split('→'));
            vocabulary
                .examples
                .extend(said.map(|text| text.trim().to_owned()));
            let patterns = file.rules.iter().flat_map(|rule| &rule.patterns);
            let patterns = patterns.chain(
                file.questions
                    .iter()
                    .flat_map(|question| &question.patterns),
            );
            let patterns = patterns.chain(file.concept.values().flatten());
            for pattern in patterns {
                parts.extend(words_of(pattern.get_ref()));
            }
        }
        vocabulary.parts = parts.into_iter().collect();
        vocabulary
    }
}

/// The stretches of a pattern that are plain Japanese.
fn words_of(pattern: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut inside = None;
    for c in pattern.chars() {
        inside = match (inside, c) {
            (None, '{') => Some('}'),
            (None, '[') => Some(']'),
            (Some(end), c) if c == end => None,
            (inside, _) => inside,
        };
        let plain =
            inside.is_none() && matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '一'..='鿿' | '々');
        match (plain, words.last_mut()) {
            (true, Some(word)) => word.push(c),
            (false, Some(word)) if word.is_empty() => {}
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| word.chars().count() >= 2);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_s_words_are_found() {
        assert_eq!(
            words_of("目の前が?.{0,4}チカチカ|{psych_clinic}通院[あいう]"),
            ["目の前が", "チカチカ", "通院"]
        );
    }
}
