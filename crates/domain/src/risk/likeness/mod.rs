//! How like words are to talk that people have labelled: weights of short stretches of characters, learned from
//! cases ([`learn`]) and kept as data of the rule pack. Finds what no rule has a pattern for, and doubts a pattern
//! whose sentence is not like talk of its item. Owns the weights; knows nothing of questions, people or time.

mod learn;

use std::collections::HashMap;
use std::fmt::{self, Display, Write};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use serde::Deserialize;

use crate::risk::grammar::answer::Answer;

pub(crate) use learn::{GOOD, RISK, SAFE, VAGUE};
pub use learn::{Labelled, Lessons, digest, learn};

/// Characters of the longest stretch that is weighed.
const LONGEST: usize = 3;
/// The sign of a weight of nothing; others stand that far from it.
const ZERO: u8 = b'S';
/// The largest weight in steps.
const STEPS: i8 = 43;
/// How a stretch of answers about an item is written: `smoking→やめ`.
const ABOUT: char = '→';
/// How the end of a sentence is written.
const END: char = '⏎';

/// The table of a pack's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LikenessTable {
    /// Columns of the weights.
    pub(crate) items: Vec<String>,
    /// What a text without known words starts from, in log-odds, by column.
    lean: Vec<f32>,
    /// What the square of a weight's steps is worth.
    step: f32,
    /// One stretch of characters a line: itself, how rare it is, and a sign for each column.
    words: String,
}

/// What stands in the place of a rule's id where words are only like an item: `smoking.likeness`.
pub fn rule(item: &str) -> String {
    format!("{item}{RULE}")
}

/// Whether a finding's or a flag's rule is none, but a likeness.
pub fn is_rule(id: &str) -> bool {
    item_of(id).is_some()
}

/// Of which item it is a likeness: of `smoking.likeness`, `smoking`.
pub fn item_of(rule: &str) -> Option<&str> {
    rule.strip_suffix(RULE)
}
const RULE: &str = ".likeness";

/// Weights of stretches of characters for each item.
#[derive(Debug)]
pub(crate) struct Likeness {
    /// Of each column: index into the pack's items.
    columns: Vec<usize>,
    lean: Vec<f32>,
    /// What the square of a weight's steps is worth.
    step: f32,
    /// Of each stretch that was learned: its number, in their order.
    words: HashMap<Stretch, usize, BuildHasherDefault<Spread>>,
    /// By number: how rare it is.
    rarity: Vec<f32>,
    /// Of one stretch after the other, by column: its weights in steps, squared.
    squares: Vec<i16>,
}

/// One to three characters, perhaps as they stand in an answer about an item. They are in the order of their texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Stretch(u64);

/// Spreads numbers by a multiplication. What is looked up is chosen by who speaks, but what is found by the pack alone.
#[derive(Debug, Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes
            .iter()
            .for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        let spread = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ spread >> 32;
    }
}

impl Stretch {
    fn of(text: &str) -> Self {
        let bits = text.chars().map(bits).chain([0; LONGEST]);
        Self(
            bits.take(LONGEST)
                .fold(0, |all, bits| all << u16::BITS | bits),
        )
    }

    /// Those of one to three characters of a text.
    fn each(text: &str, all: &mut Vec<Self>) {
        let (mut one, mut two) = (None, None);
        for bits in text.chars().map(bits) {
            let three = two.map(|before| before | bits);
            two = one.map(|before| before | bits << u16::BITS);
            one = Some(bits << (u16::BITS * 2));
            all.extend([one, two, three].into_iter().flatten().map(Self));
        }
    }

    /// The same in an answer about an item, by its number.
    fn about(self, item: usize) -> Self {
        let item = u64::try_from(item + 1).unwrap_or_default();
        Self(self.0 | item << (u16::BITS * 3))
    }

    fn item(self) -> Option<usize> {
        usize::try_from(self.0 >> (u16::BITS * 3))
            .ok()?
            .checked_sub(1)
    }
}

/// The bits of a letter; what needs more is none.
fn bits(c: char) -> u64 {
    u64::from(u16::try_from(u32::from(c)).unwrap_or(0xfffd))
}

impl Display for Stretch {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..3).rev() {
            let bits = self.0 >> (u16::BITS * place) & u64::from(u16::MAX);
            match u32::try_from(bits).ok().and_then(char::from_u32) {
                None | Some('\0') => {}
                Some('\n') => to.write_char(END)?,
                Some(c) => to.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// What an answer is weighed with beside its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reply<'a> {
    /// The number of the item that was asked about.
    pub(crate) item: usize,
    /// See [`form`].
    pub(crate) form: &'a str,
}

/// The form of an answer and its question in a few signs that no talk has.
pub(crate) fn form(answer: Answer, negative: bool) -> String {
    format!("§{}{}", answer.sign(), if negative { '-' } else { '+' })
}

/// How like a text is to talk of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Like {
    /// Index into the pack's items.
    pub(crate) item: usize,
    /// From 0 to 1.
    pub(crate) chance: f32,
}

