//! What a text may have been before it was misheard. Two answers of two degrees: repairs, that are
//! fit to be shown, and parts that sound nearly like a word, that are fit to be looked at.

use crate::dictionary::{Category, Dictionary, Kind};
use crate::lattice::Token;
use crate::listen::{Ear, Heard, Like, Word};
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
    as_is: Vec<String>,
}

/// How far a word of so many morae may be off.
fn limit(word: &Word, morae: usize) -> u32 {
    let limit = match morae {
        0..=2 => 0,
        3 => 1,
        4 => 2,
        5 => 3,
        6 | 7 => 4,
        _ => 6,
    };
    if has_ending(word) {
        limit.min(ENDED)
    } else {
        limit
    }
}

/// Whether kana stands in it, as in a verb in its form.
fn has_ending(word: &Word) -> bool {
    let kana = |c| Category::of(c) == Category::Hiragana;
    word.surface.contains(kana)
}

/// How far off a word with an ending in kana may be.
const ENDED: u32 = 2;
/// What a text must gain by a word, and for each quarter of a mora besides.
const GAIN: i32 = 1_000;
const GAIN_PER_QUARTER: i32 = 1_500;
/// And more where the word is so short that chance makes its sound.
const GAIN_SHORT: i32 = 4_000;
/// Where what was heard is a word itself.
const GAIN_OVER_A_WORD: i32 = 6_000;

impl Hearing {
    pub fn new(dictionary: &'static Dictionary, vocabulary: Vocabulary) -> Self {
        let Vocabulary {
            words,
            as_is,
            mistakes,
            telling,
        } = vocabulary;
        let all = words.iter().cloned().chain(telling);
        let ear = Ear::new(dictionary, all, limit);
        let repairer = Repairer::new(dictionary, words, mistakes, as_is.clone());
        Self {
            dictionary,
            repairer,
            ear,
            as_is,
        }
    }

    /// What of a text is to be shown otherwise, in order and without overlap.
    pub fn repairs(&self, text: &str) -> Vec<Repair> {
        self.repairer.repairs(&Heard::new(self.dictionary, text))
    }

    /// The repairs, and what sounds nearly like a word, in order and without overlap.
    pub fn maybe(&self, text: &str) -> Vec<Maybe> {
        let heard = Heard::new(self.dictionary, text);
        let repairs = self.repairer.repairs(&heard).into_iter();
        let mut found: Vec<Maybe> = repairs
            .map(|repair| Maybe {
                repair,
                distance: 0,
            })
            .collect();
        let mut likes = self.ear.listen(&heard, |word, span, distance| {
            self.is_another(word, &text[span.clone()], distance)
        });
        likes.retain(|like| self.is_likely(like, text, &heard.tokens));
        likes.sort_by_key(|like| quarters(like) * GAIN_PER_QUARTER - like.gain);
        for like in likes {
            let free = found.iter().all(|known| {
                known.repair.span.end <= like.span.start || like.span.end <= known.repair.span.start
            });
            if free {
                let now = self.ear.word(like.word).surface.clone();
                found.push(Maybe {
                    repair: Repair {
                        span: like.span,
                        now,
                    },
                    distance: like.distance,
                });
            }
        }
        found.sort_by_key(|maybe| maybe.repair.span.start);
        found
    }

    fn is_likely(&self, like: &Like, text: &str, tokens: &[Token]) -> bool {
        let (heard, word) = (&text[like.span.clone()], self.ear.word(like.word));
        let sound = morae(&word.sound);
        let mut least = GAIN + quarters(like) * GAIN_PER_QUARTER;
        if sound.len() < 3 {
            least += GAIN_SHORT;
        }
        // A word of its own that sounds otherwise was not written for this one.
        let one = tokens.iter().find(|token| token.span == like.span);
        if one.is_some_and(|one| one.kind != Kind::Unknown && morae(&one.sound) != sound) {
            least = least.max(GAIN_OVER_A_WORD);
        }
        // A particle that ends what was heard is none of a word's sound.
        let last = tokens.iter().find(|token| token.span.end == like.span.end);
        let particle = last.is_some_and(|last| {
            last.kind == Kind::Particle && !word.surface.ends_with(&text[last.span.clone()])
        });
        if particle && heard.chars().any(|c| Category::of(c) == Category::Kanji) {
            return false;
        }
        let all_kana = heard.chars().all(|c| Category::of(c) == Category::Hiragana);
        let known = one.is_some_and(|one| one.kind != Kind::Unknown);
        if like.gain < least || like.distance > 0 && known && all_kana {
            return false;
        }
        like.distance > 0 || !all_kana || self.repairer.is_never_kana(word, like, text)
    }

