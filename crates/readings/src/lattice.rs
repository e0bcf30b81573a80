//! The cheapest way through a text as words of the dictionary, as MeCab finds it. Owns the lattice;
//! what is done with the reading is the caller's matter.

use std::ops::Range;

use crate::dictionary::{Category, Dictionary, Kind, Place};
use crate::mora::{Mora, morae};
use crate::sounds::{Sounds, numeral};

/// Words longer than this are not made of unknown characters.
const UNKNOWN_CHARS: usize = 12;
/// A noun that joins others as most do, and what a usual one costs.
const NOUN: &str = "病院";
const NOUN_COST: i16 = 4_000;

/// Belongs to the kana before it.
const SMALL: [char; 17] = [
    'ゃ', 'ゅ', 'ょ', 'ャ', 'ュ', 'ョ', 'ぁ', 'ぃ', 'ぅ', 'ぇ', 'ぉ', 'ァ', 'ィ', 'ゥ', 'ェ', 'ォ',
    'ー',
];

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Bytes of the text.
    pub span: Range<usize>,
    pub kind: Kind,
    /// How it sounds, in katakana; of unknown words, what of it is kana.
    pub sound: String,
    /// Its number in the dictionary.
    pub(crate) word: Option<usize>,
}

#[derive(Clone, Copy)]
struct Node {
    start: usize,
    place: Place,
    total: i32,
    before: usize,
    word: Option<usize>,
}

impl Dictionary {
    /// The words of a text, in order, without gaps.
    pub fn read(&self, text: &str) -> Vec<Token> {
        self.read_at_cost(text).0
    }

    /// How a text sounds by its cheapest reading, in hiragana with long vowels as vowels; a kanji of
    /// no known word as it sounds most often. What has no sound is left out.
    pub fn kana(&self, text: &str) -> String {
        let mut sounds: Vec<String> = Vec::new();
        // The dictionary has digits alone, and reads 16 as one and six.
        let mut digits = String::new();
        for token in self.read(text) {
            let surface = &text[token.span];
            if surface.chars().all(|c| c.is_ascii_digit()) {
                digits.push_str(surface);
                continue;
            }
            if !digits.is_empty() {
                sounds.push(spoken(&std::mem::take(&mut digits)));
            }
            let alone = |c| match self.kanji(c).first() {
                Some(sound) => sound.iter().map(Mora::to_string).collect(),
                None => c.to_string(),
            };
            let sound = match token.word {
                Some(_) => token.sound,
                None => surface.chars().map(alone).collect::<String>(),
            };
            match sounds.last_mut() {
                // Kana that is no word is cut anywhere.
                Some(last) if sound.starts_with(SMALL) => last.push_str(&sound),
                _ => sounds.push(sound),
            }
        }
        sounds.push(spoken(&digits));
        let morae = sounds.iter().flat_map(|sound| morae(sound));
        morae.map(|mora| mora.to_string()).collect()
    }

    /// Whether a text may sound as kana do, but for length.
    pub fn may_sound(&self, text: &str, kana: &str) -> bool {
        Sounds::of(self, text, &self.read(text)).may_be(&morae(kana))
    }

    /// The words of a text, and what they cost together.
    pub(crate) fn read_at_cost(&self, text: &str) -> (Vec<Token>, i32) {
        let (nodes, mut at) = self.cheapest(text, None);
        let total = nodes[at].total;
        let mut tokens = Vec::new();
        let mut end = text.len();
        while at != 0 {
            let node = nodes[at];
            let span = node.start..end;
            let (kind, sound) = match node.word {
                Some(word) => (self.kind(word), self.sound(word)),
                None => (Kind::Unknown, text[span.clone()].to_owned()),
            };
            end = node.start;
            at = node.before;
            tokens.push(Token {
                span,
                kind,
                sound,
                word: node.word,
            });
        }
        tokens.reverse();
        (tokens, total)
    }

    /// What the cheapest way through a text costs: the lower, the more usual. A span that is known to
    /// be a word counts as a usual noun where the dictionary has nothing cheaper.
    pub fn cost(&self, text: &str, known: Option<&Range<usize>>) -> i32 {
        let (nodes, at) = self.cheapest(text, known);
        nodes[at].total
    }

    /// Where a usual noun stands.
    fn noun(&self) -> Option<Place> {
        let noun = |(_, words): (usize, Range<usize>)| words.map(|word| self.place(word)).next();
        let place = self.prefixes(NOUN.as_bytes()).filter_map(noun).last()?;
        Some(Place {
            cost: NOUN_COST,
            ..place
        })
    }

