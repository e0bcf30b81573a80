//! Morae, the beats of spoken Japanese, and how alike two of them sound. Costs are quarters of a
//! whole mora. Knows kana alone; who reads what how is the dictionary's matter.

use std::fmt::{self, Write};
use std::sync::LazyLock;

/// One beat: a consonant (0: none) and a vowel. っ and ん are vowels of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mora(u8);

/// What a mora that is another one altogether costs.
const WHOLE: u32 = 4;

#[cfg(test)]
const VOWELS: [char; 7] = ['a', 'i', 'u', 'e', 'o', 'n', 'q'];
const N: u8 = 5;
const Q: u8 = 6;

/// Rows of the kana table by their consonant; each with its vowels.
const ROWS: [(&str, &str); 16] = [
    ("", "あいうえお"),
    ("k", "かきくけこ"),
    ("g", "がぎぐげご"),
    ("s", "さしすせそ"),
    ("z", "ざじずぜぞ"),
    ("t", "たちつてと"),
    ("d", "だぢづでど"),
    ("n", "なにぬねの"),
    ("h", "はひふへほ"),
    ("b", "ばびぶべぼ"),
    ("p", "ぱぴぷぺぽ"),
    ("m", "まみむめも"),
    ("y", "や ゆ よ"),
    ("r", "らりるれろ"),
    ("w", "わ   を"),
    ("v", "  ゔ  "),
];

/// Consonants that sound alike, and what it costs to take one for the other.
const ALIKE: &[(&str, &str, u32)] = &[
    ("k", "g", 2),
    ("s", "z", 2),
    ("t", "d", 2),
    ("h", "b", 3),
    ("h", "p", 3),
    ("b", "p", 2),
    ("b", "v", 0),
    ("r", "d", 2),
    ("r", "n", 2),
    ("d", "n", 3),
    ("m", "n", 2),
    ("m", "b", 3),
    ("h", "s", 3),
    ("h", "", 3),
    ("w", "", 2),
    ("y", "", 2),
    ("g", "n", 3),
    ("k", "t", 3),
    ("t", "s", 3),
    ("d", "z", 2),
    ("p", "t", 3),
    ("g", "d", 3),
];

/// What it costs to take one mora for another, by [`pair`]: a search asks for it all the time.
static APART: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let all = (0..=u8::MAX).flat_map(|a| (0..=u8::MAX).map(move |b| (Mora(a), Mora(b))));
    all.map(|(a, b)| u8::try_from(a.measured(b)).unwrap_or(u8::MAX))
        .collect()
});

/// Of two morae that follow each other, or are compared, a number of their own.
pub(crate) fn pair(a: Mora, b: Mora) -> usize {
    usize::from(a.0) << 8 | usize::from(b.0)
}

/// Of every mora those that it is taken for at little cost, itself included.
static NEIGHBOURS: LazyLock<Vec<Vec<(Mora, u8)>>> = LazyLock::new(|| {
    let near = |a: u8| {
        let all = (0..=u8::MAX).map(|b| (Mora(b), APART[pair(Mora(a), Mora(b))]));
        all.filter(|(_, cost)| *cost <= CLOSE).collect()
    };
    (0..=u8::MAX).map(near).collect()
});

/// What neighbours are apart at most.
pub(crate) const CLOSE: u8 = 2;

impl Mora {
    /// The morae that this one is taken for at a cost of [`CLOSE`] at most, each with its cost.
    pub(crate) fn neighbours(self) -> &'static [(Mora, u8)] {
        &NEIGHBOURS[usize::from(self.0)]
    }

    const fn new(consonant: u8, palatal: bool, vowel: u8) -> Self {
        Self((consonant << 4) | ((palatal as u8) << 3) | vowel)
    }

    /// A number below 256 of its own.
    pub(crate) fn number(self) -> usize {
        usize::from(self.0)
    }

    fn consonant(self) -> usize {
        usize::from(self.0 >> 4)
    }

    fn palatal(self) -> bool {
        self.0 & 8 != 0
    }

    fn vowel(self) -> u8 {
        self.0 & 7
    }

    /// Only lengthens what stands before it.
    fn lengthens(self, before: Option<Mora>) -> bool {
        self.0 >> 3 == 0 && before.is_some_and(|before| before.vowel() == self.vowel())
    }

    /// Nothing but the length of what stands before it: a long vowel, or っ.
    pub(crate) fn is_length(self, before: Option<Mora>) -> bool {
        self.vowel() == Q || self.lengthens(before)
    }

    /// What it costs that this mora is missing, or heard where there is none.
    pub fn missing(self, before: Option<Mora>) -> u32 {
        match self.vowel() {
            Q => 1,
            N => 3,
            _ if self.lengthens(before) => 1,
            _ => WHOLE,
        }
    }

    /// What it costs to take one for the other.
    pub fn apart(self, other: Mora) -> u32 {
        u32::from(APART[pair(self, other)])
    }

    fn measured(self, other: Mora) -> u32 {
        if self == other {
            return 0;
        }
        let (long, short) = (
            self.vowel().max(other.vowel()),
            self.vowel().min(other.vowel()),
        );
        let vowel = match (long, short) {
            (a, b) if a == b => 0,
            // A closed beat is a closed beat.
            (Q, N) => return 2,
            (Q | N, _) => return WHOLE,
            // e and i, o and u are the pairs that are mixed up.
            (3, 1) | (4, 2) => 2,
            _ => 3,
        };
        let consonant = if self.consonant() == other.consonant() {
            0
        } else {
            let name = |mora: Mora| ROWS[mora.consonant()].0;
            let (a, b) = (name(self), name(other));
            let alike = ALIKE
                .iter()
                .find(|(x, y, _)| (*x, *y) == (a, b) || (*x, *y) == (b, a));
            match alike {
                // ひ and し are neighbours, as は and さ are not.
                Some(("h", "s", _)) if self.vowel() == 1 && vowel == 0 => 2,
                Some((_, _, cost)) => *cost,
                None => 3 + u32::from(vowel != 0),
            }
        };
        let palatal = u32::from(self.palatal() != other.palatal()) * 2;
        (vowel + consonant + palatal).min(WHOLE)
    }
}