    /// Whether what was heard is not well written already, and not the word in another spelling or
    /// with another particle.
    fn is_another(&self, word: &Word, heard: &str, distance: u32) -> bool {
        let kanji = |text: &str| -> String {
            text.chars()
                .filter(|c| Category::of(*c) == Category::Kanji)
                .collect()
        };
        let starts = |word: &String| heard.starts_with(word.as_str());
        // 三十五 is an age, and no 三つ子.
        let number = |c: char| c.is_numeric() || "一二三四五六七八九十百".contains(c);
        if self.ear.knows(heard) || self.as_is.iter().any(starts) || heard.chars().all(number) {
            return false;
        }
        // Endings are alike in so many words that a verb in kanji was meant.
        if distance == 0 || kanji(heard).is_empty() {
            return true;
        }
        !has_ending(word) && kanji(heard) != kanji(&word.surface)
    }
}

fn quarters(like: &Like) -> i32 {
    i32::try_from(like.distance).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::repair::repaired;

    fn hearing() -> Hearing {
        let dictionary = Dictionary::shared();
        let words = ["妊娠", "心療内科", "妊婦面談", "おたばこ", "保健師"];
        let vocabulary = Vocabulary {
            words: words
                .iter()
                .filter_map(|word| dictionary.word(word))
                .collect(),
            as_is: vec!["にんしん".to_owned()],
            mistakes: vec![Mistake {
                word: "張り".to_owned(),
                heard: vec!["針".to_owned()],
                near: vec!["お腹".to_owned()],
                unless: vec!["刺".to_owned()],
                opening: false,
            }],
            telling: dictionary.telling(["前の子は乳児院にいて"], ["手が出"]),
        };
        Hearing::new(dictionary, vocabulary)
    }

    fn shown(text: &str) -> String {
        repaired(text, &hearing().repairs(text))
    }

    #[test]
    fn the_same_sound_gets_the_word_of_the_talk() {
        assert_eq!(shown("認診がわかった時に"), "妊娠がわかった時に");
        assert_eq!(shown("心量内化にかかられた"), "心療内科にかかられた");
        assert_eq!(shown("ニンプメンダンという事で"), "妊婦面談という事で");
        assert_eq!(shown("お酒とかをたばことか"), "お酒とかおたばことか");
        assert_eq!(shown("お腹の針があって"), "お腹の張りがあって");
    }

    #[test]
    fn what_makes_sense_stays() {
        for text in [
            "お腹に針を刺す",
            "針仕事です",
            "にんしんしています。病院へ",
            "妊娠して",
            "進学したい",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn what_sounds_nearly_so_is_heard_and_not_shown() {
        let text = "前の子は入時員に";
        assert_eq!(shown(text), text);
        let maybe = hearing().maybe(text);
        assert_eq!(maybe.len(), 1, "{maybe:?}");
        assert_eq!(maybe[0].repair.now, "乳児院");
    }

    #[test]
    fn a_number_is_no_word() {
        let dictionary = Dictionary::shared();
        let vocabulary = Vocabulary {
            telling: dictionary.telling(["三つ子です"], []),
            ..Vocabulary::default()
        };
        let hearing = Hearing::new(dictionary, vocabulary);
        assert_eq!(hearing.maybe("三十五。もう高校生の子がいます"), Vec::new());
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_on_character_boundaries(text in "(妊|娠|人|心|を|たばこ|針|お腹|の|に|、|。|a|𠮷|[ぁ-ん]){0,20}") {
            let mut at = 0;
            for maybe in hearing().maybe(&text) {
                let span = maybe.repair.span;
                prop_assert!(at <= span.start && text.get(span.clone()).is_some());
                at = span.end;
            }
        }
    }
}
