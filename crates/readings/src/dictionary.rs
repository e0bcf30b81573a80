//! The words of the IPA dictionary with their sounds and costs, and how each kanji may sound. Made by
//! `script/readings.py`; unpacked on first use. Decides nothing: it is looked up.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::sync::OnceLock;

use flate2::read::ZlibDecoder;

use crate::mora::{Mora, morae};

const PACKED: &[u8] = include_bytes!("../ipadic.z");

/// The kana of the file's sounds, from 1.
const KANA: &str = "ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶー";

/// What a word is, as far as readings care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Noun,
    Name,
    Number,
    Suffix,
    Verb,
    Adjective,
    Auxiliary,
    Particle,
    Other,
    /// In no dictionary.
    Unknown,
}

const KINDS: [Kind; 9] = [
    Kind::Noun,
    Kind::Name,
    Kind::Number,
    Kind::Suffix,
    Kind::Verb,
    Kind::Adjective,
    Kind::Auxiliary,
    Kind::Particle,
    Kind::Other,
];

/// What costs tell of a word: how it joins what stands beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) left: u16,
    pub(crate) right: u16,
    pub(crate) cost: i16,
}

/// A category of characters in which unknown words are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Default,
    Kanji,
    Symbol,
    Numeric,
    Alpha,
    Hiragana,
    Katakana,
}

/// The dictionary. One is enough for a program: [`Dictionary::shared`].
#[derive(Debug)]
pub struct Dictionary {
    /// Costs of joining, by the left word's right side and the right word's left side.
    matrix: Vec<i16>,
    width: usize,
    surfaces: Vec<u8>,
    /// Of every word where its surface begins; one more at the end.
    surface_at: Vec<u32>,
    /// By the first character of a surface, or its first three bytes: the words that begin so.
    first: HashMap<[u8; 3], Range<u32>>,
    places: Vec<Place>,
    kinds: Vec<u8>,
    sounds: Vec<u8>,
    sound_at: Vec<u32>,
    unknown: Vec<Vec<Place>>,
    kanji: HashMap<char, Vec<Vec<Mora>>>,
    kana: Vec<char>,
}

/// Reads the unpacked file from its beginning.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(n);
        self.0 = rest;
        head
    }

    fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }

    fn u16(&mut self) -> u16 {
        let b = self.take(2);
        u16::from_le_bytes([b[0], b[1]])
    }

    fn i16(&mut self) -> i16 {
        let b = self.take(2);
        i16::from_le_bytes([b[0], b[1]])
    }

    fn u32(&mut self) -> u32 {
        let b = self.take(4);
        u32::from_le_bytes([b[0], b[1], b[2], b[3]])
    }

    fn column<T>(&mut self, n: usize, read: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..n).map(|_| read(self)).collect()
    }
}