/// In kana, a long vowel as the vowel itself.
impl fmt::Display for Mora {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = "ゃぃゅぇょ".chars().nth(usize::from(self.vowel()));
        let kana = |vowel: u8| ROWS[self.consonant()].1.chars().nth(usize::from(vowel));
        match (self.vowel(), self.palatal()) {
            (N, _) => f.write_char('ん'),
            (Q, _) => f.write_char('っ'),
            (_, true) => [kana(1), small]
                .into_iter()
                .flatten()
                .try_for_each(|c| f.write_char(c)),
            (vowel, false) => kana(vowel).map_or(Ok(()), |c| f.write_char(c)),
        }
    }
}

/// The morae of kana, with one way to write each sound: ー and おう are long vowels, を is お, ぢ is じ.
/// What is not kana is left out.
pub fn morae(kana: &str) -> Vec<Mora> {
    let mut morae: Vec<Mora> = Vec::new();
    for c in kana.chars() {
        push(&mut morae, c);
    }
    morae
}

fn push(morae: &mut Vec<Mora>, c: char) {
    let c = match c {
        'ァ'..='ヴ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        'ヵ' | 'ヶ' => 'か',
        c => c,
    };
    let last = morae.last().copied();
    match c {
        'っ' => morae.push(Mora::new(0, false, Q)),
        'ん' => morae.push(Mora::new(0, false, N)),
        'ー' => {
            if let Some(last) = last.filter(|last| last.vowel() < N) {
                morae.push(Mora::new(0, false, last.vowel()));
            }
        }
        'ゃ' | 'ゅ' | 'ょ' => {
            let vowel = match c {
                'ゃ' => 0,
                'ゅ' => 2,
                _ => 4,
            };
            match morae.last_mut() {
                // し, ち, じ are palatal already: しゃ is s with a.
                Some(last) if last.consonant() != 0 && last.vowel() == 1 => {
                    *last = Mora::new(last.0 >> 4, true, vowel);
                }
                _ => morae.push(Mora::new(12, false, vowel)),
            }
        }
        'ぁ' | 'ぃ' | 'ぅ' | 'ぇ' | 'ぉ' | 'ゎ' => {
            let vowel = match c {
                'ぁ' | 'ゎ' => 0,
                'ぃ' => 1,
                'ぅ' => 2,
                'ぇ' => 3,
                _ => 4,
            };
            match morae.last_mut() {
                // ティ, ファ, シェ: the consonant before, with another vowel.
                Some(last)
                    if last.consonant() != 0 && last.vowel() != vowel && last.vowel() < N =>
                {
                    let palatal = last.vowel() == 1;
                    *last = Mora::new(last.0 >> 4, palatal, vowel);
                }
                _ => morae.push(Mora::new(0, false, vowel)),
            }
        }
        c => {
            let Some(mut mora) = of(c) else { return };
            if let Some(last) = last {
                // けい is けえ, こう is こお.
                let long = match (last.vowel(), mora.0) {
                    (3, 1) => Some(3),
                    (4, 2) => Some(4),
                    _ => None,
                };
                if let Some(vowel) = long {
                    mora = Mora::new(0, false, vowel);
                }
            }
            morae.push(mora);
        }
    }
}

fn of(c: char) -> Option<Mora> {
    let c = match c {
        'ぢ' => 'じ',
        'づ' => 'ず',
        'を' => 'お',
        'ゐ' => 'い',
        'ゑ' => 'え',
        'ゔ' => 'ぶ',
        c => c,
    };
    ROWS.iter().zip(0u8..).find_map(|((_, row), consonant)| {
        row.chars()
            .zip(0u8..)
            .find(|(kana, _)| *kana == c && *kana != ' ')
            .map(|(_, at)| {
                // や ゆ よ and わ を are written with gaps.
                Mora::new(consonant, false, at)
            })
    })
}

/// A string of morae for tests and for people: `ninsin`.
#[cfg(test)]
fn spelled(morae: &[Mora]) -> String {
    morae.iter().fold(String::new(), |mut text, mora| {
        text += ROWS[mora.consonant()].0;
        if mora.palatal() {
            text.push('y');
        }
        text.push(VOWELS[usize::from(mora.vowel())]);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(a: &str, b: &str) -> u32 {
        morae(a)[0].apart(morae(b)[0])
    }

    #[test]
    fn one_sound_is_written_one_way() {
        assert_eq!(morae("トーキョー"), morae("とうきょう"));
        assert_eq!(morae("せんせい"), morae("センセー"));
        assert_eq!(morae("つづき"), morae("つずき"));
        assert_eq!(spelled(&morae("にんしん")), "ninsin");
        assert_eq!(spelled(&morae("きょうって")), "kyooqte");
        assert_eq!(morae("ティッシュ").len(), 3);
    }

    #[test]
    fn neighbours_cost_less_than_strangers() {
        assert!(apart("か", "が") < apart("か", "ま"));
        assert!(apart("ら", "だ") < apart("ら", "か"));
        assert!(apart("ひ", "し") < apart("ひ", "き"));
        assert_eq!(apart("ん", "か"), WHOLE);
        let long = morae("とう");
        assert_eq!(long[1].missing(Some(long[0])), 1);
    }
}