    /// All nodes, and the one that ends the cheapest way.
    fn cheapest(&self, text: &str, known: Option<&Range<usize>>) -> (Vec<Node>, usize) {
        let border = Place {
            left: 0,
            right: 0,
            cost: 0,
        };
        let mut nodes = vec![Node {
            start: 0,
            place: border,
            total: 0,
            before: 0,
            word: None,
        }];
        // Of every byte of the text: the nodes that end there.
        let mut ends: Vec<Vec<usize>> = vec![Vec::new(); text.len() + 1];
        ends[0].push(0);
        let noun = known.and_then(|_| self.noun());
        let add = |nodes: &mut Vec<Node>,
                   ends: &mut Vec<Vec<usize>>,
                   span: Range<usize>,
                   place: Place,
                   word| {
            let best = ends[span.start]
                .iter()
                .map(|at| {
                    (
                        nodes[*at].total + self.joining(nodes[*at].place.right, place.left),
                        *at,
                    )
                })
                .min();
            if let Some((joined, before)) = best {
                ends[span.end].push(nodes.len());
                let total = joined + i32::from(place.cost);
                nodes.push(Node {
                    start: span.start,
                    place,
                    total,
                    before,
                    word,
                });
            }
        };
        for (at, c) in text.char_indices() {
            if ends[at].is_empty() {
                continue;
            }
            if let (Some(known), Some(noun)) = (known.filter(|known| known.start == at), noun) {
                add(&mut nodes, &mut ends, known.clone(), noun, None);
            }
            let mut found = false;
            for (len, words) in self.prefixes(&text.as_bytes()[at..]) {
                for word in words {
                    found = true;
                    add(
                        &mut nodes,
                        &mut ends,
                        at..at + len,
                        self.place(word),
                        Some(word),
                    );
                }
            }
            let category = Category::of(c);
            let same = text[at..]
                .chars()
                .take_while(|c| Category::of(*c) == category);
            let same: Vec<usize> = same.take(UNKNOWN_CHARS).map(char::len_utf8).collect();
            let all = same.iter().sum();
            // As char.def of the dictionary has it: invoked always or only where no word is known, as
            // one group, and as words of one and two characters.
            let (always, group, upto) = match category {
                Category::Kanji => (false, false, 2),
                Category::Hiragana => (false, true, 2),
                Category::Katakana => (true, true, 2),
                Category::Symbol | Category::Numeric | Category::Alpha => (true, true, 0),
                Category::Default => (false, true, 0),
            };
            if found && !always {
                continue;
            }
            let mut lengths: Vec<usize> = Vec::new();
            if group {
                lengths.push(all);
            }
            let mut len = 0;
            for part in same.iter().take(upto) {
                len += part;
                if !lengths.contains(&len) {
                    lengths.push(len);
                }
            }
            if lengths.is_empty() {
                lengths.push(c.len_utf8());
            }
            for len in lengths {
                for place in self.unknown(category) {
                    add(&mut nodes, &mut ends, at..at + len, *place, None);
                }
            }
        }
        let last = ends[text.len()]
            .iter()
            .map(|at| {
                (
                    nodes[*at].total + self.joining(nodes[*at].place.right, 0),
                    *at,
                )
            })
            .min();
        match last {
            Some((total, at)) => {
                nodes[at].total = total;
                (nodes, at)
            }
            // Invariant: every character begins an unknown word at least, so the end is reached.
            None => (nodes, 0),
        }
    }
}

/// A number as it is said, if it is short enough to be one.
fn spoken(digits: &str) -> String {
    let number = (1..5).contains(&digits.len()).then(|| numeral(digits));
    number.into_iter().flatten().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let tokens = Dictionary::shared().read(text);
        tokens
            .into_iter()
            .map(|t| (text[t.span].to_owned(), t.sound))
            .collect()
    }

    #[test]
    fn words_and_their_sounds_are_found() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            read("母子手帳は東京で"),
            [
                pair("母子", "ボシ"),
                pair("手帳", "テチョー"),
                pair("は", "ワ"),
                pair("東京", "トーキョー"),
                pair("で", "デ")
            ]
        );
    }

    #[test]
    fn a_text_has_one_sound_in_kana() {
        let kana = |text| Dictionary::shared().kana(text);
        assert_eq!(
            kana("母子手帳は東京で、16週です。"),
            "ぼしてちょおわとおきょおでじゅうろくしゅうです"
        );
        assert_eq!(kana("妊娠中の妊婦さん"), kana("にんしんちゅうのにんぷさん"));
        assert_eq!(kana("認診"), "にんしん");
        assert_eq!(kana("…abc！"), "");
    }

    #[test]
    fn a_usual_sentence_costs_less() {
        let dictionary = Dictionary::shared();
        assert!(dictionary.cost("妊娠がわかって", None) < dictionary.cost("認診がわかって", None));
    }

    proptest! {
        #[test]
        fn tokens_cover_any_text(text in any::<String>()) {
            let mut at = 0;
            for token in Dictionary::shared().read(&text) {
                prop_assert_eq!(token.span.start, at);
                at = token.span.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