impl Dictionary {
    /// The dictionary of this program, unpacked on first use.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Dictionary> = OnceLock::new();
        SHARED.get_or_init(Self::unpack)
    }

    fn unpack() -> Self {
        let mut file = Vec::with_capacity(10 << 20);
        let read = ZlibDecoder::new(PACKED).read_to_end(&mut file);
        // Invariant: the file is part of the program, and a test unpacks it.
        read.expect("the dictionary in the program is whole");
        let mut bytes = Bytes(&file[4..]);
        let (lefts, rights) = (usize::from(bytes.u16()), usize::from(bytes.u16()));
        let (words, unknown_words, kanji_count) = (bytes.u32() as usize, bytes.u16(), bytes.u16());
        let matrix = bytes.column(lefts * rights, Bytes::i16);

        let mut surfaces = Vec::new();
        let mut surface_at = Vec::with_capacity(words + 1);
        let mut first: HashMap<[u8; 3], Range<u32>> = HashMap::new();
        let mut last = 0;
        for word in 0..words {
            let (shared, rest) = (usize::from(bytes.u8()), usize::from(bytes.u8()));
            let begins = surfaces.len();
            surfaces.extend_from_within(last..last + shared);
            surfaces.extend_from_slice(bytes.take(rest));
            surface_at.push(index(begins));
            first
                .entry(head(&surfaces[begins..]))
                .or_insert(index(word)..index(word))
                .end = index(word + 1);
            last = begins;
        }
        surface_at.push(index(surfaces.len()));

        let left = bytes.column(words, Bytes::u16);
        let right = bytes.column(words, Bytes::u16);
        let cost = bytes.column(words, Bytes::i16);
        let places = left.into_iter().zip(right).zip(cost);
        let places = places.map(|((left, right), cost)| Place { left, right, cost });
        let places = places.collect();
        let kinds = bytes.take(words).to_vec();
        let mut sounds = Vec::new();
        let mut sound_at = Vec::with_capacity(words + 1);
        for _ in 0..words {
            let n = usize::from(bytes.u8());
            sound_at.push(index(sounds.len()));
            sounds.extend_from_slice(bytes.take(n));
        }
        sound_at.push(index(sounds.len()));

        let mut unknown = vec![Vec::new(); 7];
        for _ in 0..unknown_words {
            let category = usize::from(bytes.u8());
            unknown[category].push(Place {
                left: bytes.u16(),
                right: bytes.u16(),
                cost: bytes.i16(),
            });
        }
        let kana: Vec<char> = KANA.chars().collect();
        let mut kanji = HashMap::new();
        for _ in 0..kanji_count {
            let c = char::from_u32(bytes.u32()).unwrap_or_default();
            let readings = bytes.u8();
            let readings = (0..readings).map(|_| {
                let n = usize::from(bytes.u8());
                morae(&spell(&kana, bytes.take(n)))
            });
            kanji.insert(c, readings.collect());
        }
        Self {
            matrix,
            width: lefts,
            surfaces,
            surface_at,
            first,
            places,
            kinds,
            sounds,
            sound_at,
            unknown,
            kanji,
            kana,
        }
    }

    /// The words that a text begins with: length in bytes, numbers of the words.
    pub(crate) fn prefixes(&self, text: &[u8]) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mut range = self
            .first
            .get(&head(text))
            .map_or(0..0, |range| range.start as usize..range.end as usize);
        let mut depth = width(text);
        let mut done = range.is_empty();
        std::iter::from_fn(move || {
            while !done {
                let at = depth;
                // Words of exactly this length stand first.
                let exact = range.start
                    + (range.clone())
                        .take_while(|word| self.surface(*word).len() == at)
                        .count();
                let here = range.start..exact;
                match text.get(depth) {
                    Some(byte) => {
                        let from = exact + self.below(exact..range.end, depth, *byte);
                        let to = from + self.upto(from..range.end, depth, *byte);
                        range = from..to;
                        depth += 1;
                        done = range.is_empty();
                    }
                    None => done = true,
                }
                if !here.is_empty() {
                    return Some((at, here));
                }
            }
            None
        })
    }

    fn below(&self, words: Range<usize>, depth: usize, byte: u8) -> usize {
        partition(words, |word| self.surface(word)[depth] < byte)
    }

    fn upto(&self, words: Range<usize>, depth: usize, byte: u8) -> usize {
        partition(words, |word| self.surface(word)[depth] <= byte)
    }

    fn surface(&self, word: usize) -> &[u8] {
        &self.surfaces[self.surface_at[word] as usize..self.surface_at[word + 1] as usize]
    }

    pub(crate) fn place(&self, word: usize) -> Place {
        self.places[word]
    }

    pub(crate) fn kind(&self, word: usize) -> Kind {
        KINDS
            .get(usize::from(self.kinds[word]))
            .copied()
            .unwrap_or(Kind::Other)
    }

    /// How a word sounds, in katakana.
    pub(crate) fn sound(&self, word: usize) -> String {
        let range = self.sound_at[word] as usize..self.sound_at[word + 1] as usize;
        spell(&self.kana, &self.sounds[range])
    }

    pub(crate) fn joining(&self, left: u16, right: u16) -> i32 {
        let at = usize::from(left) + self.width * usize::from(right);
        i32::from(self.matrix.get(at).copied().unwrap_or(i16::MAX))
    }

    pub(crate) fn unknown(&self, category: Category) -> &[Place] {
        &self.unknown[category as usize]
    }

    /// How a kanji may sound inside words.
    pub(crate) fn kanji(&self, c: char) -> &[Vec<Mora>] {
        self.kanji.get(&c).map_or(&[], Vec::as_slice)
    }
}

impl Category {
    pub(crate) fn of(c: char) -> Self {
        match c {
            '一'..='鿿' | '々' | '〆' => Self::Kanji,
            'ぁ'..='ゟ' => Self::Hiragana,
            'ァ'..='ヿ' | 'ｦ'..='ﾟ' => Self::Katakana,
            '0'..='9' | '０'..='９' => Self::Numeric,
            'a'..='z' | 'A'..='Z' | 'ａ'..='ｚ' | 'Ａ'..='Ｚ' => Self::Alpha,
            c if c.is_alphanumeric() => Self::Default,
            _ => Self::Symbol,
        }
    }
}

fn spell(kana: &[char], codes: &[u8]) -> String {
    codes
        .iter()
        .filter_map(|code| kana.get(usize::from(*code).wrapping_sub(1)))
        .collect()
}

/// Bytes of the first character, up to three.
fn width(text: &[u8]) -> usize {
    let width = match text.first() {
        None => 0,
        Some(0..=0x7f) => 1,
        Some(0x80..=0xdf) => 2,
        Some(_) => 3,
    };
    width.min(text.len())
}

fn head(surface: &[u8]) -> [u8; 3] {
    let mut head = [0; 3];
    for (to, from) in head.iter_mut().zip(&surface[..width(surface)]) {
        *to = *from;
    }
    head
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How many of the words, which are in order, fulfil what only the first ones do.
fn partition(words: Range<usize>, test: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (words.start, words.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if test(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low - words.start
}