impl Likeness {
    /// `number`: an item's index by its id; `None` for an item that the pack does not have.
    pub(crate) fn of(
        table: &LikenessTable,
        number: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, String> {
        let columns = table
            .items
            .iter()
            .map(|item| number(item).ok_or_else(|| format!("there is no item `{item}`")));
        let columns = columns.collect::<Result<Vec<usize>, String>>()?;
        if table.lean.len() != columns.len() {
            return Err("`lean` has to have a number for each of `items`".to_owned());
        }
        let (mut words, mut rarity, mut squares) = (HashMap::default(), Vec::new(), Vec::new());
        for line in table.words.lines().filter(|line| !line.is_empty()) {
            let word = read_line(line, columns.len(), &number);
            let (word, rare, signs) =
                word.ok_or_else(|| format!("can't read the weights `{line}`"))?;
            words.insert(word, rarity.len());
            rarity.push(rare);
            squares.extend(signs);
        }
        Ok(Self {
            columns,
            lean: table.lean.clone(),
            step: table.step,
            words,
            rarity,
            squares,
        })
    }

    /// The weights of a stretch by column, in squares of steps.
    fn weights(&self, number: usize) -> &[i16] {
        let columns = self.columns.len();
        &self.squares[number * columns..][..columns]
    }

    /// How like a folded text is to talk of each item.
    pub(crate) fn read(&self, text: &str) -> Vec<Like> {
        self.weigh(&stretches_of(text, None))
    }

    /// How like a folded answer is to answers of each kind.
    pub(crate) fn read_reply(&self, text: &str, reply: Reply<'_>) -> Vec<Like> {
        self.weigh(&stretches_of(text, Some(reply)))
    }

    fn weigh(&self, text: &[Stretch]) -> Vec<Like> {
        let mut known = Vec::with_capacity(text.len());
        known.extend(text.iter().filter_map(|it| self.words.get(it).copied()));
        // In one order: sums of the same talk are the same.
        known.sort_unstable();
        let mut odds = vec![0.0_f32; self.columns.len()];
        let mut length = 0.0_f32;
        for same in known.chunk_by(|one, other| one == other) {
            let much = much(same.len()) * self.rarity[same[0]];
            length += much * much;
            for (odds, weight) in odds.iter_mut().zip(self.weights(same[0])) {
                *odds += much * f32::from(*weight);
            }
        }
        let by = if length > 0.0 {
            self.step / length.sqrt()
        } else {
            0.0
        };
        let like = |((odds, lean), item): ((f32, &f32), &usize)| Like {
            item: *item,
            chance: chance(odds * by + lean),
        };
        odds.into_iter()
            .zip(&self.lean)
            .zip(&self.columns)
            .map(like)
            .collect()
    }

    /// The stretch of a folded text, within one sentence, that speaks most for an item, in bytes.
    pub(crate) fn because(&self, text: &str, item: usize) -> Range<usize> {
        let Some(column) = self.columns.iter().position(|at| *at == item) else {
            return 0..0;
        };
        let mut marks = vec![0.0_f32; text.len()];
        for range in stretches(text) {
            let Some(number) = self.words.get(&Stretch::of(&text[range.clone()])) else {
                continue;
            };
            let size = text[range.clone()].chars().count().max(1);
            #[expect(clippy::cast_precision_loss, reason = "at most three characters")]
            let share =
                self.rarity[*number] * f32::from(self.weights(*number)[column]) / size as f32;
            marks[range].iter_mut().for_each(|mark| *mark += share);
        }
        let mut start = 0;
        let said = text.split_inclusive('\n').filter_map(|sentence| {
            let from = start;
            start += sentence.len();
            let marks = &marks[from..from + sentence.trim_end_matches('\n').len()];
            let most = marks.iter().copied().fold(0.0, f32::max);
            let strong = |mark: &f32| most > 0.0 && *mark >= most / 2.0;
            let (first, last) = (
                marks.iter().position(strong)?,
                marks.iter().rposition(strong)?,
            );
            Some((marks.iter().sum::<f32>(), from + first..from + last + 1))
        });
        let best = said.max_by(|a, b| a.0.total_cmp(&b.0));
        best.map_or(0..0, |(_, range)| range)
    }
}

/// A stretch, how rare it is, and its weights in squares of steps.
fn read_line(
    line: &str,
    columns: usize,
    number: impl Fn(&str) -> Option<usize>,
) -> Option<(Stretch, f32, Vec<i16>)> {
    let mut parts = line.split('\t');
    let (word, rarity, signs) = (parts.next()?, parts.next()?, parts.next()?);
    let rarity = rarity.parse().ok()?;
    let square = |sign: u8| {
        let steps = i16::from(sign) - i16::from(ZERO);
        steps * steps.abs()
    };
    (signs.len() == columns).then(|| {
        let (item, word) = match word.split_once(ABOUT) {
            Some((item, rest)) if number(item).is_some() => (number(item), rest),
            _ => (None, word),
        };
        let word = Stretch::of(&word.replace(END, "\n"));
        let word = item.map_or(word, |item| word.about(item));
        (word, rarity, signs.bytes().map(square).collect())
    })
}

/// The stretches of one to three characters of a text, in bytes.
fn stretches(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.char_indices().flat_map(|(start, _)| {
        let ends = text[start..].char_indices().take(LONGEST);
        ends.map(move |(at, c)| start..start + at + c.len_utf8())
    })
}

/// The stretches of a text; of an answer those of its form too, and all of them once more as they stand in answers about
/// its item.
fn stretches_of(text: &str, reply: Option<Reply<'_>>) -> Vec<Stretch> {
    let mut all = Vec::with_capacity(text.len() * 2);
    Stretch::each(text, &mut all);
    if let Some(reply) = reply {
        Stretch::each(reply.form, &mut all);
        for at in 0..all.len() {
            all.push(all[at].about(reply.item));
        }
    }
    all
}

/// Twice said is not twice as much.
fn much(times: usize) -> f32 {
    if times == 1 {
        return 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a text has few of one stretch")]
    let times = times as f32;
    1.0 + times.ln()
}

fn chance(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests;
